"""The merge gate: compares the policies of two commits with reports, ledger, DNS and MX hosts."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from mtasts.app.change import Change
from mtasts.app.change_facts import Gathered, gather
from mtasts.app.ledger import Ledger, LedgerRequest, open_ledger
from mtasts.app.looks import each
from mtasts.app.moves import with_move
from mtasts.app.progress import Progress
from mtasts.app.quotas import nearest_project
from mtasts.app.sightings import KeptSightings
from mtasts.changes.change_mode import binds_harder
from mtasts.changes.diff import DomainDiff
from mtasts.changes.facts import Facts
from mtasts.changes.rules import ChangeFinding, allowed, judge_change
from mtasts.changes.strength import weakens
from mtasts.errors import CannotLook
from mtasts.gate.merge_gate import GateResult, Key, judge_gate
from mtasts.gate.sentences import apart
from mtasts.history.adopted import published_here
from mtasts.history.eras import Publication
from mtasts.history.sightings import Sighting
from mtasts.live.https import fetch_policy
from mtasts.live.network import Network
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import read_policy
from mtasts.verdict.ready import Verdict
from mtasts.verify.model import LookOutcome

Verdicts = Callable[[Sequence[DomainPolicy], Mapping[str, Sequence[Publication]]], Iterable[Verdict]]


@dataclass(frozen=True, slots=True)
class GateRequest:
    """What a change is judged by. Seconds: `timeout`, of one question to DNS.

    `ledger`: of any stack; that of each is asked for by its name. `folder`: in the Pulumi project, or below it.
    `sightings` and `verdicts` are called only where a domain needs them, for each may raise CannotLook. `progress` is
    entered with the number of domains that will be looked at.
    """

    now: datetime
    ledger: LedgerRequest
    network: Network
    timeout: float
    folder: Path
    sightings: Callable[[], KeptSightings]
    verdicts: Verdicts
    progress: Callable[[int], AbstractContextManager[Progress]]


def judge(change: Change, ask: Callable[[], GateRequest], rehearsed: datetime | None = None) -> GateResult:
    """Look at what the change needs, and judge it. Raises CannotLook where that does not answer.

    `ask` is called where there is anything to look at: what is not valid is published by nobody, whatever the evidence
    says. `rehearsed`: the time that was handed in.
    """
    found = _Found()
    if change.published:
        _Judge(ask(), found).judge_all(change)
    return judge_gate(
        [replace(diff, doubt="") if _key(diff) in found.settled else diff for diff in change.diffs],
        found.findings,
        found.verdicts,
        problems=change.problems,
        deciding=change.deciding,
        troubles=found.troubles,
        rehearsed=rehearsed,
    )


@dataclass(slots=True)
class _Found:
    """What was found of each domain of each stack; `settled` are doubts about the base that the ledger ended."""

    findings: dict[Key, Sequence[ChangeFinding]] = field(default_factory=dict)
    verdicts: dict[Key, Verdict] = field(default_factory=dict)
    troubles: dict[Key, Sequence[str]] = field(default_factory=dict)
    settled: set[Key] = field(default_factory=set)


class _Judge:
    """Looks at domains, stack by stack, and writes down what it found."""

    def __init__(self, request: GateRequest, found: _Found) -> None:
        self._request, self._found = request, found

    def judge_all(self, change: Change) -> None:
        """The ways back first, with what answers; then what needs all of it, which raises CannotLook where that is not
        so.

        The latter names the ways back, for a change that cannot be judged as a whole must not hold them up.
        """
        back = [diff for diff in change.published if weakens(diff.old, diff.new)]
        rest = [diff for diff in change.published if not weakens(diff.old, diff.new)]
        for own in _by_stack(change.stacks, back):
            self._judge(own, needed=False)
        try:
            for own in _by_stack(change.stacks, rest):
                self._judge(own, needed=True)
        except CannotLook as error:
            alone = apart(diff for diff in back if allowed(self._found.findings[_key(diff)]))
            raise CannotLook(error.message, ". ".join(filter(None, (error.hint, alone)))) from error

    def _judge(self, asked: Sequence[DomainDiff], *, needed: bool) -> None:
        """Look at domains of one stack and judge them. Raises CannotLook where what does not answer is `needed`."""
        request, found = self._request, self._found
        ledger = self._ledger(asked, needed=needed)
        asked = [diff for diff in asked if not diff.doubt or self._settle(diff, ledger)]
        proving = [diff for diff in asked if diff.old is not None and binds_harder(diff.old, diff.new)]
        if proving:
            made = request.verdicts([_policy(diff) for diff in proving], ledger.publications)
            found.verdicts.update(zip(map(_key, proving), made, strict=True))
        project = nearest_project(request.folder, Path.cwd())
        for diff, gathered in self._gathered(asked, ledger, needed=needed):
            facts = with_move(gathered.facts, diff, project, request.ledger.environ, request.network)
            served = self._served(diff)
            policy = None if served is None else read_policy(served).value
            facts = replace(facts, live_policy=policy, live_text=None if served is None else _text(served))
            found.findings[_key(diff)] = judge_change(diff.old, diff.new, facts)
            found.troubles[_key(diff)] = gathered.troubles

    def _ledger(self, asked: Sequence[DomainDiff], *, needed: bool) -> Ledger:
        """What was published from the stack; not known where every domain begins and the stack is not there yet."""
        request = replace(self._request.ledger, stack=asked[0].stack)
        policies = [_policy(diff) for diff in asked]
        try:
            return open_ledger(request, [policy.domain for policy in policies], policies)
        except CannotLook as error:
            if needed and (request.source or any(diff.old is not None or diff.doubt for diff in asked)):
                raise
            return Ledger({}, False, error.message)

    def _settle(self, diff: DomainDiff, ledger: Ledger) -> bool:
        """End a doubt about the base by the ledger; whether there is still something to judge."""
        served = next((one for one in ledger.of(diff.domain) if one.until is None and published_here([one])), None)
        if not ledger.read or (served is not None and served.text != diff.new_text):
            return False
        self._found.settled.add(_key(diff))
        # What was never published begins now; what is published as proposed does not change.
        return served is None

    def _gathered(
        self, asked: Sequence[DomainDiff], ledger: Ledger, *, needed: bool
    ) -> Iterator[tuple[DomainDiff, Gathered]]:
        """The facts of each change, in their order."""
        seen_of, unread = self._sightings(needed=needed)

        def look(diff: DomainDiff) -> Gathered:
            try:
                gathered = self._look(diff, ledger, seen_of(diff.domain))
            except CannotLook as error:
                if needed:
                    raise
                facts = Facts(now=self._request.now, ledger=ledger.of(diff.domain), ledger_read=ledger.read)
                gathered = Gathered(facts, (*filter(None, [ledger.trouble]), error.message))
            return replace(gathered, troubles=(*gathered.troubles, *unread))

        with self._request.progress(len(asked)) as progress:
            for diff, gathered in each(look, asked):
                yield diff, gathered
                progress.step()

    def _look(self, diff: DomainDiff, ledger: Ledger, seen: Sequence[Sighting]) -> Gathered:
        request = self._request
        return gather(
            _policy(diff),
            ledger,
            request.now,
            request.network,
            request.timeout,
            sightings=seen,
            verdict=self._found.verdicts.get(_key(diff)),
            first=diff.old is None and not ledger.of(diff.domain) and not _adopted(diff),
        )

    def _sightings(self, *, needed: bool) -> tuple[Callable[[str], Sequence[Sighting]], tuple[str, ...]]:
        """What was seen of a domain's MX hosts before, and what is to be said where it cannot be read."""
        try:
            return self._request.sightings().of, ()
        except CannotLook as error:
            if needed:
                raise
            return lambda _: (), (f"what was seen of MX hosts before: {error.message}",)

    def _served(self, diff: DomainDiff) -> bytes | None:
        """What the policy host serves: needed only where a domain says that it had its policy before."""
        if not _adopted(diff) and (diff.old is not None or diff.new is None or not diff.new.rollout.adopted):
            return None
        fetches = asyncio.run(fetch_policy(diff.domain, self._request.network, timeout=self._request.timeout))
        bodies = {fetch.body if fetch.outcome is LookOutcome.OK else b"" for fetch in fetches}
        # Addresses that do not agree serve no policy that one could rely on.
        return (bodies.pop() or None) if len(bodies) == 1 else None


def _by_stack(stacks: Iterable[str], diffs: Sequence[DomainDiff]) -> Iterator[list[DomainDiff]]:
    """The diffs of each stack that has any."""
    return filter(None, ([diff for diff in diffs if diff.stack == stack] for stack in stacks))


def _adopted(diff: DomainDiff) -> bool:
    """Whether the change tells what the domain published before it came here."""
    new = diff.new
    return new is not None and new.adopted is not None and (diff.old is None or diff.old.adopted != new.adopted)


def _text(served: bytes) -> str | None:
    try:
        return served.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _key(diff: DomainDiff) -> Key:
    return diff.stack, diff.domain


def _policy(diff: DomainDiff) -> DomainPolicy:
    policy = diff.old or diff.new
    assert policy is not None  # noqa: S101 - a diff has one of both
    return policy
