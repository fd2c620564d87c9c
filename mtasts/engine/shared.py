"""Which of the resources that domains share one mail domain cannot be published without. Pure.

The names are those of `components.PolicyHost`: `GROUP-certificate`, `DOMAIN-validation`, `DOMAIN-host-...`.
"""

from collections.abc import Collection

HOST_TYPE = "mtasts:index:PolicyHost"


def needs(domain: str, group: str, urn: str, parent: str, domains: Collection[str]) -> bool:
    """Whether `domain`, of host group `group`, depends on the shared resource `urn`, a child of `parent`.

    `domains`: all of the stack's. Without a known group ("") every host group counts: a cause too many is better
    than none.
    """
    if f"::{HOST_TYPE}::" not in parent:
        return True  # the bucket and what belongs to it, a provider
    if group and _name(parent) != group:
        return False
    # Each member has records of its own that lead to the host; everything else of a host all members need.
    name = _name(urn)
    return not any(other != domain and name.startswith(f"{other}-host-") for other in domains)


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]
