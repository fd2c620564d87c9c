"""The look before a set-up: the project, its stacks and zones, the account, and what stands there already."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mtasts.app.policies import read_named
from mtasts.app.sandbox import with_sandbox
from mtasts.app.stacks import stacks_of
from mtasts.errors import CannotLook, NotValid
from mtasts.live.accounts.foundation import Aws, Caller, StackState
from mtasts.live.project import Project, aws_profile, find_project, program_settings, stack_settings
from mtasts.policy.config import DomainPolicy
from mtasts.providers.rights import Estate, StackEstate
from mtasts.providers.s3_cloudfront import POLICY_BUCKET
from mtasts_pulumi.setup.request import SetupRequest
from mtasts_pulumi.setup.stack import NAME
from mtasts_pulumi.setup.wish import checked_bucket, default_bucket

_ROUTE53, _CLOUDFLARE = "route53", "cloudflare"


@dataclass(frozen=True, slots=True)
class Site:
    """What there is. `states`: of the stacks in the state bucket; `standing`: which of our two buckets are there.

    `new_buckets`: the name of the policy bucket by stack, where it is about to be chosen. `cloudflare`: stacks with
    zones there. `rehearsal`: it is the sandbox's cloud, of which nothing is written into the project.
    """

    project: Project
    environ: Mapping[str, str]
    aws: Aws
    caller: Caller
    region: str
    estate: Estate
    stacks: tuple[StackEstate, ...]
    states: tuple[StackState, ...]
    standing: frozenset[str]
    new_buckets: Mapping[str, str]
    cloudflare: frozenset[str]
    rehearsal: bool

    @property
    def foundation(self) -> StackState | None:
        """The stack `foundation`, if it is in the bucket."""
        own = self.project.name, NAME
        return next((state for state in self.states if (state.project, state.name) == own), None)

    @property
    def unmade(self) -> tuple[str, ...]:
        """The stacks of the project that are not in the bucket."""
        there = {state.name for state in self.states if state.project == self.project.name}
        return tuple(stack.name for stack in self.stacks if stack.name not in there)

    @property
    def empty(self) -> tuple[str, ...]:
        """The stacks of the project that are in the bucket, with nothing in them."""
        return tuple(
            state.name
            for state in self.states
            if state.project == self.project.name and not state.resources and state.name != NAME
        )

    @property
    def others(self) -> tuple[StackState, ...]:
        """The other stacks in the bucket, of any project, that still have something."""
        own = self.project.name, NAME
        return tuple(state for state in self.states if state.resources and (state.project, state.name) != own)


def look(request: SetupRequest) -> Site:
    """See what is there; changes nothing. Raises CannotLook, and NotValid for policies that are wrong."""
    environ = with_sandbox(request.environ) if request.sandbox else dict(request.environ)
    project = find_project(request.project or Path.cwd())
    names = [stack.name for stack in stacks_of(project, environ)]
    if not names:
        raise CannotLook(f"{project.root} has no stack", "make policies/STACK/DOMAIN.yaml first")
    if NAME in names:
        raise CannotLook(f"a stack of this project is called {NAME}, as that of set-up is", "give it another name")
    region = _region(request, project, names[0], environ)
    aws = Aws(environ, aws_profile(project, names[0]), region)
    caller = aws.caller()
    state, reports = _buckets(request, project, environ, caller.account)
    estate = Estate(caller.account, project.name, state, reports, partition=caller.partition)
    standing = frozenset(bucket for bucket in (state, reports) if aws.bucket_is_ours(bucket))
    states = aws.stacks(state) if state in standing else ()
    policies = {name: _policies(project, name, environ) for name in names}
    known = {found.name: found for found in states if found.project == project.name}
    settings = {name: program_settings(project, name).get(POLICY_BUCKET) or "" for name in names}
    chosen = {
        name: checked_bucket(
            default_bucket(project.name, f"policies-{name.lower()}", caller.account),
            f"mtasts:{POLICY_BUCKET} in Pulumi.{name}.yaml",
        )
        for name in names
        if not settings[name] and not (name in known and known[name].bucket)
    }
    return Site(
        project=project,
        environ=environ,
        aws=aws,
        caller=caller,
        region=region,
        estate=estate,
        stacks=tuple(
            _stack(name, policies[name], known.get(name), settings[name] or chosen.get(name, "")) for name in names
        ),
        states=states,
        standing=standing,
        new_buckets=chosen,
        cloudflare=frozenset(name for name in names if any(p.dns.provider == _CLOUDFLARE for p in policies[name])),
        rehearsal=bool(environ.get("MTASTS_SANDBOX_DIR")),
    )


def _stack(name: str, policies: list[DomainPolicy], state: StackState | None, bucket: str) -> StackEstate:
    """What is one stack's own: as it is in its state, else as it is about to be called."""
    zones = sorted({zone for policy in policies for zone in _zones(policy)})
    published = state.bucket if state else ""
    return StackEstate(
        name, tuple(zones), published or bucket, (state.function if state else "") or published or bucket
    )


def _zones(policy: DomainPolicy) -> list[str]:
    """The zones at Route 53 in the stack's own account: those of another one are reached by a role there."""
    homes = [policy.dns, *([policy.leaving] if policy.leaving else [])]
    return [home.zone for home in homes if home.provider == _ROUTE53 and not home.account]


def _policies(project: Project, stack: str, environ: Mapping[str, str]) -> list[DomainPolicy]:
    loaded = read_named(project.policies(environ), stack, project.root)
    if loaded.problems:
        raise NotValid(loaded.problems)
    return list(loaded.policies)


def _buckets(request: SetupRequest, project: Project, environ: Mapping[str, str], account: str) -> tuple[str, str]:
    """As the options say, else as project and environment have them, else by the project's name."""
    backend = urlsplit(environ.get("PULUMI_BACKEND_URL") or project.backend)
    store = urlsplit(environ.get("MTASTS_REPORTS", ""))
    state = request.state or (backend.netloc if backend.scheme == "s3" else "")
    reports = request.reports or (store.netloc if store.scheme == "s3" else "")
    return (
        checked_bucket(state or default_bucket(project.name, "state", account), "--state BUCKET"),
        checked_bucket(reports or default_bucket(project.name, "reports", account), "--reports BUCKET"),
    )


def _region(request: SetupRequest, project: Project, stack: str, environ: Mapping[str, str]) -> str:
    config: Any = stack_settings(project, stack).get("config")
    told = config.get("aws:region") if isinstance(config, Mapping) else None
    backend = parse_qs(urlsplit(project.backend).query).get("region", [""])[0]
    found = request.region or backend or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    region = found or (told if isinstance(told, str) else "")
    if not region:
        raise CannotLook("no region for the buckets", "say --region, such as --region eu-central-1")
    return region
