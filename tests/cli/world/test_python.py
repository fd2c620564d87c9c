"""The public Python API: its names, its types, and the examples of its page, run as they stand there."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import aclosing
from datetime import date
from pathlib import Path

import pytest

import mtasts
from mtasts import CannotLook, Network, NotValid, ready_verdicts, report_summary, verify_domains
from mtasts.live.sightings import open_sightings
from mtasts.live.store import open_store
from tests.cli.conftest import World
from tests.cli.filled import month
from tests.patience import PATIENCE
from tests.publishing.stage import ROOT

PAGE = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^## (.+?)\n(?:(?!^## ).)*?^```python\n(.*?)^```$", PAGE, re.M | re.S))


def run(example: str, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """What a section's example prints, as a program of its own in `folder`."""
    done = subprocess.run(
        [sys.executable, "-c", EXAMPLES[example]], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_every_public_name_is_there_and_on_the_page() -> None:
    """`__all__`, the types, what is loaded when asked for, and the page have the same names."""
    homes = [name for names in mtasts._HOMES.values() for name in names]
    assert sorted(homes) == sorted(mtasts.__all__) == mtasts.__all__
    assert set(mtasts.__all__) <= set(dir(mtasts))
    table = " ".join(line for line in PAGE.splitlines() if line.startswith("| `"))
    for name in mtasts.__all__:
        assert getattr(mtasts, name).__name__ == name
        assert re.search(rf"`{name}[`(]", table), name
    with pytest.raises(AttributeError):
        mtasts.nonsense  # noqa: B018


def test_importing_loads_nothing_and_any_order_of_names_does() -> None:
    """A name that a module of the package has, too, would depend on what was imported before."""
    code = "import sys, mtasts; print([name for name in sys.modules if name.startswith('mtasts.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    inside = {path.stem for path in (ROOT / "mtasts").iterdir()}
    assert not inside & set(mtasts.__all__)


def test_types_are_seen_by_a_type_checker(tmp_path: Path) -> None:
    """What is loaded late is typed all the same, and the examples are right by their types."""
    for number, code in enumerate(EXAMPLES.values()):
        (tmp_path / f"example{number}.py").write_text(code, encoding="utf-8")
    (tmp_path / "wrong.py").write_text("from mtasts import report_summary\nreport_summary(by=1)\n", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(ROOT / ".mypy_cache")]
    done = subprocess.run([*command, *map(str, tmp_path.glob("*.py"))], cwd=ROOT, capture_output=True, text=True,
                          timeout=PATIENCE, check=False)  # fmt: skip
    assert all("wrong.py:2" in line for line in done.stdout.splitlines()), done.stdout
    assert done.stdout.count("error") == 2


@pytest.mark.xdist_group("looking")
def test_domains_are_verified(world: World, tmp_path: Path) -> None:
    """In the order given, each with what is wrong."""
    world.sandbox("fault", "mx-no-starttls", "--on", "mx2.example.com")
    lines = run("Verify a list of domains", tmp_path, {**world.environment, **world.cloud})
    assert lines[0] == "example.com: would deliver in enforce: no"
    assert lines[1].startswith("  starttls-not-supported: 'mx2.example.com")
    assert lines[-1] == "example.net: would deliver in enforce: yes"


@pytest.mark.xdist_group("looking")
def test_a_loop_that_is_there_and_a_stack(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside other tasks of the loop; every domain of the stack without a list; left early without a trace."""
    monkeypatch.delenv("MTASTS_RESOLVER", raising=False)
    network = Network.from_environment(world.cloud)

    async def first() -> str:
        async with aclosing(verify_domains(stack="staging", policies=world.policies, network=network)) as found:
            async for one in found:
                return f"{one.domain} {one.passed}"
        return ""

    async def both() -> list[str]:
        names = [one.domain async for one in verify_domains(["example.net"], stack="staging", policies=world.policies,
                                                             network=network)]  # fmt: skip
        return [*await asyncio.gather(first(), first()), *names]

    assert asyncio.run(both()) == ["example.com True", "example.com True", "example.net"]


@pytest.mark.xdist_group("looking")
def test_a_stack_is_judged(world: World, tmp_path: Path) -> None:
    """As `ready` does it: with nobody's reports there is not enough evidence, and what was seen is kept."""
    shutil.copytree(world.policies, tmp_path / "policies")
    open_store(str(tmp_path / ".mtasts/reports"), create=True).close()
    ledger = world.mtasts("ledger", "--sandbox", "--stack", "staging", "--policies", str(world.policies), "--json")
    (tmp_path / "ledger.json").write_text(ledger.out, encoding="utf-8")
    lines = run("Verdicts of a stack", tmp_path, {**world.environment, **world.cloud})
    assert [line for line in lines if not line.startswith(" ")] == [
        "example.com: not enough evidence", "example.net: not enough evidence",
    ]  # fmt: skip
    assert "  sessions: " in "\n".join(lines)
    assert open_sightings(str(tmp_path / ".mtasts/reports")).of("example.com")


@pytest.mark.xdist_group("looking")
def test_a_verdict_does_not_stop_the_loop(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is made, other tasks run; a loop that is left early ends what was begun; errors come as they are."""
    monkeypatch.delenv("MTASTS_RESOLVER", raising=False)
    place, network = str(tmp_path / "store"), Network.from_environment(world.cloud)
    open_store(place, create=True).close()
    (tmp_path / "ledger.json").write_text("[]", encoding="utf-8")

    async def judge(*domains: str) -> str:
        found = ready_verdicts("staging", domains, policies=world.policies, store=place, network=network,
                               ledger=str(tmp_path / "ledger.json"), keep=False)  # fmt: skip
        async with aclosing(found) as verdicts:
            async for verdict in verdicts:
                return f"{verdict.domain} {verdict.ready}"
        return ""

    async def beside() -> tuple[str, int]:
        judging, turns = asyncio.ensure_future(judge()), 0
        while not judging.done():
            turns += 1
            await asyncio.sleep(0.001)
        return await judging, turns

    seen, turns = asyncio.run(beside())
    assert seen == "example.com False"
    assert turns > 1
    assert not open_sightings(place).of("example.com")
    with pytest.raises(CannotLook, match=r"nowhere\.example is not in stack staging"):
        asyncio.run(judge("nowhere.example"))


def test_what_cannot_be_looked_at_is_raised(tmp_path: Path) -> None:
    """A bad name and a bad resolver before anything is asked; invalid YAML with all its problems."""

    async def verify(*domains: str, **more: object) -> None:
        async for _ in verify_domains(domains, **more):  # type: ignore[arg-type]
            pass

    with pytest.raises(CannotLook, match="is not a mail domain"):
        asyncio.run(verify("nonsense..example"))
    with pytest.raises(CannotLook, match="is not ADDR:PORT"):
        asyncio.run(verify("example.com", network=Network("a:b:c")))
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod" / "example.com.yaml").write_text("mode: enfroce\nmax_age: no\n", encoding="utf-8")
    with pytest.raises(NotValid) as caught:
        asyncio.run(verify(stack="prod", policies=tmp_path))
    assert len(caught.value.problems) > 1


def test_a_store_is_summed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As rows, with numbers as numbers; the program's own rows are the same as those of the command."""
    month(tmp_path / ".mtasts" / "reports")
    lines = run("Summary of a report store", tmp_path, os.environ)
    monkeypatch.chdir(tmp_path)
    rows = report_summary(".mtasts/reports", until=date(2026, 3, 30))
    assert lines[: len(rows)] == [f"{row['domain']} {row['sts_successes']} {row['sts_failures']}" for row in rows]
    assert {type(row["sts_successes"]) for row in rows} == {int}
    assert len(lines) > len(rows)
    assert json.dumps(rows)
    with pytest.raises(ValueError, match="one of"):
        report_summary(".mtasts/reports", by="nonsense")
    with pytest.raises(CannotLook):
        report_summary(tmp_path / "nowhere")
