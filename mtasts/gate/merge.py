"""Policy files after a merge: of each file one side's text, never a text that neither side has written. Pure.

Git merges the lines of a file that both sides have changed, and moves an edit after a file or a folder that the other
side has renamed; which of that it does depends on its version, on attributes and on settings, so that a forge may come
to another result than we. So a change is judged only where nothing of this happens.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from mtasts.policy.inputs import InputProblem, Place

# The key of these problems: not of a file's text, but of how two of them come together.
BASE_MOVED: Final = "base-moved"

Files = Mapping[str, str]  # path -> id of the content


def merge_problems(start: Files, base: Files, head: Files, merged: Files | None) -> tuple[InputProblem, ...]:
    """A problem for each file of which the merge of `base` and `head` is not plainly the text of one of them.

    `start` is where the two parted; `merged` what git makes of them, None when it finds conflicts, wherever they are.
    """
    paths = sorted({*start, *base, *head, *(merged or ())})
    both = [path for path in paths if _both_changed(start.get(path), base.get(path), head.get(path))]
    if both:
        return tuple(_problem(path, "the base branch and this change have both changed it") for path in both)
    if merged is None:
        return (_problem(".", "files outside the policies conflict with those of the base branch"),)
    return tuple(_moved(paths, start, base, head, merged))


def unmergeable(path: str, why: str) -> InputProblem:
    """Why a change cannot be judged as it would be merged; `path` is the file or folder that it is about."""
    return _problem(path, why)


def _both_changed(start: str | None, base: str | None, head: str | None) -> bool:
    return base != head and start not in {base, head}


def _moved(paths: list[str], start: Files, base: Files, head: Files, merged: Files) -> Iterator[InputProblem]:
    for path in paths:
        plain = head.get(path) if base.get(path) == start.get(path) else base.get(path)
        if merged.get(path) != plain:
            yield _problem(path, "git merges it to what neither side has written there, as after a rename")


def _problem(path: str, why: str) -> InputProblem:
    return InputProblem(Place(path, 1, 1), BASE_MOVED, f"{why}; take the base branch in, then judge again")
