"""Made-up reports in the shapes of real reporters, for benchmarks: always the same for the same numbers."""

import base64
import gzip
import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

REPORTERS = (
    ("Google Inc.", "smtp-tls-reporting@google.com", "google.com"),
    ("Microsoft Corporation", "tlsrpt-noreply@microsoft.com", "microsoft.com"),
    *((f"Reporter {n}", f"tls-reports@reporter{n}.example", f"reporter{n}.example") for n in range(2, 10)),
)
FIRST_DAY = date(2026, 1, 1)
_RESULTS = ("certificate-expired", "starttls-not-supported", "validation-failure", "sts-policy-fetch-error")


def report(domain: int, day: int, reporter: int) -> bytes:
    """One report's JSON. Nine of ten know no failure; some have a few details, one in a hundred has fifty."""
    organization, contact, submitter = REPORTERS[reporter]
    draw = random.Random((domain * 1000 + day) * 100 + reporter)
    name = f"d{domain}.example.com"
    on = FIRST_DAY + timedelta(days=day)
    roll = draw.random()
    count = 0 if roll < 0.9 else 50 if roll > 0.99 else draw.randint(1, 5)
    details: list[dict[str, Any]] = [
        {
            "result-type": draw.choice(_RESULTS),
            "sending-mta-ip": f"192.0.2.{draw.randint(1, 254)}",
            "receiving-mx-hostname": f"mx{draw.randint(1, 2)}.{name}",
            "receiving-ip": f"198.51.100.{draw.randint(1, 254)}",
            "failed-session-count": draw.randint(1, 9),
        }
        for _ in range(count)
    ]
    entry: dict[str, Any] = {
        "policy": {
            "policy-type": "sts",
            "policy-string": [
                "version: STSv1",
                "mode: testing",
                f"mx: mx1.{name}",
                f"mx: mx2.{name}",
                "max_age: 86400",
            ],
            "policy-domain": name,
            "mx-host": [f"mx1.{name}", f"mx2.{name}"],
        },
        "summary": {
            "total-successful-session-count": draw.randint(1, 5000),
            "total-failure-session-count": sum(detail["failed-session-count"] for detail in details),
        },
    }
    if details:
        entry["failure-details"] = details
    if reporter == 1:
        # Microsoft's shape: no patterns, and an empty array where nothing failed
        del entry["policy"]["mx-host"]
        entry["failure-details"] = details
    body = {
        "organization-name": organization,
        "date-range": {"start-datetime": f"{on}T00:00:00Z", "end-datetime": f"{on}T23:59:59Z"},
        "contact-info": contact,
        "report-id": f"{on}T00:00:00Z_{name}_{submitter}",
        "policies": [entry],
    }
    return json.dumps(body).encode()


def packed(domain: int, day: int, reporter: int) -> bytes:
    """The same, gzipped."""
    return gzip.compress(report(domain, day, reporter), mtime=0)


def mail(domain: int, day: int, reporter: int) -> bytes:
    """The same, as the reporter would mail it (RFC 8460 s5.3)."""
    _, contact, submitter = REPORTERS[reporter]
    name = f"d{domain}.example.com"
    start = datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time(), UTC)
    begin = int(start.timestamp())
    file = f"{submitter}!{name}!{begin}!{begin + 86399}!001.json.gz"
    encoded = base64.encodebytes(packed(domain, day, reporter)).decode().replace("\n", "\r\n")
    signature = base64.b64encode(random.Random(domain).randbytes(256)).decode()
    return (
        f"Received: from mail.{submitter} (mail.{submitter} [192.0.2.25]) by mx1.example.com with ESMTPS id 1\r\n"
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={submitter}; s=s1; t={begin};\r\n"
        f"\th=from:to:subject:date; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n\tb={signature}\r\n"
        f"Date: {start + timedelta(days=1, hours=10):%a, %d %b %Y %H:%M:%S} +0000\r\n"
        f"From: {contact}\r\nTo: tls-reports@{name}\r\nMessage-ID: <{begin}.{domain}@{submitter}>\r\n"
        f"Subject: Report Domain: {name} Submitter: {submitter} Report-ID: <{begin}.{domain}@{submitter}>\r\n"
        f"TLS-Report-Domain: {name}\r\nTLS-Report-Submitter: {submitter}\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type="tlsrpt"; boundary="b{domain}x{day}"\r\n\r\n'
        f"--b{domain}x{day}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThis is an aggregate TLS report.\r\n\r\n"
        f"--b{domain}x{day}\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{file}"\r\n\r\n{encoded}\r\n--b{domain}x{day}--\r\n'
    ).encode()
