"""`mtasts verify --format junit`: a test suite for each domain, a test case for each check, as CI servers read them."""

from collections import defaultdict
from xml.sax.saxutils import quoteattr

from mtasts.render.escape import html, terminal
from mtasts.render.runner import in_xml
from mtasts.verify.findings import Finding, Findings, Level, State

OPENING = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="mtasts verify">'
CLOSING = "</testsuites>"


def domain(found: Findings) -> str:
    """One `testsuite` element. Unknown is an `error` (could not look), a failed NOTE is no failure."""
    checks: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in found.findings:
        checks[finding.check].append(finding)
    cases = [_case(found.observed.domain, check, findings) for check, findings in checks.items()]
    failures = sum("<failure" in case for case in cases)
    errors = sum("<error" in case for case in cases)
    skipped = sum("<skipped" in case for case in cases)
    head = (
        f'<testsuite name={_attribute(found.observed.domain)} tests="{len(cases)}" failures="{failures}" '
        f'errors="{errors}" skipped="{skipped}" time="{found.observed.seconds:.3f}" '
        f'timestamp="{found.observed.at:%Y-%m-%dT%H:%M:%S}">'
    )
    return "\n".join([head, *cases, "</testsuite>"])


def _case(domain_name: str, check: str, findings: list[Finding]) -> str:
    opened = f'  <testcase classname={_attribute(domain_name)} name={_attribute(check)} time="0">'
    return f"{opened}{_result(findings)}</testcase>"


def _result(findings: list[Finding]) -> str:
    failed = [finding for finding in findings if finding.state is State.FAIL and finding.level is not Level.NOTE]
    unknown = [finding for finding in findings if finding.state is State.UNKNOWN and finding.level is not Level.NOTE]
    if failed:
        return _element("failure", failed)
    if unknown:
        return _element("error", unknown)
    if all(finding.state is State.NOT_APPLICABLE for finding in findings):
        return f"<skipped message={_attribute(findings[0].line)}/>"
    lines = "\n".join(html(finding.line) for finding in findings)
    return f"<system-out>{lines}</system-out>"


def _element(name: str, findings: list[Finding]) -> str:
    body = "; ".join(f"{finding.line} [{finding.code}]" for finding in findings)
    text = html(f"{body}. fix: {findings[0].remedy}")
    return f"<{name} type={_attribute(findings[0].code)} message={_attribute(findings[0].line)}>{text}</{name}>"


def _attribute(text: str) -> str:
    """Quoted and escaped; characters that XML 1.0 forbids are shown by their number first."""
    return in_xml(quoteattr(terminal(text)))
