"""Where the ledger of a stack's mail domains comes from: the policy bucket, a file, or the sandbox's bucket."""

import argparse
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.screen import talk
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from datetime import datetime

    from mtasts.history.eras import Publication
    from mtasts_pulumi.engine.published import Published


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was published when, by mail domain, oldest first; a domain without any publication is not in it.

    `read` is False when there was no place to read it from: then nothing is known, which is not the same as nothing
    having been published. `where` names the place, or says why there is none.
    """

    publications: "Mapping[str, tuple[Publication, ...]]"
    read: bool
    where: str

    def of(self, domain: str) -> "tuple[Publication, ...]":
        """The publications of one mail domain."""
        return self.publications.get(domain, ())


def add_ledger_arguments(parser: argparse.ArgumentParser) -> None:
    """--ledger."""
    parser.add_argument(
        "--ledger",
        metavar="s3://BUCKET|FILE",
        help="what was published when: the policy bucket, or a JSON file of `mtasts ledger --json` "
        "(default: the bucket of the stack)",
    )


def ledger_of(
    args: argparse.Namespace, domains: Collection[str] | None, ttls: Mapping[str, int] | None = None
) -> "dict[str, tuple[Publication, ...]]":
    """The publications of these mail domains (None: of all), oldest first; a domain without any is left out.

    As `open_ledger`; where there is nothing to read from, {} and a word on stderr.
    """
    ledger = open_ledger(args, domains, ttls)
    if not ledger.read:
        talk(f"no ledger: {ledger.where}; --ledger names one")
    return dict(ledger.publications)


def open_ledger(
    args: argparse.Namespace, domains: Collection[str] | None, ttls: Mapping[str, int] | None = None
) -> Ledger:
    """The ledger that the arguments name, else that of the stack's own bucket.

    From `args`: ledger, and where they are there stack, policies, project, sandbox. `ttls` are those of the TXT
    records, in seconds. Raises CannotLook when what is named, or the stack's bucket, cannot be read.
    """
    source = str(getattr(args, "ledger", None) or "")
    if source and not source.startswith("s3://"):
        from mtasts.live.publications import read_publications

        found = read_publications(Path(source))
        wanted = {domain: found[domain] for domain in found if domains is None or domain in domains}
        return Ledger(wanted, True, source)
    environ = environment_of(args)
    if source:
        return _read(source, _settings(args, environ, {}), domains, ttls, ())
    try:
        stack, config = _stack(args, environ)
    except _NoStackError as none:
        return Ledger({}, False, none.reason)
    if not stack.bucket:
        return Ledger({}, True, "nothing was published from this stack")
    settings = _settings(args, environ, config)
    return _read(f"s3://{stack.bucket}", settings, domains, ttls, stack.updates)


def _read(
    location: str,
    settings: Mapping[str, str],
    domains: Collection[str] | None,
    ttls: Mapping[str, int] | None,
    updates: "Sequence[datetime]",
) -> Ledger:
    from mtasts.history.ledger import with_history
    from mtasts.live.ledger import read_ledger

    read = read_ledger(location, domains, ttls=ttls, **settings)
    return Ledger({domain: with_history(served, updates) for domain, served in read.items()}, True, location)


def environment_of(args: argparse.Namespace) -> Mapping[str, str]:
    """The environment with what --sandbox and --policies lay over it. Raises CannotLook when no sandbox runs."""
    environ = dict(os.environ)
    if getattr(args, "sandbox", False):
        from mtasts_sandbox.client import running

        environ |= running().environment()
    if getattr(args, "policies", None):
        environ["MTASTS_POLICIES"] = str(args.policies.absolute())
    return environ


class _NoStackError(Exception):
    """There is no project or stack here whose bucket could be asked for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _stack(args: argparse.Namespace, environ: Mapping[str, str]) -> "tuple[Published, Mapping[str, object]]":
    """What the stack published, and its settings."""
    from mtasts.live.project import choose_stack, find_project, stack_settings
    from mtasts_pulumi.engine.published import NoState, published

    try:
        project = find_project(getattr(args, "project", None) or Path.cwd())
        stack = choose_stack(project, getattr(args, "stack", None), environ)
    except CannotLook as error:
        raise _NoStackError(error.message) from None
    config = stack_settings(project, stack).get("config")
    try:
        return published(project, stack, environ), config if isinstance(config, dict) else {}
    except NoState as error:
        raise _NoStackError(error.message) from None


def _settings(args: argparse.Namespace, environ: Mapping[str, str], config: Mapping[str, object]) -> dict[str, str]:
    """How S3 is reached: the sandbox's; else as the stack's provider reaches it, where that is not a secret."""
    if getattr(args, "sandbox", False):
        return {
            "endpoint_url": environ["AWS_ENDPOINT_URL"],
            "region_name": environ["AWS_REGION"],
            "aws_access_key_id": environ["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": environ["AWS_SECRET_ACCESS_KEY"],
        }
    from mtasts_pulumi.engine.published import s3_settings

    return s3_settings(environ, config)
