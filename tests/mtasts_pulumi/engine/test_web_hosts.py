"""The web hosts of a stack and who is led to them, from the engine's state, also from one that is damaged."""

from typing import Any

from mtasts_pulumi.engine.web_hosts import WebHost, led_here, web_hosts

URN = "urn:pulumi:staging::mtasts::"


def _resource(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"urn": f"{URN}{kind}::{name}", "type": kind, **more}


def _record(name: str, kind: str, resource: str, **more: Any) -> dict[str, Any]:
    inputs = {"zoneId": "Z1", "name": name, "type": kind, "records": ["x"]}
    return _resource("aws:route53/record:Record", resource, inputs=inputs, **more)


HOST = "aws:cloudfront/distribution:Distribution"
STATE = {
    "resources": [
        _resource(HOST, "shared-distribution", id="E2", outputs={"domainName": "d2.cloudfront.net"}),
        _resource(HOST, "old-distribution", id="E1", outputs={"domainName": "d1.cloudfront.net"}, delete=True),
        _resource(HOST, "half-distribution", id="E3"),
        _record("_mta-sts.a.example", "TXT", "a.example-mta-sts"),
        _record("mta-sts.b.example", "A", "b.example-host-a"),
        _record("_smtp._tls.c.example", "TXT", "c.example-tls-rpt"),
        _record("_token.mta-sts.c.example", "CNAME", "c.example-validation"),
        _record("mta-sts.d.example", "A", "d.example-host-a", delete=True),
        "what is this",
    ]
}


def test_hosts_by_their_group() -> None:
    """Without those that are to be deleted, or of which the state does not know the name."""
    assert web_hosts(STATE) == {"shared": WebHost("E2", "d2.cloudfront.net")}
    assert web_hosts({}) == {}


def test_who_is_led_here() -> None:
    """A record that leads here or announces; not what only prepares it."""
    assert led_here(STATE) == {"a.example", "b.example"}
    assert led_here({}) == frozenset()
