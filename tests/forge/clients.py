"""Our clients, pointed at a stand-in."""

from dataclasses import dataclass, field

from mtasts.live.forge.calls import Patience
from mtasts.live.forge.contract import Forge
from mtasts.live.forge.environment import forge_from
from tests.forge.stand_in import Login, StandIn
from tests.patience import PATIENCE

# A word that no message may hold.
TOKEN = "ghs_OnlyTheHeaderMayHoldThis0123456789"


@dataclass
class Clock:
    """Time that passes only while one sleeps."""

    at: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def now(self) -> float:
        return self.at


def client(
    stand_in: StandIn,
    *,
    login: Login | None = None,
    token: str = TOKEN,
    clock: Clock | None = None,
    seconds: float = PATIENCE,
    attempts: int = 5,
) -> Forge:
    """A client whose token is known to the stand-in, unless it is there already."""
    clock = clock or Clock()
    stand_in.tokens.setdefault(token, login or Login("the-bot"))
    patience = Patience(seconds=seconds, attempts=attempts, sleep=clock.sleep, now=clock.now)
    return forge_from(stand_in.name, stand_in.environment(token), patience=patience)
