"""Inputs of a MailDomain as they come from SDKs: numbers as floats, enumerations, values that are not known yet."""

import pytest

from mtasts.policy.config import DnsZone
from mtasts.protocol.mta_sts import Mode
from mtasts_pulumi.package import inputs, judged
from mtasts_pulumi.package.unknown import UNKNOWN, stands_in

ZONE = "Z0123456789EXAMPLECOM"
GOOD = {
    "domain": "example.com",
    "mx": ["mx1.example.com"],
    "rua": [],
    "dns": {"provider": "route53", "zone": ZONE},
}


def read(**more: object) -> judged.Wanted:
    problems = judged.Problems()
    wanted = judged.mail_domain("com", {**GOOD, **more}, problems)
    problems.stop()
    assert wanted is not None
    return wanted


def wrong(**more: object) -> dict[str, str]:
    problems = judged.Problems()
    judged.mail_domain("com", {**GOOD, **more}, problems)
    with pytest.raises(Exception, match="its inputs cannot be published") as raised:
        problems.stop()
    return {one["property_path"]: one["reason"] for one in raised.value.errors}


def test_secure_defaults():
    """Mode testing, a day, five minutes, a distribution of its own."""
    policy = read().policy
    assert (policy.mode, policy.max_age, policy.ttl, policy.dns) == (Mode.TESTING, 86400, 300, DnsZone("route53", ZONE))
    assert read().deadline == 300
    assert read().group == ""


def test_what_sdks_send():
    """Whole floats are whole numbers, enumerations their texts, None is not given."""
    dns = {"provider": inputs.DnsProvider.ROUTE53, "zone": ZONE}
    wanted = read(
        mode=inputs.Mode.ENFORCE, max_age=604800.0, ttl=600.0, dns=dns, host_group=None, read_back_deadline=9.0
    )
    assert (wanted.policy.mode, wanted.policy.max_age, wanted.policy.ttl) == (Mode.ENFORCE, 604800, 600)
    assert type(wanted.policy.max_age) is int
    assert wanted.deadline == 9.0


@pytest.mark.parametrize(
    ("more", "path", "reason"),
    [
        ({"mx": []}, "mx", "mode testing needs"),
        ({"mx": ["10 mx.example.com"]}, "mx", "has a preference"),
        ({"mx": "mx1.example.com"}, "mx", "must be a list"),
        ({"mode": "strict"}, "mode", "is not one of"),
        ({"max_age": 1.5}, "maxAge", "must be a whole number"),
        ({"max_age": 40000000.0}, "maxAge", "31557600"),
        ({"ttl": 5.0}, "ttl", "30 s"),
        ({"rua": None}, "rua", "is missing"),
        ({"rua": ["http://reports.example.com"]}, "rua", "http"),
        ({"domain": None}, "domain", "is missing"),
        ({"domain": "post@example.com"}, "domain", "is an address"),
        ({"dns": None}, "dns.provider", "is missing"),
        ({"dns": {"provider": "route53", "zone": "example.com"}}, "dns.zone", "not its name"),
        ({"read_back_deadline": 0.0}, "readBackDeadline", "more than 0 s"),
    ],
)
def test_what_cannot_be_published(more, path, reason):
    """By the name of the input in the schema, in the words of `validate`."""
    assert reason in wrong(**more)[path]


def test_all_problems_at_once():
    """Whoever repairs them needs one run."""
    assert wrong(mx=[], ttl=1.0, rua=["ftp://x"]).keys() == {"mx", "ttl", "rua"}


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("domain", UNKNOWN, "domain"),
        ("mx", UNKNOWN, "mx"),
        ("mx", ["mx1.example.com", UNKNOWN], "mx"),
        ("rua", [UNKNOWN], "rua"),
        ("dns", UNKNOWN, "dns"),
        ("dns", {"provider": "cloudflare", "zone": UNKNOWN}, "dns"),
        ("mode", UNKNOWN, "mode"),
        ("max_age", UNKNOWN, "maxAge"),
        ("ttl", UNKNOWN, "ttl"),
    ],
)
def test_what_a_preview_does_not_know(key, value, named):
    """Nothing is refused for it, and the text counts as unknown wherever it hangs on it."""
    wanted = read(**{key: value})
    assert wanted.unknown == (named,)
    policy = wanted.policy
    hidden = stands_in(" ".join([policy.domain, policy.dns.zone, *policy.mx, *policy.rua]))
    assert hidden is (key != "ttl")
