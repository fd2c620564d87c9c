"""Finds the DNS zones that a policies folder needs."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live.files import read_folder, stack_names


def zones_of(policies: Path) -> list[tuple[str, str, str]]:
    """(name, provider, zone id) of every zone that the policies of all stacks in a folder name. Raises CannotLook.

    A zone's name is not in the YAML: it is what all mail domains with one zone id end in.
    """
    domains: dict[tuple[str, str], list[str]] = {}
    for stack in stack_names(policies):
        # A file that is wrong is for `validate` to tell.
        for policy in read_folder(policies / stack).policies:
            for place in filter(None, (policy.leaving, policy.dns)):
                domains.setdefault((place.provider, place.zone), []).append(policy.domain)
    return [(_common(zone_id, names), provider, zone_id) for (provider, zone_id), names in domains.items()]


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
