"""News of a run of the bot, said as it happens."""

from dataclasses import dataclass

from mtasts.gate.waves import PREFIX


@dataclass(frozen=True, slots=True)
class News:
    """What was done, or would be, about the step of one branch; `url` of its pull request, "" where there is none."""

    branch: str
    words: str
    url: str = ""

    @property
    def name(self) -> str:
        """The step: `example.com-enforce`."""
        return self.branch.removeprefix(PREFIX).partition("/")[2]


@dataclass(frozen=True, slots=True)
class Left:
    """Why nothing is done about a domain; "" for what concerns all."""

    domain: str
    why: str
