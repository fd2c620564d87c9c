"""Resources shared by domains: which of them one mail domain cannot be published without. Pure.

The names are those of `components.PolicyHost`: `GROUP-certificate`, `DOMAIN-validation`, `DOMAIN-host-...`.
"""

from collections.abc import Collection

from mtasts.policy.published_names import HOST, HOST_TYPE, VALIDATION


def independent(domain: str, members: Collection[str], served: Collection[str]) -> bool:
    """Whether `domain` depends on its own records only, whatever becomes of the host that it shares in this run.

    `members`: the group's domains now; `served`: those that its distribution served before the run. A host that nobody
    else has or had is kept in strict order with its domain: it goes after the domain's TXT.
    """
    return domain in served and len({*members, *served}) > 1


def own(domain: str, urn: str, parent: str) -> bool:
    """Whether the shared resource `urn`, a child of `parent`, is a record of this domain alone."""
    return _of_host(parent) and _name(urn).startswith((f"{domain}{HOST}-", f"{domain}{VALIDATION}"))


def needs(
    domain: str, group: str, urn: str, parent: str, domains: Collection[str], *, independent: bool = False
) -> bool:
    """Whether `domain`, of host group `group`, depends on the shared resource `urn`, a child of `parent`.

    `domains`: all of the stack's; `independent`: as the function of that name says. Without a known group ("") every
    host group counts: a cause too many is better than none.
    """
    if not _of_host(parent):
        return True  # the bucket and what belongs to it, a provider
    if independent:
        return own(domain, urn, parent)
    if group and _name(parent) != group:
        return False
    # Each member has records of its own that lead to the host; everything else of a host all members need.
    name = _name(urn)
    return not any(other != domain and name.startswith(f"{other}{HOST}-") for other in domains)


def _of_host(parent: str) -> bool:
    return f"::{HOST_TYPE}::" in parent


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]
