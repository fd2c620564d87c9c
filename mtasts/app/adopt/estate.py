"""Adoption of many: finds the mail domains of a source, looks at them, groups them and drafts their files.

Nothing is published and no state is read: the files are what `mtasts adopt` and `mtasts up` go on with.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from mtasts.adoption.estate import Found, Listing, Unread, find, in_state, joined, mail_only
from mtasts.adoption.groups import Member, propose
from mtasts.adoption.odd import Oddity, Seen, oddities
from mtasts.adoption.owners import InState, Release, Tool, octodns_release, terraform_release
from mtasts.adoption.shared import DEFAULTS, defaults_text, finished, meanings, shared_by
from mtasts.adoption.survey import Survey
from mtasts.app.adopt.plan import Adoption, look_and_plan
from mtasts.app.adopt.request import AdoptRequest
from mtasts.app.first_file import read_beside, write
from mtasts.errors import CannotLook
from mtasts.live.estate.octodns import read_octodns
from mtasts.live.estate.terraform import read_terraform
from mtasts.live.estate.zone_files import read_zone_files
from mtasts.live.files import read_folder
from mtasts.live.text_file import read_text
from mtasts.policy.config import DomainPolicy, InputProblem
from mtasts.policy.desired import host_groups
from mtasts.policy.quota_rules import quota_problems
from mtasts.policy.quotas import DEFAULT_LIMITS, NAMES_PER_CERTIFICATE, Limits
from mtasts.protocol.mta_sts import Mode
from mtasts.verify.model import AnswerKind


class SourceKind(StrEnum):
    """What a source is, as `--from` names it."""

    ZONE = "zone"
    OCTODNS = "octodns"
    TERRAFORM = "terraform"


_READERS: Final[Mapping[SourceKind, Callable[[Path], Listing]]] = {
    SourceKind.ZONE: read_zone_files,
    SourceKind.OCTODNS: read_octodns,
    SourceKind.TERRAFORM: read_terraform,
}


@dataclass(frozen=True, slots=True)
class EstateRequest:
    """`adopt`: as for one domain. `sources`: what is read. `only`: the domains that count, empty for all.

    `limits`: the quotas of the stack's account. `offline`: nothing is looked up, so that no file can be drafted.
    """

    adopt: AdoptRequest
    sources: Sequence[tuple[SourceKind, Path]]
    only: frozenset[str] = frozenset()
    limits: Limits = DEFAULT_LIMITS
    offline: bool = False

    @property
    def folder(self) -> Path:
        """The stack's."""
        return self.adopt.policies / self.adopt.stack


@dataclass(frozen=True, slots=True)
class Estate:
    """What was found and what is proposed; nothing is written yet.

    `without`: names that take mail and have nothing of MTA-STS. `filed`: the domains that have a file, with it.
    `adoptions`: of the others, what was seen and planned; empty offline. `groups`: the host groups proposed for them.
    `files`: what is to be written, defaults first. `releases`: how the sources' own tools let go of the records.
    `problems`: why the files together cannot be published; then nothing may be written.
    """

    domains: tuple[Found, ...]
    unread: tuple[Unread, ...]
    without: tuple[str, ...]
    odd: tuple[Oddity, ...]
    filed: Mapping[str, Path]
    adoptions: tuple[Adoption, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[Path, str] = field(default_factory=dict)
    releases: Sequence[tuple[Tool, Release]] = ()
    problems: tuple[InputProblem, ...] = ()

    @property
    def hindered(self) -> tuple[Adoption, ...]:
        """Those with something in the way, for which there is no file."""
        return tuple(each for each in self.adoptions if each.plan.obstacles)


def survey_estate(request: EstateRequest) -> Estate:
    """Read the sources, look at their domains and propose. Raises CannotLook where nothing can be read or found."""
    listing = joined(_READERS[kind](path) for kind, path in request.sources)
    every, wrong = find(listing)
    found = tuple(one for one in every if not request.only or one.domain in request.only)
    _refuse_nothing(found, every, request)
    filed = {one.domain: path for one in found if (path := request.adopt.path_of(one.domain)).exists()}
    base = Estate(
        domains=found,
        unread=(*listing.unread, *wrong),
        without=mail_only(listing, every),
        odd=oddities(found, listing, {}),
        filed=filed,
        releases=tuple(_releases(found, listing, request)),
    )
    if request.offline:
        return base
    asked = replace(request.adopt, known={one.domain: one.zones[0] for one in found if len(one.zones) == 1})
    adoptions = look_and_plan([one.domain for one in found if one.domain not in filed], asked)
    seen = {each.domain: seen_of(each.seen) for each in adoptions}
    looked = replace(base, adoptions=adoptions, odd=oddities(found, listing, seen))
    return _with_files(looked, request)


def write_estate(estate: Estate) -> list[Path]:
    """Write every file that is proposed, the defaults first; gives their paths. Raises CannotLook: the rest is not."""
    for path, text in estate.files.items():
        write(path, text)
    return list(estate.files)


def seen_of(survey: Survey) -> Seen:
    """What senders see, as the table of oddities wants it."""
    observed, view = survey.view.observed, survey.view
    answer = observed.mta_sts
    trouble = ""
    if view.policy is None and view.txt.value is not None:
        told = next((fetch.problem for fetch in observed.fetches if fetch.problem), "what is served is no valid policy")
        trouble = f"the policy cannot be used: {told}"
    return Seen(
        policy=view.policy if view.txt.value is not None else None,
        trouble=trouble,
        mx=None if observed.mx.kind is AnswerKind.TROUBLE else tuple(host.name for host in observed.hosts),
        rua=observed.rua,
        texts=None if answer.kind is AnswerKind.TROUBLE else answer.values,
    )


def _refuse_nothing(found: Sequence[Found], every: Sequence[Found], request: EstateRequest) -> None:
    places = ", ".join(str(path) for _, path in request.sources)
    if not every:
        raise CannotLook(
            f"{places}: there is no _mta-sts, _smtp._tls or mta-sts name in it", "is this the right source?"
        )
    missing = sorted(request.only - {one.domain for one in found})
    if missing:
        raise CannotLook(
            f"{places}: nothing of {', '.join(missing)} in it", "name a domain that the source has, or none"
        )


def _releases(found: Sequence[Found], listing: Listing, request: EstateRequest) -> list[tuple[Tool, Release]]:
    """A source is a tool that keeps these records, too, and would change them back."""
    kinds = {kind for kind, _ in request.sources}
    releases = []
    if SourceKind.OCTODNS in kinds:
        releases.append((Tool.OCTODNS, octodns_release()))
    held: list[InState] = [record for one in found for record in one.state]
    if held:
        releases.append((Tool.TERRAFORM, terraform_release(held, tuple(in_state(listing.records)))))
    return releases


def _with_files(estate: Estate, request: EstateRequest) -> Estate:
    """Groups, defaults and files of the domains that nothing is in the way of."""
    ready = [each for each in estate.adoptions if each.text and not each.plan.obstacles]
    there = read_folder(request.folder).policies if request.folder.is_dir() else ()
    groups = propose(
        [*(_filed_member(policy) for policy in there), *_members(ready, estate.domains)],
        request.limits.of(NAMES_PER_CERTIFICATE),
    )
    defaults_path = request.folder / DEFAULTS
    defaults = read_text(defaults_path) if defaults_path.exists() else ""
    drafts = {str(each.path): each.text for each in ready}
    proposed = ""
    if not defaults and (shared := shared_by(meanings(drafts, ""))):
        proposed = defaults_text(shared)
    files: dict[Path, str] = {defaults_path: proposed} if proposed else {}
    for each in ready:
        files[each.path] = finished(str(each.path), each.text, groups[each.domain], proposed or defaults)
    written = meanings({str(path): text for path, text in files.items() if path != defaults_path}, proposed or defaults)
    problems = quota_problems(
        host_groups((*there, *written)), request.limits, f"Pulumi.{request.adopt.stack}.yaml", places(there)
    )
    return replace(estate, groups=groups, files={} if problems else files, problems=problems)


def places(there: Sequence[DomainPolicy]) -> Mapping[str, str]:
    """The host group of each domain that has a file."""
    return {policy.domain: policy.host_group for policy in there}


def _filed_member(policy: DomainPolicy) -> Member:
    return Member(policy.domain, policy.dns.provider, "", policy.mode is Mode.ENFORCE, policy.host_group)


def _members(ready: Sequence[Adoption], found: Sequence[Found]) -> list[Member]:
    apexes = {one.domain: one.apex for one in found}
    members = []
    for each in ready:
        policy = next(iter(read_beside(each.path, each.text).policies), None)
        enforcing = policy is not None and policy.mode is Mode.ENFORCE
        members.append(Member(each.domain, each.seen.provider, apexes[each.domain], enforcing))
    return members


def counted(estate: Estate) -> Mapping[str, int]:
    """How many domains each proposed group gets, "" left out, by name."""
    return dict(sorted(Counter(name for name in estate.groups.values() if name).items()))
