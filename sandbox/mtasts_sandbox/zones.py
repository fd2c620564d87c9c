"""Finds the DNS zones that a policies folder needs."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from mtasts.app.accounts import accounts_of
from mtasts.app.quotas import nearest_project
from mtasts.errors import CannotLook
from mtasts.live.files import read_folder, stack_names


def zones_of(policies: Path) -> list[tuple[str, ...]]:
    """(name, provider, zone id, and its account where it has one) of every zone that a folder's policies name.

    A zone's name is not in the YAML: it is what all mail domains with one zone id end in. Raises CannotLook.
    """
    domains: dict[tuple[str, str], list[str]] = {}
    owners: dict[str, str] = {}
    for stack in stack_names(policies):
        # A file that is wrong is for `validate` to tell.
        for policy in read_folder(policies / stack).policies:
            for place in filter(None, (policy.leaving, policy.dns)):
                domains.setdefault((place.provider, place.zone), []).append(policy.domain)
                if place.account and (owner := _owner(place.account, policies, stack)):
                    owners[place.zone] = owner
    return [
        (_common(zone_id, names), provider, zone_id, *((owners[zone_id],) if zone_id in owners else ()))
        for (provider, zone_id), names in domains.items()
    ]


def _owner(name: str, policies: Path, stack: str) -> str:
    """The account as the sandbox has it: that of a role, or the name of one with a token; "" for its own."""
    project = nearest_project(policies, Path.cwd())
    account = accounts_of(project, stack).get(name) if project is not None else None
    return "" if account is None else account.name if account.token_variable else account.aws_id


def _common(zone_id: str, domains: Sequence[str]) -> str:
    labels = [domain.split(".")[::-1] for domain in domains]
    shared = [level[0] for level in itertools.takewhile(lambda level: len(set(level)) == 1, zip(*labels, strict=False))]
    if len(shared) < 2:
        raise CannotLook(
            f"zone {zone_id} is named for {domains[0]} and {next(d for d in domains if d != domains[0])}, "
            "which cannot be in one zone",
            "give each its own dns.zone",
        )
    return ".".join(reversed(shared))
