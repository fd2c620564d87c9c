"""ACM on moto: certificates of the sandbox's own authority, issued once their DNS validation records are there and if
CAA lets Amazon.

A certificate is made when it is requested, as moto does, but nobody is shown it before it is validated.
"""

import hashlib
import uuid
from datetime import datetime
from typing import Any

from cryptography import x509
from moto.acm.models import CertBundle, acm_backends

from mtasts.verify.caa import AMAZON, issuing
from mtasts_sandbox.cloud.context import ACCOUNT, Context, now
from mtasts_sandbox.cloud.errors import ApiError
from mtasts_sandbox.store import Document
from mtasts_sandbox.world import Change

PENDING, ISSUED, FAILED = "PENDING_VALIDATION", "ISSUED", "FAILED"
CAA_ERROR = "CAA_ERROR"
# ACM user guide, "Managed certificate renewal": 198 days since 2026; the sandbox's CA does not renew.
_LIFE_DAYS = 198


def validation_record(name: str) -> tuple[str, str]:
    """The CNAME that proves control of `name`, as (name, value), both ending in a dot.

    ACM gives the same record for the same name in one account each time, and for `*.name` the one of `name`.
    """
    base = name.removeprefix("*.").lower()
    left = hashlib.sha256(f"{ACCOUNT}/{base}/name".encode()).hexdigest()
    right = hashlib.sha256(f"{ACCOUNT}/{base}/value".encode()).hexdigest()
    zone = hashlib.sha256(base.encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))[:10]
    return f"_{left[:32]}.{base}.", f"_{right[:32]}.{zone}.acm-validations.aws."


class _Certificate(CertBundle):
    """moto's certificate, with our validation records, and issued only by our validation."""

    def check(self) -> None:
        """moto would call it issued after a minute."""

    def describe(self) -> dict[str, Any]:
        """As the API tells it."""
        described: dict[str, Any] = super().describe()
        for option in described["Certificate"].get("DomainValidationOptions", []):
            name, value = validation_record(option["DomainName"])
            option["ResourceRecord"] = {"Name": name, "Type": "CNAME", "Value": value}
        if self.status == FAILED:
            described["Certificate"]["FailureReason"] = CAA_ERROR
        if self.status != ISSUED:
            described["Certificate"].pop("IssuedAt", None)
        return described


class Acm:
    """All certificates of the account, by ARN."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._certificates: dict[str, Document] = {}
        for region in list(acm_backends[ACCOUNT]):
            acm_backends[ACCOUNT][region]._certificates.clear()
        for arn, document in context.store.load("certificate"):
            self._certificates[arn] = document
            self._mirror(arn)

    def get(self, arn: str) -> Document | None:
        """names, status, chain, key, issued (or None), tags, region."""
        return self._certificates.get(arn)

    def count(self) -> int:
        """How many certificates there are."""
        return len(self._certificates)

    def request(self, names: list[str], region: str, tags: dict[str, str], algorithm: str) -> str:
        """Ask for a certificate; gives the ARN. Raises ApiError for a name ACM refuses or too many."""
        doing, operation = f"requesting ACM Certificate ({names[0]})", "ACM: RequestCertificate"
        limit = self._context.quotas.names_per_certificate
        if len(names) > limit:
            raise ApiError(
                doing,
                operation,
                "LimitExceededException",
                f"The number of domain names ({len(names)}) exceeds the limit of {limit} for a certificate.",
            )
        for name in names:
            if len(name) > 253 or any(not 0 < len(label) < 64 for label in name.split(".")) or "." not in name:
                raise ApiError(doing, operation, "ValidationException", f"The domain name {name!r} is not valid.")
        # RFC 5280 ub-common-name: ACM takes the first name as the common name.
        if len(names[0]) > 64:
            message = "The first domain name can have no more than 64 characters."
            raise ApiError(doing, operation, "InvalidDomainValidationOptionsException", message)
        chain, key = self._context.issuer.issue(names, days=_LIFE_DAYS)
        arn = f"arn:aws:acm:{region}:{ACCOUNT}:certificate/{uuid.uuid4()}"
        self._save(
            arn,
            {
                "names": names,
                "region": region,
                "status": PENDING,
                "chain": chain,
                "key": key,
                "algorithm": algorithm,
                "created": now().isoformat(),
                "issued": None,
                "tags": tags,
                "in_use_by": [],
            },
        )
        return arn

    def validate(self, arn: str) -> list[tuple[str, str]]:
        """End it if its records are in DNS, gives those that are still missing: it is issued, or fails for CAA.

        A certificate that failed stays so (ACM user guide, "Troubleshoot CAA problems": request a new one).
        """
        certificate = self._certificates[arn]
        if certificate["status"] in (ISSUED, FAILED):
            return []
        missing = []
        for record, value in dict(map(validation_record, certificate["names"])).items():
            found = self._context.cname(record.rstrip("."))
            if found is None or found.rstrip(".").lower() != value.rstrip("."):
                missing.append((record, value))
        if not missing and not all(map(self._may_issue, certificate["names"])):
            self._save(arn, certificate | {"status": FAILED})
        elif not missing:
            self._save(arn, certificate | {"status": ISSUED, "issued": now().isoformat()})
            for name in certificate["names"]:
                self._context.changed(Change("site", name))
        return missing

    def _may_issue(self, name: str) -> bool:
        """RFC 8659 s3: the first CAA RRset found climbing from the name decides; `issuewild` for a wildcard, if any."""
        labels = name.removeprefix("*.").split(".")
        climb = (self._context.caa(".".join(labels[start:])) for start in range(len(labels)))
        values = next(filter(None, climb), ())
        wild = [value.replace(" issuewild ", " issue ") for value in values if " issuewild " in value]
        return issuing(wild if name.startswith("*.") and wild else values).lets(AMAZON)

    def set_tags(self, arn: str, tags: dict[str, str]) -> None:
        """Replace the tags."""
        self._save(arn, self._certificates[arn] | {"tags": tags})

    def use(self, arn: str, distribution: str, *, used: bool) -> None:
        """Note that a distribution uses the certificate, or does no longer."""
        certificate = self._certificates.get(arn)
        if certificate is not None:
            users = [user for user in certificate["in_use_by"] if user != distribution]
            self._save(arn, certificate | {"in_use_by": [*users, distribution] if used else users})

    def delete(self, arn: str) -> None:
        """Raises ApiError while a distribution uses it."""
        certificate = self._certificates.get(arn)
        if certificate is None:
            return
        if certificate["in_use_by"]:
            raise ApiError(
                f"deleting ACM Certificate ({arn})",
                "ACM: DeleteCertificate",
                "ResourceInUseException",
                f"Certificate {arn} in account {ACCOUNT} is in use by {', '.join(certificate['in_use_by'])}.",
            )
        del self._certificates[arn]
        acm_backends[ACCOUNT][certificate["region"]]._certificates.pop(arn, None)
        self._context.store.drop("certificate", arn)

    def _save(self, arn: str, document: Document) -> None:
        self._certificates[arn] = document
        self._context.store.put("certificate", arn, document)
        self._mirror(arn)

    def _mirror(self, arn: str) -> None:
        document = self._certificates[arn]
        certificates = acm_backends[ACCOUNT][document["region"]]._certificates
        bundle = certificates.get(arn)
        if bundle is None:
            bundle = certificates[arn] = _Certificate(
                ACCOUNT,
                document["chain"].encode(),
                document["key"].encode(),
                region=document["region"],
                arn=arn,
                cert_type="AMAZON_ISSUED",
            )
            leaf, _, rest = document["chain"].partition("-----END CERTIFICATE-----\n")
            bundle.cert, bundle.chain = (leaf + "-----END CERTIFICATE-----\n").encode(), rest.encode()
            bundle.created_at = datetime.fromisoformat(document["created"]).replace(tzinfo=None)
        bundle.status = document["status"]
        bundle.in_use_by = list(document["in_use_by"])


def validity(chain_pem: str) -> tuple[str, str]:
    """Not-before and not-after of the leaf, as RFC 3339 times."""
    leaf = x509.load_pem_x509_certificate(chain_pem.encode())
    start, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    return start.strftime("%Y-%m-%dT%H:%M:%SZ"), end.strftime("%Y-%m-%dT%H:%M:%SZ")
