"""Start on the engine while everything else is still being installed: `python -m tools.early_engine`.

Needs nothing but Python's standard library. Does the one thing that is worth an early start, the build from Go modules;
where there is an engine, or the official installer can be reached, it leaves that to `mtasts engine`, which also waits
for a build that was begun here.
"""

import os
import sys
from collections.abc import Mapping

from mtasts.errors import CannotLook
from mtasts.signals import interrupted_by_term
from mtasts_pulumi.engine.cache import installed
from mtasts_pulumi.engine.find import chosen_engine, installer_answers, obtain
from mtasts_pulumi.verbs.progress import PlainProgress


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Build the engine into the cache, if that is what it will come to; 0, also where it fails: nobody waits yet."""
    interrupted_by_term()  # so that `go` ends with it
    try:
        if not (chosen_engine(environ) or installed(environ) or installer_answers()):
            obtain(PlainProgress(), environ, build_only=True)
    except CannotLook:
        pass  # `mtasts engine` comes next, tries again, and says why
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
