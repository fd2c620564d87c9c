"""Pulumi components that publish MTA-STS and TLS-RPT. Use them from any Pulumi program in Python:

    from mtasts_pulumi import MtaStsDomain, PolicyHost, PolicyOrigin

One `PolicyOrigin` a stack (the bucket), one `PolicyHost` a host group (certificate and distribution), one
`MtaStsDomain` a mail domain (policy file, id, TXT records).

The names are loaded when they are asked for: the SDK costs a second, and `mtasts preview --help` needs none of it.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtasts.policy.desired import DesiredState, desired_from, desired_state
    from mtasts_pulumi.dns import Place, Zone
    from mtasts_pulumi.first_look import FirstLook
    from mtasts_pulumi.mta_sts_domain import MtaStsDomain, MtaStsDomainArgs
    from mtasts_pulumi.policy_host import HostName, PolicyHost, PolicyHostArgs, Served
    from mtasts_pulumi.policy_origin import PolicyOrigin, PolicyOriginArgs
    from mtasts_pulumi.published import outputs_before, published_before, served_before, stack_outputs
    from mtasts_pulumi.read_back import ReadBack
    from mtasts_pulumi.removal import Removal

__all__ = [
    "DesiredState",
    "FirstLook",
    "HostName",
    "MtaStsDomain",
    "MtaStsDomainArgs",
    "Place",
    "PolicyHost",
    "PolicyHostArgs",
    "PolicyOrigin",
    "PolicyOriginArgs",
    "ReadBack",
    "Removal",
    "Served",
    "Zone",
    "desired_from",
    "desired_state",
    "outputs_before",
    "published_before",
    "served_before",
    "stack_outputs",
]

_MODULES = {
    "mtasts.policy.desired": ("DesiredState", "desired_from", "desired_state"),
    "mtasts_pulumi.dns": ("Place", "Zone"),
    "mtasts_pulumi.first_look": ("FirstLook",),
    "mtasts_pulumi.mta_sts_domain": ("MtaStsDomain", "MtaStsDomainArgs"),
    "mtasts_pulumi.policy_host": ("HostName", "PolicyHost", "PolicyHostArgs", "Served"),
    "mtasts_pulumi.policy_origin": ("PolicyOrigin", "PolicyOriginArgs"),
    "mtasts_pulumi.published": ("outputs_before", "published_before", "served_before", "stack_outputs"),
    "mtasts_pulumi.read_back": ("ReadBack",),
    "mtasts_pulumi.removal": ("Removal",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
