"""Policy pack for Pulumi: the rules of `mtasts.changes.stack_rules`, asked by the engine of any stack.

The command `mtasts-policy-pack` is the pack for an engine that takes a program (3.276 does); elsewhere a folder with
PulumiPolicy.yaml whose `__main__.py` calls `run()`. `pulumi-policy` has to be installed beside this. What is live is
looked up as a sender does, once a mail domain, and only of those that are to enforce.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from mtasts.changes.stack_resources import UNKNOWN, Resource, StackResources
from mtasts.changes.stack_rules import RULES, Live, StackRule, View, enforced, judge_stack
from mtasts.live.https import fetch_policy
from mtasts.live.network import Network
from mtasts.live.resolver import Resolver
from mtasts.protocol.mta_sts import read_policy, select_txt, txt_name
from mtasts.protocol.tls_rpt import record_name, select_tls_rpt
from mtasts.verify.model import AnswerKind, LookOutcome

NAME: Final = "mtasts"
_LOOK_SECONDS: Final = 20.0
_POLICY_BYTES: Final = 65536  # RFC 8461 s3.3 lets a sender stop there


def run() -> None:
    """Serve the engine until it ends. Every rule is advisory unless `--policy-pack-config` says otherwise."""
    seen: dict[str, Live] = {}
    PolicyPack(NAME, [_policy(rule, seen) for rule in RULES], enforcement_level=EnforcementLevel.ADVISORY)


def _policy(rule: StackRule, seen: dict[str, Live]) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = StackResources(tuple(_resource(one) for one in args.resources))
        new = [domain for domain in enforced(stack) if domain not in seen]
        seen.update(asyncio.run(look(new, Network.from_environment(os.environ))))
        for found in judge_stack(View(stack, seen, datetime.now(UTC)), rule.code):
            report(f"{found.text}. To do: {rule.remedy}", found.urn)

    return StackValidationPolicy(rule.code, f"{rule.title} ({rule.source})", validate)


async def look(domains: Sequence[str], network: Network) -> dict[str, Live]:
    """What is live of the mail domains (A-labels), as a sender sees it."""
    if not domains:
        return {}
    resolver = Resolver(network)
    try:
        lives = await asyncio.gather(*(_live(one, resolver, network) for one in domains))
    finally:
        resolver.close()
    return dict(zip(domains, lives, strict=True))


async def _live(domain: str, resolver: Resolver, network: Network) -> Live:
    announced, reports = await asyncio.gather(
        resolver.ask(txt_name(domain), "TXT"), resolver.ask(record_name(domain), "TXT")
    )
    reported = None if reports.kind is AnswerKind.TROUBLE else select_tls_rpt(reports.values).value is not None
    if announced.kind is AnswerKind.TROUBLE:
        return Live(reports=reported)
    if select_txt(announced.values).value is None:
        return Live(published=False, reports=reported)
    fetches = await fetch_policy(domain, network, timeout=_LOOK_SECONDS)
    served = next((one.body for one in fetches if one.outcome is LookOutcome.OK), None)
    return Live(True, None if served is None else read_policy(served).value, reported)


def _resource(resource: PolicyResource) -> Resource:
    made_from = {name: frozenset(one.urn for one in others) for name, others in resource.property_dependencies.items()}
    properties = plain(resource.props)
    return Resource(
        resource.resource_type, resource.name, resource.urn, properties, bool(resource.opts.protect), made_from
    )


def plain(value: Any) -> Any:
    """The value without the proxies of `pulumi_policy`: what is not known is `UNKNOWN`, a text asset its text."""
    if isinstance(value, pulumi.StringAsset):
        return value.text
    if isinstance(value, pulumi.FileAsset):
        return _read(Path(str(value.path)))
    if isinstance(value, Mapping):
        return {key: _known(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_known(value, place) for place in range(len(value))]
    return value


def _known(value: Any, key: Any) -> Any:
    try:
        return plain(value[key])
    except UnknownValueError:
        return UNKNOWN


def _read(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return file.read(_POLICY_BYTES).decode()
    except (OSError, ValueError):
        return UNKNOWN
