"""What the person who runs a mail domain knows, and how the change rules are asked: `Desk`.

Facts come only from where the product takes them: the bucket's versions, the engine's history, looks at DNS.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Final

from mtasts.changes.rules import RULES, ChangeFinding, ChangeRule, Facts, judge_change
from mtasts.history.adopted import with_adopted
from mtasts.history.eras import Publication, settled_from
from mtasts.history.ledger import with_history
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import desired_state
from mtasts.policy.settings import WINDOW_LEAST
from mtasts.protocol.mta_sts import Mode
from tests.simulation.publisher import Publisher
from tests.simulation.world import DAY, PROMPT, Body, World, covered, moment, second

# A verdict holds for so long.
_VERDICT: Final = DAY
# The shortest window that the YAML may ask for: the sharpest case.
FIRST_TTL: Final = 300
WINDOW: Final = WINDOW_LEAST * DAY


@dataclass(slots=True)
class Desk:
    """One domain's YAML, and all that its operator has seen."""

    world: World
    publisher: Publisher
    random: Random
    rules: Sequence[ChangeRule] = RULES
    yaml: DomainPolicy | None = None
    looks: list[tuple[int, tuple[str, ...], str | None]] = field(default_factory=list)
    """Looks at DNS that saw something new: when, the MX set, the id."""
    knows_history: bool = True
    """Whether the engine's history can be read, besides the bucket."""
    knows_mx_ttl: bool = True
    knows_adopted: bool = True
    """Whether the ledger begins with what another tool published."""
    verdict: tuple[int, bool] | None = None
    """The last verdict: when, and whether it said ready."""
    mx_changed: int = 0
    clock_ahead: int = 0
    """Seconds by which the clock of who judges is wrong; the times of ledger, history and looks are right."""

    def look(self, t: int) -> None:
        """Ask DNS for the MX set and the id."""
        txt = self.world.txt.at(t)
        seen = self.world.mx.at(t), None if txt is None else txt.id
        if not self.looks or self.looks[-1][1:] != seen:
            self.looks.append((t, *seen))

    def facts(self, t: int, begins: DomainPolicy | None = None) -> Facts:
        """What is known at `t`; `begins`: the first file of the domain, if it is about that."""
        self.look(t)
        ledger = self._ledger(self.yaml or begins)
        if self.knows_history:
            ledger = with_history(ledger, [moment(end) for end in self.publisher.ends])
        _, hosts, name = self.looks[-1]
        served = self.world.served(t, self.world.leads.at(t), PROMPT)
        return Facts(
            now=moment(t + self.clock_ahead),
            ledger=ledger,
            mx_hosts=hosts,
            mx_ttl=self.world.mx_ttl if self.knows_mx_ttl else None,
            mx_last_seen={host: moment(at) for host, at in self._gone().items()},
            txt_id=name,
            live_policy=None if served is None else served.policy,
            live_text=None if served is None else served.text,
            ready=self._ready(t),
            ledger_read=True,
            mx_watched_since=moment(self.looks[0][0]),
            txt_since=moment(next(at for at, _, named in self.looks if named == name)),
        )

    def judge(self, new: DomainPolicy | None, facts: Facts) -> tuple[ChangeFinding, ...]:
        """What the rules say of going from the YAML as it is to `new`."""
        return judge_change(self.yaml, new, facts, self.rules)

    def assess(self, t: int) -> bool:
        """Make a verdict: a whole window of the policy as published, every MX host covered and free of visible faults.

        Stands for mtasts.readiness, which has reports and probes to judge; what nobody reports it cannot see either.
        """
        ready = self._proven(t)
        self.verdict = t, ready
        return ready

    def _proven(self, t: int) -> bool:
        newest = self.world.versions[-1] if self.world.versions else None
        txt = self.world.txt.at(t)
        if self.yaml is None or newest is None or txt is None or self.world.bodies.at(t) is not newest:
            return False
        hosts = self.world.mx.at(t)
        return (
            newest.text == desired_state(self.yaml).text
            and txt.id == newest.id
            and newest.policy.mode is not Mode.NONE
            and t >= self.full_at()
            and all(covered(newest.policy.mx, host) for host in hosts)
            and not any(fault.seen and fault.there(t) for fault in self.world.faults if fault.host in hosts)
        )

    def full_at(self) -> int:
        """When the window of a verdict is full, should nothing change."""
        settled = settled_from(self._ledger(self.yaml))
        return max(0 if settled is None else second(settled), self.mx_changed) + WINDOW

    def _ready(self, t: int) -> bool | None:
        if self.verdict is None or t - self.verdict[0] > _VERDICT:
            return None
        return self.verdict[1]

    def _ledger(self, file: DomainPolicy | None) -> tuple[Publication, ...]:
        """As app/ledger.py has it: the bucket's publications, with the one that the file tells of."""
        ledger = self._of_bucket()
        if file is None or not self.knows_adopted:
            return ledger
        return with_adopted(ledger, file.adopted, timedelta(seconds=file.ttl))

    def _of_bucket(self) -> tuple[Publication, ...]:
        """As live/ledger.py reads it: what was the newest from when to when; the present TTL, or an older one."""
        now = timedelta(seconds=self.yaml.ttl if self.yaml is not None else FIRST_TTL)
        entries: list[tuple[int, Body | None]] = [(body.put, body) for body in self.world.versions]
        entries += [(at, None) for at in self.world.ended]
        found: list[Publication] = []
        for at, body in sorted(entries, key=lambda entry: entry[0]):
            last = found[-1] if found else None
            ttl = now if body is None or body.ttl is None else max(now, timedelta(seconds=body.ttl))
            if last is not None and last.until is None:
                if body is not None and (last.id, last.text) == (body.id, body.text):
                    found[-1] = replace(last, ttl=max(last.ttl, ttl))
                    continue
                found[-1] = replace(last, until=moment(at))
            if body is not None:
                found.append(Publication(body.id, body.text, moment(at), None, ttl))
        return tuple(found)

    def _gone(self) -> dict[str, int]:
        """Hosts that were in DNS and are not, with the first look that missed them."""
        gone: dict[str, int] = {}
        seen: set[str] = set()
        for at, hosts, _ in self.looks:
            for host in seen.difference(hosts):
                gone.setdefault(host, at)
            for host in hosts:
                gone.pop(host, None)
            seen.update(hosts)
        return gone
