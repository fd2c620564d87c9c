"""The ways into the accounts of a stack: for each, the environment with which its DNS provider's API is asked.

Blocking, and safe for threads. A role is assumed once a run; what it gives is in no file and no message.
"""

import threading
from collections.abc import Mapping

from mtasts.errors import CannotLook
from mtasts.live.accounts.aws import client
from mtasts.policy.accounts import AWS, Account, Accounts

# What would go before the keys of the account.
_OF_ANOTHER = frozenset({"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"})
_SESSION = "mtasts"
_SECONDS = 3600  # of a session: the most that a role allows unless it says more


class Ways:
    """By name of the account; "" is the stack's own, which `environ` has already."""

    def __init__(self, accounts: Accounts, environ: Mapping[str, str], profile: str = "") -> None:
        """`profile`: the stack's `aws:profile`; by its credentials roles are assumed, unless an account has its own."""
        self._accounts, self._environ, self._profile = accounts, environ, profile
        self._made: dict[str, Mapping[str, str] | CannotLook] = {}
        self._lock = threading.Lock()

    def of(self, name: str) -> Mapping[str, str]:
        """The environment for the account `name`. Raises CannotLook for one that cannot be reached."""
        if not name:
            return self._environ
        with self._lock:
            if name not in self._made:
                self._made[name] = self._way(name)
            found = self._made[name]
        if isinstance(found, CannotLook):
            raise found
        return found

    def trouble(self, name: str) -> CannotLook | None:
        """Why the account `name` cannot be reached, None if it can."""
        try:
            self.of(name)
        except CannotLook as error:
            return error
        return None

    def _way(self, name: str) -> Mapping[str, str] | CannotLook:
        account = self._accounts.get(name)
        if account is None:
            return CannotLook(
                f"account {name} is not in the stack's settings", "docs/accounts.md says how it is written"
            )
        try:
            return self._at_aws(account) if account.provider == AWS else self._by_token(account)
        except CannotLook as error:
            return error

    def _by_token(self, account: Account) -> Mapping[str, str]:
        token = self._environ.get(account.token_variable, "")
        if not token:
            raise CannotLook(
                f"account {account.name}: ${account.token_variable} is not set, which is to have its Cloudflare token",
                "set it, with the permission Zone.DNS:Edit on the account's zones",
            )
        return {**self._environ, "CLOUDFLARE_API_TOKEN": token}

    def _at_aws(self, account: Account) -> Mapping[str, str]:
        if self._environ.get("MTASTS_SANDBOX_DIR") and not account.role:
            return self._environ  # profiles mean nothing there
        profile = "" if self._environ.get("MTASTS_SANDBOX_DIR") else account.profile or self._profile
        keys = _assumed(account, self._environ, profile) if account.role else _of_profile(account)
        kept = {key: value for key, value in self._environ.items() if key not in _OF_ANOTHER}
        return {**kept, **{key: value for key, value in keys.items() if value}}


def _assumed(account: Account, environ: Mapping[str, str], profile: str) -> Mapping[str, str]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - 300 ms to load

    asked = f"account {account.name}: role {account.role} cannot be assumed"
    sts = client("sts", environ, profile)
    if sts is None:
        raise CannotLook(f"{asked}: no AWS credentials", "the stack's own assume it, or those of the account's profile")
    more = {"ExternalId": account.external_id} if account.external_id else {}
    try:
        told = sts.assume_role(RoleArn=account.role, RoleSessionName=_SESSION, DurationSeconds=_SECONDS, **more)
    except ClientError as error:
        said = error.response.get("Error") or {}
        text = f"{said.get('Code', '')} {said.get('Message', '')}".strip()
        hint = "its trust policy must allow these credentials, and theirs sts:AssumeRole on it"
        raise CannotLook(f"{asked}: AWS refuses: {text:.300}", hint) from None
    except BotoCoreError as error:
        raise CannotLook(f"{asked}: {error}", "credentials come from the usual AWS settings") from None
    keys = told["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": str(keys["AccessKeyId"]),
        "AWS_SECRET_ACCESS_KEY": str(keys["SecretAccessKey"]),
        "AWS_SESSION_TOKEN": str(keys["SessionToken"]),
    }


def _of_profile(account: Account) -> Mapping[str, str]:
    import boto3  # noqa: PLC0415 - 300 ms to load
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    asked = f"account {account.name}: profile {account.profile}"
    try:
        found = boto3.Session(profile_name=account.profile).get_credentials()
        frozen = found.get_frozen_credentials() if found is not None else None
    except BotoCoreError as error:
        raise CannotLook(f"{asked}: {error}", "profiles are in ~/.aws/config") from None
    if frozen is None:
        raise CannotLook(f"{asked} has no credentials", "profiles are in ~/.aws/config")
    return {
        "AWS_ACCESS_KEY_ID": frozen.access_key,
        "AWS_SECRET_ACCESS_KEY": frozen.secret_key,
        "AWS_SESSION_TOKEN": frozen.token or "",
    }
