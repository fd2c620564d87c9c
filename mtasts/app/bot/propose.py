"""Pull requests for the steps that may be taken: open ones are renewed, new ones opened as far as there is room."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mtasts.app.bot.base import Base, open_base, open_forge, open_forge_or_none
from mtasts.app.bot.evidence import Source
from mtasts.app.bot.judged import Judged, Steps, judge_steps, next_steps
from mtasts.app.bot.news import Left, News
from mtasts.app.bot.proposals import Proposals
from mtasts.app.bot.request import BotRequest, Turns
from mtasts.app.bot.settle import fate_of, stays
from mtasts.app.ledger import Ledger
from mtasts.errors import CannotLook
from mtasts.gate.waves import Fate, Room, Standing, canary_waits, enforcing_since, queue, settling
from mtasts.live.forge.contract import Pull
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Mode
from mtasts.protocol.names import BadName, to_a_labels


def propose(request: BotRequest, turns: Turns, source: Source) -> Iterator[News | Left]:
    """Renew the open pull requests and open new ones.

    Without a forge, which a dry run may be, it is said which steps could be proposed. Raises CannotLook, and NotValid
    for a stack that has problems.
    """
    forge, without = open_forge_or_none(request) if not request.occasion.writes else (open_forge(request), "")
    if without:
        yield Left("", f"without a forge ({without}): which steps are open already, or were declined, is not known")
    base = open_base(request)
    policies = base.published
    canaries = _canaries(turns.canaries, base)
    steps, left = next_steps(base)
    yield from left
    evidence = source(policies)
    judged = judge_steps(base, steps, evidence, request.occasion, also=canaries)
    room = _room(turns, policies, canaries, evidence.ledger, judged, request)
    proposals = Proposals.at(base, forge) if forge is not None else None
    pulls = proposals.open() if proposals is not None else ()
    run = _Run(request, judged.by_branch, proposals)
    for pull in pulls:
        yield run.renewed(pull)
        known = judged.by_branch.get(pull.branch)
        room = room.taken(known.step.domain if known else pull.branch)
    there = {pull.branch for pull in pulls}
    for step in queue((one.step for one in judged.judged), there, canaries):
        why = room.against(step)
        news, taken = (News(step.branch, why), False) if why else run.opened(judged.by_branch[step.branch])
        yield news
        room = room.taken(step.domain) if taken else room
    for one in judged.judged:
        if one.step.standing is not Standing.HOLDS and one.step.branch not in there:
            yield Left(one.step.domain, f"{one.step.standing.value}: {one.step.why}")


@dataclass(frozen=True, slots=True)
class _Run:
    """What is done about one pull request, or one step, of a run."""

    request: BotRequest
    known: Mapping[str, Judged]
    proposals: Proposals | None

    def renewed(self, pull: Pull) -> News:
        """Renew an open one, if its step may be taken."""
        becomes, why = fate_of(pull, self.known, self.request)
        if becomes is Fate.WITHDRAW:
            return News(pull.branch, f"{stays(pull, why)}; `mtasts bot settle` withdraws it", pull.url)
        done = ""
        if becomes is Fate.RENEW and self.proposals is not None:
            change = self.known[pull.branch].change(self.proposals.forge.pull_limit)
            done = self.proposals.renew(pull, change) if self.request.occasion.writes else "would be renewed"
        return News(pull.branch, f"{stays(pull, why)}{f': {done}' if done else ''}", pull.url)

    def opened(self, one: Judged) -> tuple[News, bool]:
        """Open the pull request of a step; whether it takes room then."""
        branch = one.step.branch
        if self.proposals is None:
            return News(branch, "would be opened"), True
        change = one.change(self.proposals.forge.pull_limit)
        declined = self.proposals.declined(change, one.policy_digest)
        if declined is not None:
            words = f"declined in #{declined.number}: reopen that to have it after all"
            return News(branch, words, declined.url), False
        if not self.request.occasion.writes:
            return News(branch, "would be opened"), True
        opened = self.proposals.propose(change)
        if opened is None:
            return News(branch, "left: its branch is being moved by somebody else"), True
        return News(branch, f"opened #{opened.number}", opened.url), True


def _canaries(names: Sequence[str], base: Base) -> tuple[str, ...]:
    """The canaries in A-labels, each once. Raises CannotLook for one that is not there."""
    there = {policy.domain for policy in base.published}
    found: dict[str, None] = {}
    for name in names:
        try:
            domain = to_a_labels(name)
        except BadName as error:
            raise CannotLook(f"--canary {name!r:.100} is not a mail domain: it {error}") from None
        if domain not in there:
            raise CannotLook(f"--canary {domain} is not in stack {base.stack}", "all others would wait for it")
        found[domain] = None
    return tuple(found)


def _room(
    turns: Turns,
    policies: Sequence[DomainPolicy],
    canaries: Sequence[str],
    ledger: Ledger,
    steps: Steps,
    request: BotRequest,
) -> Room:
    now = request.occasion.now
    since = {one.domain: enforcing_since(ledger.of(one.domain)) for one in policies if one.mode is Mode.ENFORCE}
    by_domain = {policy.domain: policy for policy in policies}
    return Room(
        at_most=turns.at_most,
        open=frozenset(),
        flipping=frozenset(domain for domain, begun in since.items() if settling(begun, turns.settle, now)),
        canaries={
            domain: canary_waits(by_domain[domain], since.get(domain), steps.verdicts.get(domain), turns.settle, now)
            for domain in canaries
        },
    )
