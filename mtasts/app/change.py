"""A proposed change: what merging it would make of the base branch's policies, and what the files alone say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mtasts.app.accounts import unknown_accounts
from mtasts.app.quotas import nearest_project, over_quota
from mtasts.changes.diff import DomainDiff, diff_stacks, inherited, lost_files
from mtasts.changes.facts import Facts
from mtasts.changes.rules import judge_change
from mtasts.errors import CannotLook
from mtasts.gate.code_files import deciding
from mtasts.gate.merge_gate import GateResult, Look, judge_gate
from mtasts.live.files import has_domains, read_stack, stack_names
from mtasts.live.git import Repository, Tree
from mtasts.live.git_merged import merged, untouched
from mtasts.live.project import Project
from mtasts.policy.config import Loaded, shared_domains
from mtasts.policy.inputs import InputProblem


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """The change of `base` that merging `head` makes; `repo` is a folder in the repository, `policies` one below it.

    `project`: a folder in the Pulumi project, None for the one that `repo` is in. `worktree`: the files as they lie in
    the folder take the place of what the merge gives.
    """

    base: str
    head: str
    repo: Path
    policies: Path
    project: Path | None = None
    worktree: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What merging a change would make of the base branch as it is now.

    `problems`: what is wrong with the files that the merge gives, or why nobody can say what it gives; then there are
    no diffs. `deciding`: what else the change edits of how policies are published and judged. `standing`: what was
    wrong before, at files that the change leaves as they are.
    """

    diffs: tuple[DomainDiff, ...]
    problems: tuple[InputProblem, ...]
    stacks: tuple[str, ...]
    policies: str
    commits: Mapping[str, str]
    deciding: tuple[str, ...] = ()
    standing: tuple[InputProblem, ...] = ()

    @property
    def published(self) -> tuple[DomainDiff, ...]:
        """The diffs of what is published; what is not valid nobody publishes."""
        return () if self.problems else tuple(diff for diff in self.diffs if diff.published)


def read_change(request: ChangeRequest) -> Change:
    """Read the commits, merge them, and compare. Raises CannotLook."""
    repository = Repository(request.repo, request.policies)
    folder = request.repo / request.policies
    base, head = repository.commit(request.base), repository.commit(request.head)
    starts = repository.merge_bases(base, head)
    before = repository.tree(base)
    if request.worktree:
        after, problems = _lying(folder, repository, before, starts)
    else:
        after, problems = merged(repository, before, head, starts)
    stacks = after.stacks if after else {}
    if after and not (before.stacks or stacks or folder.is_dir()):
        raise CannotLook(f"no mail domain in {repository.policies}, neither in {request.base} nor in {request.head}")
    changed = _changed(before, after) if after and not request.worktree else None
    standing: tuple[InputProblem, ...] = ()
    if after:
        found, standing = _wrong(request, before, after, changed)
        problems = (*problems, *found)
    return Change(
        diffs=diff_stacks(before.stacks, stacks, changed) if after else (),
        problems=problems,
        stacks=tuple(sorted({*before.stacks, *stacks})),
        policies=repository.policies,
        commits={"base": base, "head": head, "merge_base": starts[0]},
        deciding=deciding(_touched(repository, starts, base, head, after), repository.policies),
        standing=standing,
    )


def judge_files(change: Change, now: datetime) -> GateResult:
    """The change by the rules that need no evidence; what is left to the gate is named in it."""
    facts = Facts(now=now)
    findings = {
        (diff.stack, diff.domain): judge_change(diff.old, diff.new, facts)
        for diff in change.diffs
        if diff.published and not diff.doubt
    }
    return judge_gate(change.diffs, findings, {}, look=Look.DIFF, problems=change.problems, deciding=change.deciding)


def _lying(
    folder: Path, repository: Repository, base: Tree, starts: tuple[str, ...]
) -> tuple[Tree | None, tuple[InputProblem, ...]]:
    """The base's policies folder with the stacks as they lie in `folder`; None, and why, where the base has gone on."""
    why = untouched(repository, base, starts)
    return (None, why) if why else (replace(base, stacks=_on_disk(folder, repository.policies), problems=()), ())


def _changed(before: Tree, after: Tree) -> frozenset[str]:
    return frozenset(path for path in {*before.files, *after.files} if before.files.get(path) != after.files.get(path))


def _touched(
    repository: Repository, starts: tuple[str, ...], base: str, head: str, after: Tree | None
) -> frozenset[str]:
    """What the change touches, and what its merge does: git may put into one folder what was proposed in another."""
    pairs = [*((start, head) for start in starts), *([(base, after.commit)] if after else [])]
    return frozenset().union(*(repository.changed(before, now) for before, now in pairs))


def _wrong(
    request: ChangeRequest, before: Tree, after: Tree, changed: frozenset[str] | None
) -> tuple[tuple[InputProblem, ...], tuple[InputProblem, ...]]:
    """What is wrong with the files of a stack, or with the stacks beside each other; and what was wrong before."""
    # The quotas are a fact about the account, so that those of the checkout count, which is the base's.
    project = nearest_project(request.project or request.repo, Path.cwd())
    found = _found(after, project)
    standing: tuple[InputProblem, ...] = ()
    if changed is not None and any(loaded.policies for loaded in after.stacks.values()):
        standing = inherited(found, _found(before, project), changed)
    own = [problem for problem in found if problem not in standing]
    return (*own, *lost_files(before.stacks, after.stacks)), standing


def _found(tree: Tree, project: Project | None) -> tuple[InputProblem, ...]:
    stacks = tree.stacks
    problems = [problem for loaded in stacks.values() for problem in loaded.problems]
    unfit = (*over_quota(stacks, project), *unknown_accounts(stacks, project))
    return (*problems, *unfit, *tree.problems, *shared_domains(stacks.values()))


def _on_disk(folder: Path, shown: str) -> Mapping[str, Loaded]:
    """The stacks as they lie in `folder`, under the path that the repository has for it: a diff compares those."""
    names = [name for name in stack_names(folder) if has_domains(folder / name)]
    return {name: _placed(read_stack(folder, name), str(folder), shown) for name in names}


def _placed(loaded: Loaded, folder: str, shown: str) -> Loaded:
    def moved(path: str) -> str:
        inside = path.removeprefix(folder).lstrip("/")
        return inside if shown == "." else f"{shown}/{inside}"

    return replace(
        loaded,
        policies=tuple(replace(policy, source=moved(policy.source)) for policy in loaded.policies),
        problems=tuple(
            replace(problem, place=replace(problem.place, path=moved(problem.place.path)))
            for problem in loaded.problems
        ),
    )
