"""Start, find, ask and stop a sandbox, from the command line, the demo and tests.

    sandbox = up(state_dir, ephemeral=True, policies=Path("policies"))
    subprocess.run(["pulumi", "up"], env=os.environ | sandbox.environment())
    down(state_dir)

Light to import: the embedded cloud itself is only in the daemon's process.
"""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import mtasts
from mtasts.errors import CannotLook
from mtasts.extras import need
from mtasts.processes import process_status
from mtasts.signals import held_back
from mtasts_sandbox.control import ask, socket_path
from mtasts_sandbox.folder import PORTS, STATE, Settings, holder, read_settings, state_folder

# Who waits longer than these waits for nothing: a busy machine takes its time.
_START_SECONDS, _KILL_SECONDS = 180.0, 60.0
_STOP_SECONDS = 15.0  # then it is killed
_POLL = 0.02
# Packages of the `sandbox` extra that the daemon needs beside the base ones.
_NEEDED = ("moto", "dukpy")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox. `ports`: dns, https, smtp, aws, cloudflare, api, all on 127.0.0.1."""

    state_dir: Path
    pid: int
    ports: Mapping[str, int]

    def environment(self) -> dict[str, str]:
        """What the engine, the program, boto3 and our own clients need in their environment to use this sandbox."""
        ports = self.ports
        return {
            "PULUMI_DEBUG_PROVIDERS": f"aws:{ports['aws']},cloudflare:{ports['cloudflare']}",
            "PULUMI_BACKEND_URL": f"file://{self.state_dir / 'pulumi'}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",  # boto3 reads only this one
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports['api']}",
            "AWS_EC2_METADATA_DISABLED": "true",
            "CLOUDFLARE_API_TOKEN": "sandbox".ljust(40, "0"),
            "CLOUDFLARE_BASE_URL": f"http://127.0.0.1:{ports['api']}/client/v4",
            "MTASTS_RESOLVER": f"127.0.0.1:{ports['dns']}",
            "MTASTS_CA_FILE": str(self.state_dir / "ca.pem"),
            # Addresses stay as DNS gives them (each mail server has its own); the ports are ours.
            "MTASTS_CONNECT_TO": f":443::{ports['https']} :25::{ports['smtp']} :53::{ports['dns']}",
            "MTASTS_SANDBOX_DIR": str(self.state_dir),
        }

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """One request to the daemon. Raises CannotLook when it refuses or does not answer."""
        try:
            return ask(socket_path(self.state_dir), {"op": op, **fields})
        except (OSError, ValueError) as error:
            hint = "`mtasts sandbox status` tells whether it runs"
            raise CannotLook(f"the sandbox on {self.state_dir} does not answer: {error}", hint) from error

    def status(self) -> dict[str, Any]:
        """pid, started, ports, settings, zones, holds, mail, web, workers, distributions, faults, kinds."""
        return self.ask("status")

    def fault(self, name: str, value: float | None = None, where: str = "*") -> None:
        """Switch a fault on (see sandbox/mtasts_sandbox/faults.py). Raises CannotLook for one nobody knows."""
        self.ask("fault", name=name, value=value, where=where)

    def clear(self, name: str | None = None, where: str | None = None) -> int:
        """Switch faults off: all, or those of a name, or of a place; gives how many were on."""
        return int(self.ask("clear", name=name, where=where)["cleared"])

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """The event log after `since`: what became visible, and when."""
        return list(self.ask("events", since=since)["events"])

    def add_zone(self, name: str, provider: str, zone_id: str, account: str = "") -> None:
        """Make a DNS zone; it may be there already. `account`: whose it is, "" for the sandbox's own."""
        self.add_zones([(name, provider, zone_id, account)])

    def add_zones(self, zones: Sequence[tuple[str, ...]]) -> None:
        """Make many: (name, provider, zone id, and perhaps its account)."""
        self.ask("zone", zones=[list(zone) for zone in zones])

    def delegate(self, name: str, zone_id: str) -> None:
        """Of several zones of a name, let clients find this one."""
        self.ask("delegate", name=name, zone=zone_id)

    def set_records(
        self,
        name: str,
        kind: str,
        values: Sequence[str],
        ttl: int = 300,
        *,
        proxied: bool = False,
        comment: str = "",
        unquoted: bool = False,
    ) -> None:
        """Put records into a zone beside the engine; no values delete them. TXT values come without quotes.

        Only for a record of Cloudflare: `proxied`, its comment, and TXT content that is kept without quotes.
        """
        marks = {"proxied": proxied, "comment": comment, "unquoted": unquoted}
        self.ask("record", name=name, type=kind, ttl=ttl, values=list(values), **marks)

    def add_mail(self, host: str, *, count: int = 1, addresses: Sequence[str] = ()) -> list[str]:
        """Start a mail server for an MX host and publish its A and AAAA records; gives its addresses."""
        return list(self.ask("mail", host=host, count=count, addresses=list(addresses))["addresses"])

    def remove_mail(self, host: str) -> bool:
        """Stop a mail server and take its records away; False when there was none."""
        return bool(self.ask("mail", host=host, remove=True)["removed"])

    def add_web(self, name: str, policy: bytes, *, hosts: Sequence[str], status: int = 200, address: str = "") -> str:
        """Start a web server of somebody else that serves this policy for these hosts; gives its address.

        Its A record is published; a CNAME of a policy host to `name` leads there. Again: changes what it answers.
        """
        body = base64.b64encode(policy).decode()
        answer = self.ask("web", name=name, policy=body, hosts=list(hosts), status=status, address=address)
        return str(answer["address"])

    def remove_web(self, name: str) -> bool:
        """Stop a web server and take its A record away; False when there was none."""
        return bool(self.ask("web", name=name, remove=True)["removed"])

    def add_worker(
        self, script: str, policy: bytes, *, routes: Sequence[str] = (), domains: Sequence[str] = ()
    ) -> None:
        """Make a Cloudflare Worker that serves this policy, by routes of zones and as custom domains; or change it.

        A route (`mta-sts.example.net/*`) needs a proxied record, a custom domain makes its own. Raises CannotLook.
        """
        body = base64.b64encode(policy).decode()
        self.ask("worker", name=script, policy=body, routes=list(routes), domains=list(domains))

    def remove_worker(self, script: str) -> bool:
        """Take a Worker away with its routes and custom domains; False when there was none."""
        return bool(self.ask("worker", name=script, remove=True)["removed"])

    def add_distribution(
        self, alias: str, policy: bytes, *, stranger: bool = False, record: str = ""
    ) -> tuple[str, str]:
        """Make a CloudFront distribution beside the engine that serves this policy; gives its id and its own name.

        In this account with bucket, object and validated certificate; `stranger`: in somebody else's, where nobody
        can see it. `record`: "alias" or "cname" publishes where the alias is. Raises CannotLook.
        """
        body = base64.b64encode(policy).decode()
        made = self.ask("distribution", alias=alias, policy=body, stranger=stranger, record=record)
        return str(made["id"]), str(made["domain"])

    def switch_distribution(self, id_: str, *, enabled: bool) -> None:
        """Enable or disable a distribution, as its owner does. Raises CannotLook."""
        self.ask("distribution", id=id_, enabled=enabled)


def environment_names() -> list[str]:
    """The names that `Sandbox.environment` gives, of any sandbox and of none."""
    return list(Sandbox(Path(), 0, dict.fromkeys(PORTS, 0)).environment())


def running(state_dir: Path | None = None) -> Sandbox:
    """The sandbox that runs on a folder. Raises CannotLook with the way to start one."""
    return _running(state_folder(state_dir, os.environ))


def _running(folder: Path) -> Sandbox:
    found = find(folder)
    if found is None:
        raise CannotLook(f"no sandbox runs on {folder}", "`mtasts sandbox up` starts it")
    return found


def running_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the sandbox that runs where `environ` has it. Raises CannotLook as running does."""
    return _running(state_folder(None, environ)).environment()


def find(state_dir: Path) -> Sandbox | None:
    """The sandbox that runs on a folder and answers, or None."""
    try:
        status = ask(socket_path(state_dir), {"op": "status"})
    except (OSError, ValueError):
        return None
    return Sandbox(state_dir, int(status["pid"]), {str(name): int(port) for name, port in status["ports"].items()})


def up(
    state_dir: Path | None = None,
    *,
    ports: Mapping[str, int] | None = None,
    ephemeral: bool = False,
    certificate_names: int | None = None,
    policies: Path | None = None,
) -> tuple[Sandbox, bool]:
    """Start a sandbox, or find the one that runs, and make the zones that the policies folder names.

    `ports`: those to take (0: any free one); the others are as at the last start on this folder, or any with
    `ephemeral`. Gives the sandbox, and whether it was started now. Raises CannotLook when it cannot be as asked.
    """
    folder = state_folder(state_dir, os.environ)
    zones = _zones(policies)
    settings = wanted_settings(folder, ports or {}, ephemeral, certificate_names)
    sandbox = find(folder)
    started = sandbox is None
    if sandbox is None:
        sandbox = _start(folder, settings)
    else:
        _check_same(sandbox, ports or {}, certificate_names)
    if zones:
        sandbox.add_zones(zones)
    return sandbox, started


def down(state_dir: Path | None = None) -> bool:
    """Stop the sandbox of a folder and wait until nothing of it is left; False when none ran. Raises CannotLook."""
    folder = state_folder(state_dir, os.environ)
    pid = holder(folder)
    if pid is None:
        socket_path(folder).unlink(missing_ok=True)
        return False
    with contextlib.suppress(OSError, ValueError, CannotLook):
        ask(socket_path(folder), {"op": "shutdown"}, timeout=5)
    if not _wait_gone(folder, pid, _STOP_SECONDS):
        # It holds the folder's lock, so the pid in it is the daemon's and nobody else's. Read anew: one that was just
        # starting had not yet written it.
        pid = holder(folder) or pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        if not _wait_gone(folder, pid, _KILL_SECONDS):
            raise CannotLook(f"the sandbox on {folder} (process {pid}) does not stop", f"kill -9 {pid}")
    socket_path(folder).unlink(missing_ok=True)
    return True


def reset(state_dir: Path | None = None) -> bool:
    """Forget the cloud's state and the engine's; zones and the certificate authority stay. Was it running?"""
    folder = state_folder(state_dir, os.environ)
    sandbox = find(folder)
    if sandbox is not None:
        sandbox.ask("reset")
    elif holder(folder) is not None:
        raise CannotLook(f"the sandbox on {folder} does not answer", "`mtasts sandbox down` first")
    else:
        for name in (STATE, f"{STATE}-wal", f"{STATE}-shm", "events.jsonl", "mail.json", "web.json"):
            (folder / name).unlink(missing_ok=True)
    for name in ("pulumi", "workspace"):
        shutil.rmtree(folder / name, ignore_errors=True)
    if sandbox is not None:
        (folder / "pulumi").mkdir(exist_ok=True)
    return sandbox is not None


def wanted_settings(folder: Path, ports: Mapping[str, int], ephemeral: bool, certificate_names: int | None) -> Settings:
    """The settings of the last start, with what is asked for now. Raises CannotLook."""
    last = read_settings(folder)
    base = dict.fromkeys(PORTS, 0) if ephemeral else dict(last.ports)
    names = last.certificate_names if certificate_names is None else certificate_names
    try:
        return replace(last, ports={**base, **ports}, certificate_names=names)
    except ValueError as error:
        raise CannotLook(str(error), "a port is 0 (any) to 65535; ACM takes 10 to 100 names") from error


def _zones(policies: Path | None) -> list[tuple[str, ...]]:
    if policies is None:
        return []
    from mtasts_sandbox.zones import zones_of  # noqa: PLC0415 - reads YAML, not needed to look or stop

    return zones_of(policies)


def _check_same(sandbox: Sandbox, ports: Mapping[str, int], certificate_names: int | None) -> None:
    different = [f"{name} port {port}" for name, port in ports.items() if port not in (0, sandbox.ports[name])]
    if certificate_names not in (None, sandbox.status()["settings"]["certificate_names"]):
        different.append(f"{certificate_names} names per certificate")
    if different:
        message = f"the sandbox on {sandbox.state_dir} runs already, without {', '.join(different)}"
        raise CannotLook(message, "`mtasts sandbox down` first, or another --dir")


def _start(folder: Path, settings: Settings) -> Sandbox:
    check_installed()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = (folder / "daemon.log").open("ab")
    except OSError as error:
        raise CannotLook(f"{folder}: {error.strerror}", "choose another folder with --dir") from error
    reading, writing = os.pipe()
    # The daemon is of the code that starts it, wherever that was found.
    roots = dict.fromkeys(str(Path(file).resolve().parents[1]) for file in (__file__, mtasts.__file__))
    path = os.pathsep.join([*roots, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = None
    try:
        # Interrupted: nobody knows of this daemon yet, so nobody would ever stop it.
        with log, held_back():
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [
                    sys.executable,
                    "-m",
                    "mtasts_sandbox.daemon",
                    str(folder),
                    json.dumps(asdict(settings)),
                    str(writing),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": path},
                pass_fds=[writing],
                start_new_session=True,
            )
        os.close(writing)
        answer = _first_word(process, reading)
    except BaseException:
        if process is not None:
            process.kill()
            process.wait()
        raise
    if "ports" in answer:
        return Sandbox(folder, process.pid, answer["ports"])
    process.kill()  # it has closed all that it had, and only ends now
    process.wait()
    if "error" in answer:
        found = _winner(folder)
        if found is not None:
            return found
        raise CannotLook(answer["error"], _way_out(answer))
    raise CannotLook(f"the sandbox did not start; the end of {folder / 'daemon.log'}: {_tail(folder)}", "")


def _winner(folder: Path) -> Sandbox | None:
    """Where two started at once, the other one, as soon as it answers; None when there is none."""
    deadline = time.monotonic() + _START_SECONDS
    while holder(folder) is not None and time.monotonic() < deadline:
        found = find(folder)
        if found is not None:
            return found
        time.sleep(_POLL)
    return None


def check_installed() -> None:
    """Raises CannotLook when the packages of the sandbox are not there."""
    need(_NEEDED, "the sandbox")


def _first_word(process: "subprocess.Popen[bytes]", reading: int) -> dict[str, Any]:
    """What the daemon says when it is ready, or why it is not; nothing when it died."""
    os.set_blocking(reading, False)
    deadline, text = time.monotonic() + _START_SECONDS, b""
    with os.fdopen(reading, "rb") as pipe:
        while time.monotonic() < deadline:
            part = pipe.read()
            if part:
                text += part
            elif part == b"":
                break
            time.sleep(_POLL)
        else:
            process.kill()
    with contextlib.suppress(ValueError):
        answer = json.loads(text)
        return answer if isinstance(answer, dict) else {}
    return {}


def _way_out(answer: Mapping[str, Any]) -> str:
    hint = str(answer.get("hint", ""))
    if "another port" in hint:
        hint += " (--dns-port, --https-port, --smtp-port, --aws-port, --cloudflare-port, --api-port; --port 0 for any)"
    return hint


def _tail(folder: Path) -> str:
    lines = (folder / "daemon.log").read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "(empty)"


def _wait_gone(folder: Path, pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holder(folder) is None and _ended(pid):
            return True
        time.sleep(_POLL)
    return holder(folder) is None


def _ended(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):  # ours, when we started it: nobody else clears it away
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = process_status(pid)
    return status is not None and status.ended
