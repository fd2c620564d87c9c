"""`mtasts verify` of many mail domains beside checkdmarc's own checks and a bare loop of handshakes, in one run.

    python -m bench.verify [--domains 1000] [--rounds 3] [--memory 10000] [--dns-delay MS] [--json FILE]

Servers are other processes in one network namespace: knot for DNS, nginx for policy hosts and (its mail module) for MX
hosts with STARTTLS. Every domain has its own policy host and its own MX host, so each needs two handshakes.

- ours: `mtasts verify --from FILE --json`, the whole process
- checkdmarc: check_mta_sts + check_smtp_tls_reporting + check_mx(check_mx_tls=True) of each, as its own CLI
  does: in turn
- bare: a plain asyncio loop that only connects (SMTP up to STARTTLS) and shakes hands, addresses given, verification on

On loopback an answer takes no time, which no network offers. With `--dns-delay MS` every DNS answer comes that much
later, as from a resolver that has to ask; the rest stays as it is. checkdmarc then gets the first 100 domains only.

To reach: >= 20 x checkdmarc's domains a second, >= 50 % of the bare loop's. `--memory N` also measures the peak
resident memory of ours over N domains (to reach: below 200 MB for 10,000). Needs root or user namespaces.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.namespaces import Namespace, namespace
from tests.needs import search_sbin
from tests.pki import Pki

DNS = "192.0.2.53"
WEB = "192.0.2.80"
LATE = "192.0.2.52"
MX_ADDRESSES = 20
MODULE = Path("/usr/lib/nginx/modules/ngx_mail_module.so")

BARE = """
import asyncio, ssl, sys
async def main():
    context = ssl.create_default_context(cafile=sys.argv[1])
    gate = asyncio.Semaphore(64)
    async def web(name):
        async with gate:
            _, writer = await asyncio.open_connection(sys.argv[3], 443, ssl=context, server_hostname=name)
            writer.close()
    async def mx(name, address):
        async with gate:
            reader, writer = await asyncio.open_connection(address, 25)
            await reader.readline()
            writer.write(b"EHLO bench.test\\r\\n")
            while (await reader.readline())[3:4] == b"-":
                pass
            writer.write(b"STARTTLS\\r\\n")
            await reader.readline()
            await writer.start_tls(context, server_hostname=name)
            writer.close()
    looks = []
    for number, line in enumerate(open(sys.argv[2])):
        domain = line.strip()
        looks += [web(f"mta-sts.{domain}"), mx(f"mx.{domain}", f"198.51.100.{number % int(sys.argv[4]) + 1}")]
    await asyncio.gather(*looks)
asyncio.run(main())
"""

CHECKDMARC = """
import sys
from checkdmarc.mta_sts import check_mta_sts
from checkdmarc.smtp import check_mx
from checkdmarc.smtp_tls_reporting import check_smtp_tls_reporting
for line in open(sys.argv[1]):
    domain = line.strip()
    sts = check_mta_sts(domain, nameservers=[sys.argv[2]])
    reports = check_smtp_tls_reporting(domain, nameservers=[sys.argv[2]])
    mx = check_mx(domain, nameservers=[sys.argv[2]], check_mx_tls=True, mta_sts_mx_patterns=sts["policy"]["mx"])
    assert sts["valid"] and reports["valid"] and mx["hosts"][0]["starttls"], (domain, sts, reports, mx)
"""


RELAY = """
import asyncio, sys
late, server, delay = sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000
class Back(asyncio.DatagramProtocol):
    def __init__(self, front, client):
        self.front, self.client = front, client
    def connection_made(self, transport):
        self.transport = transport
    def datagram_received(self, data, _):
        asyncio.get_running_loop().call_later(delay, self.front.sendto, data, self.client)
        self.transport.close()
class Front(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport
    def datagram_received(self, data, client):
        asyncio.get_running_loop().create_task(self.ask(data, client))
    async def ask(self, data, client):
        back, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Back(self.transport, client), remote_addr=(server, 53))
        back.sendto(data)
async def main():
    await asyncio.get_running_loop().create_datagram_endpoint(Front, local_addr=(late, 53))
    await asyncio.Event().wait()
asyncio.run(main())
"""


class World:
    """`count` mail domains, right in everything, on servers inside `space`."""

    def __init__(
        self, space: Namespace, folder: Path, count: int, names_per_certificate: int, delay: float = 0
    ) -> None:
        self.space, self.folder = space, folder
        self.resolver = LATE if delay else DNS
        self.pki = Pki(_made(folder / "pki"))
        self.domains = [f"d{number:05}.test" for number in range(count)]
        self.listed = folder / "domains"
        self.listed.write_text("".join(f"{domain}\n" for domain in self.domains))
        for command in ("ip addr add 192.0.2.1/24 dev lo", "ip addr add 198.51.100.1/24 dev lo"):
            space.run(command.split())
        self._knot()
        self._nginx(names_per_certificate)
        if delay:
            space.start([sys.executable, "-c", RELAY, LATE, DNS, str(delay)])
        self._wait()

    def _knot(self) -> None:
        folder = _made(self.folder / "knot")
        lines = ["$ORIGIN test.", "$TTL 300", "@ SOA ns1 hostmaster 1 3600 600 86400 60", f"@ NS ns1\nns1 A {DNS}"]
        lines += ["reports MX 10 mx.d00000.test."]
        for number, domain in enumerate(self.domains):
            label = domain.removesuffix(".test")
            lines += [
                f'_mta-sts.{label} TXT "v=STSv1; id=20260101T000000;"',
                f'_smtp._tls.{label} TXT "v=TLSRPTv1; rua=mailto:tls@reports.test"',
                f"mta-sts.{label} A {WEB}",
                f"{label} MX 10 mx.{domain}.",
                f"mx.{label} A 198.51.100.{number % MX_ADDRESSES + 1}",
            ]
        (folder / "zone").write_text("\n".join(lines) + "\n")
        (folder / "knot.conf").write_text(
            f"server:\n  rundir: {folder}\n  listen: {DNS}@53\ndatabase:\n  storage: {folder}\n"
            f"log:\n  - target: {folder}/log\n    any: warning\nzone:\n  - domain: test.\n    file: {folder}/zone\n"
        )
        self.space.start(["knotd", "-c", folder / "knot.conf"])

    def _nginx(self, names_per_certificate: int) -> None:
        folder = _made(self.folder / "nginx")
        web, mail = [], []
        for start in range(0, len(self.domains), names_per_certificate):
            names = [f"mta-sts.{domain}" for domain in self.domains[start : start + names_per_certificate]]
            leaf = self.pki.issue(*names)
            text = "version: STSv1\\nmode: enforce\\nmx: mx.${label}\\nmax_age: 604800\\n"
            web.append(
                f"server {{ listen {WEB}:443 ssl; server_name {' '.join(names)}; ssl_certificate {leaf.chain}; "
                f"ssl_certificate_key {leaf.key}; location = /.well-known/mta-sts.txt {{ return 200 "
                f'"{text}"; }} }}\n'
            )
        for index in range(min(MX_ADDRESSES, len(self.domains))):
            names = [f"mx.{domain}" for domain in self.domains[index::MX_ADDRESSES]]
            leaf = self.pki.issue(*names)
            mail.append(f"server {{ listen 198.51.100.{index + 1}:25; protocol smtp; starttls on; ssl_certificate "
                        f"{leaf.chain}; ssl_certificate_key {leaf.key}; }}\n")  # fmt: skip
        (folder / "nginx.conf").write_text(
            f"""load_module {MODULE}; daemon off; user root; worker_processes 2; pid {folder}/pid;
error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{ access_log off; default_type text/plain; server_names_hash_bucket_size 128; server_names_hash_max_size 65536;
ssl_session_tickets off; map $host $label {{ ~^mta-sts\\.(?<rest>.*)$ $rest; }}
{"".join(web)} }}
mail {{ auth_http 127.0.0.1:9/; server_name mx.test; smtp_capabilities SIZE PIPELINING; {"".join(mail)} }}
"""
        )
        self.space.start(["nginx", "-p", folder, "-c", folder / "nginx.conf"])

    def _wait(self) -> None:
        code = (
            "import socket,sys;"
            "[socket.create_connection((a, p), 2).close() for a, p in "
            f"(('{DNS}', 53), ('{WEB}', 443), ('198.51.100.1', 25))]"
        )
        for _ in range(200):
            if self.space.run([sys.executable, "-c", code]).returncode == 0:
                return
            time.sleep(0.2)
        raise RuntimeError("the servers did not come up")

    def measure(self, command: list[str | Path]) -> tuple[float, float, float]:
        """Seconds on the clock, seconds of the processor, and peak resident MB of one command, which must succeed."""
        ca = str(self.pki.ca_file)
        env = {**os.environ, "SSL_CERT_FILE": ca, "REQUESTS_CA_BUNDLE": ca}
        with (self.folder / "out").open("wb") as out, (self.folder / "err").open("wb") as err:
            started = time.perf_counter()
            process = subprocess.Popen(self.space.command(command), env=env, stdout=out, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{command[:6]}: exit {process.returncode}: {(self.folder / 'err').read_text()[-2000:]}")
        return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

    def ours(self) -> tuple[float, float, float]:
        """`mtasts verify`, whole process; every domain must pass."""
        command = [sys.executable, "-m", "mtasts", "verify", "--json", "--from", self.listed]
        return self.measure(
            [*command, "--ca-file", self.pki.ca_file, "--resolver", f"{self.resolver}:53", "--timeout", "30"]
        )

    def bare(self) -> tuple[float, float, float]:
        """The handshakes alone."""
        return self.measure([sys.executable, "-c", BARE, self.pki.ca_file, self.listed, WEB, str(MX_ADDRESSES)])

    def checkdmarc(self, count: int) -> tuple[float, float, float]:
        """checkdmarc's own checks of the first `count` domains."""
        few = self.folder / "few"
        few.write_text("".join(f"{domain}\n" for domain in self.domains[:count]))
        return self.measure([sys.executable, "-c", CHECKDMARC, few, self.resolver])


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=0, metavar="N")
    parser.add_argument("--dns-delay", type=float, default=0, metavar="MS", help="every DNS answer comes so much later")
    parser.add_argument("--no-peer", action="store_true", help="leave checkdmarc out (it takes a minute a round)")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    search_sbin(os.environ)
    if not (shutil.which("knotd") and shutil.which("nginx") and MODULE.is_file()):
        print(
            "bench.verify: needs servers (Debian: apt-get install knot nginx-light libnginx-mod-mail)", file=sys.stderr
        )
        return 2
    result: dict[str, float] = {}
    if args.domains:
        result |= _speed(args.domains, args.rounds, args.dns_delay, peer=not args.no_peer)
    if args.memory:
        with tempfile.TemporaryDirectory(prefix="mtasts-bench-") as name, namespace(nameserver=DNS) as space:
            seconds, _, megabytes = World(space, Path(name), args.memory, 100).ours()
            print(f"memory: {megabytes:.0f} MB resident at most over {args.memory} domains, in {seconds:.1f} s")
            result["peak_mb"] = megabytes
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0


def _speed(domains: int, rounds: int, delay: float, *, peer: bool) -> dict[str, float]:
    rates: dict[str, list[float]] = {"ours": [], "bare": [], "checkdmarc": []}
    with tempfile.TemporaryDirectory(prefix="mtasts-bench-") as name, namespace(nameserver=DNS) as space:
        world = World(space, Path(name), domains, 1, delay)
        few = min(domains, 100) if delay else domains
        sides = {"bare": world.bare, "ours": world.ours}
        if peer:
            sides["checkdmarc"] = lambda: world.checkdmarc(few)
        for number in range(rounds):
            for side, run in sides.items():
                if side == "checkdmarc" and number:
                    continue  # a minute each; one round is enough for a factor this size
                seconds, cpu, megabytes = run()
                rate = (few if side == "checkdmarc" else domains) / seconds
                rates[side].append(rate)
                print(f"{side:10} {rate:8.1f} domains/s  {seconds:7.2f} s  {cpu:6.2f} s cpu  {megabytes:5.0f} MB")
    found = {side: statistics.median(each) for side, each in rates.items() if each}
    print(f"ours / bare handshakes: {found['ours'] / found['bare']:.2f}  (to reach 0.50)")
    if peer:
        print(f"ours / checkdmarc:      {found['ours'] / found['checkdmarc']:.1f}  (to reach 20)")
    return found


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    return folder


if __name__ == "__main__":
    sys.exit(main())
