"""The errors a person is meant to read: each stops the command with an exit code and clear lines."""

from collections.abc import Sequence
from typing import Any


class CannotLook(Exception):  # noqa: N818 - named for what it tells the caller, like the exit code it becomes
    """Something the command needs is missing or unusable, so nothing was judged and nothing was changed.

    `message` names the thing and why; `hint` says the way out. The command line prints both and exits with 2;
    a caller in code may catch it to go on without the thing.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Refused(CannotLook):
    """The other side answered and said no: asked again with the same credentials, it says the same."""


class NotValid(Exception):  # noqa: N818 - as above
    """The policies have problems (`rollout.config.InputProblem`), so that nothing was judged by them and nothing done.

    The command line prints every one, as `validate` does, and exits with 1.
    """

    def __init__(self, problems: Sequence[Any]) -> None:
        super().__init__("; ".join(map(str, problems[:3])))
        self.problems = tuple(problems)
