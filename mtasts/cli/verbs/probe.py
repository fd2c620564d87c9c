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
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.options import look as looking
from mtasts.cli.options import sightings as sightings_source
from mtasts.cli.progress import progress
from mtasts.cli.screen import say, talk
from mtasts.errors import CannotLook
from mtasts.render.escape import terminal
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from mtasts.app.probe import Probed, Probing

# Late imports here: what opens connections reads certificates, which costs 0.2 s that `--help` can do without.


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
    from mtasts.app.probe import ProbeRequest, Probing, private_key

    if args.make_key is not None:
        return _make_key(args.make_key)
    domains = looking.domains_of(args)
    if not domains:
        raise CannotLook("no domain to probe", "name one, or give --from FILE")
    if args.out is None:
        raise CannotLook("no file to write what is seen to", "give --out FILE; - is stdout")
    network, limits = looking.network_of(args), looking.limits_of(args)
    _refuse_unwritable(args.out)
    key = private_key(args.key) if args.key is not None else None
    probing = Probing(ProbeRequest(domains, network, limits, key), sightings_source.sightings_of(args).note)
    passed = asyncio.run(_tell_each(probing, len(domains)))
    _write(args.out, probing.evidence())
    if key is None:
        talk("not signed: verbs that judge take the file with --unsigned-probes only")
    return 0 if passed else 1


async def _tell_each(probing: "Probing", total: int) -> bool:
    passed = True
    with progress(total, "probe") as bar:
        async for probed in probing.domains():
            _tell(probed)
            passed = passed and probed.passed
            bar.step()
    return passed


def _tell(probed: "Probed") -> None:
    """One line a probe and one for what DANE makes of it, on stderr: stdout may be the file."""
    name = with_u_labels(probed.domain)
    if probed.trouble or not probed.probes:
        talk(f"{terminal(name)}: {terminal(probed.trouble or 'no address of an MX host')}")
    for probe in probed.probes:
        said = "; ".join(problem.text for problem in probe.problems) or f"ok, {probe.tls_version}"
        talk(terminal(f"{name}: {with_u_labels(probe.host)} [{probe.address}]: {said}"))
    for line in probed.not_known:
        talk(terminal(f"{name}: {line}"))
    for judged in probed.dane:
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
