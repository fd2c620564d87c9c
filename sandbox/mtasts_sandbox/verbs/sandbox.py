"""The embedded cloud on loopback: no account, no root, the same program.

  mtasts sandbox up          start it (again with what it held), with a zone for each dns.zone of the policies
  eval "$(mtasts sandbox env)"    then plain `pulumi up`, boto3 and our own verbs use it
  eval "$(mtasts sandbox env --unset)"    the shell uses it no more; keys of its own that it replaced stay lost
  mtasts sandbox fault stale-edge 5    make it misbehave; `fault list` shows how it can, `fault clear` ends it
  mtasts sandbox events --since 12     what became visible to clients, and when
  mtasts sandbox down        stop it and leave nothing running

Exit codes: 0 as asked; 1 `status`: it does not run; 2 it could not be done.
"""

import argparse
import json
import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts_sandbox.client import Sandbox

_MARK = "PULUMI_DEBUG_PROVIDERS"  # what only a shell that uses the sandbox has
_PORTS = {
    "dns": "DNS, UDP and TCP",
    "https": "HTTPS edge",
    "smtp": "mail servers",
    "aws": "aws provider (gRPC)",
    "cloudflare": "cloudflare provider (gRPC)",
    "api": "AWS API (HTTP, for boto3)",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the sandbox."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--dir", type=Path, help="state folder ($MTASTS_SANDBOX_DIR, else ~/.local/state/mtasts/sandbox)"
    )
    verbs = parser.add_subparsers(dest="sandbox_verb", required=True, metavar="VERB")

    def verb(name: str, what: str, act: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=what, description=what, parents=[common])
        added.set_defaults(act=act)
        return added

    _up_arguments(verb("up", "start the sandbox, or find it running", _up))
    verb("down", "stop it", _down)
    _json(verb("status", "what runs where, and what it holds", _status))
    environment = _json(verb("env", "the environment that makes engine and clients use it, for eval", _env))
    environment.add_argument(
        "--unset", action="store_true", help="what ends it in a shell again, also when the sandbox is gone"
    )
    verb("reset", "forget what it holds, and the engine's state of it", _reset)
    _json(_since(verb("events", "what became visible to clients, and when", _events)))
    zone = verb("zone", "DNS zones: zone add NAME PROVIDER ZONEID; zone delegate NAME ZONEID; zone list", _zone)
    zone.add_argument("words", nargs="*", metavar="WORD")
    record = verb("record", "put records into a zone by hand; no VALUE deletes them", _record)
    record.add_argument("name")
    record.add_argument("type")
    record.add_argument("values", nargs="*", metavar="VALUE", help="presentation form, TXT without quotes")
    record.add_argument("--ttl", type=int, default=300)
    mail = verb("mail", "mail servers with STARTTLS: mail add HOST; mail remove HOST; mail list", _mail)
    mail.add_argument("words", nargs="*", metavar="WORD")
    mail.add_argument("--count", type=int, default=1, help="addresses of a new mail server")
    mail.add_argument("--address", action="append", default=[], help="a loopback address, ::1 among them")
    fault = verb("fault", "fault NAME [VALUE]; fault list; fault clear [NAME]", _fault)
    fault.add_argument("words", nargs="*", metavar="WORD")
    fault.add_argument("--on", default="*", metavar="WHERE", help="a host (edge, mail), or a pattern of operations")


def run(args: argparse.Namespace) -> int:
    """Do one verb."""
    result: int = args.act(args)
    return result


def _up_arguments(parser: argparse.ArgumentParser) -> None:
    from mtasts_sandbox.folder import PORTS

    for name, what in _PORTS.items():
        parser.add_argument(
            f"--{name}-port", type=int, metavar="N", help=f"{what} (default {PORTS[name]}; 0: any free)"
        )
    parser.add_argument("--port", choices=["0"], help="0: any free port for all that are not named")
    parser.add_argument("--policies", type=Path, help="make the zones these policies name ($MTASTS_POLICIES, policies)")
    parser.add_argument("--certificate-names", type=int, metavar="N", help="ACM's quota of names (default 10)")
    parser.add_argument("--foreground", action="store_true", help="stay, and stop with control-C")


def _json(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--json", action="store_true")
    return parser


def _since(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--since", type=int, default=0, metavar="SEQ", help="only what came after this number")
    return parser


def _up(args: argparse.Namespace) -> int:
    from mtasts_sandbox import client

    ports = {name: getattr(args, f"{name}_port") for name in _PORTS if getattr(args, f"{name}_port") is not None}
    policies = _policies(args)
    if args.foreground:
        return _stay(args, ports, policies)
    sandbox, started = client.up(
        args.dir,
        ports=ports,
        ephemeral=args.port is not None,
        certificate_names=args.certificate_names,
        policies=policies,
    )
    say(f"sandbox {'up' if started else 'runs already'} on {sandbox.state_dir} (process {sandbox.pid})")
    _show(sandbox.status())
    _make_stacks(sandbox, policies)
    talk('next: mtasts up --sandbox, or eval "$(mtasts sandbox env)"')
    return 0


def _policies(args: argparse.Namespace) -> Path | None:
    if args.policies is not None:
        if not args.policies.is_dir():
            raise CannotLook(f"--policies {args.policies}: no such folder", "it holds a folder of YAML files per stack")
        return Path(args.policies)
    implied = Path(os.environ.get("MTASTS_POLICIES") or "policies")
    return implied if implied.is_dir() else None


def _stay(args: argparse.Namespace, ports: dict[str, int], policies: Path | None) -> int:
    import asyncio

    from mtasts_sandbox import client
    from mtasts_sandbox.folder import state_folder

    client.check_installed()
    from mtasts_sandbox.daemon import Daemon
    from mtasts_sandbox.zones import zones_of

    folder = state_folder(args.dir, os.environ)
    settings = client.wanted_settings(folder, ports, args.port is not None, args.certificate_names)
    zones = zones_of(policies) if policies is not None else []

    def ready(taken: Any) -> None:
        say(f"sandbox up on {folder} (process {os.getpid()}); control-C stops it")
        for name, what in _PORTS.items():
            say(f"  {what:<28} 127.0.0.1:{taken[name]}")

    asyncio.run(Daemon(folder, settings, zones).run(ready))
    return 0


def _down(args: argparse.Namespace) -> int:
    from mtasts_sandbox import client
    from mtasts_sandbox.folder import state_folder

    folder = state_folder(args.dir, os.environ)
    say(f"sandbox on {folder} {'stopped' if client.down(folder) else 'was not running'}")
    return 0


def _status(args: argparse.Namespace) -> int:
    from mtasts_sandbox.client import find
    from mtasts_sandbox.folder import state_folder

    folder = state_folder(args.dir, os.environ)
    sandbox = find(folder)
    status = sandbox.status() if sandbox else {}
    if args.json:
        from mtasts.render.runner import dumps

        document(dumps({"running": sandbox is not None, "state_dir": str(folder), **status}, indent=2))
    elif sandbox:
        say(f"sandbox runs on {folder} (process {sandbox.pid}) since {status['started']}")
        _show(status)
    else:
        say(f"no sandbox runs on {folder}; `mtasts sandbox up` starts it")
    return 0 if sandbox else 1


def _show(status: dict[str, Any]) -> None:
    for name, what in _PORTS.items():
        say(f"  {what:<28} 127.0.0.1:{status['ports'][name]}")
    for zone in status["zones"]:
        say(f"  zone {zone['name']} ({zone['provider']} {zone['zone_id']})")
    for server in status["mail"]:
        say(f"  mail server {server['host']} ({', '.join(server['addresses'])})")
    held = [f"{what} {count}" for what, count in status["holds"].items() if count]
    say(f"  holds {', '.join(held) or 'nothing yet'}")
    for fault in status["faults"]:
        say(f"  fault {_fault_text(fault, status)}")


def _env(args: argparse.Namespace) -> int:
    if args.unset:
        return _unset(args)
    sandbox = _running(args)
    environment = sandbox.environment()
    _make_stacks(sandbox)
    if args.json:
        document(json.dumps(environment, indent=2))
    else:
        for name, value in environment.items():
            document(f"export {name}={shlex.quote(value)}")
    return 0


def _make_stacks(sandbox: "Sandbox", policies: Path | None = None) -> None:
    """The stacks of the project that we stand in, so that plain `pulumi up` finds them, too; none outside a project."""
    from mtasts.live.project import find_project
    from mtasts_pulumi.engine.new_stacks import make_stacks

    try:
        project = find_project(Path.cwd())
    except CannotLook:
        return
    named = {"MTASTS_POLICIES": str(policies)} if policies else os.environ
    make_stacks(project.name, project.stack_names(named), sandbox.environment())


def _unset(args: argparse.Namespace) -> int:
    """Print what takes the sandbox out of a shell that `eval "$(mtasts sandbox env)"` put it into, and only of that."""
    from mtasts_sandbox.client import environment_names

    names = [name for name in environment_names() if name in os.environ] if _MARK in os.environ else []
    if args.json:
        document(json.dumps(names, indent=2))
    else:
        document("".join(f"unset {name}\n" for name in names), end="")
    if not names:
        talk("this shell does not use a sandbox; nothing to unset")
    return 0


def _reset(args: argparse.Namespace) -> int:
    from mtasts_sandbox import client
    from mtasts_sandbox.folder import state_folder

    folder = state_folder(args.dir, os.environ)
    alive = client.reset(folder)
    if alive:
        _make_stacks(_running(args))
    say(f"sandbox on {folder} reset{'; it runs on, with its zones' if alive else ''}")
    return 0


def _events(args: argparse.Namespace) -> int:
    from mtasts.cli.screen import width
    from mtasts.render.fold import UNLIMITED
    from mtasts_sandbox.events import FILE_NAME, read_file
    from mtasts_sandbox.folder import state_folder

    path = state_folder(args.dir, os.environ) / FILE_NAME
    if not path.exists():
        raise CannotLook(f"no event log at {path}", "`mtasts sandbox up` starts a sandbox")
    for event in read_file(path, args.since):
        if args.json:
            document(event.line(), end="")
        else:
            value = event.value if isinstance(event.value, str) else json.dumps(event.value, ensure_ascii=True)
            shown = value if len(value) <= 120 or width() == UNLIMITED else value[:119] + "…"
            say(f"{event.seq:>5}  {event.at}  {event.kind:<12} {event.name:<40} {shown!r}")
    return 0


def _zone(args: argparse.Namespace) -> int:
    sandbox = _running(args)
    match args.words:
        case [] | ["list"]:
            for zone in sandbox.status()["zones"]:
                document(f"{zone['name']} {zone['provider']} {zone['zone_id']}")
        case ["add", name, provider, zone_id]:
            sandbox.add_zone(name, provider, zone_id)
        case ["delegate", name, zone_id]:
            sandbox.delegate(name, zone_id)
        case words:
            usage = "zone add NAME route53|cloudflare ZONEID, zone delegate NAME ZONEID, or zone list"
            raise _usage("zone", words, usage)
    return 0


def _record(args: argparse.Namespace) -> int:
    _running(args).set_records(args.name, args.type, args.values, args.ttl)
    return 0


def _mail(args: argparse.Namespace) -> int:
    sandbox = _running(args)
    match args.words:
        case [] | ["list"]:
            for server in sandbox.status()["mail"]:
                document(" ".join([server["host"], *server["addresses"]]))
        case ["add", host]:
            document(" ".join(sandbox.add_mail(host, count=args.count, addresses=args.address)))
        case ["remove", host]:
            if not sandbox.remove_mail(host):
                raise CannotLook(f"no mail server {host} in the sandbox", "`mtasts sandbox mail list` shows them")
        case words:
            raise _usage("mail", words, "mail add HOST, mail remove HOST, or mail list")
    return 0


def _fault(args: argparse.Namespace) -> int:
    sandbox = _running(args)
    match args.words:
        case [] | ["list"]:
            _list_faults(sandbox)
        case ["clear"]:
            _cleared(sandbox.clear(where=None if args.on == "*" else args.on))
        case ["clear", name]:
            _cleared(sandbox.clear(name, None if args.on == "*" else args.on))
        case ["set", name] | [name]:
            sandbox.fault(name, None, args.on)
        case ["set", name, value] | [name, value]:
            sandbox.fault(name, _number(value), args.on)
        case words:
            raise _usage("fault", words, "fault NAME [VALUE] [--on WHERE], fault list, or fault clear [NAME]")
    return 0


def _cleared(faults: int) -> None:
    from mtasts.words.counted import number

    say(f"{number(faults, 'fault')} cleared")


def _list_faults(sandbox: "Sandbox") -> None:
    from mtasts.cli.screen import show
    from mtasts.render.table import Rows

    status = sandbox.status()
    kinds = Rows(gap=2)
    for kind in sorted(status["kinds"], key=lambda each: str(each["name"])):
        kinds.add_row(kind["name"], kind["value"], kind["what"])
    show(kinds)
    for fault in status["faults"]:
        say(f"on: {_fault_text(fault, status)}")


def _fault_text(fault: dict[str, Any], status: dict[str, Any]) -> str:
    kinds = {kind["name"]: kind for kind in status["kinds"]}
    value = f" {fault['value']:g}" if kinds[fault["name"]]["value"] else ""
    return f"{fault['name']}{value}" + (f" on {fault['where']}" if fault["where"] != "*" else "")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise CannotLook(f"{text!r} is not a number", "`mtasts sandbox fault list` shows what each takes") from None


def _usage(verb: str, words: Sequence[str], right: str) -> CannotLook:
    return CannotLook(f"sandbox {verb}: not understood: {' '.join(words)}", right)


def _running(args: argparse.Namespace) -> "Sandbox":
    from mtasts_sandbox.client import running

    return running(args.dir)
