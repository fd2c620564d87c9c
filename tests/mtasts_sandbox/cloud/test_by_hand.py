"""Records set by hand, in the zones of both DNS providers."""

import pytest

from mtasts.errors import CannotLook
from mtasts_sandbox.cloud.by_hand import set_records
from tests.mtasts_sandbox.cloud_stage import EngineSide, answer, on_cloud


@on_cloud
async def test_records_by_hand(engine: EngineSide):
    """Exactly these in either provider's zone; none deletes; long and quoted texts survive; wrong ones are told."""
    text = 'a "quoted" \\ text ' + "x" * 300
    for name in ("h.example.com", "h.example.net"):
        set_records(engine.cloud, name, "TXT", 120, [text])
        assert answer(engine, name, "TXT") == (120, (text,))
        set_records(engine.cloud, name, "TXT", 120, [])
        assert answer(engine, name, "TXT") is None
        set_records(engine.cloud, name, "MX", 60, ["10 mx1.example.com.", "20 mx2.example.com."])
        assert answer(engine, name, "MX") == (60, ("10 mx1.example.com.", "20 mx2.example.com."))
    for name, kind, values, part in (
        ("h.example.org", "A", ["192.0.2.1"], "no zone of the sandbox holds h.example.org"),
        ("d1.cloudfront.net", "A", ["192.0.2.1"], "no zone of the sandbox holds"),
        ("h.example.com", "LOC", ["x"], "not LOC"),
        ("h.example.net", "A", ["x"], "must be a valid IPv4 address"),
    ):
        with pytest.raises(CannotLook, match=part):
            set_records(engine.cloud, name, kind, 60, values)


@on_cloud
async def test_a_zone_may_be_widened(engine: EngineSide):
    """Policies may first name only a sub-domain of a zone, later the zone's own name: its records stay."""
    for package, first in (("route53", "mail.example.org"), ("cloudflare", "mail.example.edu")):
        top = first.removeprefix("mail.")
        engine.cloud.add_zone(first, package, "zone1")
        engine.cloud.commit()
        set_records(engine.cloud, f"t.{first}", "TXT", 60, ["x"])
        engine.cloud.add_zone(top, package, "zone1")
        engine.cloud.commit()
        assert answer(engine, f"t.{first}", "TXT") == (60, ("x",))
        assert engine.cloud.zone_of(first).name == top
        set_records(engine.cloud, f"t.{top}", "TXT", 60, ["y"])
        assert answer(engine, f"t.{top}", "TXT") == (60, ("y",))
        engine.cloud.add_zone("other.test", package, "zone1")
        engine.cloud.commit()
        assert engine.cloud.zone_of("other.test") is None
