"""Writes docs/examples/aws from what the roles may do (mtasts/providers/rights): `python -m tools.role_examples`."""

import json
from pathlib import Path

from mtasts.providers import rights
from mtasts.providers.rights import Document, Estate, StackEstate

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "examples" / "aws"
ESTATE = Estate("111122223333", "mtasts", state="example-mtasts-state", reports="example-mtasts-reports")
STAGING = StackEstate("staging", ("Z0123456789EXAMPLE",), "policies-bucket-0a1b2c3", "policies-viewer-request-0a1b2c3")
PROD = StackEstate("prod", ("Z9876543210EXAMPLE",), "policies-bucket-4d5e6f7", "policies-viewer-request-4d5e6f7")
SUBJECTS = {
    rights.GITHUB: "repo:example@123456/mail-policies@456789:environment:prod",
    rights.GITLAB: "project_path:example/mail-policies:ref_type:branch:ref:main",
}
ROLES = {
    "read": rights.read(ESTATE, [STAGING, PROD]),
    "publish-staging": rights.publish(ESTATE, STAGING),
    "publish-prod": rights.publish(ESTATE, PROD),
    "watch": rights.watch(ESTATE),
    "probe": rights.probe(ESTATE),
    "adopt": rights.adopt(ESTATE, ["old-policies-bucket"]),
}


def examples() -> dict[str, Document]:
    """The name of each file, and what is in it."""
    trusts = {
        f"trust-{forge}": rights.trust(ESTATE.account, issuer, [SUBJECTS[issuer]])
        for forge, issuer in (("github", rights.GITHUB), ("gitlab", rights.GITLAB))
    }
    return {name: rights.document(statements) for name, statements in ROLES.items()} | trusts


def text(document: Document) -> str:
    """As it stands in the file."""
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    for name, document in examples().items():
        (FOLDER / f"{name}.json").write_text(text(document), encoding="utf-8")
