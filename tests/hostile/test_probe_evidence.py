"""Probe evidence that somebody forged, changed, or made for other domains: refused by name, nothing of it used."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publishing.stage import Run, Stage

DOMAIN, OTHER = "example.com", "example.org"
HOSTS = ("mx1.example.com", "mx2.example.com")
pytestmark = pytest.mark.xdist_group("probe-evidence")


class Prober(Stage):
    """Two mail domains in the sandbox, the machine that probes them with its key, and who judges."""

    def arrange(self, folder: Path) -> None:
        self.folder = folder
        self.environment.pop("MTASTS_PROBE_KEYS", None)
        self.start()
        self.must("sandbox", "zone", "add", OTHER, "route53", "ZORG")
        for host in (*HOSTS, "mx.example.org"):
            self.must("sandbox", "mail", "add", host)
        self.mx(*HOSTS)
        self.must("sandbox", "record", OTHER, "MX", "10 mx.example.org.")
        self.key = self.must("probe", "--make-key", str(folder / "probe.pem")).out.strip()
        self.stranger = self.must("probe", "--make-key", str(folder / "stranger.pem")).out.strip()
        self.signed = self.probe(DOMAIN, OTHER, key="probe")

    def must(self, *words: str) -> Run:
        done = self.mtasts(*words)
        assert done.code == 0, done.err
        return done

    def mx(self, *hosts: str) -> None:
        self.must("sandbox", "record", DOMAIN, "MX", *(f"10 {host}." for host in hosts))

    def probe(self, *domains: str, key: str = "") -> str:
        signing = ["--key", str(self.folder / f"{key}.pem")] if key else []
        return self.must("probe", "--sandbox", *domains, *signing, "--out", "-").out

    def judge(self, text: str, *words: str, domain: str = DOMAIN) -> tuple[set[str], str]:
        """The codes of what is said of the MX hosts' TLS, and what of the file's reading is on stderr."""
        file = self.folder / "probes.json"
        file.write_text(text)
        words = words or ("--probe-key", self.key)
        done = self.mtasts("verify", "--sandbox", domain, "--probe-evidence", str(file), *words, "--json")
        assert done.code == 1, done.err
        (entry,) = done.json["domains"]
        found = [finding for finding in entry["findings"] if finding["check"] == "mx-secure"]
        states = {finding["state"] for finding in found}
        assert states in ({"pass"}, {"unknown"})
        # What does not count leaves no trace: no certificate, no greeting, no chain to hold TLSA against.
        probes = [probe for host in entry["observed"]["hosts"] for probe in host["probes"]]
        assert all(probe["connected"] is (states == {"pass"}) for probe in probes)
        return {"" if finding["state"] == "pass" else finding["code"] for finding in found}, done.err


@pytest.fixture(scope="module")
def prober(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prober]:
    # A short folder: the control socket's path must fit in 108 bytes.
    folder = tmp_path_factory.mktemp("p")
    prober = Prober(folder)
    try:
        prober.arrange(folder)
        yield prober
    finally:
        prober.stop()


def test_signed_evidence_counts_by_option_and_by_variable(prober: Prober, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each domain that is in it, also while two keys are known."""
    assert prober.judge(prober.signed) == ({""}, "")
    assert prober.judge(prober.signed, domain=OTHER) == ({""}, "")
    assert prober.judge(prober.signed, "--probe-key", prober.stranger, "--probe-key", prober.key) == ({""}, "")
    monkeypatch.setitem(prober.environment, "MTASTS_PROBE_KEYS", f"{prober.stranger} {prober.key}")
    assert prober.judge(prober.signed, "--full") == ({""}, "")


def test_what_was_changed_is_named_forged(prober: Prober) -> None:
    """A fault painted over, a fresher time, a port that is said to be open, an entry more: all beside the signature."""
    whole = json.loads(prober.signed)
    (of_com,) = (entry for entry in whole["domains"] if entry["domain"] == DOMAIN)
    changes = {
        "made_at": whole["made_at"].replace("20", "21", 1),
        "smtp_open": False,
        "domains": [*whole["domains"], {"domain": "example.net", "hosts": of_com["hosts"]}],
        "probes": whole["probes"][1:],
        "note": "x",
    }
    for name, value in changes.items():
        codes, told = prober.judge(json.dumps(whole | {name: value}))
        assert codes == {"probe-forged"}, name
        assert told.startswith("probes.json: does not count: the probe evidence is not what was signed")


def test_who_signs_with_another_key_or_not_at_all_is_named(prober: Prober) -> None:
    """Stripped, somebody else's, and somebody else's under our key's name; without any key nobody's word is taken."""
    whole = json.loads(prober.signed)
    strangers = prober.probe(DOMAIN, key="stranger")
    bare = json.dumps({name: value for name, value in whole.items() if name != "signature"})
    assert prober.judge(bare)[0] == {"probe-unsigned"}
    assert prober.judge(strangers)[0] == {"probe-key-unknown"}
    posing = json.loads(strangers)
    posing["signature"]["key"] = prober.key
    assert prober.judge(json.dumps(posing))[0] == {"probe-forged"}
    assert prober.judge(prober.signed, "--full")[0] == {"probe-key-unknown"}
    assert prober.judge(bare, "--full")[0] == {"probe-unsigned"}
    assert prober.judge(bare, "--unsigned-probes")[0] == {""}
    both = prober.mtasts("verify", DOMAIN, "--probe-evidence", "x", "--probe-key", prober.key, "--unsigned-probes")
    assert (both.code, both.out) == (2, "")


def test_other_domains_evidence_is_of_no_use(prober: Prober) -> None:
    """Rightly signed, and of another domain: not counted, by the domain's name."""
    text = prober.probe(OTHER, key="probe")
    assert prober.judge(text)[0] == {"probe-missing"}
    entry = {"domain": DOMAIN, "hosts": list(HOSTS)}
    moved = json.loads(text)
    moved["domains"].append(entry)
    moved["probes"] += [p for p in json.loads(prober.signed)["probes"] if p["host"] in HOSTS]
    assert prober.judge(json.dumps(moved))[0] == {"probe-forged"}


def test_mx_hosts_that_changed_since_are_named(prober: Prober) -> None:
    """One more, one less, another one; a preference is no other host."""
    try:
        for hosts in ((*HOSTS, "mx.example.org"), HOSTS[:1], (HOSTS[0], "mx.example.org")):
            prober.mx(*hosts)
            assert prober.judge(prober.signed)[0] == {"probe-other-mx"}
        prober.must("sandbox", "record", DOMAIN, "MX", *(f"{rank} {host}." for rank, host in enumerate(HOSTS)))
        assert prober.judge(prober.signed)[0] == {""}
    finally:
        prober.mx(*HOSTS)


def test_a_file_with_two_meanings_or_none_is_no_evidence(prober: Prober) -> None:
    """One line and exit code 2: names twice, domains twice, deep, cut, of the version before."""
    whole = json.loads(prober.signed)
    twice = prober.signed.replace('"smtp_open"', '"smtp_open": false, "smtp_open"', 1)
    texts = (
        twice,
        json.dumps(whole | {"domains": whole["domains"] * 2}),
        json.dumps(whole | {"version": 1}),
        prober.signed[: len(prober.signed) // 2],
        '{"schema": "mtasts-probe", "x": ' + "[" * 1000,
    )
    file = prober.folder / "odd.json"
    for text in texts:
        file.write_text(text)
        done = prober.mtasts("verify", DOMAIN, "--sandbox", "--probe-evidence", str(file), "--probe-key", prober.key)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"mtasts: {file}: ")
        assert len(done.err.splitlines()) == 2


def test_the_private_key_is_its_owners_and_never_overwritten(prober: Prober) -> None:
    """0600 from the first moment; what is there stays."""
    path = prober.folder / "probe.pem"
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    again = prober.mtasts("probe", "--make-key", str(path))
    assert (again.code, again.out, path.read_bytes()) == (2, "", before)
    odd = prober.mtasts("probe", DOMAIN, "--sandbox", "--key", str(prober.policies / "schema.json"), "--out", "-")
    assert (odd.code, odd.out) == (2, "")
    assert "is not a private key in PEM" in odd.err
    known = prober.mtasts("verify", DOMAIN, "--sandbox", "--probe-evidence", "x", "--probe-key", "ssh-ed25519")
    assert (known.code, "is not a public key" in known.err) == (2, True)
