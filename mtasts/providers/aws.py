"""Facts that everything at AWS shares: where its credentials are, and its way of saying what went wrong."""

import re
from typing import Final

from mtasts.providers.provider import Credentials

CREDENTIALS: Final = Credentials(
    package="aws",
    variables=(
        ("AWS_ACCESS_KEY_ID",),
        ("AWS_PROFILE",),
        ("AWS_DEFAULT_PROFILE",),
        ("AWS_WEB_IDENTITY_TOKEN_FILE",),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI",),
    ),
    settings=frozenset({"aws:accessKey", "aws:profile", "aws:assumeRoles", "aws:assumeRoleWithWebIdentity"}),
    files=(("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"), ("AWS_CONFIG_FILE", ".aws/config")),
    machine="Amazon EC2",  # its role may give credentials; the vendor's name needs no network to read
    missing="no AWS credentials: not in the environment, no ~/.aws/credentials or config, none in the stack's settings",
    hint="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; to try it without any: --sandbox",
)
_ALIAS_PROOF: Final = re.compile(r"d[a-z0-9]{1,40}\.cloudfront\.net\.?", re.ASCII | re.IGNORECASE)
TOLD: Final = re.compile(r"api error (\w+): (.*)", re.DOTALL)


def api_error(*codes: str) -> str:
    """The pattern of one of these error codes, as the provider words it."""
    return rf"api error (?:{'|'.join(codes)})\b"


def is_alias_proof(text: str) -> bool:
    """Whether a TXT record is what CloudFront asks for before it moves a host name: a distribution's own name.

    For `mta-sts.DOMAIN` it stands at `_mta-sts.DOMAIN`. Senders discard it, as all that does not begin with
    `v=STSv1;` (RFC 8461 s3.1). Source: CloudFront Developer Guide, "Set up the target standard distribution".
    """
    return _ALIAS_PROOF.fullmatch(text) is not None
