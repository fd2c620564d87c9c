"""The state on a disk that fills, before a run and in the middle of one, to 8 sizes: nothing is lost, it goes on."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.namespaces import Namespace, namespace
from tests.patience import PATIENCE
from tests.publishing.commands import Commands, domains, on_tiny

pytestmark = pytest.mark.needs("namespaces")
LEFT = (0, 4, 8, 12, 16, 20, 28, 36)  # KiB


@pytest.fixture
def small(tmp_path: Path, clean_environment: Mapping[str, str]) -> Iterator[tuple[Commands, Namespace]]:
    """The project with its backend on a disk of 8 MiB."""
    with namespace() as space, on_tiny(tmp_path, clean_environment) as commands:
        done = space.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", commands.backend])
        assert done.returncode == 0, done.stderr
        commands.started_as = space.command
        yield commands, space


def fill(space: Namespace, folder: Path, left: int) -> None:
    """All but so many KiB."""
    script = 'cd "$1"; cat /dev/zero > filler 2>/dev/null; size=$(stat -c %s filler); truncate -s $((size - $2)) filler'
    assert space.run(["sh", "-c", script, "sh", folder, str(left * 1024)]).returncode == 0


def make_room(space: Namespace, folder: Path) -> None:
    assert space.run(["rm", folder / "filler"]).returncode == 0


def test_disk_full_before_a_run(small: tuple[Commands, Namespace]) -> None:
    """Nothing is begun, in one line that names the place; with room again it goes on."""
    commands, space = small
    assert commands.run("up", domains=domains("a"))[0] == 0
    for left in LEFT:
        fill(space, commands.backend, left)
        code, told, err = commands.run("up", domains=domains("b"))
        assert code == 2, (left, err)
        assert "the state backend has no room for this run: " in err
        assert "nothing was touched" in told["problems"][0]["message"]  # type: ignore[index]
        make_room(space, commands.backend)
    code, told, err = commands.run("up", domains=domains("b"))
    assert (code, told["notes"]) == (0, []), err


def test_disk_full_in_the_middle_of_a_run(small: tuple[Commands, Namespace]) -> None:
    """Told, where it was too little; with room again the same command goes on, or says how to repair the state."""
    commands, space = small
    assert commands.run("up", domains=domains("start"))[0] == 0
    commands.wait_for("example.com-mta-sts")
    for left in LEFT:
        process = commands.start("up", domains=domains(f"v{left}", slow=PATIENCE))
        commands.wait_for("example.com-mta-sts")
        fill(space, commands.backend, left)
        commands.enough()
        code, _, err = commands.end(process)
        make_room(space, commands.backend)
        assert code == 0 or "has no room for the state: " in err, (left, err)
        if not left:
            assert code in (1, 2), err
        code, _, err = commands.run("up", domains=domains(f"v{left}"))
        if "mtasts state repair" in err:
            assert commands.run("state repair")[0] == 0
            code, _, err = commands.run("up", "--refresh", domains=domains(f"v{left}"))
        assert code == 0, (left, err)
        file = space.run(["cat", commands.backend / ".pulumi/stacks/tiny/dev.json"])
        assert f"v{left}" in file.stdout
