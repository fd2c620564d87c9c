"""Look at mail domains exactly as a sender does, and say whether it would deliver.

Asks DNS (the zone's own servers too), fetches the policy from every address of the policy host, and talks to every
address of every MX host up to the TLS handshake. Sends no mail. Each check ends in pass, fail or unknown; what could
not be looked at is unknown, never pass.

exit codes: 0 all pass; 1 findings (docs/checks.md); 2 could not run.
"""

import argparse
import difflib
import gc
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.options import look as looking
from mtasts.cli.options import sightings as sightings_source
from mtasts.cli.options.probes import add_evidence_arguments, evidence_of
from mtasts.cli.progress import progress
from mtasts.cli.screen import document, say, show, talk
from mtasts.errors import CannotLook
from mtasts.render.verify.forms import FORMS, Form, Run, form

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mtasts.app.sightings import KeptSightings
    from mtasts.app.verify import VerifyRequest
    from mtasts.verify.findings import Findings

# Late imports here: the checks, asyncio, what opens connections and rich cost half a second, too much for `--help`.


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    looking.add_domain_arguments(parser)
    parser.add_argument(
        "--stack", metavar="S", help="every domain of policies/S, held against its YAML: the drift check"
    )
    parser.add_argument("--policies", metavar="DIR", type=Path, help="the policies folder (default: policies)")
    parser.add_argument("--format", choices=list(FORMS), default="text")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    parser.add_argument("--full", action="store_true", help="every domain in full, not only a single one")
    parser.add_argument("--explain", metavar="CODE", help="say what a finding's code means, its cause and the fix")
    add_evidence_arguments(parser)
    parser.add_argument(
        "--evidence-max-age",
        metavar="HOURS",
        type=_hours,
        default=timedelta(hours=24),
        help="how old probe evidence may be before it counts as unknown (default 24)",
    )
    # Its former name, which means another thing everywhere else; scripts may still have it.
    parser.add_argument(
        "--max-age", dest="evidence_max_age", type=_hours, default=argparse.SUPPRESS, help=argparse.SUPPRESS
    )
    sightings_source.add_store_argument(parser)
    looking.add_network_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Look, judge, print. Raises CannotLook."""
    if args.explain is not None:
        return _explain(args.explain)
    import asyncio

    request = _request(args)
    total = len(request.domains)
    printer = _Printer(form(args.format), total, full=args.full or total == 1)
    if not total:  # nothing is asked for, and what was seen of nobody need be nowhere
        return printer.end()
    return asyncio.run(_print_each(request, printer, sightings_source.sightings_of(args)))


def _request(args: argparse.Namespace) -> "VerifyRequest":
    from mtasts.app.verify import VerifyRequest, wanted_of

    named = looking.domains_of(args)
    if args.stack is not None:
        domains = wanted_of(looking.policies_folder(args.policies), args.stack, named, talk)
    elif named:
        domains = [(domain, None) for domain in named]
    else:
        raise CannotLook("no domain to look at", "name one, or give --stack S or --from FILE")
    if not domains:
        from mtasts.cli.stacks import note_empty

        note_empty(args.stack)
    network, limits = looking.network_of(args), looking.limits_of(args)
    return VerifyRequest(domains, network, limits, evidence_of(args), args.evidence_max_age)


async def _print_each(request: "VerifyRequest", printer: "_Printer", watch: "KeptSightings") -> int:
    from mtasts.app.verify import findings_of

    # A look makes many small values that all die with their domain; the collector would look at the program's own
    # modules again and again for nothing.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    with progress(len(request.domains), "verify") as bar:
        async for found in findings_of(request, watch.note):
            printer.domain(found)
            bar.step()
    return printer.end()


class _Printer:
    """Writes each domain to stdout as it comes, so that ten thousand of them need no more memory than ten."""

    def __init__(self, form: Form, asked: int, *, full: bool) -> None:
        self._form, self._started = form, time.monotonic()
        self._run = Run(asked, full, datetime.now(UTC))
        self._opened = False

    def domain(self, found: "Findings") -> None:
        """Print one domain."""
        self._write(lambda run: self._form.domain(found, run))
        self._run = replace(self._run, done=self._run.done + 1, passed=self._run.passed + found.passed)
        sys.stdout.flush()

    def end(self) -> int:
        """Print the end and return the exit code."""
        self._write(self._form.closing)
        return 0 if self._run.passed == self._run.done else 1

    def _write(self, piece: "Callable[[Run], RenderableType]") -> None:
        """Print it. What comes first opens the document: a run that could not look leaves stdout empty."""
        self._run = replace(self._run, now=datetime.now(UTC), seconds=time.monotonic() - self._started)
        if not self._opened:
            self._opened = True
            document(self._form.opening(self._run), end="")
        shown = piece(self._run)
        if isinstance(shown, str):
            document(shown, end="")
        else:
            show(shown)


def _explain(code: str) -> int:
    from mtasts.verify.explain import explain, known_codes

    found = explain(code)
    if found is None:
        near = difflib.get_close_matches(code.lower(), known_codes(), n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"codes: {', '.join(known_codes())}"
        raise CannotLook(f"no finding has the code {code!r:.60}", hint)
    for label, text in (("", found.meaning), ("cause: ", found.cause), ("fix: ", found.fix), ("rule: ", found.source)):
        say(f"{label}{text}" if label else f"{found.code}\n{text}")
    return 0


def _hours(text: str) -> timedelta:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= 24 * 365:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours")
    return timedelta(hours=hours)
