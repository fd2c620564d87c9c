"""`mtasts verify` as a person runs it, against domains published in the sandbox by the real engine."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest

from tests.cli.conftest import World
from tests.patience import PATIENCE
from tests.publishing.stage import MTASTS, ROOT

pytestmark = pytest.mark.xdist_group("looking")
SCHEMA = json.loads((ROOT / "docs" / "reference" / "verify.schema.json").read_text(encoding="utf-8"))


def mtasts(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The command without any world."""
    command = [str(MTASTS), *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=PATIENCE, check=False)


def open_codes(entry: dict) -> set[str]:
    """Codes of the failed and unknown findings above a note."""
    return {f["code"] for f in entry["findings"] if f["level"] != "note" and f["state"] in ("fail", "unknown")}


def test_a_good_domain_passes_and_is_shown_whole(world: World) -> None:
    """Exit code 0; records, every address of policy host and MX hosts, and nothing to fix; silent on stderr."""
    done = world.verify("example.com")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "✓ example.com  would deliver in enforce: yes  (mode testing, max_age 1 day)"
    assert f"  ✓ _mta-sts   {world.txt('example.com')}  TTL 300 s" in lines
    for host, rank in (("mx1.example.com", 10), ("mx2.example.com", 20)):
        assert re.search(rf"^  ✓ {host} \({rank}\) +covered by {host}$", done.out, re.M)
    for address in ("127.0.0.1", "::1"):
        assert re.search(rf"✓ {address} +TLS 1\.3 +\d+ d 200 text/plain; charset=utf-8, 89 B, \d+ ms", done.out)
    assert "To fix" not in done.out
    assert all(line == line.rstrip() for line in lines)


def test_many_domains_are_a_line_each(world: World) -> None:
    """What is open stands beneath its domain; the last line counts; exit code 1 for findings."""
    done = world.verify("example.com", "example.net", "example.org")
    lines = done.out.splitlines()
    assert (done.code, lines[:3]) == (
        1,
        [
            "✓ example.com  would deliver in enforce: yes  (mode testing, max_age 1 day)",
            "✓ example.net  would deliver in enforce: yes  (mode testing, max_age 1 day)",
            "✗ example.org  would deliver in enforce: no",
        ],
    )
    assert lines[3].split()[:2] == ["✗", "txt-present"]
    assert re.fullmatch(r"3 domains in \d+\.\d s: 2 pass, 1 with findings", lines[-1])


def test_json_is_as_its_schema_says_and_holds_the_exact_bytes(world: World) -> None:
    """Domains in the order given, the summary at the end."""
    done = world.verify("--json", "example.net", "example.org", "example.com")
    jsonschema.Draft202012Validator(SCHEMA).validate(done.json)
    assert [entry["domain"] for entry in done.json["domains"]] == ["example.net", "example.org", "example.com"]
    assert done.json["summary"] == {"domains": 3, "passed": 2, "with_findings": 1}
    entry = done.json["domains"][2]
    assert (entry["passed"], entry["would_deliver_in_enforce"], entry["reasons"]) == (True, "yes", [])
    assert {fetch["body_text"] for fetch in entry["observed"]["fetches"]} == {world.body("example.com").decode()}


@pytest.mark.parametrize(
    ("fault", "host", "code", "result_type"),
    [
        (("redirect",), "*", "redirect", "sts-policy-fetch-error"),
        (("wrong-certificate",), "*", "certificate-wrong-name", "sts-webpki-invalid"),
        (("html",), "*", "media-type", "sts-policy-invalid"),
        (("mx-no-starttls",), "mx2.example.com", "starttls-not-supported", "starttls-not-supported"),
        (("mx-expired",), "mx2.example.com", "certificate-expired", "certificate-expired"),
        (("mx-plaintext-injection",), "mx2.example.com", "starttls-injection", "validation-failure"),
    ],
)
def test_a_fault_is_found_where_it_is(
    world: World, fault: tuple[str, ...], host: str, code: str, result_type: str
) -> None:
    """With the TLS-RPT type that a sender would report; the verdict is no and the reason named."""
    world.sandbox("fault", *fault, "--on", host)
    done = world.verify("example.com", "--json")
    entry = done.json["domains"][0]
    found = [f for f in entry["findings"] if f["code"] == code]
    assert (done.code, entry["would_deliver_in_enforce"]) == (1, "no")
    assert found
    assert {f["result_type"] for f in found} == {result_type}
    assert found[0]["text"] in " ".join(entry["reasons"])


def test_a_hanging_mail_server_costs_the_time_out(world: World) -> None:
    """And says at which step it stopped."""
    world.sandbox("fault", "mx-hang", "--on", "mx2.example.com")
    done = world.verify("example.com", "--timeout", "5")  # all the others must answer in that time
    assert done.code == 1
    assert "no answer within 5 s (greeting)" in done.out


def test_a_stack_is_held_against_its_yaml(world: World) -> None:
    """The drift check: all as desired, then a TTL and a report address changed behind the engine's back."""
    stack = ("--stack", "staging", "--policies", str(world.policies))
    assert world.verify(*stack).code == 0
    txt = world.txt("example.com")
    world.record("_mta-sts.example.com", "TXT", txt, ttl=60)
    world.record("_smtp._tls.example.com", "TXT", "v=TLSRPTv1; rua=mailto:else@example.com")
    done = world.verify(*stack, "--json")
    assert done.code == 1
    assert [open_codes(entry) for entry in done.json["domains"]] == [
        {"ttl-as-desired", "tls-rpt-as-desired"},
        set(),
    ]
    one = world.verify(*stack, "example.net", "--json")
    assert [entry["domain"] for entry in one.json["domains"]] == ["example.net"]
    world.record("_mta-sts.example.com", "TXT", txt)
    world.record("_smtp._tls.example.com", "TXT", "v=TLSRPTv1; rua=mailto:tls-reports@example.com")


def test_another_text_in_the_yaml_is_drift(world: World, tmp_path: Path) -> None:
    """The YAML went on, the world did not: text and id differ from it, and delivery is untouched."""
    folder = tmp_path / "policies" / "staging"
    folder.mkdir(parents=True)
    for file in (world.policies / "staging").glob("*.yaml"):
        (folder / file.name).write_text(file.read_text().replace("mode: testing", "mode: enforce"))
    done = world.verify("--stack", "staging", "--policies", str(tmp_path / "policies"), "example.com", "--json")
    entry = done.json["domains"][0]
    assert (done.code, open_codes(entry)) == (
        1,
        {"text-as-desired", "id-as-desired", "ttl-as-desired"} - {"ttl-as-desired"},
    )
    assert entry["would_deliver_in_enforce"] == "yes"


def test_domains_from_a_file_and_from_stdin(world: World, tmp_path: Path) -> None:
    """One a line, blank lines and comments left out, U-labels turned, each domain once."""
    listed = tmp_path / "domains"
    listed.write_bytes("\ufeffexample.com\n\n# none\nExample.NET. # the other\nexample.com\n".encode())
    done = world.verify("--from", str(listed), "--json")
    assert [entry["domain"] for entry in done.json["domains"]] == ["example.com", "example.net"]
    listed.write_text("example.com\nex ample\n")
    bad = world.verify("--from", str(listed))
    assert (bad.code, bad.out) == (2, "")
    assert bad.err.startswith(f"mtasts: {listed}:2: 'ex ample' is not a mail domain: ")


def test_junit_is_read_by_an_xml_parser(world: World) -> None:
    """A suite a domain, a case a check; failures counted; what is unknown is an error."""
    world.sandbox("fault", "redirect")
    done = world.verify("example.com", "example.net", "--format", "junit")
    suites = ET.fromstring(done.out)
    assert [suite.get("name") for suite in suites] == ["example.com", "example.net"]
    cases = {case.get("name"): case for case in suites[0]}
    assert cases["host-serves"].find("failure").get("type") == "redirect"
    assert cases["mx-covered"].find("error") is not None
    assert cases["mx-secure"].find("system-out").text.count("\n") == 1
    assert (suites[0].get("failures"), suites[0].get("errors")) == ("1", "1")


def test_github_gets_a_line_for_each_open_finding(world: World) -> None:
    """An error with its code and fix; a notice where nothing is open."""
    world.sandbox("fault", "mx-no-starttls", "--on", "mx2.example.com")
    done = world.verify("example.com", "example.net", "--format", "github")
    first, second = done.out.splitlines()
    assert first.startswith("::error title=example.com%3A mx-secure::example.com: mx2.example.com [127.0.1.")
    assert "[starttls-not-supported] fix: " in first
    assert second == "::notice title=example.net::example.net: would deliver in enforce: yes"


def test_evidence_stands_for_connections_and_ages(world: World, tmp_path: Path) -> None:
    """Probes made elsewhere are taken while they are fresh, shown with their age, and unknown afterwards."""
    file = tmp_path / "probes.json"
    assert world.mtasts("probe", "--sandbox", "example.com", "--out", str(file)).code == 0
    world.sandbox("fault", "mx-refuse")
    carried = ("--probe-evidence", str(file), "--unsigned-probes")
    fresh = world.verify("example.com", *carried)
    assert fresh.code == 0
    assert re.search(r"probed \d+ (s|min) ago, by probes\.json \(signature not checked\)", fresh.out)
    value = json.loads(file.read_text())
    value["made_at"] = "2026-01-01T00:00:00Z"
    file.write_text(json.dumps(value))
    old = world.verify("example.com", *carried, "--json").json["domains"][0]
    assert (old["would_deliver_in_enforce"], open_codes(old)) == ("can't tell", {"probe-expired"})
    value["made_at"] = "2999-01-01T00:00:00Z"
    file.write_text(json.dumps(value))
    ahead = world.verify("example.com", *carried, "--json").json["domains"][0]
    assert (ahead["would_deliver_in_enforce"], open_codes(ahead)) == ("can't tell", {"probe-from-future", "rua-works"})


def test_one_family_only_is_said(world: World) -> None:
    """--ipv4 looks at no IPv6 address, and notes it."""
    done = world.verify("example.com", "--ipv4", "--json")
    entry = done.json["domains"][0]
    assert [fetch["address"] for fetch in entry["observed"]["fetches"]] == ["127.0.0.1"]
    assert [f["state"] for f in entry["findings"] if f["check"] == "families-seen"] == ["unknown"]


def test_explain_tells_meaning_cause_fix_and_rule() -> None:
    """No network, no domain."""
    done = mtasts("verify", "--explain", "starttls-injection")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "starttls-injection"
    assert [line.partition(":")[0] for line in lines[2:]] == ["cause", "fix", "rule"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "mtasts: no domain to look at\n  hint: name one, or give --stack S or --from FILE\n"),
        (("--explain", "expired"), "mtasts: no finding has the code 'expired'\n  hint: "),
        (("a..b",), "mtasts: 'a..b' is not a mail domain: it "),
        (("x\x1b[31m.example",), "mtasts: 'x\\x1b[31m.example' is not a mail domain: it "),
        (("--from", "/nonexistent/list"), "mtasts: /nonexistent/list: No such file or directory\n"),
        (("--from", "/"), "mtasts: /: Is a directory\n"),
        (("example.com", "--resolver", "dns.example"), "mtasts: --resolver 'dns.example': 'dns.example' is no"),
        (("example.com", "--connect-to", "a:b:c"), "mtasts: connect-to 'a:b:c' is not HOST:PORT:ADDR:PORT\n"),
        (("example.com", "--resolver", "[::1]:1", "--ca-file", "/none"), "mtasts: /none: cannot read CA"),
        (("example.com", "--probe-evidence", "/nonexistent"), "mtasts: /nonexistent: No such file or directory\n"),
        (("--stack", "none", "--policies", "/nonexistent"), "mtasts: no policies folder at /nonexistent\n"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_what_cannot_be_looked_at_is_one_line_and_a_hint(words: tuple[str, ...], said: str) -> None:
    """Exit code 2, nothing on stdout, no traceback."""
    done = mtasts("verify", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 2


def test_json_that_cannot_begin_prints_nothing() -> None:
    """Half a document would look like a result."""
    done = mtasts("verify", "--json", "example.com", "--resolver", "127.0.0.1:1", "--ca-file", "/nonexistent")
    assert (done.returncode, done.stdout) == (2, "")


def test_no_dns_at_all_is_unknown_never_a_pass() -> None:
    """Nothing was learned, so there is no verdict, and the run is not a success."""
    done = mtasts("verify", "--json", "example.com", "--resolver", "127.0.0.1:1", "--timeout", "2")
    entry = json.loads(done.stdout)["domains"][0]
    assert (done.returncode, entry["would_deliver_in_enforce"], entry["passed"]) == (1, "can't tell", False)
    assert "fail" not in {f["state"] for f in entry["findings"]}
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(done.stdout))


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    """`mtasts verify ... | head -1`: no traceback."""
    names = [f"d{number}.example" for number in range(50)]
    command = [sys.executable, "-m", "mtasts", "verify", "--resolver", "127.0.0.1:1", "--timeout", "1", *names]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.wait(timeout=PATIENCE)
    process.stderr.close()
