"""Probe evidence for the verbs that judge: its options, and the file read and held against the keys."""

import argparse
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mtasts.cli.options import look as looking
from mtasts.cli.screen import talk
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.live.observe import Evidence

_KEYS_VARIABLE = "MTASTS_PROBE_KEYS"


def add_evidence_arguments(parser: "argparse._ActionsContainer") -> None:
    """--probe-evidence, --probe-key and --unsigned-probes."""
    parser.add_argument(
        "--probe-evidence",
        metavar="FILE|s3://...",
        help="MX probes made elsewhere by `mtasts probe`: a file, or an object in S3",
    )
    parser.add_argument(
        "--probe-key",
        metavar="ed25519:...",
        action="append",
        default=[],
        help="public key of who may probe; repeatable (default: $MTASTS_PROBE_KEYS, several with spaces between)",
    )
    parser.add_argument(
        "--unsigned-probes",
        action="store_true",
        help="without any public key: take probe evidence from whoever wrote it",
    )


def read_evidence(args: argparse.Namespace) -> "Evidence | None":
    """The probes that --probe-evidence names, None without it. Raises CannotLook.

    A file that does not count is no error: each domain's MX hosts are unknown, for the reason in the finding.
    """
    from mtasts.live.observe import Evidence
    from mtasts.render.escape import terminal
    from mtasts.verify.probe_evidence import ProbeEvidence, refusal
    from mtasts.verify.probe_file import BadProbeFile, read_probe_file

    if not args.probe_evidence:
        return None
    location, keys = args.probe_evidence, _keys(args)
    try:
        file = read_probe_file(looking.read_file(location))
    except BadProbeFile as error:
        raise CannotLook(f"{location}: {error}", "make one with `mtasts probe DOMAIN... --out FILE`") from None
    refused = refusal(file, keys, datetime.now(UTC), unsigned=args.unsigned_probes)
    name = location.rsplit("/", 1)[-1]
    if refused is not None:
        talk(terminal(f"{name}: does not count: {refused.text}"))
        return Evidence(None, f"{name} (does not count)", False, ProbeEvidence(file, refused).of_domain)
    source = name if keys else f"{name} (signature not checked)"
    return Evidence(file.made_at, source, file.smtp_open, ProbeEvidence(file, None).of_domain)


def _keys(args: argparse.Namespace) -> frozenset[str]:
    from mtasts.verify.probe_signature import BadKey, read_public_keys

    named = " ".join(args.probe_key)
    where, text = ("--probe-key", named) if named else (_KEYS_VARIABLE, os.environ.get(_KEYS_VARIABLE, ""))
    try:
        keys = read_public_keys(text)
    except BadKey as error:
        hint = "`mtasts probe --make-key FILE` prints the public key of the pair that it makes"
        raise CannotLook(f"{where}: {error}", hint) from None
    if keys and args.unsigned_probes:
        raise CannotLook(
            f"--unsigned-probes: {where} has a public key, so signatures are checked", "leave one of them out"
        )
    return keys
