"""Runs every check over one observation and gathers what they find. Pure; a check that crashes is an unknown."""

from datetime import datetime, timedelta

from mtasts.verify import checks_dane, checks_desired, checks_dns, checks_host, checks_mx, checks_names
from mtasts.verify.findings import Check, Finding, Findings, Result, State, View, view_of
from mtasts.verify.model import Observed
from mtasts.verify.troubles import OF_EITHER_RECORD, TROUBLES

CHECKS: tuple[Check, ...] = (
    *checks_dns.CHECKS,
    *checks_host.CHECKS,
    *checks_mx.CHECKS,
    *checks_dane.CHECKS,
    *checks_names.CHECKS,
    *checks_desired.CHECKS,
)
PROBE_MAX_AGE = timedelta(hours=24)


def judge(
    observed: Observed, now: datetime, probe_max_age: timedelta = PROBE_MAX_AGE, checks: tuple[Check, ...] = CHECKS
) -> Findings:
    """What the checks find of `observed` at `now` (aware). Probes older than `probe_max_age` count as unknown."""
    view = view_of(observed, now, probe_max_age)
    findings = tuple(_finding(check, result) for check in checks for result in _run(check, view))
    return Findings(observed, view.policy, findings)


def _run(check: Check, view: View) -> list[Result]:
    try:
        return list(check.run(view))
    except Exception as error:  # a bug in one check must neither hide the others nor count as a pass
        return [Result(State.UNKNOWN, f"the check itself failed: {type(error).__name__}: {error}", code="check-failed")]


def _finding(check: Check, result: Result) -> Finding:
    known = None if result.code in OF_EITHER_RECORD else TROUBLES.get(result.code)
    return Finding(
        check=check.id,
        level=check.level,
        state=result.state,
        subject=result.subject,
        code=result.code or check.id,
        text=result.text,
        result_type=result.result_type,
        source=check.source,
        remedy=known[2] if known else check.remedy,
        decides=check.decides,
    )
