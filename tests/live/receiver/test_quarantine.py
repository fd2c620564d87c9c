"""What is kept of posts that cannot be counted yet: bounded, and a flood pushes out itself."""

from datetime import UTC, datetime

from mtasts.live.receiver.quarantine import PostQuarantine
from mtasts.live.store import Quarantined


def test_who_holds_most_loses_its_oldest_first() -> None:
    """One peer's thousand posts cost itself; the single posts of others stay."""
    kept = PostQuarantine(most_bytes=100_000)
    assert kept.add("victim", "https:192.0.2.1", 2000) == []
    gone = [key for number in range(1000) for key in kept.add(f"f{number}", "https:192.0.2.66", 1500)]
    assert gone == [f"f{number}" for number in range(len(gone))]
    assert 1000 - len(gone) == 48
    assert kept.add("other", "https:192.0.2.2", 4000) == [f"f{len(gone)}", f"f{len(gone) + 1}"]


def test_many_small_posts_are_bounded_by_number() -> None:
    """A row costs something, too; the same post again is no other."""
    kept = PostQuarantine(most_posts=3)
    assert [kept.add(key, "https:a", 1) for key in ("1", "2", "2", "3", "4")] == [[], [], [], [], ["1"]]
    assert kept.add("5", "https:b", 1) == ["2"]


def test_what_the_store_holds_already_is_counted_and_imports_are_left_alone() -> None:
    """After a restart the bound is the same; what an import put there may be the only copy."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    held = [
        Quarantined("i1", "inbox.mbox#3", "no report", now, 10**9),
        Quarantined("p1", "https:a", "no report", now, 400),
        Quarantined("p2", "https:a", "no report", now, 400),
    ]
    kept = PostQuarantine(most_bytes=1000)
    assert kept.know(held) == ["p1"]
    assert kept.add("p3", "https:b", 50) == ["p2"]
