"""Options of the verbs that look at mail domains: which ones, through which network, for how long."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from mtasts.app.sandbox import with_sandbox
from mtasts.live.limits import Limits
from mtasts.live.network import BOTH_FAMILIES, IPV4, IPV6, ConnectTo, Network

# Late imports here: what opens connections reads certificates, which costs 0.2 s that `--help` can do without.


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """How to reach the outside; the sandbox sets these by itself with --sandbox."""
    group = parser.add_argument_group("network")
    group.add_argument("--resolver", metavar="ADDR:PORT", help="DNS resolver to ask instead of the system's")
    group.add_argument("--ca-file", metavar="FILE", type=Path, help="CA certificates to trust instead of the system's")
    group.add_argument(
        "--connect-to",
        metavar="HOST:PORT:ADDR:PORT",
        action="append",
        default=[],
        help="connect to ADDR:PORT for HOST:PORT, as curl does; empty HOST or PORT is any; repeatable",
    )
    families = group.add_mutually_exclusive_group()
    families.add_argument("--ipv4", action="store_true", help="look at IPv4 addresses only")
    families.add_argument("--ipv6", action="store_true", help="look at IPv6 addresses only")
    group.add_argument(
        "--public-only",
        action="store_true",
        help="leave private, loopback and other addresses that are not public alone: they count as unknown",
    )
    group.add_argument("--timeout", metavar="SECONDS", type=_seconds, default=10.0, help="for each step (default 10)")
    group.add_argument("--sandbox", action="store_true", help="look at the running sandbox (see `mtasts sandbox up`)")


def add_domain_arguments(parser: argparse.ArgumentParser) -> None:
    """Which domains to look at."""
    parser.add_argument("domains", nargs="*", metavar="DOMAIN", help="mail domain to look at")
    parser.add_argument(
        "--from", dest="file", metavar="FILE", type=Path, help="file with one domain a line; - is stdin"
    )


def network_of(args: argparse.Namespace) -> Network:
    """The network that the options, the environment and a running sandbox ask for. Raises CannotLook."""
    from mtasts.app.look import network_over

    given = Network(
        resolver=args.resolver,
        ca_file=args.ca_file,
        connect_to=tuple(ConnectTo.parse(text) for text in args.connect_to),
        families=frozenset({IPV4}) if args.ipv4 else frozenset({IPV6}) if args.ipv6 else BOTH_FAMILIES,
        public_only=args.public_only,
    )
    return network_over(environment_of(args), given)


def environment_of(args: argparse.Namespace) -> dict[str, str]:
    """The process's environment, and over it that of the running sandbox where --sandbox asks for it."""
    return with_sandbox(os.environ) if args.sandbox else dict(os.environ)


def limits_of(args: argparse.Namespace) -> Limits:
    """One step's time from --timeout; a domain as a whole gets six of them."""
    return Limits.of_step(args.timeout)


def domains_of(args: argparse.Namespace) -> list[str]:
    """The named domains as A-labels, each once, in the order given. Raises CannotLook with the place of a bad one."""
    from mtasts.app.look import mail_domains

    return mail_domains(args.domains, _lines(args.file) if args.file is not None else ())


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    from mtasts.app.look import lines_of
    from mtasts.live.text_file import TEXT_BYTES_LIMIT, read_text

    return lines_of(sys.stdin.read(TEXT_BYTES_LIMIT) if str(path) == "-" else read_text(path), str(path))


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds between 0 and 600")
    return value


def policies_folder(given: Path | None) -> Path:
    """The policies folder: the option, else $MTASTS_POLICIES as for the program, else `policies` here."""
    return given or Path(os.environ.get("MTASTS_POLICIES") or "policies")
