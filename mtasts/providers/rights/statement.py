"""One statement of an IAM policy, and the policy's JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Texts = str | tuple[str, ...]
Document = dict[str, Any]
"""An IAM policy as JSON has it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is allowed, or never allowed (`deny`). `wide`: what forces resources that are not named whole, else "".

    `conditions`: operator -> key -> value or values.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Mapping[str, Texts]] = field(default_factory=dict)
    wide: str = ""
    deny: bool = False


def document(statements: Sequence[Statement]) -> Document:
    """The policy as IAM takes it, always in the same order."""
    return {"Version": "2012-10-17", "Statement": [_json(statement) for statement in statements]}


def _json(statement: Statement) -> Document:
    found: Document = {
        "Sid": statement.sid,
        "Effect": "Deny" if statement.deny else "Allow",
        "Action": _one_or_all(tuple(sorted(statement.actions))),
        "Resource": _one_or_all(tuple(statement.resources)),
    }
    if statement.conditions:
        found["Condition"] = {
            operator: {key: _one_or_all(value) for key, value in tests.items()}
            for operator, tests in statement.conditions.items()
        }
    return found


def _one_or_all(value: Texts) -> str | list[str]:
    if isinstance(value, str):
        return value
    return value[0] if len(value) == 1 else list(value)
