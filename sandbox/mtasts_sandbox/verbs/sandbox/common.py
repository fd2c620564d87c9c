"""Code that the verbs of the sandbox share: --dir, the sandbox that runs there, and how its contents are shown."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mtasts.cli.screen import say
from mtasts.errors import CannotLook
from mtasts.live.project import find_project
from mtasts_sandbox.client import Sandbox, running

PORTS = {
    "dns": "DNS, UDP and TCP",
    "https": "HTTPS edge",
    "smtp": "mail servers",
    "aws": "aws provider (gRPC)",
    "cloudflare": "cloudflare provider (gRPC)",
    "api": "AWS API (HTTP, for boto3)",
}


def add_dir_argument(parser: argparse.ArgumentParser) -> None:
    """--dir."""
    parser.add_argument(
        "--dir", type=Path, help="state folder ($MTASTS_SANDBOX_DIR, else ~/.local/state/mtasts/sandbox)"
    )


def running_of(args: argparse.Namespace) -> Sandbox:
    """The one that runs on --dir. Raises CannotLook."""
    return running(args.dir)


def not_understood(verb: str, words: Sequence[str], right: str) -> CannotLook:
    """Words that the verb does not have, and those that it has."""
    return CannotLook(f"sandbox {verb}: not understood: {' '.join(words)}", right)


def policy_of(path: Path | None) -> bytes:
    """The file of --policy. Raises CannotLook."""
    if path is None:
        raise CannotLook("no --policy", "--policy FILE names the file that is to be served")
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotLook(f"{path}: {error.strerror}", "--policy names the file that is to be served") from error


def make_stacks_of(sandbox: Sandbox, policies: Path | None = None) -> None:
    """The stacks of the project that we stand in, so that plain `pulumi up` finds them, too; none outside a project."""
    from mtasts_pulumi.engine.new_stacks import make_stacks  # it loads the SDK

    try:
        project = find_project(Path.cwd())
    except CannotLook:
        return
    named = {"MTASTS_POLICIES": str(policies)} if policies else os.environ
    make_stacks(project.name, project.stack_names(named), sandbox.environment())


def show_status(status: dict[str, Any]) -> None:
    """Ports, zones, mail servers, and what else it holds."""
    for name, what in PORTS.items():
        say(f"  {what:<28} 127.0.0.1:{status['ports'][name]}")
    for zone in status["zones"]:
        account = f", account {zone['account']}" if zone["account"] else ""
        say(f"  zone {zone['name']} ({zone['provider']} {zone['zone_id']}{account})")
    for server in status["mail"]:
        say(f"  mail server {server['host']} ({', '.join(server['addresses'])})")
    for server in status["web"]:
        say(f"  web server {server['name']} ({server['address']}) for {', '.join(server['hosts']) or 'no host'}")
    for worker in status["workers"]:
        say(
            f"  Cloudflare Worker {worker['name']} ({', '.join([*worker['routes'], *worker['domains']]) or 'no route'})"
        )
    held = [f"{what} {count}" for what, count in status["holds"].items() if count]
    say(f"  holds {', '.join(held) or 'nothing yet'}")
    for fault in status["faults"]:
        say(f"  fault {fault_text(fault, status)}")


def fault_text(fault: dict[str, Any], status: dict[str, Any]) -> str:
    """Its name, its value if it has one, and where it is on."""
    kinds = {kind["name"]: kind for kind in status["kinds"]}
    value = f" {fault['value']:g}" if kinds[fault["name"]]["value"] else ""
    return f"{fault['name']}{value}" + (f" on {fault['where']}" if fault["where"] != "*" else "")
