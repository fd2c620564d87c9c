"""Open pull requests for the steps that may be taken, and renew the open ones. docs/reference/bot.md"""

import argparse
from collections.abc import Sequence

from mtasts.cli.options.bot import add_bot_arguments, add_turn_arguments, bot_request_of, turns_of
from mtasts.cli.steps import print_occasion
from mtasts.cli.verbs.bot.evidence import Evidence, add_evidence_arguments, print_news
from mtasts.policy.config import DomainPolicy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The branch, the forge, the turns and the evidence."""
    add_bot_arguments(parser)
    add_turn_arguments(parser)
    add_evidence_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Look, judge, say what is done while it is done. Raises CannotLook, and NotValid."""
    # Git, the forges and what judges cost 200 ms, which no `--help` should wait for.
    from mtasts.app.bot.propose import propose

    request = bot_request_of(args)
    print_occasion(request.occasion)

    def source(policies: Sequence[DomainPolicy]) -> Evidence:
        return Evidence(args, request, policies)

    print_news(propose(request, turns_of(args), source))
    return 0
