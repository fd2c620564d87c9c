"""What must never come to pass, whatever operator, crashes and clocks do, as long as the change rules are obeyed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mtasts.history.ledger import Held
from mtasts.policy.adopted import Adopted
from mtasts.policy.settings import FIRST_MAX_AGE
from mtasts.protocol.mta_sts import Mode
from tests.simulation.senders import Refusal, Sender
from tests.simulation.world import DAY, LAGGING, PROMPT, Body, Fault, World, moment

REFUSED = "refused"
"""A sender refuses an MX host: no pattern that it holds covers it, or enforce was allowed while it had a fault that
was known or to be seen."""
OLDER_BODY = "older body"
"""A sender holds an older body under an id that stands for a newer one."""
KEPT_ENFORCE = "kept enforce"
"""A sender still holds enforce when TXT record and policy have been taken away."""
OUTLIVED = "outlived"
"""A fault that nobody could know of: after the roll-back a sender goes on refusing for longer than the max_age that was
tested (a day at least) and the time for which enforce had stood the test, together."""
LEDGER_SHORT = "ledger short"
"""A sender holds an enforce policy for longer than the ledger says."""
WORSE = "worse than before"
"""While a domain is taken over a sender that asks may get no policy, no id or another one, or another text under it."""
NO_POLICY = "no policy"
"""The TXT record names a policy that a sender cannot take because of its media type."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that should not have come to pass, at a second of the history."""

    what: str
    at: int
    sender: str
    text: str


@dataclass(slots=True)
class Watch:
    """Collects the losses of one history. `blamed`: faults for which it was wrong to allow enforce."""

    world: World
    losses: list[Loss] = field(default_factory=list)
    blamed: list[Fault] = field(default_factory=list)
    unforeseen: list[Refusal] = field(default_factory=list)
    """Refusals because of faults that nobody could know of when enforce was allowed."""
    adopted: Adopted | None = None
    """What is, or was, taken over."""
    taken_over_at: int | None = None
    """From when on no resolver leads to the old policy host any more; None while that is not known, or does not
    matter."""
    taking_over: bool = False

    def refusal(self, refusal: Refusal) -> None:
        """Hear of a refused host."""
        if refusal.fault is not None and refusal.fault not in self.blamed:
            self.unforeseen.append(refusal)
            return
        why = "not covered" if refusal.fault is None else "faulty when enforce was allowed"
        self.losses.append(Loss(REFUSED, refusal.at, refusal.sender, f"{refusal.host} is {why}"))

    def take_over(self, adopted: Adopted) -> None:
        """From now on whoever asks shall get what is there, until it is over or something else is published."""
        self.adopted, self.taken_over_at, self.taking_over = adopted, None, True

    def asked(self, t: int) -> None:
        """Ask as any sender might at `t`, of every name server, host and edge that a resolver may lead to."""
        if self.adopted is None or not self.taking_over:
            return
        if self.taken_over_at is not None and t >= self.taken_over_at:
            self.taking_over = False
            return
        for copy in (PROMPT, LAGGING):
            txt = self.world.txt.at(t, copy)
            if txt is None or txt.id != self.adopted.id:
                self.losses.append(Loss(WORSE, t, "", f"DNS names {None if txt is None else txt.id}"))
            for lead in self.world.led(t):
                body, where = self.world.served(t, lead, copy), "the old host" if lead.elsewhere else "the new host"
                if body is None:
                    self.losses.append(Loss(WORSE, t, "", f"{where} has no policy"))
                elif body.text != self.adopted.text:
                    self.losses.append(Loss(WORSE, t, "", f"{where} has another text"))

    def sender(self, sender: Sender, t: int) -> None:
        """Look at what one sender holds."""
        entry = sender.held(t)
        if entry is not None and self.world.outdated(entry.id, entry.body):
            text = f"body {entry.body.id} under id {entry.id}"
            self.losses.append(Loss(OLDER_BODY, t, sender.habits.name, text))
        for body in sender.untaken:
            self.losses.append(Loss(NO_POLICY, t, sender.habits.name, f"{body.id} is {body.media}"))
        sender.untaken.clear()

    def removal(self, senders: Sequence[Sender], t: int) -> None:
        """Look at all senders when TXT record and policy are about to be taken away."""
        for sender in senders:
            entry = sender.held(t)
            if entry is not None and entry.policy.mode is Mode.ENFORCE:
                self.losses.append(Loss(KEPT_ENFORCE, t, sender.habits.name, f"until {moment(entry.expires)}"))

    def ledger(self, senders: Sequence[Sender], held: Sequence[Held], t: int) -> None:
        """Compare what the senders hold with what the ledger says they may hold at most."""
        ends: dict[str, datetime] = {}
        for one in held:
            ends[one.publication.text] = max(one.until, ends.get(one.publication.text, one.until))
        for sender in senders:
            entry = sender.held(t)
            if entry is None or entry.policy.mode is not Mode.ENFORCE or self._forgotten(entry.body):
                continue
            end = ends.get(entry.body.text)
            if end is None or end < moment(entry.expires):
                text = f"{entry.body.id} until {moment(entry.expires)}, ledger: {end}"
                self.losses.append(Loss(LEDGER_SHORT, t, sender.habits.name, text))

    def _forgotten(self, body: Body) -> bool:
        """Whether it is from before what was adopted: in no ledger."""
        return self.adopted is not None and body in self.world.before and body.text != self.adopted.text

    def _had(self, body: Body) -> bool:
        """Whether the domain had this policy under another tool: how long it is held was not decided here."""
        return body in self.world.before or (self.adopted is not None and body.text == self.adopted.text)

    def end(self, ends: Sequence[int]) -> None:
        """Judge, when the history is over, how long unforeseen faults were refused; `ends`: of the updates."""
        runs = _enforced(sorted([*self.world.before, *self.world.versions], key=lambda body: body.put))
        for refusal in self.unforeseen:
            if self._had(refusal.entry.body):
                continue
            first, last, tested = next(run for run in runs if run[0] <= refusal.entry.body.put < run[1])
            done = next((end for end in ends if end >= last), None)
            if done is None:
                continue
            bound = done + self.world.longest_ttl + max(DAY, min(tested, FIRST_MAX_AGE)) + (last - first)
            if refusal.at > bound:
                text = f"{refusal.at - done} s after the roll-back, enforce had stood {last - first} s"
                self.losses.append(Loss(OUTLIVED, refusal.at, refusal.sender, text))


_NEVER = 2**60


def _enforced(versions: Sequence[Body]) -> list[tuple[int, int, int]]:
    """Each time the domain was in enforce: from, until, and the max_age of the testing policy before it."""
    runs: list[tuple[int, int, int]] = []
    start, tested = None, 0
    for body in versions:
        enforces = body.policy.mode is Mode.ENFORCE
        if enforces and start is None:
            start = body.put
        elif not enforces and start is not None:
            runs.append((start, body.put, tested))
            start = None
        if not enforces:
            tested = body.policy.max_age if body.policy.mode is Mode.TESTING else 0
    if start is not None:
        runs.append((start, _NEVER, tested))
    return runs
