"""Settings of the program beside the policies, from its environment and the stack's settings. RunError when wrong."""

import os

import pulumi

from mtasts.errors import CannotLook
from mtasts.live.first_look import Told, from_environment
from mtasts.live.held import Told as Holding
from mtasts.live.held import from_environment as holding_from
from mtasts.policy.accounts import SETTING, Accounts, read_accounts
from mtasts.policy.quotas import Limits, read_limits
from mtasts.providers.s3_cloudfront import A_BUCKET, POLICY_BUCKET, is_bucket_name

_LONGEST_DEADLINE = 3600


def read_back_deadline(config: pulumi.Config) -> float:
    """Seconds; the environment wins over the stack's settings, for a run that has to wait longer or less long."""
    given = os.environ.get("MTASTS_READ_BACK_DEADLINE") or config.get("readBackDeadline") or "300"
    try:
        seconds = float(given)
    except ValueError:
        raise pulumi.RunError(f"the read-back deadline {given!r} is not a number of seconds") from None
    if not 0 < seconds <= _LONGEST_DEADLINE:
        raise pulumi.RunError(f"the read-back deadline {given} is not more than 0 s and at most {_LONGEST_DEADLINE} s")
    return seconds


def policy_bucket(config: pulumi.Config) -> str:
    """The name of the policy bucket where it is made anew, "" for one of the engine's choice."""
    name = config.get(POLICY_BUCKET) or pulumi.Config("mtasts").get(POLICY_BUCKET) or ""
    if name and not is_bucket_name(name):
        raise pulumi.RunError(f"mtasts:{POLICY_BUCKET}: {name!r:.80} is not {A_BUCKET}")
    return name


def told_by_up() -> tuple[Told, Holding]:
    """What `mtasts up` saw before this run, and what it holds."""
    try:
        return from_environment(os.environ), holding_from(os.environ)
    except CannotLook as error:
        raise pulumi.RunError(f"{error.message}\n{error.hint}") from None


def quota_limits(config: pulumi.Config) -> Limits:
    """The account's quotas."""
    try:
        return read_limits(config.get)
    except ValueError as error:
        raise pulumi.RunError(str(error)) from None


def accounts_of(config: pulumi.Config) -> Accounts:
    """The accounts that domains may name."""
    try:
        return read_accounts(config.get_object(SETTING))
    except pulumi.ConfigTypeError:  # whose text has the value, which may be a token that somebody put there
        raise pulumi.RunError(f"mtasts:{SETTING} is not a list of names with keys below them") from None
    except ValueError as error:
        raise pulumi.RunError(str(error)) from None


def aws() -> dict[str, str | None]:
    """How AWS is reached, as far as it is not a secret."""
    config = pulumi.Config("aws")
    return {"aws:profile": config.get("profile"), "aws:region": config.get("region")}
