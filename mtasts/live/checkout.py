"""Paths as a repository has them: forges show a finding beside its line by the path from the repository's top."""

import os
from dataclasses import replace
from pathlib import Path

from mtasts.policy.inputs import InputProblem


def in_repository(problem: InputProblem) -> InputProblem:
    """The same at its path from the top of the repository; from the current folder for a file that is in none."""
    path = Path(os.path.abspath(problem.place.path))  # noqa: PTH100 - a link is shown as the place that it is at
    top = next((folder for folder in path.parents if (folder / ".git").exists()), Path.cwd())
    if not path.is_relative_to(top):
        return problem
    return replace(problem, place=replace(problem.place, path=path.relative_to(top).as_posix()))
