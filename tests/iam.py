"""Whether a policy allows a call, by AWS's rules for the operators that ours use; everything else is an error."""

import re


def allows(document, action, resource, context):
    """An explicit denial wins (IAM User Guide, "Policy evaluation logic")."""
    effects = {
        statement["Effect"]
        for statement in document["Statement"]
        if _any(statement["Action"], action) and _any(statement["Resource"], resource)
        if _holds(statement.get("Condition", {}), context)
    }
    assert effects <= {"Allow", "Deny"}
    return effects == {"Allow"}


def _several(value):
    return value if isinstance(value, list) else [value]


def _any(patterns, text):
    return any(_like(pattern, text) for pattern in _several(patterns))


def _like(pattern, text):
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) is not None


def _holds(conditions, context):
    return all(
        _test(operator, _several(value), context.get(key))
        for operator, tests in conditions.items()
        for key, value in tests.items()
    )


def _test(operator, wanted, given):
    match operator:
        case "Null":
            return (given is None) == (wanted == ["true"])
        case "StringEquals":
            return given is not None and given[0] in wanted
        case "StringEqualsIfExists":
            return given is None or given[0] in wanted
        case "StringLike":
            return given is not None and _any(wanted, given[0])
        case "ForAllValues:StringLike":
            return all(_any(wanted, each) for each in given or ())
        case "ForAllValues:StringEquals":
            return set(given or ()) <= set(wanted)
        case _:
            raise AssertionError(operator)
