"""A certificate as an MX host showed it, and what changed for a sender that validates it.

Pure. What a validation rests on (RFC 8461 s4.2): the certificate covers the MX host, its chain leads to a root that
the sender trusts, and the sender can do its kind of key. Dates, key and other names change with a renewal and prove
nothing.
"""

from collections.abc import Iterable
from typing import NamedTuple

from mtasts.protocol.directory_name import organization, same_organization
from mtasts.protocol.names import covers

# What stands for the roots of a chain that leads to none: a certificate that nobody vouches for.
NO_ANCHOR = "no root that senders know"


class Shown(NamedTuple):
    """One certificate.

    `names` are its SAN dNSNames, sorted; `issuer` is a name in RFC 4514 form. `anchors` are the roots to which its
    chain leads, `name [key identifier]` each: a root that another has cross-signed leads to both. () where nobody could
    tell. `key` is the kind of its key (`RSA`, `EC`), "" where that is not known. All of it is foreign text.
    """

    names: tuple[str, ...]
    issuer: str
    anchors: tuple[str, ...] = ()
    key: str = ""


def change(host: str, shown: Shown, known: Iterable[Shown]) -> str:
    """What is new for a sender about `shown` beside what the host is known to have shown; "" for nothing.

    Where it is like none of them, it is compared with the one from which it differs least.
    """
    least = min((_differences(host, shown, before) for before in known), key=len, default=[])
    return f"{host} has a certificate {' and '.join(least)}" if least else ""


def _differences(host: str, shown: Shown, before: Shown) -> list[str]:
    words = []
    covered, was_covered = (any(covers(name, host) for name in one.names) for one in (shown, before))
    if covered != was_covered:
        names = ", ".join(shown.names[:4]) or "none"
        words.append(f"for other names: {names}")
    if trust := _trust(shown, before):
        words.append(trust)
    if shown.key and before.key and shown.key != before.key:
        words.append(f"with another kind of key: {shown.key} after {before.key}")
    return words


def _trust(shown: Shown, before: Shown) -> str:
    """How the root or its organization differs; "" for the same."""
    if shown.anchors and before.anchors:
        if not set(shown.anchors) & set(before.anchors):
            return f"under another root: {_name(shown.anchors[0])} after {_name(before.anchors[0])}"
        if not same_organization(shown.issuer, before.issuer):
            return f"of another issuer under the same root: {shown.issuer} after {before.issuer}"
        return ""
    # Without both roots the issuer's organization is the nearest to go by.
    if organization(shown.issuer) and organization(before.issuer):
        return "" if same_organization(shown.issuer, before.issuer) else f"of another issuer: {shown.issuer}"
    return "" if shown.issuer == before.issuer else f"of another issuer: {shown.issuer}"


def _name(anchor: str) -> str:
    """The root's name without the identifier of its key."""
    return anchor.rpartition(" [")[0] or anchor
