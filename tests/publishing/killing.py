"""A take-over killed at the K-th changing call of a provider, and run again to its end, with an onlooker all the time.

The sandbox holds that call (`fault call-held`, `answer-held`), so a point is the same on each machine and at each load.
"""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mtasts.processes import process_status
from mtasts_sandbox.client import running
from tests.patience import PATIENCE
from tests.publishing.adopting import DOMAIN, ID, Adopting, before_adoption
from tests.publishing.processes import descendants, engines_of
from tests.publishing.stage import ROOT

FAULTS = ("call-held", "answer-held")  # killed before the call was carried out, or when only its answer was missing
WHAT = ("engine", "command", "both")
_FAR = 80_000  # calls that no run makes
_TRIES = 3  # runs after a kill


@dataclass(frozen=True)
class Point:
    """Where a run is killed (the K-th changing call from its beginning) and what."""

    fault: str
    call: int
    what: str

    def __str__(self) -> str:
        return f"{self.what} at {self.fault} {self.call}"


@dataclass(frozen=True)
class Ended:
    """What came of it: what senders met, the result to be held against that of an unkilled run, how many runs."""

    worse: list[str]
    result: object
    calls: int  # changing calls of an unkilled run; 0 of a killed one
    runs: int  # after the kill, until one ended well; 0 when none did
    reached: bool  # the run was killed, and had not ended before
    said: str = ""


def points(calls: int, wanted: int) -> list[Point]:
    """So many points, spread over the calls of a run; each of a kind differs from the last."""
    every = [(fault, call) for call in range(1, calls + 1) for fault in FAULTS]
    chosen = [every[number * len(every) // wanted] for number in range(min(wanted, len(every)))]
    return [Point(fault, call, WHAT[number % len(WHAT)]) for number, (fault, call) in enumerate(chosen)]


def unkilled(folder: Path, way: str, mode: str, like: Path) -> Ended:
    """A take-over that nobody disturbs."""
    with before_adoption(folder, way, mode, like) as stage:
        running(stage.state).fault("provider-error", _FAR)
        with stage.onlooker() as looked:
            done = stage.adopt()
        left = next(each["value"] for each in running(stage.state).status()["faults"])
        said = "" if done.code == 0 else done.out + done.err
        return Ended(stage.judge(looked), result(stage), int(_FAR - left), int(done.code == 0), False, said)


def killed(folder: Path, way: str, mode: str, like: Path, point: Point) -> Ended:
    """The same, killed at that point, and run again to its end."""
    with before_adoption(folder, way, mode, like) as stage, stage.onlooker() as looked:
        reached = kill_at(stage, point)
        done, runs = stage.adopt(), 1
        while done.code != 0 and runs < _TRIES:
            done, runs = stage.adopt(), runs + 1
    said, runs = ("", runs) if done.code == 0 else (done.out + done.err, 0)
    return Ended(stage.judge(looked), result(stage), 0, runs, reached, said)


def kill_at(stage: Adopting, point: Point) -> bool:
    """Begin to take over and kill there; False when the run ended before."""
    sandbox = running(stage.state)
    sandbox.fault(point.fault, point.call)
    with subprocess.Popen(
        stage.adopting(),
        cwd=ROOT,
        env=stage.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        while not (held := any(fault["value"] == 0 for fault in sandbox.status()["faults"])) and process.poll() is None:
            time.sleep(0.02)
        started = _kill(process, point.what) if held else []
        sandbox.clear(point.fault)
        process.wait(PATIENCE)
    deadline = time.monotonic() + PATIENCE
    while any((status := process_status(pid)) and not status.ended for pid in started):
        assert time.monotonic() < deadline, f"{started} still run"
        time.sleep(0.02)
    return held


def _kill(process: "subprocess.Popen[bytes]", what: str) -> list[int]:
    """SIGKILL; gives what the command had started. It stands still meanwhile, so that it starts no more."""
    process.send_signal(signal.SIGSTOP)
    started = descendants(process.pid)
    engines = engines_of(process.pid)
    for pid in (*(engines if what != "command" else ()), *([process.pid] if what != "engine" else ())):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.send_signal(signal.SIGCONT)
    return started


def result(stage: Adopting) -> object:
    """What is there in the end, without what differs from run to run: names made by the cloud, times."""
    wanted = dict(stage.yaml())
    wanted["adopted"] = {key: value for key, value in wanted["adopted"].items() if key != "seen"}
    (state,) = (stage.state / "pulumi" / ".pulumi" / "stacks").rglob("staging.json")
    latest = json.loads(state.read_text())["checkpoint"]["latest"]
    held = sorted(entry["urn"].partition("::")[2] for entry in latest["resources"])
    return {
        "yaml": wanted,
        "state": held,
        "pending": latest.get("pending_operations") or [],
        "visible": sorted(_visible(stage.events())),
    }


def _visible(events: list[dict]) -> set[tuple[str, str, str]]:
    """What clients see of the domain in the end: kind, name, and what of its value is the same in each run."""
    seen: dict[tuple[str, str], str] = {}
    for event in events:
        kind, name, value = event["kind"], event["name"], event["value"]
        if not name.endswith(DOMAIN) or kind in ("certificate", "distribution"):
            continue
        if kind == "gone":
            seen.pop((value, name), None)
        elif kind == "record":
            seen[f"record {value['type']}", name] = ""
        elif kind == "body":
            seen[kind, name] = value["text"]
        elif kind == "txt":
            seen[kind, name] = value if ID in value or not name.startswith("_mta-sts.") else "a new id"
    return {(kind, name, value) for (kind, name), value in seen.items()}
