"""Who serves a policy today: by an account, by the name that the host leads to, or nobody can say."""

from dataclasses import replace

import pytest

from mtasts.adoption.serving import serving
from mtasts.adoption.survey import Accounts, AliasHolder, Worker, WorkerWay
from tests.adoption.scenes import HOST, at_cloudflare, led_by_cname, observed, standing, survey


@pytest.mark.parametrize(
    ("target", "who"),
    [
        ("example.github.io", "GitHub Pages"),
        ("sts-example.netlify.app", "Netlify"),
        ("d111111abcdef8.cloudfront.net", "CloudFront"),
        ("web.example.net", ""),
        ("github.io.example.net", ""),
    ],
)
def test_by_the_name_that_it_leads_to(target: str, who: str):
    """Known hosts by the end of the name; that is a guess."""
    seen = observed()
    seen = replace(seen, policy_host=tuple(replace(each, chain=(target,)) for each in seen.policy_host))
    told = serving(survey(seen, standing(host=led_by_cname(target))))
    assert (told.by, told.certain, told.cname) == (who, False, target)
    assert told.works
    assert told.issuer == "CN=R11,O=Let's Encrypt,C=US"


@pytest.mark.parametrize(
    ("target", "alias", "enabled", "theirs"),
    [
        ("d1.cloudfront.net", HOST, True, True),
        ("d1.cloudfront.net", HOST, False, False),
        ("d2.cloudfront.net", HOST, True, False),
        ("example.github.io", "*.example.com", True, False),  # it only could
        ("d1.cloudfront.net", "*.example.com", True, True),
    ],
)
def test_by_a_distribution_of_the_account(target: str, alias: str, enabled: bool, theirs: bool):
    """Only if DNS leads to it: another one may have a wildcard over the name."""
    holder = AliasHolder("E1", "d1.cloudfront.net", (alias,), ("bucket.s3.amazonaws.com",), enabled)
    seen = observed()
    seen = replace(seen, policy_host=tuple(replace(each, chain=(target,)) for each in seen.policy_host))
    told = serving(survey(seen, standing(host=led_by_cname(target)), Accounts(holders=(holder,))))
    expected = "the CloudFront distribution E1 (d1.cloudfront.net) of this account from bucket.s3.amazonaws.com"
    assert (told.by == expected, told.certain) == (theirs, theirs)


def test_by_an_account():
    """What an account tells is certain."""
    worker = Worker(WorkerWay.ROUTE, f"{HOST}/*", "sts")
    told = serving(survey(accounts=Accounts(workers=(worker,))))
    assert (told.by, told.certain) == (f"the Cloudflare Worker sts by the route {HOST}/*", True)

    proxied = at_cloudflare(HOST, "A", "192.0.2.1", proxied=True)
    told = serving(survey(accounts=Accounts(records=(proxied,))))
    assert (told.by, told.certain) == ("a web server behind Cloudflare's proxy", True)
