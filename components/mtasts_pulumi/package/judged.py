"""Plain inputs -> what is to be published, or every problem of the inputs at once, each by the name of its input.

Judged by the same rules as a policy file: the inputs are put down as one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pulumi.errors import InputPropertiesError, InputPropertyErrorDetails

from mtasts.policy.config import DomainPolicy, load
from mtasts.policy.inputs import InputProblem, Source
from mtasts.policy.rules import domain_rule
from mtasts_pulumi.package import unknown
from mtasts_pulumi.package.stand_ins import stand_ins

_INPUTS = {
    "max_age": "maxAge",
    "tls_rpt": "rua",
    "tls_rpt.rua": "rua",
    "host_group": "hostGroup",
    "read_back_deadline": "readBackDeadline",
}
_DEADLINE, _LONGEST_DEADLINE = 300, 3600


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a MailDomain asks for. `unknown`: the inputs that this preview does not know."""

    policy: DomainPolicy
    deadline: float
    group: str
    warnings: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Problems:
    """What is wrong with the inputs of one component."""

    def __init__(self) -> None:
        self._found: list[InputPropertyErrorDetails] = []

    def note(self, path: str, reason: str) -> None:
        """Take one down."""
        self._found.append({"property_path": path, "reason": reason})

    def stop(self) -> None:
        """Raise InputPropertiesError when there is any."""
        if self._found:
            raise InputPropertiesError("its inputs cannot be published", self._found)  # the engine puts them below


def mail_domain(name: str, args: Mapping[str, Any], problems: Problems) -> Wanted | None:
    """What `args`, whose names are Python's, ask for; None when it is not known for a problem.

    `name` is that of the component. What is missing, also an input that has no value, is a problem or has its default.
    """
    given = {key: plain(value) for key, value in args.items() if value is not None}
    hidden = tuple(_INPUTS.get(key, key) for key in given if key != "hosting" and unknown.within(given[key]))
    known = stand_ins(name, given)
    for key in ("max_age", "ttl"):
        if isinstance(known.get(key), float):
            problems.note(_INPUTS.get(key, key), f"must be a whole number of seconds, not {known.pop(key)}")
    deadline = _deadline(known.pop("read_back_deadline", _DEADLINE), problems)
    group = known.get("host_group", "")
    loaded = load([Source(_file(known.get("domain")), json.dumps(_document(known)))])
    for problem in loaded.problems:
        problems.note(*_told(problem))
    if not loaded.policies:
        return None
    warnings = tuple(": ".join(_told(one)) for one in loaded.warnings if not unknown.stands_in(one.message))
    return Wanted(loaded.policies[0], deadline, group, warnings, hidden)


def _document(known: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as a policy file has them."""
    document = {
        key: known[key] for key in ("domain", "mode", "max_age", "mx", "ttl", "dns", "host_group") if key in known
    }
    return {**document, "tls_rpt": {"rua": known["rua"]}} if "rua" in known else document


def _file(domain: Any) -> str:
    """The name that the file would have, were it one."""
    spelled = domain_rule(domain, lambda *_, warning=False: None) if isinstance(domain, str) else None
    return f"{spelled or 'domain'}.yaml"


def _told(problem: InputProblem) -> tuple[str, str]:
    """The name of the input, and what is wrong with it."""
    return _INPUTS.get(problem.key, problem.key), problem.message


def _deadline(given: Any, problems: Problems) -> float:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if number and 0 < given <= _LONGEST_DEADLINE:
        return float(given)
    problems.note("readBackDeadline", f"{given!r} is not more than 0 s and at most {_LONGEST_DEADLINE} s")
    return _DEADLINE


def plain(value: Any) -> Any:
    """Enumerations as their texts, and whole numbers as int: every number comes from an SDK as a float."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value
