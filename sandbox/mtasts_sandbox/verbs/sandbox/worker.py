"""Cloudflare Workers: worker add NAME --policy FILE --route PATTERN; worker remove NAME; worker list."""

import argparse
from pathlib import Path

from mtasts.cli.screen import document
from mtasts.errors import CannotLook
from mtasts_sandbox.verbs.sandbox.common import add_dir_argument, not_understood, policy_of, running_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox worker`."""
    add_dir_argument(parser)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="the policy that it serves, byte for byte")
    parser.add_argument("--route", action="append", default=[], metavar="PATTERN", help="such as mta-sts.example.net/*")
    parser.add_argument(
        "--domain", action="append", default=[], metavar="HOST", help="a custom domain, which makes its own record"
    )


def run(args: argparse.Namespace) -> int:
    """Make one or change it, remove one, or list them."""
    sandbox = running_of(args)
    match args.words:
        case [] | ["list"]:
            for worker in sandbox.status()["workers"]:
                document(" ".join([worker["name"], *worker["routes"], *worker["domains"]]))
        case ["add", name]:
            sandbox.add_worker(name, policy_of(args.policy), routes=args.route, domains=args.domain)
        case ["remove", name]:
            if not sandbox.remove_worker(name):
                raise CannotLook(f"no Worker {name} in the sandbox", "`mtasts sandbox worker list` shows them")
        case words:
            usage = "worker add NAME --policy FILE --route PATTERN, worker remove NAME, or worker list"
            raise not_understood("worker", words, usage)
    return 0
