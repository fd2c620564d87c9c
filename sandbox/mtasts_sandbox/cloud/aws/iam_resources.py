"""The engine's IAM roles, the policies in them, and identity providers (OpenID Connect)."""

import json
from typing import Any

from mtasts_sandbox.cloud.aws.iam import LONGEST_SESSION
from mtasts_sandbox.cloud.fields import number, strings, text, texts
from mtasts_sandbox.cloud.resource import Call, Properties, Resource

_DEFAULT_SESSION = 3600


class Role(Resource):
    """aws.iam.Role, without managed policies, a path or a boundary."""

    type = "aws:iam/role:Role"
    fields = {  # noqa: RUF012 - a table, never changed
        "assumeRolePolicy": text(required=True),
        "description": text(),
        "maxSessionDuration": number(_DEFAULT_SESSION, LONGEST_SESSION, default=_DEFAULT_SESSION),
        "name": text(replaces=True),
        "tags": strings(),
    }
    computed = ("arn", "createDate", "tagsAll", "uniqueId")
    auto_name = "name"

    def normal(self, inputs: Properties) -> Properties:
        """Policies that say the same are the same."""
        return inputs | {"assumeRolePolicy": _spelt(inputs.get("assumeRolePolicy"))}

    async def create(self, call: Call, inputs: Properties) -> str:
        """One name, one role."""
        call.cloud.iam.create_role(inputs["name"], inputs["assumeRolePolicy"], inputs, inputs.get("tags", {}))
        return str(inputs["name"])

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """ARN and numbers."""
        role = call.cloud.iam.role(id_)
        if role is None:
            return None
        return {
            "arn": role.arn,
            "createDate": role.create_date.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tagsAll": _tags(role.tags),
            "uniqueId": role.id,
        }

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """As it is; a trust policy that says the same is left as the program wrote it."""
        role = call.cloud.iam.required_role(id_, f"reading IAM Role ({id_})", "GetRole")
        tags = _tags(role.tags)
        return {
            **inputs,
            "name": id_,
            "assumeRolePolicy": _as_written(inputs.get("assumeRolePolicy"), role.assume_role_policy_document),
            "maxSessionDuration": int(role.max_session_duration or _DEFAULT_SESSION),
            **({"description": role.description} if role.description or "description" in inputs else {}),
            **({"tags": tags} if tags or "tags" in inputs else {}),
        }

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """All but its name."""
        call.cloud.iam.update_role(id_, new["assumeRolePolicy"], new, new.get("tags", {}))

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Refused while it has policies."""
        call.cloud.iam.delete_role(id_)


class RolePolicy(Resource):
    """aws.iam.RolePolicy: a policy within a role; its id is `ROLE:NAME`."""

    type = "aws:iam/rolePolicy:RolePolicy"
    fields = {  # noqa: RUF012
        "name": text(replaces=True),
        "policy": text(required=True),
        "role": text(required=True, replaces=True),
    }
    auto_name = "name"
    auto_name_limit = 128

    def normal(self, inputs: Properties) -> Properties:
        """Policies that say the same are the same."""
        return inputs | {"policy": _spelt(inputs.get("policy"))}

    async def create(self, call: Call, inputs: Properties) -> str:
        """Put it; one that is there is overwritten, as AWS does."""
        call.cloud.iam.put_policy(inputs["role"], inputs["name"], inputs["policy"])
        return f"{inputs['role']}:{inputs['name']}"

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """Nothing beside the inputs."""
        return None if _policy(call, id_) is None else {}

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """As it is; one that says the same is left as the program wrote it."""
        role, _, name = id_.partition(":")
        return {"role": role, "name": name, "policy": _as_written(inputs.get("policy"), str(_policy(call, id_)))}

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """Put it again."""
        call.cloud.iam.put_policy(new["role"], new["name"], new["policy"])

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Take it out of the role."""
        role, _, name = id_.partition(":")
        call.cloud.iam.delete_policy(role, name)


class OpenIdConnectProvider(Resource):
    """aws.iam.OpenIdConnectProvider; its id is its ARN."""

    type = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    fields = {  # noqa: RUF012
        "clientIdLists": texts(required=True),
        "tags": strings(),
        "thumbprintLists": texts(ordered=True),
        "url": text(required=True, replaces=True),
    }
    computed = ("arn", "tagsAll")

    def normal(self, inputs: Properties) -> Properties:
        """The scheme is no part of what it is kept by; AWS finds out the thumbprints that are not given."""
        return {name: value for name, value in inputs.items() if name != "thumbprintLists"} | {
            "url": _without_scheme(inputs.get("url"))
        }

    async def create(self, call: Call, inputs: Properties) -> str:
        """One URL, one provider."""
        thumbprints = inputs.get("thumbprintLists", [])
        return call.cloud.iam.create_provider(
            inputs["url"], inputs["clientIdLists"], thumbprints, inputs.get("tags", {})
        )

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN."""
        found = call.cloud.iam.provider(id_)
        return {"arn": id_, "tagsAll": _tags(found.tag_list_type)} if found else None

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """As it is."""
        found = call.cloud.iam.required_provider(id_)
        tags = _tags(found.tag_list_type)
        return {
            "url": inputs.get("url") or found.url,
            "clientIdLists": list(found.client_id_list),
            "thumbprintLists": list(found.thumbprint_list),
            **({"tags": tags} if tags or "tags" in inputs else {}),
        }

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """Audiences and tags."""
        thumbprints = new.get("thumbprintLists", [])
        call.cloud.iam.update_provider(id_, new["clientIdLists"], thumbprints, new.get("tags", {}))

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Roles that trust it stay, and nobody can take them."""
        call.cloud.iam.delete_provider(id_)


def _policy(call: Call, id_: str) -> str | None:
    role, _, name = id_.partition(":")
    found = call.cloud.iam.role(role)
    return found.policies.get(name) if found else None


def _tags(pairs: Any) -> dict[str, str]:
    return {pair["Key"]: pair["Value"] for pair in pairs or ()}


def _spelt(policy: Any) -> Any:
    try:
        return json.dumps(json.loads(policy), sort_keys=True)
    except (TypeError, ValueError):
        return policy  # not known yet, or none


def _as_written(ours: Any, theirs: str) -> str:
    return ours if isinstance(ours, str) and _spelt(ours) == _spelt(theirs) else theirs


def _without_scheme(url: Any) -> Any:
    return url.removeprefix("https://") if isinstance(url, str) else url


RESOURCES: tuple[type[Resource], ...] = (Role, RolePolicy, OpenIdConnectProvider)
