"""How often a peer may post, at exact times."""

import pytest

from mtasts.live.receiver.rates import PEERS_LIMIT, Rates


def test_a_burst_then_the_rate():
    """Twice the minute's worth at once, then one a second, each in its turn; too long a wait is none."""
    rates = Rates(60)
    assert [rates.delay("192.0.2.1", 0.0) for _ in range(120)] == [0] * 120
    assert [rates.delay("192.0.2.1", 0.0) for _ in range(7)] == [1, 2, 3, 4, 5, None, None]
    assert rates.delay("192.0.2.1", 1.0) == 5
    assert rates.delay("192.0.2.1", 100.0) == 0


def test_peers_do_not_share():
    """One peer's burst costs another nothing."""
    rates = Rates(1)
    assert [rates.delay("192.0.2.1", 0.0) for _ in range(3)] == [0, 0, None]
    assert rates.delay("192.0.2.2", 0.0) == 0


def test_a_slash_64_is_one_peer_and_mapped_addresses_are_ipv4():
    """All addresses of one IPv6 network share; ::ffff:192.0.2.1 is 192.0.2.1."""
    rates = Rates(1)
    for last in range(2):
        assert rates.delay(f"2001:db8::{last}", 0.0) == 0
    assert rates.delay("2001:db8::ffff", 0.0) is None
    assert rates.delay("2001:db8:0:1::", 0.0) == 0
    for peer in ("192.0.2.1", "::ffff:192.0.2.1"):
        assert rates.delay(peer, 0.0) == 0
    assert rates.delay("192.0.2.1", 0.0) is None


def test_memory_is_bounded():
    """Peers without end push out those that were silent longest, whatever they are called."""
    rates = Rates(1)
    for number in range(PEERS_LIMIT + 5000):
        rates.delay(
            "x" * 100 + str(number) if number % 2 else f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0
        )
    assert len(rates._buckets) <= PEERS_LIMIT


def test_a_rate_of_nothing_cannot_be_made():
    """0 a minute would refuse everybody for ever."""
    with pytest.raises(ValueError, match="at least 1"):
        Rates(0)
