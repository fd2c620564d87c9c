"""A sender that never stops asking, in a process of its own, while a domain is taken over: its clients are this file's.

Each round it reads the `_mta-sts` TXT records from the zone's own server, resolves the policy host, and fetches the
policy at every address of the answer, and at every address of earlier answers whose TTL is not over, as a sender does
that resolved the name before. What it saw is one line of JSON a round; `worse_than_before` judges them.

    python -m tests.publishing.onlooker DOMAIN --dns 127.0.0.1:53 --port 443 --ca ca.pem --out FILE
"""

import argparse
import http.client
import json
import select
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import dns.message
import dns.query
import dns.rdatatype

from tests.patience import PATIENCE

_PAUSE = 0.02  # seconds between two rounds: the sandbox has to serve others, too
_KINDS = (dns.rdatatype.A, dns.rdatatype.AAAA)


class Sender:
    """Asks DNS and fetches policies, with nothing of the product's clients."""

    def __init__(self, domain: str, nameserver: str, port: int, ca: str) -> None:
        self.domain, self.host, self.port = domain, f"mta-sts.{domain}", port
        address, _, dns_port = nameserver.rpartition(":")
        self._server, self._dns_port = address, int(dns_port)
        self._trust = ssl.create_default_context(cafile=ca)
        self._held: dict[str, float] = {}  # address: until when a resolver may still give it

    def round(self) -> dict[str, object]:
        """One look: the TXT first and the policy after it, so that a policy that changes meanwhile is newer."""
        now = time.monotonic()
        texts = self._texts(f"_mta-sts.{self.domain}")
        reports = self._texts(f"_smtp._tls.{self.domain}")
        answer = self._addresses()
        self._held = {address: until for address, until in self._held.items() if until > now}
        self._held |= {address: now + ttl for address, ttl in answer.items()}
        fetched = {address: self._fetch(address) for address in sorted(self._held)}
        return {"texts": texts, "reports": reports, "now": sorted(answer), "fetched": fetched}

    def _texts(self, name: str) -> list[str]:
        records = (record for _, record in self._ask(name, dns.rdatatype.TXT))
        return sorted(b"".join(record.strings).decode() for record in records)

    def _addresses(self) -> dict[str, int]:
        """The host's addresses of both families, with the TTL of the whole chain that led to them."""
        return {record.address: ttl for kind in _KINDS for ttl, record in self._ask(self.host, kind)}

    def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> list[tuple[int, dns.rdata.Rdata]]:
        query = dns.message.make_query(name, kind)
        answer, _ = dns.query.udp_with_fallback(query, self._server, port=self._dns_port, timeout=PATIENCE)
        ttl = min((rrset.ttl for rrset in answer.answer), default=0)
        return [(ttl, record) for rrset in answer.answer for record in rrset if record.rdtype == kind]

    def _fetch(self, address: str) -> dict[str, str]:
        try:
            with socket.create_connection((address, self.port), timeout=PATIENCE) as plain:
                connection = http.client.HTTPSConnection(self.host, timeout=PATIENCE)
                connection.sock = self._trust.wrap_socket(plain, server_hostname=self.host)
                connection.request("GET", "/.well-known/mta-sts.txt")
                response = connection.getresponse()
                body = response.read(65_537)
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            return {"error": repr(error)}
        kind = response.headers.get_content_type()
        if (response.status, kind) != (200, "text/plain") or len(body) > 65_536:
            return {"error": f"{response.status} {kind}, {len(body)} bytes"}
        return {"body": body.decode("latin-1")}


class Onlooker:
    """Context manager: the sender runs inside; `sights` gives what it saw. `command` puts it where it is to run."""

    def __init__(self, command: Callable[[Sequence[str]], Sequence[str]], ca: Path, out: Path, domain: str) -> None:
        where = ["--dns", "127.0.0.1:53", "--port", "443", "--ca", str(ca), "--out", str(out)]
        self._command = command([sys.executable, "-m", __name__, domain, *where])
        self._path = out

    def __enter__(self) -> "Onlooker":
        self._path.unlink(missing_ok=True)
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE)
        # What there was before anything is done is what all else is held against.
        deadline = time.monotonic() + PATIENCE
        while not (self._path.exists() and self.sights()):
            assert time.monotonic() < deadline, "the sender saw nothing"
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(PATIENCE) == 0, "the sender fell"

    def sights(self) -> list[dict]:
        """What it saw, oldest first."""
        # A last line without its end is being written.
        return [json.loads(line) for line in self._path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def worse_than_before(sights: Sequence[dict], *, served: bool = True) -> list[str]:
    """Each moment at which a sender met something worse than in the first sight; empty when there was none.

    `served`: there was a policy before, so text and id stay. Else there was none (a dead host): the old id says
    nothing, the first policy that is seen must be whole at once, and a new id may come only when it is there.
    """
    judge = _while_served if served else _from_nothing
    found = list(judge(sights))
    for number, sight in enumerate(sights):
        if len(names(sight)) != 1:
            found.append(f"sight {number}: {len(names(sight))} MTA-STS records {sight['texts']}")
        if len(sight["reports"]) != len(sights[0]["reports"]):
            found.append(f"sight {number}: {len(sight['reports'])} TLS-RPT records")
    return found


def names(sight: dict) -> list[str]:
    """The ids that the TXT records of a sight name; one that does not begin so is none (RFC 8461 s3.1)."""
    texts = [text for text in sight["texts"] if text.startswith("v=STSv1;")]
    return [text.partition("id=")[2].partition(";")[0].strip() for text in texts]


def _while_served(sights: Sequence[dict]) -> Iterator[str]:
    before = next(iter(sights[0]["fetched"].values()), {}).get("body")
    assert before, "nothing was served before"
    for number, sight in enumerate(sights):
        if names(sight) != names(sights[0]):
            yield f"sight {number}: the id is {names(sight)}, it was {names(sights[0])}"
        if not sight["now"]:
            yield f"sight {number}: the policy host has no address"
        for address, seen in sight["fetched"].items():
            if seen.get("body") != before:
                yield f"sight {number}: {address}{'' if address in sight['now'] else ' (held)'} gave {seen}"


def _from_nothing(sights: Sequence[dict]) -> Iterator[str]:
    policy = None
    for number, sight in enumerate(sights):
        now = {address: sight["fetched"][address].get("body") for address in sight["now"]}
        whole = set(now.values()) or {None}
        if policy is None:  # it may come while the addresses are asked, one after the other
            policy = next((body for body in whole if body), None)
            whole -= {None} if policy else set()
        if whole != {policy}:
            yield f"sight {number}: {now}, the policy is {policy!r}"
        if names(sight) != names(sights[0]) and policy is None:
            yield f"sight {number}: {names(sight)} names a policy that nobody has seen"


def main() -> int:
    """Look until the standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("domain")
    for option, kind in (("--dns", str), ("--port", int), ("--ca", str), ("--out", Path)):
        parser.add_argument(option, type=kind, required=True)
    args = parser.parse_args()
    sender = Sender(args.domain, args.dns, args.port, args.ca)

    with args.out.open("w") as file:
        while not select.select([sys.stdin], [], [], _PAUSE)[0]:
            file.write(json.dumps(sender.round()) + "\n")
            file.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
