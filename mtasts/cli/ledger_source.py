"""Where the ledger of a stack's mail domains comes from: the policy bucket, a file, or the sandbox's bucket."""

import argparse
import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.engine.published import Published
    from mtasts.evidence.eras import Publication


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

    From `args`: ledger, and where they are there stack, policies, project, sandbox. `ttls` are those of the TXT
    records, in seconds. Without --ledger and without a stack that was published there is nothing to read: {}, and a
    word on stderr. Raises CannotLook when what is named, or the stack's bucket, cannot be read.
    """
    source = str(getattr(args, "ledger", None) or "")
    if source and not source.startswith("s3://"):
        from mtasts.live.publications import read_publications

        found = read_publications(Path(source))
        return {domain: found[domain] for domain in found if domains is None or domain in domains}
    environ = environment_of(args)
    settings = _sandbox_settings(environ) if getattr(args, "sandbox", False) else {}
    bucket = source.removeprefix("s3://") if source else _stack(args, environ).bucket
    if not bucket:
        return {}
    from mtasts.live.ledger import read_ledger

    return read_ledger(f"s3://{bucket}", domains, ttls=ttls, **settings)


def environment_of(args: argparse.Namespace) -> Mapping[str, str]:
    """The environment with what --sandbox and --policies lay over it. Raises CannotLook when no sandbox runs."""
    environ = dict(os.environ)
    if getattr(args, "sandbox", False):
        from mtasts.sandbox.client import running

        environ |= running().environment()
    if getattr(args, "policies", None):
        environ["MTASTS_POLICIES"] = str(args.policies.absolute())
    return environ


def _sandbox_settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        "endpoint_url": environment["AWS_ENDPOINT_URL"],
        "region_name": environment["AWS_REGION"],
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
    }


def _stack(args: argparse.Namespace, environ: Mapping[str, str]) -> "Published":
    """What the stack published; with a word on stderr when there is no stack to ask, or nothing was published."""
    from mtasts.engine.project import choose_stack, find_project
    from mtasts.engine.published import published

    try:
        project = find_project(getattr(args, "project", None) or Path.cwd())
        stack = choose_stack(project, getattr(args, "stack", None), environ)
    except CannotLook as error:
        return _none(error.message)
    found = published(project, stack, environ)
    return found if found.bucket else _none(f"nothing was published from stack {stack}")


def _none(reason: str) -> "Published":
    from mtasts.engine.published import Published

    print(f"no ledger: {reason}; --ledger names one", file=sys.stderr)
    return Published("", ())
