"""Judge a record or a policy from anywhere, as the grammar of the RFCs does, and warn of what should not be published.

  mtasts lint txt -- TEXT          the `_mta-sts` TXT record (RFC 8461 s3.1), its strings joined, without quotes
  mtasts lint policy FILE...       policy files (RFC 8461 s3.2), byte for byte as served; - reads standard input
  mtasts lint tlsrpt -- TEXT       the `_smtp._tls` TXT record (RFC 8460 s3)
  mtasts lint mx HOST PATTERN...   is the MX host covered by one of the patterns (RFC 8461 s4.1)

Exit code 0: valid (or covered), warnings or not; 1: invalid (or not covered); 2: could not look.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from mtasts.cli.screen import document, say
from mtasts.errors import CannotLook
from mtasts.protocol.mta_sts import POLICY_BYTES_LIMIT, Policy, TxtRecord, read_policy, read_txt
from mtasts.protocol.names import covers
from mtasts.protocol.problem import Reading
from mtasts.protocol.tls_rpt import TlsRptRecord, read_tls_rpt
from mtasts.render.verify.judgement import cover_json, cover_text, reading_json, reading_text

_JSON_HELP = "print one JSON object"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `mtasts lint` takes."""
    # SUPPRESS below: the inner parser's default must not undo a --json that came before the subject.
    parser.add_argument("--json", action="store_true", help=_JSON_HELP)
    subjects = parser.add_subparsers(dest="subject", required=True, metavar="txt|policy|tlsrpt|mx")
    for name, words in (("txt", "the `_mta-sts` TXT record"), ("tlsrpt", "the `_smtp._tls` TXT record")):
        record = _subject(subjects, name, f"judge {words}")
        record.add_argument("text", metavar="TEXT", help="the record's text; put -- before it if it begins with a dash")
    policy = _subject(subjects, "policy", "judge policy files")
    policy.add_argument("files", metavar="FILE", nargs="+", help="a file, or - for standard input; one with --json")
    cover = _subject(subjects, "mx", "is an MX host covered by a pattern")
    cover.add_argument("host", metavar="HOST")
    cover.add_argument("patterns", metavar="PATTERN", nargs="+")


def run(args: argparse.Namespace) -> int:
    """Judge the subject and print what was found."""
    if args.subject == "mx":
        covering = [pattern for pattern in args.patterns if covers(pattern, args.host)]
        _tell(cover_json(args.host, args.patterns, covering) if args.json else cover_text(args.host, covering), args)
        return 0 if covering else 1
    if args.subject == "policy":
        if args.json and len(args.files) > 1:
            raise CannotLook("--json judges one file", "run it once for each")
        # All are read first: a run that could not look has judged none.
        read_files = [(file, read_policy(_content(file))) for file in args.files]
        named = len(read_files) > 1
        return max(_judged(file if named else "policy", reading, args) for file, reading in read_files)
    read: Callable[[str], Reading[TxtRecord] | Reading[TlsRptRecord]]
    read = read_txt if args.subject == "txt" else read_tls_rpt
    return _judged("record", read(args.text), args)


def _subject(
    subjects: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, words: str
) -> argparse.ArgumentParser:
    parser = subjects.add_parser(name, help=words, description=words)
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_JSON_HELP)
    return parser


def _judged(
    what: str, reading: Reading[TxtRecord] | Reading[Policy] | Reading[TlsRptRecord], args: argparse.Namespace
) -> int:
    _tell(reading_json(reading) if args.json else reading_text(what, reading), args)
    return 0 if reading.valid else 1


def _tell(text: str, args: argparse.Namespace) -> None:
    if args.json:
        document(text, end="")
    else:
        say(text.removesuffix("\n"))


def _content(file: str) -> bytes:
    """As many of the file's bytes as it takes to see that there are too many."""
    if file == "-":
        return sys.stdin.buffer.read(POLICY_BYTES_LIMIT + 1)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(POLICY_BYTES_LIMIT + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise CannotLook(f"cannot read {file}: {reason}", "name a policy file, or - for standard input") from None
