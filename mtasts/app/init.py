"""Draft a mail domain's first YAML from what the domain serves now, and write it where no file is."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live.limits import USUAL, Limits
from mtasts.live.network import Network
from mtasts.live.observe import Observer
from mtasts.live.resolver import Resolver
from mtasts.live.standing import Names
from mtasts.live.text_file import read_text
from mtasts.live.zones import find_zone, name_servers, provider_of
from mtasts.policy.config import InputProblem, Source, load
from mtasts.policy.draft import Draft, draft
from mtasts.protocol.mta_sts import Policy, read_policy
from mtasts.protocol.problem import Severity
from mtasts.protocol.tls_rpt import every_rua
from mtasts.providers import PROVIDERS
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


def init(domain: str, request: InitRequest) -> Written:
    """Look at a mail domain (A-labels), draft its YAML and write it. Never overwrites a file.

    Raises CannotLook for what does not answer, for a file that exists, and where no draft would be valid.
    """
    path = request.folder / f"{domain}.yaml"
    if path.exists():
        raise _exists(path)
    seen = asyncio.run(_look(domain, request))
    dns = (request.dns_provider, request.zone) if request.zone else None
    if dns is None and (request.dns_provider or _wants_dns(path)):
        dns = _zone(seen, request)
    drafted = _drafted(path, seen, request.rua, dns)
    _write(path, drafted.text)
    return Written(path, drafted)


def _wants_dns(path: Path) -> bool:
    """Whether the stack's defaults leave the provider and the zone to each domain."""
    return any(
        "dns" in problem.key for problem in _wrong(path, f"domain: {path.stem}\nmode: testing\nmx: [a.example]\n")
    )


def _zone(seen: _Seen, request: InitRequest) -> tuple[str, str]:
    """Provider and zone id of a domain. Raises CannotLook with what is known of them."""
    provider = request.dns_provider or provider_of(seen.name_servers)
    found = [
        zone
        for one in ([provider] if provider else sorted(PROVIDERS, reverse=True))
        if (zone := find_zone(seen.domain, one, request.environ))
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


def _drafted(path: Path, seen: _Seen, given: Sequence[str], dns: tuple[str, str] | None) -> Draft:
    """A draft that passes `mtasts validate` with the stack's defaults. Raises CannotLook when there is none."""
    # As published; else as given; else the stack's own, and no reports only where that has none either.
    for rua in (seen.rua or given or None, ()):
        drafted = draft(seen.domain, seen.mx_hosts, seen.policy, rua, dns)
        wrong = _wrong(path, drafted.text)
        if rua or not any(problem.key.startswith("tls_rpt") for problem in wrong):
            break
    if not wrong:
        return replace(drafted, remarks=(*drafted.remarks, *seen.remarks))
    raise CannotLook(f"the draft is not valid: {wrong[0]}", "write the file by hand, after an example in policies/")


def _wrong(path: Path, text: str) -> list[InputProblem]:
    """What `mtasts validate` would refuse."""
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
        raise _exists(path) from None
    except OSError as error:
        raise CannotLook(f"{path}: cannot be written: {error.strerror}", "check the folder's permissions") from None


def _exists(path: Path) -> CannotLook:
    return CannotLook(f"{path} exists already and is never overwritten", "edit it, or move it away first")
