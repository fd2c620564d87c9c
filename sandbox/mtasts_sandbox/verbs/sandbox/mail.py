"""Mail servers with STARTTLS: mail add HOST; mail remove HOST; mail list."""

import argparse

from mtasts.cli.screen import document
from mtasts.errors import CannotLook
from mtasts_sandbox.verbs.sandbox.common import add_dir_argument, not_understood, running_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox mail`."""
    add_dir_argument(parser)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--count", type=int, default=1, help="addresses of a new mail server")
    parser.add_argument("--address", action="append", default=[], help="a loopback address, ::1 among them")


def run(args: argparse.Namespace) -> int:
    """Start one, stop one, or list them."""
    sandbox = running_of(args)
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
            raise not_understood("mail", words, "mail add HOST, mail remove HOST, or mail list")
    return 0
