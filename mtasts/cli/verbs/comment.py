"""Say what the checks found where a reviewer looks: one comment on the pull request, edited and never doubled.

Reads the files that the checks left; a file that is missing says that its step failed, so run this step always. The
jobs beside the gate's run the change's own code, so a verdict is posted only from the file whose SHA-256 the gate's job
handed over (--gate-sha256), and what other files say is said as theirs. The token comes from the environment:
GITHUB_TOKEN, GITLAB_TOKEN (a job's own CI_JOB_TOKEN may not write comments), FORGEJO_TOKEN or GITEA_TOKEN,
BITBUCKET_TOKEN, SYSTEM_ACCESSTOKEN. With --issue the same text is kept in one issue, where the forge has issues; it is
closed when there is nothing left to say.

exit codes: 0 said, or there was nothing to say, or a fork's pull request may not be written to; 2 could not.
"""

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.options.parts import add_from_argument, files_of
from mtasts.cli.screen import document, talk
from mtasts.live.forge import FORGES
from mtasts.version import version

if TYPE_CHECKING:
    from mtasts.app.comment import CommentRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add_from_argument(parser)
    parser.add_argument(
        "--gate-sha256",
        metavar="HEX",
        type=_digest,
        help="of the file that the gate's job made, as that job handed it over; empty if it handed over none",
    )
    parser.add_argument("--forge", choices=FORGES, help="default: the one whose job this is")
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
    # Late: forges and what a comment is made with cost 0.2 s, which no `--help` should wait for.
    from mtasts.app.comment import Files, post, read, text_of, write
    from mtasts.render.ci.forms import workflow_commands

    request = _request(args)
    parts = read(files_of(args), request)
    text = text_of(request, parts, "the summary of the run" if args.summary else "the files of the run")
    write(request, parts, Files(args.summary, args.sarif, args.junit, args.code_quality), version())
    for line in workflow_commands(parts) if args.annotations else ():
        document(line)
    if args.dry_run:
        document(text, end="")
    else:
        talk(f"mtasts: {post(request, parts, text)}")
    return 0


def _request(args: argparse.Namespace) -> "CommentRequest":
    from mtasts.app.comment import CommentRequest

    return CommentRequest(
        environ=os.environ,
        gate=args.gate_sha256,
        forge=args.forge,
        pull=args.pr,
        issue=args.issue or "",
        title=args.title,
        key=args.key or "",
        always=args.always,
        dry=args.dry_run,
    )


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
