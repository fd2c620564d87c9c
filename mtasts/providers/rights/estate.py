"""Names of what there is to have rights to: a project's buckets, zones and functions at AWS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# The tag of what a stack made and AWS gave an id: its distributions and certificates. The components set it.
TAG: Final = "mtasts:stack"


def stack_tag(project: str, stack: str) -> str:
    """The value of `TAG`: two projects of one account may have stacks of one name."""
    return f"{project}/{stack}"


@dataclass(frozen=True, slots=True)
class Estate:
    """What all stacks of a project share. `state`, `reports`: names of buckets; `store`: the folder of reports in it.

    `project`: the name in Pulumi.yaml, which is in the keys of the engine's state. `partition`: `aws`, `aws-cn`, ...
    """

    account: str
    project: str
    state: str
    reports: str
    store: str = "reports"
    probes: str = "probes.json"
    partition: str = "aws"

    def bucket(self, name: str, *keys: str) -> tuple[str, ...]:
        """ARNs of a bucket, or of keys in it."""
        arn = f"arn:{self.partition}:s3:::{name}"
        return tuple(f"{arn}/{key}" for key in keys) or (arn,)

    def cloudfront(self, kind: str, id_: str = "*") -> str:
        """The ARN of something at CloudFront."""
        return f"arn:{self.partition}:cloudfront::{self.account}:{kind}/{id_}"

    def certificates(self) -> str:
        """The ARN of every certificate where CloudFront looks for them."""
        return f"arn:{self.partition}:acm:us-east-1:{self.account}:certificate/*"

    def route53(self, *zones: str) -> tuple[str, ...]:
        """ARNs of hosted zones."""
        return tuple(f"arn:{self.partition}:route53:::hostedzone/{zone}" for zone in zones)


@dataclass(frozen=True, slots=True)
class StackEstate:
    """What is one stack's own. `zones`: ids at Route 53, or `*` for any.

    `bucket`, `function`: names of policy bucket and function; a function whose name is not known yet may end in `*`.
    """

    name: str
    zones: Sequence[str]
    bucket: str
    function: str
