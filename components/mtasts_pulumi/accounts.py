"""The accounts of a stack as providers of the engine: one for each that its domains name, beside the default ones.

No secret is an input of theirs, so none gets into the state: a token stays in its environment variable, which the
engine gives to that provider's process alone under the name that it reads.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final

import pulumi

from mtasts.policy.accounts import AWS, SETTING, Account, Accounts
from mtasts.policy.config import DomainPolicy
from mtasts.providers import PROVIDERS

TOKEN: Final = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the variable's name
_SESSION: Final = "mtasts"  # who asks, in the account's CloudTrail


def used_accounts(policies: Iterable[DomainPolicy]) -> frozenset[str]:
    """The accounts that these domains name."""
    return frozenset(name for policy in policies for name in policy.accounts if name)


def account_providers(
    accounts: Accounts,
    used: Collection[str],
    own: Mapping[str, str | None],
    environ: Mapping[str, str],
    attached: Collection[str] = (),
) -> dict[str, pulumi.ProviderResource]:
    """A provider for each of the accounts `used`, by name.

    `own`: the stack's `aws:profile` and `aws:region`. Raises RunError for an account that is not there, and for a token
    that is not: the engine would give the provider the stack's own instead. `attached`: packages whose provider runs
    already, which is given no environment.
    """
    found = {}
    for name in sorted(used):
        account = accounts.get(name)
        if account is None:
            raise pulumi.RunError(
                f"account {name} is not under `mtasts:{SETTING}`, and domains are published through it"
            )
        variable = account.token_variable
        if variable and not environ.get(variable) and account.provider not in attached:
            raise pulumi.RunError(f"account {name}: ${variable} is not set, which is to have its token")
        found[name] = _provider(account, own)
    return found


def _provider(account: Account, own: Mapping[str, str | None]) -> pulumi.ProviderResource:
    sdk = next(each.sdk for each in PROVIDERS.values() if each.credentials.package == account.provider)
    mapped = {account.token_variable: TOKEN} if account.token_variable else None
    inputs = _aws(account, own) if account.provider == AWS else {}
    options = pulumi.ResourceOptions(version=version(sdk), env_var_mappings=mapped)
    # Without the SDK's class for it, as for records; lists are JSON in a provider's inputs.
    return pulumi.ProviderResource(account.provider, account.name, inputs, options)


def _aws(account: Account, own: Mapping[str, str | None]) -> dict[str, Any]:
    role = {"roleArn": account.role, "sessionName": _SESSION}
    if account.external_id:
        role["externalId"] = account.external_id
    told = {
        # The default provider has these by the stack's settings; another one is told them.
        "profile": account.profile or own.get("aws:profile"),
        "region": own.get("aws:region"),
        "assumeRoles": json.dumps([role]) if account.role else None,
    }
    return {key: value for key, value in told.items() if value}
