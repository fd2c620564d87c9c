"""Which requests a Workers route catches, by Cloudflare's rules for patterns."""

import pytest

from mtasts.adoption.workers import catches

HOST, PATH = "mta-sts.example.com", "/.well-known/mta-sts.txt"


@pytest.mark.parametrize(
    ("pattern", "caught"),
    [
        ("mta-sts.example.com/*", True),
        ("MTA-STS.example.com/.well-known/*", True),
        ("mta-sts.example.com/.well-known/mta-sts.txt", True),
        ("https://mta-sts.example.com/*", True),
        ("*.example.com/*", True),
        ("*example.com/*", True),
        ("*/*", True),
        ("*://mta-sts.example.com/*", True),
        ("mta-sts.example.com", False),  # the root alone
        ("mta-sts.example.com/", False),
        ("http://mta-sts.example.com/*", False),  # a sender asks over HTTPS
        ("example.com/*", False),
        ("mta-sts.example.org/*", False),
        ("mta-sts.example.com/other*", False),
        ("", False),
    ],
)
def test_a_route_catches(pattern: str, caught: bool) -> None:
    """The policy's URL, and nothing else is asked."""
    assert catches(pattern, HOST, PATH) is caught
