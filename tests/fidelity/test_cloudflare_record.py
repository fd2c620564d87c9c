"""What the real Cloudflare provider does with a DNS record, fact by fact, and the sandbox the same.

Source of every fact: pulumi-cloudflare 6.23.1, which is terraform-provider-cloudflare 5.22.0 on pulumi-terraform-bridge
3.133.0, run against a stand-in of its API in November 2026; error codes and words of the API as users quote them in
public reports. Where the sandbox refuses more than the API on purpose: docs/decisions/sandbox-cloud.md.
"""

import pytest

from mtasts_sandbox.cloud.by_hand import set_records
from mtasts_sandbox.cloud.values import RAW_STATE, UNKNOWN, Secret, to_struct
from tests.mtasts_sandbox.cloud_stage import EngineSide, Refused, on_cloud

TXT = {
    "zoneId": "cfnet",
    "name": "_mta-sts.example.net",
    "type": "TXT",
    "ttl": 300,
    "content": '"v=STSv1; id=1;"',
    "comment": "ours",
}
NAME = TXT["name"]


def values(engine: EngineSide) -> tuple[str, ...]:
    found = engine.cloud.rrset(engine.cloud.zone_of(NAME), NAME, "TXT")
    return found.values if found else ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"ttl": 30}, 9021), ({"ttl": 90_000}, 9021), ({"proxied": True, "ttl": 1}, 9004), ({"content": None}, 1004)],
    ids=["ttl too low", "ttl too high", "a TXT proxied", "no content"],
)
def test_a_preview_takes_what_the_api_then_refuses(changes, code):
    """Only the API knows these bounds: the preview is green, the update fails in its middle, and nothing is written."""

    @on_cloud
    async def played(engine: EngineSide):
        inputs = {name: value for name, value in (TXT | changes).items() if value is not None}
        await engine.preview_create("dns", **inputs)
        with pytest.raises(Refused, match=f'400 Bad Request .*"code":{code}'):
            await engine.create("dns", **inputs)
        assert values(engine) == ()

    played()


@on_cloud
async def test_a_preview_refuses_an_unknown_type(engine: EngineSide):
    """The one thing that the provider's own check knows."""
    with pytest.raises(Refused, match="expected type to be one of"):
        await engine.preview_create("dns", **TXT | {"type": "SPF"})


@on_cloud
async def test_everything_but_the_zone_changes_in_place(engine: EngineSide):
    """Content, name, ttl and comment: the same id; another zone replaces."""
    record = await engine.create("dns", **TXT)
    for changes in ({"content": '"x"'}, {"name": "x.example.net"}, {"ttl": 60}, {"comment": "new"}):
        assert (await engine.diff(record, **changes))[1] == []
    assert (await engine.diff(record, zoneId="other"))[1] == ["zoneId"]
    changed = await engine.update(record, content='"v=STSv1; id=2;"')
    assert (changed.id, values(engine)) == (record.id, ("v=STSv1; id=2;",))


@on_cloud
async def test_a_refresh_after_the_creation_finds_nothing(engine: EngineSide):
    """Neither inputs nor outputs differ."""
    record = await engine.create("dns", **TXT)
    seen = await engine.read(record)
    assert (seen.inputs, seen.state) == (record.inputs, record.state)


@on_cloud
async def test_an_edit_by_hand_keeps_the_id(engine: EngineSide):
    """A refresh shows exactly what was edited; the next update puts it back, and there is no second record."""
    record = await engine.create("dns", **TXT)
    set_records(engine.cloud, NAME, "TXT", 300, ["by hand"])
    seen = await engine.read(record)
    assert {name for name in TXT if seen.inputs.get(name) != record.inputs.get(name)} == {"content"}
    assert seen.inputs["content"] == '"by hand"'
    assert (await engine.update(seen, content=TXT["content"])).id == record.id
    assert values(engine) == ("v=STSv1; id=1;",)


@on_cloud
async def test_a_second_record_by_hand_leaves_the_first_alone(engine: EngineSide):
    """Also in another order, and when the second goes again."""
    record = await engine.create("dns", **TXT)
    for wanted in (["v=STSv1; id=9;", "v=STSv1; id=1;"], ["v=STSv1; id=1;", "x"], ["v=STSv1; id=1;"]):
        set_records(engine.cloud, NAME, "TXT", 300, wanted)
        assert sorted(values(engine)) == sorted(wanted)
        assert (await engine.read(record)).inputs["content"] == TXT["content"]


@on_cloud
async def test_a_record_deleted_by_hand(engine: EngineSide):
    """An update does not look first and fails with the API's 404; a refresh takes it out of the state."""
    record = await engine.create("dns", **TXT)
    set_records(engine.cloud, NAME, "TXT", 300, [])
    with pytest.raises(Refused, match=r'PUT "https://[^"]+": 404 Not Found .*"code":81044'):
        await engine.update(record, ttl=60)
    assert await engine.read(record) is None


@on_cloud
async def test_what_a_preview_of_an_update_knows(engine: EngineSide):
    """The id and the time of creation; not the time of the change."""
    record = await engine.create("dns", **TXT)
    planned = await engine.preview_update(record, ttl=60)
    assert planned["createdOn"] == record.state["createdOn"]
    assert planned["modifiedOn"] == UNKNOWN


@on_cloud
async def test_the_state_holds_a_secret(engine: EngineSide):
    """The bridge keeps what Terraform's state has otherwise, and marks such values secret: a stack of such records
    cannot be read without its passphrase, and each record is larger in the state."""
    record = await engine.create("dns", **TXT)
    assert record.state[RAW_STATE] == {"obj": {"ps": {"meta": {"replace": {"raw": "{}"}}}}}
    wire = to_struct({"x": Secret("y")}).fields["x"].struct_value.fields
    assert {name: wire[name].string_value for name in wire} == {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "value": "y",
    }
