"""What `diff` and `gate` share: which commits are compared, the change between them, and how the result is told."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.app.quotas import nearest_project, over_quota
from mtasts.cli.options import look as looking
from mtasts.cli.screen import document, talk
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.changes.diff import DomainDiff
    from mtasts.gate.merge_gate import GateResult
    from mtasts.live.git import Repository, Tree
    from mtasts.live.project import Project
    from mtasts.policy.config import Loaded
    from mtasts.policy.inputs import InputProblem

FORMATS = ("text", "json", "markdown")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change: what merging it would make of the base branch as it is now.

    `problems`: what is wrong with the files that the merge gives, or why nobody can say what it gives; then there are
    no diffs. `deciding`: what else the change edits of how policies are published and judged. `standing`: what was
    wrong before, at files that the change leaves as they are.
    """

    diffs: "tuple[DomainDiff, ...]"
    problems: "tuple[InputProblem, ...]"
    stacks: tuple[str, ...]
    policies: str
    commits: Mapping[str, str]
    deciding: tuple[str, ...] = ()
    standing: "tuple[InputProblem, ...]" = ()


def add_proposal_arguments(parser: argparse.ArgumentParser) -> None:
    """--base, --head, --policies, --repo, --format."""
    parser.add_argument("--base", metavar="REF", required=True, help="the branch that the change is for: origin/main")
    parser.add_argument("--head", metavar="REF", default="HEAD", help="the proposed commit (default: HEAD)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--repo", metavar="DIR", type=Path, default=Path(), help="a folder in the repository (here)")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="text, markdown for a summary, json for programs and `mtasts comment` (docs/reference/diff-gate.md)",
    )


def propose(args: argparse.Namespace, *, worktree: bool = False) -> Proposal:
    """Read the commits that the arguments name, merge them, and compare. Raises CannotLook.

    `worktree`: the files as they lie in the folder take the place of what the merge gives.
    """
    from mtasts.changes.diff import diff_stacks
    from mtasts.gate.code_files import deciding
    from mtasts.live.git import Repository
    from mtasts.live.git_merged import merged

    folder = looking.policies_folder(args.policies)
    repository = Repository(args.repo, folder)
    base, head = repository.commit(args.base), repository.commit(args.head)
    starts = repository.merge_bases(base, head)
    before = repository.tree(base)
    if worktree:
        after, problems = _lying(args.repo / folder, repository, before, starts)
    else:
        after, problems = merged(repository, before, head, starts)
    stacks = after.stacks if after else {}
    if after and not (before.stacks or stacks or (args.repo / folder).is_dir()):
        raise CannotLook(f"no mail domain in {repository.policies}, neither in {args.base} nor in {args.head}")
    changed = _changed(before, after) if after and not worktree else None
    standing: tuple[InputProblem, ...] = ()
    if after:
        found, standing = _wrong(args, before, after, changed)
        problems = (*problems, *found)
    return Proposal(
        diffs=diff_stacks(before.stacks, stacks, changed) if after else (),
        problems=problems,
        stacks=tuple(sorted({*before.stacks, *stacks})),
        policies=repository.policies,
        commits={"base": base, "head": head, "merge_base": starts[0]},
        deciding=deciding(_touched(repository, starts, base, head, after), repository.policies),
        standing=standing,
    )


def show(result: "GateResult", proposal: Proposal, form: str, *, explain: bool = False) -> None:
    """Print the result in one of FORMATS, and on stderr what was wrong before the change."""
    for problem in proposal.standing:
        talk(f"note: wrong before this change, so its domain is held as published: {problem}")
    if form == "text":
        from mtasts.cli.screen import say
        from mtasts.render.changes.text import text

        for line in text(result, explain=explain).splitlines():
            say(line)
        return
    from mtasts.render.ci.change import details, parts

    found = parts(result, proposal.stacks, proposal.policies)
    if form == "json":
        from mtasts.render.ci.parts import to_json

        document(to_json(found, details(result, dict(proposal.commits))), end="")
    else:
        from mtasts.render.ci.comment import comment

        # What GitHub takes as a step's summary.
        document(comment(found, limit=1_000_000, rest="`--format json`"), end="")


def _lying(
    folder: Path, repository: "Repository", base: "Tree", starts: tuple[str, ...]
) -> "tuple[Tree | None, tuple[InputProblem, ...]]":
    """The base's policies folder with the stacks as they lie in `folder`; None, and why, where the base has gone on."""
    from mtasts.live.git_merged import untouched

    why = untouched(repository, base, starts)
    return (None, why) if why else (replace(base, stacks=_on_disk(folder, repository.policies), problems=()), ())


def _changed(before: "Tree", after: "Tree") -> frozenset[str]:
    return frozenset(path for path in {*before.files, *after.files} if before.files.get(path) != after.files.get(path))


def _touched(
    repository: "Repository", starts: tuple[str, ...], base: str, head: str, after: "Tree | None"
) -> frozenset[str]:
    """What the change touches, and what its merge does: git may put into one folder what was proposed in another."""
    pairs = [*((start, head) for start in starts), *([(base, after.commit)] if after else [])]
    return frozenset().union(*(repository.changed(before, now) for before, now in pairs))


def _wrong(
    args: argparse.Namespace, before: "Tree", after: "Tree", changed: frozenset[str] | None
) -> "tuple[tuple[InputProblem, ...], tuple[InputProblem, ...]]":
    """What is wrong with the files of a stack, or with the stacks beside each other; and what was wrong before."""
    from mtasts.changes.diff import inherited, lost_files

    # The quotas are a fact about the account, so that those of the checkout count, which is the base's.
    project = nearest_project(getattr(args, "project", None) or args.repo, Path.cwd())
    found = _found(after, project)
    standing: tuple[InputProblem, ...] = ()
    if changed is not None and any(loaded.policies for loaded in after.stacks.values()):
        standing = inherited(found, _found(before, project), changed)
    own = [problem for problem in found if problem not in standing]
    return (*own, *lost_files(before.stacks, after.stacks)), standing


def _found(tree: "Tree", project: "Project | None") -> "tuple[InputProblem, ...]":
    from mtasts.policy.config import shared_domains

    stacks = tree.stacks
    problems = [problem for loaded in stacks.values() for problem in loaded.problems]
    return (*problems, *over_quota(stacks, project), *tree.problems, *shared_domains(stacks.values()))


def _on_disk(folder: Path, shown: str) -> "Mapping[str, Loaded]":
    """The stacks as they lie in `folder`, under the path that the repository has for it: a diff compares those."""
    from mtasts.live.files import has_domains, read_stack, stack_names

    names = [name for name in stack_names(folder) if has_domains(folder / name)]
    return {name: _placed(read_stack(folder, name), str(folder), shown) for name in names}


def _placed(loaded: "Loaded", folder: str, shown: str) -> "Loaded":
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
