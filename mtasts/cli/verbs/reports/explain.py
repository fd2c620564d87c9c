"""Explain a result type, or one report (JSON, gzip, zip or mail; `-` for standard input), in plain words.

mtasts reports explain validation-failure
mtasts reports explain google.com!example.com!1772323200!1772409599.json.gz
"""

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from mtasts.cli.screen import say
from mtasts.errors import CannotLook
from mtasts.protocol.problem import Problem, Severity
from mtasts.reports.causes import CAUSES

# A mail is base64 of at most 10 MiB; more is no report.
_BYTES_LIMIT = 64 * 1024 * 1024
# RFC 8460 s4.3: words in lower case with hyphens; reporters' own ones differ a little.
_WORD = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)


_HOMELESS = Problem(
    Severity.WARNING,
    "policy-domain-missing",
    "names no mail domain: `mtasts reports import --domain DOMAIN` files it under the one that you know it is about",
    "RFC 8460 s4.4",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RESULT or FILE."""
    parser.add_argument("what", metavar="RESULT|FILE", help="a result type of RFC 8460, or a file with a report")


def run(args: argparse.Namespace) -> int:
    """Print the explanation: 0 for a known type or a report, 1 for a word or file that is neither."""
    from mtasts.render.escape import shorten, terminal
    from mtasts.render.reports.explain import result_text

    what = args.what
    path = Path(what)
    if what != "-" and what.strip().lower() not in CAUSES and _is_file(path):
        return _report(path.name, _read(path))
    if what == "-":
        return _report("standard input", sys.stdin.buffer.read(_BYTES_LIMIT + 1))
    if not _WORD.fullmatch(what.strip()):
        # No result type looks like this: a slip in the name of a file must not be explained as one.
        found = "is a folder" if _is_folder(path) else "no such file"
        raise CannotLook(
            f"{terminal(shorten(what, 200))}: {found}, and no result type",
            "name a result type, or a file with a report",
        )
    for line in result_text(what):
        say(line)
    return 0 if what.strip().lower() in CAUSES else 1


def _report(name: str, data: bytes) -> int:
    from mtasts.live.intake import DMARC, NO_DOMAIN, Intake
    from mtasts.live.sources.contract import Item
    from mtasts.protocol.report import read_report
    from mtasts.render.escape import terminal
    from mtasts.render.reports.explain import report_text, same_id_text

    if len(data) > _BYTES_LIMIT:
        raise CannotLook(f"{name}: more than {_BYTES_LIMIT} bytes")
    prepared = Intake().prepare(Item(name, data), datetime.now(UTC))
    read = [(one.report, read_report(one.raw).problems) for one in prepared.incomings]
    read += [(report, (_HOMELESS,)) for report in prepared.homeless]
    for number, (report, problems) in enumerate(read):
        if number:
            say()
        for line in report_text(report, problems):
            say(line)
    for line in same_id_text([report for report, _ in read]):
        say(line)
    refusals = [reason for _, reason in prepared.refusals if reason != NO_DOMAIN]
    refusals += [f"{DMARC}; this tool does not read them"] if prepared.dmarc else []
    for reason in refusals:
        say(f"{terminal(name)}: {terminal(reason)}")
    return 0 if read and not refusals else 1


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_BYTES_LIMIT + 1)
    except OSError as error:
        raise CannotLook(f"{path}: {error.strerror}") from error
