"""The plan of an adoption: each record's fate, the order, what a sender sees, what is worth knowing."""

from dataclasses import replace
from datetime import timedelta

from mtasts.adoption.owners import Tool
from mtasts.adoption.plan import AdoptionPlan, Fate, old_host_line, plan
from mtasts.adoption.survey import Accounts, AliasHolder, HeldCertificate
from mtasts.policy.adopted import Adopted
from mtasts.policy.config import DnsZone
from mtasts.protocol.mta_sts import Mode
from mtasts.verify.model import LookOutcome, PolicyFetch, Trouble
from tests.adoption.scenes import (
    BY_HAND,
    CLOUDFLARE_ZONE,
    DOMAIN,
    HOST,
    MTA_STS_NAME,
    NOW,
    PAGES,
    RPT,
    TLS_RPT_NAME,
    TXT,
    at_cloudflare,
    found,
    led_by_cname,
    look,
    observed,
    policy,
    standing,
    survey,
)

AT_CLOUDFLARE = DnsZone("cloudflare", CLOUDFLARE_ZONE)


def fates(made: AdoptionPlan) -> dict[tuple[str, str], tuple[Fate, str]]:
    """By type and name: the fate, and the changes in one line."""
    return {(each.kind, each.name): (each.fate, "; ".join(each.changes)) for each in made.records}


def test_everything_as_it_is():
    """The TXTs stay, the CNAME changes its target, and at no step a sender sees another policy."""
    made = plan(survey(), policy())

    assert made.obstacles == ()
    assert fates(made) == {
        ("TXT", MTA_STS_NAME): (Fate.TAKEN_OVER, ""),
        ("TXT", TLS_RPT_NAME): (Fate.TAKEN_OVER, ""),
        ("CNAME", HOST): (Fate.CHANGED, f"CNAME {PAGES} becomes CNAME to the new distribution"),
        ("CNAME", f"_(proof of the certificate).{HOST}"): (Fate.NEW, ""),
    }
    assert [step.sender for step in made.steps] == [
        "nothing changes",
        "nothing changes",
        "nothing changes",
        "nothing changes",
        "for up to 5 minutes some are led to the old host, as long as their resolvers keep it;"
        " both answer the same bytes under the same id",
        "the id that they know: nobody fetches anew",
    ]
    assert "byte for byte as served" in made.steps[2].does
    assert (
        made.steps[4].does == f"the record of {HOST} moves to the new host; let the old host serve for 5 minutes more"
    )


def test_the_text_of_a_record_becomes_ours():
    """Written in another way it says the same; beside it a text that is no MTA-STS record is nobody's concern."""
    texts = look(MTA_STS_NAME, found(MTA_STS_NAME, "TXT", "proof=1", f"v=STSv1;id={BY_HAND}", ttl=60))

    made = plan(survey(stands=standing(mta_sts=texts)), policy())

    assert made.obstacles == ()
    assert fates(made)[("TXT", MTA_STS_NAME)] == (
        Fate.CHANGED,
        f'its text becomes "{TXT}"; its TTL 1 minute becomes 5 minutes',
    )


def test_addresses_at_route_53():
    """A is changed into an alias, AAAA is made new; a record that is an alias already says where it leads."""
    host = look(HOST, found(HOST, "A", "192.0.2.1", "192.0.2.2"))
    made = fates(plan(survey(stands=standing(host=host)), policy(host_record="")))

    assert made["A", HOST] == (Fate.CHANGED, "192.0.2.1, 192.0.2.2 becomes an alias of the new distribution")
    assert made["AAAA", HOST] == (Fate.NEW, "an alias of the new distribution")


def test_records_of_a_cloudflare_account():
    """Each with its id; the comment is told, and that the proxy goes."""
    records = (
        at_cloudflare(MTA_STS_NAME, "TXT", TXT, ttl=1, comment="by hand"),
        at_cloudflare(TLS_RPT_NAME, "TXT", RPT),
        at_cloudflare(HOST, "AAAA", "100::", proxied=True),
    )
    seen = survey(accounts=Accounts(records=records), provider="cloudflare", zone=CLOUDFLARE_ZONE)

    made = plan(seen, policy(dns=AT_CLOUDFLARE, host_record=""))

    assert made.obstacles == ()
    assert [each.id for each in made.records] == [f"TXT-{MTA_STS_NAME}", f"TXT-{TLS_RPT_NAME}", f"AAAA-{HOST}", ""]
    changes = fates(made)
    assert changes["TXT", MTA_STS_NAME][1] == 'its TTL automatic becomes 5 minutes; its comment "by hand" becomes ours'
    assert changes["CNAME", HOST] == (
        Fate.CHANGED,
        "AAAA 100:: becomes CNAME to the new distribution; no longer proxied: Cloudflare's proxy and the Workers"
        " behind it do not answer any more; it gets our comment",
    )


def test_a_record_that_only_a_wildcard_gives_is_made():
    """There is nothing to take over at that name."""
    host = look(HOST, found(HOST, "A", "192.0.2.1"), wildcard="*.example.com")
    made = plan(survey(stands=standing(host=host)), policy(host_record=""))

    assert made.obstacles == ()
    assert fates(made)["A", HOST][0] is Fate.NEW
    assert any("*.example.com answers for it: the record is made new" in line for line in made.to_know)


def test_reports_that_are_delegated_are_left_alone():
    """A CNAME at _smtp._tls: the file asks for no record."""
    delegated = led_by_cname("tlsrpt.example.net", TLS_RPT_NAME, "TXT")
    made = plan(survey(stands=standing(tls_rpt=delegated)), policy(rua=()))

    assert made.obstacles == ()
    assert fates(made)["CNAME", TLS_RPT_NAME][0] is Fate.LEFT
    assert any("is left to whoever is there" in line for line in made.to_know)


def test_a_record_whose_host_is_dead():
    """Only the TXT is taken over; the file begins in testing, and that is said."""
    refused = PolicyFetch(HOST, "192.0.2.9", LookOutcome.FAILED, (Trouble("refused", "connection refused"),))
    seen = survey(observed(fetches=(refused,)))
    file = policy(mode=Mode.TESTING, max_age=86400, adopted=Adopted(BY_HAND, NOW, None))

    made = plan(seen, file)

    assert made.obstacles == ()
    assert made.serving.works is False
    assert fates(made)["TXT", MTA_STS_NAME] == (Fate.CHANGED, "a new id, once the policy is seen served")
    assert any("no policy is served now (connection refused)" in line for line in made.to_know)
    assert made.steps[-1].sender == "the new policy, for the first time"


def test_an_alias_that_another_distribution_of_the_account_holds():
    """It moves in one step; one of this stack's own is no other one."""
    holder = AliasHolder("E1OTHER", "d1.cloudfront.net", (HOST,), ("bucket.s3.amazonaws.com",))
    held = HeldCertificate("arn:1", "ISSUED", (HOST,))
    seen = survey(accounts=Accounts(records=None, holders=(holder,), certificates=(held,)))

    made = plan(seen, policy())
    assert made.holders == (holder,)
    assert f"TXT {MTA_STS_NAME} says the names of both distributions" in made.steps[3].does
    assert "discarded (RFC 8461 s3.1)" in made.steps[3].sender
    assert f"CloudFront gives the alias {HOST} from E1OTHER" in made.steps[4].does

    assert plan(seen, policy(), own=frozenset({"E1OTHER"})).holders == ()


def test_what_is_worth_knowing_of_the_record():
    """An id of one character, and a text in several strings."""
    txt = replace(found(MTA_STS_NAME, "TXT", "v=STSv1; id=7;"), pieces=(2,))
    seen = survey(observed(mta_sts=txt), standing(mta_sts=look(MTA_STS_NAME, txt)))

    made = plan(seen, policy(adopted=Adopted("7", NOW, observed().fetches[0].body.decode())), ("kept as served",))

    assert made.obstacles == ()
    assert made.to_know[0] == "kept as served"
    assert "a single character set by hand" in made.to_know[1]
    assert "several strings, which senders join" in made.to_know[2]


def test_a_record_that_another_tool_keeps():
    """It is named with the way to let go."""
    record = at_cloudflare(MTA_STS_NAME, "TXT", TXT, comment="managed by Terraform")
    seen = survey(accounts=Accounts(records=(record,)), provider="cloudflare", zone=CLOUDFLARE_ZONE)

    (owner,) = plan(seen, policy(dns=AT_CLOUDFLARE, host_record="")).owners
    assert (owner.tool, owner.records) == (Tool.TERRAFORM, (f"TXT {MTA_STS_NAME}",))


def test_without_a_file_there_is_no_order():
    """What is seen is told all the same."""
    made = plan(survey(), None)
    assert (made.records, made.steps) == ((), ())
    assert made.serving.cname == PAGES
    assert made.domain == DOMAIN


def test_a_proxied_record_may_leave_some_without_a_policy_for_its_ttl_and_the_plan_says_so():
    """Cloudflare's TTL "automatic" is five minutes, and nobody promises what its edge answers meanwhile."""
    proxied = at_cloudflare(HOST, "AAAA", "100::", ttl=1, proxied=True)
    accounts = Accounts(records=(at_cloudflare(MTA_STS_NAME, "TXT", TXT), proxied))
    made = plan(survey(accounts=accounts, provider="cloudflare"), policy(dns=AT_CLOUDFLARE, host_record=""))

    (move,) = [step for step in made.steps if step.does.startswith(f"the record of {HOST} moves")]
    assert move.does.endswith("let the Worker, or whatever else is behind Cloudflare's proxy, serve for 5 minutes more")
    assert move.sender.startswith("for up to 5 minutes some are led to Cloudflare, as long as their resolvers keep it")
    assert move.sender.endswith("who holds the policy goes on with it, and the others find none for that time")


def test_the_old_host_stays_for_the_ttl_and_as_long_as_a_fetch_takes():
    seen = survey(stands=standing(host=led_by_cname()))

    assert old_host_line(seen, NOW).startswith(
        f"{DOMAIN}: leave the old policy host as it is until {NOW + timedelta(seconds=300 + 60):%Y-%m-%d %H:%M} UTC"
    )
    assert old_host_line(survey(stands=standing(host=look(HOST))), NOW) == ""
