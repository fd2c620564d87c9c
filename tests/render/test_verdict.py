"""The verdict `ready` as text and JSON: what they show, at which width, and that foreign text cannot get out."""

import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from mtasts.policy.settings import Acceptance, Waiver
from mtasts.protocol.mta_sts import Mode
from mtasts.render.verdict import document as ready_json
from mtasts.render.verdict import text as ready_text
from mtasts.verdict.criterion import Kind
from mtasts.verdict.ready import ReadyState
from tests.render.hostile import HOSTILE
from tests.reports.making import detail
from tests.verdict.fortnight import BACKUP, NOW, failed, looked, march, policy, published, reports, seen, verdict
from tests.verdict.test_ready import CASES

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "reference" / "ready.schema.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "reference" / "ready-json.md").read_text(encoding="utf-8")
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
EXPIRED = detail("certificate-expired", 1, BACKUP)


def shown(what, width=80):
    """Plain text at a width, without the blanks at the ends of lines."""
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, highlight=False).print(what)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def case(parameters):
    """The verdict of one case of the table."""
    given = parameters.values[0]
    return verdict(given.get("reports"), **{name: value for name, value in given.items() if name != "reports"})


def document(*verdicts):
    numbers = {}
    for one in verdicts:
        numbers[one.state] = numbers.get(one.state, 0) + 1
    text = ready_json.opening(NOW, rehearsal=False)
    text += "".join(ready_json.domain(one, first=not number) for number, one in enumerate(verdicts))
    return json.loads(text + ready_json.closing(numbers))


def test_ready_at_80_columns():
    """All criteria with have and need; until when; what it rests on."""
    assert (
        shown(ready_text.full(verdict()))
        == """\
✓ example.com  ready for enforce  until 2026-03-31 12:00 UTC

    criterion     have         need           missing when
  ✓ publication   mode testing as in the YAML
  ✓ mx-hosts      pass         all
  ✓ policy-served pass         served
  ✓ tls-rpt       pass         valid
  ✓ failures      0            0
  ✓ window        14           14
  ✓ days          13           7
  ✓ reporters     2            2
  ✓ sessions      260          100
  ✓ last-day      2 days ago   at most 3 days

Rests on
  - 26 reports about 2026-03-16 to 2026-03-28, 260 good sessions and 0 failed,
    by google.com, microsoft.com
  - days 2026-03-16 to 2026-03-30, nothing from before 2026-03-10 08:05 UTC
  - publication 20260310080000be6a844a94b98346
  - DNS and policy host seen 2026-03-30 12:00 UTC, MX hosts probed 2026-03-30
    12:00 UTC
  - judged 2026-03-30 12:00 UTC, expires 2026-03-31 12:00 UTC
"""
    )


def test_not_ready_at_120_columns():
    """What is missing, when it will be there, and what is behind it."""
    given = {"sightings": (seen(march(9), issuer="CN=R10"), seen(march(25, 6)))}
    waiver = Waiver("certificate-expired", BACKUP, "", "renewed", date(2026, 3, 29))
    found = verdict([*reports(), failed(28, EXPIRED)], yaml=policy(waivers=(waiver,), hold="moving house"), **given)
    text = shown(ready_text.full(found), 120)
    assert text.startswith("✗ example.com  not ready for enforce\n")
    for row in (
        "  ✗ hold          held         no hold        moving house",
        "  ✗ failures      1            0              certificate-expired at backup.example.com, last on    2026-04-12",  # noqa: E501
        "                                              2026-03-28",
        "  ? window        5            14             9 more days to go: mail.example.com has a certificate 2026-04-08 06:00 UTC",  # noqa: E501
        "                                              of another issuer: CN=R11,O=Let's Encrypt,C=US, seen",
        "  ? days          3            7              4 more days to go                                     2026-04-02",  # noqa: E501
        "  ? sessions      60           100            40 more sessions to go                                2026-03-31",  # noqa: E501
        "           mail.ru, on 2026-03-28)",
        "           the waiver for certificate-expired at backup.example.com ran out on 2026-03-29: renewed",
    ):
        assert row in text.splitlines(), text


def test_accepted_is_marked():
    """Neither met nor in the way, with the reason beside what is missing."""
    found = verdict([], yaml=policy(accept_little=Acceptance("a small domain", date(2026, 4, 30))))
    text = shown(ready_text.full(found), 120)
    assert "~ days          0            7              7 more days to go (accepted: a small domain)" in text
    assert "- little evidence is accepted until 2026-04-30: a small domain" in text


def test_enforce_is_ready_for_a_longer_max_age():
    """The next step is another one."""
    found = replace(verdict(), mode=Mode.ENFORCE)
    assert ready_text.headline(found).plain.startswith("✓ example.com  ready for a longer max_age")


def test_a_line_each():
    """Columns under a heading; the first reason, and how many more; never wider than the terminal."""
    young = verdict(ledger=(published(march(25, 20)),))
    lines = [ready_text.heading(20), *(ready_text.compact(one, 20, 80) for one in (verdict(), young, verdict([])))]
    assert [shown(line) for line in lines] == [
        "  domain                state                when        in the way",
        "✓ example.com           ready                2026-03-31",
        "? example.com           not enough evidence  2026-04-08  window: 10 more… (+2)",
        "? example.com           not enough evidence  -           last-day: no… (+3)",
    ]


def test_a_date_is_never_shown_too_early():
    """In a line only the day has room: the one on which it is met, which may be at its end."""
    found = verdict(ledger=(published(march(25, 20)),))
    assert found.earliest == march(39, 20, 5)
    assert "2026-04-08  " in ready_text.compact(found, 20, 80).plain


def test_counts_and_rehearsal():
    """How many of each, and that the clock was another one."""
    numbers = {ReadyState.READY: 2, ReadyState.NOT_ENOUGH: 1}
    assert ready_text.counts(numbers, 1.25).plain == "3 domains in 1.2 s: 2 ready, 0 not ready, 1 not enough evidence"
    assert ready_text.rehearsal(NOW).plain == (
        "a rehearsal as of 2026-03-30 12:00 UTC: what is seen now stands for what would be seen then"
    )


def hostile(text):
    """Every place that others write holds `text`."""
    said = [*reports(), failed(20, detail(text, 1, text, reason=text), by=text), failed(21, EXPIRED, by=text)]
    sightings = (seen(march(9), issuer="CN=R10"), seen(march(25, 6), issuer=text))
    yaml = policy(hold=f"h {text}", waivers=(Waiver("x", "", "", f"w {text}", date(2026, 4, 1)),))
    return verdict(said, sightings=sightings, yaml=yaml, look=looked(NOW, issuer=text))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_foreign_text_neither_steers_nor_floods_a_terminal(text, width):
    """No control or hidden character, no line beyond the width, a bounded number of lines."""
    found = hostile(text)
    for what in (ready_text.full(found), ready_text.compact(found, 20, width)):
        lines = shown(what, width).splitlines()
        assert all(len(line) <= width for line in lines)
        assert all(char.isprintable() for line in lines for char in line)
        assert len(lines) < 200


@pytest.mark.parametrize("parameters", [pytest.param(one, id=one.id) for one in CASES])
def test_every_case_fits_80_columns_and_its_schema(parameters):
    """No field more, none less, no other word."""
    found = case(parameters)
    assert all(len(line) <= 80 for line in shown(ready_text.full(found)).splitlines())
    VALIDATOR.validate(document(found))


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_is_json(text):
    """As it came, in strings."""
    VALIDATOR.validate(document(hostile(text)))


def test_the_document_counts():
    """Domains in order, the summary at the end; no domain is a document too."""
    found = document(verdict(), verdict([]), verdict(yaml=policy(hold="x")), verdict([]))
    assert [one["state"] for one in found["domains"]] == [
        "ready",
        "not enough evidence",
        "not ready",
        "not enough evidence",
    ]
    assert found["summary"] == {"domains": 4, "ready": 1, "look": 0, "not_ready": 1, "not_enough": 2}
    VALIDATOR.validate(document())


def test_the_values_of_a_verdict():
    """Numbers as numbers, times as stamps, days as days."""
    said = [*reports(), failed(20, EXPIRED)]
    (one,) = document(verdict(said, look=looked(NOW - timedelta(hours=1))))["domains"]
    by_code = {criterion["code"]: criterion for criterion in one["criteria"]}
    assert (by_code["days"]["have"], by_code["days"]["need"]) == (13, 7)
    assert (by_code["failures"]["when"], by_code["failures"]["blocks"]) == ("2026-04-04", True)
    assert one["earliest"] == "2026-04-04T00:00:00Z"
    assert one["evidence"]["looked_at"] == "2026-03-30T11:00:00Z"
    assert one["window"] == {
        "since": "2026-03-16", "until": "2026-03-30", "days": 14, "begin": "2026-03-10T08:05:00Z",
        "full_at": "2026-03-24T08:05:00Z", "published_everywhere": "2026-03-10T08:05:00Z", "changed": None,
        "watched_since": "2026-03-09T00:00:00Z",
    }  # fmt: skip


def test_schema_page_and_code_know_the_same_words():
    """Codes, kinds and states."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    criterion = SCHEMA["$defs"]["criterion"]["properties"]
    made = {one.code for parameters in CASES for one in case(parameters).criteria}
    assert set(criterion["code"]["enum"]) == made == set(re.findall(r"^\| `([a-z-]+)` \| [a-z]+ \|", PAGE, re.M))
    assert set(criterion["kind"]["enum"]) == {kind.value for kind in Kind}
    assert SCHEMA["$defs"]["domain"]["properties"]["state"]["enum"] == [state.value for state in ReadyState]
    guide = (ROOT / "docs" / "rollout.md").read_text(encoding="utf-8")
    assert not [code for code in made if f"`{code}`" not in guide]
