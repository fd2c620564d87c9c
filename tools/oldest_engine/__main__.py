"""Obtain the oldest engine that is supported, and print where it is: `python -m tools.oldest_engine`.

Kept in the cache beside the newest: from the official installer, or built from Go modules (minutes, once).
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts_pulumi.engine.cache import installed
from mtasts_pulumi.engine.find import obtain
from mtasts_pulumi.engine.version import OLDEST
from mtasts_pulumi.verbs.progress import PlainProgress

MODULE = Path(__file__).parent


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Print the path; 2 when it is not to be had."""
    try:
        found = installed(environ, OLDEST) or obtain(PlainProgress(), environ, version=OLDEST, module=MODULE)
    except CannotLook as error:
        print(f"oldest_engine: {error.message}", file=sys.stderr)
        return 2
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
