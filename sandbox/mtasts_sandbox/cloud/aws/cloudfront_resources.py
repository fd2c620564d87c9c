"""The engine's CloudFront resources beside the distribution: access control, function, response headers."""

from mtasts_sandbox.cloud.aws.cloudfront import new_id
from mtasts_sandbox.cloud.context import ACCOUNT
from mtasts_sandbox.cloud.errors import ApiError
from mtasts_sandbox.cloud.fields import Failure, Field, flag, many, nested, number, required, text
from mtasts_sandbox.cloud.resource import Call, Properties, Resource

_ARN = f"arn:aws:cloudfront::{ACCOUNT}:"
_FUNCTION_LIMIT = 10_240  # bytes; CloudFront developer guide, "Quotas on CloudFront Functions"
_CONTROLS_LIMIT, _FUNCTIONS_LIMIT = 100, 100


class OriginAccessControl(Resource):
    """aws.cloudfront.OriginAccessControl."""

    type = "aws:cloudfront/originAccessControl:OriginAccessControl"
    fields = {  # noqa: RUF012
        "description": text(default="Managed by Pulumi"),
        "name": text(replaces=True),
        "originAccessControlOriginType": text("s3", required=True, replaces=True),
        "signingBehavior": text("always", "never", "no-override", required=True),
        "signingProtocol": text("sigv4", required=True),
    }
    computed = ("arn", "etag")
    volatile = ("etag",)
    auto_name = "name"

    async def create(self, call: Call, inputs: Properties) -> str:
        """One name, one control."""
        cloudfront, doing = call.cloud.cloudfront, f"creating CloudFront Origin Access Control ({inputs['name']})"
        operation = "CloudFront: CreateOriginAccessControl"
        if any(each["inputs"]["name"] == inputs["name"] for each in cloudfront.controls.values()):
            message = "An origin access control with this name already exists."
            raise ApiError(doing, operation, "OriginAccessControlAlreadyExists", message, 409)
        if len(cloudfront.controls) >= _CONTROLS_LIMIT:
            raise ApiError(doing, operation, "TooManyOriginAccessControls", f"The limit is {_CONTROLS_LIMIT}.")
        id_ = new_id()
        cloudfront.save("oac", id_, {"etag": new_id(), "inputs": inputs})
        return id_

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """ARN and version."""
        control = call.cloud.cloudfront.controls.get(id_)
        return control and {"arn": f"{_ARN}origin-access-control/{id_}", "etag": control["etag"]}

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """As it is kept."""
        return dict(call.cloud.cloudfront.controls[id_]["inputs"])

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """Description and signing."""
        call.cloud.cloudfront.save("oac", id_, {"etag": new_id(), "inputs": new})

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Refused while a distribution uses it."""
        if id_ in call.cloud.cloudfront.controls:
            doing = f"deleting CloudFront Origin Access Control ({id_})"
            operation, code = "DeleteOriginAccessControl", "OriginAccessControlInUse"
            call.cloud.cloudfront.refuse_in_use("oac", id_, doing, operation, code)
            call.cloud.cloudfront.drop("oac", id_)


class Function(Resource):
    """aws.cloudfront.Function: a development stage, and the live one that publishing makes equal to it."""

    type = "aws:cloudfront/function:Function"
    fields = {  # noqa: RUF012
        "code": text(required=True),
        "comment": text(),
        "name": text(replaces=True),
        "publish": flag(default=True),
        "runtime": text("cloudfront-js-1.0", "cloudfront-js-2.0", required=True),
    }
    computed = ("arn", "etag", "liveStageEtag", "status", "tagsAll")
    volatile = ("etag", "liveStageEtag", "status")
    auto_name = "name"

    async def create(self, call: Call, inputs: Properties) -> str:
        """One name, one function; 10 KB of code."""
        name = inputs["name"]
        doing, operation = f"creating CloudFront Function ({name})", "CloudFront: CreateFunction"
        functions = call.cloud.cloudfront.functions
        if name in functions:
            message = f"A function with the same name '{name}' already exists in this account."
            raise ApiError(doing, operation, "FunctionAlreadyExists", message, 409)
        if len(functions) >= _FUNCTIONS_LIMIT:
            raise ApiError(doing, operation, "TooManyFunctions", f"The limit is {_FUNCTIONS_LIMIT} functions.")
        self._save(call, inputs, doing, operation, None)
        return str(name)

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """ARN and the versions of both stages."""
        function = call.cloud.cloudfront.functions.get(id_)
        if function is None:
            return None
        live = function["live"]
        return {
            "arn": function["arn"],
            "etag": function["etag"],
            "liveStageEtag": function["live_etag"] if live is not None else "",
            "status": "UNASSOCIATED" if live == function["code"] else "UNPUBLISHED",
            "tagsAll": {},
        }

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """Code and configuration of the development stage."""
        function = call.cloud.cloudfront.functions[id_]
        return inputs | {
            "name": id_,
            "code": function["code"],
            "runtime": function["runtime"],
            **({"comment": function["comment"]} if function["comment"] else {}),
        }

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """New code, then published if asked."""
        doing = f"updating CloudFront Function ({id_})"
        self._save(call, new, doing, "CloudFront: UpdateFunction", call.cloud.cloudfront.functions[id_])

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Refused while a distribution uses it."""
        if id_ in call.cloud.cloudfront.functions:
            doing = f"deleting CloudFront Function ({id_})"
            call.cloud.cloudfront.refuse_in_use("function", id_, doing, "DeleteFunction", "FunctionInUse")
            call.cloud.cloudfront.drop("function", id_)

    def _save(self, call: Call, inputs: Properties, doing: str, operation: str, before: Properties | None) -> None:
        size = len(inputs["code"].encode())
        if size > _FUNCTION_LIMIT:
            message = f"{size} bytes of code; the limit is {_FUNCTION_LIMIT}."
            raise ApiError(doing, operation, "FunctionSizeLimitExceeded", message, 413)
        name, publish = inputs["name"], inputs.get("publish", True)
        document = {
            "arn": f"{_ARN}function/{name}",
            "code": inputs["code"],
            "runtime": inputs["runtime"],
            "comment": inputs.get("comment", ""),
            "etag": new_id(),
            "live": inputs["code"] if publish else (before and before["live"]),
            "live_etag": new_id() if publish else (before and before["live_etag"]),
        }
        call.cloud.cloudfront.save("function", name, document)


def _switch() -> Field:
    return flag(required=True)


class ResponseHeadersPolicy(Resource):
    """aws.cloudfront.ResponseHeadersPolicy with security headers and custom headers (no CORS, no removal)."""

    type = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
    fields = {  # noqa: RUF012
        "comment": text(),
        "customHeadersConfig": nested(
            items=many(1, 10, header=text(required=True), override=_switch(), value=text(required=True))
        ),
        "name": text(replaces=True),
        "securityHeadersConfig": nested(
            contentSecurityPolicy=nested(contentSecurityPolicy=text(required=True), override=_switch()),
            contentTypeOptions=nested(override=_switch()),
            frameOptions=nested(frameOption=text("DENY", "SAMEORIGIN", required=True), override=_switch()),
            referrerPolicy=nested(referrerPolicy=text(required=True), override=_switch()),
            strictTransportSecurity=nested(
                accessControlMaxAgeSec=required(number(0, 2**31 - 1)),
                includeSubdomains=flag(),
                override=_switch(),
                preload=flag(),
            ),
            xssProtection=nested(modeBlock=flag(), override=_switch(), protection=_switch(), reportUri=text()),
        ),
    }
    computed = ("arn", "etag")
    volatile = ("etag",)
    auto_name = "name"

    def check(self, inputs: Properties) -> list[Failure]:
        """CloudFront refuses an empty policy."""
        if inputs.get("securityHeadersConfig") or inputs.get("customHeadersConfig"):
            return []
        return [Failure("securityHeadersConfig", "a response headers policy must set at least one header")]

    async def create(self, call: Call, inputs: Properties) -> str:
        """One name, one policy; 20 of them."""
        policies, name = call.cloud.cloudfront.headers_policies, inputs["name"]
        doing = f"creating CloudFront Response Headers Policy ({name})"
        operation = "CloudFront: CreateResponseHeadersPolicy"
        if any(each["inputs"]["name"] == name for each in policies.values()):
            message = "A response headers policy with this name already exists."
            raise ApiError(doing, operation, "ResponseHeadersPolicyAlreadyExists", message, 409)
        limit = call.cloud.context.quotas.response_headers_policies
        if len(policies) >= limit:
            raise ApiError(doing, operation, "TooManyResponseHeadersPolicies", f"The limit is {limit} policies.")
        id_ = new_id("")
        call.cloud.cloudfront.save("headers", id_, {"etag": new_id(), "inputs": inputs})
        return id_

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """ARN and version."""
        policy = call.cloud.cloudfront.headers_policies.get(id_)
        return policy and {"arn": f"{_ARN}response-headers-policy/{id_}", "etag": policy["etag"]}

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """As it is kept."""
        return dict(call.cloud.cloudfront.headers_policies[id_]["inputs"])

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """At once for every distribution that uses it."""
        call.cloud.cloudfront.save("headers", id_, {"etag": new_id(), "inputs": new})

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Refused while a distribution uses it."""
        if id_ in call.cloud.cloudfront.headers_policies:
            doing = f"deleting CloudFront Response Headers Policy ({id_})"
            operation, code = "DeleteResponseHeadersPolicy", "ResponseHeadersPolicyInUse"
            call.cloud.cloudfront.refuse_in_use("headers", id_, doing, operation, code)
            call.cloud.cloudfront.drop("headers", id_)


RESOURCES: tuple[type[Resource], ...] = (OriginAccessControl, Function, ResponseHeadersPolicy)
