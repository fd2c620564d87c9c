"""Chooses the addresses of a host to look at where a limit excludes some. Pure; reports each address left out."""

from collections.abc import Sequence
from itertools import zip_longest

from mtasts.verify.model import NOT_LOOKED_AT, Answer, AnswerKind, Trouble


def sample(answers: Sequence[Answer], limit: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """At most `limit` addresses of `answers` (A and AAAA of one host), and those left out.

    The families take turns, so that each is looked at before the bound is met. The order stays that of the answers.
    """
    families = [answer.values for answer in answers if answer.found]
    turns = dict.fromkeys(address for turn in zip_longest(*families) for address in turn if address is not None)
    chosen = set(list(turns)[:limit])
    every = dict.fromkeys(address for values in families for address in values)
    return tuple(one for one in every if one in chosen), tuple(one for one in every if one not in chosen)


def left_out(limit: int) -> Trouble:
    """What is said of an address beyond the bound."""
    return Trouble(NOT_LOOKED_AT, f"not looked at: its host has more than {limit} addresses")


def unanswered(answers: Sequence[Answer]) -> str:
    """The families that DNS did not tell, such as `AAAA: SERVFAIL`; empty when it answered for each."""
    return ", ".join(f"{answer.type}: {answer.trouble}" for answer in answers if answer.kind is AnswerKind.TROUBLE)
