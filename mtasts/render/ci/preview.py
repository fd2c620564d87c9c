"""The engine's preview as a part of the pull request's comment: domains first, resource changes folded below.

Pure: from the document of `preview --json` (`mtasts.render.run`), so that nothing here knows the engine.
"""

from collections.abc import Iterator, Sequence

from mtasts.policy.inputs import InputProblem
from mtasts.render.ci.parts import Block, Part, PartState, invalid
from mtasts.render.escape import shorten
from mtasts.render.markdown import code, md
from mtasts.render.run.document import Before, Domain, ProblemRow, Run, StepRow
from mtasts.words.counted import listed, number
from mtasts.words.durations import span

_STEPS = 100
_LIMIT = 600  # characters of one text of a provider
_WILL = {"create": "created", "import": "taken over", "update": "updated", "delete": "deleted", "replace": "replaced"}
_SHARED = "shared resources"


def preview_part(run: Run, *, expect_none: bool = False) -> Part:
    """What `up` would do to one stack.

    `expect_none`: there should be nothing to do, so that whatever there is has drifted.
    """
    stack = run.stack.rsplit("/", 1)[-1]
    changed = [domain for domain in run.domains if domain.steps or domain.failed]
    blocks = [*_problem_blocks(run.problems, stack), *map(_domain, changed)]
    if run.shared:
        blocks.append(Block(_SHARED, PartState.PASSED, _listing(run.shared), _resources(run.shared)))
    state = _state(run, changed=bool(changed or run.shared))
    told = _headline(run, len(changed))
    after = "Next: `mtasts up` does this after the merge." if state is PartState.PASSED else ""
    if expect_none and state is PartState.PASSED:
        state, told = PartState.BLOCKED, f"Not as it was published. {told}"
        after = "Next: find out who changed it; `mtasts up --refresh` puts it back."
    elif state in (PartState.BLOCKED, PartState.FAILED):
        after = "Next: fix what the engine names, then preview again."
    return Part("preview", stack, "preview", state, told, after, tuple(blocks))


def invalid_part(stack: str, problems: Sequence[InputProblem]) -> Part:
    """A stack that was not previewed, because its files are not valid."""
    marks = tuple(map(invalid, problems))
    block = Block(stack, PartState.BLOCKED, f"{number(len(problems), 'problem')} in policies", "", marks)
    after = "Next: fix the files; `mtasts validate` lists every problem."
    return Part("preview", stack, "preview", PartState.BLOCKED, f"Not previewed. {problems[0]}", after, (block,))


def _state(run: Run, *, changed: bool) -> PartState:
    if run.result == "interrupted":
        return PartState.FAILED
    if run.result != "succeeded":
        return PartState.BLOCKED
    return PartState.PASSED if changed else PartState.NOTHING


def _headline(run: Run, changed: int) -> str:
    same = len(run.domains) - changed
    if run.result == "interrupted":
        return "The preview was interrupted."
    if run.result != "succeeded":
        if held := next((domain for domain in run.domains if domain.held), None):
            return f"Not all of it would be published. {held.domain} is held as it is: {held.held}"
        return f"The engine would refuse this: {run.problems[0].message if run.problems else 'no reason was given'}"
    if not changed and not run.shared:
        return "Nothing to publish."
    beside = ", and shared resources" if run.shared else ""
    return f"{changed} {'domain' if changed == 1 else 'domains'} would change{beside}; {same} stay as they are."


def _problem_blocks(problems: Sequence[ProblemRow], stack: str) -> Iterator[Block]:
    if not problems:
        return
    lines = []
    for problem in problems[:_STEPS]:
        where = f"{code(problem.resource)} " if problem.resource else ""
        hint = f" ({_short(problem.hint)})" if problem.hint else ""
        lines.append(f"- {where}{_short(problem.message)}{hint}")
    if len(problems) > _STEPS:
        lines.append(f"- and {len(problems) - _STEPS} more")
    yield Block(f"{stack}: the engine", PartState.BLOCKED, problems[0].message, "\n".join(lines))


def _domain(row: Domain) -> Block:
    state = PartState.BLOCKED if row.failed else PartState.PASSED
    mode = _mode(row.mode)
    return Block(row.domain, state, f"{f'{mode}; ' if mode else ''}{_listing(row.steps)}", _facts(row))


def _facts(row: Domain) -> str:
    gone = row.op == "delete"
    # A preview cannot know the id: it carries the time at which it is really published.
    rows = [
        _fact("mode", row.mode, "gone" if gone else ""),
        _fact("max_age", Before(_span(row.max_age.before), _span(row.max_age.after)), "gone" if gone else ""),
        _fact("id", row.id, "gone" if gone else "new"),
    ]
    table = "\n".join(["| | published | would be |", "|---|---|---|", *rows])
    return f"{table}\n\n{_resources(row.steps)}" if row.steps else table


def _fact(name: str, value: Before, unknown: str) -> str:
    """A row; `unknown`: what it becomes where that is not known, or nothing."""
    before, after = ("" if one is None else code(str(one)) for one in (value.before, value.after))
    return f"| {name} | {before} | {unknown if value.after is None or unknown == 'gone' else after} |"


def _span(seconds: str | int | None) -> str | None:
    return None if seconds is None else span(int(seconds))


def _resources(steps: Sequence[StepRow]) -> str:
    lines = [f"- {_short(_told(step))} ({code(step.name)})" for step in steps[:_STEPS]]
    if len(steps) > _STEPS:
        lines.append(f"- and {len(steps) - _STEPS} more")
    title = f"{len(steps)} {'resource change' if len(steps) == 1 else 'resource changes'}, in this order"
    body = "\n".join(lines)
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def _listing(steps: Sequence[StepRow]) -> str:
    return listed([(step.what, _WILL.get(step.op, step.op)) for step in steps], 6)


def _told(step: StepRow) -> str:
    return f"{step.what} {_WILL.get(step.op, step.op)}{f', {step.detail}' if step.detail else ''}"


def _mode(values: Before) -> str:
    before, after = values.before, values.after
    return "" if before == after else f"mode {before or 'not there'} -> {after or 'gone'}"


def _short(text: str) -> str:
    return md(shorten(text, _LIMIT))
