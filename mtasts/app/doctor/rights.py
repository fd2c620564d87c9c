"""The rights at AWS: may this identity do what `preview`, `up` and the watch need, and may it do what it must not?"""

from collections.abc import Iterator, Sequence
from typing import Any

from mtasts.app.doctor.set_up import SetUp
from mtasts.app.stack_state import stack_state
from mtasts.errors import CannotLook, Refused
from mtasts.live.accounts import aws
from mtasts.live.accounts.simulation import principal_of, refused
from mtasts.live.s3 import parse_location
from mtasts.providers.rights import VERBS, Estate, Need, StackEstate, needs
from mtasts.render.doctor import Found, State
from mtasts.words.counted import few, number

_NAMES = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
_TYPES = "route53:ChangeResourceRecordSetsRecordTypes"
_ACTIONS = "route53:ChangeResourceRecordSetsActions"
# Of CloudFront's function only the state knows the whole name.
_NOT_ASKED = ":function/"


def examine(setup: SetUp) -> Iterator[Found]:
    """By each profile that a stack names, each stack by itself; nothing without credentials, or in the sandbox."""
    if setup.in_sandbox:
        return
    for profile, stacks in setup.profiles().items():
        client = aws.client("iam", setup.environ, profile)
        if client is None:
            continue
        try:
            principal = setup.role or principal_of(aws.caller(aws.client("sts", setup.environ, profile)).arn, client)
            for stack in stacks:
                yield from _of_stack(setup, stack, principal, client)
        except Refused as error:
            step = "ask as somebody who may simulate (iam:SimulatePrincipalPolicy): `mtasts doctor --role ARN`"
            yield Found("rights", State.UNKNOWN, error.message, step)


def _of_stack(setup: SetUp, stack: str, principal: str, client: Any) -> Iterator[Found]:
    estate, own = _estate(setup, stack, principal)
    reads = _known(needs(VERBS["preview"](estate, own)))
    lacks = refused(reads, principal, client)
    yield _line(f"rights to preview {stack}", principal, reads, lacks, own)
    for verb in ("up", "watch"):
        # Beside what `preview` needs.
        more = [need for need in _known(needs(VERBS[verb](estate, own))) if need not in reads]
        lacks = refused(more, principal, client)
        subject = f"rights to {verb} {stack}"
        if len(lacks) == len(more):
            yield Found(subject, State.NOTE, f"{principal} has none: another role does that")
        else:
            yield _line(subject, principal, more, lacks, own)
    yield from _wide(setup, stack, own, principal, client)


def _line(subject: str, principal: str, asked: Sequence[Need], lacks: Sequence[Need], own: StackEstate) -> Found:
    if not lacks:
        rest = "" if own.bucket else "; the policy bucket has no name yet, so it was not asked for"
        return Found(subject, State.OK, f"{principal}: {number(len(asked), 'right')} asked for, all there{rest}")
    shown = few([f"{need.action} on {need.resource}" for need in lacks], 3)
    says = f"{principal} lacks {number(len(lacks), 'right')} of {len(asked)}: {shown}"
    step = f"add the statement {lacks[0].because} of docs/examples/aws to the role"
    return Found(subject, State.MISSING, says, step)


def _known(asked: Sequence[Need]) -> list[Need]:
    """Without what has no name yet: a question about a made-up one would be answered with no."""
    return [need for need in asked if _NOT_ASKED not in need.resource and ":s3:::/" not in f"{need.resource}/"]


def _estate(setup: SetUp, stack: str, principal: str) -> tuple[Estate, StackEstate]:
    assert setup.project is not None  # noqa: S101 - a stack with a domain is in one
    _, partition, _, _, account, *_ = principal.split(":")
    reports, store = _bucket(setup.environ.get("MTASTS_REPORTS", ""))
    state = _bucket(setup.environ.get("PULUMI_BACKEND_URL") or setup.project.backend)[0]
    estate = Estate(account, setup.project.name, state, reports, store or "reports", partition=partition)
    zones = dict.fromkeys(p.dns.zone for s, p in setup.domains() if s == stack and p.dns.provider == "route53")
    return estate, StackEstate(stack.rsplit("/", 1)[-1], tuple(zones), _policy_bucket(setup, stack), "")


def _policy_bucket(setup: SetUp, stack: str) -> str:
    assert setup.project is not None  # noqa: S101
    try:
        return stack_state().published(setup.project, stack, setup.environ).bucket
    except CannotLook:
        return ""  # said where the state is looked at


def _bucket(location: str) -> tuple[str, str]:
    """Bucket and prefix of `s3://BUCKET/PREFIX?...`; nothing of any other place."""
    if not location.startswith("s3://"):
        return "", ""
    bucket, prefix = parse_location(location.partition("?")[0])
    return bucket, prefix.strip("/")


def _wide(setup: SetUp, stack: str, own: StackEstate, principal: str, client: Any) -> Iterator[Found]:
    """What no role of this project needs: mail's own records, the ledger's deletion, rights for itself."""
    partition = principal.split(":")[1]
    domain = next(policy.domain for name, policy in setup.domains() if name == stack)
    mx = {_NAMES: (domain,), _TYPES: ("MX",), _ACTIONS: ("UPSERT",)}
    asked = [
        *(
            Need("route53:ChangeResourceRecordSets", f"arn:{partition}:route53:::hostedzone/{zone}", mx, "MX records")
            for zone in own.zones
        ),
        Need("iam:PutRolePolicy", principal, {}, "its own rights"),
    ]
    if own.bucket:
        ledger = f"arn:{partition}:s3:::{own.bucket}/.well-known/mta-sts.txt"
        asked.append(Need("s3:DeleteObjectVersion", ledger, {}, "the ledger's deletion"))
    lacks = refused(asked, principal, client)
    if allowed := [need for need in asked if need not in lacks]:
        says = f"{principal} may do more than any verb needs: {few(list(dict.fromkeys(n.because for n in allowed)), 3)}"
        step = "give it the statements of docs/examples/aws alone; a person's own role may be wider"
        yield Found(f"rights beyond {stack}", State.WIDE, says, step)
