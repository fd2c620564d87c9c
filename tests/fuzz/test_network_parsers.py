"""Every parser that reads from the network, fed what nobody meant: no exception escapes, no time outgrows its size.

Quick here; `python -m bench.fuzz_network` feeds them a million.
"""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fuzz_network import GROWING, GROWTH_LIMIT, READERS, TOKENS, damaged, growth, judge_and_render, seeds

SEEDS = seeds()
KINDS = sorted(READERS)


def test_every_kind_has_seeds_and_growth() -> None:
    """A new reader is fuzzed in every way, or this fails."""
    assert set(SEEDS) == set(GROWING) == set(READERS)
    assert seeds() == SEEDS, "the same in each run"


@pytest.mark.parametrize("kind", KINDS)
def test_good_inputs_and_every_beginning_of_them(kind: str) -> None:
    """Cut at each byte, as a connection that breaks would."""
    for seed in SEEDS[kind]:
        for end in range(len(seed) + 1):
            READERS[kind](seed[:end])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(data=st.data())
def test_any_bytes(kind: str, data: st.DataObject) -> None:
    """Bytes of no form at all, and tokens strung together."""
    tokens = st.lists(st.sampled_from([*TOKENS, *SEEDS[kind]]), max_size=12).map(b"".join)
    READERS[kind](data.draw(st.binary(max_size=300) | tokens))


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_inputs(kind: str) -> None:
    """The generator of the long run, two hundred of each, from a fixed seed."""
    chance = random.Random(kind)
    for _ in range(200):
        READERS[kind](damaged(chance, SEEDS[kind]))


def test_damaged_inputs_are_judged_and_rendered() -> None:
    """No check crashes and no form breaks, whatever was read."""
    chance = random.Random(8461)
    for _ in range(100):
        judge_and_render(damaged(chance, SEEDS[chance.choice(KINDS)]))


@pytest.mark.parametrize("kind", KINDS)
def test_time_grows_with_size_and_no_faster(kind: str) -> None:
    """Eight times the size costs at most twice eight times the time: a quadratic parser would cost four times that."""
    for pattern in GROWING[kind]:
        # A busy machine may spoil one measurement, not three.
        assert min(growth(READERS[kind], *pattern) for _ in range(3)) <= GROWTH_LIMIT, pattern
