"""Asks AWS what an identity may do (iam:SimulatePrincipalPolicy), without doing any of it. Blocking.

What is simulated are the identity's own policies and boundary; a bucket's policy and an organization's are not.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mtasts.errors import CannotLook, Refused
from mtasts.live.accounts.aws import aws_errors
from mtasts.providers.rights import Need

ACTIONS_LIMIT = 100  # of one call
_SESSION = re.compile(r"arn:(?P<partition>[a-z-]+):sts::(?P<account>[0-9]{12}):assumed-role/(?P<role>[\w+=,.@-]+)/.*")


def principal_of(arn: str, client: Any) -> str:
    """The ARN that can be simulated for a caller's: of a session, its role's. Raises CannotLook for the account's root.

    A session's ARN lacks the path of its role, which IAM tells to who may ask; without that right there is none.
    """
    if arn.endswith(":root"):
        raise CannotLook("the account's root may do everything, and cannot be simulated", "use a role")
    session = _SESSION.fullmatch(arn)
    if session is None:
        return arn
    try:
        with aws_errors(f"role {session['role']}"):
            return str(client.get_role(RoleName=session["role"])["Role"]["Arn"])
    except Refused:
        return f"arn:{session['partition']}:iam::{session['account']}:role/{session['role']}"


def refused(needs: Sequence[Need], principal: str, client: Any) -> tuple[Need, ...]:
    """Those of these questions that AWS answers with no, in their order. Raises CannotLook, Refused."""
    groups: dict[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], list[Need]] = {}
    for need in needs:
        groups.setdefault((need.resource, tuple(need.context.items())), []).append(need)
    allowed: set[tuple[str, str, tuple[Any, ...]]] = set()
    for (resource, context), asked in groups.items():
        actions = list(dict.fromkeys(need.action for need in asked))
        for start in range(0, len(actions), ACTIONS_LIMIT):
            told = _simulate(actions[start : start + ACTIONS_LIMIT], resource, dict(context), principal, client)
            allowed |= {(action.lower(), resource, context) for action in told}
    return tuple(
        need for need in needs if (need.action.lower(), need.resource, tuple(need.context.items())) not in allowed
    )


def _simulate(
    actions: Sequence[str], resource: str, context: Mapping[str, tuple[str, ...]], principal: str, client: Any
) -> list[str]:
    """The actions that are allowed."""
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": list(values), "ContextKeyType": "stringList"}
        for key, values in context.items()
    ]
    with aws_errors(f"what {principal} may do"):
        told = client.simulate_principal_policy(
            PolicySourceArn=principal, ActionNames=list(actions), ResourceArns=[resource], ContextEntries=entries
        )
    return [str(one["EvalActionName"]) for one in told["EvaluationResults"] if one["EvalDecision"] == "allowed"]
