"""Reports for the store's tests."""

import json
from datetime import UTC, datetime, timedelta

from mtasts.live.store import Incoming
from mtasts.protocol.report import read_report
from mtasts.reports.stored import Trust

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


def body(
    report_id: str = "1",
    domains: tuple[str, ...] = ("example.com",),
    day: int = 1,
    organization: str = "Reporter",
    contact: str | None = "tls@reporter.example",
    successes: int = 10,
    failures: int = 0,
    kinds: tuple[str, ...] = ("sts",),
    padding: str = "",
) -> bytes:
    """The JSON of a report."""
    start = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day - 1)
    details = [{"result-type": "certificate-expired", "receiving-mx-hostname": "mx1.example.com",
                "failed-session-count": failures}] if failures else []  # fmt: skip
    policies = [
        {
            "policy": {
                "policy-type": kind,
                "policy-domain": domain,
                "policy-string": ["x"],
                "mx-host": ["mx1.example.com"],
            },
            "summary": {"total-successful-session-count": successes, "total-failure-session-count": failures},
            "failure-details": details,
        }
        for domain in domains
        for kind in kinds
    ]
    document = {
        "organization-name": organization,
        "date-range": {"start-datetime": f"{start:%Y-%m-%dT%H:%M:%SZ}",
                       "end-datetime": f"{start + timedelta(seconds=86399):%Y-%m-%dT%H:%M:%SZ}"},
        "contact-info": contact,
        "report-id": report_id,
        "policies": policies,
    }  # fmt: skip
    return (json.dumps(document) + padding).encode()


def incoming(
    raw: bytes,
    trust: Trust = Trust.AUTHENTICATED,
    submitter: str = "reporter.example",
    source: str = "test",
    hint: str = "",
) -> Incoming:
    """A report on its way into a store."""
    report = read_report(raw).value
    assert report is not None
    return Incoming(report, raw, trust, submitter, NOW, source, (), hint)
