"""Withdraw the open pull requests whose step may not be taken any more. docs/reference/bot.md"""

import argparse
from collections.abc import Sequence

from mtasts.cli.options.bot import add_bot_arguments, bot_request_of
from mtasts.cli.steps import print_occasion
from mtasts.cli.verbs.bot.evidence import Evidence, add_evidence_arguments, print_news
from mtasts.policy.config import DomainPolicy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The branch, the forge and the evidence."""
    add_bot_arguments(parser)
    add_evidence_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Look, judge, say what is done while it is done. Raises CannotLook, and NotValid."""
    # Git, the forges and what judges cost 200 ms, which no `--help` should wait for.
    from mtasts.app.bot.settle import settle

    request = bot_request_of(args)
    print_occasion(request.occasion)

    def source(policies: Sequence[DomainPolicy]) -> Evidence:
        return Evidence(args, request, policies)

    print_news(settle(request, source))
    return 0
