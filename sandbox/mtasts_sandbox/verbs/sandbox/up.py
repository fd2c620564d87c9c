"""Start the sandbox, or find it running."""

import argparse
import asyncio
import os
from pathlib import Path
from typing import Any

from mtasts.cli.screen import say, talk
from mtasts.errors import CannotLook
from mtasts_sandbox import client
from mtasts_sandbox.folder import PORTS as DEFAULTS
from mtasts_sandbox.folder import state_folder
from mtasts_sandbox.verbs.sandbox.common import PORTS, add_dir_argument, make_stacks_of, show_status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox up`."""
    add_dir_argument(parser)
    for name, what in PORTS.items():
        parser.add_argument(
            f"--{name}-port", type=int, metavar="N", help=f"{what} (default {DEFAULTS[name]}; 0: any free)"
        )
    parser.add_argument("--port", choices=["0"], help="0: any free port for all that are not named")
    parser.add_argument("--policies", type=Path, help="make the zones these policies name ($MTASTS_POLICIES, policies)")
    parser.add_argument("--certificate-names", type=int, metavar="N", help="ACM's quota of names (default 10)")
    parser.add_argument("--foreground", action="store_true", help="stay, and stop with control-C")


def run(args: argparse.Namespace) -> int:
    """Start it, show it, and make the stacks of the project here."""

    ports = {name: getattr(args, f"{name}_port") for name in PORTS if getattr(args, f"{name}_port") is not None}
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
    show_status(sandbox.status())
    make_stacks_of(sandbox, policies)
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

    client.check_installed()
    from mtasts_sandbox.daemon import Daemon
    from mtasts_sandbox.zones import zones_of

    folder = state_folder(args.dir, os.environ)
    settings = client.wanted_settings(folder, ports, args.port is not None, args.certificate_names)
    zones = zones_of(policies) if policies is not None else []

    def ready(taken: Any) -> None:
        say(f"sandbox up on {folder} (process {os.getpid()}); control-C stops it")
        for name, what in PORTS.items():
            say(f"  {what:<28} 127.0.0.1:{taken[name]}")

    asyncio.run(Daemon(folder, settings, zones).run(ready))
    return 0
