"""Every reader of what others write, fed what nobody meant: no exception escapes, no time outgrows its input's size.

Quick here; `python -m bench.fuzz` feeds them ten million.
"""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fuzz import FAMILIES, documents, network, reports
from bench.fuzz.damage import GROWTH_LIMIT, Family, growth, twisted

FAMILY = {name: family for family in FAMILIES for name in family.readers}
NAMES = sorted(FAMILY)


def test_every_reader_has_a_name_seeds_and_growth() -> None:
    """A new reader is fuzzed in every way, or this fails."""
    assert len(FAMILY) == sum(len(family.readers) for family in FAMILIES), "two have one name"
    for family in FAMILIES:
        assert set(family.seeds) == set(family.growing) == set(family.readers)
    assert (network.family(), reports.family(), documents.family()) == FAMILIES, "the same in each run"


@pytest.mark.parametrize("name", NAMES)
def test_good_inputs_and_every_beginning_of_them(name: str) -> None:
    """Cut at each byte, as a connection that breaks would; a long one at four hundred places."""
    for seed in FAMILY[name].seeds[name]:
        for end in range(0, len(seed) + 1, 1 + len(seed) // 400):
            FAMILY[name].readers[name](seed[:end])
        FAMILY[name].readers[name](seed)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60)
@given(data=st.data())
def test_any_bytes(name: str, data: st.DataObject) -> None:
    """Bytes of no form at all, and tokens strung together."""
    family = FAMILY[name]
    tokens = st.lists(st.sampled_from([*family.tokens, *family.seeds[name]]), max_size=12).map(b"".join)
    family.readers[name](data.draw(st.binary(max_size=300) | tokens))


@pytest.mark.parametrize("name", NAMES)
def test_damaged_inputs(name: str) -> None:
    """The generator of the long run, two hundred of each, from a fixed seed."""
    chance = random.Random(name)
    for _ in range(200):
        FAMILY[name].readers[name](FAMILY[name].input_for(chance, name))


def test_damage_leaves_its_material_alone() -> None:
    """A value that was put into one input is not changed by the next: a seed would not give the same inputs."""
    seeds = [b'{"a": [{}], "b": {"c": [[], null]}}']
    alone = twisted(random.Random(7), seeds)
    for number in range(2000):
        twisted(random.Random(number), seeds)
    assert twisted(random.Random(7), seeds) == alone


@pytest.mark.parametrize("family", FAMILIES, ids=["network", "reports", "documents"])
def test_inputs_of_another_kind(family: Family) -> None:
    """What goes to the wrong reader is refused as well."""
    chance, names = random.Random(8461), sorted(family.readers)
    for _ in range(500):
        family.readers[chance.choice(names)](family.input_for(chance, chance.choice(names)))


@pytest.mark.parametrize("name", NAMES)
def test_time_grows_with_size_and_no_faster(name: str) -> None:
    """Eight times the size costs at most twice eight times the time: a quadratic reader would cost four times that."""
    for pattern in FAMILY[name].growing[name]:
        # A busy machine may spoil one measurement, not three.
        assert any(growth(FAMILY[name].readers[name], pattern) <= GROWTH_LIMIT for _ in range(3)), pattern
