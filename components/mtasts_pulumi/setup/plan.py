"""A set-up, planned and carried out: buckets, roles, the project's files, the repository's settings."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mtasts.app.setup.forge import (
    ForgePlace,
    ForgeSettings,
    ForgeStep,
    ForgeWish,
    Identity,
    StackWish,
    apply,
    open_settings,
)
from mtasts.errors import CannotLook
from mtasts.live.project import settings_name
from mtasts.policy.published_names import BUCKET
from mtasts.providers.s3_cloudfront import POLICY_BUCKET
from mtasts_pulumi.foundation import PROVIDER, FoundationArgs
from mtasts_pulumi.setup.files import FileEdit, backend_edit, config_edit, write
from mtasts_pulumi.setup.lines import Line, What, of_changes, of_forge, words
from mtasts_pulumi.setup.look import Site
from mtasts_pulumi.setup.request import SetupRequest
from mtasts_pulumi.setup.stack import FoundationStack, Ran, backend_url
from mtasts_pulumi.setup.wish import PREVIEW, WATCH, Trusted, foundation, resources, role_name

NO_FORGE = "none"
Tell = Callable[[Line], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to be done. `lines` are for people; the rest is what `carry_out` does."""

    site: Site
    lines: tuple[Line, ...]
    args: FoundationArgs
    edits: tuple[FileEdit, ...]
    settings: ForgeSettings | None
    steps: tuple[ForgeStep, ...]
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return any(line.what in (What.MADE, What.TAKEN, What.CHANGED, What.DELETED) for line in self.lines)


def plan(request: SetupRequest, site: Site, engine: Path) -> Plan:
    """See what is to be done; nothing is changed. Raises CannotLook and ForgeErrors."""
    settings = _settings(request, site)
    environments = [PREVIEW, *(stack.name for stack in site.stacks), WATCH]
    identity = settings.identity(environments, request.base) if settings else None
    args = _args(site, identity)
    names = resources(args, site.caller.account, site.caller.partition)
    ran = _preview(site, engine, args)
    if ran.errors:
        raise CannotLook(f"the plan of the foundation failed: {ran.errors[0]}", "nothing was touched")
    made = [Line(account(site), What.MADE, f"stack {name}", "empty; a pipeline publishes it") for name in site.unmade]
    edits = () if site.rehearsal else tuple(_edits(site))
    steps = tuple(settings.plan(_wish(request, site, identity))) if settings and identity else ()
    lines = [
        *of_changes(account(site), ran.changes, names),
        *made,
        *(Line("this project", What.CHANGED, edit.path.name, edit.line) for edit in edits),
        *(of_forge(settings.place, steps) if settings else ()),
        *_foreign_rights(site, args),
    ]
    return Plan(site, tuple(lines), args, edits, settings, steps, names)


def carry_out(plan: Plan, engine: Path, tell: Tell) -> tuple[str, ...]:
    """Do it, each thing told when it is done; what went wrong, or nothing. May be done again after it was cut off."""
    site = plan.site
    for bucket in (site.estate.state, site.estate.reports):
        if bucket not in site.standing:
            site.aws.make_bucket(bucket, site.project.name)
    ran = _stack(site, engine).up(_taking(plan.args, site))
    for line in of_changes(account(site), ran.changes, plan.names):
        if line.what is not What.KEPT:
            tell(line)
    if ran.errors:
        return ran.errors
    for name in site.unmade:
        _stack(site, engine).make(name)
        tell(Line(account(site), What.MADE, f"stack {name}"))
    for edit in plan.edits:
        write(edit)
        tell(Line("this project", What.CHANGED, edit.path.name, edit.line))
    if plan.settings:
        for step in apply(plan.settings, plan.steps):
            tell(of_forge(plan.settings.place, [step])[0])
    return ()


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What is about to be taken back."""

    site: Site
    lines: tuple[Line, ...]
    settings: ForgeSettings | None
    steps: tuple[ForgeStep, ...]
    names: Mapping[str, str]


def plan_undo(request: SetupRequest, site: Site) -> UndoPlan:
    """See what is to be taken back. Raises CannotLook where stacks still have their state in the bucket."""
    if site.foundation is None:
        raise CannotLook(f"no set-up of {site.project.name} is in s3://{site.estate.state}", "--state names its bucket")
    if site.others:
        there = ", ".join(f"{state.name} ({len(state.resources)} resources)" for state in site.others)
        raise CannotLook(
            f"s3://{site.estate.state} has the state of stacks that are published: {there}",
            f"take each down first: `mtasts destroy --stack {site.others[0].name}`",
        )
    settings = _settings(request, site)
    steps = tuple(settings.plan_undo()) if settings else ()
    found = site.foundation.resources
    names = {each.name: each.id for each in found}
    lines = [
        *(of_forge(settings.place, steps) if settings else ()),
        *(
            Line(account(site), What.LEFT if each.taken else What.DELETED, *words(each.kind, each.name, names))
            for each in found
            if each.kind.startswith("aws:iam/")
        ),
        *(Line(account(site), What.DELETED, f"stack {name}", "it is empty") for name in site.empty),
        *_buckets_going(site),
    ]
    return UndoPlan(site, tuple(lines), settings, steps, names)


def carry_out_undo(plan: UndoPlan, engine: Path, tell: Tell) -> tuple[str, ...]:
    """Take it back; what went wrong, or nothing."""
    site = plan.site
    if plan.settings:
        for step in apply(plan.settings, plan.steps):
            tell(of_forge(plan.settings.place, [step])[0])
    stack = _stack(site, engine)
    ran = stack.destroy()
    if ran.errors:
        return ran.errors
    for name in site.empty:
        stack.remove(name)
    stack.remove()
    for line in plan.lines:
        if line.where == account(site) and not line.name.startswith("bucket "):
            tell(line)
    for line in _buckets_going(site):
        if line.what is What.DELETED:
            site.aws.delete_bucket(line.name.removeprefix("bucket "))
        tell(line)
    return ()


def account(site: Site) -> str:
    """The account, for people."""
    where = "the sandbox's AWS account" if site.rehearsal else "AWS account"
    return f"{where} {site.caller.account}, {site.region}"


def _settings(request: SetupRequest, site: Site) -> ForgeSettings | None:
    if request.forge == NO_FORGE:
        return None
    place = ForgePlace(request.environ, site.project.root, request.forge or None, request.repository)
    return open_settings(place)


def _args(site: Site, identity: Identity | None) -> FoundationArgs:
    """Without a forge nobody takes a role, so there is none."""
    if identity is None:
        return {
            "project": site.project.name,
            "state": site.estate.state,
            "reports": site.estate.reports,
            "roles": [],
        }
    return foundation(site.estate, site.stacks, Trusted(identity.issuer, identity.subjects))


def _preview(site: Site, engine: Path, args: FoundationArgs) -> Ran:
    """What `up` would do; a stack that is not there yet is tried beside the bucket, which is not written to."""
    if site.foundation:
        return _stack(site, engine).preview(_taking(args, site))
    with tempfile.TemporaryDirectory() as folder:
        return _stack(site, engine, f"file://{folder}").preview(_taking(args, site))


def _taking(args: FoundationArgs, site: Site) -> FoundationArgs:
    """The same, with what is there and was not made by the stack."""
    kept = {each.name: each.taken for each in site.foundation.resources} if site.foundation else {}
    taken = {}
    for name, id_ in resources(args, site.caller.account, site.caller.partition).items():
        if name in kept:
            taken.update({name: kept[name]} if kept[name] else {})
        elif _stands(name, id_, site):
            taken[name] = id_
    provider = taken.get(PROVIDER)
    return {**args, "taken": taken, "audiences": site.aws.audiences(provider) or () if provider else ()}


def _stands(name: str, id_: str, site: Site) -> bool:
    if name.endswith(BUCKET):
        return site.aws.bucket_is_ours(id_)
    if not name.startswith("role-"):
        return site.aws.audiences(id_) is not None
    role, _, policy = id_.partition(":")
    found = site.aws.role(role)
    return found is not None and (not policy or policy in found.policies)


def _stack(site: Site, engine: Path, backend: str = "") -> FoundationStack:
    """The stack in its bucket, or in another backend, where it is not begun."""
    return FoundationStack(
        site.project.name,
        backend or backend_url(site.estate.state, site.region),
        site.environ,
        engine,
        {"aws:region": site.region},
        begun=site.foundation is not None,
    )


def _edits(site: Site) -> Iterator[FileEdit]:
    root = site.project.root
    if not site.project.backend:
        yield backend_edit(root / "Pulumi.yaml", backend_url(site.estate.state, site.region))
    for stack, bucket in site.new_buckets.items():
        yield config_edit(root / settings_name(stack), f"mtasts:{POLICY_BUCKET}", bucket)


def _wish(request: SetupRequest, site: Site, identity: Identity) -> ForgeWish:
    def wish(name: str) -> StackWish:
        role = f"arn:{site.caller.partition}:iam::{site.caller.account}:role/{role_name(site.project.name, name)}"
        needs_token = site.cloudflare if name in (PREVIEW, WATCH) else site.cloudflare & {name}
        return StackWish(
            name,
            {identity.role_variable: role},
            ("CLOUDFLARE_API_TOKEN",) if needs_token else (),
            tuple(request.reviewers.get(name, ())),
        )

    return ForgeWish(
        stacks=tuple(wish(stack.name) for stack in site.stacks),
        preview=wish(PREVIEW),
        watch=wish(WATCH),
        variables={
            "PULUMI_BACKEND_URL": backend_url(site.estate.state, site.region),
            "AWS_REGION": site.region,
            "MTASTS_REPORTS": f"s3://{site.estate.reports}/{site.estate.store}",
        },
        base=request.base,
        bot=True,
    )


def _foreign_rights(site: Site, args: FoundationArgs) -> Iterator[Line]:
    """A role that was there may have more than it needs, which is not ours to take away."""
    for role in args["roles"]:
        found = site.aws.role(role["name"])
        more = [*({*found.policies} - role["policies"].keys()), *found.attached] if found else []
        if more:
            said = f"it has other policies as well: {', '.join(sorted(more))}; take away what it does not need"
            yield Line(account(site), What.BY_HAND, f"role {role['name']}", said)


def _buckets_going(site: Site) -> Iterator[Line]:
    for bucket in (site.estate.reports, site.estate.state):
        if bucket not in site.standing:
            continue
        if site.aws.made_for(bucket) != site.project.name:
            yield Line(account(site), What.LEFT, f"bucket {bucket}", "set-up did not make it")
        elif bucket == site.estate.reports and site.aws.keys(bucket, most=1):
            yield Line(account(site), What.LEFT, f"bucket {bucket}", "reports are in it")
        else:
            yield Line(account(site), What.DELETED, f"bucket {bucket}")
