"""Write policies/<stack>/<domain>.yaml from what a mail domain serves now.

A domain without MTA-STS gets mode testing and its MX hosts by full name; one that has it keeps mode, max_age and mx as
served, and is told what differs from advice. Never overwrites a file. The result passes `mtasts validate`.

exit codes: 0 written; 2 could not look, or nothing that can be published came of it.
"""

import argparse
import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli import looking
from mtasts.errors import CannotLook
from mtasts.render.names import with_u_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mtasts.protocol.mta_sts import Policy
    from mtasts.readiness.findings import View
    from mtasts.rollout.config import InputProblem
    from mtasts.rollout.draft import Draft


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("domain", metavar="DOMAIN", help="the mail domain")
    parser.add_argument("--stack", metavar="S", default="staging", help="the stack's folder (default: staging)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="the policies folder (default: policies)")
    parser.add_argument("--dns-provider", choices=["cloudflare", "route53"], help="where the domain's zone is")
    parser.add_argument("--zone", metavar="ID", help="the zone's id at that provider")
    parser.add_argument(
        "--rua",
        metavar="URI",
        action="append",
        default=[],
        help="where reports shall go, if none is published; repeatable",
    )
    looking.add_network_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Look, draft, check, write. Raises CannotLook."""
    from mtasts.protocol.names import BadName, to_a_labels
    from mtasts.render.escape import terminal

    try:
        domain = to_a_labels(args.domain)
    except BadName as error:
        raise CannotLook(f"{args.domain!r:.100} is not a mail domain: it {error}", "e.g. example.com") from None
    if bool(args.dns_provider) != bool(args.zone):
        raise CannotLook("--dns-provider and --zone belong together", "give both, or neither to use _defaults.yaml")
    folder = looking.policies_folder(args.policies) / args.stack
    path = folder / f"{domain}.yaml"
    if path.exists():
        raise CannotLook(f"{path} exists already and is never overwritten", "edit it, or move it away first")
    dns = (args.dns_provider, args.zone) if args.zone else None
    drafted = _drafted(path, asyncio.run(_look(domain, args)), args.rua, dns)
    _write(path, drafted.text)
    print(path)
    for remark in drafted.remarks:
        print(f"  {terminal(remark)}")
    print(f"next: read it, then `mtasts validate {path}` and `mtasts verify {domain}`", file=sys.stderr)
    return 0


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a draft is made of: the MX hosts' names, the policy and the reporting addresses that senders see now."""

    domain: str
    mx_hosts: "Sequence[str]"
    policy: "Policy | None"
    rua: "Sequence[str]"


async def _look(domain: str, args: argparse.Namespace) -> _Seen:
    from datetime import UTC, datetime, timedelta

    from mtasts.live.observe import Observer
    from mtasts.readiness.findings import view_of

    observer = Observer(looking.network_of(args), looking.limits_of(args))
    view = view_of(await observer.observe(domain), datetime.now(UTC), timedelta(days=1))
    observer.close()
    hosts = _mx_hosts(view)
    _refuse_trouble(view)
    # A policy counts only with its TXT record, as for senders; a body left over without one is no policy.
    served = view.policy if view.txt.value is not None else None
    return _Seen(domain, hosts, served, view.tls_rpt.value.rua if view.tls_rpt.value else ())


def _mx_hosts(view: "View") -> list[str]:
    from mtasts.readiness.checks_mx import mx_present
    from mtasts.readiness.findings import State

    for said in mx_present(view):
        if said.state is not State.PASS:
            hint = "look again when DNS answers" if said.state is State.UNKNOWN else "MTA-STS needs a domain with mail"
            raise CannotLook(f"{with_u_labels(view.observed.domain)}: {said.text}", hint)
    return [host.name for host in view.observed.hosts]


def _refuse_trouble(view: "View") -> None:
    """What could not be asked is not absent: a draft without it might take over a domain with other values."""
    from mtasts.readiness.model import AnswerKind

    for answer in (view.observed.mta_sts, view.observed.tls_rpt):
        if answer.kind is AnswerKind.TROUBLE:
            raise CannotLook(f"DNS trouble asking for {answer.name}: {answer.trouble}", "look again when DNS answers")
    if view.txt.value is not None and view.policy is None:
        problem = next((fetch.problem for fetch in view.observed.fetches if fetch.problem), "it is not valid")
        name = view.observed.domain
        raise CannotLook(f"{name} has a TXT record but its policy could not be read: {problem}", "mend that first")


def _drafted(path: Path, seen: _Seen, given: "Sequence[str]", dns: tuple[str, str] | None) -> "Draft":
    """A draft that passes `mtasts validate` with the stack's defaults. Raises CannotLook when there is none."""
    from mtasts.rollout.draft import draft

    # As published; else as given; else the stack's own, and no reports only where that has none either.
    for rua in (seen.rua or given or None, ()):
        drafted = draft(seen.domain, seen.mx_hosts, seen.policy, rua, dns)
        wrong = _wrong(path, drafted.text)
        if rua or not any(problem.key.startswith("tls_rpt") for problem in wrong):
            break
    if not wrong:
        return drafted
    if any("dns" in problem.key for problem in wrong):
        hint = "give --dns-provider and --zone, or set dns in _defaults.yaml"
        raise CannotLook(f"{path}: the domain's DNS provider and zone are not known", hint)
    raise CannotLook(f"the draft is not valid: {wrong[0]}", "write the file by hand, after an example in policies/")


def _wrong(path: Path, text: str) -> "list[InputProblem]":
    """What `mtasts validate` would refuse."""
    from mtasts.protocol.problem import Severity
    from mtasts.rollout.config import Source, load

    defaults = path.with_name("_defaults.yaml")
    source = Source(str(defaults), looking.read_file(defaults)) if defaults.exists() else None
    loaded = load([Source(str(path), text)], source)
    return [problem for problem in loaded.problems if problem.severity is Severity.ERROR]


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # "x": a file that came up in the meantime is not overwritten either.
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CannotLook(f"{path} exists already and is never overwritten", "edit it, or move it away first") from None
    except OSError as error:
        raise CannotLook(f"{path}: cannot be written: {error.strerror}", "check the folder's permissions") from None
