"""The one error a person is meant to read: it stops the command with exit code 2 and one clear line."""


class CannotLook(Exception):  # noqa: N818 - named for what it tells the caller, like the exit code it becomes
    """Something the command needs is missing or unusable, so nothing was judged and nothing was changed.

    `message` names the thing and why; `hint` says the way out. The command line prints both and exits with 2;
    a caller in code may catch it to go on without the thing.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
