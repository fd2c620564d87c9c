"""The engine's preview as a part of the pull request's comment: domains first, resource changes folded below.

Pure: from the document of `preview --json` (docs/reference/cli.md), so that nothing here knows the engine.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mtasts.policy.inputs import InputProblem
from mtasts.render.ci.parts import Annotation, AnnotationLevel, Block, Part, PartState
from mtasts.render.escape import shorten
from mtasts.render.markdown import code, md
from mtasts.words.counted import listed, number
from mtasts.words.durations import span

_STEPS = 100
_LIMIT = 600  # characters of one text of a provider
_WILL = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}
_SHARED = "shared resources"


def preview_part(document: Mapping[str, Any], *, expect_none: bool = False) -> Part:
    """What `up` would do to one stack; `document` is the object that `preview --json` prints.

    `expect_none`: there should be nothing to do, so that whatever there is has drifted.
    """
    stack = str(document["stack"]).rsplit("/", 1)[-1]
    changed = [row for row in document["domains"] if row["steps"] or row["failed"]]
    shared, problems = document["shared"], document["problems"]
    blocks = [*_problem_blocks(problems, stack), *(_domain(row) for row in changed)]
    if shared:
        blocks.append(Block(_SHARED, PartState.PASSED, _listing(shared), _resources(shared)))
    state = _state(document, changed=bool(changed or shared))
    told = _headline(document, len(changed))
    after = "Next: `mtasts up` does this after the merge." if state is PartState.PASSED else ""
    if expect_none and state is PartState.PASSED:
        state, told = PartState.BLOCKED, f"Not as it was published. {told}"
        after = "Next: find out who changed it; `mtasts up --refresh` puts it back."
    elif state in (PartState.BLOCKED, PartState.FAILED):
        after = "Next: fix what the engine names, then preview again."
    return Part("preview", stack, "preview", state, told, after, tuple(blocks))


def invalid_part(stack: str, problems: Sequence[InputProblem]) -> Part:
    """A stack that was not previewed, because its files are not valid."""
    marks = tuple(
        Annotation(
            one.place.path,
            one.place.line,
            one.place.column,
            AnnotationLevel.ERROR,
            "invalid",
            f"{one.key}: {one.message}",
        )
        for one in problems
    )
    block = Block(stack, PartState.BLOCKED, f"{number(len(problems), 'problem')} in policies", "", marks)
    after = "Next: fix the files; `mtasts validate` lists every problem."
    return Part("preview", stack, "preview", PartState.BLOCKED, f"Not previewed. {problems[0]}", after, (block,))


def _state(document: Mapping[str, Any], *, changed: bool) -> PartState:
    if document["result"] == "interrupted":
        return PartState.FAILED
    if document["result"] != "succeeded":
        return PartState.BLOCKED
    return PartState.PASSED if changed else PartState.NOTHING


def _headline(document: Mapping[str, Any], changed: int) -> str:
    same = len(document["domains"]) - changed
    if document["result"] == "interrupted":
        return "The preview was interrupted."
    if document["result"] != "succeeded":
        problems = document["problems"]
        held = next((row for row in document["domains"] if row.get("held")), None)
        if held is not None:
            return f"Not all of it would be published. {held['domain']} is held as it is: {held['held']}"
        return f"The engine would refuse this: {problems[0]['message'] if problems else 'no reason was given'}"
    if not changed and not document["shared"]:
        return "Nothing to publish."
    beside = ", and shared resources" if document["shared"] else ""
    return f"{changed} {'domain' if changed == 1 else 'domains'} would change{beside}; {same} stay as they are."


def _problem_blocks(problems: Sequence[Mapping[str, str]], stack: str) -> Iterator[Block]:
    if not problems:
        return
    lines = []
    for problem in problems[:_STEPS]:
        where = f"{code(problem['resource'])} " if problem["resource"] else ""
        hint = f" ({_short(problem['hint'])})" if problem["hint"] else ""
        lines.append(f"- {where}{_short(problem['message'])}{hint}")
    if len(problems) > _STEPS:
        lines.append(f"- and {len(problems) - _STEPS} more")
    yield Block(f"{stack}: the engine", PartState.BLOCKED, problems[0]["message"], "\n".join(lines))


def _domain(row: Mapping[str, Any]) -> Block:
    state = PartState.BLOCKED if row["failed"] else PartState.PASSED
    mode = _mode(row["mode"])
    return Block(row["domain"], state, f"{f'{mode}; ' if mode else ''}{_listing(row['steps'])}", _facts(row))


def _facts(row: Mapping[str, Any]) -> str:
    gone = row["op"] == "delete"
    rows = []
    for name, key, shown in (("mode", "mode", str), ("max_age", "max_age", span), ("id", "id", str)):
        before, after = row[key]["before"], row[key]["after"]
        # A preview cannot know the id: it carries the time at which it is really published.
        becomes = "gone" if gone else ("new" if key == "id" else "") if after is None else code(shown(after))
        rows.append(f"| {name} | {'' if before is None else code(shown(before))} | {becomes} |")
    table = "\n".join(["| | published | would be |", "|---|---|---|", *rows])
    return f"{table}\n\n{_resources(row['steps'])}" if row["steps"] else table


def _resources(steps: Sequence[Mapping[str, str]]) -> str:
    lines = [f"- {_short(_told(step))} ({code(step['name'])})" for step in steps[:_STEPS]]
    if len(steps) > _STEPS:
        lines.append(f"- and {len(steps) - _STEPS} more")
    title = f"{len(steps)} {'resource change' if len(steps) == 1 else 'resource changes'}, in this order"
    body = "\n".join(lines)
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def _listing(steps: Sequence[Mapping[str, str]]) -> str:
    return listed([(step["what"], _WILL.get(step["op"], step["op"])) for step in steps], 6)


def _told(step: Mapping[str, str]) -> str:
    return f"{step['what']} {_WILL.get(step['op'], step['op'])}"


def _mode(values: Mapping[str, Any]) -> str:
    before, after = values["before"], values["after"]
    return "" if before == after else f"mode {before or 'not there'} -> {after or 'gone'}"


def _short(text: str) -> str:
    return md(shorten(text, _LIMIT))
