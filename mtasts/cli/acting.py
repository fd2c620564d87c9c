"""What the verbs that edit a mail domain's YAML have in common: the file, the judgement, the edit, how it is told."""

import argparse
import difflib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from mtasts.cli.next_command import command
from mtasts.cli.options import look as looking
from mtasts.cli.screen import document, say
from mtasts.errors import CannotLook, NotValid

if TYPE_CHECKING:
    from mtasts.changes.rules import ChangeFinding
    from mtasts.policy.config import DomainPolicy


@dataclass(frozen=True, slots=True)
class DomainFile:
    """One mail domain's YAML file: its stack, where it is, what it says and what that means."""

    stack: str
    path: Path
    text: str
    policy: "DomainPolicy"


def add_acting_arguments(parser: argparse.ArgumentParser, *, domain: str | None = None) -> None:
    """DOMAIN, --stack, --policies, --project, --dry-run. `domain` "?": it may be left out."""
    parser.add_argument("domain", metavar="DOMAIN", nargs=domain, help="the mail domain")
    parser.add_argument("-s", "--stack", help="its stack ($PULUMI_STACK; else the only one that has the domain)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--dry-run", action="store_true", help="show the edit, write nothing")


def open_domain(args: argparse.Namespace) -> DomainFile:
    """The domain that the arguments name. Fills in `args.stack`. Raises CannotLook, and NotValid for a file that is."""
    from mtasts.live.domain_file import find_domain_file, read_text
    from mtasts.live.files import read_file
    from mtasts.protocol.names import BadName, to_a_labels

    try:
        domain = to_a_labels(args.domain)
    except BadName as error:
        raise CannotLook(f"{args.domain!r:.100} is not a mail domain: it {error}", "e.g. example.com") from None
    named = (args.stack or os.environ.get("PULUMI_STACK", "")).rsplit("/", 1)[-1]
    stack, path = find_domain_file(looking.policies_folder(args.policies), named or None, domain)
    args.stack = args.stack or stack
    text = read_text(path)
    loaded = read_file(path)
    if loaded.problems:
        raise NotValid(loaded.problems)
    return DomainFile(stack, path, text, loaded.policies[0])


def edited(file: DomainFile, **wanted: Any) -> str:
    """The file's text with `wanted` changed (`rollout.edit.edit_policy`). Raises CannotLook when it cannot be."""
    from mtasts.policy.edit import CannotEdit, edit_policy

    try:
        return edit_policy(file.text, inherited_mx=file.policy.mx, **wanted)
    except CannotEdit as error:
        raise CannotLook(
            f"{file.path} cannot be edited: {error}", "edit it by hand; `mtasts validate` checks it"
        ) from None


def revised(file: DomainFile, after: str) -> "DomainPolicy":
    """What the edited text means. Raises CannotLook when it would not be valid."""
    from mtasts.live.files import DEFAULTS_NAME, read_defaults
    from mtasts.policy.config import Source, load

    loaded = load([Source(str(file.path), after)], read_defaults(file.path.with_name(DEFAULTS_NAME)))
    if loaded.problems:
        raise CannotLook(f"the edit would not be valid: {loaded.problems[0]}", "edit the file by hand")
    return loaded.policies[0]


def write(file: DomainFile, after: str, *, dry_run: bool) -> None:
    """Print the edit as a diff and, unless it is a rehearsal, put it in place. Raises CannotLook."""
    from mtasts.live.domain_file import replace_text
    from mtasts.render.runner import in_text

    if after == file.text:
        return
    say()
    # `patch` refuses what is shown otherwise, if a runner would obey it.
    document("\n".join(map(in_text, diff(file, after).split("\n"))), end="")
    if dry_run:
        say("\nnothing was written")
    else:
        replace_text(file.path, file.text, after)


def diff(file: DomainFile, after: str) -> str:
    """A unified diff of the file, as `patch` takes it."""
    name = str(file.path)
    before, wanted = file.text.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = difflib.unified_diff(before, wanted, name, name, n=1)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def tell(findings: "Iterable[ChangeFinding]") -> None:
    """Print what the change rules say: level and text, what happens to mail, what to do, from when on it passes."""
    from mtasts.words.moments import not_before

    for finding in findings:
        say(f"\n{finding.level.value:<6}{finding.code} ({finding.source})")
        remark(finding.text)
        if finding.mail:
            remark(f"mail: {finding.mail}")
        if finding.remedy:
            remark(f"do: {finding.remedy}")
        if finding.earliest is not None:
            remark(f"when: {not_before(finding.earliest)}")


def remark(text: str, first: str = "      ", hang: int = 8, stream: TextIO | None = None) -> None:
    """Print a text as one line behind `first`; where it is folded, further lines are set in by `hang`."""
    say(first + " ".join(text.split()), hang, stream)


def rehearsal(args: argparse.Namespace, now: datetime) -> None:
    """Say that the clock was handed in, if it was; outside the sandbox nothing is written then, as with --dry-run.

    What will be right on that day may not be right today.
    """
    from mtasts.words.moments import at

    if getattr(args, "as_of", None) is None:
        return
    sandbox = args.sandbox or bool(os.environ.get("MTASTS_SANDBOX_DIR"))
    say(f"rehearsal: judged as of {at(now)}{'' if sandbox else '; nothing will be written'}")
    args.dry_run = args.dry_run or not sandbox


def troubles(lines: Iterable[str]) -> None:
    """Print what could not be learned."""
    for line in lines:
        remark(line)


def days(seconds: int) -> str:
    """A max_age for people: 2 weeks, 1 day, 90 s."""
    from mtasts.render.verify.text import span

    return span(timedelta(seconds=seconds))


def next_step(
    args: argparse.Namespace, file: DomainFile, verb: str = "up", *options: str, dry_run: bool = False
) -> None:
    """Print what publishes the edit; these verbs never do so themselves."""
    if not dry_run:
        say(f"now: {command(args, verb, '--stack', file.stack, *options)}")
