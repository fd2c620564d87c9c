"""Values of the engine's wire format as the package takes them."""

from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from mtasts_pulumi.package.request import came_from, plain
from mtasts_pulumi.package.unknown import UNKNOWN

SIGNATURE = "4dabf18193072939515e22adb298388d"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def struct(value):
    made = struct_pb2.Struct()
    made.update(value)
    return made


def read(value):
    return plain(struct({"it": value}).fields["it"])


def test_plain_values():
    assert read({"a": [1, True, None, "x"]}) == {"a": [1.0, True, None, "x"]}


def test_outputs_and_secrets_are_what_they_hold():
    output = {SIGNATURE: OUTPUT, "value": {SIGNATURE: SECRET, "value": ["mx"]}, "dependencies": ["urn:a"]}
    assert read(output) == ["mx"]


def test_what_is_not_known():
    """The engine writes an output that is not known without a value; the SDK's reader refuses it."""
    assert read({SIGNATURE: OUTPUT, "dependencies": ["urn:a"]}) is UNKNOWN
    assert read([UNKNOWN_TEXT, "x"]) == [UNKNOWN, "x"]


def test_where_it_comes_from():
    request = provider_pb2.ConstructRequest(
        inputs=struct({"mx": [{SIGNATURE: OUTPUT, "dependencies": ["urn:a", "urn:named"]}], "plain": "x"}),
        inputDependencies={"dns": provider_pb2.ConstructRequest.PropertyDependencies(urns=["urn:b"])},
        dependencies=["urn:named"],
    )
    assert came_from(request) == {"urn:a", "urn:b"}
