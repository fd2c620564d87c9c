"""Judge the roles' policies by parliament (PyPI): `python -m tools.role_lint`; ends with 1 for a finding that is new.

What it finds and is meant is below, with the reason. Trust policies are not for it: it wants a resource of every
statement.
"""

import json
import sys
import warnings
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from mtasts.providers.rights import Document
from tools.role_examples import examples

# By parliament's own name of the finding, and the statement or the action that it is about.
MEANT: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        (
            "RESOURCE_STAR",
            "MakePolicyHosts",
        ): "AWS's reference has no resource for CreateDistribution; a tag is required",
        ("RESOURCE_STAR", "MakeWhatPolicyHostsShare"): "AWS's reference has no resource and no condition for these",
        ("RESOURCE_STAR", "TagWhatIsMade"): "what is being made has no id yet; only the own tag, on what has none",
        (
            "RESOURCE_POLICY_PRIVILEGE_ESCALATION",
            "s3:DeleteObject",
        ): "who makes the bucket writes its policy; the role's own denial (NeverTheLedger) wins over it",
        (
            "RESOURCE_POLICY_PRIVILEGE_ESCALATION",
            "s3:GetObject",
        ): "who makes the bucket writes its policy; policies are public, and the read policy allows it anyway",
    }
)


def findings(document: Document) -> Iterator[tuple[str, str]]:
    """What parliament finds: its name of it, and the statement's id, or the action where it names no statement."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it still imports pkg_resources, which says that it is old
        # Late: it reads AWS's whole reference, which takes a second.
        from parliament import analyze_policy_string  # noqa: PLC0415

    text = json.dumps(document, indent=2)
    for finding in analyze_policy_string(text).findings:
        line = finding.location.get("line")
        yield str(finding.issue), _statement(text, int(line)) if line else _denied(str(finding.detail))


def unmeant() -> list[str]:
    """Every finding that is not meant, and every exception that is found no more."""
    found = {
        (name, finding)
        for name, document in examples().items()
        if not name.startswith("trust-")
        for finding in findings(document)
    }
    new = [f"{name}.json: {issue} ({where})" for name, (issue, where) in sorted(found) if (issue, where) not in MEANT]
    gone = MEANT.keys() - {finding for _, finding in found}
    return new + [f"{issue} ({where}) is found no more: take the exception away" for issue, where in sorted(gone)]


def _statement(text: str, line: int) -> str:
    """The id of the statement that this line, counted from 1, begins or is in; the id stands in its second line."""
    ids = [(number, each.split('"')[3]) for number, each in enumerate(text.splitlines(), 1) if '"Sid"' in each]
    return next((sid for number, sid in reversed(ids) if number <= line + 1), "")


def _denied(detail: str) -> str:
    """The action of `... due to ACTION not being allowed, ...`."""
    return detail.partition("due to ")[2].partition(" ")[0]


if __name__ == "__main__":
    said = unmeant()
    print(*said, sep="\n", end="\n" if said else "")
    sys.exit(1 if said else 0)
