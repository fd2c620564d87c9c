"""The comment on a pull request, or the issue, that says what the checks found; and the same as files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mtasts.app.parts import read_sources
from mtasts.errors import CannotLook
from mtasts.live.forge.contract import Forge, NotAllowed
from mtasts.live.forge.environment import forge_from, job_of, kind, named, of_job
from mtasts.live.forge.sticky import Mark, keep_issue, say
from mtasts.render.ci.comment import SUMMARY_LIMIT, Origin, comment, nothing_changes
from mtasts.render.ci.forms import code_quality, junit
from mtasts.render.ci.parts import Part, PartState
from mtasts.render.ci.provenance import attributed, theirs, unvouched
from mtasts.render.ci.sarif import sarif

_RESERVE = 200  # bytes of a body, for the mark by which a comment is found again


@dataclass(frozen=True, slots=True)
class CommentRequest:
    """Where to say it, and whose words count. `environ`: the job's.

    `gate`: the SHA-256 of the file that the gate's job made, "" if that job handed over none, None if nobody asked it.
    `pull`: None for the one of this job. `issue`: the label of the one issue that is kept instead, "" for a comment.
    `key`: tells several of ours apart. `always`: comment even when nothing changes. `dry`: the text alone.
    """

    environ: Mapping[str, str] = field(repr=False)  # it holds secrets
    gate: str | None = None
    forge: str | None = None
    pull: int | None = None
    issue: str = ""
    title: str = ""
    key: str = ""
    always: bool = False
    dry: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """Where to write the same for other readers; None for not."""

    summary: Path | None = None
    sarif: Path | None = None
    junit: Path | None = None
    code_quality: Path | None = None


def read(files: Sequence[Path], request: CommentRequest) -> tuple[Part, ...]:
    """What the files say; in a comment on a pull request it is said whose words they are. Raises CannotLook."""
    sources = read_sources(files)
    if request.gate is not None:
        return attributed(sources, request.gate)
    if request.dry or request.issue:
        return tuple(part for source in sources for part in source.parts)
    if name := unvouched(sources):
        hint = "--gate-sha256 takes the digest that the gate's job handed over (docs/reference/comment.md)"
        raise CannotLook(f"nothing proves that the gate's job made {name}", hint)
    return theirs(sources)


def text_of(request: CommentRequest, parts: Sequence[Part], rest: str) -> str:
    """The comment, as long as the forge takes it. `rest` says where the rest is. Raises CannotLook without a forge."""
    limit = kind(_forge_name(request)).body_limit - _RESERVE
    return comment(parts, limit=limit, rest=rest, origin=_origin(request))


def write(request: CommentRequest, parts: Sequence[Part], files: Files, version: str) -> None:
    """Write the files. `version`: of this program. Raises CannotLook where one cannot be written."""
    if files.summary:
        text = comment(parts, limit=SUMMARY_LIMIT, rest="the files of this run", origin=_origin(request))
        _write(files.summary, text, "a")
    if files.sarif:
        _write(files.sarif, sarif(parts, version))
    if files.junit:
        _write(files.junit, junit(parts))
    if files.code_quality:
        _write(files.code_quality, code_quality(parts))


def post(request: CommentRequest, parts: Sequence[Part], text: str) -> str:
    """Say it on the forge; what was done, for people. Raises CannotLook."""
    name = _forge_name(request)
    if request.issue and not kind(name).issues:
        hint = "run `mtasts notify` instead: it tells a channel what has changed"
        raise CannotLook(f"{kind(name).title} keeps no issues beside a repository", hint)
    try:
        done = _say(request, forge_from(name, request.environ), parts, text)
    except NotAllowed as error:
        if request.issue or not job_of(request.environ).fork:
            raise
        return f"not commented, a pull request from a fork may not: {error.message}"
    return f"{'issue' if request.issue else 'comment'} {done}"


def _forge_name(request: CommentRequest) -> str:
    anywhere = request.dry and not request.forge and of_job(request.environ) is None
    return "github" if anywhere else named(request.forge, request.environ)


def _origin(request: CommentRequest) -> Origin:
    job = job_of(request.environ)
    return Origin(job.page, job.commit)


def _say(request: CommentRequest, forge: Forge, parts: Sequence[Part], text: str) -> str:
    job = job_of(request.environ)
    if request.issue:
        well = all(part.state in (PartState.NOTHING, PartState.PASSED) for part in parts)
        mark = Mark(request.key or "issue", job.run)
        return keep_issue(forge, request.issue, mark, request.title, None if well else text)
    pull = request.pull or job.pull
    if pull is None:
        raise CannotLook("no pull request: this job does not run for one", "name it: --pr N")
    create = request.always or not nothing_changes(parts)
    return say(forge, pull, Mark(request.key or "comment", job.run), text, create=create)


def _write(path: Path, text: str, mode: str = "w") -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CannotLook(f"{path} cannot be written: {error.strerror}") from error
