"""The way back when everything else is broken, and what must not pass then: real sources that do not answer."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.fleet import Change, Fleet, file_of, run
from tests.ports import free_port
from tests.publishing.stage import Run

pytestmark = pytest.mark.xdist_group("hostile-gate")

BACK = "The way back of alpha.example passes alone: put policies/staging/alpha.example.yaml into a change of its own."


def back(change: Change) -> Change:
    return change.edit("alpha", "mode: enforce", "mode: testing")


@pytest.fixture
def broken(fleet: Fleet, tmp_path: Path) -> Callable[[str], tuple[dict[str, str], list[str], Path]]:
    """The environment of a job, further options, and the store, where one thing does not answer, or all of them."""
    closed = f"127.0.0.1:{free_port()}"
    job = {**fleet.environment, **fleet.cloud}
    damaged = tmp_path / "damaged"
    state = damaged / ".pulumi" / "stacks" / "mtasts" / "staging.json"
    state.parent.mkdir(parents=True)
    state.write_text('{"version": 3, "checkpoint": {"la')

    def without(what: str) -> tuple[dict[str, str], list[str], Path]:
        environ, words, store = dict(job), list[str](), fleet.store
        if what in ("S3", "anything"):
            environ["AWS_ENDPOINT_URL"] = f"http://{closed}"
        if what in ("DNS", "anything"):
            words = ["--resolver", closed, "--timeout", "1"]
        if what in ("the store", "anything"):
            store = tmp_path / "none"
        if what in ("the backend", "anything"):
            environ["PULUMI_BACKEND_URL"] = f"file://{tmp_path}/nowhere"
        if what == "a whole state":
            environ["PULUMI_BACKEND_URL"] = f"file://{damaged}"
        return environ, words, store

    return without


def judged(fleet: Fleet, branch: str, where: tuple[dict[str, str], list[str], Path], capsys) -> Run:  # type: ignore[no-untyped-def]
    environ, words, store = where
    done = run(fleet.gate(branch, *words, store=store), environ, capsys)
    return Run(done.code, " ".join(done.out.split()), " ".join(done.err.split()))


@pytest.mark.parametrize("what", ["S3", "DNS", "the store", "the backend", "a whole state", "anything"])
def test_without(fleet: Fleet, broken, capsys, what: str) -> None:  # type: ignore[no-untyped-def]
    """The way back passes, and says what it did not see; a removal and a flip never do."""
    where = broken(what)
    names = {
        "back": fleet.propose("way-back", back),
        "shorter": fleet.propose("way-back-shorter", lambda c: c.edit("beta", "max_age: 7d", "max_age: 1d")),
        "removal": fleet.propose("way-back-removal", lambda c: c.remove("gamma")),
        "flip": fleet.propose("way-back-flip", lambda c: c.flip()),
        "both": fleet.propose("way-back-both", lambda c: back(c).flip()),
    }

    done = {name: judged(fleet, branch, where, capsys) for name, branch in names.items()}

    for name in ("back", "shorter"):
        assert done[name].code == 0, done[name]
        assert " unknown " in done[name].out
    assert done["removal"].code != 0, done["removal"]
    assert "removal-mode" in done["removal"].out + done["removal"].err or done["removal"].code == 2
    assert done["flip"].code != 0, done["flip"]
    assert done["both"].code != 0, done["both"]
    assert BACK in f"{done['both'].out}{done['both'].err}."


def test_both_are_told_apart_and_the_remedy_works(fleet: Fleet, capsys) -> None:  # type: ignore[no-untyped-def]
    """One change holds the whole back; the file alone, taken as it says, passes."""
    fleet.propose("both", lambda c: back(c).flip())
    whole = run(fleet.gate("both", "--sandbox"), fleet.environment, capsys)
    assert whole.code == 1
    assert "gamma.example, testing -> enforce: not now." in " ".join(whole.out.split())
    assert BACK in " ".join(whole.out.split())

    fleet.propose("alone", lambda c: c.repo.git("checkout", "-q", "both", "--", file_of("alpha")))
    assert run(fleet.gate("alone", "--sandbox"), fleet.environment, capsys).code == 0


def test_through_the_defaults_it_is_written_into_the_file(fleet: Fleet, capsys) -> None:  # type: ignore[no-untyped-def]
    """What the defaults do for one domain they do for others."""
    defaults = "policies/staging/_defaults.yaml"
    longer = "max_age: 7d\n"
    fleet.repo.git("checkout", "-qB", "shared", "main")
    change = Change(fleet.repo)
    change.edit("beta", longer, "").edit("gamma", "max_age: 1d\n", "").add(defaults, longer).commit()
    fleet.repo.git("checkout", "-qB", "shared-change")
    change.edit(defaults, longer, "max_age: 1d\n").flip().commit()
    fleet.repo.git("checkout", "-qf", "main")
    words = [word if word != "main" else "shared" for word in fleet.gate("shared-change", "--sandbox")]

    done = run(words, fleet.environment, capsys)

    assert done.code == 1, done.out
    says = (
        "The way back of beta.example passes alone: write the mode and max_age into policies/staging/beta.example.yaml"
    )
    assert says in " ".join(done.out.split())


def test_a_twin_that_no_longer_answers_is_not_never_published(fleet: Fleet, broken, capsys) -> None:  # type: ignore[no-untyped-def]
    """The state is of another backend, DNS does not say: an enforcing domain may not be removed for want of a trace."""
    environ, _, store = broken("the backend")
    branch = fleet.propose("removal-unseen", lambda c: c.remove("alpha"))
    words = ["--resolver", f"127.0.0.1:{free_port()}", "--timeout", "1"]

    done = run(fleet.gate(branch, *words, store=store), environ, capsys)

    assert done.code == 1, done
    assert "removal-mode: alpha.example is removed in mode enforce" in " ".join(done.out.split())
