"""The base branch as it would be after the merge of a change: that is judged, not the change by itself."""

from mtasts.gate.merge import merge_problems, unmergeable
from mtasts.live.git import Repository, Tree
from mtasts.policy.inputs import InputProblem

Merged = tuple[Tree | None, tuple[InputProblem, ...]]


def merged(repository: Repository, base: Tree, head: str, starts: tuple[str, ...]) -> Merged:
    """The policies folder after the commit `head` is merged into that of `base`; or None, and why nobody can tell.

    With a problem, too, for each file that a checkout could make other bytes of. `starts` are their merge bases. Raises
    CannotLook.
    """
    if len(starts) > 1:
        # Git would merge the merge bases first; what comes of that depends on which of them it takes first.
        why = f"the histories of the base branch and of this change cross ({len(starts)} merge bases)"
        return None, (unmergeable(repository.policies, why),)
    (start,) = starts
    if start in {base.commit, head}:
        whole = repository.tree(head) if start == base.commit else base
        return whole, repository.conversions(whole)
    made = repository.merge(base.commit, head)
    after = repository.tree(made) if made else None
    begun, proposed = repository.tree(start), repository.tree(head)
    problems = merge_problems(begun.files, base.files, proposed.files, after.files if after else None)
    return (None, problems) if problems or after is None else (after, repository.conversions(after))


def untouched(repository: Repository, base: Tree, starts: tuple[str, ...]) -> tuple[InputProblem, ...]:
    """A problem where the base branch has gone on: files that lie in a folder cannot be merged with it."""
    if all(repository.tree(start).files == base.files for start in starts):
        return ()
    return (unmergeable(repository.policies, "the base branch has changed policies since"),)
