"""Text, JUnit and workflow commands of `verify`: what they show, and that foreign text cannot get out of them."""

import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from mtasts.render.ci import verify as verify_ci
from mtasts.render.ci.forms import JUNIT_CLOSING
from mtasts.render.verify import text as verify_text
from mtasts.verify.findings import Findings
from mtasts.verify.model import LookOutcome, RuaLook, Trouble
from mtasts.verify.run_checks import judge
from tests.render.hostile import HOSTILE
from tests.verify.scenes import KEY, MX, NEXT_KEY, NOW, fetched, good, mail_host, probed, with_tlsa
from tests.verify.test_checks import SCENES


def shown(what: RenderableType, width: int) -> str:
    """Plain text at a width."""
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, highlight=False).print(what)
    return out.getvalue()


def hostile(text: str) -> Findings:
    """Every place that others write holds `text`."""
    bad = Trouble("smtp-not-ready", text, "")
    fetch = fetched("192.0.2.80", Trouble("redirect", text), media_type=text, body=text.encode("utf-8", "replace"))
    good_host, bad_host = probed(MX[0], "192.0.2.25", greeting=text), probed(text, "192.0.2.26", bad)
    observed = replace(
        good(),
        mta_sts=replace(good().mta_sts, values=(text,), chain=(text,)),
        tls_rpt=replace(good().tls_rpt, values=(text,)),
        rua=(RuaLook(text, LookOutcome.FAILED, text),),
        fetches=(fetch,),
        hosts=(mail_host(MX[0], good_host), mail_host(text, bad_host)),
        probed_by=text,
    )
    return judge(observed, NOW)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [40, 80, 120])
def test_foreign_text_neither_steers_nor_floods_a_terminal(text: str, width: int) -> None:
    """No control or hidden character, no line beyond the width, a bounded number of lines."""
    for what in (verify_text.full(hostile(text), NOW), verify_text.compact(hostile(text))):
        lines = shown(what, width).splitlines()
        assert all(len(line) <= width for line in lines)
        assert all(char.isprintable() for line in lines for char in line)
        assert len(lines) < 700


def test_dane_has_its_line_beneath_the_host_it_is_about() -> None:
    """Each different answer once, and none where there are no records."""
    lines = shown(verify_text.full(judge(with_tlsa(f"3 1 1 {NEXT_KEY}")(good()), NOW), NOW), 160).splitlines()
    host = next(i for i, line in enumerate(lines) if f"✓ {MX[1]} (10)" in line)
    assert "✗   192.0.2.26" in lines[host + 1] or "✓   192.0.2.26" in lines[host + 1]
    assert "✗   DANE" in lines[host + 2]
    assert f"the record is 3 1 1 {KEY}" in " ".join(line.strip() for line in lines[host + 2 : host + 5])
    assert sum("  DANE " in line for line in lines) == 1
    without = replace(good(), hosts=tuple(mail_host(name, probed(name, "192.0.2.25")) for name in MX))
    assert "DANE" not in shown(verify_text.full(judge(without, NOW), NOW), 160)


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_stays_inside_its_xml_element(text: str) -> None:
    """An XML parser reads it, and finds only our elements."""
    root = ET.fromstring(f"{verify_ci.JUNIT_OPENING}{verify_ci.junit(hostile(text))}{JUNIT_CLOSING}")
    assert {element.tag for element in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out",
    }  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_starts_no_workflow_command(text: str) -> None:
    """Each finding is one line, and each line one of ours."""
    for line in verify_ci.commands(hostile(text)):
        assert line.startswith(("::error title=", "::warning title="))
        assert line.isprintable()


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_every_scene_fits_its_width(name: str, width: int) -> None:
    """And names each open finding's code, and each different fix once."""
    verdict = judge(SCENES[name][0](good()), NOW)
    text = shown(verify_text.full(verdict, NOW), width)
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    assert {finding.code for finding in verdict.findings if finding.open} <= set(text.split())


@pytest.mark.parametrize("name", SCENES)
def test_junit_counts_what_it_holds(name: str) -> None:
    """The numbers of the head are those of the elements; every check is one case."""
    suite = ET.fromstring(verify_ci.junit(judge(SCENES[name][0](good()), NOW)))
    for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert suite.get(attribute) == str(len(suite.findall(f"testcase/{tag}")))
    assert suite.get("tests") == str(len(suite.findall("testcase")))
