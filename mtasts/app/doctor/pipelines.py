"""The pipelines' files: is what they run pinned to bytes that nobody can change afterwards?"""

import re
from collections.abc import Iterator
from pathlib import Path

from mtasts.app.doctor.set_up import SetUp
from mtasts.errors import CannotLook
from mtasts.live.workflow_files import repository_of, uses_of, workflow_files
from mtasts.render.doctor import Found, State
from mtasts.words.counted import few, number

FILES_LIMIT = 50
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def examine(setup: SetUp) -> Iterator[Found]:
    """The workflows of the repository that the project is in, and the project's requirements.txt."""
    if setup.project is None:
        return
    files = workflow_files(repository_of(setup.project.root))
    if not files:
        yield Found("workflows", State.NOTE, "none here: every change is published by hand, or by another forge's")
    yield from _workflows(files)
    requirements = setup.project.root / "requirements.txt"
    if requirements.is_file():
        yield _requirements(requirements)


def _workflows(files: list[Path]) -> Iterator[Found]:
    loose: list[str] = []
    count = 0
    for path in files[:FILES_LIMIT]:
        try:
            used = uses_of(path)
        except CannotLook as error:
            yield Found("workflows", State.UNKNOWN, error.message, "a forge cannot run it either: put it right")
            continue
        count += len(used)
        loose += [f"{path.name}: {one}" for one in used if not _pinned(one)]
    if files[FILES_LIMIT:]:
        says = f"{len(files) - FILES_LIMIT} of {len(files)} were not looked at"
        yield Found("workflows", State.UNKNOWN, says, "look at these yourself")
    if loose:
        says = f"{number(len(loose), 'action')} can change under you: {few(loose, 3)}"
        step = "write the commit instead, and the version behind it: @COMMIT # v1.2.3"
        yield Found("workflows", State.WIDE, says, step)
    elif count:
        says = f"{number(count, 'action')} in {number(len(files), 'file')}, all pinned by commit"
        yield Found("workflows", State.OK, says)


def _pinned(used: str) -> bool:
    """A path of the same commit (`$/`: of the called workflow's), a commit's whole hash, an image's digest."""
    if used.startswith(("./", "$/")):
        return True
    if used.startswith("docker://"):
        return _DIGEST.search(used) is not None
    return _COMMIT.fullmatch(used.rpartition("@")[2]) is not None


def _requirements(path: Path) -> Found:
    text = path.read_text(encoding="utf-8", errors="replace")[:2_000_000]
    wanted = re.sub(r"\\\n", " ", text).split("\n")
    lines = [line.strip() for line in wanted if line.strip() and not line.lstrip().startswith(("#", "-"))]
    bare = [line.split()[0] for line in lines if "--hash=" not in line]
    if bare:
        says = f"{number(len(bare), 'requirement')} without a hash: {few(bare, 3)}"
        step = "pin them: `pip-compile --generate-hashes`, or uv's `uv pip compile --generate-hashes`"
        return Found("requirements.txt", State.WIDE, says, step)
    return Found("requirements.txt", State.OK, f"{number(len(lines), 'requirement')}, all with hashes")
