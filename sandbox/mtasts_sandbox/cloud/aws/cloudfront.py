"""CloudFront: origin access controls, functions, response headers policies and distributions.

moto holds distributions, controls and functions, for those who ask its API; it has no live stage of a function and no
response headers policies, and judges nothing, so the documents here are what counts.
"""

import secrets
import string
from collections.abc import Collection, Mapping
from typing import Any

from moto.cloudfront.models import CloudFrontFunction, Distribution, OriginAccessControl, cloudfront_backends

from mtasts.policy.quotas import PER_ACCESS_CONTROL, PER_ACCOUNT, PER_FUNCTION, PER_HEADERS_POLICY
from mtasts_sandbox.cloud.aws import cloudfront_forms as forms
from mtasts_sandbox.cloud.aws.acm import ISSUED, Acm
from mtasts_sandbox.cloud.context import ACCOUNT, Context, now, stamp
from mtasts_sandbox.cloud.errors import ApiError
from mtasts_sandbox.store import Document
from mtasts_sandbox.world import Change

# The one hosted zone of all distributions' names (Route 53 API reference, AliasTarget).
HOSTED_ZONE = "Z2FDTNDATAQYW2"
# The managed policy CachingDisabled (CloudFront developer guide, "Use managed cache policies").
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

# Kind of thing -> the quota of distributions that share one, and what the API calls it.
_SHARED = {
    "oac": (PER_ACCESS_CONTROL, "origin access control"),
    "function": (PER_FUNCTION, "function"),
    "headers": (PER_HEADERS_POLICY, "response headers policy"),
}
_LETTERS = string.ascii_uppercase + string.digits


def new_id(prefix: str = "E") -> str:
    """An id as CloudFront gives them: E and 13 letters and digits."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(13))


class CloudFront:
    """Everything of CloudFront in the account, by id (functions by name)."""

    def __init__(self, context: Context, acm: Acm) -> None:
        self._context = context
        self._acm = acm
        self._moto = cloudfront_backends[ACCOUNT]["aws"]
        self._moto.reset()
        self.controls: dict[str, Document] = {}
        self.functions: dict[str, Document] = {}
        self.headers_policies: dict[str, Document] = {}
        self.distributions: dict[str, Document] = {}
        self._by_domain: dict[str, str] = {}
        self._by_alias: dict[str, str] = {}
        self._tables = {
            "oac": self.controls,
            "function": self.functions,
            "headers": self.headers_policies,
            "distribution": self.distributions,
        }
        for kind, table in self._tables.items():
            for key, document in context.store.load(kind):
                table[key] = {"account": ACCOUNT, **document} if kind == "distribution" else document
                self._index(kind, key)

    # What the edge and the DNS ask

    def by_domain(self, domain: str) -> Document | None:
        """The distribution with this own name."""
        return self.distributions.get(self._by_domain.get(domain, ""))

    def by_host(self, host: str) -> Document | None:
        """The distribution that has this host as an alias, or as its own name; the closest wildcard counts."""
        found = self._by_alias.get(host) or self._by_domain.get(host)
        above = host
        while found is None and above:
            above = above.partition(".")[2]
            found = self._by_alias.get(f"*.{above}")
        return self.distributions.get(found or "")

    def holder(self, alias: str) -> str | None:
        """The id of the distribution, of whatever account, that has exactly this alias; None when none has."""
        return self._by_alias.get(alias.lower())

    def own(self, id_: str) -> Document | None:
        """A distribution of this account; those of strangers are nobody's business here."""
        found = self.distributions.get(id_)
        return found if found is not None and found["account"] == ACCOUNT else None

    def domains(self) -> Collection[str]:
        """The own names of all distributions."""
        return self._by_domain.keys()

    def hosts(self) -> Collection[str]:
        """Every alias and own name of the enabled distributions."""
        return [
            host
            for distribution in self.distributions.values()
            if distribution["inputs"]["enabled"]
            for host in (*distribution["inputs"].get("aliases", []), distribution["domain"])
        ]

    # Changes

    def save(self, kind: str, key: str, document: Document) -> None:
        """Keep a new or changed document ("oac", "function", "headers" or "distribution")."""
        if kind == "distribution":
            self._forget_distribution(key)
        self._tables[kind][key] = document
        self._context.store.put(kind, key, document)
        self._index(kind, key)
        self._tell(kind, key)

    def drop(self, kind: str, key: str) -> None:
        """Forget one."""
        if kind == "distribution":
            self._forget_distribution(key)
        self._tell(kind, key)
        self._tables[kind].pop(key, None)
        self._context.store.drop(kind, key)
        for mirror in (self._moto.distributions, self._moto.origin_access_controls, self._moto.functions):
            mirror.pop(key, None)

    def users(self, kind: str, key: str) -> list[str]:
        """The distributions that use a control, function or headers policy."""
        return [id_ for id_, each in self.distributions.items() if key in _used(each["inputs"])[kind]]

    def refuse_in_use(self, kind: str, key: str, doing: str, operation: str, code: str) -> None:
        """Raises ApiError when a distribution uses it."""
        if users := self.users(kind, key):
            message = f"It is used by {len(users)} distribution(s), such as {users[0]}."
            raise ApiError(doing, f"CloudFront: {operation}", code, message, 409)

    def check(self, id_: str, inputs: Mapping[str, Any], doing: str, operation: str) -> None:
        """Raises ApiError for a distribution that CloudFront would refuse; `id_` is its own ("" for a new one)."""
        for code, message in self._problems(id_, inputs):
            raise ApiError(doing, f"CloudFront: {operation}", code, message, 409 if "Already" in code else 400)

    def _problems(self, id_: str, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
        aliases = [alias.lower() for alias in inputs.get("aliases", [])]
        quotas = self._context.quotas
        problems = []
        mine = sum(self.own(each) is not None for each in self.distributions)
        if not id_ and mine >= quotas.distributions[PER_ACCOUNT.setting]:
            message = "Processing your request will cause you to exceed the maximum number of distributions allowed."
            problems.append((PER_ACCOUNT.error, message))
        if len(aliases) > quotas.aliases_per_distribution:
            limit = quotas.aliases_per_distribution
            problems.append(
                ("TooManyDistributionCNAMEs", f"{len(aliases)} aliases; the limit is {limit} per distribution.")
            )
        for alias in aliases:
            owner = self._by_alias.get(alias)
            if owner not in (None, id_):
                message = "One or more of the CNAMEs you provided are already associated with a different resource."
                problems.append(("CNAMEAlreadyExists", message))
        problems += self._sharing_problems(id_, inputs)
        return problems + self._reference_problems(inputs) + self._certificate_problems(inputs, aliases)

    def _sharing_problems(self, id_: str, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
        """A control, function or headers policy that would have more distributions than the quota."""
        problems = []
        for kind, (quota, thing) in _SHARED.items():
            limit = self._context.quotas.distributions[quota.setting]
            for key in _used(inputs)[kind] - {""}:
                if len({*self.users(kind, key)} - {id_}) >= limit:
                    message = f"The maximum number of distributions have been associated with the specified {thing}."
                    problems.append((quota.error, message))
        return problems

    def _reference_problems(self, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
        behavior = inputs["defaultCacheBehavior"]
        problems = []
        origins = [origin["originId"] for origin in inputs["origins"]]
        if behavior["targetOriginId"] not in origins:
            problems.append(("NoSuchOrigin", f"One or more of your origins or origin groups do not exist: {origins}"))
        for origin in inputs["origins"]:
            control = origin.get("originAccessControlId")
            if control and control not in self.controls:
                problems.append(("NoSuchOriginAccessControl", f"The origin access control does not exist: {control}"))
        for association in behavior.get("functionAssociations", []):
            name = association["functionArn"].rpartition("/")[2]
            function = self.functions.get(name)
            if function is None or function["arn"] != association["functionArn"]:
                problems.append(("NoSuchFunctionExists", f"The function does not exist: {association['functionArn']}"))
            elif function["live"] is None:
                problems.append(
                    ("InvalidFunctionAssociation", f"The function {name} is not published to the LIVE stage.")
                )
        policy = behavior.get("responseHeadersPolicyId")
        if policy and policy not in self.headers_policies:
            problems.append(("NoSuchResponseHeadersPolicy", f"The response headers policy does not exist: {policy}"))
        return problems

    def _certificate_problems(self, inputs: Mapping[str, Any], aliases: list[str]) -> list[tuple[str, str]]:
        code = "InvalidViewerCertificate"
        arn = inputs["viewerCertificate"].get("acmCertificateArn")
        if arn is None:
            if aliases:
                message = (
                    "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted "
                    "certificate that validates your authorization to use the domain name."
                )
                return [(code, message)]
            return []
        certificate = self._acm.get(arn)
        if certificate is None or certificate["region"] != "us-east-1":
            message = "The specified SSL certificate doesn't exist, isn't in us-east-1 region, or isn't valid"
            return [(code, f"{message}: {arn}")]
        if certificate["status"] != ISSUED:
            return [(code, f"The specified SSL certificate isn't valid: its status is {certificate['status']}: {arn}")]
        uncovered = [alias for alias in aliases if not covered(alias, certificate["names"])]
        if uncovered:
            message = "The certificate that is attached to your distribution doesn't cover the alternate domain name"
            return [(code, f"{message} (CNAME) that you're trying to add: {', '.join(uncovered)}")]
        return []

    def _index(self, kind: str, key: str) -> None:
        document = self._tables[kind][key]
        match kind:
            case "oac":
                control = OriginAccessControl(forms.control(document["inputs"]))
                control.id, control.etag = key, document["etag"]
                self._moto.origin_access_controls[key] = control
            case "function":
                config = {"Comment": document.get("comment", ""), "Runtime": document["runtime"]}
                code = document["code"].encode()
                function = CloudFrontFunction(ACCOUNT, "us-east-1", key, config, code)
                function.etag, function.stage = document["etag"], "LIVE" if document["live"] else "DEVELOPMENT"
                function.status = "DEPLOYED" if document["live"] else "UNPUBLISHED"
                self._moto.functions[key] = function
            case "distribution":
                inputs = document["inputs"]
                self._by_domain[document["domain"]] = key
                for alias in inputs.get("aliases", []):
                    self._by_alias[alias.lower()] = key
                if self.own(key) is None:
                    return  # a stranger's: moto tells only of this account
                distribution = Distribution(ACCOUNT, "us-east-1", forms.distribution(document["caller"], inputs))
                distribution.id = distribution.distribution_id = key
                distribution.arn, distribution.domain_name = document["arn"], document["domain"]
                distribution.etag, distribution.last_modified_time = document["etag"], document["modified"]
                self._moto.distributions[key] = distribution

    def _forget_distribution(self, key: str) -> None:
        document = self.distributions.get(key)
        if document is not None:
            self._by_domain.pop(document["domain"], None)
            for alias in document["inputs"].get("aliases", []):
                self._by_alias.pop(alias.lower(), None)
                self._context.changed(Change("site", alias.lower()))

    def _tell(self, kind: str, key: str) -> None:
        touched = [key] if kind == "distribution" else self.users(kind, key)
        for id_ in touched:
            document = self.distributions[id_]
            for host in (*document["inputs"].get("aliases", []), document["domain"]):
                self._context.changed(Change("site", host.lower()))
        if kind == "distribution":
            for type_ in ("A", "AAAA"):
                self._context.changed(Change("record", self.distributions[key]["domain"], type_))


def new_distribution(inputs: Mapping[str, Any], account: str = ACCOUNT) -> tuple[str, Document]:
    """The id and document of a distribution not yet kept."""
    id_ = new_id()
    name = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(13))
    return id_, {
        "account": account,
        "arn": f"arn:aws:cloudfront::{account}:distribution/{id_}",
        "domain": f"d{name}.cloudfront.net",
        "caller": f"pulumi-{secrets.token_hex(13)}",
        **version_of(inputs),
    }


def version_of(inputs: Mapping[str, Any]) -> Document:
    """What every change of a distribution renews."""
    return {"etag": new_id(), "modified": stamp(now()), "inputs": dict(inputs)}


def _used(inputs: Mapping[str, Any]) -> dict[str, set[str]]:
    behavior = inputs["defaultCacheBehavior"]
    return {
        "oac": {origin.get("originAccessControlId", "") for origin in inputs["origins"]},
        "function": {each["functionArn"].rpartition("/")[2] for each in behavior.get("functionAssociations", [])},
        "headers": {behavior.get("responseHeadersPolicyId", "")},
        "distribution": set(),
    }


def covered(alias: str, names: Collection[str]) -> bool:
    """Does a certificate of these names cover an alias?"""
    # RFC 9525 s6.3: a wildcard stands for exactly one label.
    return alias in names or "*." + alias.partition(".")[2] in names
