"""Results of `validate`, the problems in policy files: lines for a person, JSON for a program, workflow commands."""

from dataclasses import asdict, dataclass
from typing import Any

from mtasts.policy.inputs import InputProblem, one_line
from mtasts.render.runner import dumps


@dataclass(frozen=True, slots=True)
class Validated:
    """What a validation saw: how many domains were read in each stack, and all that was found."""

    domains: dict[str, int]
    problems: tuple[InputProblem, ...]
    warnings: tuple[InputProblem, ...]
    notes: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether everything looked at may be published."""
        return not self.problems

    @property
    def found(self) -> list[InputProblem]:
        """Problems and warnings together, by place."""
        return sorted([*self.problems, *self.warnings])


def as_text(validated: Validated) -> str:
    """One line each, by place; a line of its own when nothing forbids publishing."""
    lines = [str(problem) for problem in validated.found]
    if validated.valid:
        lines.append(_summary(validated))
    return "".join(f"{line}\n" for line in lines)


def as_json(validated: Validated) -> str:
    """One JSON object; docs/reference/yaml.md documents it."""
    document = {
        "valid": validated.valid,
        "stacks": [{"stack": stack, "domains": count} for stack, count in validated.domains.items()],
        "problems": [_row(problem) for problem in validated.found],
        "notes": list(validated.notes),
    }
    return dumps(document, indent=2) + "\n"


def as_github(validated: Validated) -> str:
    """GitHub's workflow commands, which show each problem beside its line in the pull request."""
    # Late: these cost as much processor time as reading a hundred files, and most runs print text.
    from msgspec.structs import replace  # noqa: PLC0415

    from mtasts.render.ci.forms import command  # noqa: PLC0415
    from mtasts.render.ci.parts import invalid  # noqa: PLC0415

    lines = []
    for problem in validated.found:
        mark = invalid(problem)
        place = replace(mark, path=one_line(mark.path))
        lines.append(command(mark.level, one_line(problem.key), one_line(mark.message), place))
    if validated.valid:
        lines.append(_summary(validated))
    return "".join(f"{line}\n" for line in lines)


def _summary(validated: Validated) -> str:
    total = sum(validated.domains.values())
    if not validated.domains:
        return "no mail domain: nothing to do"
    stacks = ", ".join(one_line(stack) for stack in validated.domains)
    warned = _count(len(validated.warnings), "warning")
    return f"{_count(total, 'domain')} in {_count(len(validated.domains), 'stack')} ({stacks}): valid, {warned}"


def _count(number: int, noun: str) -> str:
    return f"{'no' if number == 0 else number} {noun}{'' if number == 1 else 's'}"


def _row(problem: InputProblem) -> dict[str, Any]:
    row = {**asdict(problem.place), "severity": problem.severity.value, "key": problem.key, "message": problem.message}
    return {"path": row.pop("path"), **row}


RENDERERS = {"text": as_text, "json": as_json, "github": as_github}
