"""The withdrawal of open pull requests that may not be merged any more."""

from collections.abc import Iterator, Mapping

from mtasts.app.bot.base import open_base, open_forge
from mtasts.app.bot.evidence import Source
from mtasts.app.bot.judged import Judged, judge_steps, next_steps
from mtasts.app.bot.news import Left, News
from mtasts.app.bot.proposals import Proposals
from mtasts.app.bot.request import BotRequest
from mtasts.gate.waves import Fate, Open, fate
from mtasts.live.forge.contract import Pull
from mtasts.render.verdict.promotion import mark_of, withdrawn


def settle(request: BotRequest, source: Source) -> Iterator[News | Left]:
    """Withdraw each open pull request whose step is no longer the domain's next one, or may not be taken.

    Only the domains that have one are judged. Raises CannotLook, and NotValid for a stack that has problems.
    """
    forge = open_forge(request)
    base = open_base(request)
    proposals = Proposals.at(base, forge)
    pulls = proposals.open()
    if not pulls:
        return
    steps, left = next_steps(base)
    yield from left
    asked = [one for one in steps if one.branch in {pull.branch for pull in pulls}]
    evidence = source([one.edit.file.policy for one in asked])
    known = judge_steps(base, asked, evidence, request.occasion).by_branch
    for pull in pulls:
        becomes, why = fate_of(pull, known, request)
        if becomes is Fate.WITHDRAW:
            now = request.occasion.now
            rest = proposals.withdraw(pull, withdrawn(pull.body, why, now)) if request.occasion.writes else ""
            yield News(pull.branch, f"withdrawn #{pull.number}: {why}{f' ({rest})' if rest else ''}", pull.url)
        else:
            yield News(pull.branch, stays(pull, why), pull.url)


def fate_of(pull: Pull, known: Mapping[str, Judged], request: BotRequest) -> tuple[Fate, str]:
    """What becomes of an open pull request, and why."""
    mark = mark_of(pull.body)
    if mark is None:
        return Fate.LEAVE, "it does not say what we wrote"
    steps = {branch: one.step for branch, one in known.items()}
    return fate(Open(pull.number, pull.branch, mark.holds_until), steps, request.occasion.now)


def stays(pull: Pull, why: str) -> str:
    """One that stays open, and why if that is not because its step may be taken."""
    return f"left #{pull.number}: {why}" if why else f"open #{pull.number}"
