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
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.options import clock
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.options.verdicts import add_verdict_arguments, verdicts_of
from mtasts.cli.screen import document, show, talk, width
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.policy.config import DomainPolicy
    from mtasts.verdict.criterion import ReadyState
    from mtasts.verdict.ready import ReadyVerdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    looking.add_domain_arguments(parser)
    parser.add_argument("--all", action="store_true", help="every domain of the stack")
    parser.add_argument("-s", "--stack", help="their stack ($PULUMI_STACK; else the only one that has them)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--json", action="store_true", help="as JSON (docs/reference/ready-json.md)")
    parser.add_argument("--full", action="store_true", help="every domain in full, not only a single one")
    ledger_source.add_ledger_arguments(parser)
    add_verdict_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Judge and print. Raises CannotLook."""
    policies = _asked(args)
    now = clock.now_of(args)
    numbers: Counter[ReadyState] = Counter()
    if not policies:
        if args.json:
            from mtasts.render.verdict import document as ready_json

            document(ready_json.opening(now, rehearsal=args.as_of is not None), end="")
            document(ready_json.closing(numbers))
        return 0
    ledger = ledger_source.open_ledger(
        args, [policy.domain for policy in policies], {policy.domain: policy.ttl for policy in policies}
    )
    if not ledger.read:
        talk(f"{ledger.trouble}; --ledger names one")
    show = _Json(args, now) if args.json else _Text(args, now, policies)
    for verdict in verdicts_of(args, policies, ledger.publications, now):
        show.domain(verdict, first=not numbers)
        numbers[verdict.state] += 1
        sys.stdout.flush()
    show.end(numbers)
    return 0 if all(state.passes for state in numbers) else 1


class _Json:
    """Writes the document as verdicts come. Nothing before the first: a run that cannot look leaves stdout empty."""

    def __init__(self, args: argparse.Namespace, now: datetime) -> None:
        from mtasts.render.verdict import document as ready_json

        self._form, self._now, self._rehearsal = ready_json, now, args.as_of is not None

    def domain(self, verdict: "ReadyVerdict", *, first: bool) -> None:
        """One domain."""
        if first:
            document(self._form.opening(self._now, rehearsal=self._rehearsal), end="")
        document(self._form.domain(verdict, first=first), end="")

    def end(self, numbers: "Counter[ReadyState]") -> None:
        """Close the document."""
        document(self._form.closing(numbers))


class _Text:
    """One domain in full, many a line each."""

    def __init__(self, args: argparse.Namespace, now: datetime, policies: "list[DomainPolicy]") -> None:
        from rich.cells import cell_len

        from mtasts.render.verdict import text as ready_text
        from mtasts.words.names import with_u_labels

        self._form, self._now, self._rehearsal = ready_text, now, args.as_of is not None
        self._full = args.full or len(policies) == 1
        self._many = len(policies) > 1
        self._widest = max((cell_len(with_u_labels(policy.domain)) for policy in policies), default=0)
        self._started = time.monotonic()

    def domain(self, verdict: "ReadyVerdict", *, first: bool) -> None:
        """One domain."""
        if first and self._rehearsal:
            show(self._form.rehearsal(self._now))
        if self._full:
            show(self._form.full(verdict))
        else:
            if first:
                show(self._form.heading(self._widest))
            show(self._form.compact(verdict, self._widest, width()))

    def end(self, numbers: "Counter[ReadyState]") -> None:
        """The line of counts, if there is something to count."""
        if self._many:
            show(self._form.counts(numbers, time.monotonic() - self._started))


def _asked(args: argparse.Namespace) -> "list[DomainPolicy]":
    """The domains' YAML, in the order asked for; fills in `args.stack`. Raises CannotLook."""
    from mtasts.cli.stacks import note_empty, read_valid
    from mtasts.live.domain_file import find_domain_file
    from mtasts.protocol.mta_sts import Mode

    named = looking.domains_of(args)
    folder = looking.policies_folder(args.policies)
    stack = args.stack or os.environ.get("PULUMI_STACK", "")
    if not named and not (stack and (args.all or args.stack)):
        raise CannotLook("no domain to judge", "name one, or every one of a stack with --stack S --all")
    if not stack:
        stacks = sorted({find_domain_file(folder, None, domain)[0] for domain in named})
        if len(stacks) > 1:
            raise CannotLook(f"these domains are in several stacks: {', '.join(stacks)}", "judge one stack at a time")
        stack = stacks[0]
    args.stack = stack
    loaded = read_valid(folder, stack)
    if not loaded.policies:
        note_empty(stack)
    known = {policy.domain: policy for policy in loaded.policies}
    unknown = [domain for domain in named if domain not in known]
    if unknown:
        raise CannotLook(f"{unknown[0]} is not in stack {stack}", f"it would be {folder}/{stack}/{unknown[0]}.yaml")
    if named and not args.all:
        return [known[domain] for domain in named]
    asked = [policy for policy in loaded.policies if policy.mode is not Mode.NONE]
    if left_out := len(loaded.policies) - len(asked):
        talk(f"left out: {left_out} of mode none, which has no step towards enforce")
    return asked
