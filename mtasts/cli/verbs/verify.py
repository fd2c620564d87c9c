"""Look at mail domains exactly as a sender does, and say whether it would deliver.

Asks DNS (the zone's own servers too), fetches the policy from every address of the policy host, and talks to every
address of every MX host up to the TLS handshake. Sends no mail. Each check ends in pass, fail or unknown; what could
not be looked at is unknown, never pass.

exit codes: 0 all pass; 1 findings (docs/checks.md); 2 could not run.
"""

import argparse
import asyncio
import difflib
import gc
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.app.sightings import KeptSightings
from mtasts.cli.options import look as looking
from mtasts.cli.options import sightings as sightings_source
from mtasts.cli.options.probes import add_evidence_arguments, evidence_of
from mtasts.cli.progress import progress
from mtasts.cli.screen import document, say, show
from mtasts.cli.stacks import note_empty
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.app.verify import VerifyRequest
    from mtasts.verify.findings import Findings

# Late imports here: the checks, what opens connections and rich cost half a second that `--help` can do without.


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    looking.add_domain_arguments(parser)
    parser.add_argument(
        "--stack", metavar="S", help="every domain of policies/S, held against its YAML: the drift check"
    )
    parser.add_argument("--policies", metavar="DIR", type=Path, help="the policies folder (default: policies)")
    parser.add_argument("--format", choices=["text", "json", "junit", "github"], default="text")
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
    request = _request(args)
    total = len(request.domains)
    printer = _Printer(args.format, total, full=args.full or total == 1)
    return asyncio.run(_print_each(request, printer, sightings_source.sightings_of(args)))


def _request(args: argparse.Namespace) -> "VerifyRequest":
    from mtasts.app.verify import VerifyRequest, wanted_of

    named = looking.domains_of(args)
    if args.stack is not None:
        domains = wanted_of(looking.policies_folder(args.policies), args.stack, named)
    elif named:
        domains = [(domain, None) for domain in named]
    else:
        raise CannotLook("no domain to look at", "name one, or give --stack S or --from FILE")
    if not domains:
        note_empty(args.stack)
    network, limits = looking.network_of(args), looking.limits_of(args)
    return VerifyRequest(domains, network, limits, evidence_of(args), args.evidence_max_age)


async def _print_each(request: "VerifyRequest", printer: "_Printer", watch: KeptSightings) -> int:
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

    def __init__(self, form: str, total: int, *, full: bool) -> None:
        self._total, self._full = total, full
        self._done, self._passed = 0, 0
        self._started = time.monotonic()
        self._write: Callable[[Findings], None] = getattr(self, f"_{form}")
        self._close: Callable[[], None] = getattr(self, f"_end_{form}")
        self._open: Callable[[], None] = getattr(self, f"_begin_{form}")
        self._opened = False

    def domain(self, found: "Findings") -> None:
        """Print one domain. The first opens the document: a run that could not look leaves stdout empty."""
        self._begin()
        self._write(found)
        self._done += 1
        self._passed += found.passed
        sys.stdout.flush()

    def end(self) -> int:
        """Print the end and return the exit code."""
        self._begin()
        self._close()
        return 0 if self._passed == self._done else 1

    def _begin(self) -> None:
        if not self._opened:
            self._open()
            self._opened = True

    def _begin_text(self) -> None:
        pass

    def _text(self, found: "Findings") -> None:
        from mtasts.render.verify import text as verify_text

        shown = verify_text.full(found, datetime.now(UTC)) if self._full else verify_text.compact(found)
        show(shown)

    def _end_text(self) -> None:
        from mtasts.render.verify import text as verify_text

        if self._total > 1:
            show(verify_text.counts(self._done, self._passed, time.monotonic() - self._started))

    def _begin_json(self) -> None:
        from mtasts.render.verify import document as verify_json

        document(verify_json.opening(datetime.now(UTC)), end="")

    def _json(self, found: "Findings") -> None:
        from mtasts.render.verify import document as verify_json

        document(verify_json.domain(found, first=self._done == 0), end="")

    def _end_json(self) -> None:
        from mtasts.render.verify import document as verify_json

        document(verify_json.closing(self._done, self._passed))

    def _begin_junit(self) -> None:
        from mtasts.render.ci import verify as verify_ci

        document(verify_ci.JUNIT_OPENING)

    def _junit(self, found: "Findings") -> None:
        from mtasts.render.ci import verify as verify_ci

        document(verify_ci.junit(found))

    def _end_junit(self) -> None:
        from mtasts.render.ci.forms import JUNIT_CLOSING

        document(JUNIT_CLOSING)

    def _begin_github(self) -> None:
        pass

    def _github(self, found: "Findings") -> None:
        from mtasts.render.ci import verify as verify_ci

        document("\n".join(verify_ci.commands(found)))

    def _end_github(self) -> None:
        pass


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
