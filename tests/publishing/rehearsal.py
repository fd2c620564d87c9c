"""The stage on which a domain's whole life is rehearsed: real engine, real MX hosts, signed report mails, many days.

Inside a network namespace with the real ports, so that a client that nobody here wrote looks on. What the verbs judge
is handed the day (--as-of); what is published is published now, so the ledger's times lie within the test's minute.
"""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from mtasts.protocol.mta_sts import Policy, render_policy
from tests.live.signing import key_record, report_mail, signed
from tests.publishing.stage import Run
from tests.publishing.test_independent_client import StageInside

REPORTERS = ("google.com", "microsoft.com")
MX_HOSTS = ("mx1.example.com", "mx2.example.com")


class Rehearsal(StageInside):
    """example.com alone in the staging stack; `day(n)` is the moment n days after the curtain rose."""

    def __init__(self, folder: Path, space: object) -> None:
        super().__init__(folder, space)
        self.remove("example.net")
        self.store = folder / "reports"
        self.environment["MTASTS_REPORTS"] = str(self.store)
        self.begun = datetime.now(UTC).replace(microsecond=0)
        self.folder = folder

    def start(self) -> None:
        super().start()
        key = "".join(part.strip('"') for part in key_record().split(" "))
        for reporter in REPORTERS:
            self._sandbox("zone", "add", reporter, "route53", f"Z{reporter[:3].upper()}")
            self._sandbox("record", f"s1._domainkey.{reporter}", "TXT", key.replace('""', ""))
        for host in MX_HOSTS:
            self.add_host(host)
        self.mx("example.com", *MX_HOSTS)

    def day(self, number: float) -> datetime:
        return self.begun + timedelta(days=number)

    def mx(self, domain: str, *hosts: str) -> None:
        """What the person who runs DNS does."""
        values = [f"{10 * rank} {host}." for rank, host in enumerate(hosts, start=1)]
        self._sandbox("record", domain, "MX", *values, "--ttl", "3600")

    def add_host(self, host: str) -> None:
        self._sandbox("mail", "add", host)

    def act(self, verb: str, day: float, *words: str, domain: str = "example.com") -> Run:
        """One of the verbs that judge, on a day."""
        as_of = f"{self.day(day):%Y-%m-%dT%H:%M:%SZ}"
        where = ["--sandbox", "--stack", "staging", "--policies", str(self.policies)]
        return self.mtasts(verb, domain, *where, "--as-of", as_of, *words)

    def publish(self) -> None:
        done = self.up()
        assert done.code == 0, done.err

    def ledger(self, domain: str = "example.com") -> list[dict[str, str]]:
        where = ["--sandbox", "--stack", "staging", "--policies", str(self.policies)]
        done = self.mtasts("ledger", domain, *where, "--json")
        assert done.code == 0, done.err
        found: list[dict[str, str]] = done.json
        return found

    def yaml(self, domain: str = "example.com") -> str:
        return (self.policies / "staging" / f"{domain}.yaml").read_text()

    def receive(self, policy: Policy, first: float, last: float) -> None:
        """The report mails of two reporters about the days from `first` to `last`, signed, imported as they come."""
        inbox = self.folder / f"inbox-{first}"
        inbox.mkdir()
        day = self.day(first).date()
        while day <= self.day(last).date():
            for reporter in REPORTERS:
                raw = json.dumps(report(policy, day, reporter)).encode()
                mail = signed(report_mail(reporter, reporter, raw), reporter)
                (inbox / f"{day}-{reporter}.eml").write_bytes(mail)
            day += timedelta(days=1)
        done = self.mtasts("reports", "import", str(inbox), "--json")
        assert done.code == 0, done.err
        assert done.json["stored"] == done.json["read"] > 0

    def _sandbox(self, *words: str) -> None:
        done = self.mtasts("sandbox", *words)
        assert done.code == 0, done.err


def report(policy: Policy, day: date, reporter: str) -> dict[str, object]:
    """One day of good sessions under a policy, as RFC 8460 s4.4 has it."""
    lines = render_policy(policy).splitlines()
    return {
        "organization-name": reporter,
        "date-range": {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"},
        "contact-info": f"tls@{reporter}",
        "report-id": f"{day}_{reporter}",
        "policies": [
            {
                "policy": {
                    "policy-type": "sts",
                    "policy-domain": "example.com",
                    "policy-string": lines,
                    "mx-host": list(policy.mx),
                },
                "summary": {"total-successful-session-count": 40, "total-failure-session-count": 0},
            }
        ],
    }
