"""Moves of published domains that would be an outage: refused by every verb, with what to write."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import World
from tests.repositories import Repo

pytestmark = pytest.mark.xdist_group("looking")

FLARE = {"provider": "cloudflare", "zone": "0123456789abcdef0123456789abcdaa"}
HERE = {"provider": "route53", "zone": "Z0123456789EXAMPLECOM"}
LINE = (
    "dns: {provider: cloudflare, zone: 0123456789abcdef0123456789abcdaa, leaving: {provider: route53, zone:"
    " Z0123456789EXAMPLECOM}}"
)


@pytest.fixture
def proposed(world: World, tmp_path: Path) -> Path:
    """The published policies, for a test to change."""
    shutil.copytree(world.policies, tmp_path / "policies")
    return tmp_path / "policies" / "staging"


def edit(folder: Path, **changes: object) -> None:
    path = folder / "example.com.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes, sort_keys=False))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dns": FLARE}, f"write `{LINE}` instead"),
        (
            {"dns": {**HERE, "zone": "ZOTHER"}},
            "write `dns: {provider: route53, zone: ZOTHER, leaving: {provider: ",
        ),
        ({"host_group": "other"}, "leave `host_group: example.com` in its file: CloudFront gives a name to one"),
    ],
    ids=["provider", "zone", "host group"],
)
def test_refused_before_anything_is_touched(
    world: World, proposed: Path, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    """`preview`, `up` and `gate` alike."""
    before = world.events()
    edit(proposed, **change)
    for verb in ("preview", "up"):
        yes = ["--yes"] if verb == "up" else []
        words = ("--stack", "staging", "--sandbox", "--policies", str(proposed.parent))
        done = world.mtasts(verb, *words, *yes)
        assert done.code == 1, done.err
        assert f"mtasts: held as published: example.com, because {proposed}/example.com.yaml:1:1: " in done.err
        assert said in done.err
        strict = world.mtasts(verb, *words, *yes, "--strict")
        assert (strict.code, strict.out) == (1, ""), strict.err
        assert said in strict.err
        assert strict.err.endswith("mtasts: 1 problem in policies; nothing was touched\n")
    gate = judged(world, proposed, tmp_path)
    assert gate.code == 1, gate.out
    assert said in " ".join(gate.out.split())
    assert world.events() == before


def test_a_move_in_two_steps_passes_the_gate_and_its_end_waits(world: World, proposed: Path, tmp_path: Path) -> None:
    """To publish in both zones is no loss; to leave the old one is, as long as the delegation leads there."""
    edit(proposed, dns={**FLARE, "leaving": HERE})
    first = judged(world, proposed, tmp_path)
    assert first.code == 0, first.out
    assert "and stay where they are" in " ".join(first.out.split())

    half_way = (proposed / "example.com.yaml").read_bytes()
    edit(proposed, dns=FLARE)
    last = judged(world, proposed, tmp_path, before=half_way)
    assert last.code == 1, last.out
    assert "the delegation is not known to lead to the zone that stays" in " ".join(last.out.split())


def judged(world: World, proposed: Path, tmp_path: Path, before: bytes = b""):
    """The gate's word on the change from `before`, which is what is published if nothing else is said."""
    repo = Repo(tmp_path / ("again" if before else "repo"))
    path, defaults = "policies/staging/example.com.yaml", "policies/staging/_defaults.yaml"
    published = (world.policies / "staging/example.com.yaml").read_bytes()
    repo.commit({path: before or published, defaults: (proposed / "_defaults.yaml").read_bytes()})
    repo.branch("change")
    repo.commit({path: (proposed / "example.com.yaml").read_bytes()})
    where = ["--repo", str(repo.folder), "--base", "main", "--head", "change", "--store", str(tmp_path)]
    return world.mtasts("gate", "--sandbox", *where)
