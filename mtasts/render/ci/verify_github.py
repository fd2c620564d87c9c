"""`mtasts verify --format github`: a workflow command for each open finding, so that it shows on the run's page."""

from mtasts.render.escape import github, github_property, terminal
from mtasts.verify.findings import Findings, State


def domain(found: Findings) -> list[str]:
    """Lines for one domain: errors for failures, warnings for unknowns, a notice when nothing is open."""
    name = found.observed.domain
    lines = []
    for finding in found.findings:
        if finding.open:
            kind = "error" if finding.state is State.FAIL else "warning"
            text = terminal(f"{name}: {finding.line} [{finding.code}] fix: {finding.remedy}")
            lines.append(f"::{kind} title={github_property(terminal(f'{name}: {finding.check}'))}::{github(text)}")
    if not lines:
        lines.append(f"::notice title={github_property(terminal(name))}::{github(terminal(summary(found)))}")
    return lines


def summary(found: Findings) -> str:
    """What was found, in one sentence."""
    return f"{found.observed.domain}: would deliver in enforce: {found.delivers.value}"
