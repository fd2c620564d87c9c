"""Draft a mail domain's first YAML from what the domain serves now, and write it where no file is."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mtasts.app.first_file import is_there, valid_draft, wants_dns, write, zone_of
from mtasts.errors import CannotLook
from mtasts.live.files import stack_names
from mtasts.live.limits import USUAL, Limits
from mtasts.live.network import Network
from mtasts.live.observe import Observer
from mtasts.live.resolver import Resolver
from mtasts.live.standing import Names
from mtasts.live.zones import name_servers
from mtasts.policy.draft import Draft, draft
from mtasts.protocol.mta_sts import Policy, read_policy
from mtasts.protocol.problem import Severity
from mtasts.protocol.tls_rpt import every_rua
from mtasts.verify.checks_mx import mx_present
from mtasts.verify.findings import State, View, view_of
from mtasts.verify.model import AnswerKind
from mtasts.verify.standing import EVERYTHING, refusals
from mtasts.words.names import with_u_labels


@dataclass(frozen=True, slots=True)
class InitRequest:
    """Where drafts are written, how to look, and what is known beforehand.

    `folder`: of the stack, with its defaults. `dns_provider` and `zone` are of every domain; "" for what is to be found
    out, with the credentials in `environ`. `rua`: where reports shall go if no address is published.
    """

    folder: Path
    network: Network
    environ: Mapping[str, str] = field(repr=False)  # it holds credentials
    limits: Limits = USUAL
    dns_provider: str = ""
    zone: str = ""
    rua: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A domain's new file, and the draft that it holds."""

    path: Path
    draft: Draft


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a draft is made of: the MX hosts' names, the policy and the reporting addresses that senders see now."""

    domain: str
    mx_hosts: Sequence[str]
    policy: Policy | None
    rua: Sequence[str]
    name_servers: Sequence[str]
    remarks: Sequence[str] = ()


def stack_of(policies: Path, named: str, environ: Mapping[str, str]) -> str:
    """`named`, else $PULUMI_STACK, else the only stack there. Raises CannotLook rather than choose one of many."""
    chosen = named or environ.get("PULUMI_STACK", "").rsplit("/", 1)[-1]
    if chosen:
        return chosen
    there = stack_names(policies) if policies.is_dir() else ()
    if len(there) == 1:
        return there[0]
    listing = (
        f"stacks of {policies}: {', '.join(there)}" if there else f"{policies} has none; `mtasts new` makes a project"
    )
    raise CannotLook("which stack is the file for?", f"say --stack S; {listing}")


def init(domain: str, request: InitRequest) -> Written:
    """Look at a mail domain (A-labels), draft its YAML and write it. Never overwrites a file.

    Raises CannotLook for what does not answer, for a file that exists, and where no draft would be valid.
    """
    path = request.folder / f"{domain}.yaml"
    if path.exists():
        raise is_there(path)
    seen = asyncio.run(_look(domain, request))
    dns = (request.dns_provider, request.zone) if request.zone else None
    if dns is None and (request.dns_provider or wants_dns(path)):
        dns = zone_of(domain, seen.name_servers, request.dns_provider, request.environ)
    drafted = valid_draft(
        path, lambda rua: draft(domain, seen.mx_hosts, seen.policy, rua, dns), seen.rua or request.rua
    )
    write(path, drafted.text)
    return Written(path, replace(drafted, remarks=(*drafted.remarks, *seen.remarks)))


async def _look(domain: str, request: InitRequest) -> _Seen:
    observer, resolver = Observer(request.network, request.limits), Resolver(request.network)
    view = view_of(await observer.observe(domain), datetime.now(UTC), timedelta(days=1))
    servers = await name_servers(domain, resolver)
    observer.close()
    resolver.close()
    hosts = _mx_hosts(view)
    _refuse_trouble(view)
    # A policy counts only with its TXT record, as for senders; a body left over without one is no policy.
    served = view.policy if view.txt.value is not None else None
    rua, remarks = _reports_go_to(view)
    return _Seen(domain, hosts, served, rua, servers, [*remarks, *await _in_the_way(domain, request.network)])


async def _in_the_way(domain: str, network: Network) -> list[str]:
    """What `mtasts up` would refuse to publish the domain for, a line each."""
    names = Names(network)
    found = refusals(domain, await names.look(domain), EVERYTHING)
    names.close()
    return [f"before it is published: {refusal.text}: {refusal.remedy}" for refusal in found]


def _reports_go_to(view: View) -> tuple[Sequence[str], Sequence[str]]:
    """The reporting addresses that the domain's record names, and what is wrong with the record.

    Also those of a record that reporters cannot use, or use in part: they are what somebody meant.
    """
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


def _mx_hosts(view: View) -> list[str]:
    for said in mx_present(view):
        if said.state is not State.PASS:
            hint = "look again when DNS answers" if said.state is State.UNKNOWN else "MTA-STS needs a domain with mail"
            raise CannotLook(f"{with_u_labels(view.observed.domain)}: {said.text}", hint)
    return [host.name for host in view.observed.hosts]


def _refuse_trouble(view: View) -> None:
    """What could not be asked is not absent: a draft without it might take over a domain with other values."""
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


def _policy_problem(view: View) -> str:
    """The first thing that is wrong with the policy's text: code, line and words."""
    for fetch in view.observed.fetches:
        for problem in read_policy(fetch.body).problems:
            if problem.severity is Severity.ERROR:
                return f"{problem.code}: {problem.message} ({problem.section})"
    return "it is not valid"
