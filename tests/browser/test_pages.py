"""The pages in a real browser: drawn, quiet, and fitting every screen."""

import contextlib
import time
from pathlib import Path

import pytest

from mtasts.render.reports.html.domain import domain_page
from mtasts.render.reports.html.fleet import LINES_A_PAGE, Overview, State, fleet_pages, overview
from mtasts.render.reports.html.timeline import bars_of, spark
from mtasts.verdict.minima import Minima
from tests.browser.chromium import Browser
from tests.patience import PATIENCE
from tests.render.hostile import HOSTILE
from tests.render.summaries import MADE, hostile, month, silent
from tests.reports.making import WINDOW

pytestmark = pytest.mark.needs("chromium")

LEAST = Minima()
SUMMARIES = {"month": month(), "silent": silent(), **{f"hostile{n}": hostile(t) for n, t in enumerate(HOSTILE)}}


@pytest.fixture(scope="module")
def browser():
    """One browser for the module."""
    with Browser() as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A page for each summary, the fleet's page, and one of a thousand domains."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "domains").mkdir()
    for name, summary in SUMMARIES.items():
        (folder / "domains" / f"{name}.html").write_text(domain_page(summary, LEAST, MADE), errors="backslashreplace")
    pages = fleet_pages([overview(s, LEAST) for s in SUMMARIES.values()], WINDOW, LEAST, MADE)
    for name, text in pages:
        (folder / name).write_text(text)
    picture = spark(bars_of(month()))
    lines = [
        Overview(f"d{n}.example.com", list(State)[n % 4], "", n, n % 3, 2, 28, "2026-03-28", picture)
        for n in range(LINES_A_PAGE)
    ]
    for _, text in fleet_pages(lines, WINDOW, LEAST, MADE):
        (folder / "thousand.html").write_text(text)
    return folder


ALL = [f"domains/{name}.html" for name in SUMMARIES] + ["index.html", "thousand.html"]


@pytest.mark.parametrize("page", ALL)
def test_nothing_is_asked_for_and_nothing_complains(browser, site, page):
    """One request, for the page itself; no script ran; no console message, least of all one about the policy."""
    browser.open(site / page)
    assert browser.requests() == [(site / page).as_uri()]
    assert browser.complaints() == []
    assert browser.evaluate("document.scripts.length") == 0
    assert browser.evaluate("document.querySelector('h1').textContent.length") > 0


@pytest.mark.parametrize("page", ALL)
def test_no_page_is_wider_than_the_screen(browser, site, page):
    """From a small phone to a desk: nothing to scroll sideways, whatever a reporter wrote."""
    browser.open(site / page, width=320, height=740)
    for width in (320, 360, 768, 1280):
        browser.resize(width)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        sticking_out = (
            "[...document.querySelectorAll('main *')].filter(e => !e.closest('svg,thead,.hidden') && "
            f"e.getBoundingClientRect().right > {width} + 1).map(e => e.outerHTML.slice(0, 80))"
        )
        assert browser.evaluate(sticking_out) == [], width


def test_the_style_is_applied_and_dark_is_dark(browser, site):
    """The style sheet's hash in the policy fits, in both schemes."""
    ground = "getComputedStyle(document.body).backgroundColor"
    browser.open(site / "domains/month.html")
    assert browser.evaluate(ground) == "rgb(245, 247, 249)"
    browser.open(site / "domains/month.html", dark=True)
    assert browser.evaluate(ground) == "rgb(16, 22, 29)"


def test_the_timeline_is_drawn(browser, site):
    """Bars with height for the days that have sessions, red ones for the two with failures, one flag in its place."""
    browser.open(site / "domains/month.html")
    heights = browser.evaluate(
        "[...document.querySelectorAll('figure .ok')].map(e => e.getBoundingClientRect().height)"
    )
    assert len(heights) == 27
    assert min(heights) >= 2
    assert browser.evaluate("document.querySelectorAll('figure .fail').length") == 2
    place = "(f => (document.querySelector('.pub').getBoundingClientRect().x - f.x) / f.width)"
    share = browser.evaluate(f"{place}(document.querySelector('figure').getBoundingClientRect())")
    assert share == pytest.approx((9 + 9 / 24) / 30, abs=0.01)


def test_a_phone_gets_cards(browser, site):
    """Below 46 rem a row is a card with its labels; on a desk it is a row."""
    show = "getComputedStyle(document.querySelector('table.failures td')).display"
    browser.open(site / "domains/month.html", width=360, height=740)
    assert browser.evaluate(show) == "block"
    browser.open(site / "domains/month.html")
    assert browser.evaluate(show) == "table-cell"


def test_print_is_ink_on_paper_and_complete(browser, site, tmp_path):
    """Printed from a dark screen it is light, and what was folded away is there."""
    browser.open(site / "domains/month.html", dark=True, media="print")
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.evaluate("getComputedStyle(document.body).color") == "rgb(24, 34, 46)"
    rows = "[...document.querySelectorAll('table.days tbody tr')].filter(e => e.getBoundingClientRect().height > 5)"
    assert browser.evaluate(f"{rows}.length") == 30
    browser.pdf(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")


def test_links_lead_from_fleet_to_domain_and_back(browser, site):
    """Every relative link of the fleet's page that stands for a written page exists, and the way back too."""
    browser.open(site / "domains/month.html")
    assert browser.evaluate("document.querySelector('.crumb a').href") == (site / "index.html").as_uri()
    browser.open(site / "index.html")
    links = browser.evaluate("[...document.querySelectorAll('tbody a')].map(e => e.getAttribute('href'))")
    assert "domains/example.com.html" in links
    assert all(link.startswith("domains/") for link in links)


def test_a_thousand_domains_cost_little(browser, site):
    """The largest page, from navigation to load, takes less than two seconds of processor time."""
    browser.open(site / "thousand.html")
    assert 0 < browser.busy() < 2
    assert browser.evaluate("document.querySelectorAll('tbody tr').length") == LINES_A_PAGE


def test_no_browser_is_left_over():
    """The test's own browser ends with everything it started."""
    with Browser() as found:
        session = found.session_id
        assert members(session)
    deadline = time.monotonic() + PATIENCE
    while members(session) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert members(session) == []


def members(session):
    """The living processes of a session (proc(5), stat: state, parent, group, session after the name)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, its_session = path.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                found.append(path.parent.name)
    return found
