"""The matrix's world in one network namespace: knot (two servers), unbound, nginx and postfix, as Debian packs them.

All servers start once for all situations. Addresses are documentation ranges, local to the namespace; 203.0.113.0/24
swallows every packet. The resolver is a validating unbound that gets everything from the two knots.
"""

import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.matrix.situations import Mx, Situation, Web
from tests.namespaces import Namespace, namespace
from tests.patience import PATIENCE
from tests.pki import Leaf, Pki

# What the lab is made of, for the marker of the tests that use it (tests/needs.py).
NEEDS = ("namespaces", "root", "knotd", "unbound", "nginx", "postfix", "postmap")
RESOLVER = "192.0.2.1"
SERVERS = ("192.0.2.53", "192.0.2.54")
LAME = "192.0.2.56"  # a name server that serves none of the zones it is named for
_IPV6 = ("2001:db8::80", "2001:db8::83")
_MAIN = """dead A 192.0.2.55
ns1 A 192.0.2.53
ns2 A 192.0.2.54
ns3 A 192.0.2.56
mx A 198.51.100.1
reports MX 10 mx.test.
"""
_SOA = "@ SOA ns1.test. hostmaster.test. {serial} 3600 600 86400 60\n@ NS ns1.test.\n@ NS ns2.test.\n"


class Lab:
    """The running servers; `run` puts a client beside them."""

    def __init__(self, space: Namespace, folder: Path, situations: Sequence[Situation]) -> None:
        self.space = space
        self.folder = folder
        self.situations = situations
        self.pki = Pki(_made(folder / "pki"))
        self._addresses: dict[str, list[str]] = {}  # of each MX host
        self._leaves: dict[str, Leaf] = {}  # of each MX host, the one that its TLSA records are for
        self._signed = [".", *(s.domain for s in situations if s.zone in ("signed", "bogus"))]
        self._taken = 1

    def start(self) -> None:
        """Start everything and wait until it answers."""
        self._network()
        listeners = [line for s in self.situations for host in s.hosts for line in self._listeners(host)]
        listeners += self._listeners(Mx("mx.test"))
        self._dns()
        self._nginx()
        self._postfix(listeners)
        self._unbound()

    def run(self, args: Sequence[str | Path], timeout: float = PATIENCE) -> subprocess.CompletedProcess[str]:
        """Run a client that trusts the lab's CA."""
        ca = str(self.pki.ca_file)
        env = {"SSL_CERT_FILE": ca, "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_DIR": "/nonexistent"}
        return self.space.run(args, env=env, timeout=timeout)

    def publish(self, zone: str, record: str, *, without: str = "no line has this") -> None:
        """Add a record to a zone at both servers, without the lines with `without`; the resolver forgets the zone."""
        for index in range(len(SERVERS)):
            folder = self.folder / f"knot{index}"
            file = folder / f"{zone}.zone"
            lines = [line for line in file.read_text().splitlines() if without not in line]
            file.write_text("\n".join([*lines, record]) + "\n")
            _check(self.space.run(["knotc", "-b", "-c", folder / "knot.conf", "zone-reload", zone]))
        _check(self.space.run(["unbound-control", "-c", self.folder / "unbound" / "unbound.conf", "flush_zone", zone]))

    def stop(self) -> None:
        """Stop postfix, whose daemons live in sessions of their own; the rest ends with the namespace."""
        self.space.run(["postfix", "-c", self.folder / "postfix", "abort"], timeout=PATIENCE)

    def _network(self) -> None:
        commands = [
            "ip addr add 192.0.2.1/24 dev lo",
            "ip addr add 198.51.100.1/24 dev lo",
            *(f"ip -6 addr add {address}/128 dev lo nodad" for address in (*_IPV6, "2001:db8::dead")),
            "ip route add 203.0.113.0/24 dev lo",  # not local, so what arrives there is dropped
        ]
        for command in commands:
            _check(self.space.run(command.split()))

    # DNS

    def _dns(self) -> None:
        zones: dict[str, str] = {}
        main = _MAIN
        for situation in self.situations:
            if situation.zone:
                servers = {"servfail": ("dead",), "lame": ("ns1", "ns3")}.get(situation.zone, ("ns1", "ns2"))
                main += "".join(f"{situation.name} NS {server}.test.\n" for server in servers)
                zones[situation.domain] = self._records(situation)
            else:
                main += f"$ORIGIN {situation.domain}.\n{self._records(situation)}$ORIGIN test.\n"
            for host in situation.hosts:
                if host.alias_to:
                    main += "".join(f"{host.alias_to}. A {address}\n" for address in self._addresses[host.name])
                if host.tlsa_zone == "unsigned":
                    zones[f"_tcp.{host.name}"] = "".join(f"_25 TLSA {record}\n" for record in self._tlsa(host))
        zones["test"] = main
        zones.pop("servfail.test", None)  # delegated to an address where nobody answers
        root = "test. NS ns1.test.\ntest. NS ns2.test.\nns1.test. A 192.0.2.53\nns2.test. A 192.0.2.54\n"
        zones["."] = root
        self._knot("knot-lame", LAME, {"other.test": ""}, lagging=False)
        for index, address in enumerate(SERVERS):
            self._knot(f"knot{index}", address, zones, lagging=index == 1)

    def _records(self, situation: Situation) -> str:
        lines = [f'_mta-sts TXT "{text}"' for text in situation.txt or ()]
        lines += [f'_smtp._tls TXT "{text}"' for text in situation.rpt or ()]
        web = situation.web
        lines += [f"mta-sts A {address}" for address in (web.ipv4 if web else ())]
        lines += [f"mta-sts AAAA {address}" for address in (web.ipv6 if web else ())]
        for rank, host in enumerate(situation.mx or ()):
            lines.append(f"@ MX {10 * (rank + 1) if host else 0} {host}.")
        for host in situation.hosts:
            real = host.alias_to or f"real.{situation.domain}"
            if host.alias:
                lines.append(f"{host.name}. CNAME {real}.")
            owner = f"{real}." if host.alias else f"{host.name}."
            if host.exists and not host.alias_to:
                lines += [f"{owner} A {address}" for address in self._addresses.get(host.name, ())]
            if host.tlsa_zone in ("unsigned", "lame"):
                lines.append(f"_tcp.{host.name}. NS {'ns1' if host.tlsa_zone == 'unsigned' else 'ns3'}.test.")
            else:
                base = real if host.tlsa_at == "alias" else host.name
                lines += [f"_25._tcp.{base}. TLSA {record}" for record in self._tlsa(host)]
        return "\n".join([*lines, *situation.records]) + "\n"

    def _tlsa(self, host: Mx) -> list[str]:
        """The records in a zone file's form, by nothing of ours."""
        return [tlsa_record(self.pki, self._leaves[host.name], record) for record in host.tlsa]

    def _knot(self, name: str, address: str, zones: dict[str, str], *, lagging: bool) -> None:
        folder = _made(self.folder / name)
        config = [
            f"server:\n  rundir: {folder}\n  listen: {address}@53\n",
            f"database:\n  storage: {folder}\n",
            "policy:\n  - id: sign\n    algorithm: ecdsap256sha256\n    nsec3: off\n    single-type-signing: on\n",
            f"log:\n  - target: {folder}/log\n    any: warning\n",
            "zone:\n",
        ]
        for zone, text in zones.items():
            origin = "." if zone == "." else f"{zone}."
            served = text.replace("id=2026", "id=2025") if lagging and zone == "lagging.test" else text
            path = folder / f"{zone if zone != '.' else 'root'}.zone"
            apex = _SOA.format(serial=1 if lagging else 2)
            apex = apex.replace("NS ns2", "NS ns3") if zone == "lame.test" else apex
            path.write_text(f"$ORIGIN {origin}\n$TTL 300\n{apex}{served}")
            signed = zone in self._signed
            config.append(f"  - domain: {origin}\n    file: {path}\n")
            if signed:
                config.append("    dnssec-signing: on\n    dnssec-policy: sign\n    zonefile-sync: -1\n")
                config.append("    zonefile-load: difference-no-serial\n    journal-content: all\n")
        (folder / "knot.conf").write_text("".join(config))
        if lagging:
            # Both servers must sign with the same keys.
            shutil.copytree(self.folder / "knot0" / "keys", folder / "keys")
        self.space.start(["knotd", "-c", folder / "knot.conf"])
        _wait(lambda: self._answers(address, "SOA", next(iter(zones))), f"{name} to answer")
        signed = [zone for zone in self._signed if zone in zones]
        if signed:
            _wait(
                lambda: all("DNSKEY" in text for text in self._answers(address, "DNSKEY", *signed)),
                f"{name} to sign",
            )

    def _answers(self, address: str, rdtype: str, *names: str) -> list[str]:
        """What a server says of each name; [] when it does not answer one of them. One process for all of them."""
        code = (
            "import dns.query,dns.message,json,sys;"
            "ask=lambda name:dns.query.tcp(dns.message.make_query(name,sys.argv[2]),sys.argv[1],timeout=60);"
            "text=lambda a:chr(10).join(r.to_text() for r in a.answer) if a.answer else a.authority[0].to_text();"
            "print(json.dumps([text(ask(name)) for name in sys.argv[3:]]))"
        )
        done = self.space.run([_python(), "-c", code, address, rdtype, *names], timeout=PATIENCE)
        return json.loads(done.stdout) if done.returncode == 0 else []

    def _unbound(self) -> None:
        folder = _made(self.folder / "unbound")
        bogus = [s.domain for s in self.situations if s.zone == "bogus"]
        bogus_tlsa = [f"_tcp.{h.name}" for s in self.situations for h in s.hosts if h.tlsa_zone == "bogus"]
        anchors = self._answers(SERVERS[0], "DNSKEY", *(zone for zone in self._signed if zone not in bogus))
        # A trust anchor that fits no key makes every answer at and below the name bogus.
        wrong = [f"{name}. DS 12345 13 2 {'ab' * 32}\n" for name in (*bogus, *bogus_tlsa)]
        (folder / "anchors").write_text("\n".join([*anchors, *wrong]))
        (folder / "hints").write_text(
            ". NS ns1.test.\nns1.test. A 192.0.2.53\n. NS ns2.test.\nns2.test. A 192.0.2.54\n"
        )
        (folder / "unbound.conf").write_text(
            f"""server:
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: "log"
  interface: {RESOLVER}
  access-control: 0.0.0.0/0 allow
  do-not-query-localhost: no
  do-ip6: no
  root-hints: "hints"
  trust-anchor-file: "anchors"
  local-zone: "test." nodefault
  module-config: "validator iterator"
  qname-minimisation: no
remote-control:
  control-enable: yes
  control-interface: "{folder}/control"
  control-use-cert: no
"""
        )
        self.space.start(["unbound", "-d", "-c", folder / "unbound.conf"])
        first = f"_mta-sts.{self.situations[0].domain}"
        _wait(lambda: self._answers(RESOLVER, "TXT", first), "unbound to answer")

    # HTTPS

    def _nginx(self) -> None:
        folder = _made(self.folder / "nginx")
        blocks = []
        for situation in self.situations:
            if situation.web is not None and situation.web.listens:
                blocks += self._web(folder, situation, situation.web)
        (folder / "nginx.conf").write_text(
            f"""daemon off; user root; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{ access_log off; server_names_hash_bucket_size 128; types {{}} default_type "text/plain; charset=utf-8";
{"".join(blocks)}
}}
"""
        )
        self.space.start(["nginx", "-p", folder, "-c", folder / "nginx.conf"])
        _wait(lambda: self._open("192.0.2.80", 443), "nginx to listen")

    def _web(self, folder: Path, situation: Situation, web: Web) -> list[str]:
        host = f"mta-sts.{situation.domain}"
        leaf = self.pki.issue(*((host,) if web.names is None else web.names), **web.cert)
        shared = [f"listen {address}:443 ssl;" for address in web.ipv4]
        v6 = [f"listen [{address}]:443 ssl;" for address in web.ipv6 if address in _IPV6]
        bodies = [(shared + v6, situation.body)] if web.body6 is None else [(shared, situation.body), (v6, web.body6)]
        blocks = []
        for index, (listen, body) in enumerate(bodies):
            path = folder / f"{situation.name}-{index}.txt"
            path.write_bytes(body)
            location = web.location if web.location.startswith("return") else f"alias {path}; {web.location}"
            blocks.append(
                f"server {{ {' '.join(listen)} server_name {host}; ssl_certificate {leaf.chain}; "
                f"ssl_certificate_key {leaf.key}; {web.server} "
                f"location = /.well-known/mta-sts.txt {{ {location} }} location / {{ return 404; }} }}\n"
            )
        return blocks

    # SMTP

    def _listeners(self, host: Mx) -> list[str]:
        """master.cf entries of one MX host; takes its addresses."""
        if not host.exists:
            return []
        own = (
            ["198.51.100.1"]
            if host.name == "mx.test"
            else [self._address(silent=host.silent) for _ in range(host.addresses)]
        )
        self._addresses[host.name] = own
        if not host.listens or host.silent:
            return []
        entries = []
        for index, address in enumerate(own):
            cert = {"days": -1} if host.bad_second and index == 1 else host.cert
            leaf = self.pki.issue(*((host.name,) if host.names is None else host.names), **cert)
            self._leaves[host.name] = leaf
            options = [*host.options, *self._chain(host, leaf)]
            lines = [f"{address}:25 inet n - n - - smtpd", *(f"  -o {option}" for option in options)]
            entries.append("\n".join(lines) + "\n")
        return entries

    def _chain(self, host: Mx, leaf: Leaf) -> list[str]:
        if not host.sni and not host.alias_cert:
            return [f"smtpd_tls_chain_files={leaf.key},{leaf.chain}"]
        other = self.pki.issue("other.test")
        rows = [f"{host.name} {leaf.key} {leaf.chain}\n"]
        if host.alias_cert:
            behind = self._leaves[host.name] = self.pki.issue("behind.test")
            real = f"real.{host.name.partition('.')[2]}"
            rows.append(f"{real} {behind.key} {behind.chain}\n")
        table = self.folder / f"sni-{host.name}"
        table.write_text("".join(rows))
        _check(self.space.run(["postmap", "-F", f"hash:{table}"]))
        return [f"smtpd_tls_chain_files={other.key},{other.chain}", f"tls_server_sni_maps=hash:{table}"]

    def _address(self, *, silent: bool) -> str:
        self._taken += 1
        return f"{'203.0.113' if silent else '198.51.100'}.{self._taken}"

    def _postfix(self, listeners: list[str]) -> None:
        folder, queue, data = (_made(self.folder / name) for name in ("postfix", "queue", "data"))
        shutil.chown(data, "postfix", "postfix")
        (folder / "main.cf").write_text(
            f"""compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
maillog_file = {self.folder}/maillog
maillog_file_prefixes = {self.folder}
inet_interfaces = all
inet_protocols = ipv4
myhostname = mx.test
mydestination =
local_recipient_maps =
mynetworks = 0.0.0.0/0
smtpd_relay_restrictions = reject
smtpd_tls_security_level = may
smtpd_peername_lookup = no
default_process_limit = 200
smtputf8_enable = no
"""
        )
        services = "\n".join(
            [
                "rewrite unix - - n - - trivial-rewrite",
                "anvil unix - - n - 1 anvil",
                "tlsmgr unix - - n 1000? 1 tlsmgr",
                "postlog unix-dgram n - n - 1 postlogd",
                "cleanup unix n - n - 0 cleanup",
                "proxymap unix - - n - - proxymap",
            ]
        )
        (folder / "master.cf").write_text(services + "\n" + "".join(listeners))
        _check(self.space.run(["postfix", "-c", folder, "start"], timeout=PATIENCE))
        _wait(lambda: self._open("198.51.100.1", 25), "postfix to listen")

    def _open(self, address: str, port: int) -> bool:
        code = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2]))).recv(0)"
        return self.space.run([_python(), "-c", code, address, str(port)]).returncode == 0


@contextlib.contextmanager
def running(situations: Sequence[Situation]) -> Iterator[Lab]:
    """The lab, up; ended in every case."""
    # Not in pytest's folders: those are closed to others, and postfix's daemons run as another user.
    with tempfile.TemporaryDirectory(prefix="mtasts-lab-") as name, namespace(nameserver=RESOLVER) as space:
        folder = _made(Path(name))
        lab = Lab(space, folder, situations)
        try:
            lab.start()
            yield lab
        finally:
            lab.stop()


def verify(lab: Lab, *options: str) -> dict[str, dict[str, object]]:
    """`mtasts verify --json` over every situation: domain -> its object."""
    names = lab.folder / "domains"
    names.write_text("".join(f"{situation.domain}\n" for situation in lab.situations))
    done = mtasts(lab, "verify", "--json", "--from", names, *options)
    return {entry["domain"]: entry for entry in json.loads(done.stdout)["domains"]}


def tlsa_record(pki: Pki, leaf: Leaf, wanted: str) -> str:
    """`usage selector matching hex` for `usage selector matching WHOSE` (see Mx.tlsa)."""
    usage, selector, matching, whose = wanted.split()
    certificate = {
        "leaf": lambda: x509.load_pem_x509_certificates(leaf.chain.read_bytes())[0],
        "intermediate": lambda: pki.intermediate.certificate,
        "root": lambda: pki.root.certificate,
        "other": lambda: pki.other.certificate,
        "broken": lambda: pki.other.certificate,
        "odd": lambda: pki.other.certificate,
    }[whose]()
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    value = certificate.public_bytes(Encoding.DER) if selector == "0" else key
    shown = {"0": value, "1": hashlib.sha256(value).digest(), "2": hashlib.sha512(value).digest()}.get(matching, value)
    return f"{usage} {selector} {matching} {(shown[:-1] if whose == 'broken' else shown).hex()}"


def deliver(lab: Lab, domains: Sequence[str]) -> dict[str, tuple[str, str]]:
    """A real Postfix with the TLS level dane probes a recipient in each domain: how that ended, and the reason.

    "verified" and "unauthenticated": it got as far as the recipient, whom all hosts of the lab refuse; else "delayed".
    """
    folder, queue, data = (_made(lab.folder / name) for name in ("sender", "sender-queue", "sender-data"))
    shutil.chown(data, "postfix", "postfix")
    log = lab.folder / "sender-log"
    log.unlink(missing_ok=True)
    (folder / "main.cf").write_text(
        f"""compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
maillog_file = {log}
maillog_file_prefixes = {lab.folder}
inet_protocols = ipv4
myhostname = sender.test
mydestination =
smtp_host_lookup = dns
smtp_dns_support_level = dnssec
smtp_tls_security_level = dane
smtp_tls_loglevel = 1
"""
    )
    # name, whether private, limit of processes, program
    services = [
        "rewrite y - trivial-rewrite", "bounce y 0 bounce", "defer y 0 bounce", "trace y 0 bounce", "smtp y - smtp",
        "error y - error", "retry y - error", "tlsmgr y 1 tlsmgr", "cleanup n 0 cleanup", "qmgr n 1 qmgr",
        "pickup n 1 pickup",
    ]  # fmt: skip
    rows = [(*service.split(), "unix") for service in services] + [("postlog", "n", "1", "postlogd", "unix-dgram")]
    table = [f"{name} {kind} {private} - n - {limit} {program}" for name, private, limit, program, kind in rows]
    (folder / "master.cf").write_text("\n".join(table) + "\n")
    _check(lab.space.run(["postfix", "-c", folder, "start"], timeout=PATIENCE))
    try:
        people = [f"probe@{domain}" for domain in domains]
        _check(lab.space.run(["sendmail", "-C", folder, "-f", "me@sender.test", "-bv", *people], timeout=PATIENCE))
        _wait(lambda: log.exists() and all(f"to=<{one}>" in log.read_text() for one in people), "the sender")
    finally:
        lab.space.run(["postfix", "-c", folder, "abort"], timeout=PATIENCE)
    text = log.read_text()
    return {domain: _ended(text, domain) for domain in domains}


def _ended(log: str, domain: str) -> tuple[str, str]:
    line = next(line for line in log.splitlines() if f"to=<probe@{domain}>" in line)
    if "in reply to RCPT TO" not in line:
        return "delayed", line
    relay = line.partition("relay=")[2].partition(",")[0]
    # Without a signed MX record Postfix logs "Trusted" for what it has verified all the same.
    verified = re.search(rf": (Verified|Trusted) TLS connection established to {re.escape(relay)}", log)
    return "verified" if verified else "unauthenticated", line


def mtasts(lab: Lab, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """One verb, looking through the lab's resolver and trusting its CA."""
    done = lab.run([_python(), "-m", "mtasts", *words, "--ca-file", lab.pki.ca_file, "--timeout", "8"])
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{words}: {done.stderr}")
    return done


def _python() -> str:
    return sys.executable


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    return folder


def _check(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise RuntimeError(f"{done.args}: {done.stdout}{done.stderr}")


def _wait(ready: object, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if callable(ready) and ready():
            return
        time.sleep(0.1)
    raise RuntimeError(f"waited {PATIENCE} s for {what}")


def ask_peer(lab: Lab, script: str, situations: Sequence[Situation]) -> dict[str, dict[str, object]]:
    """A peer's answers over these situations: domain -> its object."""
    names = "\n".join(situation.domain for situation in situations)
    listed = lab.folder / "peer-domains"
    listed.write_text(names)
    path = Path(__file__).with_name(script)
    done = lab.run(["sh", "-c", f'exec "$0" "$1" < "{listed}"', _python(), path])
    if done.returncode:
        raise RuntimeError(f"{script}: {done.stderr[-2000:]}")
    return {entry["domain"]: entry for entry in map(json.loads, done.stdout.splitlines())}
