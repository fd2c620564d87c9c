"""Pulumi components that publish MTA-STS and TLS-RPT. Use them from any Pulumi program in Python:

    from mtasts_pulumi import MtaStsDomain, PolicyHost, PolicyOrigin

One `PolicyOrigin` a stack (the bucket), one `PolicyHost` a host group (certificate and distribution), one
`MtaStsDomain` a mail domain (policy file, id, TXT records).

The names are loaded when they are asked for: the SDK costs a second, and `mtasts preview --help` needs none of it.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtasts_pulumi.first_look import FirstLook
    from mtasts_pulumi.mta_sts_domain import MtaStsDomain, MtaStsDomainArgs
    from mtasts_pulumi.policy_host import HostName, PolicyHost, PolicyHostArgs, Served
    from mtasts_pulumi.policy_origin import PolicyOrigin, PolicyOriginArgs
    from mtasts_pulumi.published import outputs_before, published_before, served_before, stack_outputs
    from mtasts_pulumi.read_back import ReadBack
    from mtasts_pulumi.removal import Removal

__all__ = [
    "FirstLook",
    "HostName",
    "MtaStsDomain",
    "MtaStsDomainArgs",
    "PolicyHost",
    "PolicyHostArgs",
    "PolicyOrigin",
    "PolicyOriginArgs",
    "ReadBack",
    "Removal",
    "Served",
    "outputs_before",
    "published_before",
    "served_before",
    "stack_outputs",
]

_MODULES = {
    "first_look": ("FirstLook",),
    "mta_sts_domain": ("MtaStsDomain", "MtaStsDomainArgs"),
    "policy_host": ("HostName", "PolicyHost", "PolicyHostArgs", "Served"),
    "policy_origin": ("PolicyOrigin", "PolicyOriginArgs"),
    "published": ("outputs_before", "published_before", "served_before", "stack_outputs"),
    "read_back": ("ReadBack",),
    "removal": ("Removal",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
