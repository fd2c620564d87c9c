"""Say what the checks found where a reviewer looks: one comment on the pull request, edited and never doubled.

Reads the files that the checks left; a file that is missing says that its step failed, so run this step always. The
jobs beside the gate's run the change's own code, so a verdict is posted only from the file whose SHA-256 the gate's job
handed over (--gate-sha256), and what other files say is said as theirs. The token comes from the environment:
GITHUB_TOKEN, or GITLAB_TOKEN (a job's own CI_JOB_TOKEN may not write comments). With --issue the same text is kept in
one issue, which is closed when there is nothing left to say.

exit codes: 0 said, or there was nothing to say, or a fork's pull request may not be written to; 2 could not.
"""

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.parts import add_from_argument, read_sources
from mtasts.cli.screen import document, talk
from mtasts.errors import CannotLook
from mtasts.version import version

if TYPE_CHECKING:
    from mtasts.live.forge.contract import Forge
    from mtasts.live.forge.environment import ForgeName
    from mtasts.render.ci.comment import Origin
    from mtasts.render.ci.parts import Part

# GitHub cuts a step's summary at 1 MiB.
SUMMARY_LIMIT = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add_from_argument(parser)
    parser.add_argument(
        "--gate-sha256",
        metavar="HEX",
        type=_digest,
        help="of the file that the gate's job made, as that job handed it over; empty if it handed over none",
    )
    parser.add_argument("--forge", choices=["github", "gitlab"], help="default: the one whose job this is")
    parser.add_argument("--pr", metavar="N", type=_number, help="default: the pull or merge request of this job")
    parser.add_argument("--issue", metavar="LABEL", help="keep one issue with this label instead of a comment")
    parser.add_argument("--title", metavar="TEXT", default="MTA-STS needs a look", help="the issue's title")
    parser.add_argument("--key", metavar="NAME", type=_key, help="tells several comments of ours apart")
    parser.add_argument("--always", action="store_true", help="comment even when nothing changes and nothing was said")
    parser.add_argument("--dry-run", action="store_true", help="print the text; write the files, post nothing")
    parser.add_argument("--summary", metavar="FILE", type=Path, help="append the full text, as to $GITHUB_STEP_SUMMARY")
    parser.add_argument("--sarif", metavar="FILE", type=Path, help="write the findings for GitHub's code scanning")
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write the outcomes as JUnit XML")
    parser.add_argument("--code-quality", metavar="FILE", type=Path, help="write the findings for GitLab's widget")
    parser.add_argument("--annotations", action="store_true", help="print the findings as GitHub workflow commands")


def run(args: argparse.Namespace) -> int:
    """Write the files, then speak to the forge. Raises CannotLook."""
    from mtasts.live.forge.environment import head_commit, named, run_page
    from mtasts.render.ci.comment import Origin, comment

    parts = _parts(args)
    name = "github" if args.dry_run and not args.forge and not _in_ci() else named(args.forge, os.environ)
    origin = Origin(run_page(os.environ), head_commit(os.environ))
    _write_files(args, parts, origin)
    text = comment(parts, limit=_limit(name) - 200, rest=_rest(args), origin=origin)
    if args.dry_run:
        document(text, end="")
        return 0
    return _post(args, name, parts, text)


def _parts(args: argparse.Namespace) -> tuple["Part", ...]:
    """What the files say; in a comment on a pull request it is said whose words they are. Raises CannotLook."""
    from mtasts.render.ci.provenance import attributed, theirs, unvouched

    sources = read_sources(args.files)
    if args.gate_sha256 is not None:
        return attributed(sources, args.gate_sha256)
    if args.dry_run or args.issue:
        return tuple(part for source in sources for part in source.parts)
    if name := unvouched(sources):
        hint = "--gate-sha256 takes the digest that the gate's job handed over (docs/reference/comment.md)"
        raise CannotLook(f"nobody vouches that the gate's job made {name}", hint)
    return theirs(sources)


def _post(args: argparse.Namespace, name: "ForgeName", parts: Sequence["Part"], text: str) -> int:
    from mtasts.live.forge.contract import NotAllowed
    from mtasts.live.forge.environment import forge_from, from_fork

    try:
        told = _say(args, forge_from(name, os.environ), parts, text)
    except NotAllowed as error:
        if args.issue or not from_fork(os.environ):
            raise
        talk(f"mtasts: not commented, a pull request from a fork may not: {error.message}")
        return 0
    talk(f"mtasts: {'issue' if args.issue else 'comment'} {told}")
    return 0


def _say(args: argparse.Namespace, forge: "Forge", parts: Sequence["Part"], text: str) -> str:
    from mtasts.live.forge.environment import pull_number, run_number
    from mtasts.live.forge.sticky import Mark, keep_issue, say
    from mtasts.render.ci.comment import nothing_changes
    from mtasts.render.ci.parts import PartState

    run_ = run_number(os.environ)
    if args.issue:
        well = all(part.state in (PartState.NOTHING, PartState.PASSED) for part in parts)
        mark = Mark(args.key or "issue", run_)
        return keep_issue(forge, args.issue, mark, args.title, None if well else text)
    pull = args.pr or pull_number(os.environ)
    if pull is None:
        raise CannotLook("no pull request: this job does not run for one", "name it: --pr N")
    create = args.always or not nothing_changes(parts)
    return say(forge, pull, Mark(args.key or "comment", run_), text, create=create)


def _write_files(args: argparse.Namespace, parts: Sequence["Part"], origin: "Origin") -> None:
    from mtasts.render.ci.comment import comment

    if args.summary:
        _write(args.summary, comment(parts, limit=SUMMARY_LIMIT, rest="the files of this run", origin=origin), "a")
    if args.sarif:
        from mtasts.render.ci.sarif import sarif

        _write(args.sarif, sarif(parts, version()))
    if args.junit or args.code_quality or args.annotations:
        from mtasts.render.ci.forms import code_quality, junit, workflow_commands

        if args.junit:
            _write(args.junit, junit(parts))
        if args.code_quality:
            _write(args.code_quality, code_quality(parts))
        for line in workflow_commands(parts) if args.annotations else ():
            document(line)


def _write(path: Path, text: str, mode: str = "w") -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CannotLook(f"{path} cannot be written: {error.strerror}") from error


def _limit(name: "ForgeName") -> int:
    from mtasts.live.forge import github, gitlab

    return github.BODY_LIMIT if name == "github" else gitlab.BODY_LIMIT


def _rest(args: argparse.Namespace) -> str:
    return "the summary of the run" if args.summary else "the files of the run"


def _in_ci() -> bool:
    return "true" in (os.environ.get("GITHUB_ACTIONS"), os.environ.get("GITLAB_CI"))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:19]) < 10**18):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a pull request")
    return int(text)


def _digest(text: str) -> str:
    if text and not re.fullmatch(r"[0-9a-f]{64}", text):
        raise argparse.ArgumentTypeError(f"{text[:70]!r} is not a SHA-256 in 64 hexadecimal digits")
    return text


def _key(text: str) -> str:
    from mtasts.live.forge.sticky import KEY

    if not KEY.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not 1 to 40 of a-z, 0-9 and -")
    return text
