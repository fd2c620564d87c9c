"""TLS reports (RFC 8460 s4): JSON bytes in, a `Report` with every deviation noted out.

The common shape is decoded straight into typed records (`report_wire`); whatever deviates is read again by the
tolerant reader (`report_tolerant`), which knows what real reporters send. Both give equal reports.
"""

from mtasts.protocol.problem import Reading
from mtasts.protocol.report_model import COUNT_LIMIT, FailureDetail, PolicyResult, Report

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

POLICY_TYPES = ("sts", "tlsa", "no-policy-found")  # RFC 8460 s4.4

# RFC 8460 s4.3, the IANA registry "STARTTLS Validation Result Types"
RESULT_TYPES = (
    "starttls-not-supported",
    "certificate-host-mismatch",
    "certificate-expired",
    "certificate-not-trusted",
    "validation-failure",
    "tlsa-invalid",
    "dnssec-invalid",
    "dane-required",
    "sts-policy-fetch-error",
    "sts-policy-invalid",
    "sts-webpki-invalid",
)


def read_report(body: bytes, *, strict: bool = False) -> Reading[Report]:
    """Read the JSON of one report. Never raises, whatever the bytes.

    Deviations that real reporters are known for are read all the same, each with a warning; what cannot be understood
    (not JSON, no period, no policies, counts that are no counts) is an error and gives no value. `strict` refuses
    every deviation from RFC 8460.
    """
    raise NotImplementedError
