"""What CloudFront and ACM are asked for a move, and what answers in the form of AWS's service model come to."""

from collections.abc import Iterator
from typing import Any

import pytest

from mtasts.adoption.survey import OtherHolder
from mtasts.errors import CannotLook
from mtasts.live.alias import NotProven, Target, associate, certificate_problem, conflicts, remove, target

HOST = "mta-sts.shop.example"
ARN = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"
KEYS = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}


@pytest.fixture(name="stubbed", params=["cloudfront"])
def _stubbed(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    """A client of boto3 and what answers in place of AWS, which checks both against the service's model."""
    import boto3
    from botocore.stub import Stubber

    client = boto3.client(request.param, **KEYS)
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def _distribution(**changes: Any) -> dict[str, Any]:
    config = {
        "CallerReference": "x",
        "Comment": "",
        "Enabled": True,
        "Aliases": {"Quantity": 1, "Items": ["MTA-STS.a.example"]},
        "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "o.example"}]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
        "ViewerCertificate": {"ACMCertificateArn": ARN},
    }
    told = {
        "Id": "E2EXAMPLE",
        "ARN": "arn:aws:cloudfront::111122223333:distribution/E2EXAMPLE",
        "Status": "InProgress",
        "LastModifiedTime": "2026-03-14T00:00:00Z",
        "InProgressInvalidationBatches": 0,
        "DomainName": "d111111abcdef8.cloudfront.net",
        "DistributionConfig": config | changes,
    }
    return {"Distribution": told, "ETag": "E"}


def test_a_distribution_is_read(stubbed: tuple[Any, Any]) -> None:
    """Its own name, aliases in small letters, and whether the edge has its last change."""
    client, stub = stubbed
    stub.add_response("get_distribution", _distribution(), {"Id": "E2EXAMPLE"})

    found = target("E2EXAMPLE", client)

    assert found == Target("E2EXAMPLE", "d111111abcdef8.cloudfront.net", ("mta-sts.a.example",), True, False, ARN)


def test_a_distribution_without_aliases_and_certificate(stubbed: tuple[Any, Any]) -> None:
    """As it is made while another one has the name: AWS leaves out what is empty."""
    client, stub = stubbed
    bare = _distribution(Aliases={"Quantity": 0}, ViewerCertificate={"CloudFrontDefaultCertificate": True})
    stub.add_response("get_distribution", bare, {"Id": "E2EXAMPLE"})

    found = target("E2EXAMPLE", client)

    assert (found.aliases, found.certificate) == ((), "")


def test_who_holds_a_name_but_for_oneself(stubbed: tuple[Any, Any]) -> None:
    """Ids are told as AWS tells them, and the asking distribution is not a conflict with itself."""
    client, stub = stubbed
    listed = [
        {"Alias": HOST, "DistributionId": "*******SC2IL6S", "AccountId": "******555252"},
        {"Alias": "*.shop.example", "DistributionId": "**********EXAMPL", "AccountId": "******223333"},
        {"Alias": HOST, "DistributionId": "*****MPLE", "AccountId": "******223333"},
    ]
    answer = {"ConflictingAliasesList": {"MaxItems": 100, "Quantity": 3, "Items": listed}}
    asked = {"DistributionId": "E2EXAMPLE", "Alias": HOST, "MaxItems": 100}
    stub.add_response("list_conflicting_aliases", answer, asked)

    assert conflicts(HOST, "E2EXAMPLE", client) == (
        OtherHolder(HOST, "*******SC2IL6S", "******555252"),
        OtherHolder("*.shop.example", "**********EXAMPL", "******223333"),
    )


def test_nobody_holds_it(stubbed: tuple[Any, Any]) -> None:
    """An empty list has no items at all."""
    client, stub = stubbed
    stub.add_response("list_conflicting_aliases", {"ConflictingAliasesList": {"MaxItems": 100, "Quantity": 0}})

    assert conflicts(HOST, "E2EXAMPLE", client) == ()


@pytest.mark.parametrize(
    ("code", "message", "kind", "hint"),
    [
        ("IllegalUpdate", "Invalid or missing alias DNS TXT records.", NotProven, "quarter of an hour"),
        (
            "IllegalUpdate",
            "Alias move is not allowed since the source distribution is enabled.",
            CannotLook,
            "run it again",
        ),
        ("AccessDenied", "no identity-based policy allows it", CannotLook, "docs/examples/aws/adopt.json"),
        ("TooManyDistributionCNAMEs", "too many", CannotLook, "run it again"),
    ],
)
def test_a_move_that_aws_refuses(stubbed: tuple[Any, Any], code: str, message: str, kind: type, hint: str) -> None:
    """AWS's own words in one line; the missing proof is told apart, since time heals it."""
    client, stub = stubbed
    stub.add_client_error("associate_alias", code, message, 400)

    with pytest.raises(CannotLook) as caught:
        associate(HOST, "E2EXAMPLE", client)

    assert type(caught.value) is kind
    assert caught.value.message.startswith(f"CloudFront: moving {HOST} to E2EXAMPLE: AWS refuses: ")
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_move(stubbed: tuple[Any, Any]) -> None:
    """One call."""
    client, stub = stubbed
    stub.add_response("associate_alias", {}, {"TargetDistributionId": "E2EXAMPLE", "Alias": HOST})

    associate(HOST, "E2EXAMPLE", client)


def test_a_name_is_let_go(stubbed: tuple[Any, Any]) -> None:
    """The configuration as it is but for the name, and only if nobody has changed it since."""
    client, stub = stubbed
    config = _distribution(Aliases={"Quantity": 2, "Items": [HOST, "a.example"]})["Distribution"]["DistributionConfig"]
    stub.add_response("get_distribution_config", {"DistributionConfig": config, "ETag": "E7"}, {"Id": "E2EXAMPLE"})
    left = config | {"Aliases": {"Quantity": 1, "Items": ["a.example"]}}
    stub.add_response(
        "update_distribution",
        _distribution(),
        {"Id": "E2EXAMPLE", "IfMatch": "E7", "DistributionConfig": left},
    )

    remove(HOST, "E2EXAMPLE", client)


@pytest.mark.parametrize("stubbed", ["acm"], indirect=True)
@pytest.mark.parametrize(
    ("status", "names", "problem"),
    [
        ("ISSUED", ["mta-sts.other.example", HOST], ""),
        ("ISSUED", ["*.shop.example"], ""),
        ("ISSUED", ["*.example", "shop.example"], f"its certificate does not name {HOST}"),
        ("PENDING_VALIDATION", [HOST], "its certificate is not issued (PENDING_VALIDATION)"),
    ],
)
def test_a_certificate(stubbed: tuple[Any, Any], status: str, names: list[str], problem: str) -> None:
    """Issued, and with the name or a wildcard of one label."""
    client, stub = stubbed
    told = {"Status": status, "DomainName": names[0], "SubjectAlternativeNames": names}
    stub.add_response("describe_certificate", {"Certificate": told}, {"CertificateArn": ARN})

    assert certificate_problem(ARN, HOST, client) == problem


def test_no_certificate_of_acm() -> None:
    """Then nobody is asked."""
    assert certificate_problem("", HOST, None) == "it has no certificate of ACM"


def test_no_answer_is_one_line() -> None:
    """A port on which nobody listens."""
    import boto3
    from botocore.config import Config

    nowhere = boto3.client(
        "cloudfront", endpoint_url="http://127.0.0.1:9", config=Config(retries={"max_attempts": 0}), **KEYS
    )
    with pytest.raises(CannotLook, match="CloudFront distribution E2EXAMPLE: Could not connect"):
        target("E2EXAMPLE", nowhere)
