"""The zones that the files name: do these credentials reach them, are they what the files take them for?"""

from collections.abc import Iterator
from dataclasses import dataclass

from mtasts.app.doctor.set_up import SetUp
from mtasts.errors import CannotLook, Refused
from mtasts.live.accounts import aws, cloudflare
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import txt_name
from mtasts.providers import PROVIDERS
from mtasts.render.doctor import Found, State
from mtasts.words.counted import few, number

LIMIT = 50  # zones that are asked for; the others are named as not looked at


@dataclass(frozen=True, slots=True)
class _Used:
    """A zone, and the domains whose records it has. `profile`: of AWS, as the stack's settings name it."""

    provider: str
    zone: str
    profile: str
    policies: tuple[DomainPolicy, ...]

    @property
    def subject(self) -> str:
        return f"zone {self.zone}"


def examine(setup: SetUp) -> Iterator[Found]:
    """Every zone, then what the Cloudflare token reaches beyond them."""
    used = _used(setup)
    for one in used[:LIMIT]:
        yield _zone(one, setup)
    if rest := used[LIMIT:]:
        says = f"not looked at, beyond {LIMIT}: {few([one.zone for one in rest], 4)}"
        yield Found("zones", State.UNKNOWN, says, "look at one stack after the other: --stack STACK")
    if any(one.provider == "cloudflare" for one in used) and cloudflare_zones(setup):
        yield from _beyond({one.zone for one in used}, setup)


def cloudflare_zones(setup: SetUp) -> bool:
    """Whether there is a token that can be asked."""
    return bool(setup.environ.get("CLOUDFLARE_API_TOKEN"))


def _used(setup: SetUp) -> list[_Used]:
    profiles = {stack: profile for profile, stacks in setup.profiles().items() for stack in stacks}
    found: dict[tuple[str, str, str], list[DomainPolicy]] = {}
    for stack, policy in setup.domains():
        for place in filter(None, (policy.dns, policy.leaving)):
            found.setdefault((place.provider, place.zone, profiles[stack]), []).append(policy)
    return [_Used(*key, tuple(policies)) for key, policies in found.items()]


def _zone(one: _Used, setup: SetUp) -> Found:
    try:
        if one.provider == "route53":
            return _route53(one, setup)
        if one.provider == "cloudflare":
            return _cloudflare(one, setup)
    except Refused as error:
        step = f"is it the right id, and may these credentials use it? It is written in {one.policies[0].source}"
        return Found(one.subject, State.WRONG, error.message, step)
    except CannotLook as error:
        return Found(one.subject, State.UNKNOWN, error.message, error.hint or "look again where it can be reached")
    title = PROVIDERS[one.provider].title
    return Found(one.subject, State.NOTE, f"at {title}, which nothing here asks; `up` will say what it lacks")


def _route53(one: _Used, setup: SetUp) -> Found:
    client = aws.client("route53", setup.environ, one.profile)
    if client is None:
        raise CannotLook(f"Route 53 zone {one.zone}: {aws.NO_CREDENTIALS}", "credentials come first, see above")
    name, private = aws.hosted_zone(one.zone, client)
    strangers = [policy for policy in one.policies if not f".{policy.domain}".endswith(f".{name}")]
    if strangers:
        says = f"is {name}, in which {strangers[0].domain} has no name"
        return Found(one.subject, State.WRONG, says, f"write the right zone into {strangers[0].source}")
    if private:
        step = f"write the id of the public zone into {one.policies[0].source}"
        return Found(one.subject, State.WRONG, f"{name} is private: no sender sees it", step)
    return Found(one.subject, State.OK, f"{name} at Route 53 can be read, {number(len(one.policies), 'mail domain')}")


def _cloudflare(one: _Used, setup: SetUp) -> Found:
    """Its records are asked for, since the rights that publishing needs do not tell a zone's name."""
    if not cloudflare_zones(setup):
        raise CannotLook(f"Cloudflare zone {one.zone}: {cloudflare.NO_CREDENTIALS}", "the token comes first, see above")
    cloudflare.records(one.zone, txt_name(one.policies[0].domain), setup.environ)
    says = f"{one.policies[0].domain} at Cloudflare can be read, {number(len(one.policies), 'mail domain')}"
    return Found(one.subject, State.OK, says)


def _beyond(used: set[str], setup: SetUp) -> Iterator[Found]:
    try:
        reached = cloudflare.reachable_zones(setup.environ)
    except CannotLook:
        return  # a token without that right is no wider for it
    if others := [name for zone, name in reached if zone not in used]:
        says = f"it also reaches {number(len(others), 'zone')} that no file here names: {few(others, 4)}"
        yield Found("Cloudflare token", State.WIDE, says, "restrict it to the zones above in Cloudflare")
