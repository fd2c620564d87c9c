"""What keeps a domain from being taken over, each as one clear line with what to do; and what does not."""

from dataclasses import replace

import pytest

from mtasts.adoption.obstacles import UNKNOWN, Obstacle, obstacles
from mtasts.adoption.survey import Accounts, AliasHolder, OtherHolder, StandingRecord, Survey, Worker, WorkerWay
from mtasts.verify.model import LookOutcome, PolicyFetch, Trouble
from tests.adoption.scenes import (
    CLOUDFLARE_ZONE,
    DOMAIN,
    HOST,
    MTA_STS_NAME,
    RPT,
    TLS_RPT_NAME,
    TXT,
    at_cloudflare,
    led_by_cname,
    look,
    observed,
    standing,
    survey,
)
from tests.verify.scenes import TEXT, absent, fetched, found, trouble


def one(seen: Survey) -> Obstacle:
    """The only one."""
    (obstacle,) = obstacles(seen)
    assert "\n" not in obstacle.text + obstacle.remedy
    return obstacle


def test_nothing_is_in_the_way_of_what_is_right():
    """By any client of it."""
    assert obstacles(survey()) == ()


def record(*texts: str) -> Survey:
    answer = found(MTA_STS_NAME, "TXT", *texts)
    return survey(observed(mta_sts=answer), standing(mta_sts=look(MTA_STS_NAME, answer)))


def test_two_records():
    """Senders use neither; both are shown."""
    obstacle = one(record("v=STSv1; id=1;", "v=STSv1; id=2;"))
    assert obstacle.code == "two-records"
    assert 'use none of them (RFC 8461 s3.1): "v=STSv1; id=1;", "v=STSv1; id=2;"' in obstacle.text


def test_a_record_that_senders_cannot_use():
    """With what is wrong."""
    obstacle = one(record("v=STSv1; id=2024-01-01;"))
    assert obstacle.code == "record-invalid"
    assert "2024-01-01" in obstacle.text


def test_no_mta_sts_at_all():
    """Then it is `init`."""
    gone = absent(MTA_STS_NAME, "TXT")
    obstacle = one(survey(observed(mta_sts=gone, fetches=()), standing(mta_sts=look(MTA_STS_NAME, gone))))
    assert obstacle.code == "no-mta-sts"
    assert "`mtasts init`" in obstacle.remedy


def test_a_record_that_is_delegated():
    """RFC 8461 s8.2: the provider decides on the id; the order is said, and that senders see the same id."""
    delegated = led_by_cname("_mta-sts.provider.example", MTA_STS_NAME, "TXT")
    obstacle = one(survey(stands=standing(mta_sts=delegated)))
    assert obstacle.code == "delegated"
    assert '"_mta-sts.provider.example"' in obstacle.text
    assert "s8.2" in obstacle.text
    assert "in this order" in obstacle.remedy
    assert "same id" in obstacle.remedy


def test_two_report_records():
    """Reporters use neither."""
    answer = found(TLS_RPT_NAME, "TXT", RPT, "v=TLSRPTv1; rua=mailto:b@example.net")
    seen = survey(stands=standing(tls_rpt=look(TLS_RPT_NAME, answer)))
    assert one(seen).code == "two-report-records"


def test_an_invalid_policy():
    """With the line that is wrong."""
    broken = TEXT.replace("mode: enforce", "mode enforce")
    obstacle = one(survey(observed(fetches=(fetched("192.0.2.9", body=broken),))))
    assert obstacle.code == "policy-invalid"
    assert "line 2" in obstacle.text
    assert "RFC 8461 s3.2" in obstacle.text


def test_different_policies_at_different_addresses():
    """Nobody knows which one counts."""
    other = TEXT.replace("1209600", "86400")
    seen = survey(observed(fetches=(fetched("192.0.2.9"), fetched("192.0.2.10", body=other))))
    assert one(seen).code == "several-policies"


@pytest.mark.parametrize(("outcome", "codes"), [(LookOutcome.UNREACHABLE, [UNKNOWN]), (LookOutcome.FAILED, [])])
def test_a_host_that_does_not_answer(outcome: LookOutcome, codes: list[str]):
    """From here it cannot be reached: nothing is known. Dead for everybody: the record alone is taken over."""
    fetch = PolicyFetch(HOST, "192.0.2.9", outcome, (Trouble("no-route", "no route"),))
    found_ = obstacles(survey(observed(fetches=(fetch,))))
    assert [each.code for each in found_] == codes
    assert all(each.unknown for each in found_)


def test_a_domain_without_mail():
    """There is nothing to protect."""
    seen = observed(mx=found(DOMAIN, "MX", "0 ."), hosts=())
    assert one(survey(seen)).code == "no-mail"


def test_dns_that_does_not_answer():
    """Nothing is known to be wrong."""
    obstacle = one(survey(observed(tls_rpt=trouble(TLS_RPT_NAME, "TXT"))))
    assert (obstacle.code, obstacle.unknown) == (UNKNOWN, True)
    assert "SERVFAIL" in obstacle.text


def test_a_domain_that_a_wildcard_answers_for():
    """The first record below it would end its mail."""
    domain = look(DOMAIN, found(DOMAIN, "MX", "10 mx1.example.com"), wildcard="*.com")
    assert one(survey(stands=standing(domain=domain))).code == "domain-from-wildcard"


def test_caa_that_forbids_amazon():
    """No certificate would come."""
    caa = found(HOST, "CAA", '0 issue "letsencrypt.org"')
    assert one(survey(stands=standing(caa=caa))).code == "caa-forbids-amazon"


def cloudflare(*records: StandingRecord, workers: tuple[Worker, ...] = ()) -> Survey:
    every = (at_cloudflare(MTA_STS_NAME, "TXT", TXT), at_cloudflare(TLS_RPT_NAME, "TXT", RPT), *records)
    accounts = Accounts(records=every, workers=workers)
    return survey(accounts=accounts, provider="cloudflare", zone=CLOUDFLARE_ZONE)


def test_a_workers_custom_domain():
    """Its record is read-only: the order with a route in between, and what senders see. A route alone is fine."""
    locked = at_cloudflare(HOST, "AAAA", "100::", proxied=True, locked=True)
    custom = Worker(WorkerWay.DOMAIN, HOST, "sts", "d1")
    obstacle = one(cloudflare(locked, workers=(custom,)))
    assert obstacle.code == "workers-custom-domain"
    assert f"AAAA {HOST} 100::" in obstacle.remedy
    assert "go on with it" in obstacle.remedy

    route = Worker(WorkerWay.ROUTE, f"{HOST}/*", "sts", "w1")
    assert obstacles(cloudflare(replace(locked, locked=False), workers=(route,))) == ()
    assert one(cloudflare(locked)).code == "record-locked"


def test_several_records_of_the_host_at_cloudflare():
    """One CNAME takes their place, and stands alone."""
    both = at_cloudflare(HOST, "A", "192.0.2.1"), at_cloudflare(HOST, "AAAA", "2001:db8::1")
    obstacle = one(cloudflare(*both))
    assert obstacle.code == "several-host-records"
    assert "A 192.0.2.1, AAAA 2001:db8::1" in obstacle.text
    assert obstacles(cloudflare(both[0])) == ()


def test_a_routing_policy_at_route_53():
    """Several record sets of one name and type."""
    routed = StandingRecord(HOST, "A", ("192.0.2.1",), 60, provider="route53", zone="Z1", id="x", routed=True)
    assert one(survey(accounts=Accounts(records=(routed,)))).code == "routing-policy"


def test_all_at_once():
    """Whoever puts it right wants the whole list."""
    broken = fetched("192.0.2.9", body="nothing")
    caa = found(HOST, "CAA", '0 issue ";"')
    seen = survey(observed(mx=found(DOMAIN, "MX", "0 ."), hosts=(), fetches=(broken,)), standing(caa=caa))
    assert [each.code for each in obstacles(seen)] == ["no-mail", "policy-invalid", "caa-forbids-amazon"]


def test_foreign_text_cannot_break_a_line():
    """What comes from DNS stands in quotes with all but plain text escaped."""
    obstacle = one(record("v=STSv1; id=1;\n::error::x", "v=STSv1; id=2;"))
    assert "\\n" in obstacle.text


CLOUDFRONT = "d1.cloudfront.net"
STRANGER = OtherHolder(HOST, "*******SC2IL6S", "******555252")


def test_a_host_that_another_account_has_in_cloudfront():
    """As far as AWS tells whose it is; in which order what is done, and what senders see."""
    seen = survey(stands=standing(host=led_by_cname(CLOUDFRONT)), accounts=Accounts(listed=True, others=(STRANGER,)))

    obstacle = one(seen)

    assert obstacle.code == "alias-elsewhere"
    assert (
        "distribution *******SC2IL6S of account ******555252, as far as AWS tells (d1.cloudfront.net)" in obstacle.text
    )
    assert "only from one that is disabled" in obstacle.text
    assert "senders get the same policy all the time: 1. have a web host that is not CloudFront's" in obstacle.remedy


@pytest.mark.parametrize(
    ("accounts", "codes"),
    [
        (Accounts(listed=True), ["alias-elsewhere"]),  # DNS leads there, and nobody of this account has it
        (Accounts(), []),  # nobody could look
        (Accounts(listed=True, holders=(AliasHolder("E1", CLOUDFRONT, (HOST,)),)), []),
        (Accounts(listed=True, holders=(AliasHolder("E1", CLOUDFRONT, ("*.example.com",)),)), []),
    ],
)
def test_whose_a_name_in_cloudfront_is(accounts: Accounts, codes: list[str]):
    """By where DNS leads, when the account's own distributions were seen."""
    seen = survey(stands=standing(host=led_by_cname(CLOUDFRONT)), accounts=accounts)
    assert [each.code for each in obstacles(seen)] == codes


@pytest.mark.parametrize(
    ("others", "codes"),
    [((STRANGER,), ["alias-elsewhere"]), ((replace(STRANGER, alias="*.example.com"),), []), ((), [])],
)
def test_a_name_in_cloudfront_to_which_dns_does_not_lead(others: tuple[OtherHolder, ...], codes: list[str]):
    """The exact name is in the way of ours; a wildcard over it is not."""
    assert [each.code for each in obstacles(survey(accounts=Accounts(listed=True, others=others)))] == codes
