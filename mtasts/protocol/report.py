"""TLS reports (RFC 8460 s4): JSON bytes in, a `Report` with every deviation noted out.

The common shape is decoded straight into typed records (`report_wire`); whatever deviates is read again by the
tolerant reader (`report_tolerant`), which knows what real reporters send. Both give equal reports.
"""

from dataclasses import replace

from mtasts.protocol.problem import Problem, Reading, Severity
from mtasts.protocol.report_fields import POLICY_TYPES, RESULT_TYPES, oddities
from mtasts.protocol.report_model import COUNT_LIMIT, FailureDetail, PolicyResult, Report
from mtasts.protocol.report_tolerant import Refused, read_tolerant
from mtasts.protocol.report_wire import read_exact

__all__ = [
    "COUNT_LIMIT",
    "POLICY_TYPES",
    "REPORT_BYTES_LIMIT",
    "RESULT_TYPES",
    "FailureDetail",
    "PolicyResult",
    "Report",
    "read_report",
]

# RFC 8460 s5.2 leaves the limit to receivers; senders count on about 10 MB. This bounds the unpacked JSON.
REPORT_BYTES_LIMIT = 10 * 1024 * 1024

# Odd, but not against RFC 8460: registries grow (s4.3), and neither spans nor details are bound to add up.
_ALLOWED = frozenset({"unknown-result-type", "details-without-failures", "period-long"})


def read_report(body: bytes, *, strict: bool = False) -> Reading[Report]:
    """Read the JSON of one report. Never raises, whatever the bytes.

    Deviations that real reporters are known for are read all the same, each with a warning; what cannot be understood
    (not JSON, no period, no policies, counts that are no counts) is an error and gives no value. `strict` refuses
    every deviation from RFC 8460.
    """
    if len(body) > REPORT_BYTES_LIMIT:
        message = f"has {len(body)} bytes, more than the {REPORT_BYTES_LIMIT} a report may have"
        return Reading(None, (Problem(Severity.ERROR, "too-big", message, "RFC 8460 s5.2"),))
    exact = read_exact(body)
    if exact is not None:
        report, problems = exact
        if not problems:
            return Reading(report, ())
    else:
        try:
            report, problems = read_tolerant(body)
        except Refused as refused:
            return Reading(None, (refused.problem,))
        problems += oddities(report)
    if strict:
        # A deviation that was tolerated is a violation here; what the RFC leaves open stays a warning.
        problems = [p if p.code in _ALLOWED else replace(p, severity=Severity.ERROR) for p in problems]
        if any(p.severity is Severity.ERROR for p in problems):
            return Reading(None, tuple(problems))
    return Reading(report, tuple(problems))
