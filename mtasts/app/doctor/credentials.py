"""The credentials that are here, and whose they are: AWS's by each profile a stack names, Cloudflare's token."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from mtasts.app.doctor.set_up import SetUp
from mtasts.errors import CannotLook, Refused
from mtasts.live.accounts import aws, cloudflare
from mtasts.providers import PROVIDERS
from mtasts.providers import aws as aws_facts
from mtasts.render.doctor import Found, State

SOON = timedelta(days=30)  # before a token's end, in which there is time to renew it


def examine(setup: SetUp) -> Iterator[Found]:
    """AWS always, since the policies are served there; Cloudflare where a domain's zone is."""
    if not any(True for _ in setup.domains()):
        yield Found("credentials", State.NOTE, "no mail domain needs any yet")
        return
    for profile, stacks in setup.profiles().items():
        yield _aws(setup, profile, ", ".join(stacks))
    if any(policy.dns.provider == "cloudflare" for _, policy in setup.domains()):
        yield _cloudflare(setup)


def _aws(setup: SetUp, profile: str, stacks: str) -> Found:
    subject = f"AWS ({stacks})"
    try:
        client = aws.client("sts", setup.environ, profile)
        if client is None:
            return Found(subject, State.MISSING, aws_facts.CREDENTIALS.missing, aws_facts.CREDENTIALS.hint)
        caller = aws.caller(client)
    except Refused as error:
        return Found(subject, State.WRONG, error.message, "get new credentials; these are expired or not known to AWS")
    except CannotLook as error:
        return Found(subject, State.UNKNOWN, error.message, "look again where AWS can be reached")
    says = f"account {caller.account} as {caller.arn}" + (f", profile {profile}" if profile else "")
    if caller.arn.endswith(":root"):
        return Found(subject, State.WIDE, f"{says}: may do everything", "use a role (docs/gitops.md, Roles in AWS)")
    if setup.environ.get("CI") and not setup.in_sandbox and ":user/" in caller.arn:
        step = "take a role by OpenID Connect instead (docs/gitops.md, Roles in AWS)"
        return Found(subject, State.WIDE, f"{says}: a key in a pipeline that never ends", step)
    return Found(subject, State.OK, says)


def _cloudflare(setup: SetUp) -> Found:
    subject, place = "Cloudflare token", "My Profile, API Tokens"
    if not setup.environ.get("CLOUDFLARE_API_TOKEN"):
        told = PROVIDERS["cloudflare"].credentials
        return Found(subject, State.MISSING, told.missing.format(uses=_users(setup)), told.hint)
    try:
        token = cloudflare.token(setup.environ)
    except Refused as error:
        if setup.environ.get("CLOUDFLARE_ACCOUNT_ID"):
            return Found(subject, State.WRONG, error.message, f"make a new one in Cloudflare: {place}")
        step = f"if it is an account's token, set CLOUDFLARE_ACCOUNT_ID; else make a new one: {place}"
        return Found(subject, State.UNKNOWN, f"{error.message}: Cloudflare knows no such token of a user", step)
    except CannotLook as error:
        return Found(subject, State.UNKNOWN, error.message, "look again where Cloudflare can be reached")
    if token.status != "active":
        return Found(subject, State.WRONG, f"it is {token.status}", f"make a new one in Cloudflare: {place}")
    end = _moment(token.expires)
    if end is not None and end - setup.now < SOON:
        return Found(subject, State.WRONG, f"it ends on {end.date()}", f"renew it in Cloudflare: {place}")
    return Found(subject, State.OK, f"active, {f'until {end.date()}' if end else 'without an end'}")


def _users(setup: SetUp) -> str:
    names = [policy.domain for _, policy in setup.domains() if policy.dns.provider == "cloudflare"]
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
