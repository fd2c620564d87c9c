"""Foundation under the stacks of a project: buckets for state and reports, an identity provider, a role a pipeline."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, Optional, TypedDict

import pulumi
from pulumi_aws import iam, s3

from mtasts.policy.published_names import BUCKET, OURS
from mtasts.providers.rights import Document
from mtasts.providers.rights.trust import AUDIENCE

TYPE = f"{OURS}Foundation"
PROVIDER = "identity-provider"


class RoleArgs(TypedDict):
    """One role."""

    name: str
    trust: Document
    """Who may take it."""
    policies: Mapping[str, Document]
    """What it may do, by the policy's name in the role."""


class FoundationArgs(TypedDict):
    """What stands before any stack is published."""

    project: str
    """The project's name, by which roles and buckets are told from others'."""
    state: str
    """The name of the bucket with the engine's state. It is there already: this stack's own state is in it."""
    reports: str
    """The name of the bucket with reports and probes."""
    roles: Sequence[RoleArgs]
    issuer: NotRequired[str]
    """The forge that signs tokens, a host name with an optional path. Without it the roles trust what others made."""
    audiences: NotRequired[Sequence[str]]
    """What the forge's tokens are for beside our own audience: those of others that use the same provider."""
    taken: NotRequired[Mapping[str, str]]
    """What is there and was not made by this stack: the import id by the resource's name. It stays when this goes."""


class Foundation(pulumi.ComponentResource):
    """Two private, versioned buckets; the forge's identity provider; the roles with the policies within them.

    What others made is taken over as it is but for what this needs, and is left where it is at the end. So are the
    buckets: `mtasts setup --undo` empties and deletes those that it made.
    """

    roles: Mapping[str, pulumi.Output[str]]
    """The ARN of each role, by its name."""

    def __init__(self, name: str, args: FoundationArgs, opts: Optional[pulumi.ResourceOptions] = None):
        super().__init__(TYPE, name, {}, opts)
        self._taken = args.get("taken", {})
        self._bucket("state", args["state"])
        self._bucket("reports", args["reports"])
        if "issuer" in args:
            iam.OpenIdConnectProvider(
                PROVIDER,
                url=f"https://{args['issuer']}",
                client_id_lists=sorted({AUDIENCE, *args.get("audiences", ())}),
                opts=self._options(PROVIDER, ["thumbprintLists", "tags"]),
            )
        self.roles = {role["name"]: self._role(role, args["project"]) for role in args["roles"]}
        self.register_outputs({"roles": self.roles})

    def _bucket(self, name: str, called: str) -> None:
        bucket = s3.Bucket(
            f"{name}{BUCKET}",
            bucket=called,
            force_destroy=False,
            opts=self._options(f"{name}{BUCKET}", ["tags"], stays=True),
        )
        stays = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        s3.BucketVersioning(
            f"{name}-versions",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=stays,
        )
        s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=stays,
        )

    def _role(self, role: RoleArgs, project: str) -> pulumi.Output[str]:
        resource = f"role-{role['name']}"
        made = iam.Role(
            resource,
            name=role["name"],
            description=f"Pipelines of {project}: {', '.join(role['policies'])}",
            assume_role_policy=json.dumps(role["trust"]),
            opts=self._options(resource, ["description", "maxSessionDuration", "tags"]),
        )
        for policy, document in role["policies"].items():
            iam.RolePolicy(
                f"{resource}-{policy}",
                name=policy,
                role=made.name,
                policy=json.dumps(document),
                opts=self._options(f"{resource}-{policy}", [], parent=made),
            )
        arn: pulumi.Output[str] = made.arn
        return arn

    def _options(
        self, resource: str, theirs: Sequence[str], *, stays: bool = False, parent: Optional[pulumi.Resource] = None
    ) -> pulumi.ResourceOptions:
        """`theirs`: properties of what others made that are left as they are."""
        taken = self._taken.get(resource)
        return pulumi.ResourceOptions(
            parent=parent or self,
            import_=taken,
            retain_on_delete=stays or taken is not None,
            ignore_changes=list(theirs) if taken is not None else None,
        )


def program(args: FoundationArgs) -> Any:
    """The program of the stack `foundation`."""

    def make() -> None:
        made = Foundation("foundation", args)
        for name, arn in made.roles.items():
            pulumi.export(name, arn)

    return make
