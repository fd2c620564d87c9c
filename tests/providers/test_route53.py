"""What a record set of Route 53 says, as somebody may have left it."""

import pytest

from mtasts.providers.route53 import PROVIDER

PROOF = "d111111abcdef8.cloudfront.net"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (['"v=STSv1; id=1;"'], "v=STSv1; id=1;"),
        ([f'"{PROOF}"', '"v=STSv1; id=1;"'], "v=STSv1; id=1;"),
        ([f'"{PROOF}"'], PROOF),
        (['"v=STSv1; id=""1;"'], "v=STSv1; id=1;"),
    ],
)
def test_a_proof_beside_the_record_is_not_the_record(values: list[str], text: str) -> None:
    """CloudFront's proof is another value of the same record set, before or after it."""
    assert PROVIDER.records.text(values) == text
