"""One policy host moved from another CloudFront distribution of the account to that of this stack.

Nobody can ask the new distribution for it before: CloudFront leads every request for the name to whoever has it. So
what can be proven is proven first, the policy is read as soon as the name has moved, and the name moves back if senders
would get anything else. Each step finds what an earlier run has done. Why so: docs/decisions/adopt.md.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtasts.adoption.survey import AliasHolder
from mtasts.errors import CannotLook
from mtasts.live import alias
from mtasts.live.authorities import ask_authorities
from mtasts.live.dns_api import DnsApi
from mtasts.live.https import fetch_policy
from mtasts.live.network import Network
from mtasts.live.resolver import Resolver
from mtasts.live.s3 import s3_errors
from mtasts.policy.published_names import policy_key
from mtasts.protocol.mta_sts import POLICY_BYTES_LIMIT, policy_host, txt_name
from mtasts.providers.aws import is_alias_proof
from mtasts.verify.model import LookOutcome, PolicyFetch
from mtasts_pulumi.engine.web_hosts import WebHost
from mtasts_pulumi.read_back import not_served

_ONE_LOOK = 10.0  # seconds
_PAUSE = 1.0  # between two looks
_LONGEST_PAUSE = 15.0
_WRONG_LOOKS = 3  # one after another, until the name goes back: an edge may be between two states for a moment

Look = Callable[[str], Coroutine[Any, Any, Sequence[PolicyFetch]]]
Texts = Callable[[str], Coroutine[Any, Any, Sequence[Sequence[str]]]]


@dataclass(frozen=True, slots=True)
class Move:
    """What moves. `text`: the policy that senders have to get; `same`: it is what they get now.

    `source`: who has the name, or had it when an earlier run moved it; None where that cannot be told any more.
    """

    domain: str
    zone: str
    text: str
    same: bool
    source: AliasHolder | None
    target: WebHost
    bucket: str

    @property
    def host(self) -> str:
        """The name that moves."""
        return policy_host(self.domain)

    @property
    def proofs(self) -> tuple[str, ...]:
        """The texts at `_mta-sts` by which CloudFront lets it move there, and back."""
        return (self.target.name, self.source.host) if self.source else (self.target.name,)


@dataclass(frozen=True, slots=True)
class Tools:
    """Clients of boto3, the API of the domain's DNS provider, and how long anything may take, in seconds.

    `look` fetches the policy of a mail domain from each address; `texts`: the TXT records at its `_mta-sts`, by each
    server of the zone that answers.
    """

    cloudfront: Any
    acm: Any
    s3: Any
    dns: DnsApi
    environ: Mapping[str, str]
    deadline: float
    look: Look
    texts: Texts


@dataclass(frozen=True, slots=True)
class Stays:
    """The name is where it was (`text`: and why), one line; `remedy`: what to do."""

    text: str
    remedy: str


def move(task: Move, tools: Tools) -> Stays | None:
    """Move the name; None when it is here and its policy is served, by what senders see.

    Raises CannotLook where somebody does not answer; running it again goes on.
    """
    here = is_here(task, tools)
    if not here and (why := not_ready(task, tools)):
        return Stays(f"{task.host} stays where it is: {why}; nothing was touched", "see to that and run it again")
    tools.dns.put_texts(task.zone, txt_name(task.domain), task.proofs, (), tools.environ)
    if not here:
        asyncio.run(_proofs_seen(task, tools))
        _associate(task, task.target.id, tools)
    wrong = asyncio.run(served_here(task, tools, _deployed(task, tools)))
    if wrong:
        return _back(task, tools, wrong)
    _take_proofs_away(task, tools)
    return None


def is_here(task: Move, tools: Tools) -> bool:
    """Whether the new distribution has the name. Raises CannotLook."""
    return task.host in alias.target(task.target.id, tools.cloudfront).aliases


def not_ready(task: Move, tools: Tools) -> str:
    """Why the new distribution could not serve the policy at once, by all that can be seen before; "" if it could."""
    target = alias.target(task.target.id, tools.cloudfront)
    if not (target.enabled and target.deployed):
        return f"the distribution {target.id} is not {'deployed yet' if target.enabled else 'enabled'}"
    if problem := alias.certificate_problem(target.certificate, task.host, tools.acm):
        return f"the distribution {target.id}: {problem}"
    key = policy_key(task.domain)
    with s3_errors(f"s3://{task.bucket}/{key}"):
        stored = tools.s3.get_object(Bucket=task.bucket, Key=key)["Body"].read(POLICY_BYTES_LIMIT + 1)
    if bytes(stored) != task.text.encode():
        return f"s3://{task.bucket}/{key} is not the policy that is to be served"
    if task.same and (unlike := not_served(asyncio.run(tools.look(task.domain)), task.text.encode())):
        return f"what it serves now is not what its YAML says (adopted.text): {unlike}"
    return ""


async def served_here(task: Move, tools: Tools, deployed: Callable[[], bool]) -> str:
    """Why senders do not get the policy now; "" once they do and the edge has the distribution's last change.

    An answer that is another one is not waited out for long: senders get it, too. Nor does it end well without one.
    """
    end, pause, wrong = time.monotonic() + tools.deadline, _PAUSE, 0
    while True:
        seen = await tools.look(task.domain)
        unlike = not_served(seen, task.text.encode())
        if unlike is None and (time.monotonic() >= end or deployed()):
            return ""
        answered = any(fetch.outcome is LookOutcome.FAILED and fetch.address for fetch in seen)
        wrong = wrong + 1 if unlike is not None and (answered or any(fetch.body for fetch in seen)) else 0
        if unlike is not None and (wrong >= _WRONG_LOOKS or time.monotonic() >= end):
            return unlike
        await asyncio.sleep(_PAUSE if unlike is not None else pause)
        pause = min(pause * 1.6, _LONGEST_PAUSE)


def _associate(task: Move, distribution: str, tools: Tools) -> None:
    """Raises NotProven when CloudFront has not seen the proof by the deadline."""
    end = time.monotonic() + tools.deadline
    while True:
        try:
            alias.associate(task.host, distribution, tools.cloudfront)
        except alias.NotProven:
            if time.monotonic() + _LONGEST_PAUSE >= end:
                raise
        else:
            return
        time.sleep(_LONGEST_PAUSE)


def _back(task: Move, tools: Tools, wrong: str) -> Stays:
    if task.source is None:
        text = f"{task.host} is at {task.target.id}, which does not serve the policy ({wrong}), and where it was before"
        return Stays(f"{text} is not known any more", "see what that distribution serves, and run it again")
    if task.host in task.source.aliases:
        _associate(task, task.source.id, tools)
    else:  # by a wildcard, which serves it again as soon as nobody has the exact name
        alias.remove(task.host, task.target.id, tools.cloudfront)
    again = asyncio.run(served_here(task, tools, lambda: True))
    _take_proofs_away(task, tools)
    text = f"{task.host} was moved to {task.target.id} and at once back to {task.source.id}: the new one did not serve"
    as_before = f"; it is not served as before there, either: {again}" if again and task.same else ""
    return Stays(f"{text} the same policy ({wrong}){as_before}", "see what that distribution serves, and run it again")


def _take_proofs_away(task: Move, tools: Tools) -> None:
    tools.dns.put_texts(task.zone, txt_name(task.domain), (), task.proofs, tools.environ)


def _deployed(task: Move, tools: Tools) -> Callable[[], bool]:
    return lambda: alias.target(task.target.id, tools.cloudfront).deployed


async def _proofs_seen(task: Move, tools: Tools) -> None:
    """Return when every server of the zone that answers shows the proofs: what CloudFront misses, it remembers."""
    end = time.monotonic() + tools.deadline
    while True:
        told = await tools.texts(task.domain)
        if told and all(proofs_among(texts) >= {proof.lower() for proof in task.proofs} for texts in told):
            return
        if time.monotonic() >= end:
            raise CannotLook(
                f"TXT {txt_name(task.domain)}: the zone's servers do not all show the proof for CloudFront after"
                f" {tools.deadline:g} s",
                "run it again: it goes on from here",
            )
        await asyncio.sleep(_PAUSE)


def proofs_among(texts: Sequence[str]) -> frozenset[str]:
    """The names of distributions that these TXT records say."""
    return frozenset(text.rstrip(".").lower() for text in texts if is_alias_proof(text))


def looking(network: Network) -> Look:
    """For `Tools`."""

    async def look(domain: str) -> Sequence[PolicyFetch]:
        return await fetch_policy(domain, network, timeout=_ONE_LOOK)

    return look


def asking(network: Network) -> Texts:
    """For `Tools`."""

    async def ask(domain: str) -> Sequence[Sequence[str]]:
        resolver = Resolver(network, timeout=3.0)
        try:
            servers, _ = await ask_authorities(txt_name(domain), domain, resolver)
        finally:
            resolver.close()
        return [server.answer.values for server in servers if server.answer.found or server.answer.absent]

    return ask
