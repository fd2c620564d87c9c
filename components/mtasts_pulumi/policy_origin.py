"""The bucket that all policy hosts of a stack read from, and what they share: one a stack."""

from typing import NotRequired, Optional, Protocol, TypedDict

import pulumi

from mtasts.policy import published_names as names
from mtasts.providers import HOSTING
from mtasts_pulumi.hosting import HostingBackend, backend_of
from mtasts_pulumi.hosting.backend import Origin


class PolicyOriginArgs(TypedDict):
    """How the policies of one stack are kept."""

    retired: NotRequired[bool]
    """True when no mail domain of the stack publishes more than mode `none`: the bucket, which is the ledger of every
    text ever served, may then be deleted together with its old versions. Until then the engine refuses to."""
    released: NotRequired[bool]
    """True when nothing but what another tool publishes, or mode `none`, is left: the bucket may leave the stack then,
    and stays where it is, since it is the ledger of what senders hold."""
    called: NotRequired[str]
    """The bucket's name where it is made anew (S3's rules for names); one of the engine's choice if not given."""
    hosting: NotRequired[str]
    """The hosting backend, by its key (`mtasts.providers.HOSTINGS`); S3 and CloudFront if not given."""


class KeptPolicies(Protocol):
    """What hosts and policy files need of the origin, which may have been made in another process."""

    @property
    def bucket(self) -> pulumi.Output[str]:
        """The bucket's name."""
        ...

    @property
    def kept(self) -> Origin:
        """What the backend made to keep them in."""
        ...

    @property
    def backend(self) -> HostingBackend:
        """What makes the web hosts and the policy files."""
        ...


class PolicyOrigin(pulumi.ComponentResource):
    """A private, versioned bucket, readable by CloudFront alone; a viewer-request function; response headers.

    The bucket is the ledger: each object version carries the id it was published under, so what was served, when and
    with which max_age can be read back (the safe time to retire a domain is computed from it, RFC 8461 s8.3).
    """

    bucket: pulumi.Output[str]
    """The bucket's name."""
    kept: Origin
    """What the backend made to keep them in."""
    backend: HostingBackend
    """What makes the origin, the web hosts and the policy files."""

    def __init__(
        self, name: str, args: Optional[PolicyOriginArgs] = None, opts: Optional[pulumi.ResourceOptions] = None
    ):
        if (args or {}).get("released", False):
            opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transformations=[_left_where_it_is]))
        super().__init__(names.ORIGIN_TYPE, name, {}, opts)
        retired = bool((args or {}).get("retired", False))
        self.backend = backend_of((args or {}).get("hosting", HOSTING.key))
        self.kept = self.backend.origin(self, name, retired=retired, called=(args or {}).get("called", ""))
        self.bucket = self.kept.bucket
        self.register_outputs({"bucket": self.bucket})


def _left_where_it_is(args: pulumi.ResourceTransformationArgs) -> Optional[pulumi.ResourceTransformationResult]:
    """The bucket is forgotten when it goes, whichever backend makes it."""
    if not args.name.endswith(names.BUCKET):
        return None
    kept = pulumi.ResourceOptions(protect=False, retain_on_delete=True)
    return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, kept))
