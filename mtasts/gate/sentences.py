"""The two sentences that a reviewer reads first: how it came out, and what must happen next and who may approve it.

Pure. Both hold words from the YAML and from outside, which the printer escapes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from mtasts.changes.diff import DomainDiff
from mtasts.changes.strength import weakens
from mtasts.gate.merge import BASE_MOVED
from mtasts.gate.merge_gate import GateDomain, GateResult, Look, some
from mtasts.words.counted import number
from mtasts.words.durations import span
from mtasts.words.moments import at, not_before

_NAMED = 3
_DECIDES = "changes how policies are published: code owners"


def headline(result: GateResult) -> str:
    """How it came out, in one sentence; a rehearsal says so first, and so does what is not for the rules to judge."""
    words = _outcome(result)
    if result.deciding:
        decides = f"This {_DECIDES} must approve {some(result.deciding)}."
        quiet = not (result.problems or result.domains)
        words = decides if quiet else f"{words} {decides}" if result.problems else f"{decides} {words}"
    if result.rehearsed is not None:
        return f"Rehearsal as of {at(result.rehearsed)}: {words}"
    return words


def _outcome(result: GateResult) -> str:
    if result.problems:
        more = f" (and {number(len(result.problems) - 1, 'more problem')})" if result.problems[1:] else ""
        begin = "It cannot be judged as it would be merged." if _unmerged(result) else "The files are not valid."
        return f"{begin} {result.problems[0]}{more}"
    blocked = [domain for domain in result.domains if domain.blocks]
    if blocked:
        return _blocked(blocked, len(result.domains))
    published = [domain for domain in result.domains if domain.diff.published]
    if not published:
        return "Nothing changes for mail." if not result.domains else _quiet(result.domains)
    if result.look is Look.DIFF:
        left = [domain for domain in published if domain.left]
        if not left:
            return f"{_steps(published)}: no rule forbids it."
        return f"{_steps(published)}. {_names(left)}: whether the evidence holds is for the gate to say."
    return f"{_steps(published)}: the gate is open{_until(result.holds_until)}."


def next_step(result: GateResult) -> str:
    """What must happen next, and who may approve it; "" when there is nothing to do."""
    if _unmerged(result):
        return "Next: take the base branch into this one (`git merge BASE`), then judge again."
    if result.problems:
        return "Next: fix the files as each problem says; nothing is judged until then."
    blocked = [domain for domain in result.domains if domain.blocks]
    if blocked:
        back = apart(one.diff for one in result.domains if not one.blocks and weakens(one.diff.old, one.diff.new))
        return _mend(blocked) + (f" {back}." if back else "")
    if not result.domains:
        return "Next: the rules cannot judge it; read what it does to the next publication." if result.deciding else ""
    by = approvers(result.domains) + (" together with those code owners" if result.deciding else "")
    if result.look is Look.DIFF and any(domain.left for domain in result.domains):
        return f"Next: the gate must pass, then {by} may approve it."
    again = " Judge it again when that time is over." if result.holds_until else ""
    if not any(domain.diff.published for domain in result.domains):
        return f"Next: {by} may approve it; merging it changes nothing for mail.{again}"
    return f"Next: {by} may approve it; merging publishes it.{again}"


def apart(diffs: Iterable[DomainDiff]) -> str:
    """How the ways back in a change that is closed pass by themselves; "" where there are none."""
    found = list(diffs)
    if not found:
        return ""
    names = some([diff.domain for diff in found])
    own = [diff.file for diff in found if not diff.through]
    shared = [diff.file for diff in found if diff.through]
    ways = []
    if own:
        ways.append(f"put {some(own)} into a change of {_plural(len(own), 'its', 'their')} own")
    if shared:
        ways.append(f"write the mode and max_age into {some(shared)} instead of the defaults, in a change of its own")
    return f"The way back of {names} passes alone: {'; '.join(ways)}"


def approvers(domains: Iterable[GateDomain]) -> str:
    """Who may approve: the owners that the base names, or whom the repository's CODEOWNERS name."""
    owners: dict[str, None] = {}
    unowned = False
    for domain in domains:
        policy = domain.diff.old or domain.diff.new
        if policy is not None and policy.owner:
            owners[policy.owner] = None
        else:
            unowned = True
    names = list(owners)
    if not names:
        return "a code owner of the files"
    return f"{_plural(len(names), 'the owner', 'the owners')} ({some(names)})" + (
        " and a code owner" if unowned else ""
    )


def step(diff: DomainDiff) -> str:
    """What is to become of the domain, in a few words: `testing -> enforce`."""
    old, new = diff.old, diff.new
    if new is None:
        return "removal"
    if old is None:
        return f"first policy, mode {new.mode}"
    if old.mode is not new.mode:
        return f"{old.mode} -> {new.mode}"
    parts = []
    if old.max_age != new.max_age:
        parts.append(f"max_age {span(old.max_age)} -> {span(new.max_age)}")
    for sign, one, other in (("+", new.mx, old.mx), ("-", old.mx, new.mx)):
        if changed := [f"mx {sign} {name}" for name in one if name not in other]:
            parts.append(some(changed))
    if not parts and diff.published:
        parts.append("order of mx" if old.mx != new.mx else "records")
    return ", ".join(parts) or "settings"


def _unmerged(result: GateResult) -> bool:
    return any(problem.key == BASE_MOVED for problem in result.problems)


def _blocked(blocked: Sequence[GateDomain], total: int) -> str:
    first = blocked[0]
    reason = f"{first.diff.domain}, {step(first.diff)}: not now. {first.blocks[0].code}: {first.blocks[0].text}"
    others = len(first.blocks) - 1
    more = f" (+{others})" if others else ""
    if len(blocked) == 1:
        return f"{reason}{more}"
    return f"{len(blocked)} of {number(total, 'domain')} may not change like this. {reason}{more}"


def _mend(blocked: Sequence[GateDomain]) -> str:
    first = blocked[0]
    remedy = first.blocks[0].remedy
    when = _earliest(blocked)
    exception = f"an exception needs its own change in the YAML, with a reason, for {approvers(blocked)} to approve."
    wait = f" By time alone it passes from {not_before(when)} on." if when else ""
    return f"Next: {remedy}.{wait} An approval does not lift this block; {exception}"


def _earliest(blocked: Sequence[GateDomain]) -> datetime | None:
    whens = [domain.earliest for domain in blocked]
    return None if None in whens else max(when for when in whens if when is not None)


def _quiet(domains: Sequence[GateDomain]) -> str:
    lowered = [domain for domain in domains if domain.diff.lowers]
    if lowered:
        return f"Nothing changes for mail, but the bar gets lower for {_names(lowered)}."
    return f"Nothing changes for mail: settings or notes of {_names(domains)}."


def _steps(published: Sequence[GateDomain]) -> str:
    told = [f"{domain.diff.domain}, {step(domain.diff)}" for domain in published[:_NAMED]]
    more = len(published) - len(told)
    return "; ".join(told) + (f"; and {number(more, 'more domain')}" if more else "")


def _names(domains: Sequence[GateDomain]) -> str:
    return some([domain.diff.domain for domain in domains])


def _until(when: datetime | None) -> str:
    return f", on evidence that holds until {at(when)}" if when else ""


def _plural(number: int, one: str, many: str) -> str:
    return one if number == 1 else many
