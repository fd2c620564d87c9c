"""Values that a preview does not know yet: an input may be the output of a resource that is still to be made.

The components inside need plain values: an id hangs on the policy's text, the rules judge names. So a stand-in takes
the place of what is not known, and wherever it comes out again, in the inputs of a resource, that input is unknown.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Optional

import pulumi
from pulumi import output

UNKNOWN = output.UNKNOWN
"""The SDK's own mark of a value that is not known."""
_END = "until-up.invalid"
_ZONES = {"route53": "Z0UNKNOWN0UNTIL0UP", "cloudflare": "deadbeef" * 4}


def is_unknown(value: object) -> bool:
    """Whether it is not known yet, as a whole."""
    return value is UNKNOWN


def within(value: object) -> bool:
    """Whether some of it is not known yet."""
    if isinstance(value, Mapping):
        return any(within(one) for one in value.values())
    if isinstance(value, list | tuple):
        return any(within(one) for one in value)
    return is_unknown(value)


def unknown() -> pulumi.Output[Any]:
    """An output that no preview knows."""
    value: pulumi.Output[Any] = pulumi.Output.from_input(UNKNOWN)
    return value


def name(of: str) -> str:
    """A host or domain name in place of one; another for each `of`."""
    return f"unknown-{sha256(of.encode()).hexdigest()[:12]}.{_END}"


def address(of: str) -> str:
    """In place of an address that takes reports."""
    return f"mailto:reports@{name(of)}"


def zone(provider: str) -> str:
    """In place of a zone's id."""
    return _ZONES.get(provider, name("zone"))


def stands_in(text: str) -> bool:
    """Whether there is a stand-in in `text`."""
    return _END in text or any(one in text for one in _ZONES.values())


def given_back(value: Any) -> Any:
    """`value` with whatever a stand-in went into as unknown."""
    if isinstance(value, str):
        return unknown() if stands_in(value) else value
    if isinstance(value, Mapping):
        return {key: given_back(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [given_back(one) for one in value]
    return value


def inside(opts: Optional[pulumi.ResourceOptions], stand_ins: bool) -> pulumi.ResourceOptions:
    """For a component: what it depends on, all that it makes depends on. `stand_ins`: whether there are any in it."""
    before = opts.depends_on if opts is not None else None

    def transform(args: pulumi.ResourceTransformationArgs) -> Optional[pulumi.ResourceTransformationResult]:
        given = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(depends_on=before))
        props = given_back(args.props) if stand_ins else args.props
        return pulumi.ResourceTransformationResult(props, given)

    if not before and not stand_ins:
        return pulumi.ResourceOptions()
    return pulumi.ResourceOptions(transformations=[transform])
