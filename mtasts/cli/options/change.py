"""Options of `diff` and `gate`: which change they compare."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.options.look import policies_folder

if TYPE_CHECKING:
    from mtasts.app.change import ChangeRequest  # it reads git and YAML, 0.1 s, which no `--help` should wait for

FORMATS = ("text", "json", "markdown")


def add_change_arguments(parser: argparse.ArgumentParser) -> None:
    """--base, --head, --policies, --repo, --format."""
    parser.add_argument("--base", metavar="REF", required=True, help="the branch that the change is for: origin/main")
    parser.add_argument("--head", metavar="REF", default="HEAD", help="the proposed commit (default: HEAD)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--repo", metavar="DIR", type=Path, default=Path(), help="a folder in the repository (here)")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="text, markdown for a summary, json for programs and `mtasts comment` (docs/reference/diff-gate.md)",
    )


def change_of(args: argparse.Namespace, *, project: Path | None = None, worktree: bool = False) -> "ChangeRequest":
    """The change that the arguments name."""
    from mtasts.app.change import ChangeRequest

    return ChangeRequest(args.base, args.head, args.repo, policies_folder(args.policies), project, worktree)
