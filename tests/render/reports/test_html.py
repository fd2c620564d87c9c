"""The pages: whole in themselves, safe against what reporters write, and honest about silence."""

import re
from html.parser import HTMLParser

import pytest

from mtasts.render.escape import terminal
from mtasts.render.reports.html.domain import domain_page
from mtasts.render.reports.html.element import Markup, join, tag
from mtasts.render.reports.html.fleet import LINES_A_PAGE, Overview, State, fleet_pages, overview
from mtasts.render.reports.html.page import POLICY, file_name
from mtasts.render.reports.html.style import DARK, LIGHT
from mtasts.render.reports.html.timeline import Bar, bars_of, flags_of, nice_top, spark
from mtasts.reports.summary import summarise
from mtasts.reports.tally import Sessions
from mtasts.verdict.minima import Minima
from tests.render.hostile import HOSTILE
from tests.render.summaries import MADE, hostile, month, silent
from tests.reports.making import TODAY, WINDOW, detail, result, stored

LEAST = Minima()

# All that the pages are made of. Nothing here can load, run or send anything.
TAGS = frozenset(
    re.findall(
        r"\w+",
        "html head meta title link style body header main footer nav a h1 h2 p ul li section table caption thead "
        "tbody tr th td span b code div details summary figure svg desc defs pattern path rect line text g",
    )
)


class Reader(HTMLParser):
    """Every element with its attributes, and the text."""

    def __init__(self, document):
        super().__init__()
        self.elements = []
        self.words = []
        self.open = []
        self.feed(document)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, name, attributes):
        self.elements.append((name, dict(attributes)))
        if name not in ("meta", "link", "br"):
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def page(summary):
    return domain_page(summary, LEAST, MADE)


def fleet(*summaries):
    return dict(fleet_pages([overview(s, LEAST) for s in summaries], WINDOW, LEAST, MADE))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    """No element, attribute, link or style of a reporter's making; the text itself is shown."""
    summary = hostile(text)
    for document in (page(summary), *fleet(summary).values()):
        read = Reader(document)
        assert {name for name, _ in read.elements} <= TAGS
        for name, attributes in read.elements:
            assert not [key for key in attributes if key.startswith("on") or key in ("style", "src", "srcdoc")]
            if "href" in attributes:
                assert re.fullmatch(
                    r"#content|data:,|\.\./index\.html|index\.html|domains/[a-z0-9._-]+\.html", attributes["href"]
                ), attributes
            assert name != "script"
        assert document.isprintable() or "\x1b" not in document
        assert "\u202e" not in document
        document.encode()
    shown = Reader(page(summary)).text
    assert " ".join(terminal(text)[:20].split()) in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_domain_cannot_choose_its_file(text):
    """A policy domain comes from a report: its page's name is plain, in the folder, and its own."""
    name = file_name(text)
    assert re.fullmatch(r"[a-z0-9_][a-z0-9._-]{0,210}\.html", name)
    assert ".." not in name


def test_file_names():
    """Plain names are readable; the rest are told apart by their hash."""
    assert file_name("example.com") == "example.com.html"
    assert file_name("xn--bcher-kva.example") == "xn--bcher-kva.example.html"
    for odd in ("../../etc/passwd", ".example.com", "a..b", "example", "EXAMPLE.com", "a/b.com", "con", ""):
        assert file_name(odd).startswith("x-")
    assert file_name("a/b.com") != file_name("a/c.com")


@pytest.mark.parametrize("document", [page(month()), page(silent()), *fleet(month()).values()])
def test_a_page_asks_for_nothing(document):
    """The policy forbids every request; the style is allowed by its hash alone; there is no script."""
    read = Reader(document)
    (policy,) = [a["content"] for _, a in read.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == POLICY
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in re.sub(r"http-equiv", "", document)
    assert "@import" not in document
    assert "url(" not in document.replace("url(#hatch)", "")


def test_tables_and_pictures_say_what_they_are():
    """Headers have a scope, roles survive the phone layout, and the picture has a title and a description."""
    read = Reader(page(month()))
    headers = [a for name, a in read.elements if name == "th"]
    assert headers
    assert all(a.get("scope") in ("col", "row") for a in headers)
    assert all(a.get("role") for name, a in read.elements if name in ("table", "tr", "th", "td", "thead", "tbody"))
    (picture,) = [a for name, a in read.elements if name == "svg" and a.get("role") == "img"]
    ids = {a.get("id") for name, a in read.elements if name in ("title", "desc")}
    assert set(picture["aria-labelledby"].split()) <= ids
    assert [a["lang"] for name, a in read.elements if name == "html"] == ["en"]
    assert len([name for name, _ in read.elements if name == "h1"]) == 1
    every = [a["id"] for _, a in read.elements if "id" in a]
    assert len(every) == len(set(every))


def test_the_domain_page_tells_the_month():
    """Numbers, the failure with its fix and owner, the publications, the gap, and what was not counted."""
    text = Reader(page(month())).text
    for words in (
        "sessions passed",
        "26 / 28 closed days covered",
        "starttls-not-supported ours to fix mx2.example.com 192.0.2.25",
        "Turn STARTTLS on at every address",
        "P2 2026-03-10 09:00 UTC to now: enforce , mx mail.example.com",
        "1 report that nobody vouches for",
        "1 of 5 is missing.",
        "Microsoft Corporation microsoft.com known",
        "2026-03-15 0 0 0 no report",
        "probe every MX",
    ):
        assert words in text, words


def test_silence_is_never_shown_as_success():
    """A domain without reports says so, and meets nothing."""
    text = Reader(page(silent())).text
    assert "silence is not success" in text
    assert "4 of 5 are missing." in text
    assert "no counted report at all" in text
    assert overview(silent(), LEAST).state is State.SILENT


def test_minima_are_stated():
    """The thresholds stand beside what is there, on both kinds of page."""
    text = Reader(page(month())).text
    assert "17 (7 asked for)" in text
    assert "(100 asked for)" in text
    (start,) = fleet(month()).values()
    assert "7 days, 2 reporters and 100 sessions" in Reader(start).text


def quiet(domain, days, by=("google.com", "microsoft.com")):
    return summarise(
        domain, WINDOW, [stored(d, result(10, 0, domain=domain), by=who) for d in range(29 - days, 29) for who in by]
    )


def test_states_of_the_fleet():
    """What to act on first: failures, then silence, then too little; only all minima met is enough."""
    failing = summarise(
        "bad.example.com", WINDOW, [stored(28, result(9, 1, detail(mx="mx2.example.com"), domain="bad.example.com"))]
    )
    stopped = summarise("stopped.example.com", WINDOW, [stored(3, result(9, 0, domain="stopped.example.com"))])
    lines = [overview(s, LEAST) for s in (quiet("a.example.com", 7), quiet("b.example.com", 6), failing, stopped)]
    assert [line.state for line in lines] == [State.ENOUGH, State.GATHERING, State.FAILING, State.SILENT]
    assert [line.lacks for line in lines[:3]] == ["", "1 more day to go", "certificate-expired at mx2.example.com"]
    (document,) = dict(fleet_pages(lines, WINDOW, LEAST, MADE)).values()
    order = [document.index(f">{name}</a>") for name in ("bad.example.com", "stopped.example.com", "b.example.com")]
    assert order == sorted(order)


def test_a_failure_under_an_earlier_policy_does_not_fail_the_domain():
    """History is shown and marked, and the state is that of the policy published now."""
    reports = [stored(4, result(9, 1, detail()))]
    reports += [stored(d, result(10, 0, policy=("mode: enforce", "mx: mail.example.com"))) for d in range(12, 29)]
    summary = summarise("example.com", WINDOW, reports, month().publications)
    assert overview(summary, LEAST).state is State.GATHERING
    assert "history" in Reader(page(summary)).text


def line(number):
    return Overview(f"d{number}.example.com", State.ENOUGH, "", 1, 0, 1, 1, "2026-03-28", spark(bars_of(month())))


def test_a_thousand_domains_are_a_page_and_more_are_pages():
    """1,000 lines stay below 1.5 MB; one more begins a second page, linked from the first."""
    one = dict(fleet_pages([line(n) for n in range(LINES_A_PAGE)], WINDOW, LEAST, MADE))
    assert list(one) == ["index.html"]
    assert len(one["index.html"].encode()) < 1_500_000
    two = dict(fleet_pages([line(n) for n in range(LINES_A_PAGE + 1)], WINDOW, LEAST, MADE))
    assert list(two) == ["index.html", "fleet-2.html"]
    assert 'href="fleet-2.html"' in two["index.html"]
    assert two["fleet-2.html"].count('role="rowheader"') == 1


def test_the_same_input_gives_the_same_bytes():
    """A site in a repository shows no diff when nothing changed."""
    assert page(month()) == page(month())


def test_flags_stand_where_the_publication_was():
    """Noon of day 10.375 of 30: 31.25 per cent; what lies before the window has no flag."""
    (flag,) = flags_of(month())
    assert flag.number == 2
    assert flag.at == pytest.approx(100 * (9 + 9 / 24) / 30)


def test_bars_are_trusted_sts_totals():
    """What was posted is in no bar."""
    bars = bars_of(month())
    assert len(bars) == 30
    assert bars[11].sessions == Sessions(412 + 150, 0)
    assert [bar.day.day for bar in bars if not bar.covered] == [15, 16, 30]
    assert [bar.day.day for bar in bars if bar.open] == [29, 30]
    assert bars[-1].day == TODAY


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (2, 2), (3, 4), (5, 6), (7, 10), (11, 20), (10**12, 10**12)])
def test_scales_are_round(most, top):
    """At or above the tallest bar, and even, so that the half has a number too."""
    assert nice_top(most) == top


def test_a_spark_of_nothing_is_empty():
    """No sessions: no marks, no division by zero."""
    assert spark([Bar(TODAY, Sessions(), covered=False, open=True)]).count("M") == 0


def test_elements_escape_unless_made_here():
    """A str is foreign, Markup is not; attribute values too; void and empty elements are right."""
    assert tag("b", "<i>", tag("i", "&")) == "<b>&lt;i&gt;<i>&amp;</i></b>"
    assert tag("a", class_='x" onload="y', data_label="<") == '<a class="x&quot; onload=&quot;y" data-label="&lt;"></a>'
    assert tag("meta", name="a", hidden=True, gone=None, off=False) == '<meta name="a" hidden>'
    assert tag("rect", x=1.23456, y=2.0, z=3) == '<rect x="1.235" y="2" z="3"></rect>'
    assert join("<", 1, None, ["a", [Markup("<b>")]]) == "&lt;1a<b>"


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, two):
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(scheme):
    """WCAG 2.1: 4.5 for text on what it stands on, 3 for the marks of the pictures."""
    for ink, ground in (
        *((ink, ground) for ink in ("ink", "soft", "link", "bad") for ground in ("bg", "card")),
        ("bad", "badbg"),
        ("warn", "warnbg"),
        ("good", "goodbg"),
        ("soft", "quiet"),
        ("card", "pub"),
    ):
        assert contrast(scheme[ink], scheme[ground]) >= 4.5, (ink, ground)
    for mark in ("ok", "bad", "pub", "good"):
        assert contrast(scheme[mark], scheme["card"]) >= 3, mark
