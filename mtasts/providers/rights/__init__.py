"""Rights of each AWS role of a project: one source for `mtasts setup`, `mtasts doctor` and docs/examples/aws.

Which actions exist, and which resources and conditions AWS takes for each: its Service Authorization Reference.
"""

from mtasts.providers.rights.estate import Estate, StackEstate, stack_tag
from mtasts.providers.rights.needs import VERBS, Need, needs
from mtasts.providers.rights.roles import adopt, probe, publish, read, watch
from mtasts.providers.rights.statement import Document, Statement, document
from mtasts.providers.rights.trust import GITHUB, GITLAB, trust

__all__ = [
    "GITHUB",
    "GITLAB",
    "VERBS",
    "Document",
    "Estate",
    "Need",
    "StackEstate",
    "Statement",
    "adopt",
    "document",
    "needs",
    "probe",
    "publish",
    "read",
    "stack_tag",
    "trust",
    "watch",
]
