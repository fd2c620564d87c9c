"""Options and talk that `verify`, `probe` and `init` share: the network to look through, the domains, the progress."""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mtasts.cli.screen import draws, talk
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.live.network import Network
    from mtasts.live.observe import Limits

_FILE_LIMIT = 64 * 1024 * 1024
_TALK_EVERY = 10.0  # seconds between lines of progress where nobody watches a terminal


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


def network_of(args: argparse.Namespace) -> "Network":
    """The network that the options, the environment and a running sandbox ask for. Raises CannotLook."""
    from mtasts.live import tls
    from mtasts.live.network import BOTH_FAMILIES, IPV4, IPV6, ConnectTo, Network, parse_endpoint

    base = Network.from_environment(environment_of(args))
    if args.resolver:
        parse_endpoint(args.resolver, "--resolver")
    families = frozenset({IPV4}) if args.ipv4 else frozenset({IPV6}) if args.ipv6 else BOTH_FAMILIES
    network = Network(
        resolver=args.resolver or base.resolver,
        ca_file=args.ca_file or base.ca_file,
        connect_to=(*(ConnectTo.parse(text) for text in args.connect_to), *base.connect_to),
        families=families,
        public_only=args.public_only or base.public_only,
    )
    tls.verifying(network.ca_file)  # a CA file that cannot be read is said now, not when the first host answers
    return network


def environment_of(args: argparse.Namespace) -> dict[str, str]:
    """The process's environment, and over it that of the running sandbox where --sandbox asks for it."""
    environ = dict(os.environ)
    if args.sandbox:
        from mtasts_sandbox.client import running

        environ |= running().environment()
    return environ


def limits_of(args: argparse.Namespace) -> "Limits":
    """One step's time from --timeout; a domain as a whole gets six of them."""
    from mtasts.live.observe import Limits

    return Limits(timeout=args.timeout, total=6 * args.timeout)


def domains_of(args: argparse.Namespace) -> list[str]:
    """The named domains as A-labels, each once, in the order given. Raises CannotLook with the place of a bad one."""
    from mtasts.protocol.names import BadName, to_a_labels

    domains: dict[str, None] = {}
    named = [(text, "") for text in args.domains]
    if args.file is not None:
        named += _lines(args.file)
    for text, place in named:
        try:
            domains[to_a_labels(text)] = None
        except BadName as error:
            raise CannotLook(f"{place}{text!r:.100} is not a mail domain: it {error}", "e.g. example.com") from None
    return list(domains)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    text = sys.stdin.read(_FILE_LIMIT) if str(path) == "-" else read_file(path)
    for number, line in enumerate(text.splitlines(), start=1):
        if word := line.split("#", 1)[0].strip():
            yield word, f"{path}:{number}: "


def read_file(path: Path | str) -> str:
    """A text file of at most 64 MiB; a str may also be `s3://BUCKET/KEY`. Raises CannotLook."""
    if isinstance(path, str) and path.startswith("s3://"):
        from mtasts.live.s3 import read_object

        data = read_object(path, _FILE_LIMIT + 1)
    else:
        try:
            with Path(path).open("rb") as file:
                data = file.read(_FILE_LIMIT + 1)
        except OSError as error:
            raise CannotLook(f"{path}: {error.strerror}", "check the path and its permissions") from None
    if len(data) > _FILE_LIMIT:
        raise CannotLook(f"{path}: larger than {_FILE_LIMIT // 2**20} MiB", "is this the right file?")
    # A byte order mark is what some editors write, and no part of the first line.
    return data.decode("utf-8-sig", "replace")


class Progress(Protocol):
    """Told of each finished domain."""

    def step(self) -> None:
        """One domain more."""
        ...


@contextlib.contextmanager
def progress(total: int, verb: str) -> Iterator[Progress]:
    """Progress on stderr: a bar with rate and time left on a terminal, a line now and then elsewhere."""
    if total < 2:
        yield _Silent()
    elif draws(sys.stderr):
        with _bar(total, verb) as bar:
            yield bar
    else:
        yield _Lines(total, verb)


class _Silent:
    def step(self) -> None:
        pass


class _Lines:
    def __init__(self, total: int, verb: str) -> None:
        self._total, self._verb = total, verb
        self._done, self._started = 0, time.monotonic()
        self._next = self._started + _TALK_EVERY

    def step(self) -> None:
        self._done += 1
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _TALK_EVERY
            rate = self._done / (now - self._started)
            left = (self._total - self._done) / rate
            talk(
                f"{self._verb}: {self._done} of {self._total} domains, {rate:.1f} a second, {left:.0f} s left",
            )


@contextlib.contextmanager
def _bar(total: int, verb: str) -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn

    from mtasts.cli.bar import Words, bar

    class _Shown:
        def step(self) -> None:
            shown.advance(task)
            elapsed = shown.tasks[0].elapsed or 0.0
            shown.update(task, rate=f"{shown.tasks[0].completed / elapsed:.1f}/s" if elapsed else "")

    columns = (
        Words("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Words("{task.fields[rate]}"),
        TimeRemainingColumn(),
        Words("left"),
    )
    with bar(*columns) as shown:
        task = shown.add_task(verb, total=total, rate="")
        yield _Shown()


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
