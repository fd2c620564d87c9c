"""What `diff` and `gate` share: which commits are compared, the change between them, and how the result is told."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli import looking
from mtasts.cli._quotas import nearest_project, over_quota
from mtasts.cli._screen import document
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.live.git import Tree
    from mtasts.readiness.gate import GateResult, Key
    from mtasts.rollout.changes import ChangeFinding
    from mtasts.rollout.config import Loaded
    from mtasts.rollout.diff import DomainDiff
    from mtasts.rollout.inputs import InputProblem

FORMATS = ("text", "json", "markdown")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change: what differs since it left the base branch, to be judged from that branch as it is now.

    `moved`: for each domain of which that cannot be done, why. `problems`: what is wrong with the proposed files, and
    what the base makes impossible to judge.
    """

    diffs: "tuple[DomainDiff, ...]"
    moved: "Mapping[Key, tuple[ChangeFinding, ...]]"
    problems: "tuple[InputProblem, ...]"
    stacks: tuple[str, ...]
    policies: str
    commits: Mapping[str, str]


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
    """Read the commits that the arguments name, and compare them. Raises CannotLook.

    `worktree`: the files as they lie in the folder take the place of --head's.
    """
    from mtasts.live.git import Repository
    from mtasts.rollout.config import shared_domains
    from mtasts.rollout.diff import diff_stacks, lost_files

    folder = looking.policies_folder(args.policies)
    repository = Repository(args.repo, folder)
    base, head = repository.commit(args.base), repository.commit(args.head)
    left = repository.merge_base(base, head)
    before, tip = repository.tree(left), repository.tree(base)
    after = repository.tree(head)
    stacks: Mapping[str, Loaded] = after.stacks
    strays = after.problems
    changed: frozenset[str] | None = frozenset(
        path for path in {*before.files, *after.files} if before.files.get(path) != after.files.get(path)
    )
    if worktree:
        stacks, strays, changed = _on_disk(args.repo / folder, repository.policies), (), None
    if not (before.stacks or tip.stacks or stacks or (args.repo / folder).is_dir()):
        raise CannotLook(f"no mail domain in {repository.policies}, neither in {args.base} nor in {args.head}")
    problems = [problem for loaded in stacks.values() for problem in loaded.problems]
    # The quotas are a fact about the account, so that those of the checkout count, which is the base's.
    problems += over_quota(stacks, nearest_project(getattr(args, "project", None) or args.repo, Path.cwd()))
    commits = {"base": base, "head": head, "merge_base": left}
    diffs, moved = _on_base(diff_stacks(before.stacks, stacks, changed), tip)
    return Proposal(
        diffs=diffs,
        moved=moved,
        problems=(*problems, *strays, *shared_domains(stacks.values()), *lost_files(before.stacks, stacks)),
        stacks=tuple(sorted({*before.stacks, *stacks})),
        policies=repository.policies,
        commits=commits,
    )


def show(result: "GateResult", proposal: Proposal, form: str, *, explain: bool = False) -> None:
    """Print the result in one of FORMATS."""
    if form == "text":
        from mtasts.cli._screen import say
        from mtasts.render.diff_text import text

        for line in text(result, explain=explain).splitlines():
            say(line)
        return
    from mtasts.render.diff_parts import details, parts

    found = parts(result, proposal.stacks, proposal.policies)
    if form == "json":
        from mtasts.render.parts import to_json

        document(to_json(found, details(result, dict(proposal.commits))), end="")
    else:
        from mtasts.render.comment import comment

        # What GitHub takes as a step's summary.
        document(comment(found, limit=1_000_000, rest="`--format json`"), end="")


def _on_base(
    diffs: "Sequence[DomainDiff]", tip: "Tree"
) -> "tuple[tuple[DomainDiff, ...], dict[Key, tuple[ChangeFinding, ...]]]":
    from mtasts.readiness.gate import on_base

    now = {(stack, policy.domain): policy for stack, loaded in tip.stacks.items() for policy in loaded.policies}
    judged, moved = [], {}
    for diff in diffs:
        key = diff.stack, diff.domain
        found, why = on_base(diff, now.get(key))
        judged.append(found)
        if why:
            moved[key] = why
    return tuple(judged), moved


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
