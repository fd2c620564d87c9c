"""Say of each domain: ready, look, not ready, or not enough evidence, for its next step towards enforce.

Judges TLS-RPT reports under the policy now published, the ledger of publications, a look at the domain as `verify`
does it, and what was seen of its MX hosts before, by the `rollout:` block of the domain's YAML. No reports is never a
pass. A verdict holds for 24 hours at most. docs/rollout.md has the criteria.

exit codes: 0 all are ready, or ready with something to look at; 1 some are not; 2 could not look.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from mtasts.app.ledger import open_ledger
from mtasts.app.stack_domains import StackDomains, stack_domains
from mtasts.cli.options import clock
from mtasts.cli.options import look as looking
from mtasts.cli.options.ledger import add_ledger_arguments, ledger_request
from mtasts.cli.options.verdicts import add_verdict_arguments, verdicts_of
from mtasts.cli.screen import document, show, talk, width
from mtasts.errors import CannotLook
from mtasts.policy.config import DomainPolicy
from mtasts.render.verdict import document as ready_json
from mtasts.verdict.criterion import ReadyState
from mtasts.verdict.ready import Verdict
from mtasts.words.names import with_u_labels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    looking.add_domain_arguments(parser)
    parser.add_argument("--all", action="store_true", help="every domain of the stack")
    parser.add_argument("-s", "--stack", help="their stack ($PULUMI_STACK; else the only one that has them)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--json", action="store_true", help="as JSON (docs/reference/ready-json.md)")
    parser.add_argument("--full", action="store_true", help="every domain in full, not only a single one")
    add_ledger_arguments(parser)
    add_verdict_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Judge and print. Raises CannotLook, and NotValid for a stack with problems."""
    asked = _asked(args)
    for note in asked.notes:
        talk(note)
    now, rehearsal = clock.now_of(args), args.as_of is not None
    printer = _Json(now, rehearsal) if args.json else _Text(now, rehearsal, asked.policies, full=args.full)
    numbers: Counter[ReadyState] = Counter()
    for verdict in _verdicts(args, asked, now):
        printer.domain(verdict, first=not numbers)
        numbers[verdict.state] += 1
        sys.stdout.flush()
    printer.end(numbers)
    return 0 if all(state.passes for state in numbers) else 1


def _asked(args: argparse.Namespace) -> StackDomains:
    named = looking.domains_of(args)
    stack = args.stack or os.environ.get("PULUMI_STACK", "")
    if not named and not (stack and (args.all or args.stack)):
        raise CannotLook("no domain to judge", "name one, or every one of a stack with --stack S --all")
    return stack_domains(looking.policies_folder(args.policies), stack, named, every=args.all)


def _verdicts(args: argparse.Namespace, asked: StackDomains, now: datetime) -> Iterator[Verdict]:
    if not asked.policies:
        return iter(())
    domains = [policy.domain for policy in asked.policies]
    ledger = open_ledger(replace(ledger_request(args), stack=asked.stack), domains, asked.policies)
    if not ledger.read:
        talk(f"{ledger.trouble}; --ledger names one")
    return verdicts_of(args, asked.policies, ledger.publications, now)


class _Json:
    """Writes the document as verdicts come. Nothing before the first: a run that cannot look leaves stdout empty."""

    def __init__(self, now: datetime, rehearsal: bool) -> None:
        self._now, self._rehearsal = now, rehearsal

    def domain(self, verdict: Verdict, *, first: bool) -> None:
        """One domain."""
        if first:
            self._open()
        document(ready_json.domain(verdict, first=first), end="")

    def end(self, numbers: Counter[ReadyState]) -> None:
        """Close the document."""
        if not numbers:
            self._open()
        document(ready_json.closing(numbers))

    def _open(self) -> None:
        document(ready_json.opening(self._now, rehearsal=self._rehearsal), end="")


class _Text:
    """One domain in full, many a line each."""

    def __init__(self, now: datetime, rehearsal: bool, policies: Sequence[DomainPolicy], *, full: bool) -> None:
        from rich.cells import cell_len  # tables cost 100 ms, which `--help` can do without

        from mtasts.render.verdict import text as ready_text

        self._form, self._now, self._rehearsal = ready_text, now, rehearsal
        self._full = full or len(policies) == 1
        self._many = len(policies) > 1
        self._widest = max((cell_len(with_u_labels(policy.domain)) for policy in policies), default=0)
        self._started = time.monotonic()

    def domain(self, verdict: Verdict, *, first: bool) -> None:
        """One domain."""
        if first and self._rehearsal:
            show(self._form.rehearsal(self._now))
        if self._full:
            show(self._form.full(verdict))
        else:
            if first:
                show(self._form.heading(self._widest))
            show(self._form.compact(verdict, self._widest, width()))

    def end(self, numbers: Counter[ReadyState]) -> None:
        """The line of counts, if there is something to count."""
        if self._many:
            show(self._form.counts(numbers, time.monotonic() - self._started))
