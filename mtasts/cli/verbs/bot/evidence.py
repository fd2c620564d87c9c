"""What both verbs of the bot ask for: the evidence that the options name, and how the news is said."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence

from mtasts.app.bot.news import Left, News
from mtasts.app.bot.request import BotRequest
from mtasts.cli.facts import Gathered, gather
from mtasts.cli.judging import add_ready_arguments, verdicts
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import sightings as watching
from mtasts.cli.steps import remark
from mtasts.policy.config import DomainPolicy
from mtasts.verdict.ready import ReadyVerdict
from mtasts.words.names import with_u_labels


def add_evidence_arguments(parser: argparse.ArgumentParser) -> None:
    """The ledger, and what `ready` judges by."""
    ledger_source.add_ledger_arguments(parser)
    add_ready_arguments(parser)


def print_news(news: Iterable[News | Left]) -> None:
    """What was done, while it is done; on stderr what nothing was done about."""
    for one in news:
        if isinstance(one, News):
            remark(f"{one.name}: {one.words}{f'  {one.url}' if one.url else ''}", "", 4)
        else:
            remark(f"{with_u_labels(one.domain)}: {one.why}" if one.domain else one.why, "", 4, sys.stderr)


class Evidence:
    """About some domains of the stack."""

    def __init__(self, args: argparse.Namespace, request: BotRequest, policies: Sequence[DomainPolicy]) -> None:
        self._args = argparse.Namespace(**{**vars(args), "stack": request.stack})
        self._now = request.occasion.now
        ttls = {policy.domain: policy.ttl for policy in policies}
        self.ledger = ledger_source.open_ledger(self._args, list(ttls), ttls)
        self._watch = watching.watch_of(args)

    def verdicts(self, policies: Sequence[DomainPolicy]) -> Iterator[ReadyVerdict]:
        """Of these domains."""
        return verdicts(self._args, policies, self._now, self.ledger.publications)

    def facts(self, policy: DomainPolicy, verdict: ReadyVerdict) -> Gathered:
        """What the rules of change judge a step of this domain by."""
        seen = self._watch.of(policy.domain)
        return gather(self._args, policy, self.ledger, self._now, sightings=seen, verdict=verdict)
