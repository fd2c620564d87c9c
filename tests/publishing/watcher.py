"""Looks at TXT and body all the time, from another process, while the engine works, is refused, or is killed.

The rule it holds (RFC 8461 s8.1): at no moment does the TXT name a publication newer than the body being served. It
reads the TXT first and the body after it, so a body that changes in between can only be newer.
"""

import json
import multiprocessing
import time
from pathlib import Path

from mtasts.policy.policy_id import belongs
from tests.patience import PATIENCE


class Watcher:
    """Context manager; `judge` after it raises AssertionError for any moment that was out of step."""

    def __init__(self, stage, domain: str = "example.com") -> None:
        self._stage, self._domain = stage, domain
        self._path: Path = stage.state.with_name("watched.jsonl")
        self._stop = multiprocessing.get_context("fork").Event()
        self._process = multiprocessing.get_context("fork").Process(target=self._watch, daemon=True)

    def __enter__(self) -> "Watcher":
        self._process.start()
        # What was served before anything is done belongs to the record: a fault may hide it from then on.
        deadline = time.monotonic() + PATIENCE
        while not (self._path.exists() and any("error" not in sight for sight in self.sights())):
            assert time.monotonic() < deadline, "the watcher saw nothing"
            time.sleep(0.01)
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._process.join(PATIENCE)

    def _watch(self) -> None:
        with self._path.open("w") as file:
            while not self._stop.is_set():
                try:
                    id_ = self._stage.id(self._domain)
                    body = self._stage.body(self._domain).decode()
                except Exception as error:
                    file.write(json.dumps({"error": repr(error)}) + "\n")
                else:
                    file.write(json.dumps({"id": id_, "body": body}) + "\n")
                file.flush()
                time.sleep(0.005)

    def sights(self) -> list[dict]:
        # A last line without its end is being written.
        return [json.loads(line) for line in self._path.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def judge(self) -> None:
        sights = [sight for sight in self.sights() if "error" not in sight]
        assert len(sights) >= 5, "the watcher hardly saw anything"
        bodies: list[str] = []
        for sight in sights:
            if not bodies or bodies[-1] != sight["body"]:
                bodies.append(sight["body"])
            named = [number for number, body in enumerate(bodies) if belongs(sight["id"], body)]
            # The TXT may lag (an older body's id), never lead: a body not served up to now is not named.
            assert named, f"TXT {sight['id']} names a policy that was not yet served"
