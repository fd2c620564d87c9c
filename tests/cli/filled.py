"""A real store with a known month in it, and the command line run against it."""

import json
from datetime import UTC, date, datetime, time, timedelta

from mtasts.cli.main import main
from mtasts.live.intake import Intake
from mtasts.live.sources.contract import Item
from mtasts.live.store import open_store

POLICY = ["version: STSv1", "mode: testing", "mx: mail.example.com", "max_age: 86400"]


def document(day, ok, failed=0, *, domain="example.com", name="Google Inc.", by="google.com", kind="sts", details=()):
    """The JSON of one report."""
    policy = {"policy-type": kind, "policy-domain": domain}
    if kind == "sts":
        policy |= {"policy-string": POLICY, "mx-host": ["mail.example.com"]}
    entry = {
        "policy": policy,
        "summary": {"total-successful-session-count": ok, "total-failure-session-count": failed},
    }
    if details:
        entry["failure-details"] = list(details)
    return {
        "organization-name": name,
        "date-range": {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"},
        "contact-info": f"tls@{by}",
        "report-id": f"{day}_{by}_{domain}_{kind}",
        "policies": [entry],
    }


def fill(location, documents, *, posted=False):
    """Put reports into the store, as an import (or a post) would."""
    intake = Intake()
    now = datetime.now(UTC)
    with open_store(str(location), create=True) as store, store.batch():
        for found in documents:
            body = json.dumps(found).encode()
            prepared = intake.posted(body, "test", now) if posted else intake.prepare(Item("test", body), now)
            assert not prepared.refusals, prepared.refusals
            for incoming in prepared.incomings:
                store.add(incoming)


def month(location, today=date(2026, 3, 30)):
    """Twenty days of two reporters about example.com with one bad MX, one other domain, and one post."""
    days = [today - timedelta(days=n) for n in range(2, 22)]
    bad = {"result-type": "certificate-expired", "receiving-mx-hostname": "mail.example.com", "failed-session-count": 2}
    found = [document(day, 10) for day in days]
    found += [document(day, 5, by="microsoft.com", name="Microsoft Corporation") for day in days[1:]]
    found.append(document(days[0], 5, 2, by="microsoft.com", name="Microsoft Corporation", details=[bad]))
    found.append(document(days[3], 5, kind="tlsa", by="microsoft.com", name="Microsoft Corporation"))
    found.append(document(days[3], 7, domain="example.net"))
    fill(location, found)
    fill(location, [document(days[5], 99, 9, by="posted.example", name="Nobody")], posted=True)
    return days


def reports(capsys, *words):
    """Run `mtasts reports ...`: exit code, standard output, standard error."""
    code = main(["reports", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def noon(day):
    """A moment of the day, in UTC."""
    return datetime.combine(day, time(12), UTC)
