"""Random histories: an operator who proposes good and bad changes, and makes those that the change rules allow."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Final

from mtasts.changes import mx_plan
from mtasts.changes.change_adopted import unknown_until
from mtasts.changes.mx_plan import MxStep, plan
from mtasts.changes.rules import ChangeFinding, allowed
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import desired_state
from mtasts.protocol.mta_sts import Mode
from tests.simulation.check import Watch
from tests.simulation.elsewhere import Hand
from tests.simulation.ideas import HOSTS, IDEAS, first, in_order, proposal, taste, without
from tests.simulation.operator import Desk
from tests.simulation.publisher import State
from tests.simulation.senders import Sender
from tests.simulation.world import DAY, HOUR, MINUTE, PLAIN, UNTYPED, Copied, Fault, World, moment, second

_LONGEST_WAIT: Final = 60 * DAY
# Not blocks, but whoever reads them does as they say: `adopted-before` only where there was another policy before.
HEEDED: Final = frozenset({"adopted-settling", "adopted-before"})


class Operator:
    """Lives one history. Each time it yields, the others may act up to that second; then it changes the world.

    One that is not `patient` does the steps of an MX plan without waiting for their dates. `hand`: the other tool that
    the domain has to begin with; `leaves_old_host`: whether its policy host stays until the day that is printed.
    """

    def __init__(
        self,
        desk: Desk,
        senders: Sequence[Sender],
        watch: Watch,
        random: Random,
        *,
        patient: bool = True,
        hand: Hand | None = None,
        leaves_old_host: bool = True,
    ) -> None:
        self._desk = desk
        self._world: World = desk.world
        self._senders = senders
        self._watch = watch
        self._random = random
        self._now = 0
        self._patient = patient
        self._hand = hand
        self._leaves_old_host = leaves_old_host
        self._before: list[DomainPolicy] = []
        self._crashed = False
        self._media = PLAIN
        self._taste = taste(random)
        self._mishaps = random.choice((0, 0.3, 0.5))

    def live(self, ideas: int) -> Iterator[int]:
        """Have so many ideas, one after the other, then see everything through."""
        self._world.mx.set(0, self._hosts())
        self._something_wrong()
        if self._hand is not None:
            yield from self._follow_clock(self._hand.live(0, self._world.mx.at(0)))
            yield from self._adopt(self._hand)
        for _ in range(ideas):
            # Whoever has begun to take a domain over sees it through.
            begun = self._watch.taking_over and self._desk.publisher.state.body is not None
            if self._crashed and (begun or self._random.random() < 0.6):
                yield from self._up()
            elif self._alarm():
                yield from self._roll_back()
            else:
                yield from self._try(self._idea())
            yield from self._wait(self._pause())
        for _ in range(20):
            if not self._crashed:
                break
            yield from self._wait(HOUR)
            yield from self._up()
        yield from self._wait(30 * DAY if self._watch.unforeseen else 3 * DAY)

    # What it does

    def _try(self, idea: str) -> Iterator[int]:
        if idea == "wait":
            return
        if idea == "move":
            yield from self._move()
            return
        if idea == "plan":
            yield from self._follow_plan()
            return
        if idea == "adopt" and self._hand is not None:
            yield from self._adopt(self._hand)
            return
        if idea in ("promote", "climb") and self._random.random() < 0.8 and not self._desk.assess(self._now):
            yield from self._wait(max(0, self._desk.full_at() - self._now))
            self._desk.assess(self._now)
        if self._random.random() < 0.3:
            yield from self._wait(self._random.randrange(DAY))  # between verdict and change
        new = self._proposal(idea)
        if new == self._desk.yaml:
            return
        findings = self._judge(new)
        if not self._may(findings):
            yield from self._patience(findings)
            findings = self._judge(new)
        if self._may(findings):
            yield from self._merge(new)

    def _adopt(self, hand: Hand) -> Iterator[int]:
        """Write down what the other tool publishes, and take it over: all in good time, or not."""
        for _ in range(4):
            new = hand.file(self._now, self._reason())
            luck = self._random.random()
            if luck < 0.2:  # somebody changes it meanwhile
                yield from self._follow_clock(hand.change(self._now, self._world.mx.at(self._now)))
            elif luck < 0.4:  # a file that is better than the world
                new = self._improved(new)
            if allowed(self._judge(new)):
                yield from self._merge(new)
                return
            yield from self._wait(HOUR)

    def _improved(self, new: DomainPolicy) -> DomainPolicy:
        pick = self._random.choice
        return pick(
            (
                replace(new, mode=Mode.TESTING, max_age=DAY),
                replace(new, max_age=DAY),
                replace(new, mx=in_order(*new.mx, pick(HOSTS))),
            )
        )

    def _follow_clock(self, steps: Iterator[int]) -> Iterator[int]:
        for at in steps:
            self._now = at
            yield at

    def _may(self, findings: Sequence[ChangeFinding]) -> bool:
        """Whether nothing blocks, nor says what this operator heeds all the same."""
        known = frozenset() if self._hand is None or self._hand.had_others else frozenset({"adopted-before"})
        return allowed(findings) and not any(finding.code in HEEDED - known for finding in findings)

    def _judge(self, new: DomainPolicy | None) -> Sequence[ChangeFinding]:
        facts = self._desk.facts(self._now, new)
        if self._desk.yaml is not None:
            right = replace(facts, now=moment(self._now))
            self._watch.ledger(self._senders, right.held(self._desk.yaml.ttl), self._now)
        return self._desk.judge(new, facts)

    def _patience(self, findings: Sequence[ChangeFinding]) -> Iterator[int]:
        """Wait for the very second at which the change is allowed, if time alone will do."""
        blocking = [finding for finding in findings if not self._may([finding])]
        dates = [second(finding.earliest) for finding in blocking if finding.earliest is not None]
        if len(dates) == len(blocking) and max(dates) - self._clock < _LONGEST_WAIT and self._random.random() < 0.9:
            yield from self._wait(max(0, max(dates) - self._clock))

    def _merge(self, new: DomainPolicy | None) -> Iterator[int]:
        old = self._desk.yaml
        if old is not None:
            self._before.append(old)
        begins = old is None and new is not None and new.adopted is not None
        if begins and new is not None and new.adopted is not None:
            self._watch.take_over(new.adopted)
        elif new is None or (old is not None and desired_state(old).text != desired_state(new).text):
            self._watch.taking_over = False
        if new is None:
            if self._desk.publisher.state != State():
                self._watch.removal(self._senders, self._now)
        elif begins:
            pass  # senders hold it already, with whatever is wrong
        elif new.mode is Mode.ENFORCE and (old is None or old.mode is not Mode.ENFORCE or new.max_age > old.max_age):
            if old is None or old.mode is not Mode.ENFORCE:
                self._watch.blamed += [fault for fault in self._world.faults if self._could_know(fault)]
            self._incident()
        self._desk.yaml = new
        if (
            new is not None
            and not begins
            and (old is None or new.policy != old.policy)
            and self._random.random() < 0.05
        ):
            self._media = UNTYPED
        if begins and self._random.random() < 0.3:
            self._crashed = True  # merged, and `up` has not run yet when the next idea comes
            return
        if self._random.random() < 0.1:
            yield from self._wait(self._random.randrange(3 * DAY))  # merged, published later
        yield from self._up()

    def _up(self) -> Iterator[int]:
        """Run `up`; it may die after any step. The next one heals."""
        self._desk.publisher.clock_error = self._random.choice((0, 0, 0, -DAY, 400 * DAY, -400 * DAY))
        steps = 12 if self._watch.taking_over else 6
        dies_after = self._random.randrange(steps) if self._random.random() < 0.25 else None
        yaml = self._desk.yaml
        # The type is a constant of the components; what goes wrong under a TXT record that stays nobody reads back.
        media = PLAIN if yaml is None or self._desk.publisher.named(yaml) else self._media
        self._crashed = True
        for step, at in enumerate(self._desk.publisher.up(self._now, yaml, media)):
            self._now = at
            yield at
            self._end_old_host()
            if step == dies_after:
                return
        self._crashed = not self._desk.publisher.done(yaml, media)
        self._media = PLAIN  # who sees the read-back fail fixes it

    def _end_old_host(self) -> None:
        """Switch the other tool's policy host off, for the day on which no resolver leads there."""
        moved_at = self._desk.publisher.moved_at
        if self._hand is None or not self._hand.on or moved_at is None:
            return
        self._hand.switch_off(moved_at, at_once=not self._leaves_old_host)
        self._watch.taken_over_at = self._world.led_until

    def _move(self) -> Iterator[int]:
        """Put an MX host into DNS or take one out, as the rules say of the policy as it is."""
        hosts = self._world.mx.at(self._now)
        host = self._random.choice(HOSTS)
        wanted = tuple(sorted({*hosts} ^ {host}))
        if not wanted:
            return
        for _ in range(2):
            until = self._not_before(wanted, host) if host in wanted else 0
            if until is None or until - self._clock > _LONGEST_WAIT:
                return
            if until <= self._clock:
                yield from self._set_mx(wanted)
                return
            yield from self._wait(until - self._clock)

    def _not_before(self, wanted: tuple[str, ...], host: str) -> int | None:
        """When the rules let the host into DNS; None: not while the policy is as it is."""
        if self._desk.yaml is None:
            return 0
        facts = replace(self._desk.facts(self._now), mx_hosts=wanted)
        dates = [0]
        if (unknown := self._unknown_until()) is not None:
            dates.append(unknown)
        for finding in self._desk.judge(self._desk.yaml, facts):
            if finding.code == "mx-uncovered" and self._desk.yaml.mode is Mode.ENFORCE:
                return None
            if finding.code == "mx-ahead-of-policy" and f" {host} " in finding.text:
                if finding.earliest is None:
                    return None
                dates.append(second(finding.earliest))
        return max(dates)

    def _unknown_until(self) -> int | None:
        """Until when senders may hold a policy that no ledger has, as `mtasts mx` says it too."""
        yaml = self._desk.yaml
        if yaml is None or self._hand is None or not self._hand.had_others or not self._heeds_the_unknown:
            return None
        until = unknown_until(yaml, moment(self._clock))
        return None if until is None else second(until)

    @property
    def _heeds_the_unknown(self) -> bool:
        return any(rule.code == "adopted-before" for rule in self._desk.rules)

    def _follow_plan(self) -> Iterator[int]:
        """Add, remove or swap MX hosts by the plan, step by step, judged anew before each."""
        yaml, live = self._desk.yaml, self._world.mx.at(self._now)
        new = [host for host in HOSTS if host not in live]
        add = self._random.sample(new, min(len(new), self._random.choice((0, 1, 1))))
        remove = self._random.sample(live, min(len(live) - (not add), self._random.choice((0, 1))))
        if yaml is None or not (add or remove):
            return
        for _ in range(12):
            if self._desk.yaml is None:
                return
            steps = plan(self._desk.yaml, self._desk.facts(self._now), add, remove)
            skipped = "check" if self._patient else "wait"
            step = next((step for step in steps if not step.done and step.who not in ("check", skipped)), None)
            if step is None:
                return
            yield from self._follow(step, add, remove)

    def _follow(self, step: MxStep, add: Sequence[str], remove: Sequence[str]) -> Iterator[int]:
        if self._patient and step.not_before is not None and second(step.not_before) > self._clock:
            yield from self._wait(min(_LONGEST_WAIT, second(step.not_before) - self._clock))
            return
        yaml, live = self._desk.yaml, self._world.mx.at(self._now)
        if yaml is None:
            return
        match step.action:
            case mx_plan.ADD | mx_plan.REMOVE:
                mx = in_order(*yaml.mx, *add) if step.action == mx_plan.ADD else without(yaml.mx, remove)
                new = replace(yaml, mx=mx or yaml.mx)
                if self._may(self._judge(new)):
                    yield from self._merge(new)
            case mx_plan.PUBLISH_ADDED | mx_plan.PUBLISH_REMOVED:
                yield from self._up()
            case mx_plan.ADD_TO_DNS if self._unknown_until() is not None:
                yield from self._wait(DAY)
            case mx_plan.ADD_TO_DNS:
                yield from self._set_mx(in_order(*live, *add))
            case mx_plan.REMOVE_FROM_DNS:
                yield from self._set_mx(without(live, remove))
            case _:
                yield from self._wait(HOUR)

    def _set_mx(self, hosts: tuple[str, ...]) -> Iterator[int]:
        new = set(hosts).difference(self._world.mx.at(self._now))
        found = (fault for fault in self._world.faults if fault.host in new and fault.there(self._now))
        if any(fault.seen or fault.known for fault in found):
            return  # a new host is probed first, as the plan says
        self._world.mx.set(self._now, hosts)
        self._desk.mx_changed = self._now
        yield self._now
        self._desk.look(self._now)

    def _roll_back(self) -> Iterator[int]:
        yaml = self._desk.yaml
        if self._hand is not None and self._desk.publisher.moved_at is None:
            return  # it is the other tool's to roll back what that publishes
        if self._watch.taking_over:
            self._world.elsewhere = Copied(None)  # at once, as the rule says for a way back
        if yaml is not None:
            refused = {refusal.host for refusal in self._watch.unforeseen}
            self._world.faults = [
                replace(fault, known=fault.known or fault.host in refused) for fault in self._world.faults
            ]
            hold = replace(yaml.rollout, hold="senders refuse mail")
            yield from self._merge(replace(yaml, mode=Mode.TESTING, rollout=hold))

    def _wait(self, seconds: int) -> Iterator[int]:
        """Let time pass; in steps, so that alarms are heard and DNS is looked at."""
        end = self._now + seconds
        while self._now < end:
            yaml = self._desk.yaml
            uneasy = bool(self._world.faults) and yaml is not None and yaml.mode is Mode.ENFORCE
            step = 2 * HOUR if uneasy else self._random.choice((DAY, 3 * DAY, 7 * DAY))
            self._now = min(end, self._now + step)
            yield self._now
            self._desk.look(self._now)
            if self._alarm() and not self._crashed and self._random.random() < 0.7:
                yield from self._roll_back()

    # What it thinks

    @property
    def _clock(self) -> int:
        """What its clock says: dates are waited for by the clock by which they were named."""
        return self._now + self._desk.clock_ahead

    def _idea(self) -> str:
        if self._hand is not None and self._desk.yaml is None and self._desk.publisher.moved_at is None:
            return "adopt"
        ideas = IDEAS[None if self._desk.yaml is None else self._desk.yaml.mode]
        return self._random.choices([*ideas], [often * self._taste[idea] for idea, often in ideas.items()])[0]

    def _proposal(self, idea: str) -> DomainPolicy | None:
        old = self._desk.yaml
        if old is None:
            return first(self._random, self._world.mx.at(self._now), self._reason())
        if self._hand is not None and self._random.random() < 0.1 and self._unknown_until() is None:
            return replace(old, adopted=None)
        if idea == "hold":
            return replace(old, rollout=replace(old.rollout, hold=self._reason()))
        return proposal(idea, old, self._before, self._random)

    def _reason(self) -> str:
        """Why to hold: what the operator knows, and no report shows."""
        known = [fault.host for fault in self._world.faults if fault.known]
        return f"{known[0]} refuses some senders" if known else ""

    def _alarm(self) -> bool:
        """Whether mail is known to be refused, and enforce still asked for."""
        yaml = self._desk.yaml
        refused = self._watch.unforeseen
        return bool(refused and yaml is not None and yaml.mode is Mode.ENFORCE and self._now - refused[0].at > HOUR)

    def _pause(self) -> int:
        return self._random.choice(
            (0, self._random.randrange(10 * MINUTE), self._random.randrange(6 * HOUR), DAY, 3 * DAY)
        )

    def _could_know(self, fault: Fault) -> bool:
        """Whether who decides now can have heard of this fault: what began after the verdict was made, nobody tells."""
        verdict = self._desk.verdict
        looked = verdict is None or not verdict[1] or fault.since <= verdict[0]
        in_use = fault.there(self._now) and fault.host in self._world.mx.at(self._now)
        return in_use and (fault.known or (fault.seen and looked))

    def _hosts(self) -> tuple[str, ...]:
        return in_order(*self._random.sample(HOSTS, self._random.choice((1, 1, 2))))

    def _something_wrong(self) -> None:
        """Some hosts are faulty from the start: for all to see, known to the operator, or unknown to anybody."""
        luck, host = self._random.random(), self._random.choice(self._world.mx.at(0))
        if luck < 0.2:
            fixed = self._random.randrange(5 * DAY, 30 * DAY)
            self._world.faults.append(Fault(host, 0, seen=True, until=fixed))
        elif luck < 0.35:
            self._world.faults.append(Fault(host, 0, seen=False, known=luck < 0.3))

    def _incident(self) -> None:
        """After a step towards enforce a host may break, such as by a certificate that is not renewed."""
        hosts = [host for host in self._world.mx.at(self._now) if self._world.fault(host, self._now) is None]
        if self._random.random() < self._mishaps and hosts:
            since = self._now + self._random.choice((HOUR, DAY, 2 * DAY, 4 * DAY))
            self._world.faults.append(Fault(self._random.choice(hosts), since, seen=True, until=since + 30 * DAY))
