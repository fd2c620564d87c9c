"""The accounts of a stack: provider configurations that `dns.account` in a policy file names. Pure; it holds no secret.

`mtasts:accounts` in the stack's settings says how each is reached: a role or a profile of AWS, or the name of the
environment variable that has a token.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mtasts.protocol.problem import quote
from mtasts.providers import PROVIDERS

SETTING: Final = "accounts"
ACCOUNT_PATTERN: Final = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
ACCOUNT_LENGTH: Final = 40
AN_ACCOUNT: Final = f"a name of up to {ACCOUNT_LENGTH} lower-case letters, digits and inner hyphens"
_NAME: Final = re.compile(ACCOUNT_PATTERN, re.ASCII)
# AWS STS API reference, AssumeRole: RoleArn, ExternalId. A role may have a path.
_ROLE: Final = re.compile(r"arn:aws[a-z-]{0,10}:iam::(?P<id>[0-9]{12}):role/[\w+=,.@/-]{1,576}", re.ASCII)
_EXTERNAL_ID: Final = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_PROFILE: Final = re.compile(r"[\w.@:+=,/-]{1,128}", re.ASCII)
# Of an account's own: AWS's and the engine's variables hold what is nobody else's business.
_VARIABLE: Final = re.compile(r"(?!AWS_|PULUMI_|MTASTS_)[A-Z][A-Z0-9_]{0,99}", re.ASCII)

_DEFAULT: Final = "default"

AWS: Final = "aws"
CLOUDFLARE: Final = "cloudflare"
_KEYS: Final = {
    AWS: {"roleArn": _ROLE, "externalId": _EXTERNAL_ID, "profile": _PROFILE},
    CLOUDFLARE: {"tokenVariable": _VARIABLE},
}
_WANTED: Final = {
    "roleArn": "a role, such as arn:aws:iam::111122223333:role/mtasts-dns",
    "externalId": "2 to 1224 letters, digits and + = , . @ : / - _",
    "profile": "the name of a profile in ~/.aws/config",
    "tokenVariable": "the name of an environment variable in capitals, not of AWS_, PULUMI_ or MTASTS_",
}


@dataclass(frozen=True, slots=True)
class Account:
    """How one account is reached. `provider`: the package of the engine's provider, as in `Credentials.package`.

    At AWS: the role that is assumed (`external_id` with it), by the credentials of `profile` or the stack's own. At
    Cloudflare: the environment variable that has the token.
    """

    name: str
    provider: str
    role: str = ""
    external_id: str = ""
    profile: str = ""
    token_variable: str = ""

    @property
    def aws_id(self) -> str:
        """The twelve digits of the AWS account whose role this is, "" where it is none."""
        found = _ROLE.fullmatch(self.role)
        return found["id"] if found else ""


Accounts = Mapping[str, Account]


def read_accounts(told: object) -> Accounts:
    """The accounts that the value of `mtasts:accounts` tells, by name. Raises ValueError for the first thing wrong."""
    if told is None:
        return {}
    if not isinstance(told, Mapping):
        raise ValueError(f"mtasts:{SETTING} is not a list of names with keys below them")  # noqa: TRY004 - of a file
    return {str(name): _account(str(name), value) for name, value in told.items()}


def _account(name: str, told: Any) -> Account:
    where = f"mtasts:{SETTING}: {name[:60]}"
    if not _NAME.fullmatch(name) or len(name) > ACCOUNT_LENGTH:
        raise ValueError(f"{where}: the name is not {AN_ACCOUNT}")
    if name == _DEFAULT:
        raise ValueError(f"{where}: the name is the engine's own, for providers that no program makes")
    if not isinstance(told, Mapping):
        raise ValueError(f"{where} has no keys below it, such as `provider: {AWS}`")  # noqa: TRY004 - of a file
    provider = told.get("provider")
    if not isinstance(provider, str) or provider not in _KEYS:
        raise ValueError(f"{where}: provider is not one of {', '.join(_KEYS)}")
    known = _KEYS[provider]
    for key, value in told.items():
        if key != "provider" and key not in known:
            raise ValueError(f"{where}: {quote(str(key))} is not one of provider, {', '.join(known)}")
        # Never the value itself: somebody may have put a token there.
        if key in known and not (isinstance(value, str) and known[key].fullmatch(value)):
            raise ValueError(f"{where}: {key} is not {_WANTED[key]}")
    if provider == CLOUDFLARE and "tokenVariable" not in told:
        raise ValueError(f"{where}: tokenVariable is missing, {_WANTED['tokenVariable']}")
    if provider == AWS and not told.keys() & {"roleArn", "profile"}:
        raise ValueError(f"{where}: roleArn or profile is missing, so it would be the stack's own account")
    if "externalId" in told and "roleArn" not in told:
        raise ValueError(f"{where}: externalId is of use with roleArn alone")
    return Account(
        name,
        provider,
        role=told.get("roleArn", ""),
        external_id=told.get("externalId", ""),
        profile=told.get("profile", ""),
        token_variable=told.get("tokenVariable", ""),
    )


def unfit(name: str, dns_provider: str, accounts: Accounts, settings: str) -> str:
    """Why a zone of `dns_provider` cannot be reached through the account `name`, "" if it can or `name` is "".

    `settings`: the file with the stack's settings, to be named.
    """
    if not name:
        return ""
    account = accounts.get(name)
    if account is None:
        there = ", ".join(sorted(accounts)) or "none"
        return f"account {quote(name)} is not under `mtasts:{SETTING}` in {settings} (there: {there})"
    package = PROVIDERS[dns_provider].credentials.package
    if account.provider != package:
        return f"account {quote(name)} is of {account.provider}, and the zone is at {PROVIDERS[dns_provider].title}"
    return ""
