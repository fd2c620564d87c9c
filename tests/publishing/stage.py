"""A whole project on a stage: a sandbox of its own, a copy of its policies, and the command run as a person runs it.

What a sender sees is asked from outside, by DNS and HTTPS clients of this file's own, so that a fault in the project's
clients cannot hide a fault in what it publishes.
"""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import dns.message
import dns.query
import dns.rdatatype
import yaml

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
MTASTS = Path(sys.executable).with_name("mtasts")


@dataclass(frozen=True)
class Run:
    """One run of the command: exit code, stdout read as JSON when it is, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    def domain(self, name):
        return next(row for row in self.json["domains"] if row["domain"] == name)


class Stage:
    """Policies in `policies/staging`, published into a running sandbox by `mtasts up`."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "sandbox"
        self.policies = folder / "policies"
        shutil.copytree(ROOT / "policies", self.policies)
        self.environment = {**os.environ, "MTASTS_SANDBOX_DIR": str(self.state)}
        self.environment.pop("PULUMI_BACKEND_URL", None)
        self.cloud: dict[str, str] = {}

    def start(self) -> None:
        started = self.mtasts("sandbox", "up", "--port", "0", "--policies", str(self.policies))
        assert started.code == 0, started.err
        self.cloud = json.loads(self.mtasts("sandbox", "env", "--json").out)
        host, _, port = self.cloud["MTASTS_RESOLVER"].rpartition(":")
        self.dns_address, self.dns_port = host, int(port)
        self.https_port = next(
            int(part.rpartition(":")[2]) for part in self.cloud["MTASTS_CONNECT_TO"].split() if part.startswith(":443:")
        )
        self.trust = ssl.create_default_context(cafile=self.cloud["MTASTS_CA_FILE"])

    def stop(self) -> None:
        self.mtasts("sandbox", "down")

    # What a person does

    def command(self, *words: str) -> list[str]:
        return [str(MTASTS), *words]

    def mtasts(self, *words: str) -> Run:
        done = subprocess.run(
            self.command(*words),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def words(self, verb: str) -> list[str]:
        yes = [] if verb == "preview" else ["--yes"]
        return [verb, "--stack", "staging", "--sandbox", "--policies", str(self.policies), "--json", *yes]

    def up(self, *words: str) -> Run:
        return self.mtasts(*self.words("up"), *words)

    def preview(self, *words: str) -> Run:
        return self.mtasts(*self.words("preview"), *words)

    def destroy(self, *words: str) -> Run:
        return self.mtasts(*self.words("destroy"), *words)

    def edit(self, domain: str, **changes) -> None:
        path = self.policies / "staging" / f"{domain}.yaml"
        wanted = yaml.safe_load(path.read_text())
        wanted.update(changes)
        path.write_text(yaml.safe_dump(wanted, sort_keys=False))

    def add(self, domain: str, like: str, **changes) -> None:
        folder = self.policies / "staging"
        wanted = yaml.safe_load((folder / f"{like}.yaml").read_text())
        wanted.update(domain=domain, **changes)
        (folder / f"{domain}.yaml").write_text(yaml.safe_dump(wanted, sort_keys=False))

    def remove(self, domain: str) -> None:
        (self.policies / "staging" / f"{domain}.yaml").unlink()

    def fault(self, *words: str) -> None:
        done = self.mtasts("sandbox", "fault", *words)
        assert done.code == 0, done.err

    def outputs(self) -> dict:
        """The stack's outputs as the state has them."""
        backend = Path(self.cloud["PULUMI_BACKEND_URL"].removeprefix("file://"))
        (state,) = (backend / ".pulumi" / "stacks").rglob("staging.json")
        resources = json.loads(state.read_text())["checkpoint"]["latest"]["resources"]
        return next(entry["outputs"] for entry in resources if entry["type"] == "pulumi:pulumi:Stack")

    # What a sender sees

    def txts(self, name: str) -> list[str]:
        answer = self._ask(name, dns.rdatatype.TXT)
        return [
            b"".join(record.strings).decode()
            for rrset in answer.answer
            for record in rrset
            if record.rdtype == dns.rdatatype.TXT
        ]

    def txt(self, domain: str) -> str | None:
        found = self.txts(f"_mta-sts.{domain}")
        assert len(found) <= 1, found
        return found[0] if found else None

    def addresses(self, name: str) -> list[str]:
        answer = self._ask(name, dns.rdatatype.A)
        return [record.address for rrset in answer.answer for record in rrset if record.rdtype == dns.rdatatype.A]

    def id(self, domain: str) -> str | None:
        text = self.txt(domain)
        return None if text is None else text.removeprefix("v=STSv1; id=").removesuffix(";")

    def get(self, domain: str, path: str = "/.well-known/mta-sts.txt", method: str = "GET"):
        connection = http.client.HTTPSConnection("127.0.0.1", self.https_port, timeout=PATIENCE)
        raw = ssl.create_default_context(cafile=self.cloud["MTASTS_CA_FILE"])
        host = f"mta-sts.{domain}"
        plain = __import__("socket").create_connection(("127.0.0.1", self.https_port), timeout=PATIENCE)
        connection.sock = raw.wrap_socket(plain, server_hostname=host)
        connection.request(method, path, headers={"Host": host})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response, body

    def body(self, domain: str) -> bytes:
        response, body = self.get(domain)
        assert response.status == 200, (response.status, body)
        return body

    def events(self) -> list[dict]:
        path = self.state / "events.jsonl"
        # A last line without its end is being written.
        return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def seen(self, domain: str) -> list[str]:
        """The kinds of events of one domain's body and records, in the order in which they became visible."""
        names = {f"_mta-sts.{domain}": "mta-sts", f"mta-sts.{domain}": "host", f"_smtp._tls.{domain}": "tls-rpt"}
        return [
            f"{names[event['name']]} {event['kind']}"
            for event in self.events()
            if event["name"] in names and event["kind"] in {"txt", "body", "gone"}
        ]

    def _ask(self, name: str, kind) -> dns.message.Message:
        query = dns.message.make_query(name, kind)
        return dns.query.udp(query, self.dns_address, port=self.dns_port, timeout=PATIENCE)
