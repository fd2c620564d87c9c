"""A stack that an earlier version published sees no change: what is registered is what recorded.json has.

A change that is meant is recorded by `.venv/bin/python -m tests.components.test_recorded`, and the difference read.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.components.conftest import CLOUDFLARE, ROUTE53, Publication

RECORDED = Path(__file__).with_name("recorded.json")
SERVED = {
    "distribution": "d111111abcdef8.cloudfront.net",
    "zone": "Z2FDTNDATAQYW2",
    "names": ["a.example", "b.example"],
}
RUA = [f"mailto:tls-reports-{number}@reports.example.org" for number in range(8)]


def _served(publication: Publication) -> Publication:
    publication.served = SERVED
    return publication.add("a.example", ROUTE53).add("b.example", CLOUDFLARE, mode="enforce").add("c.example", ROUTE53)


SCENES: dict[str, Callable[[Publication], Publication]] = {
    "first": lambda p: p.add("example.com", ROUTE53, published=False).add("example.net", CLOUDFLARE, rua=RUA),
    "served": _served,
    "retired": lambda p: p.add("example.com", ROUTE53, mode="none", mx=[]).add("example.net", CLOUDFLARE, mode="none"),
    "moving": lambda p: p.add("example.com", CLOUDFLARE, mode="enforce", leaving=ROUTE53, arrived=True),
    "moving back": lambda p: p.add("example.com", ROUTE53, leaving=CLOUDFLARE, rua=[]),
}


def registered(scene: str) -> dict[str, dict]:
    """By name; without the plugins' versions, which are the SDKs'."""
    found = SCENES[scene](Publication()).registered()
    told = {request.name: asdict(request) | {"depends_on": sorted(request.depends_on)} for request in found}
    assert len(told) == len(found), "two resources share a name"
    for each in told.values():
        del each["version"], each["provider"]
        assert not each.pop("import_id")
    return json.loads(json.dumps(told))


@pytest.mark.parametrize("scene", SCENES)
def test_what_was_published_is_not_changed(scene: str) -> None:
    """Types, names, parents, inputs, protection, dependencies, hooks, aliases: what the engine compares or keeps."""
    assert registered(scene) == json.loads(RECORDED.read_text())[scene]


if __name__ == "__main__":
    # A resource a line, so that a difference can be read.
    every = {scene: registered(scene) for scene in SCENES}
    lines = {
        scene: ",\n".join(f" {json.dumps(name)}: {json.dumps(told[name], sort_keys=True)}" for name in sorted(told))
        for scene, told in every.items()
    }
    parts = ",\n".join(f"{json.dumps(scene)}: {{\n{text}\n}}" for scene, text in lines.items())
    RECORDED.write_text(f"{{\n{parts}\n}}\n")
