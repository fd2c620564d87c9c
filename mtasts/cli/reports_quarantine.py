"""What came and could not be read: kept with its reason, never counted. Oldest first.

--out writes it to files, as it came, each named by its key: mend it, or wait for a better reader, and import the
folder.
"""

import argparse
import json
from pathlib import Path

from mtasts.cli.reports_common import add_store_argument, store_location


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which store, and what to do."""
    add_store_argument(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="write what is there to files in this folder")
    parser.add_argument("--json", action="store_true", help="a list with one object a line")


def run(args: argparse.Namespace) -> int:
    """List, and write out."""
    from mtasts.live.store import open_store
    from mtasts.render.escape import terminal

    with open_store(store_location(args)) as store:
        held = list(store.quarantined())
        if args.out is not None:
            for one in held:
                _write(args.out, one.key, store.quarantined_bytes(one.key))
    if args.json:
        rows = [
            {
                "key": one.key,
                "received": f"{one.received:%Y-%m-%dT%H:%M:%SZ}",
                "bytes": one.size,
                "source": one.source,
                "reason": one.reason,
            }
            for one in held
        ]
        print("[" + "\n,".join(map(json.dumps, rows)) + "]")
        return 0
    for one in held:
        line = f"{one.key}  {one.received:%Y-%m-%d %H:%M}Z  {one.size} bytes  {one.source}: {one.reason}"
        print(terminal(line))
    if not held:
        print("nothing in quarantine")
    return 0


def _write(folder: Path, key: str, raw: bytes) -> None:
    from mtasts.errors import CannotLook

    if not raw:
        return  # only the reason is known, such as of a file that could not be opened
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(raw)
    except OSError as error:
        raise CannotLook(f"{folder}: {error.strerror}", "--out names a folder to write to") from None
