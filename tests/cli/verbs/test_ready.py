"""`mtasts ready` as a person runs it: domains published in the sandbox by the real engine, reports of a fortnight to
come, and the clock handed in; and what `verify` and `probe` keep for it.
"""

import json
from argparse import Namespace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from mtasts.app.sightings import KeptSightings
from mtasts.cli.options.sightings import sightings_of
from mtasts.errors import CannotLook
from mtasts.history.sightings import last_change
from mtasts.live.sightings import open_sightings
from mtasts.live.store import open_store
from tests.cli.conftest import MX, World
from tests.publishing.stage import ROOT
from tests.verdict.fortnight import seen

pytestmark = pytest.mark.xdist_group("looking")
SCHEMA = json.loads((ROOT / "docs" / "reference" / "ready.schema.json").read_text(encoding="utf-8"))
REPORTERS = ("google.com", "microsoft.com", "example.org")


def text_of(world: World, domain: str) -> str:
    return world.body(domain).decode()


def report(domain: str, text: str, day, by: str, failed: int = 0) -> str:
    """One report as a reporter writes it."""
    entry = {
        "policy": {"policy-type": "sts", "policy-string": text.splitlines(), "policy-domain": domain},
        "summary": {"total-successful-session-count": 12, "total-failure-session-count": failed},
    }
    if failed:
        entry["failure-details"] = [
            {
                "result-type": "certificate-expired",
                "failed-session-count": failed,
                "receiving-mx-hostname": MX[domain][-1],
            }
        ]
    span = {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"}
    return json.dumps(
        {
            "organization-name": by, "date-range": span, "contact-info": f"tls@{by}", "report-id": f"{day}-{by}",
            "policies": [entry],
        }
    )  # fmt: skip


@pytest.fixture
def store(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A store with reports of the fortnight to come; `fail_on` lets one of them fail."""

    def fill(*domains: str, fail_on: int | None = None, today: date | None = None) -> str:
        folder, place = tmp_path / "inbox", str(tmp_path / "store")
        folder.mkdir(exist_ok=True)
        today = today or datetime.now(UTC).date()
        for domain in domains:
            for number in range(1, 15):
                for by in REPORTERS:
                    failed = int(number == fail_on and by == REPORTERS[-1])
                    text = report(domain, text_of(world, domain), today + timedelta(days=number), by, failed)
                    (folder / f"{domain}-{number}-{by}.json").write_text(text)
        if not domains:
            open_store(place, create=True).close()
            return place
        done = world.mtasts("reports", "import", str(folder), "--store", place)
        assert done.code == 0, done.err
        return place

    return fill


def ready(world: World, place: str, *words: str):
    """The verdict in the sandbox, from this store."""
    return world.mtasts(
        "ready", *words, "--sandbox", "--stack", "staging", "--policies", str(world.policies), "--store", place
    )


def test_silence_is_not_enough_and_the_look_is_kept(world: World, store) -> None:
    """Published and probed, but nobody has reported: exit code 1, as JSON and for people."""
    place = store()
    done = ready(world, place, "example.com", "--json")
    jsonschema.Draft202012Validator(SCHEMA).validate(done.json)
    (one,) = done.json["domains"]
    assert (done.code, one["state"]) == (1, "not enough evidence")
    assert {c["code"] for c in one["criteria"] if not c["met"]} == {
        "window",
        "days",
        "reporters",
        "sessions",
        "last-day",
    }
    assert one["evidence"]["publication"] == world.id("example.com")
    assert done.json["rehearsal"] is False
    (kept,) = open_sightings(place).of("example.com")
    assert [(host.name, host.certificates[0][0]) for host in kept.hosts] == [
        (name, (name,)) for name in MX["example.com"]
    ]
    shown = ready(world, place, "example.com")
    assert shown.out.startswith("? example.com  not enough evidence for enforce\n")
    assert "no counted report at all" in shown.out
    assert shown.err == ""


def test_a_good_fortnight_is_ready(world: World, store) -> None:
    """Exit code 0; said to be a rehearsal; nothing but our own words on stderr."""
    # A time of day of its own: counted from now, the days of the window would depend on when the test runs.
    today = datetime.now(UTC).date()
    place = store("example.com", today=today)
    as_of = f"{today + timedelta(days=15)}T12:00:00Z"
    done = ready(world, place, "example.com", "--as-of", as_of, "--json")
    (one,) = done.json["domains"]
    assert (done.code, one["state"], one["reasons"]) == (0, "ready", [])
    assert (len(one["evidence"]["reports"]), one["evidence"]["reporters"]) == (42, ["google.com", "microsoft.com"])
    assert one["evidence"]["strangers"] == ["example.org"]
    assert done.json["rehearsal"] is True
    text = ready(world, place, "example.com", "--as-of", "+15.5d").out.splitlines()
    assert text[0].startswith("a rehearsal as of ")
    assert text[1].startswith("✓ example.com  ready for enforce  until ")


def test_a_fault_at_an_mx_host_is_not_ready(world: World, store) -> None:
    """However good the reports are, and although no report tells of it."""
    place = store("example.com")
    world.fault("mx-no-starttls", "--on", "mx2.example.com")
    done = ready(world, place, "example.com", "--as-of", "+15.5d")
    assert (done.code, "✗ example.com  not ready for enforce" in done.out) == (1, True)
    assert "mx-hosts      1 failed" in done.out
    world.fault("clear")


def test_a_failure_blocks_until_it_is_waived(world: World, store) -> None:
    """By name, in the YAML, with a reason and a last day."""
    place = store("example.com", fail_on=12)
    words = ("example.com", "--as-of", "+15.5d", "--json")
    (one,) = ready(world, place, *words).json["domains"]
    assert (one["state"], one["reasons"][0][:51]) == (
        "not ready",
        "failures: certificate-expired at mx2.example.com, l",
    )
    until = (datetime.now(UTC) + timedelta(days=30)).date()
    path = world.policies / "staging" / "example.com.yaml"
    before = path.read_text()
    try:
        path.write_text(
            f"{before}rollout:\n  waivers:\n    - mx: mx2.example.com\n      reason: fixed\n      until: {until}\n"
        )
        done = ready(world, place, *words)
    finally:
        path.write_text(before)
    (one,) = done.json["domains"]
    assert (done.code, one["state"]) == (0, "ready")
    assert any(note.startswith(f"waived until {until}: every failure at mx2.example.com") for note in one["notes"])


def test_a_new_mx_host_begins_the_window_anew(world: World, store) -> None:
    """Although the pattern covers it: two looks at different times of the rehearsal tell."""
    place = store("example.net")
    words = ("example.net", "--json", "--as-of")
    assert ready(world, place, *words, "+15.5d").code == 0
    world.sandbox("mail", "add", "eu2.mail.example.net")
    world.record("example.net", "MX", "10 eu1.mail.example.net.", "20 eu2.mail.example.net.")
    done = ready(world, place, *words, "+16d")
    (one,) = done.json["domains"]
    assert (done.code, one["state"]) == (1, "not enough evidence")
    assert one["window"]["changed"]["what"] == "MX host eu2.mail.example.net came"
    assert one["window"]["begin"] == one["made_at"]
    later = ready(world, place, *words, "+17d").json["domains"][0]
    assert later["window"]["begin"] == one["made_at"]


def test_many_domains_are_a_line_each(world: World, store) -> None:
    """In the order of the stack; counted at the end; only domains that have a next step."""
    place = store("example.com")
    path = world.policies / "staging" / "retired.example.yaml"
    path.write_text("domain: retired.example\nmode: none\ndns: {provider: route53, zone: Z1}\n")
    try:
        done = ready(world, place, "--all", "--as-of", "+15.5d")
    finally:
        path.unlink()
    lines = done.out.splitlines()
    assert (done.code, done.err) == (1, "left out: 1 of mode none, which has no step towards enforce\n")
    assert lines[1].split() == ["domain", "state", "when", "in", "the", "way"]
    assert [line.split("  ")[0] for line in lines[2:4]] == ["✓ example.com", "? example.net"]
    assert lines[-1].endswith("1 ready, 0 not ready, 1 not enough evidence")


def test_without_a_look_nothing_is_ready(world: World, store, tmp_path: Path) -> None:
    """--no-probe needs neither network nor sandbox; a ledger from a file."""
    place = store("example.com")
    ledger = tmp_path / "ledger.json"
    since = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    ledger.write_text(
        json.dumps(
            [{"domain": "example.com", "id": "x", "text": text_of(world, "example.com"), "since": since, "until": None}]
        )
    )
    done = world.mtasts(
        "ready", "example.com", "--no-probe", "--json", "--ledger", str(ledger), "--store", place,
        "--policies", str(world.policies), "--as-of", "+15.5d",
    )  # fmt: skip
    (one,) = done.json["domains"]
    assert (done.code, one["state"]) == (1, "not enough evidence")
    assert {c["code"] for c in one["criteria"] if not c["met"]} == {"mx-hosts", "policy-served", "tls-rpt"}
    assert one["evidence"]["looked_at"] is None


def test_probes_made_elsewhere_count_with_their_own_time(world: World, store, tmp_path: Path) -> None:
    """And keep the sighting where they were made, if a store is named there."""
    place, file, pem = store(), tmp_path / "probes.json", str(tmp_path / "probe.pem")
    key = world.mtasts("probe", "--make-key", pem).out.strip()
    done = world.mtasts("probe", "example.com", "--sandbox", "--key", pem, "--out", str(file), "--store", place)
    assert done.code == 0, done.err
    (kept,) = open_sightings(place).of("example.com")
    assert [host.name for host in kept.hosts] == list(MX["example.com"])
    (one,) = ready(world, place, "example.com", "--json", "--probe-evidence", str(file), "--probe-key", key).json[
        "domains"
    ]
    made = json.loads(file.read_text())["made_at"]
    assert (one["evidence"]["probed_at"], one["evidence"]["probed_by"]) == (made, "probes.json")


def test_verify_keeps_what_it_sees_only_where_a_place_is_named(world: World, store) -> None:
    """What the sandbox shows must not get into the usual place."""
    place = store()
    assert world.verify("example.com", "--store", place).code == 0
    assert world.verify("example.com").code == 0
    assert len(open_sightings(place).of("example.com")) == 1
    assert last_change(open_sightings(place).of("example.com")) is None
    refused = world.verify("example.com", "--store", f"{place}-missing")
    assert (refused.code, refused.out) == (2, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no domain to judge"),
        (("nobody.example",), "no file of nobody.example in any stack"),
        (("example.com", "--stack", "nowhere"), "no stack nowhere"),
        (("example.org", "--stack", "staging"), "example.org is not in stack staging"),
        (("example.com", "--store", "/nonexistent"), "no reports are kept here"),
        (("example.com", "--ledger", "/nonexistent.json"), "/nonexistent.json"),
        (("example.com", "--probe-evidence", "/nonexistent.json"), "/nonexistent.json"),
        (("not a domain",), "is not a mail domain"),
    ],
)
def test_what_cannot_be_looked_at_is_one_clear_line(world: World, store, words, said) -> None:
    """Exit code 2, and nothing on stdout that could be taken for a verdict."""
    usual = () if "--store" in words else ("--store", store())
    done = world.mtasts("ready", *words, *usual, "--sandbox", "--policies", str(world.policies), "--json")
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def watch(tmp_path: Path, store: str | None = None, *, sandbox: bool = False) -> KeptSightings:
    return sightings_of(Namespace(store=store, sandbox=sandbox))


def test_the_usual_place_is_used_if_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And never made; in the sandbox not used at all; a named one must be there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MTASTS_REPORTS", raising=False)
    watch(tmp_path).note("example.com", seen(datetime.now(UTC)))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".mtasts" / "reports").mkdir(parents=True)
    watch(tmp_path, sandbox=True).note("example.com", seen(datetime.now(UTC)))
    assert watch(tmp_path).of("example.com") == ()
    watch(tmp_path).note("example.com", seen(datetime.now(UTC)))
    assert len(watch(tmp_path).of("example.com")) == 1
    with pytest.raises(CannotLook):
        watch(tmp_path, str(tmp_path / "missing"))
    monkeypatch.setenv("MTASTS_REPORTS", str(tmp_path / "missing"))
    with pytest.raises(CannotLook):
        watch(tmp_path)


def test_a_place_that_fails_costs_no_look(tmp_path: Path, capsys) -> None:
    """Told once, then left alone."""
    (tmp_path / "sightings").write_text("in the way")
    place = watch(tmp_path, str(tmp_path))
    for _ in range(3):
        place.note("example.com", seen(datetime.now(UTC)))
    assert capsys.readouterr().err.count("not kept") == 1
