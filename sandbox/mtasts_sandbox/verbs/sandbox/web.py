"""Web servers of others that serve a policy: web add NAME --policy FILE --host HOST; web remove NAME; web list."""

import argparse
from pathlib import Path

from mtasts.cli.screen import document
from mtasts.errors import CannotLook
from mtasts_sandbox.verbs.sandbox.common import add_dir_argument, not_understood, policy_of, running_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox web`."""
    add_dir_argument(parser)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="the policy that it serves, byte for byte")
    parser.add_argument(
        "--host", action="append", default=[], help="a host that it serves it for; for others it answers 404"
    )
    parser.add_argument("--status", type=int, default=200, help="answer with this status instead of the policy")
    parser.add_argument("--address", default="", help="a loopback address, 127.0.0.2 on")


def run(args: argparse.Namespace) -> int:
    """Start one or change it, stop one, or list them."""
    sandbox = running_of(args)
    match args.words:
        case [] | ["list"]:
            for server in sandbox.status()["web"]:
                document(" ".join([server["name"], server["address"], str(server["status"]), *server["hosts"]]))
        case ["add", name]:
            document(sandbox.add_web(name, _policy(args), hosts=args.host, status=args.status, address=args.address))
        case ["remove", name]:
            if not sandbox.remove_web(name):
                raise CannotLook(f"no web server {name} in the sandbox", "`mtasts sandbox web list` shows them")
        case words:
            raise not_understood("web", words, "web add NAME --policy FILE --host HOST, web remove NAME, or web list")
    return 0


def _policy(args: argparse.Namespace) -> bytes:
    return b"" if args.policy is None and args.status != 200 else policy_of(args.policy)
