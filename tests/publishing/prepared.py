"""Makes everything ready for names that are to move, and moves none: `python -m tests.publishing.prepared`.

Arguments: the folder of policies, the domains that wait. `mtasts adopt` goes on from there.
"""

import os
import sys
from pathlib import Path

from mtasts_pulumi.publish.publication import carry_out
from mtasts_pulumi.publish.request import PublishRequest
from mtasts_pulumi.publish.result import Done
from mtasts_pulumi.verbs.desk import Shape, TerminalDesk
from tests.publishing.stage import ROOT


def main(policies: str, *domains: str) -> int:
    request = PublishRequest(
        "up",
        os.environ,
        project=ROOT,
        stack="staging",
        policies=Path(policies),
        sandbox=True,
        waiting=frozenset(domains),
    )
    ended = carry_out(request, TerminalDesk(Shape(form="json")))
    return 0 if isinstance(ended, Done) and ended.outcome.result == "succeeded" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
