"""Kill `mtasts up`, its engine or both at random moments of a publication, then let a run go on, many times.

    python -m bench.kills [--kills 20] [--seed 1] [--folder DIR]

Two mail domains in a sandbox of their own, one on each DNS provider. Each round changes one of them (first publication,
testing to enforce, rotation, roll-back, retirement), kills after a random part of the time that a run takes, and runs
`mtasts up` again until it ends well, three times at most. At the end the event log, which the sandbox writes, must
show no TXT that names another text than the one that was served at that moment, and no round without its end.

A round costs two or three runs of the engine. With --folder the result goes on where it was left, so that a thousand
kills can be made in pieces: the seed of a round is its number, counted from --seed.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mtasts.processes import process_status

ROOT = Path(__file__).resolve().parent.parent
MTASTS = Path(sys.executable).with_name("mtasts")
ZONES = {
    "r.example": ("route53", "Z0123456789KILLS"),
    "c.example": ("cloudflare", "0123456789abcdef0123456789abcdef"),
}
PHASES = (
    ("flip", "enforce"),
    ("rotation", "enforce"),
    ("rotation", "testing"),
    ("roll-back", "testing"),
    ("retire", "none"),
)
WHAT = ("command", "engine", "both")
_TRIES, _LIMIT = 3, 600  # runs after a kill, and seconds that no run takes


@dataclass
class Tally:
    """What came of the rounds so far: kills by (phase, what was killed), and what was wrong."""

    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    late: int = 0  # rounds in which the run had ended before its kill
    again: int = 0  # runs after a kill that did not end well, though a later one did
    stuck: list[str] = field(default_factory=list)
    disorder: list[str] = field(default_factory=list)

    @property
    def made(self) -> int:
        """Kills in all."""
        return sum(self.kills.values())


class Lab:
    """A sandbox, a folder of policies, and the command."""

    def __init__(self, folder: Path) -> None:
        self.state, self.policies = folder / "sandbox", folder / "policies"
        (self.policies / "staging").mkdir(parents=True, exist_ok=True)
        self._environment = {**os.environ, "MTASTS_SANDBOX_DIR": str(self.state)}
        self._environment.pop("PULUMI_BACKEND_URL", None)

    def start(self) -> None:
        """Bring the sandbox up, with its zones."""
        for domain in ZONES:
            self.write(domain, "testing", 86400)
        done = self.run("sandbox", "up", "--port", "0", "--policies", str(self.policies))
        if done.returncode:
            raise SystemExit(done.stderr)

    def write(self, domain: str, mode: str, max_age: int) -> None:
        """The file of one domain."""
        provider, zone = ZONES[domain]
        (self.policies / "staging" / f"{domain}.yaml").write_text(
            f"domain: {domain}\nmode: {mode}\nmax_age: {max_age}\nmx: [mx.{domain}]\n"
            f"tls_rpt: {{rua: ['mailto:tls@{domain}']}}\ndns: {{provider: {provider}, zone: {zone}}}\n"
        )

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """One command to its end."""
        command = [str(MTASTS), *words]
        return subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=_LIMIT, check=False
        )

    def up(self) -> "subprocess.CompletedProcess[str]":
        """Publish."""
        return self.run(*self._up())

    def killed_up(self, seconds: float, what: str) -> bool:
        """Begin to publish, and kill after so long; whether it still ran."""
        with subprocess.Popen(
            [str(MTASTS), *self._up()],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
                return False
            started = kill(process, what)
            process.wait(_LIMIT)
        # An engine that lives on without its command ends by itself, at times without giving back its lock.
        wait_until(lambda: not any(map(runs, started)), _LIMIT)
        return True

    def events(self) -> list[dict[str, object]]:
        """What became visible, oldest first."""
        lines = (self.state / "events.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def _up(self) -> list[str]:
        return ["up", "--stack", "staging", "--sandbox", "--policies", str(self.policies), "--yes"]


def kill(process: "subprocess.Popen[bytes]", what: str) -> list[int]:
    """SIGKILL to the command, what it has started, or both; gives what it had started.

    It stands still meanwhile, so that it starts no more.
    """
    process.send_signal(signal.SIGSTOP)
    started = list(children(process.pid))
    for pid in (*(started if what != "command" else ()), *([process.pid] if what != "engine" else ())):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.send_signal(signal.SIGCONT)
    return started


def children(pid: int) -> Iterator[int]:
    """The processes that any thread of a process has started."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            yield from map(int, task.read_text().split())


def runs(pid: int) -> bool:
    """Whether a process of that number is there, and not over."""
    status = process_status(pid)
    return status is not None and not status.ended


def wait_until(seen: Callable[[], bool], seconds: float) -> None:
    """Until it is so, or so long."""
    end = time.monotonic() + seconds
    while not seen() and time.monotonic() < end:
        time.sleep(0.05)


def disorder(events: Sequence[dict[str, object]]) -> list[str]:
    """Each TXT that named another text than the one that was served at that moment.

    An id ends with the first 16 hex digits of its text's SHA-256, so a TXT and a text can be held together without
    asking the program that made them.
    """
    served: dict[str, str] = {}
    found = []
    for event in events:
        name, value = str(event["name"]), event.get("value")
        if event["kind"] == "body" and isinstance(value, dict):
            served[name.split("/", maxsplit=1)[0].removeprefix("mta-sts.")] = str(value.get("sha256", ""))
        elif event["kind"] == "txt" and name.startswith("_mta-sts."):
            domain = name.removeprefix("_mta-sts.")
            text = str(value if isinstance(value, str) else " ".join(map(str, value or ())))  # type: ignore[call-overload]
            named = text.partition("id=")[2].partition(";")[0]
            if not served.get(domain, "").startswith(named[14:]) or not named:
                found.append(f"event {event['seq']}: {domain} named {named or text!r}, served {served.get(domain)}")
    return found


def one(lab: Lab, number: int, seconds: float, tally: Tally) -> None:
    """One round: change, kill, go on."""
    chosen = random.Random(number)
    domain = chosen.choice(sorted(ZONES))
    phase, mode = chosen.choice(PHASES)
    if number == 0:
        phase = "first"
    lab.write(domain, mode, chosen.randint(86_400, 2_000_000))
    what = chosen.choice(WHAT)
    if lab.killed_up(chosen.uniform(0.1, seconds), what):
        tally.kills[phase, what] += 1
    else:
        tally.late += 1
    for attempt in range(_TRIES):
        done = lab.up()
        if done.returncode == 0:
            tally.again += attempt
            return
    tally.stuck.append(f"round {number} ({phase}, {what}): {done.stderr.strip()[-300:]}")


def rounds(lab: Lab, kills: int, seed: int, tell: Callable[[str], None] = lambda _: None) -> Tally:
    """So many kills, from this seed on; the first is that of the first publication where nothing is published yet."""
    tally = Tally()
    begun = len(lab.events()) if (lab.state / "events.jsonl").exists() else 0
    first = not any("kind" in event and event["kind"] == "txt" for event in lab.events()) if begun else True
    if first:
        one(lab, 0, 6.0, tally)
    started = time.monotonic()
    lab.up()
    seconds = time.monotonic() - started + 2.0
    number = seed
    while tally.made < kills and len(tally.stuck) < 3:
        one(lab, number, seconds, tally)
        tell(f"{number}: {tally.made} kills, {tally.late} too late, {tally.again} again, {len(tally.stuck)} stuck")
        number += 1
    tally.disorder = disorder(lab.events())
    return tally


def table(tally: Tally) -> str:
    """The tally in Markdown."""
    phases = sorted({phase for phase, _ in tally.kills})
    lines = [f"| killed in | {' | '.join(WHAT)} |", "|---|---|---|---|"]
    lines += [f"| {phase} | {' | '.join(str(tally.kills[phase, what]) for what in WHAT)} |" for phase in phases]
    return "\n".join(
        [
            *lines,
            "",
            f"{tally.made} kills: {len(tally.disorder)} TXTs that named a text not served, "
            f"{len(tally.stuck)} rounds that did not converge, {tally.again} that took one run more.",
        ]
    )


def main() -> int:
    """Run and tell; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the sandbox here, and go on with it")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kills-") as temporary:
        lab = Lab(args.folder or Path(temporary))
        lab.start()
        try:
            tally = rounds(lab, args.kills, args.seed, lambda line: print(line, file=sys.stderr, flush=True))
        finally:
            lab.run("sandbox", "down")
    print(table(tally))
    for wrong in (*tally.stuck, *tally.disorder):
        print(wrong)
    return 1 if tally.stuck or tally.disorder else 0


if __name__ == "__main__":
    sys.exit(main())
