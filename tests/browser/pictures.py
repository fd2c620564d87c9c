"""Makes the pictures of docs/images anew: `python -m tests.browser.pictures docs/images`. The data is made up."""

import math
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from mtasts.history.eras import Publication
from mtasts.render.reports.html.domain import domain_page
from mtasts.render.reports.html.fleet import fleet_pages, overview
from mtasts.reports.stored import Trust
from mtasts.reports.summary import summarise
from mtasts.verdict.minima import Minima
from tests.browser.chromium import Browser
from tests.render.summaries import MADE
from tests.reports.making import WINDOW, detail, result, stored

ONE = ("version: STSv1", "mode: testing", "mx: mx1.example.com", "max_age: 86400")
BOTH = ("version: STSv1", "mode: testing", "mx: mx1.example.com", "mx: mx2.example.com", "max_age: 86400")
SWITCH = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
REPORTERS = (("google.com", "Google Inc.", 420, 1), ("microsoft.com", "Microsoft Corporation", 260, 1))
SMALL = (("mail.ru", "Mail.ru", 31, 3), ("comcast.com", "Comcast", 12, 2))


def sessions(day, most):
    """A week with a quiet end, and no two days alike."""
    week = 1.0 if day.weekday() < 5 else 0.35
    return round(most * week * (1 + 0.22 * math.sin(day.day * 2.3 + most)))


def failed(day, by):
    """The story: mx2 went live before it was in the policy; later its STARTTLS was off for a week-end."""
    if by == "microsoft.com" and day.day in (4, 5, 6):
        return [detail("validation-failure", day.day, "", "MX_HOSTS_MISMATCH", "")]
    if by == "google.com" and day.day in (5, 6):
        return [detail("validation-failure", 6, "mx2.example.com", "", "192.0.2.25")]
    if by == "google.com" and day.day in (20, 21):
        return [detail("starttls-not-supported", 3, "mx2.example.com", "", "192.0.2.25")]
    return []


def example():
    """The domain of the pictures."""
    found = []
    for day in WINDOW.days():
        if day.day in (15, 16, 30):
            continue
        policy = ONE if day < SWITCH.date() else BOTH
        for by, name, most, every in (*REPORTERS, *SMALL):
            if day.day % every or (day.day == 29 and by != "google.com"):
                continue
            bad = failed(day, by)
            entry = result(sessions(day, most), sum(d.failed_sessions for d in bad), *bad, policy=policy)
            if by == "comcast.com":
                entry = result(sessions(day, most), kind="no-policy-found", policy=())
            found.append(stored(day, entry, by=by, name=name))
    odd = result(5, 4, detail("certificate-not-trusted", 4, "mx1.example.com", "self-signed", ""), policy=BOTH)
    found.append(stored(12, odd, by="reports.example.net", name="Somebody", trust=Trust.POSTED))
    ledger = (
        Publication("20260225090000a1b2c3d4", "\n".join(ONE), datetime(2026, 2, 25, 9, tzinfo=UTC), SWITCH),
        Publication("202603090830009f8e7d6c", "\n".join(BOTH), SWITCH, None),
    )
    return summarise("example.com", WINDOW, found, ledger)


def other(domain, days, most, *, bad=""):
    """A domain with reports about some days."""
    entries = []
    for number in days:
        day = date(2026, 3, number)
        ok = max(1, sessions(day, most))
        worst = [detail(bad, 2, f"mx2.{domain}")] if bad and number == max(days) else []
        entries.append(stored(day, result(ok, 2 * len(worst), *worst, domain=domain)))
        if number % 2:
            entries.append(
                stored(day, result(ok // 2 + 1, domain=domain), by="microsoft.com", name="Microsoft Corporation")
            )
    return summarise(domain, WINDOW, entries)


def fleet():
    """Domains in every state."""
    return [
        example(),
        other("example.net", range(1, 30), 900),
        other("example.org", range(1, 29), 150),
        other("mail.example.org", range(20, 29), 40),
        other("shop.example.net", range(1, 18), 60),
        other("news.example.com", [], 0),
        other("lists.example.org", range(3, 28), 220, bad="certificate-expired"),
    ]


def main(folder):
    """Write the pictures."""
    least = Minima()
    with tempfile.TemporaryDirectory() as temporary, Browser() as browser:
        site = Path(temporary)
        (site / "domain.html").write_text(domain_page(example(), least, MADE))
        lines = [overview(summary, least) for summary in fleet()]
        for name, text in fleet_pages(lines, WINDOW, least, MADE):
            (site / name).write_text(text)
        browser.open(site / "domain.html", width=1000, height=1180)
        browser.screenshot(folder / "reports-domain.png", whole=False)
        browser.open(site / "domain.html", width=390, height=1180, dark=True)
        browser.screenshot(folder / "reports-phone.png", whole=False)
        browser.open(site / "index.html", width=1000, height=1000)
        browser.screenshot(folder / "reports-fleet.png", whole=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
