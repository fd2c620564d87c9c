"""IAM on moto: roles with their own policies, and identity providers, kept across restarts.

Nothing in the sandbox asks whether a caller may do what it does; what a policy allows is judged elsewhere.
"""

from collections.abc import Mapping
from datetime import datetime

from moto.core.exceptions import ServiceException
from moto.iam.models import IAMBackend, OpenIDConnectProvider, Role, iam_backends

from mtasts_sandbox.cloud.context import ACCOUNT, Context
from mtasts_sandbox.cloud.errors import ApiError
from mtasts_sandbox.store import Document

LONGEST_SESSION = 43_200  # seconds; IAM API reference, CreateRole
_INLINE = 10_240  # characters of all policies in a role (IAM user guide, "IAM and AWS STS quotas")


class Iam:
    """The roles and identity providers of the account."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._moto: IAMBackend = iam_backends[ACCOUNT]["aws"]
        self._moto.roles.clear()
        self._moto.open_id_providers.clear()
        for _, document in context.store.load("role"):
            self._restore_role(document)
        for _, document in context.store.load("identity provider"):
            self._restore_provider(document)

    # Roles

    def role(self, name: str) -> Role | None:
        """The role, as moto has it."""
        return next((role for role in self._moto.roles.values() if role.name == name), None)

    def create_role(self, name: str, trust: str, settings: Mapping[str, object], tags: Mapping[str, str]) -> None:
        """Raises ApiError for a name that is taken, or a trust policy that is none."""
        doing, operation = f"creating IAM Role ({name})", "IAM: CreateRole"
        if self.role(name):
            message = f"Role with name {name} already exists."
            raise ApiError(doing, operation, "EntityAlreadyExists", message, 409)
        try:
            role = self._moto.create_role(name, trust, "/", None, "", _tag_list(tags), None)
        except ServiceException as error:
            raise ApiError(doing, operation, "MalformedPolicyDocument", error.message) from error
        _set(role, settings)
        self.save_role(name)

    def update_role(self, name: str, trust: str, settings: Mapping[str, object], tags: Mapping[str, str]) -> None:
        """Trust policy, description, longest session, tags."""
        role = self.required_role(name, f"updating IAM Role ({name})", "UpdateRole")
        role.assume_role_policy_document = trust
        role.tags = _tag_list(tags)
        _set(role, settings)
        self.save_role(name)

    def delete_role(self, name: str) -> None:
        """Raises ApiError while it has policies."""
        role = self.role(name)
        if role is None:
            return
        if role.policies or role.managed_policies:
            message = "Cannot delete entity, must delete policies first."
            raise ApiError(f"deleting IAM Role ({name})", "IAM: DeleteRole", "DeleteConflict", message, 409)
        self._moto.delete_role(name)
        self._context.store.drop("role", name)

    def put_policy(self, role_name: str, name: str, policy: str) -> None:
        """Raises ApiError for a role that is not there, and for more text than a role may have."""
        doing, operation = f"putting IAM Role ({role_name}) Policy ({name})", "PutRolePolicy"
        role = self.required_role(role_name, doing, operation)
        size = sum(len(_packed(each)) for key, each in role.policies.items() if key != name) + len(_packed(policy))
        if size > _INLINE:
            message = f"Maximum policy size of {_INLINE} bytes exceeded for role {role_name}"
            raise ApiError(doing, f"IAM: {operation}", "LimitExceeded", message, 409)
        try:
            self._moto.put_role_policy(role_name, name, policy)
        except ServiceException as error:
            raise ApiError(doing, f"IAM: {operation}", "MalformedPolicyDocument", error.message) from error
        self.save_role(role_name)

    def delete_policy(self, role_name: str, name: str) -> None:
        """One that is gone is fine."""
        role = self.role(role_name)
        if role and role.policies.pop(name, None) is not None:
            self.save_role(role_name)

    def save_role(self, name: str) -> None:
        """Keep the role as moto now has it."""
        role = self.required_role(name, f"reading IAM Role ({name})", "GetRole")
        document: Document = {
            "name": name,
            "id": role.id,
            "created": role.create_date.isoformat(),
            "trust": role.assume_role_policy_document,
            "policies": dict(role.policies),
            "description": role.description,
            "session": role.max_session_duration,
            "tags": list(role.tags or []),
        }
        self._context.store.put("role", name, document)

    # Identity providers

    def provider(self, arn: str) -> OpenIDConnectProvider | None:
        """The identity provider with this ARN."""
        return self._moto.open_id_providers.get(arn)

    def required_provider(self, arn: str) -> OpenIDConnectProvider:
        """The same. Raises KeyError for one that is not there."""
        return self._moto.open_id_providers[arn]

    def create_provider(self, url: str, clients: list[str], thumbprints: list[str], tags: Mapping[str, str]) -> str:
        """Gives the ARN. Raises ApiError for one that is there: an account has one of each URL."""
        doing, operation = "creating IAM OIDC Provider", "IAM: CreateOpenIDConnectProvider"
        try:
            made = self._moto.create_open_id_connect_provider(url, thumbprints, clients, _tag_list(tags))
        except ServiceException as error:
            raise ApiError(doing, operation, error.code, error.message, 409) from error
        self.save_provider(made.arn)
        return str(made.arn)

    def update_provider(self, arn: str, clients: list[str], thumbprints: list[str], tags: Mapping[str, str]) -> None:
        """Audiences, thumbprints and tags."""
        found = self._moto.open_id_providers[arn]
        found.client_id_list, found.thumbprint_list = clients, thumbprints
        found.tags = self._moto._tag_verification(_tag_list(tags))
        self.save_provider(arn)

    def delete_provider(self, arn: str) -> None:
        """One that is gone is fine."""
        if self._moto.open_id_providers.pop(arn, None) is not None:
            self._context.store.drop("identity provider", arn)

    def save_provider(self, arn: str) -> None:
        """Keep it as moto now has it."""
        found = self._moto.open_id_providers[arn]
        document: Document = {
            "url": found.url,
            "clients": list(found.client_id_list),
            "thumbprints": list(found.thumbprint_list),
            "tags": found.tag_list_type,
            "created": found.create_date.isoformat(),
        }
        self._context.store.put("identity provider", arn, document)

    # Changes made through moto's own API, beside the provider

    def absorb(self) -> None:
        """Keep whatever was changed in moto by others than this class (its HTTP API)."""
        roles = {role.name for role in self._moto.roles.values()}
        for name, _ in list(self._context.store.load("role")):
            if name not in roles:
                self._context.store.drop("role", name)
        for name in roles:
            self.save_role(name)
        for arn, _ in list(self._context.store.load("identity provider")):
            if arn not in self._moto.open_id_providers:
                self._context.store.drop("identity provider", arn)
        for arn in self._moto.open_id_providers:
            self.save_provider(arn)

    def required_role(self, name: str, doing: str, operation: str) -> Role:
        """The role. Raises ApiError NoSuchEntity."""
        role = self.role(name)
        if role is None:
            message = f"The role with name {name} cannot be found."
            raise ApiError(doing, f"IAM: {operation}", "NoSuchEntity", message, 404)
        return role

    def _restore_role(self, document: Document) -> None:
        role = Role(  # type: ignore[abstract]  # as moto itself makes them
            ACCOUNT,
            "aws",
            document["id"],
            document["name"],
            document["trust"],
            "/",
            None,
            document["description"],
            document["tags"],
            document["session"],
        )
        role.create_date = datetime.fromisoformat(document["created"])
        role.policies.update(document["policies"])
        self._moto.roles[role.id] = role

    def _restore_provider(self, document: Document) -> None:
        tags = self._moto._tag_verification(document["tags"])
        url, clients, thumbprints = f"https://{document['url']}", document["clients"], document["thumbprints"]
        found = OpenIDConnectProvider(ACCOUNT, "us-east-1", url, thumbprints, clients, tags)
        found.create_date = datetime.fromisoformat(document["created"])
        self._moto.open_id_providers[found.arn] = found


def _set(role: Role, settings: Mapping[str, object]) -> None:
    role.description = str(settings.get("description", ""))
    role.max_session_duration = str(settings.get("maxSessionDuration", 3600))


def _packed(policy: str) -> str:
    """IAM does not count white space."""
    return "".join(policy.split())


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
