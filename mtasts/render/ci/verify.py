"""`verify` for pipelines: JUnit and workflow commands, domain by domain; its document as a part of a comment."""

from collections.abc import Sequence

from mtasts.level import Level
from mtasts.render.ci.forms import JUNIT_CLOSING, Case, command, junit_opening, suite
from mtasts.render.ci.parts import LINE_LIMIT, AnnotationLevel, Block, Part, PartState, worst
from mtasts.render.markdown import code, md
from mtasts.render.verify.document import ReadDocument, ReadDomain
from mtasts.render.verify.forms import Form
from mtasts.verify.findings import Finding, Findings, State
from mtasts.words.counted import number

JUNIT_OPENING = junit_opening("mtasts verify")


def junit(found: Findings) -> str:
    """A test suite with a case for each check. Unknown is an `error` (could not look), a failed NOTE is no failure."""
    checks: dict[str, list[Finding]] = {}
    for finding in found.findings:
        checks.setdefault(finding.check, []).append(finding)
    cases = [_case(check, findings) for check, findings in checks.items()]
    return suite(found.observed.domain, cases, found.observed.at, found.observed.seconds)


def commands(found: Findings) -> list[str]:
    """Workflow commands: errors for failures, warnings for unknowns, a notice when nothing is open."""
    name = found.observed.domain
    lines = [
        command(
            AnnotationLevel.ERROR if finding.state is State.FAIL else AnnotationLevel.WARNING,
            f"{name}: {finding.check}",
            f"{name}: {finding.line} [{finding.code}] fix: {finding.remedy}",
        )
        for finding in found.findings
        if finding.open
    ]
    well = f"{name}: would deliver in enforce: {found.delivers.value}"
    return lines or [command(AnnotationLevel.NOTE, name, well)]


def part(document: ReadDocument, stack: str) -> Part:
    """The domains of a stack that `verify --json` looked at."""
    blocks = tuple(_block(domain) for domain in document.domains)
    bad = [block for block in blocks if block.state is not PartState.PASSED]
    where = f" of {stack}" if stack else ""
    if not bad:
        verb = "is" if len(blocks) == 1 else "are"
        headline = f"{number(len(blocks), 'domain')}{where} {verb} published as the YAML says."
        return Part("verify", stack, "verify", PartState.PASSED, headline, "", blocks)
    return Part(
        kind="verify",
        stack=stack,
        title="verify",
        state=worst(blocks),
        headline=f"{len(bad)} of {len(blocks)} domains{where} are not as they should be, or could not be seen.",
        next_step="Fix what is named below, or change the YAML, and publish with `mtasts up --refresh`.",
        blocks=blocks,
    )


def reasons(words: Sequence[str]) -> str:
    """The first of them in one line, and how many more there are."""
    return "; ".join(words[:5])[:LINE_LIMIT] + (f"; {len(words) - 5} more" if len(words) > 5 else "")


def _case(check: str, findings: Sequence[Finding]) -> Case:
    judged = [finding for finding in findings if finding.level is not Level.NOTE]
    for state, shown in ((State.FAIL, PartState.BLOCKED), (State.UNKNOWN, PartState.FAILED)):
        if bad := [finding for finding in judged if finding.state is state]:
            body = "; ".join(f"{finding.line} [{finding.code}]" for finding in bad)
            return Case(check, shown, bad[0].line, bad[0].code, (f"{body}. fix: {bad[0].remedy}",))
    if all(finding.state is State.NOT_APPLICABLE for finding in findings):
        return Case(check, PartState.NOTHING, findings[0].line)
    return Case(check, PartState.PASSED, "", more=tuple(finding.line for finding in findings))


def _block(domain: ReadDomain) -> Block:
    if domain.passed:
        return Block(domain.domain, PartState.PASSED, "published as the YAML says")
    opened = [one for one in domain.findings if one.state in (State.FAIL, State.UNKNOWN) and one.level != Level.NOTE]
    failed = any(one.state == State.FAIL for one in opened)
    rows = ["| finding | state | what to do |", "|---|---|---|"]
    for one in opened:
        said = f"{one.subject}: {one.text}" if one.subject else one.text
        rows.append(f"| {md(said)} {code(one.code or one.check)} | {md(one.state)} | {md(one.remedy)} |")
    return Block(
        subject=domain.domain,
        state=PartState.BLOCKED if failed else PartState.FAILED,
        summary=reasons(domain.reasons) or f"would deliver in enforce: {domain.would_deliver_in_enforce}",
        markdown="\n".join(rows) if opened else "",
    )


JUNIT = Form(
    lambda found, _: f"{junit(found)}\n",
    opening=lambda _: f"{JUNIT_OPENING}\n",
    closing=lambda _: f"{JUNIT_CLOSING}\n",
)
GITHUB = Form(lambda found, _: "".join(f"{line}\n" for line in commands(found)))
