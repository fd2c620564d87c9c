"""Pulumi components that publish MTA-STS and TLS-RPT. Use them from any Pulumi program in Python:

    from mtasts_pulumi import MtaStsDomain, PolicyHost, PolicyOrigin

One `PolicyOrigin` a stack (the bucket), one `PolicyHost` a host group (certificate and distribution), one
`MtaStsDomain` a mail domain (policy file, id, TXT records).
"""

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
