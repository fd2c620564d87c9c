"""Trust policies: a pipeline may take a role, by a token that its forge signed (OpenID Connect)."""

from collections.abc import Sequence
from typing import Final

from mtasts.providers.rights.statement import Document

AUDIENCE: Final = "sts.amazonaws.com"
GITHUB: Final = "token.actions.githubusercontent.com"
GITLAB: Final = "gitlab.com"


def trust(account: str, issuer: str, subjects: Sequence[str], *, partition: str = "aws") -> Document:
    """The trust policy of a role: tokens of `issuer` (a host name, or one with a path) about one of `subjects`.

    A `*` in a subject is any text: only for roles that nothing can be changed with. Raises ValueError for no subject,
    or one that is nothing but wildcards, with which every repository of the forge could take the role.
    """
    if not subjects or any(not subject.strip("*?:") for subject in subjects):
        raise ValueError("a role is for a subject: repository, and environment or branch")
    audience = {f"{issuer}:aud": AUDIENCE}
    subject = {f"{issuer}:sub": list(subjects) if len(subjects) > 1 else subjects[0]}
    open_end = any("*" in each or "?" in each for each in subjects)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Pipeline",
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:{partition}:iam::{account}:oidc-provider/{issuer}"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": audience, "StringLike": subject}
                if open_end
                else {"StringEquals": audience | subject},
            }
        ],
    }
