"""Quarantine of posts that could not be counted yet: bounded, and fair to those who send little.

When it is full, the peer that holds most of it loses its oldest first. So a flood pushes out itself, not the one report
of somebody else. What imports put into quarantine is not touched: it may be the only copy.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from mtasts.live.store import Quarantined

POSTED = "https:"  # how the source of a post begins
MOST_BYTES = 256 * 1024 * 1024
MOST_POSTS = 20_000
# What a post costs beside its bytes: its row, key and reason.
_ROW_BYTES = 500


@dataclass(slots=True)
class _Peer:
    size: int = 0
    posts: OrderedDict[str, int] = field(default_factory=OrderedDict)  # key -> size, oldest first


class PostQuarantine:
    """Who holds how much. It knows keys and sizes only, and says what has to go."""

    def __init__(self, most_bytes: int = MOST_BYTES, most_posts: int = MOST_POSTS) -> None:
        self._most_bytes, self._most_posts = most_bytes, most_posts
        self._peers: dict[str, _Peer] = {}
        self._owner: dict[str, str] = {}
        self._size = 0

    def know(self, kept: Iterable[Quarantined]) -> list[str]:
        """Take over what the store holds, oldest first; the keys that have to go."""
        gone: list[str] = []
        for one in kept:
            if one.source.startswith(POSTED):
                gone += self.add(one.key, one.source, one.size)
        return gone

    def add(self, key: str, source: str, size: int) -> list[str]:
        """A post was kept; the keys that have to go for it."""
        if key in self._owner:
            return []
        cost = size + _ROW_BYTES
        peer = self._peers.setdefault(source, _Peer())
        peer.posts[key] = cost
        peer.size += cost
        self._owner[key] = source
        self._size += cost
        gone = []
        while self._size > self._most_bytes or len(self._owner) > self._most_posts:
            gone.append(self._drop())
        return gone

    def _drop(self) -> str:
        source, peer = max(self._peers.items(), key=lambda item: (item[1].size, item[0]))
        key, cost = peer.posts.popitem(last=False)
        peer.size -= cost
        self._size -= cost
        del self._owner[key]
        if not peer.posts:
            del self._peers[source]
        return key
