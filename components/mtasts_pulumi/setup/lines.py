"""Lines of a plan: what set-up is about to do, each with where, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mtasts.app.setup.forge import ForgeStep, StepState
from mtasts.policy.published_names import BUCKET
from mtasts_pulumi.setup.stack import Change


class What(StrEnum):
    """What becomes of a thing."""

    KEPT = "as wanted"
    MADE = "make"
    TAKEN = "take over"
    CHANGED = "change"
    DELETED = "delete"
    LEFT = "leave"
    BY_HAND = "by hand"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: `where` it is, `what` becomes of it, its `name`, and more about it."""

    where: str
    what: What
    name: str
    more: str = ""


_OPS = {
    "same": What.KEPT,
    "create": What.MADE,
    "import": What.TAKEN,
    "update": What.CHANGED,
    "replace": What.CHANGED,
    "delete": What.DELETED,
    "discard": What.LEFT,
    "remove": What.LEFT,
}
_STATES = {
    StepState.SET: What.KEPT,
    StepState.CHANGE: What.CHANGED,
    StepState.BY_HAND: What.BY_HAND,
    StepState.UNKNOWN: What.UNKNOWN,
}
_ORDER = {"iam/openIdConnectProvider": 1, "iam/role": 2, "iam/rolePolicy": 2}
_SETTINGS = {"-versions": "versions kept", "-private": "no public access"}


def of_changes(where: str, changes: Iterable[Change], ids: Mapping[str, str]) -> list[Line]:
    """The resources of a run, always in the same order; `ids`: their ids, by which people know them."""
    return [
        Line(where, _OPS.get(change.op, What.CHANGED), *words(change.kind, change.name, ids))
        for change in sorted(changes, key=lambda change: (_ORDER.get(change.kind.split(":")[1], 0), change.name))
        if change.kind.startswith("aws:")
    ]


def of_forge(where: str, steps: Iterable[ForgeStep]) -> list[Line]:
    """The settings of the repository."""
    return [Line(where, _STATES[step.state], step.what, _more(step)) for step in steps]


def _more(step: ForgeStep) -> str:
    match step.state:
        case StepState.SET:
            return ""
        case StepState.CHANGE:
            return f"{step.now} -> {step.wanted}"
        case _:
            return step.how


def words(kind: str, name: str, ids: Mapping[str, str]) -> tuple[str, str]:
    """A resource of the foundation as people know it, and which part of it."""
    for end, said in _SETTINGS.items():
        if name.endswith(end):
            bucket = name.removesuffix(end)
            return f"bucket {ids.get(f'{bucket}{BUCKET}', bucket)}", said
    named = ids.get(name, name)
    match kind.rpartition(":")[2]:
        case "Bucket":
            return f"bucket {named}", ""
        case "Role":
            return f"role {named}", ""
        case "RolePolicy":
            role, _, policy = named.partition(":")
            return f"role {role}", f"what it may do: {policy}"
        case _:
            return f"identity provider {named.rpartition('oidc-provider/')[2]}", ""
