"""The state of a stack, when something went wrong with it: put the last good one back, or take a lock away.

  mtasts state repair --stack S    a state that a full disk or a crash left empty, half-written or missing
  mtasts state unlock --stack S    a lock of a run of which nobody but you can know that it is gone

Both show what they are about to do, and ask. exit codes: 0 done; 1 you said no; 2 refused, or it could not be done.
"""

from mtasts.cli.dispatch import Verb

VERBS = {
    "repair": Verb(
        "mtasts_pulumi.verbs.state.repair",
        "put the last good state in the place of a damaged one; refused when it is whole",
    ),
    "unlock": Verb(
        "mtasts_pulumi.verbs.state.unlock",
        "take away the lock of a run that is certainly gone; refused when it runs",
    ),
}
