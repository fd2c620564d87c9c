"""The engine or the command killed (SIGKILL) at many moments of a rotation: never out of step, a re-run converges."""

import subprocess
import time

import pytest

from tests.patience import PATIENCE
from tests.publishing.processes import engines_of, kill, kill_with_children


def killed_up(stage, moment, what: str) -> None:
    """Start `mtasts up` and kill it (or its engine) when `moment(stage)` says so, or let it end."""
    process = subprocess.Popen(
        stage.command(*stage.words("up")),
        env=stage.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None and not moment(time.monotonic()):
        time.sleep(0.005)
    if process.poll() is None and what == "engine":
        kill(engines_of(process.pid))
    elif process.poll() is None:
        kill_with_children(process)
    process.wait(PATIENCE)


class Moments:
    """Moments of a run, told by what has become visible and by time since then."""

    def __init__(self, stage) -> None:
        self.stage, self.events = stage, len(stage.events())

    def after(self, kind: str | None, seconds: float):
        start: list[float] = []

        def reached(now: float) -> bool:
            if not start and (kind is None or self._visible(kind)):
                start.append(now)
            return bool(start) and now - start[0] >= seconds

        return reached

    def _visible(self, kind: str) -> bool:
        return any(event["kind"] == kind for event in self.stage.events()[self.events :])


# Before the body, between body and TXT, after the TXT, and at times spread over the run. A round costs two runs of the
# engine, so the points are shared out here; `python -m bench.kills` plays as many rounds as one likes.
POINTS = [("body", 0.0), ("body", 0.03), ("body", 0.1), ("txt", 0.0), ("txt", 0.05), (None, 0.3), (None, 0.9)]


@pytest.mark.parametrize("what", ["engine", "command"])
def test_killed_at_many_points_of_a_rotation(watched, what):
    """What was killed is put right by the next run, and senders never see a text beside the id of another one."""
    stage, _ = watched
    mode = "testing"
    for kind, seconds in POINTS[what == "command" :: 2]:
        mode = "enforce" if mode == "testing" else "testing"
        before = stage.id("example.com")
        stage.edit("example.com", mode=mode)

        killed_up(stage, Moments(stage).after(kind, seconds), what)
        healed = stage.up()

        assert healed.code == 0, (kind, seconds, healed.err)
        assert f"mode: {mode}".encode() in stage.body("example.com"), (kind, seconds)
        assert stage.id("example.com") != before
    assert set(stage.preview().json["changes"]) == {"same"}
