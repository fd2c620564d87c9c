"""Input that both verbs of the bot share: the evidence that the options name, and the printing of news."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from mtasts.app.bot.news import Left, News
from mtasts.app.bot.request import BotRequest
from mtasts.app.ledger import open_ledger
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.options.sightings import sightings_of
from mtasts.cli.options.verdicts import add_verdict_arguments, verdicts_of
from mtasts.cli.steps import remark
from mtasts.policy.config import DomainPolicy
from mtasts.verdict.ready import Verdict
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from mtasts.app.change_facts import Gathered
    from mtasts.app.sightings import KeptSightings


def add_evidence_arguments(parser: argparse.ArgumentParser) -> None:
    """The ledger, and what `ready` judges by."""
    ledger_source.add_ledger_arguments(parser)
    add_verdict_arguments(parser)


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
        self._args, self._now = args, request.occasion.now
        source = replace(ledger_source.ledger_request(args), stack=request.stack)
        self.ledger = open_ledger(source, [policy.domain for policy in policies], policies)
        self._network = looking.network_of(args)

    @cached_property
    def _sightings(self) -> "KeptSightings":
        """What was seen of MX hosts; a stack without a mail domain has none, and need have no store."""
        return sightings_of(self._args)

    def verdicts(self, policies: Sequence[DomainPolicy]) -> Iterator[Verdict]:
        """Of these domains."""
        return verdicts_of(self._args, policies, self.ledger.publications, self._now)

    def facts(self, policy: DomainPolicy, verdict: Verdict) -> "Gathered":
        """What the rules of change judge a step of this domain by."""
        # DNS and TLS cost 100 ms, which no `--help` should wait for.
        from mtasts.app.change_facts import gather

        seen, timeout = self._sightings.of(policy.domain), self._args.timeout
        return gather(policy, self.ledger, self._now, self._network, timeout, sightings=seen, verdict=verdict)
