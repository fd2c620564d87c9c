"""A project in a folder of one's own: all its files, or what is missing of them. What is there is never overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mtasts.app.project.made import Made, Shape, made
from mtasts.app.project.pipelines import Pipelines
from mtasts.app.project.place import Site, site_of, stacks_there, wrong_place, wrong_stack
from mtasts.app.project.requirements import Release
from mtasts.app.project.table import needs_pipelines
from mtasts.app.project.write import cannot_write, write_new
from mtasts.live.domain_file import read_text
from mtasts.protocol.names import BadName, to_a_labels

# The one stack of who names none: a word for the whole estate, and none that promises an environment.
USUAL_STACK = "main"
# In each file that may be somebody's already: with it, ours was written there, or added.
_MARK = "mtasts"


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What is wanted. `stacks`: none for those that are there, and else one. `ci`: a forge, "" for no pipelines yet."""

    folder: Path
    release: Release
    stacks: Sequence[str] = ()
    ci: str = ""
    pipelines: Pipelines | None = None
    domain: str = "example.com"


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be written, what is there already, and what forbids it all, a line each."""

    site: Site
    stacks: Sequence[str]
    new: Sequence[Made]
    kept: Sequence[Made]
    problems: Sequence[str]

    @property
    def added(self) -> bool:
        """Whether the project was there before."""
        return any(one.path == self.site.folder / "Pulumi.yaml" for one in self.kept)


def plan(request: NewRequest) -> Plan:
    """What `write` would do; it looks at the folder only. Raises CannotLook where it cannot look."""
    site = site_of(request.folder)
    stacks = tuple(dict.fromkeys(request.stacks)) or stacks_there(site.folder) or (USUAL_STACK,)
    problems = (*wrong_place(site), *filter(None, map(wrong_stack, stacks)), *_wrong_words(request))
    if problems:
        return Plan(site, stacks, (), (), problems)
    shape = Shape(site.folder, site.repository, stacks, request.release, request.ci, request.pipelines, request.domain)
    files = made(shape)
    new = [one for one in files if not _there(one.path)]
    kept = [one for one in files if _there(one.path)]
    return Plan(site, stacks, new, kept, tuple(cannot_write({one.path: one.content for one in new})))


def write(planned: Plan) -> None:
    """Write all of the new files. Raises CannotLook, and then none of them is there."""
    write_new({one.path: one.content for one in planned.new})


def to_add(file: Made) -> str:
    """What a person should add to a file of theirs that is kept; "" where it has it. Raises CannotLook."""
    if not file.shared:
        return ""
    return "" if _MARK in read_text(file.path) else file.content.decode()


def _there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _wrong_words(request: NewRequest) -> list[str]:
    found = []
    try:
        if to_a_labels(request.domain) != request.domain:
            found.append(f"--example {request.domain}: write it as {to_a_labels(request.domain)}")
    except BadName as error:
        found.append(f"--example {request.domain!r:.80}: {error}")
    if request.ci and needs_pipelines(request.ci) and request.pipelines is None:
        found.append(
            f"--ci {request.ci} calls reusable pipelines, and this release does not know where they are: "
            "add --pipelines OWNER/REPO@COMMIT, a copy of mtasts's repository at your forge"
        )
    return found
