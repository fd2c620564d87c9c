"""`mtasts sandbox` as a person runs it: what is printed where, and the exit codes."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.signals import without_sigint

MTASTS = Path(sys.executable).with_name("mtasts")
POLICY = """
domain: example.org
mode: testing
mx: [mx1.example.org]
tls_rpt: {rua: ["mailto:t@example.org"]}
dns: {provider: route53, zone: Z1ORG}
"""


@dataclass
class Person:
    """Someone in an empty folder, with a sandbox folder of their own."""

    folder: Path

    def __post_init__(self) -> None:
        self.environment = {**os.environ, "MTASTS_SANDBOX_DIR": str(self.folder / "sandbox")}
        self.environment.pop("MTASTS_POLICIES", None)

    def runs(self, *words: str, **environment: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [str(MTASTS), "sandbox", *words],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def person(tmp_path):
    someone = Person(tmp_path)
    yield someone
    someone.runs("down")


@pytest.fixture
def user(person):
    """With a sandbox up and a zone in it."""
    assert person.runs("up", "--port", "0")[0] == 0
    assert person.runs("zone", "add", "example.com", "route53", "ZCOM") == (0, "", "")
    return person


def test_a_whole_life(person):
    """up, status, env, down: results on stdout, talk on stderr, exit codes 0, and 1 for a status without sandbox."""
    folder = person.folder / "sandbox"
    assert person.runs("status") == (1, f"no sandbox runs on {folder}; `mtasts sandbox up` starts it\n", "")
    code, out, err = person.runs("up", "--port", "0")
    assert (code, err) == (0, 'next: mtasts up --sandbox, or eval "$(mtasts sandbox env)"\n')
    assert out.startswith(f"sandbox up on {folder} (process ")
    code, out, err = person.runs("up")
    assert (code, out.partition(" (")[0]) == (0, f"sandbox runs already on {folder}")
    code, out, err = person.runs("status", "--json")
    status = json.loads(out)
    assert (code, err, status["running"], status["state_dir"]) == (0, "", True, str(folder))
    code, out, err = person.runs("env")
    assert (code, err) == (0, "")
    exported = dict(word.split("=", 1) for word in shlex.split(out.replace("export ", "")))
    assert exported == json.loads(person.runs("env", "--json")[1])
    shell = 'eval "$("$@" env)"; "$@" env --unset; eval "$("$@" env --unset)"; env'
    said = subprocess.run(
        ["sh", "-c", shell, "sh", str(MTASTS), "sandbox"],
        cwd=person.folder,
        env=person.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    ).stdout
    assert said.startswith("".join(f"unset {name}\n" for name in exported))
    assert not {line.partition("=")[0] for line in said.splitlines()[len(exported) :]} & set(exported)
    assert person.runs("env", "--unset") == (0, "", "this shell does not use a sandbox; nothing to unset\n")
    assert exported["MTASTS_CONNECT_TO"].startswith(f":443::{status['ports']['https']} ")
    assert person.runs("down") == (0, f"sandbox on {folder} stopped\n", "")
    assert person.runs("down") == (0, f"sandbox on {folder} was not running\n", "")
    assert json.loads(person.runs("status", "--json")[1]) == {"running": False, "state_dir": str(folder)}


@pytest.mark.parametrize(
    "words",
    [
        *(("env",), ("zone", "list"), ("fault", "list"), ("record", "a.test", "A"), ("mail",), ("web",), ("worker",)),
        ("distribution",),
    ],
)
def test_without_a_sandbox_the_way_out_is_told(person, words):
    """One line, one hint, exit 2."""
    folder = person.folder / "sandbox"
    assert person.runs(*words) == (
        2,
        "",
        f"mtasts: no sandbox runs on {folder}\n  hint: `mtasts sandbox up` starts it\n",
    )


def test_zones_of_the_policies_are_made(person):
    """Of the folder given, of $MTASTS_POLICIES, of ./policies; again when it runs already."""
    (person.folder / "elsewhere" / "prod").mkdir(parents=True)
    (person.folder / "elsewhere" / "prod" / "example.org.yaml").write_text(POLICY)
    person.runs("up", "--port", "0")
    assert person.runs("zone", "list") == (0, "", "")
    for words, environment in (
        (("up", "--policies", "elsewhere"), {}),
        (("up",), {"MTASTS_POLICIES": str(person.folder / "elsewhere")}),
    ):
        assert person.runs(*words, **environment)[0] == 0
        assert person.runs("zone") == (0, "example.org route53 Z1ORG\n", "")
        person.runs("down")
        (person.folder / "sandbox" / "state.sqlite").unlink()
    (person.folder / "elsewhere").rename(person.folder / "policies")
    assert "  zone example.org (route53 Z1ORG)\n" in person.runs("up")[1]
    code, _, err = person.runs("up", "--policies", "nowhere")
    assert (code, err.splitlines()[0]) == (2, "mtasts: --policies nowhere: no such folder")


def test_a_port_in_use(person):
    """The port and the option are named."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = person.runs("up", "--port", "0", "--https-port", str(port))
    assert (code, out) == (2, "")
    assert f"127.0.0.1 port {port}: Address already in use" in err
    assert "--https-port" in err
    assert "Traceback" not in err


def test_records_and_events(user):
    """Put by hand, seen in the log with its time; --since leaves out what was seen."""
    assert user.runs("record", "t.example.com", "txt", "hello", "--ttl", "60") == (0, "", "")
    assert user.runs("record", "example.com", "MX", "10 mx1.example.com.", "20 mx2.example.com.") == (0, "", "")
    assert user.runs("record", "t.example.com", "TXT") == (0, "", "")
    code, out, _ = user.runs("events", "--json")
    events = [json.loads(line) for line in out.splitlines()]
    assert (code, [(event["kind"], event["name"]) for event in events]) == (
        0,
        [("txt", "t.example.com"), ("record", "example.com"), ("gone", "t.example.com")],
    )
    assert len(user.runs("events", "--since", "2")[1].splitlines()) == 1
    code, out, err = user.runs("record", "t.example.net", "TXT", "x")
    assert (code, out) == (2, "")
    assert err.startswith("mtasts: no zone of the sandbox holds t.example.net\n  hint: `mtasts sandbox zone add")


def test_faults(user):
    """Listed with what they do, set for all or for a host, cleared by name or altogether; mistakes are told."""
    code, out, _ = user.runs("fault", "list")
    assert code == 0
    assert {"edge-down", "stale-edge", "wrong-certificate", "redirect", "slow", "provider-error"} <= {
        line.split()[0] for line in out.splitlines()
    }
    assert user.runs("fault", "stale-edge", "5")[0] == 0
    assert user.runs("fault", "set", "edge-down", "--on", "mta-sts.example.com")[0] == 0
    assert user.runs("fault", "provider-error")[0] == 0
    assert [line for line in user.runs("fault")[1].splitlines() if line.startswith("on: ")] == [
        "on: stale-edge 5",
        "on: edge-down on mta-sts.example.com",
        "on: provider-error 1",
    ]
    assert user.runs("fault", "clear", "stale-edge")[1] == "1 fault cleared\n"
    assert user.runs("fault", "provider-error", "0")[0] == 0
    assert user.runs("fault", "clear")[1] == "1 fault cleared\n"
    for words, part in (
        (("edge-up",), "no fault is called 'edge-up'"),
        (("stale-edge",), "stale-edge needs a value: SECONDS"),
        (("stale-edge", "soon"), "'soon' is not a number"),
        (("edge-down", "1", "2", "3"), "not understood: edge-down 1 2 3"),
    ):
        code, _, err = user.runs("fault", *words)
        assert code == 2
        assert part in err


def test_mail_servers(user):
    """Added with their addresses published, listed, removed."""
    assert user.runs("mail", "add", "mx1.example.com", "--count", "2") == (0, "127.0.1.1 127.0.1.2\n", "")
    assert user.runs("mail", "list") == (0, "mx1.example.com 127.0.1.1 127.0.1.2\n", "")
    with socket.create_connection(
        ("127.0.1.2", json.loads(user.runs("status", "--json")[1])["ports"]["smtp"]), PATIENCE
    ) as mx:
        assert mx.recv(100).startswith(b"220 ")
    assert user.runs("mail", "remove", "mx1.example.com") == (0, "", "")
    assert user.runs("mail", "remove", "mx1.example.com")[0] == 2
    assert user.runs("mail", "list") == (0, "", "")


def test_web_servers_of_others(user):
    """A policy in a file, served by somebody else for the hosts named; its address is in DNS; listed, removed."""
    policy = user.folder / "policy.txt"
    policy.write_bytes(b"version: STSv1\r\n")
    name, host = "org.example.com", "mta-sts.example.org"
    added = ("web", "add", name, "--policy", str(policy), "--host", host, "--address", "127.0.0.9")
    assert user.runs(*added) == (0, "127.0.0.9\n", "")
    assert user.runs("web", "list") == (0, f"{name} 127.0.0.9 200 {host}\n", "")
    assert f"web server {name} (127.0.0.9) for {host}" in user.runs("status")[2] + user.runs("status")[1]
    assert '"values": ["127.0.0.9"]' in user.runs("events")[1]
    assert user.runs("web", "add", name)[0] == 2
    assert user.runs("web", "add", name, "--policy", str(user.folder / "none.txt"))[0] == 2
    assert user.runs("web", "add", name, "--status", "404") == (0, "127.0.0.9\n", "")
    assert user.runs("web", "remove", name) == (0, "", "")
    assert user.runs("web", "remove", name)[0] == 2
    assert user.runs("web") == (0, "", "")


def test_cloudflare_workers(user):
    """A Worker by a route of a zone; its proxied record is made by hand; listed, changed, removed."""
    policy, host = user.folder / "policy.txt", "mta-sts.example.net"
    policy.write_bytes(b"version: STSv1\r\n")
    added = ("worker", "add", "sts", "--policy", str(policy))
    assert "no Cloudflare zone of the sandbox holds" in user.runs(*added, "--route", f"{host}/*")[2]
    user.runs("zone", "add", "example.net", "cloudflare", "cfnet")
    assert user.runs(*added, "--route", f"{host}/*") == (0, "", "")
    assert user.runs("record", host, "A", "192.0.2.1", "--proxied", "--comment", "theirs") == (0, "", "")
    assert user.runs("worker", "list") == (0, f"sts {host}/*\n", "")
    assert f"Cloudflare Worker sts ({host}/*)" in user.runs("status")[2] + user.runs("status")[1]
    assert '"values": ["127.0.63.1"]' in user.runs("events")[1]
    assert user.runs(*added, "--domain", f"b.{host}") == (0, "", "")
    assert user.runs("worker") == (0, f"sts b.{host}\n", "")
    assert "read only" in user.runs("record", f"b.{host}", "AAAA")[2]
    assert "only a record of Cloudflare" in user.runs("record", "a.example.com", "A", "192.0.2.1", "--proxied")[2]
    assert "not a name for a Worker" in user.runs("worker", "add", "a b", "--policy", str(policy))[2]
    assert "no --policy" in user.runs("worker", "add", "sts")[2]
    assert user.runs("worker", "remove", "sts") == (0, "", "")
    assert user.runs("worker", "remove", "sts")[0] == 2


def test_cloudfront_beside_the_engine(user):
    """A distribution of this account with its record, one of another; listed, switched off and on."""
    policy = user.folder / "policy.txt"
    policy.write_bytes(b"version: STSv1\r\n")
    added = ("distribution", "add", "mta-sts.example.com", "--policy", str(policy), "--record", "alias")
    code, out, _ = user.runs(*added)
    id_, domain = out.split()
    assert code == 0
    theirs = ("distribution", "add", "mta-sts.b.example.com", "--policy", str(policy), "--account", "other")
    assert user.runs(*theirs)[0] == 0
    own, other = (line.split() for line in user.runs("distribution")[1].splitlines())
    assert own == [id_, domain, "123456789012", "enabled", "mta-sts.example.com"]
    assert other[2:] == ["998877112233", "enabled", "mta-sts.b.example.com"]
    assert user.runs("distribution", "disable", id_) == (0, "", "")
    assert user.runs("distribution", "list")[1].split()[3] == "disabled"
    assert user.runs("distribution", "enable", id_) == (0, "", "")
    code, _, err = user.runs("distribution", "enable", "E1")
    assert (code, "no distribution E1 in the sandbox" in err) == (2, True)


def test_reset(user):
    """Running: it runs on with its zones; stopped: all is gone."""
    user.runs("record", "t.example.com", "TXT", "x")
    folder = user.folder / "sandbox"
    assert user.runs("reset") == (0, f"sandbox on {folder} reset; it runs on, with its zones\n", "")
    assert user.runs("zone")[1] == "example.com route53 ZCOM\n"
    user.runs("down")
    assert user.runs("reset") == (0, f"sandbox on {folder} reset\n", "")
    user.runs("up")
    assert user.runs("zone")[1] == ""


@pytest.mark.parametrize(("ignored", "stops"), [(False, signal.SIGINT), (True, signal.SIGTERM)])
def test_foreground_stops_with_control_c(person, ignored, stops):
    """It prints what runs where, serves, and leaves nothing behind; exit 0. A SIGINT that came ignored stays so."""
    command = [str(MTASTS), "sandbox", "up", "--foreground", "--port", "0"]
    process = subprocess.Popen(
        without_sigint(command) if ignored else command,
        cwd=person.folder,
        env=person.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Line by line: what the file object has read ahead is lost to communicate().
    first, *ports = [process.stdout.readline() for _ in range(7)]
    assert first == f"sandbox up on {person.folder / 'sandbox'} (process {process.pid}); control-C stops it\n"
    assert sum("127.0.0.1:" in line for line in ports) == 6
    assert person.runs("status")[0] == 0
    if ignored:
        process.send_signal(signal.SIGINT)
        assert person.runs("status")[0] == 0
    process.send_signal(stops)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")
    assert person.runs("status")[0] == 1


def test_what_is_not_understood(person):
    """Usage on stderr, exit 2."""
    code, out, err = person.runs()
    assert (code, out) == (2, "")
    assert "usage: mtasts sandbox" in err
    code, _, err = person.runs("up", "--dns-port", "65536")
    assert (code, err.splitlines()[0][:7]) == (2, "mtasts:")


def test_help_is_quick(person):
    """The embedded cloud is not loaded to show how it is called."""
    code, out, _ = person.runs("--help")
    assert code == 0
    assert "mtasts sandbox up" in out
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", str(MTASTS), "sandbox", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert not {"moto", "grpc", "pulumi", "boto3"} & {line.rpartition("|")[2].strip() for line in loaded.splitlines()}
