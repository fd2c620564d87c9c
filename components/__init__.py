"""Pulumi components that publish MTA-STS and TLS-RPT. Use them from any Pulumi program in Python:

    from components import MtaStsDomain, PolicyHost, PolicyOrigin

One `PolicyOrigin` a stack (the bucket), one `PolicyHost` a host group (certificate and distribution), one
`MtaStsDomain` a mail domain (policy file, id, TXT records).
"""

from components.first_look import FirstLook
from components.mta_sts_domain import MtaStsDomain, MtaStsDomainArgs
from components.policy_host import HostName, PolicyHost, PolicyHostArgs, Served
from components.policy_origin import PolicyOrigin, PolicyOriginArgs
from components.published import outputs_before, published_before, served_before, stack_outputs
from components.read_back import ReadBack
from components.removal import Removal

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
