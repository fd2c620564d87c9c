"""Probe the MX hosts of mail domains only, and write what was seen to a dated evidence file.

Meant to run where port 25 is open: a small VM, or the mail host itself. `mtasts verify --probe-evidence FILE` takes it.
The mailboxes' domains of TLS-RPT records are probed too. Sends no mail. The file counts elsewhere if it is signed
(--key) and the public key is known there (MTASTS_PROBE_KEYS).

exit codes: 0 every address of every MX host is as enforcement needs it; 1 some are not; 2 could not run.
"""

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.app.sightings import KeptSightings
from mtasts.cli.options import look as looking
from mtasts.cli.options import sightings as sightings_source
from mtasts.cli.screen import say, talk
from mtasts.errors import CannotLook
from mtasts.live.limits import Limits
from mtasts.live.text_file import read_text
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from mtasts.live.network import Network
    from mtasts.verify.dane import Judged
    from mtasts.verify.model import MxHost, MxProbe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    looking.add_domain_arguments(parser)
    parser.add_argument("--out", metavar="FILE", type=Path, help="the evidence file to write; - is stdout")
    parser.add_argument("--key", metavar="FILE", type=Path, help="sign the evidence file with this private key")
    parser.add_argument(
        "--make-key", metavar="FILE", type=Path, help="only make a private key, and print the public key of it"
    )
    sightings_source.add_store_argument(parser)
    looking.add_network_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Probe, write, summarise. Raises CannotLook."""
    if args.make_key is not None:
        return _make_key(args.make_key)
    domains = looking.domains_of(args)
    if not domains:
        raise CannotLook("no domain to probe", "name one, or give --from FILE")
    if args.out is None:
        raise CannotLook("no file to write what is seen to", "give --out FILE; - is stdout")
    network, limits = looking.network_of(args), looking.limits_of(args)
    _refuse_unwritable(args.out)
    key = _key(args.key) if args.key is not None else None
    code, text = asyncio.run(_probe(domains, network, limits, key, sightings_source.sightings_of(args)))
    _write(args.out, text)
    if key is None:
        talk("not signed: verbs that judge take the file with --unsigned-probes only")
    return code


async def _probe(
    domains: list[str], network: "Network", limits: Limits, key: "Ed25519PrivateKey | None", watch: KeptSightings
) -> tuple[int, str]:
    from mtasts.live.observe import Observer
    from mtasts.verify.dane import judge_host
    from mtasts.verify.probe_file import render_probe_file
    from mtasts.verify.seen import mail_sighting

    made_at = datetime.now(UTC)
    observer = Observer(network, limits)
    seen: list[tuple[str, tuple[MxHost, ...]]] = []
    boxes: list[tuple[str, tuple[MxHost, ...]]] = []
    bad = 0
    with looking.progress(len(domains), "probe") as bar:
        async for mail in observer.stream_mail(domains):
            await asyncio.to_thread(watch.note, mail.domain, mail_sighting(made_at, mail.hosts))
            hosts = [*mail.hosts, *(host for _, found in mail.boxes for host in found)]
            # A reporting mailbox in the domain itself names the same hosts once more.
            probes = list(dict.fromkeys(probe for host in hosts for probe in host.probes))
            dane = [one for host in mail.hosts for one in judge_host(host, mail.domain, mail.mx, made_at)]
            untold = [f"{with_u_labels(host.name)}: {text}" for host in mail.hosts for text in host.untold]
            wrong = bool(mail.trouble) or not probes or any(p.problems for p in probes) or any(d.stops for d in dane)
            bad += wrong or bool(untold)
            seen.append((mail.domain, mail.hosts))
            boxes += mail.boxes
            _tell(mail.domain, mail.trouble, probes, dane, untold)
            bar.step()
    observer.close()
    # A mailbox's domain that was asked for itself is in the file as it was seen then.
    text = render_probe_file(made_at, observer.mail_hosts.any_connected, [*seen, *boxes], key)
    return (1 if bad else 0), text


def _tell(domain: str, trouble: str, probes: "list[MxProbe]", dane: "list[Judged]", untold: "list[str]") -> None:
    """One line a probe and one for what DANE makes of it, on stderr: stdout may be the file."""
    from mtasts.render.escape import terminal

    name = with_u_labels(domain)
    if trouble or not probes:
        talk(f"{terminal(name)}: {terminal(trouble or 'no address of an MX host')}")
    for probe in probes:
        said = "; ".join(problem.text for problem in probe.problems) or f"ok, {probe.tls_version}"
        talk(terminal(f"{name}: {with_u_labels(probe.host)} [{probe.address}]: {said}"))
    for line in untold:
        talk(terminal(f"{name}: {line}"))
    for judged in dane:
        if not judged.nothing_there:
            talk(terminal(f"{name}: {with_u_labels(judged.where)}: DANE: {judged.text}"))


def _make_key(path: Path) -> int:
    """A new private key for nobody but its owner; never over what is there."""
    from mtasts.verify.probe_signature import new_key

    pem, public = new_key()
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:  # noqa: PTH123 - of a handle
            file.write(pem)
    except OSError as error:
        raise CannotLook(
            f"{path}: the key cannot be written: {error.strerror}", "name a file that is not there"
        ) from None
    say(public)
    return 0


def _key(path: Path) -> "Ed25519PrivateKey":
    from mtasts.verify.probe_signature import BadKey, read_private_key

    try:
        return read_private_key(read_text(path))
    except BadKey as error:
        raise CannotLook(f"{path}: {error}", "make one with `mtasts probe --make-key FILE`") from None


def _refuse_unwritable(out: Path) -> None:
    """Said before the look, which may take an hour, not after it."""
    if str(out) == "-":
        return
    if out.is_dir():
        raise CannotLook(f"{out}: is a folder", "name the file to write")
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise CannotLook(f"{out}: its folder cannot be written to", "name a folder that is there and yours")


def _write(out: Path, text: str) -> None:
    if str(out) == "-":
        sys.stdout.write(text)
        return
    beside = out.with_name(f".{out.name}.new")
    try:
        # Replaced in one step: a reader never sees half a file, and a failed run leaves the last one.
        beside.write_text(text, encoding="utf-8")
        beside.replace(out)
    except OSError as error:
        raise CannotLook(f"{out}: cannot be written: {error.strerror}", "name a folder that you may write to") from None
