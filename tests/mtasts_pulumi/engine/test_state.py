"""What is read from, and fixed in, a file backend."""

import gzip
import json
from pathlib import Path

import pytest

from mtasts_pulumi.engine.state import drop_broken_attributes, has_lock_files, read_file_backend, read_state

_STACK = {
    "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
    "type": "pulumi:pulumi:Stack",
    "outputs": {"domains": {"example.com": {"mode": "testing"}, "odd": "x"}},
}
_DOMAIN = {"urn": "urn:pulumi:dev::p::mtasts:index:MtaStsDomain::example.com", "type": "mtasts:index:MtaStsDomain"}
_PENDING = {"type": "creating", "resource": {}}
_LATEST = {"resources": [_STACK, _DOMAIN], "pending_operations": [_PENDING]}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The `.pulumi` folder of a backend in a path with a blank."""
    folder = tmp_path / "my backend" / ".pulumi"
    (folder / "stacks" / "p").mkdir(parents=True)
    (folder / "locks" / "organization" / "p" / "dev").mkdir(parents=True)
    return folder


def environ(root: Path) -> dict[str, str]:
    """Its URL, with an option as the engine takes it."""
    return {"PULUMI_BACKEND_URL": f"file://{str(root.parent).replace(' ', '%20')}?no_tmp_dir=true"}


def test_read_state() -> None:
    """Domains by their components, modes by the stack's outputs, pending operations as they are."""
    state = read_state(_LATEST)
    assert state.domains == {"example.com"}
    assert state.published == {"example.com": "testing"}
    assert state.pending == (_PENDING,)


@pytest.mark.parametrize("latest", [{}, {"resources": None}, {"resources": [{"type": "pulumi:pulumi:Stack"}]}])
def test_read_state_of_little(latest: dict[str, object]) -> None:
    """What is missing is empty."""
    state = read_state(latest)
    assert (state.domains, state.pending, state.published) == (frozenset(), (), {})


@pytest.mark.parametrize("packed", [False, True])
def test_read_file_backend(root: Path, packed: bool) -> None:
    """Plain or gzipped, with and without organisation before the stack's name."""
    text = json.dumps({"version": 3, "checkpoint": {"latest": _LATEST}}).encode()
    path = root / "stacks" / "p" / ("dev.json.gz" if packed else "dev.json")
    path.write_bytes(gzip.compress(text) if packed else text)
    for stack in ("dev", "organization/p/dev"):
        state = read_file_backend("p", stack, environ(root))
        assert state is not None
        assert state.domains == {"example.com"}


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"checkpoint": 3}', b"\xff"])
def test_unreadable_state(root: Path, text: bytes) -> None:
    """Not ours to judge: None, and the engine says what is wrong."""
    (root / "stacks" / "p" / "dev.json").write_bytes(text)
    state = read_file_backend("p", "dev", environ(root))
    assert state is None or state.domains == frozenset()


def test_other_backends_are_not_read(root: Path) -> None:
    """Only files are."""
    for url in ("", "s3://bucket", "https://api.pulumi.com"):
        assert read_file_backend("p", "dev", {"PULUMI_BACKEND_URL": url}) is None
        assert not has_lock_files("p", "dev", {"PULUMI_BACKEND_URL": url})
        assert drop_broken_attributes("p", "dev", {"PULUMI_BACKEND_URL": url}) == 0


def test_lock_files(root: Path) -> None:
    """A lock of this stack, none of another."""
    (root / "locks" / "organization" / "p" / "dev" / "a.json").write_text("{}")
    assert has_lock_files("p", "dev", environ(root))
    assert not has_lock_files("p", "prod", environ(root))


def test_broken_attributes_are_dropped(root: Path) -> None:
    """Empty or cut attribute files go; whole ones, states and locks stay."""
    stacks, locks = root / "stacks" / "p", root / "locks" / "organization" / "p" / "dev"
    broken = [stacks / "dev.json.attrs", stacks / "dev.json.bak.attrs", locks / "a.json.attrs"]
    whole = [stacks / "prod.json.attrs", locks / "b.json.attrs", root / "meta.yaml.attrs"]
    others = [stacks / "dev.json", locks / "a.json"]
    broken[0].write_bytes(b"")
    broken[1].write_bytes(b'{"md5": "x')
    broken[2].write_bytes(b"")
    for file in [*whole, *others]:
        file.write_text("{}")
    assert drop_broken_attributes("p", "dev", environ(root)) == 3
    assert [file.exists() for file in broken] == [False] * 3
    assert [file.exists() for file in [*whole, *others]] == [True] * 5
    assert drop_broken_attributes("p", "dev", environ(root)) == 0
