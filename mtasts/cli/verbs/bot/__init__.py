"""Each ready domain's next step as a pull request of its own, kept up to date, and withdrawn when it may not be merged.

Judges the stack as it is on the base branch of the remote, whatever is checked out here, and touches neither working
tree nor local branches. It merges nothing and publishes nothing. docs/reference/bot.md says what comes when.

exit codes: 0 done, also when nothing was ready; 1 the stack on the base branch is not valid; 2 could not look.
"""

from mtasts.cli.dispatch import Verb

VERBS = {
    "settle": Verb(
        "mtasts.cli.verbs.bot.settle", "withdraw the open pull requests whose step may not be taken any more"
    ),
    "propose": Verb(
        "mtasts.cli.verbs.bot.propose", "open pull requests for the steps that may be taken, and renew the open ones"
    ),
}
