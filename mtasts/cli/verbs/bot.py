"""Each ready domain's next step as a pull request of its own, kept up to date, and withdrawn when it may not be merged.

Judges the stack as it is on the base branch of the remote, whatever is checked out here, and touches neither working
tree nor local branches. It merges nothing and publishes nothing. docs/reference/bot.md says what comes when.

exit codes: 0 done, also when nothing was ready; 1 the stack on the base branch is not valid; 2 could not look.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

from mtasts.app.bot.news import Left, News
from mtasts.app.bot.request import BotRequest
from mtasts.cli.facts import Gathered, gather
from mtasts.cli.judging import add_ready_arguments, verdicts
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import sightings as watching
from mtasts.cli.options.bot import add_bot_arguments, add_turn_arguments, bot_request_of, turns_of
from mtasts.cli.steps import print_occasion, remark
from mtasts.policy.config import DomainPolicy
from mtasts.verdict.ready import ReadyVerdict
from mtasts.words.names import with_u_labels

VERBS = {
    "settle": "withdraw the open pull requests whose step may not be taken any more",
    "propose": "open pull requests for the steps that may be taken, and renew the open ones",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs, each with its options."""
    verbs = parser.add_subparsers(dest="bot_verb", required=True, metavar="VERB")
    for verb, what in VERBS.items():
        added = verbs.add_parser(verb, help=what, description=f"{what[0].upper()}{what[1:]}. docs/reference/bot.md")
        add_bot_arguments(added)
        if verb == "propose":
            add_turn_arguments(added)
        ledger_source.add_ledger_arguments(added)
        add_ready_arguments(added)


def run(args: argparse.Namespace) -> int:
    """Look, judge, say what is done while it is done. Raises CannotLook, and NotValid."""
    request = bot_request_of(args)
    print_occasion(request.occasion)
    for one in _run(args, request):
        if isinstance(one, News):
            remark(f"{one.name}: {one.words}{f'  {one.url}' if one.url else ''}", "", 4)
        else:
            # On stderr, since nothing was done about it.
            remark(f"{with_u_labels(one.domain)}: {one.why}" if one.domain else one.why, "", 4, sys.stderr)
    return 0


def _run(args: argparse.Namespace, request: BotRequest) -> Iterator[News | Left]:
    # Git, the forges and what judges cost 200 ms, which no `--help` should wait for.
    from mtasts.app.bot.propose import propose
    from mtasts.app.bot.settle import settle

    def source(policies: Sequence[DomainPolicy]) -> _Evidence:
        return _Evidence(args, request, policies)

    return settle(request, source) if args.bot_verb == "settle" else propose(request, turns_of(args), source)


class _Evidence:
    """The evidence that the options name, about some domains of the stack."""

    def __init__(self, args: argparse.Namespace, request: BotRequest, policies: Sequence[DomainPolicy]) -> None:
        self._args = argparse.Namespace(**{**vars(args), "stack": request.stack})
        self._now = request.occasion.now
        ttls = {policy.domain: policy.ttl for policy in policies}
        self.ledger = ledger_source.open_ledger(self._args, list(ttls), ttls)
        self._watch = watching.watch_of(args)

    def verdicts(self, policies: Sequence[DomainPolicy]) -> Iterator[ReadyVerdict]:
        return verdicts(self._args, policies, self._now, self.ledger.publications)

    def facts(self, policy: DomainPolicy, verdict: ReadyVerdict) -> Gathered:
        seen = self._watch.of(policy.domain)
        return gather(self._args, policy, self.ledger, self._now, sightings=seen, verdict=verdict)
