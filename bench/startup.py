"""`mtasts --help` beside an interpreter that does nothing, as whole processes, alternating: `python -m bench.startup`.

To reach: under 0.15 s.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 20
MTASTS = Path(sys.executable).with_name("mtasts")


def seconds(command: list[str]) -> float:
    """Wall time of one run."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    sides = {"mtasts --help": [str(MTASTS), "--help"], "bare python": [sys.executable, "-c", "pass"]}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, command in sides.items():
            taken[name].append(seconds(command))
    for name, values in taken.items():
        print(f"{name:<14} {statistics.median(values) * 1000:6.0f} ms (median of {ROUNDS})")


if __name__ == "__main__":
    main()
