"""The reusable pipelines that a project's own pipelines call: where they are, at which commit."""

import json
import re
from dataclasses import dataclass
from importlib.resources import files

from mtasts.errors import CannotLook

DATA = "release/pipelines.json"
# GitHub's and GitLab's names; GitLab has groups within groups.
_REPOSITORY = r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+"
_COMMIT = r"[0-9a-f]{40}"


@dataclass(frozen=True, slots=True)
class Pipelines:
    """A repository (`OWNER/REPO`), a commit (40 hexadecimal digits), and the version of mtasts that is there."""

    repository: str
    commit: str
    version: str


def parse(words: str, version: str) -> Pipelines:
    """What `--pipelines OWNER/REPO@COMMIT` names. Raises CannotLook."""
    found = re.fullmatch(rf"({_REPOSITORY})@({_COMMIT})", words)
    if not found:
        raise CannotLook(
            f"--pipelines {words!r:.100} is not OWNER/REPO@COMMIT with the 40 digits of a commit",
            "a branch or a tag can be moved to other code later; `git rev-parse HEAD` there names the commit",
        )
    return Pipelines(found[1], found[2], version)


def of_release(text: str, version: str) -> Pipelines | None:
    """What a release's pipelines.json says; None where it knows of none. Raises CannotLook for another text."""
    try:
        told = json.loads(text)
        repository, commit = str(told["repository"]), str(told["commit"])
    except (ValueError, KeyError, TypeError):
        raise CannotLook(f"{DATA} of mtasts {version} cannot be read", "install it again") from None
    return parse(f"{repository}@{commit}", version) if repository or commit else None


def installed(version: str) -> Pipelines | None:
    """Those of the release that runs; None where it knows of none."""
    return of_release((files("mtasts") / DATA).read_text(encoding="utf-8"), version)


def rewrite(text: str, new: Pipelines) -> str:
    """A caller's text with every reference to the repository at the new commit; nothing else is changed."""
    name = re.escape(new.repository)
    line = re.compile(rf"^(.*(?<![\w.-]){name}(?:/[^@\s]*)?@){_COMMIT}([ \t]+# v\S+)?[ \t]*$", re.MULTILINE)
    return line.sub(rf"\g<1>{new.commit} # v{new.version}", text)
