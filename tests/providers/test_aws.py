"""CloudFront's proof of a move, told from every other text."""

import pytest

from mtasts.providers.aws import is_alias_proof


@pytest.mark.parametrize(
    ("text", "proof"),
    [
        ("d111111abcdef8.cloudfront.net", True),
        ("d111111abcdef8.cloudfront.net.", True),
        ("D111111ABCDEF8.CloudFront.net", True),
        ("v=STSv1; id=1;", False),
        ("v=STSv1; id=d111111abcdef8.cloudfront.net", False),
        ("d111111abcdef8.cloudfront.net d2.cloudfront.net", False),
        ("www.example.com", False),
        ("x.d1.cloudfront.net", False),
        ("", False),
    ],
)
def test_the_own_name_of_a_distribution(text: str, proof: bool) -> None:
    """As AWS gives it, in any case and with or without a last dot; nothing around it."""
    assert is_alias_proof(text) is proof
