"""--from: the files of parts that `comment` and `notify` read."""

import argparse
from pathlib import Path


def add_from_argument(parser: argparse.ArgumentParser) -> None:
    """--from."""
    parser.add_argument(
        "--from",
        dest="files",
        metavar="FILE",
        type=Path,
        nargs="+",
        action="extend",
        required=True,
        help="what diff, gate and preview wrote with --format json, or verify and ready with --json",
    )
