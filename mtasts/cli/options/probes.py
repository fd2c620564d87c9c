"""Probe evidence for the verbs that judge: --probe-evidence, --probe-key and --unsigned-probes."""

import argparse
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mtasts.cli.screen import talk
from mtasts.render.escape import terminal

if TYPE_CHECKING:
    from mtasts.live.observe import Evidence


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


def evidence_of(args: argparse.Namespace) -> "Evidence | None":
    """The probes that --probe-evidence names, None without it; a file that does not count is noted on stderr.

    Raises CannotLook.
    """
    from mtasts.app.evidence import (  # reads certificates: 0.2 s that --help can do without
        EvidenceRequest,
        read_evidence,
    )

    if not args.probe_evidence:
        return None
    request = EvidenceRequest(args.probe_evidence, tuple(args.probe_key), args.unsigned_probes)
    read = read_evidence(request, os.environ, datetime.now(UTC))
    for note in read.notes:
        talk(terminal(note))
    return read.evidence
