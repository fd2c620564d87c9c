"""Histories of mail domains played against the change rules: how many a second, and what is lost without which rule.

Run by `python -m bench.simulation [HISTORIES] [--without N] [--processes N]`; the defaults are 100000, 1000 and one
process a processor. Exit code 1 if any history that obeys all rules loses anything, or if a switch leads to no loss.
`--seeds` prints for each switch the first seed with a loss (tests/simulation/test_histories.py).
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from tests.simulation.play import play
from tests.simulation.switches import EVERY, play_without

CHUNK = 250


@dataclass
class Sum:
    """What came of many histories; `lost` counts histories by the kind of loss, `first` has the first seed of each."""

    histories: int = 0
    days: float = 0
    publications: int = 0
    removals: int = 0
    taken_over: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Sum") -> None:
        self.histories += other.histories
        self.days += other.days
        self.publications += other.publications
        self.removals += other.removals
        self.taken_over += other.taken_over
        self.lost += other.lost
        for what, seed in other.first.items():
            self.first[what] = min(seed, self.first.get(what, seed))


def chunk(work: tuple[str | None, int, int]) -> Sum:
    """Play the seeds from..to-1, all rules obeyed or one switched off."""
    switch, start, end = work
    found = Sum()
    for seed in range(start, end):
        played = play(seed) if switch is None else play_without(switch, seed)
        found.histories += 1
        found.days += played.days
        found.publications += played.publications
        found.removals += played.removals
        found.taken_over += played.taken_over
        for what in {loss.what for loss in played.losses}:
            found.lost[what] += 1
            found.first.setdefault(what, seed)
    return found


def chunks(switch: str | None, histories: int) -> Iterator[tuple[str | None, int, int]]:
    for start in range(0, histories, CHUNK):
        yield switch, start, min(start + CHUNK, histories)


def gather(pool: ProcessPoolExecutor, switch: str | None, histories: int) -> Sum:
    """Play so many histories in the pool; says how far it is."""
    whole, said = Sum(), time.monotonic()
    for part in pool.map(chunk, chunks(switch, histories)):
        whole.add(part)
        if time.monotonic() - said > 30:
            said = time.monotonic()
            print(f"  {whole.histories} of {histories}, losses: {dict(whole.lost)}", file=sys.stderr, flush=True)
    return whole


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulation", description=__doc__)
    parser.add_argument("histories", nargs="?", type=int, default=100_000)
    parser.add_argument("--without", type=int, default=1_000, metavar="N", help="histories for each switch")
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--seeds", action="store_true")
    args = parser.parse_args()
    wrong = False
    with ProcessPoolExecutor(args.processes) as pool:
        started = time.monotonic()
        whole = gather(pool, None, args.histories)
        seconds = time.monotonic() - started
        wrong |= bool(whole.lost)
        if whole.histories:
            print(
                f"{whole.histories} histories in {seconds:.0f} s, {whole.histories / seconds:.0f} a second:"
                f" {whole.days / 365:.0f} years, {whole.publications} publications, {whole.removals} retirements,"
                f" {whole.taken_over} domains from another tool,"
                f" 10 senders each"
            )
        print(f"losses: {sum(whole.lost.values())} {dict(whole.first) or ''}")
        print(f"| without | of {args.without} histories | losses |\n|---|---|---|")
        for switch in islice(EVERY, len(EVERY) if args.without else 0):
            found = gather(pool, switch, args.without)
            wrong |= not found.lost
            kinds = ", ".join(f"{what} {count}" for what, count in sorted(found.lost.items())) or "NONE"
            seeds = f" | {found.first}" if args.seeds else ""
            print(f"| {switch} | {100 * max(found.lost.values(), default=0) / args.without:.1f} % | {kinds} |{seeds}")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
