"""Later commits that change what a commit's run was to publish."""

from pathlib import Path

from mtasts.gate.newest import publishing
from mtasts.live.git import Repository
from mtasts.policy.inputs import InputProblem, Place


def overtaken(project: Path, commit: str) -> tuple[InputProblem, ...]:
    """A problem for each file of the project by which HEAD publishes something else than `commit` would.

    That later commit's own run publishes it: an older run, approved late or run again, must not take a stack back to
    what it was then, or hand one on before the stacks that it waits for. Raises CannotLook, also for a commit that is
    not here.
    """
    repository = Repository(project, Path())
    old, new = repository.commit(commit), repository.commit("HEAD")
    later = publishing(repository.changed(old, new), repository.policies)
    why = f"a later commit than {old[:12]} changes it; leave this run, or reject it: the later one's publishes"
    return tuple(InputProblem(Place(path, 1, 1), "file", why) for path in later)
