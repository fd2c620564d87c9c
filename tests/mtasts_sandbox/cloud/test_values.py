"""Property values to the wire and back."""

from google.protobuf import json_format, struct_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts_sandbox.cloud.values import UNKNOWN, from_struct, has_unknown, is_unknown, to_struct

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

scalars = st.text() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
properties = st.dictionaries(st.text(), values)


@settings(max_examples=50)
@given(properties)
def test_what_goes_to_the_wire_comes_back(given_properties):
    """Every value survives, and protobuf's own reader finds the same in it."""
    struct = to_struct(given_properties)
    assert from_struct(struct) == given_properties
    assert json_format.MessageToDict(struct) == given_properties


def test_whole_numbers_are_int():
    """The wire knows doubles only; a TTL must not become 300.0."""
    read = from_struct(to_struct({"ttl": 300.0, "half": 0.5}))
    assert (repr(read["ttl"]), repr(read["half"])) == ("300", "0.5")


def test_none_and_null_are_no_value():
    """Left out on the way out, and a null is left out on the way in."""
    struct = to_struct({"a": None, "b": 1})
    struct.fields["c"].null_value = struct_pb2.NULL_VALUE
    assert from_struct(struct) == {"b": 1}


def test_secrets_and_outputs_are_unwrapped():
    """The sandbox keeps no secrets: a marked value is the value; an output without one is not known yet."""
    secret = {SIGNATURE: SECRET, "value": "x"}
    known = {SIGNATURE: OUTPUT, "value": ["y"], "secret": True}
    assert from_struct(to_struct({"a": secret, "b": known, "c": {SIGNATURE: OUTPUT}})) == {
        "a": "x",
        "b": ["y"],
        "c": UNKNOWN,
    }


def test_unknowns_are_found_at_any_depth():
    """An input that holds one cannot be judged as a whole."""
    assert is_unknown(UNKNOWN)
    assert not is_unknown("04da6b54")
    assert has_unknown({"a": [{"b": UNKNOWN}]})
    assert not has_unknown({"a": [{"b": "c"}], "d": 1})
