"""Kill `mtasts adopt`, its engine or both at many points of a take-over, let it go on, and look from outside meanwhile.

    python -m bench.adopt_kills [--ways a,b] [--modes testing,enforce] [--points 20] [--at-once 2] [--folder DIR]

Each way of having MTA-STS before, in each mode, is made once and taken over once undisturbed, which tells how many
changing calls of a provider a take-over makes. Each kill begins from a copy of it, stops at one of these calls, before
it is carried out or when only its answer is missing, and runs `mtasts adopt` again until it ends well. A sender of its
own clients (tests/publishing/onlooker.py) looks all the time, from another process, on the real ports.

Wrong is: a moment that was worse for a sender than before; a take-over that does not end in three runs more; one whose
result is another than that of the undisturbed one. With --folder, what is measured already is not measured again.
"""

import argparse
import itertools
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from shutil import rmtree

from tests.publishing.adopting import MODES, WAYS, before_adoption
from tests.publishing.killing import Ended, Point, killed, points, unkilled

_STRIDE = 7  # by which the points of a scene are taken in turn: near ones not one after the other


class Bench:
    """Where the stages are made, and what came of each kill so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told = folder / "kills.jsonl"
        self.rows: list[dict[str, object]] = []
        if self._told.exists():
            self.rows = [json.loads(line) for line in self._told.read_text().splitlines()]

    def scene(self, way: str, mode: str) -> tuple[Path, Ended]:
        """The stage before a take-over, at rest, and an undisturbed take-over of it."""
        before = self._folder / f"{way}-{mode}"
        if not (before / "sandbox").exists():
            with before_adoption(before, way, mode):
                pass
        folder = self._clear(f"{way}-{mode}-unkilled")
        whole = unkilled(folder, way, mode, before)
        if whole.runs != 1 or whole.worse:
            raise SystemExit(f"{way}, {mode}: undisturbed it went wrong: {whole.worse[:3]} {whole.said[-2000:]}")
        return before, whole

    def kill(self, way: str, mode: str, before: Path, whole: Ended, point: Point) -> None:
        """One kill, and what came of it."""
        name = f"{way}-{mode}-{point.fault}-{point.call}-{point.what}"
        if any(row["name"] == name for row in self.rows):
            return
        folder = self._clear(name)
        ended = killed(folder, way, mode, before, point)
        wrong = list(ended.worse)
        wrong += [] if ended.runs else [f"it did not end well: {ended.said[-600:]}"]
        wrong += [] if not ended.runs or ended.result == whole.result else [_difference(whole.result, ended.result)]
        row = {"name": name, "way": way, "mode": mode, **asdict(point), "reached": ended.reached, "runs": ended.runs}
        self._note(row | {"wrong": wrong, "worse": len(ended.worse)})
        if not wrong:
            rmtree(folder)

    def _note(self, row: dict[str, object]) -> None:
        self.rows.append(row)
        with self._told.open("a") as file:
            file.write(json.dumps(row) + "\n")
        print(row["name"], "late" if not row["reached"] else "", row["wrong"] or "", file=sys.stderr, flush=True)

    def _clear(self, name: str) -> Path:
        folder = self._folder / name
        rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


def _difference(whole: object, ended: object) -> str:
    assert isinstance(whole, dict)
    assert isinstance(ended, dict)
    keys = [key for key in whole if whole[key] != ended[key]]
    return "; ".join(f"{key}: {ended[key]} instead of {whole[key]}" for key in keys)


def table(rows: Sequence[dict[str, object]]) -> Iterator[str]:
    """What came of it in Markdown."""
    yield "| before | mode | kills | worse for a sender | did not end | another result | more than one run more |"
    yield "|---|---|---|---|---|---|---|"
    for way, mode in dict.fromkeys((row["way"], row["mode"]) for row in rows):
        these = [row for row in rows if (row["way"], row["mode"]) == (way, mode) and row["reached"]]
        stuck = [row for row in these if not row["runs"]]
        unlike = [row for row in these if row["wrong"] and not row["worse"] and row["runs"]]
        again = [row for row in these if int(str(row["runs"])) > 1]
        worse = [row for row in these if row["worse"]]
        yield f"| {way} | {mode} | {len(these)} | {len(worse)} | {len(stuck)} | {len(unlike)} | {len(again)} |"


def main() -> int:
    """Run and tell; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep everything here, and go on with it")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="adopt-") as temporary, ThreadPoolExecutor(args.at_once) as pool:
        bench = Bench(args.folder or Path(temporary))
        scenes = list(itertools.product(args.ways.split(","), args.modes.split(",")))
        made = list(pool.map(lambda scene: bench.scene(*scene), scenes))
        # The n-th point of every scene before the next one of any, so that a run that is cut short has seen of all.
        kills = [
            (number * _STRIDE % args.points, (*scene, *ready, point))
            for scene, ready in zip(scenes, made, strict=True)
            for number, point in enumerate(points(ready[1].calls, args.points))
        ]
        list(pool.map(lambda kill: bench.kill(*kill[1]), sorted(kills, key=lambda kill: kill[0])))
    print("\n".join(table(bench.rows)))
    wrong = [row for row in bench.rows if row["wrong"]]
    for row in wrong:
        print(row["name"], *row["wrong"], sep="\n  ")  # type: ignore[misc]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
