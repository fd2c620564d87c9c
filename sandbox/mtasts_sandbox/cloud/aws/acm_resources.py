"""The engine's ACM resources."""

import asyncio
from typing import Any

from mtasts_sandbox.cloud.aws.acm import CAA_ERROR, FAILED, ISSUED, PENDING, validation_record, validity
from mtasts_sandbox.cloud.errors import ApiError, ProviderError
from mtasts_sandbox.cloud.fields import Failure, nested, strings, text, texts
from mtasts_sandbox.cloud.resource import Call, Properties, Resource
from mtasts_sandbox.cloud.values import has_unknown


class Certificate(Resource):
    """aws.acm.Certificate, requested from ACM with DNS validation (imported ones are not in the sandbox)."""

    type = "aws:acm/certificate:Certificate"
    fields = {  # noqa: RUF012
        "domainName": text(replaces=True),
        "keyAlgorithm": text("EC_prime256v1", "RSA_2048", replaces=True),
        "options": nested(certificateTransparencyLoggingPreference=text("ENABLED", "DISABLED")),
        "region": text(replaces=True),
        "subjectAlternativeNames": texts(replaces=True),
        "tags": strings(),
        "validationMethod": text("DNS", replaces=True),
    }
    computed = (
        "arn",
        "domainValidationOptions",
        "keyAlgorithm",
        "notAfter",
        "notBefore",
        "pendingRenewal",
        "renewalEligibility",
        "renewalSummaries",
        "status",
        "subjectAlternativeNames",
        "tagsAll",
        "type",
        "validationEmails",
    )
    regional = True

    def check(self, inputs: Properties) -> list[Failure]:
        """What the provider checks before it asks ACM."""
        failures = [
            Failure(name, f"Missing required property '{name}': certificates here have DNS validation")
            for name in ("domainName", "validationMethod")
            if name not in inputs
        ]
        names = [inputs.get("domainName", ""), *_known(inputs.get("subjectAlternativeNames", []))]
        failures += [Failure("domainName", f"{name}: cannot end with a period") for name in names if name.endswith(".")]
        return failures

    async def create(self, call: Call, inputs: Properties) -> str:
        """Request it."""
        return call.cloud.acm.request(
            _names(inputs),
            self.region(call, inputs),
            inputs.get("tags", {}),
            # The sandbox's authority has P-256 only; RSA_2048 is what the provider reports when nothing is asked.
            inputs.get("keyAlgorithm", "RSA_2048"),
        )

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """Names, validation records and state."""
        certificate = call.cloud.acm.get(id_)
        if certificate is None:
            return None
        issued = certificate["status"] == ISSUED
        start, end = validity(certificate["chain"]) if issued else ("", "")
        return {
            "arn": id_,
            "domainName": certificate["names"][0],
            "domainValidationOptions": [_option(name) for name in certificate["names"]],
            "keyAlgorithm": certificate["algorithm"],
            "notAfter": end,
            "notBefore": start,
            "options": {"certificateTransparencyLoggingPreference": "ENABLED", **inputs.get("options", {})},
            "pendingRenewal": False,
            "region": certificate["region"],
            "renewalEligibility": "INELIGIBLE",
            "renewalSummaries": [],
            "status": certificate["status"],
            "subjectAlternativeNames": sorted(certificate["names"]),
            "tagsAll": certificate["tags"],
            "type": "AMAZON_ISSUED",
            "validationEmails": [],
            "validationMethod": "DNS",
        }

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """For an import, what was requested; else as the program has it, for a certificate never changes."""
        certificate = call.cloud.acm.get(id_)
        if inputs or certificate is None:
            return inputs
        return {
            "domainName": certificate["names"][0],
            "subjectAlternativeNames": certificate["names"][1:],
            "validationMethod": "DNS",
            "region": certificate["region"],
            **({"tags": certificate["tags"]} if certificate["tags"] else {}),
        }

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """Tags only; all else replaces."""
        call.cloud.acm.set_tags(id_, new.get("tags", {}))

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Refused while in use."""
        call.cloud.acm.delete(id_)


class CertificateValidation(Resource):
    """aws.acm.CertificateValidation: waits until the certificate is issued."""

    type = "aws:acm/certificateValidation:CertificateValidation"
    fields = {  # noqa: RUF012
        "certificateArn": text(required=True, replaces=True),
        "region": text(replaces=True),
        "validationRecordFqdns": texts(replaces=True),
    }
    regional = True

    def imported_id(self, call: Call, given: str) -> str | None:
        """It stands for a wait, so there is nothing to import."""
        raise ProviderError("resource aws_acm_certificate_validation doesn't support import")

    async def create(self, call: Call, inputs: Properties) -> str:
        """Look for the records until they are there, or the time for it is over."""
        arn = inputs["certificateArn"]
        certificate = call.cloud.acm.get(arn)
        if certificate is None or certificate["region"] != self.region(call, inputs):
            message = f"Could not find certificate {arn}."
            doing = f"reading ACM Certificate ({arn})"
            raise ApiError(doing, "ACM: DescribeCertificate", "ResourceNotFoundException", message)
        if "validationRecordFqdns" in inputs:
            _check_fqdns(certificate["names"], inputs["validationRecordFqdns"])
        await _wait(call, arn)
        issued = call.cloud.acm.get(arn)
        return str(issued["issued"]) if issued else ""

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """Gone when the certificate is gone or not issued (again)."""
        certificate = call.cloud.acm.get(inputs.get("certificateArn", ""))
        if certificate is None or certificate["status"] != ISSUED:
            return None
        return {"region": certificate["region"]}

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Nothing: it stands for no thing in the cloud."""


async def _wait(call: Call, arn: str) -> None:
    deadline = asyncio.get_running_loop().time() + call.patience
    while missing := call.cloud.acm.validate(arn):
        if asyncio.get_running_loop().time() >= deadline:
            listing = ", ".join(f"{name} CNAME {value}" for name, value in missing)
            last = f"(last state: '{PENDING}', timeout: {call.patience:g}s)"
            waited = f"timeout while waiting for state to become '{ISSUED}' {last}"
            raise ProviderError(
                f"waiting for ACM Certificate ({arn}) to be issued: {waited}; not found in the sandbox's DNS: {listing}"
            )
        await asyncio.sleep(0.05)
    certificate = call.cloud.acm.get(arn)
    if certificate is not None and certificate["status"] == FAILED:
        call.cloud.commit()  # it failed at ACM, whatever becomes of this call
        state = f"unexpected state '{FAILED}', wanted target '{ISSUED}'. last error: {CAA_ERROR}"
        raise ProviderError(f"waiting for ACM Certificate ({arn}) to be issued: {state}")


def _check_fqdns(names: list[str], given: list[Any]) -> None:
    have = {str(fqdn).rstrip(".").lower() for fqdn in given}
    lacking = [name for name in names if validation_record(name)[0].rstrip(".") not in have]
    if lacking:
        listing = ", ".join(f"missing {name} DNS validation record: {validation_record(name)[0]}" for name in lacking)
        raise ProviderError(listing)


def _option(name: str) -> Properties:
    record, value = validation_record(name)
    return {
        "domainName": name,
        "resourceRecordName": record,
        "resourceRecordType": "CNAME",
        "resourceRecordValue": value,
    }


def _names(inputs: Properties) -> list[str]:
    names = [inputs["domainName"], *inputs.get("subjectAlternativeNames", [])]
    return list(dict.fromkeys(name.lower() for name in names))


def _known(names: Any) -> list[str]:
    return [] if has_unknown(names) else list(names)


RESOURCES: tuple[type[Resource], ...] = (Certificate, CertificateValidation)
