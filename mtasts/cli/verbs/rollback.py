"""Take a mail domain out of enforce: mode testing (or none) with a short max_age, in its YAML.

Always allowed and at once: no network, ledger or engine is needed. The text changes, so `mtasts up` publishes it under
a fresh id. Says by when which kind of sender is safe, as far as the ledger can be read within seconds.

exit codes: 0 edited, or nothing to edit; 2 the file could not be read or written.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from mtasts.app.steps.edit import DomainFile
from mtasts.app.steps.rollback import dates, roll_back
from mtasts.cli.next_command import passed_on
from mtasts.cli.options import clock
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.options.step import add_step_arguments, file_of, occasion_of, of_stack
from mtasts.cli.screen import say, talk
from mtasts.cli.steps import print_findings, print_next, print_occasion, remark, write
from mtasts.errors import CannotLook
from mtasts.history.eras import Publication
from mtasts.live.files import read_stack
from mtasts.live.publications import read_publications
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Mode
from mtasts.words.names import with_u_labels

# Whoever rolls back is in a hurry; the edit is done by then.
_LEDGER_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add_step_arguments(parser)
    parser.add_argument("--to", choices=["testing", "none"], default="testing", help="the mode (default: testing)")
    parser.add_argument("--sandbox", action="store_true", help="of the running `mtasts sandbox` instead of clouds")
    ledger_source.add_ledger_arguments(parser)
    parser.add_argument("--no-ledger", action="store_true", help="edit only, do not compute dates")
    clock.add_clock_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Edit first, compute afterwards. Raises CannotLook."""
    file, occasion, target = file_of(args), occasion_of(args), Mode(args.to)
    args = of_stack(args, file.stack)
    old = file.policy
    print_occasion(occasion)
    edit = roll_back(file, target)
    if edit is None:
        say(f"{with_u_labels(old.domain)}: {file.path} says mode {old.mode} already; nothing to edit")
        _print_dates(args, old, old, occasion.now)
        print_next(args, file.stack)
        return 0
    say(f"{with_u_labels(old.domain)}: {old.mode} -> {target}")
    write(edit, occasion)
    if occasion.writes:
        print_next(args, file.stack)
    _print_dates(args, old, edit.policy, occasion.now)
    _print_neighbours(args, file)
    return 0


def _print_dates(args: argparse.Namespace, old: DomainPolicy, new: DomainPolicy, now: datetime) -> None:
    """Who is safe when. The edit is done, so nothing that goes wrong here may look like a failed roll-back."""
    publications, trouble = (None, "--no-ledger") if args.no_ledger else _read_ledger(args, new.domain)
    print_findings(dates(old, new, publications, now))
    if publications is None:
        remark(f"the ledger was not read ({trouble}): older publications may be held longer than said here")


def _print_neighbours(args: argparse.Namespace, file: DomainFile) -> None:
    """Another domain's file that is wrong makes `up` refuse the whole stack; better reported now than by `up`."""
    try:
        loaded = read_stack(looking.policies_folder(args.policies), file.stack)
    except CannotLook as error:
        talk(f"mtasts: `up` will refuse: {error.message}")
        return
    for problem in loaded.problems[:3]:
        talk(f"mtasts: `up` will refuse until this is fixed: {problem}")


def _read_ledger(args: argparse.Namespace, domain: str) -> tuple[tuple[Publication, ...] | None, str]:
    """The ledger, or None and why: read by another run of the command, which can be given up on at any point."""
    options = passed_on(args, ["stack", "policies", "project", "sandbox", "ledger"])
    root = str(Path(__file__).resolve().parents[3])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    with tempfile.TemporaryDirectory(prefix="mtasts-") as folder:
        file = Path(folder) / "ledger.json"
        with file.open("wb") as out:
            child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "mtasts", "ledger", domain, "--json", *options],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,  # so that an engine it started goes with it
            )
        try:
            _, said = child.communicate(timeout=_LEDGER_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            return None, f"no answer in {_LEDGER_SECONDS:.0f} s"
        if child.returncode not in (0, 1):
            lines = said.decode("utf-8", "replace").strip().splitlines()
            return None, (lines[0].removeprefix("mtasts: ") if lines else f"exit code {child.returncode}")
        return read_publications(file).get(domain, ()), ""
