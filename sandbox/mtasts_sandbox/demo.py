"""The whole road in under a minute: sandbox, publish, change one domain, and what a sender sees before and after.

Everything happens in a temporary folder, with a project of two lines and two mail domains that exist only
here: no project and no policies of the user's are read or needed. Nothing is left running and nothing is left on disk,
also when it fails or is interrupted.
"""

import asyncio
import contextlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mtasts.errors import CannotLook
from mtasts.live.files import read_stack
from mtasts.live.https import fetch_policy
from mtasts.live.network import Network
from mtasts.live.project import Project, read_project
from mtasts.live.resolver import Resolver
from mtasts.policy.config import DomainPolicy
from mtasts.policy.policy_id import belongs
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.signals import held_back
from mtasts_pulumi.engine.outcome import Outcome
from mtasts_pulumi.engine.request import Request
from mtasts_sandbox import client

STACK = "demo"
_PROJECT = {
    "Pulumi.yaml": "name: mtasts\nruntime: python\n",
    "__main__.py": "from mtasts_pulumi.program import run\n\nrun(__file__)\n",
}
_POLICIES = {
    "_defaults.yaml": """\
tls_rpt:
  rua:
    - mailto:tls-reports@example.com
ttl: 300
""",
    "example.com.yaml": """\
domain: example.com
mode: testing
mx:
  - mx1.example.com
  - mx2.example.com
dns:
  provider: route53
  zone: Z0123456789EXAMPLECOM
""",
    "example.net.yaml": """\
domain: example.net
mode: testing
max_age: 1d
mx:
  - "*.mail.example.net"
dns:
  provider: cloudflare
  zone: 0123456789abcdef0123456789abcdef
host_group: example-net
""",
}
_LOOK_SECONDS = 10.0
_ID = re.compile(r"\bid=([A-Za-z0-9]{1,32})")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a sender sees of one mail domain."""

    domain: str
    txt: str
    policy: str
    id: str
    belongs: bool | None  # whether the id belongs to this very text; None: it is not one of ours
    problem: str


@dataclass(frozen=True, slots=True)
class Visible:
    """One thing becoming visible to clients: `seconds` after the first of its round."""

    seconds: float
    domain: str
    name: str
    kind: str  # body | txt | gone
    text: str  # of a TXT
    id: str

    @property
    def names_policy(self) -> bool:
        """Whether senders are told of a policy by it: an `_mta-sts` TXT."""
        return self.kind == "txt" and self.name == txt_name(self.domain)


@dataclass(frozen=True, slots=True)
class Round:
    """One run of the engine and what could be seen after it."""

    outcome: Outcome
    seen: tuple[Seen, ...]
    visible: tuple[Visible, ...]

    @property
    def body_first(self) -> bool:
        """Whether each `_mta-sts` TXT named a text that could be fetched already."""
        served: set[tuple[str, str]] = set()
        for event in self.visible:
            if event.kind == "body":
                served.add((event.domain, event.id))
            elif event.names_policy and (event.domain, event.id) not in served:
                return False
        return bool(self.visible)


@dataclass(frozen=True, slots=True)
class Demo:
    """Both rounds; `flipped` is the domain whose mode was changed in between, `edit` the line of YAML it took."""

    before: Round
    after: Round
    flipped: str
    edit: str


Runner = Callable[[Request], Outcome]


def play(project: Project | None, engine: Path, say: Callable[[str], None], runner: Runner) -> Demo:
    """Play it, with another project's program if one is given. `runner` runs one request (and shows its progress).

    The sandbox is gone when it returns or raises: CannotLook when a round does not succeed, KeyboardInterrupt.
    """
    with _sandbox(say) as (sandbox, policies):
        environment = {**sandbox.environment(), "MTASTS_POLICIES": str(policies)}
        project = project or _own_project(policies.parent / "project")
        loaded = read_stack(policies, STACK)
        request = Request(
            operation="up",
            project=project,
            stack=STACK,
            engine=engine,
            environment=environment,
            domains=frozenset(policy.domain for policy in loaded.policies),
            create=True,
        )
        say(f"publishing {' and '.join(sorted(request.domains))} with the Pulumi engine")
        before = _round(request, sandbox, runner, loaded.policies)
        flipped, edit = flip(loaded.policies[0])
        say(f"now in {Path(flipped.source).name}: {edit}")
        after = _round(request, sandbox, runner, loaded.policies)
        return Demo(before, after, flipped.domain, edit)


def _own_project(folder: Path) -> Project:
    folder.mkdir()
    for name, text in _PROJECT.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_project(folder)


@contextlib.contextmanager
def _sandbox(say: Callable[[str], None]) -> Iterator[tuple[client.Sandbox, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="mtasts-demo-"))
    state = folder / "sandbox"
    try:
        policies = folder / "policies"
        (policies / STACK).mkdir(parents=True)
        for name, text in _POLICIES.items():
            (policies / STACK / name).write_text(text, encoding="utf-8")
        say("starting the sandbox on loopback: aws and cloudflare providers, DNS, HTTPS edge")
        sandbox, _ = client.up(state, ephemeral=True, policies=policies)
        yield sandbox, policies
    finally:
        with held_back():  # who presses Ctrl-C twice wants the same
            try:
                client.down(state)
            finally:
                shutil.rmtree(folder, ignore_errors=True)


def flip(policy: DomainPolicy) -> tuple[DomainPolicy, str]:
    """Change the mode in the policy's own file, as a person would."""
    path = Path(policy.source)
    path.write_text(path.read_text(encoding="utf-8").replace("mode: testing", "mode: enforce"), encoding="utf-8")
    return policy, "mode: testing -> mode: enforce"


def _round(request: Request, sandbox: client.Sandbox, runner: Runner, policies: tuple[DomainPolicy, ...]) -> Round:
    since = max((int(event["seq"]) for event in sandbox.events()), default=0)
    outcome = runner(request)
    if outcome.result == "interrupted":
        raise KeyboardInterrupt
    if outcome.result != "succeeded":
        first = outcome.problems[0]
        raise CannotLook(first.message, first.hint)
    network = Network.from_environment(sandbox.environment())
    seen = asyncio.run(_look_at([policy.domain for policy in policies], network))
    return Round(outcome, seen, _visible(sandbox.events(since), policies))


async def _look_at(domains: list[str], network: Network) -> tuple[Seen, ...]:
    return tuple(await asyncio.gather(*(look(domain, network) for domain in domains)))


async def look(domain: str, network: Network) -> Seen:
    """Ask DNS and the policy host as a sender does. What fails is told in `problem`."""
    answer = await Resolver(network).ask(txt_name(domain), "TXT")
    txt = answer.values[0] if answer.values else ""
    fetched = await fetch_policy(domain, network, timeout=_LOOK_SECONDS)
    policy = fetched[0].body.decode("ascii", "replace")
    problem = "" if txt else f"no TXT at {txt_name(domain)}"
    problem = problem or next((fetch.problem for fetch in fetched if fetch.problem), "")
    identity = _identity(txt)
    return Seen(domain, txt, policy, identity, belongs(identity, policy), problem)


def _visible(events: list[dict[str, Any]], policies: tuple[DomainPolicy, ...]) -> tuple[Visible, ...]:
    """Bodies and TXT records of the mail domains, in the order in which clients could see them."""
    names: Mapping[str, str] = {
        name(policy.domain): policy.domain for policy in policies for name in (record_name, policy_host, txt_name)
    }
    chosen = [event for event in events if event["name"] in names and event["kind"] in {"body", "txt", "gone"}]
    if not chosen:
        return ()
    times = [datetime.fromisoformat(str(event["at"]).replace("Z", "+00:00")) for event in chosen]
    return tuple(
        Visible(
            seconds=(at - times[0]).total_seconds(),
            domain=names[event["name"]],
            name=str(event["name"]),
            kind=str(event["kind"]),
            text=event["value"] if isinstance(event["value"], str) else "",
            id=_identity(event["value"]),
        )
        for at, event in zip(times, chosen, strict=True)
    )


def _identity(value: object) -> str:
    """The id in an event: of a body it is in the object's metadata, of a TXT in its text."""
    if isinstance(value, Mapping):
        return str(value.get("id") or "")
    found = _ID.search(str(value))
    return found[1] if found else ""
