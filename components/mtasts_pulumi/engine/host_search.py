"""Asks CloudFront which id it gave to a distribution whose creation was cut off; the engine's state cannot tell.

Created again it would be refused: the first one has the policy host's name already, and AWS waits minutes for each.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from mtasts.adoption.survey import AliasHolder
from mtasts.errors import CannotLook
from mtasts.live.accounts import aws
from mtasts.providers import of_host


def find_host(kind: str, inputs: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """The id of the one distribution with the names and the bucket of `inputs`, for a web host's type token `kind`.

    None also where it cannot be asked: the creation is then tried again, and the provider says what is wrong.
    """
    if of_host(kind) is None:
        return None
    try:
        client = aws.client("cloudfront", environ)
        return pick(aws.distributions(client), inputs) if client else None
    except CannotLook:
        return None


def pick(distributions: Iterable[AliasHolder], inputs: Mapping[str, Any]) -> str | None:
    """The id of the one with just these names and origins: the bucket is this stack's alone. Pure; never raises."""
    names = {str(name).lower() for name in inputs.get("aliases") or ()}
    origins = {str(each.get("domainName", "")) for each in inputs.get("origins") or () if isinstance(each, Mapping)}
    same = [
        one.id
        for one in distributions
        if set(one.aliases) == names and {origin.partition("/")[0] for origin in one.origins} == origins
    ]
    return same[0] if len(same) == 1 and origins else None
