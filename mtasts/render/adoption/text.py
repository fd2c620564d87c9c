"""Lines of an adoption for people: the plan, and what senders saw before and after; to be escaped when printed."""

from collections.abc import Iterator, Sequence

from mtasts.adoption.compare import Compared
from mtasts.adoption.obstacles import Obstacle
from mtasts.adoption.owners import Owner
from mtasts.adoption.plan import AdoptionPlan, PlannedRecord
from mtasts.adoption.serving import Serving
from mtasts.adoption.survey import Survey
from mtasts.verify.plain import stamp
from mtasts.words.counted import few, number
from mtasts.words.durations import span
from mtasts.words.names import with_u_labels

_SHOWN = 6  # addresses or names in one line
_TEXT_LIMIT = 400  # characters of one foreign text


def plan_lines(plan: AdoptionPlan, survey: Survey, where: str) -> Iterator[str]:
    """Everything about one domain's plan. `where`: the file, and the zone, in words."""
    yield f"{with_u_labels(plan.domain)}: {where}"
    yield "  today"
    yield from (_line(label, words) for label, words in _today(plan.serving, survey))
    for one in survey.accounts.unseen:
        yield _line("not seen", f"{one.what}: {one.why}")
    if not plan.obstacles:
        yield from _order(plan)
    for owner in plan.owners:
        yield from _owner(owner)
    if plan.to_know:
        yield "  to know"
        yield from (f"    - {_cut(words)}" for words in plan.to_know)
    yield from obstacle_lines(plan.obstacles)


def _order(plan: AdoptionPlan) -> Iterator[str]:
    if plan.records:
        yield "  records"
        yield from map(_record, plan.records)
    if plan.steps:
        yield "  in this order"
        for number_, step in enumerate(plan.steps, 1):
            yield f"    {f'{number_}.':<9}{step.does}"
            yield _line("senders", step.sender)


def obstacle_lines(obstacles: Sequence[Obstacle]) -> Iterator[str]:
    """What is in the way, and what to do about it."""
    if obstacles:
        yield "  in the way"
    for one in obstacles:
        yield f"    ✗ {_cut(one.text, 2 * _TEXT_LIMIT)}"
        yield f"      to do: {_cut(one.remedy, 2 * _TEXT_LIMIT)}"


def compared_lines(compared: Compared) -> Iterator[str]:
    """Before and after side by side: each fact once if it is the same, and the checks that changed."""
    yield f"{with_u_labels(compared.domain)}: what a sender sees, before and after"
    for fact in compared.facts:
        mark = "✗" if fact.worse else "=" if fact.same else "~"
        words = fact.after if fact.same else f"{fact.before} -> {fact.after}"
        yield f"  {mark} {fact.name:<11}{_cut(words)}"
    for check in compared.checks:
        mark = "✗" if check.worse else "~"
        yield f"  {mark} check {check.check}: {check.before} -> {check.after}: {_cut(check.text)}"
    if not compared.checks:
        yield "  = every check ends as before"


def _today(serving: Serving, survey: Survey) -> Iterator[tuple[str, str]]:
    record, policy = survey.view.txt.value, survey.view.policy
    yield "_mta-sts", f"id {record.id}" if record else "no record that senders use"
    if policy is not None:
        yield "policy", f"mode {policy.mode}, max_age {span(policy.max_age)}, {number(len(policy.mx), 'mx')}"
    else:
        problem = next((fetch.problem for fetch in survey.view.observed.fetches if fetch.problem), "")
        yield "policy", f"none that senders can use{f': {problem}' if problem else ''}"
    yield "host", _host(serving)
    if serving.by:
        yield "served by", serving.by if serving.certain else f"{serving.by}, by the name that it leads to"
    if serving.until is not None:
        yield "cert", f"issued by {serving.issuer}, until {stamp(serving.until)}"
    reports = survey.view.tls_rpt.value
    yield "reports", few(reports.rua, _SHOWN) if reports else "no record that reporters use"
    for held in survey.accounts.objects:
        same = "the bytes that are served" if held.same else "not what is served"
        yield "object", f"s3://{held.bucket}/{held.key}: {same}"
    for certificate in survey.accounts.certificates:
        yield "in ACM", f"{certificate.status} {certificate.arn}"


def _host(serving: Serving) -> str:
    parts = [f"CNAME {serving.cname}"] if serving.cname else []
    parts += [f"by the wildcard {serving.wildcard}"] if serving.wildcard else []
    parts.append(few(serving.addresses, _SHOWN) or "no address")
    return ", ".join(parts)


def _record(record: PlannedRecord) -> str:
    more = f": {'; '.join(record.changes)}" if record.changes else ""
    known = f" (id {record.id})" if record.id else ""
    return f"    {record.kind:<6}{record.name}{known}  {record.fate}{_cut(more, 2 * _TEXT_LIMIT)}"


def _owner(owner: Owner) -> Iterator[str]:
    records = f" {few(owner.records, _SHOWN)}" if owner.records else ""
    yield f"  {owner.tool} owns{records}: {_cut(owner.evidence)}"
    for step in owner.release.steps:
        yield f"    - {step}"
    if owner.release.snippet:
        yield f"    {owner.release.file}:"
        yield from (f"      {line}" for line in owner.release.snippet.rstrip("\n").split("\n"))


def _line(label: str, words: str) -> str:
    return f"    {label:<9}  {_cut(words)}" if len(label) > 8 else f"    {label:<9}{_cut(words)}"


def _cut(text: str, limit: int = _TEXT_LIMIT) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
