"""Write policies/<stack>/<domain>.yaml for mail domains, from what each serves now.

A domain without MTA-STS gets mode testing and its MX hosts by full name; one that has it keeps mode, max_age and mx as
served, and is told what differs from advice. Its DNS provider is known by its name servers, the zone's id is asked for
where AWS or Cloudflare credentials are there. Never overwrites a file. The result passes `mtasts validate`.

exit codes: 0 all written; 2 for one at least: could not look, or nothing that can be published came of it.
"""

import argparse
import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.options import look as looking
from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook
from mtasts.live.text_file import read_text
from mtasts.providers import PROVIDERS
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mtasts.live.network import Network
    from mtasts.policy.config import InputProblem
    from mtasts.policy.draft import Draft
    from mtasts.protocol.mta_sts import Policy
    from mtasts.verify.findings import View


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("domains", metavar="DOMAIN", nargs="+", help="the mail domains")
    parser.add_argument("--stack", metavar="S", default="staging", help="the stack's folder (default: staging)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="the policies folder (default: policies)")
    parser.add_argument("--dns-provider", choices=list(PROVIDERS), help="where the domains' zones are")
    parser.add_argument("--zone", metavar="ID", help="the zone's id at that provider, the same for all")
    parser.add_argument(
        "--rua",
        metavar="URI",
        action="append",
        default=[],
        help="where reports shall go, if none is published; repeatable",
    )
    looking.add_network_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Look, draft, check, write, domain by domain. Raises CannotLook for words that are wrong."""
    from mtasts.app.look import mail_domains
    from mtasts.render.escape import terminal

    if args.zone and not args.dns_provider:
        raise CannotLook("--zone is an id at a provider, and none is named", "say --dns-provider, too")
    code = 0
    for domain in mail_domains(args.domains):
        try:
            path, drafted = _one(domain, args)
        except CannotLook as error:
            talk(f"mtasts: {terminal(error.message)}")
            talk(f"  hint: {terminal(error.hint)}")
            code = 2
            continue
        document(str(path))
        for remark in drafted.remarks:
            say(f"  {terminal(remark)}")
        talk(f"next: read it, then `mtasts validate {path}` and `mtasts verify {domain}`")
    return code


def _one(domain: str, args: argparse.Namespace) -> "tuple[Path, Draft]":
    """The file that was written for one domain, and its draft. Raises CannotLook."""
    path = looking.policies_folder(args.policies) / args.stack / f"{domain}.yaml"
    if path.exists():
        raise CannotLook(f"{path} exists already and is never overwritten", "edit it, or move it away first")
    seen = asyncio.run(_look(domain, args))
    dns = (args.dns_provider, args.zone) if args.zone else None
    if dns is None and (args.dns_provider or _wants_dns(path)):
        dns = _zone(seen, args)
    drafted = _drafted(path, seen, args.rua, dns)
    _write(path, drafted.text)
    return path, drafted


def _wants_dns(path: Path) -> bool:
    """Whether the stack's defaults leave the provider and the zone to each domain."""
    return any(
        "dns" in problem.key for problem in _wrong(path, f"domain: {path.stem}\nmode: testing\nmx: [a.example]\n")
    )


def _zone(seen: "_Seen", args: argparse.Namespace) -> tuple[str, str]:
    """Provider and zone id of a domain. Raises CannotLook with what is known of them."""
    from mtasts.live.zones import find_zone, provider_of

    provider = args.dns_provider or provider_of(seen.name_servers)
    environ = looking.environment_of(args)
    found = [
        zone
        for one in ([provider] if provider else sorted(PROVIDERS, reverse=True))
        if (zone := find_zone(seen.domain, one, environ))
    ]
    if len(found) == 1:
        return found[0].provider, found[0].id
    name = with_u_labels(seen.domain)
    if found:
        places = " and ".join(f"{zone.provider} ({zone.id})" for zone in found)
        raise CannotLook(
            f"{name}: it has a zone at {places}", "name the one that is delegated: --dns-provider and --zone"
        )
    where = (
        f"it is at {provider}, but its zone's id is not known"
        if provider
        else "its DNS provider and zone are not known"
    )
    servers = f" (name servers: {', '.join(seen.name_servers)})" if seen.name_servers else ""
    raise CannotLook(
        f"{name}: {where}{servers}",
        "give --dns-provider and --zone, or the credentials of its account, or set dns in _defaults.yaml",
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a draft is made of: the MX hosts' names, the policy and the reporting addresses that senders see now."""

    domain: str
    mx_hosts: "Sequence[str]"
    policy: "Policy | None"
    rua: "Sequence[str]"
    name_servers: "Sequence[str]"
    remarks: "Sequence[str]" = ()


async def _look(domain: str, args: argparse.Namespace) -> _Seen:
    from datetime import UTC, datetime, timedelta

    from mtasts.live.observe import Observer
    from mtasts.live.resolver import Resolver
    from mtasts.live.zones import name_servers
    from mtasts.verify.findings import view_of

    network = looking.network_of(args)
    observer, resolver = Observer(network, looking.limits_of(args)), Resolver(network)
    view = view_of(await observer.observe(domain), datetime.now(UTC), timedelta(days=1))
    servers = await name_servers(domain, resolver)
    observer.close()
    resolver.close()
    hosts = _mx_hosts(view)
    _refuse_trouble(view)
    # A policy counts only with its TXT record, as for senders; a body left over without one is no policy.
    served = view.policy if view.txt.value is not None else None
    rua, remarks = _reports_go_to(view)
    return _Seen(domain, hosts, served, rua, servers, [*remarks, *await _in_the_way(domain, network)])


async def _in_the_way(domain: str, network: "Network") -> list[str]:
    """What `mtasts up` would refuse to publish the domain for, a line each."""
    from mtasts.live.standing import Names
    from mtasts.verify.standing import EVERYTHING, refusals

    names = Names(network)
    found = refusals(domain, await names.look(domain), EVERYTHING)
    names.close()
    return [f"before it is published: {refusal.text}: {refusal.remedy}" for refusal in found]


def _reports_go_to(view: "View") -> "tuple[Sequence[str], Sequence[str]]":
    """The reporting addresses that the domain's record names, and what is wrong with the record.

    Also those of a record that reporters cannot use, or use in part: they are what somebody meant.
    """
    from mtasts.protocol.tls_rpt import every_rua

    told = (
        [uri for text in view.observed.tls_rpt.values for uri in every_rua(text)] if view.observed.tls_rpt.found else []
    )
    addresses = tuple(dict.fromkeys(told))
    counted = view.tls_rpt.value.rua if view.tls_rpt.value else ()
    if len(addresses) <= len(counted):
        return counted, ()
    problem = next((f": {one.message}" for one in view.tls_rpt.problems), "")
    lost = ", ".join(uri for uri in addresses if uri not in counted)
    return addresses, [
        f"the TLS-RPT record as served loses the reports to {lost}{problem}; the draft has all in one rua"
    ]


def _mx_hosts(view: "View") -> list[str]:
    from mtasts.verify.checks_mx import mx_present
    from mtasts.verify.findings import State

    for said in mx_present(view):
        if said.state is not State.PASS:
            hint = "look again when DNS answers" if said.state is State.UNKNOWN else "MTA-STS needs a domain with mail"
            raise CannotLook(f"{with_u_labels(view.observed.domain)}: {said.text}", hint)
    return [host.name for host in view.observed.hosts]


def _refuse_trouble(view: "View") -> None:
    """What could not be asked is not absent: a draft without it might take over a domain with other values."""
    from mtasts.verify.model import AnswerKind

    for answer in (view.observed.mta_sts, view.observed.tls_rpt):
        if answer.kind is AnswerKind.TROUBLE:
            raise CannotLook(f"DNS trouble asking for {answer.name}: {answer.trouble}", "look again when DNS answers")
    if view.txt.value is not None and view.policy is None:
        problem = next((fetch.problem for fetch in view.observed.fetches if fetch.problem), "") or _policy_problem(view)
        name = with_u_labels(view.observed.domain)
        raise CannotLook(
            f"{name} has a TXT record but its policy could not be read: {problem}",
            f"correct what is served first: `mtasts verify {view.observed.domain}` has all of it",
        )


def _policy_problem(view: "View") -> str:
    """The first thing that is wrong with the policy's text: code, line and words."""
    from mtasts.protocol.mta_sts import read_policy
    from mtasts.protocol.problem import Severity

    for fetch in view.observed.fetches:
        for problem in read_policy(fetch.body).problems:
            if problem.severity is Severity.ERROR:
                return f"{problem.code}: {problem.message} ({problem.section})"
    return "it is not valid"


def _drafted(path: Path, seen: _Seen, given: "Sequence[str]", dns: tuple[str, str] | None) -> "Draft":
    """A draft that passes `mtasts validate` with the stack's defaults. Raises CannotLook when there is none."""
    from mtasts.policy.draft import draft

    # As published; else as given; else the stack's own, and no reports only where that has none either.
    for rua in (seen.rua or given or None, ()):
        drafted = draft(seen.domain, seen.mx_hosts, seen.policy, rua, dns)
        wrong = _wrong(path, drafted.text)
        if rua or not any(problem.key.startswith("tls_rpt") for problem in wrong):
            break
    if not wrong:
        return replace(drafted, remarks=(*drafted.remarks, *seen.remarks))
    raise CannotLook(f"the draft is not valid: {wrong[0]}", "write the file by hand, after an example in policies/")


def _wrong(path: Path, text: str) -> "list[InputProblem]":
    """What `mtasts validate` would refuse."""
    from mtasts.policy.config import Source, load
    from mtasts.protocol.problem import Severity

    defaults = path.with_name("_defaults.yaml")
    source = Source(str(defaults), read_text(defaults)) if defaults.exists() else None
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
