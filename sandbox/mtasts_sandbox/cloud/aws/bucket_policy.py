"""Bucket policies, as far as CloudFront's reading depends on them: is this distribution allowed this object?

A condition that is not judged here is refused when the policy is put, so a policy never counts for less than it says.
"""

import fnmatch
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

CLOUDFRONT = "cloudfront.amazonaws.com"

_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, pattern: value == pattern,
    "StringLike": fnmatch.fnmatchcase,
    "ArnEquals": fnmatch.fnmatchcase,
    "ArnLike": fnmatch.fnmatchcase,
    "Bool": lambda value, pattern: value == str(pattern).lower(),
    "NumericLessThan": lambda value, pattern: float(value) < float(pattern),
}
_KEYS = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:securetransport", "s3:tlsversion"})


class BadPolicy(Exception):  # noqa: N818 - names the input
    """The policy is not one S3 takes, or says something that is not judged here; str() says what."""


def read(policy: str) -> list[dict[str, Any]]:
    """The statements of a policy document. Raises BadPolicy."""
    try:
        document = json.loads(policy)
    except ValueError as error:
        raise BadPolicy(f"Policies must be valid JSON: {error}") from error
    statements = _list(document.get("Statement")) if isinstance(document, dict) else []
    if not statements or not all(isinstance(statement, dict) for statement in statements):
        raise BadPolicy("Missing required field Statement")
    for statement in statements:
        _check(statement)
    return statements


def is_public(statements: list[dict[str, Any]]) -> bool:
    """Does a statement allow everybody something, without a condition that narrows it to some source?"""
    return any(
        statement["Effect"] == "Allow"
        and _everybody(statement.get("Principal"))
        and not any(key.lower() in ("aws:sourcearn", "aws:sourceaccount") for _, key, _ in _conditions(statement))
        for statement in statements
    )


def cloudfront_may_read(statements: list[dict[str, Any]], object_arn: str, distribution_arn: str, account: str) -> bool:
    """May this distribution, signing its requests (OAC), get this object? Deny wins; nothing said is no."""
    return _cloudfront_may("s3:getobject", statements, object_arn, distribution_arn, account)


def cloudfront_may_list(statements: list[dict[str, Any]], bucket_arn: str, distribution_arn: str, account: str) -> bool:
    """May it know which objects there are? Only then a missing one is "not found" for it, and not "denied"."""
    return _cloudfront_may("s3:listbucket", statements, bucket_arn, distribution_arn, account)


def _cloudfront_may(
    action: str, statements: list[dict[str, Any]], arn: str, distribution_arn: str, account: str
) -> bool:
    facts = {
        "aws:sourcearn": distribution_arn,
        "aws:sourceaccount": account,
        # CloudFront signs only over HTTPS to S3, which speaks TLS 1.3 to it.
        "aws:securetransport": "true",
        "s3:tlsversion": "1.3",
    }
    applying = {statement["Effect"] for statement in statements if _applies(statement, action, arn, facts)}
    return applying == {"Allow"}


def _applies(statement: dict[str, Any], asked: str, arn: str, facts: Mapping[str, str]) -> bool:
    principal = statement.get("Principal")
    services = _list(principal.get("Service")) if isinstance(principal, dict) else []
    return (
        (_everybody(principal) or CLOUDFRONT in services)
        and any(fnmatch.fnmatchcase(asked, str(action).lower()) for action in _list(statement.get("Action")))
        and any(fnmatch.fnmatchcase(arn, str(resource)) for resource in _list(statement.get("Resource")))
        and all(
            any(_OPERATORS[operator](facts[key.lower()], pattern) for pattern in patterns)
            for operator, key, patterns in _conditions(statement)
        )
    )


def _check(statement: dict[str, Any]) -> None:
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise BadPolicy("Invalid effect: " + repr(statement.get("Effect")))
    for part in ("Principal", "Action", "Resource"):
        if not statement.get(part):
            raise BadPolicy(f"Missing required field {part} (the sandbox judges no Not{part})")
    for operator, key, _ in _conditions(statement):
        if operator not in _OPERATORS or key.lower() not in _KEYS:
            raise BadPolicy(f"the sandbox cannot judge the condition {operator} on {key}")


def _conditions(statement: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    conditions = statement.get("Condition") or {}
    if not isinstance(conditions, dict):
        raise BadPolicy("Condition must be an object")
    for operator, keys in conditions.items():
        if not isinstance(keys, dict):
            raise BadPolicy(f"Condition {operator} must be an object")
        for key, patterns in keys.items():
            yield operator, key, [str(pattern) for pattern in _list(patterns)]


def _everybody(principal: Any) -> bool:
    return principal == "*" or (isinstance(principal, dict) and "*" in _list(principal.get("AWS")))


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
