"""IP addresses outside the public Internet, and what they are. Pure.

The lists are IANA's special-purpose registries (RFC 6890). `ipaddress` has them too, in the version of whichever Python
runs, calls multicast global, and looks into no IPv6 address that carries an IPv4 one; so the table is ours, and what
the library alone knows counts as well.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_KINDS = tuple(
    (ipaddress.ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "this network (RFC 791)"),
        ("10.0.0.0/8", "private (RFC 1918)"),
        ("100.64.0.0/10", "shared by a carrier's customers (CGNAT, RFC 6598)"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local, where cloud machines find their credentials (RFC 3927)"),
        ("172.16.0.0/12", "private (RFC 1918)"),
        ("192.0.0.0/24", "for protocols (RFC 6890)"),
        ("192.0.2.0/24", "documentation (RFC 5737)"),
        ("192.88.99.0/24", "a 6to4 relay (RFC 7526)"),
        ("192.168.0.0/16", "private (RFC 1918)"),
        ("198.18.0.0/15", "for benchmarks (RFC 2544)"),
        ("198.51.100.0/24", "documentation (RFC 5737)"),
        ("203.0.113.0/24", "documentation (RFC 5737)"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("240.0.0.0/4", "reserved (RFC 1112)"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "a translation prefix for local use (RFC 8215)"),
        ("100::/64", "discarded (RFC 6666)"),
        ("2001::/32", "a Teredo tunnel (RFC 4380)"),
        ("2001:2::/48", "for benchmarks (RFC 5180)"),
        ("2001:10::/28", "no place (ORCHID, RFC 4843)"),
        ("2001:20::/28", "no place (ORCHID, RFC 7343)"),
        ("2001:db8::/32", "documentation (RFC 3849)"),
        ("3fff::/20", "documentation (RFC 9637)"),
        ("fc00::/7", "unique local (ULA, RFC 4193)"),
        ("fe80::/10", "link-local (RFC 4291)"),
        ("fec0::/10", "site-local (RFC 3879)"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that IANA has given out so far
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052; a network's own prefix nobody can know
_COMPATIBLE = ipaddress.IPv6Network("::/96")  # RFC 4291 s2.5.5.1
_ISATAP_MARKS = (0x00005EFE, 0x02005EFE)  # RFC 5214 s6.1
_MAPPED, _SIXTOFOUR, _NAT64 = "the IPv4-mapped address", "the 6to4 address", "the NAT64 address"
_ISATAP = "the ISATAP address"
_ROUTED = frozenset({_SIXTOFOUR, _NAT64, _ISATAP})  # they lead to a public IPv4 address; the other forms lead nowhere


def not_public(text: str) -> str:
    """What the address `text` is, such as `private (RFC 1918)`; empty when it is one of the public Internet.

    Of an IPv6 address that carries an IPv4 one (mapped, compatible, NAT64, 6to4, ISATAP), both must be public. A text
    that is no address is not public.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "no IP address"
    if kind := _kind(address):
        return kind
    if (carried := _carried(address)) is not None:
        way, inner = carried
        if kind := _kind(inner):
            return f"{way} of {inner}, {kind}"
        return "" if way in _ROUTED else f"{way} of {inner}"
    outside = isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST
    return "" if address.is_global and not outside else "not global"


def _kind(address: Address) -> str:
    for network, kind in _KINDS:
        if address.version == network.version and address in network:
            return kind
    return ""


def _carried(address: Address) -> tuple[str, ipaddress.IPv4Address] | None:
    """How an IPv6 address carries an IPv4 one, and which."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return _MAPPED, address.ipv4_mapped
    if address.sixtofour is not None:
        return _SIXTOFOUR, address.sixtofour
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _TRANSLATED:
        return _NAT64, last
    if address in _COMPATIBLE:
        return "the IPv4-compatible address", last
    isatap = (int(address) >> 32) & 0xFFFFFFFF in _ISATAP_MARKS
    return (_ISATAP, last) if isatap else None
