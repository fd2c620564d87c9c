"""Limits how often one peer may post: a token bucket each, for a bounded number of peers."""

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

# Peers beyond this push out the one that was silent longest; it bounds memory, whoever comes.
PEERS_LIMIT = 20_000

# Seconds that a post waits for its turn. Longer than senders hold their breath, it would only tie up connections.
LONGEST_DELAY = 5.0

# One subscriber has a /64 and can post from any address of it.
_IPV6_PREFIX = 64


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Rates:
    """`a_minute` posts in the long run, twice as many at once. `now` is any clock in seconds that never goes back."""

    def __init__(self, a_minute: int) -> None:
        if a_minute < 1:
            raise ValueError("a rate of at least 1 a minute")
        self._per_second = a_minute / 60
        self._most = 2.0 * a_minute
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def delay(self, peer: str, now: float) -> float | None:
        """Seconds after which this post may go on; None if that is longer than `LONGEST_DELAY`. Counts the post."""
        name = network(peer)
        bucket = self._buckets.pop(name, None) or _Bucket(self._most, now)
        bucket.tokens = min(self._most, bucket.tokens + (now - bucket.at) * self._per_second)
        bucket.at = now
        self._buckets[name] = bucket
        if len(self._buckets) > PEERS_LIMIT:
            self._buckets.popitem(last=False)
        seconds = max(0.0, (1 - bucket.tokens) / self._per_second)
        if seconds > LONGEST_DELAY:
            return None
        bucket.tokens -= 1  # below 0: those who wait have taken theirs in advance
        return seconds


def network(peer: str) -> str:
    """What counts as one peer: an address, or the /64 of an IPv6 one."""
    try:
        address = ip_address(peer)
    except ValueError:
        return peer[:64]
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else f"{int(address) >> (128 - _IPV6_PREFIX):x}/64"
    return str(address)
