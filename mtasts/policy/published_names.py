"""Names by which what a stack has published is found again: types and names of resources, the ledger's keys.

The components write them; the engine's readers, the ledger and the sandbox read them. They stand in the states and
buckets of stacks that are there, so none of them may change. The names of a host's own parts, which only one hosting
backend makes, are in its record.
"""

import re
from typing import Final

from mtasts.protocol.mta_sts import WELL_KNOWN_PATH, policy_host

# Types of resources, as the engine has them.
OURS: Final = "mtasts:index:"
DOMAIN_TYPE: Final = f"{OURS}MtaStsDomain"
HOST_TYPE: Final = f"{OURS}PolicyHost"
ORIGIN_TYPE: Final = f"{OURS}PolicyOrigin"
STACK_TYPE: Final = "pulumi:pulumi:Stack"
STASH_TYPE: Final = "pulumi:index:Stash"

# The input of a domain's component that names its host group.
GROUP_INPUT: Final = "policyHost"

# A resource's name is that of its domain, host group or origin, and one of these.
POLICY: Final = "-policy"
ID: Final = "-id"
MOVE: Final = "-move"
MARK: Final = "-mark"
MTA_STS: Final = "-mta-sts"
TLS_RPT: Final = "-tls-rpt"
VALIDATION: Final = "-validation"
HOST: Final = "-host"  # and the part that the DNS provider names: -host-a, -host-cname
CERTIFICATE: Final = "-certificate"
CERTIFICATE_VALIDATION: Final = f"{CERTIFICATE}{VALIDATION}"
DISTRIBUTION: Final = "-distribution"
BUCKET: Final = "-bucket"
VIEWER_REQUEST: Final = "-viewer-request"

# The origin of a stack of ours, and its bucket. (A program of somebody else's names its own.)
ORIGIN: Final = "policies"
ORIGIN_BUCKET: Final = f"{ORIGIN}{BUCKET}"
ORIGIN_FUNCTION: Final = f"{ORIGIN}{VIEWER_REQUEST}"

# While a domain moves there are two of each of its records, named by their zones.
_AT: Final = "-at-"
AT_ZONE: Final = re.compile(rf"{_AT}[A-Za-z0-9]+$")

# What the stash of a move begins with once the delegation leads to the new zone, and until then.
ARRIVED: Final = "arrived"
WAITING: Final = "waiting"

# The metadata of a policy in the bucket: the id under which it is published, and the TTL of the TXT that names it.
ID_METADATA: Final = "mta-sts-id"
TTL_METADATA: Final = "mta-sts-ttl"

# Keys of the bucket: one a domain, and what all of them begin with.
KEYS: Final = policy_host("")


def at_zone(zone: str) -> str:
    """The end of a record's name in one of two zones; `zone` is the provider's id of it."""
    return f"{_AT}{zone}"


def policy_key(domain: str) -> str:
    """The key of a domain's policy in the bucket."""
    return policy_host(domain) + WELL_KNOWN_PATH


def domain_of_key(key: str) -> str | None:
    """The mail domain whose policy has this key; None for what is not a policy's."""
    domain = key.removeprefix(KEYS).removesuffix(WELL_KNOWN_PATH)
    return domain if key == policy_key(domain) else None
