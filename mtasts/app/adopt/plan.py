"""Plans the adoption of mail domains, and writes their files.

A file says what is taken over (`adopted`), so that a reviewer sees it and `mtasts up` goes on with it anywhere.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mtasts.adoption.obstacles import UNKNOWN, Obstacle, cname_at
from mtasts.adoption.plan import AdoptionPlan, plan
from mtasts.adoption.survey import Survey
from mtasts.app.adopt.look import surveys
from mtasts.app.adopt.request import AdoptRequest
from mtasts.app.adopt.zone import zone_by_defaults
from mtasts.app.first_file import read_beside, valid_draft, wants_dns, write
from mtasts.errors import CannotLook
from mtasts.live.files import read_file, stack_names
from mtasts.policy.adopted import Adopted
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import gave_up_its_id
from mtasts.policy.draft import Draft, draft
from mtasts.protocol.tls_rpt import every_rua
from mtasts.providers import PROVIDERS
from mtasts.verify.findings import Findings, View


class Come(StrEnum):
    """How far the adoption of a domain has come, by its file and the state."""

    NEW = "new"  # its file is to be written
    BEGUN = "begun"  # its file says what is taken over
    OURS = "ours"  # this stack publishes it: there is nothing to do


@dataclass(frozen=True, slots=True)
class Adoption:
    """One domain: its plan, its file (`text`: what is to be written, "" for a file that is there), what was seen.

    `renews`: its id is to be a new one, since nothing that senders can use was served under the old one.
    """

    domain: str
    come: Come
    plan: AdoptionPlan
    path: Path
    text: str
    seen: Survey
    renews: bool = False

    @property
    def findings(self) -> Findings:
        """What senders see, judged: the look before."""
        return self.seen.findings


def look_and_plan(domains: Sequence[str], request: AdoptRequest) -> tuple[Adoption, ...]:
    """Look at each mail domain (A-labels) and plan; nothing is written. In their order.

    What is in the way is in the plans. Raises CannotLook where this machine cannot look at all.
    """
    claimed = _claimed(request)
    seen = asyncio.run(surveys(domains, request))
    return tuple(_planned(survey, found, request, claimed) for survey, found in seen)


def write_files(adoptions: Sequence[Adoption]) -> list[Path]:
    """Write the files that are not there yet; gives their paths. Raises CannotLook: the rest is not written."""
    fresh = [each for each in adoptions if each.text]
    for each in fresh:
        write(each.path, each.text)
    return [each.path for each in fresh]


def _claimed(request: AdoptRequest) -> Mapping[str, str]:
    """The mail domains of the other stacks, each with its file."""
    if not request.policies.is_dir():
        return {}
    found: dict[str, str] = {}
    for name in stack_names(request.policies):
        if name != request.stack:
            for path in sorted((request.policies / name).glob("*.yaml")):
                found.setdefault(path.stem, str(path))
    return found


def _planned(survey: Survey, found: Sequence[Obstacle], request: AdoptRequest, claimed: Mapping[str, str]) -> Adoption:
    domain, path = survey.domain, request.path_of(survey.domain)
    wrong = list(found)
    remarks: Sequence[str] = ()
    text = ""
    policy: DomainPolicy | None = None
    come = Come.NEW
    if domain in claimed:
        text_of = f"{domain} is published by {claimed[domain]} already, and a domain belongs to one stack"
        wrong.append(Obstacle("two-stacks", text_of, f"adopt it into that stack, or delete {claimed[domain]} first"))
    if path.exists():
        policy, come = _filed(survey, path, request, wrong)
    else:
        drafted = _drafted(survey, path, wrong)
        if drafted is not None:
            remarks, text = drafted.remarks, drafted.text
            policy = next(iter(read_beside(path, text).policies), None)
    if come is Come.OURS:
        wrong = []
        made = AdoptionPlan(domain, plan(survey, None).serving, (), (), (), (), ())
    else:
        made = plan(survey, policy, remarks, wrong, request.own)
    renews = policy is not None and policy.adopted is not None and policy.adopted.text is None
    return Adoption(domain, come, made, path, text if not made.obstacles else "", survey, renews)


def _filed(
    survey: Survey, path: Path, request: AdoptRequest, wrong: list[Obstacle]
) -> tuple[DomainPolicy | None, Come]:
    """What the file that is there says. It is gone on with if it takes over what DNS names."""
    loaded = read_file(path)
    policy = next(iter(loaded.policies), None)
    if survey.domain in request.published:
        return policy, Come.OURS
    if policy is None:
        said = str(loaded.problems[0]) if loaded.problems else f"{path}: it has no mail domain"
        wrong.append(Obstacle("file-invalid", said, "correct it, or move it away: `mtasts adopt` writes a new one"))
        return None, Come.BEGUN
    record = survey.view.txt.value
    if policy.released is not None:
        wrong.append(
            Obstacle(
                "file-exists",
                f"{path} says that its records were released on {policy.released}, and is never overwritten",
                f"move it away, run this again, and keep `host_group: {policy.host_group}` in the new file",
            )
        )
    elif policy.adopted is None:
        wrong.append(
            Obstacle(
                "file-exists",
                f"{path} exists already and is never overwritten, and it does not say what is taken over (`adopted`)",
                "move it away first, and compare it with the one that this writes",
            )
        )
    elif record is not None and record.id != policy.adopted.id and not gave_up_its_id(policy, record.id):
        wrong.append(
            Obstacle(
                "another-id",
                f"{path} takes over id {policy.adopted.id}, and DNS names {record.id} now: it was changed meanwhile",
                "move the file away and run this again, so that it says what is there now",
            )
        )
    return policy, Come.BEGUN


def _drafted(survey: Survey, path: Path, wrong: list[Obstacle]) -> Draft | None:
    """The file to be written; None where what is seen makes none, which an obstacle says."""
    view = survey.view
    if view.txt.value is None:
        return None
    served = view.policy
    text = next((body for body, reading in view.bodies if reading.value is not None), None)
    adopted = Adopted(view.txt.value.id, view.observed.at, text.decode() if text is not None else None)
    dns = (survey.provider, survey.zone) if survey.provider and survey.zone and wants_dns(path) else None
    if survey.provider and survey.zone and not wants_dns(path):
        dns = _other_zone(survey, path)
    hosts = [host.name for host in view.observed.hosts]
    leads = "cname" if survey.provider == "route53" and cname_at(survey.standing.host) else ""
    ttl = _ttl(survey)

    def make(rua: Sequence[str] | None) -> Draft:
        return draft(survey.domain, hosts, served, rua, dns, adopted, leads, ttl)

    try:
        return valid_draft(path, make, () if cname_at(survey.standing.tls_rpt) else _rua(view))
    except CannotLook as error:
        wrong.append(Obstacle("no-draft", f"{survey.domain}: {error.message}", error.hint))
        return None
    except ValueError as error:
        wrong.append(Obstacle(UNKNOWN, f"{survey.domain}: {error}", "look again"))
        return None


def _other_zone(survey: Survey, path: Path) -> tuple[str, str] | None:
    """The zone, where it is another one than the stack's defaults say."""
    place = (survey.provider, survey.zone)
    base = zone_by_defaults(survey.domain, path)
    return None if base is not None and (base.provider, base.zone) == place else place


def _rua(view: View) -> Sequence[str]:
    """The reporting addresses that the domain's record names, also one that reporters use in part."""
    told = [uri for text in view.observed.tls_rpt.values for uri in every_rua(text)]
    return tuple(dict.fromkeys(told)) if view.observed.tls_rpt.found else ()


def _ttl(survey: Survey) -> int | None:
    """The TTL of the `_mta-sts` record as its zone says it, if the provider takes it; None for the stack's own."""
    told = [each.ttl for each in survey.standing.mta_sts.answers if each.found and each.ttl]
    least = PROVIDERS[survey.provider].ttl_least if survey.provider else 1
    return max(told[0], least) if told else None
