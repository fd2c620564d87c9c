"""Moving an alias from one CloudFront distribution to another, and telling who holds one.

Rules and words: docs/decisions/adopt.md, "An alias that another distribution holds", with their sources.
"""

from collections.abc import Mapping

from mtasts_sandbox.cloud.aws.acm import ISSUED, Acm
from mtasts_sandbox.cloud.aws.cloudfront import CloudFront, covered, version_of
from mtasts_sandbox.cloud.context import ACCOUNT, Context
from mtasts_sandbox.cloud.errors import ApiError
from mtasts_sandbox.store import Document

_ACCOUNT_SHOWN, _ID_SHOWN = 6, 7  # how many of the last characters AWS does not hide


class Aliases:
    """What CloudFront's API does with aliases; it changes nothing where it raises ApiError."""

    def __init__(self, context: Context, cloudfront: CloudFront, acm: Acm) -> None:
        self._context = context
        self._cloudfront = cloudfront
        self._acm = acm

    def associate(self, alias: str, target_id: str) -> None:
        """AssociateAlias: take the alias from whoever has it and give it to a distribution of this account."""
        alias = alias.lower()
        target = self._own(target_id, "AssociateAlias")
        if alias in _aliases(target):
            return
        if not target["inputs"]["enabled"]:
            raise _illegal("The target distribution is not enabled.")
        if not self._covers(target, alias):
            raise _illegal("The certificate of the target distribution does not cover the alias.")
        if not any(text.rstrip(".").lower() == target["domain"] for text in self._context.txt(f"_{alias}")):
            raise _illegal("Invalid or missing alias DNS TXT records.")
        if len(_aliases(target)) >= self._context.quotas.aliases_per_distribution:
            message = "Your request contains more CNAMEs than are allowed per distribution."
            raise ApiError("", "CloudFront: AssociateAlias", "TooManyDistributionCNAMEs", message)
        source_id = self._cloudfront.holder(alias)
        if source_id is not None:
            source = self._cloudfront.distributions[source_id]
            if source["inputs"]["enabled"] and source["account"] != ACCOUNT:
                raise _illegal("Alias move is not allowed since the source distribution is enabled.")
            self._give(source_id, [each for each in _aliases(source) if each != alias])
        self._give(target_id, [*_aliases(target), alias])

    def conflicting(self, alias: str, distribution_id: str) -> list[dict[str, str]]:
        """ListConflictingAliases: who else holds the alias or one that overlaps; ids are hidden in part."""
        alias = alias.lower()
        asking = self._own(distribution_id, "ListConflictingAliases")
        if not self._covers(asking, alias):
            message = "The certificate of the distribution does not cover the alias."
            raise ApiError("", "CloudFront: ListConflictingAliases", "InvalidArgument", message)
        return [
            {"Alias": each, "DistributionId": _hidden(id_, _ID_SHOWN), "AccountId": _hidden(account, _ACCOUNT_SHOWN)}
            for id_, distribution in self._cloudfront.distributions.items()
            for each in _aliases(distribution)
            if id_ != distribution_id and _overlap(each, alias)
            for account in [distribution["account"]]
        ]

    def update(self, distribution_id: str, etag: str, aliases: list[str], *, enabled: bool) -> None:
        """UpdateDistribution, of aliases and of whether it is enabled."""
        distribution = self._own(distribution_id, "UpdateDistribution")
        if etag != distribution["etag"]:
            message = "The If-Match version is missing or not valid for the resource."
            raise ApiError("", "CloudFront: UpdateDistribution", "InvalidIfMatchVersion", message)
        inputs = distribution["inputs"] | {"aliases": [alias.lower() for alias in aliases], "enabled": enabled}
        self._cloudfront.check(distribution_id, inputs, "", "UpdateDistribution")
        self._cloudfront.save("distribution", distribution_id, distribution | version_of(inputs))

    def _own(self, id_: str, operation: str) -> Document:
        distribution = self._cloudfront.own(id_)
        if distribution is None:
            message = "The specified distribution does not exist."
            raise ApiError("", f"CloudFront: {operation}", "NoSuchDistribution", message, 404)
        return distribution

    def _covers(self, distribution: Document, alias: str) -> bool:
        certificate = self._acm.get(distribution["inputs"]["viewerCertificate"].get("acmCertificateArn", ""))
        return certificate is not None and certificate["status"] == ISSUED and covered(alias, certificate["names"])

    def _give(self, id_: str, aliases: list[str]) -> None:
        distribution = self._cloudfront.distributions[id_]
        inputs = distribution["inputs"] | {"aliases": aliases}
        self._cloudfront.save("distribution", id_, distribution | version_of(inputs))


def _illegal(message: str) -> ApiError:
    return ApiError("", "CloudFront: AssociateAlias", "IllegalUpdate", message)


def _aliases(distribution: Mapping[str, Mapping[str, list[str]]]) -> list[str]:
    return [alias.lower() for alias in distribution["inputs"].get("aliases", [])]


def _overlap(one: str, other: str) -> bool:
    """Are they the same, or is one a wildcard over the other?"""
    return one == other or any(
        wide.startswith("*.") and narrow.endswith(wide[1:]) for wide, narrow in ((one, other), (other, one))
    )


def _hidden(id_: str, shown: int) -> str:
    return "*" * (len(id_) - shown) + id_[-shown:]
