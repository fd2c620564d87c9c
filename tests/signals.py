"""Commands started as `nohup` and the background of a script start them."""

from collections.abc import Sequence


def without_sigint(command: Sequence[str]) -> list[str]:
    """The command, with SIGINT ignored when it begins."""
    return ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
