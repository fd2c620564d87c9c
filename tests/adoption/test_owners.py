"""Who else keeps a record is known by the marks that each tool documents; the way out names what is really there."""

import re

import pytest
import yaml

from mtasts.adoption.owners import (
    OCTODNS_NAMES,
    InState,
    Tool,
    external_dns_release,
    marks,
    octodns_release,
    owners,
    terraform_release,
    without_keys,
)
from mtasts.adoption.survey import StandingRecord

DOMAIN = "shop.example"
TXT = StandingRecord("_mta-sts.shop.example", "TXT", ("v=STSv1; id=1;",))
HOST = StandingRecord("mta-sts.shop.example", "CNAME", ("web.host.example",))
HERITAGE = "heritage=external-dns,external-dns/owner=prod-1,external-dns/resource=ingress/web/mta-sts"


def text(name: str, value: str) -> StandingRecord:
    return StandingRecord(name, "TXT", (value,))


def test_nobody_owns_what_bears_no_mark():
    """The records of MTA-STS themselves, SPF beside them, and a comment about something else are no marks."""
    noted = StandingRecord("_mta-sts.shop.example", "TXT", ("v=STSv1; id=1;",), comment="asked for by mail team")
    assert owners(DOMAIN, [TXT, HOST, noted, text("shop.example", "v=spf1 -all"), text("meta.shop.example", "x")]) == ()


@pytest.mark.parametrize(
    ("mark", "record"),
    [
        ("_owner.TXT._mta-sts.shop.example", "TXT _mta-sts.shop.example"),
        ("_owner.txt._smtp._tls.shop.example", "TXT _smtp._tls.shop.example"),
        ("_owner.CNAME.mta-sts.shop.example", "CNAME mta-sts.shop.example"),
        ("_mine.a.mta-sts.shop.example", "A mta-sts.shop.example"),  # txt_name is a setting
    ],
)
def test_octodns_is_known_by_the_marks_of_its_ownership_processor(mark, record):
    (owner,) = owners(DOMAIN, [TXT, HOST, text(mark, "*octodns*")])
    assert (owner.tool, owner.records) == (Tool.OCTODNS, (record,))
    assert owner.release == octodns_release()


def test_a_mark_of_another_record_is_not_taken_for_ours():
    assert owners(DOMAIN, [text("_owner.A.www.shop.example", "*octodns*")]) == ()


def test_octodns_is_known_by_its_meta_record():
    """It keeps the whole zone, and deletes what it does not know."""
    (owner,) = owners(DOMAIN, [text("octodns-meta.shop.example", "octodns-version=1.22.0")])
    assert (owner.tool, owner.records) == (Tool.OCTODNS, ())
    assert "may delete" in owner.evidence


@pytest.mark.parametrize(
    ("names", "record"),
    [
        (["cname-mta-sts.shop.example"], "CNAME mta-sts.shop.example"),
        (["mta-sts.shop.example", "a-mta-sts.shop.example"], "A mta-sts.shop.example"),  # both, until 0.18
        (["mta-sts.shop.example"], "A mta-sts.shop.example"),
        (["_external_dns.cname-mta-sts.shop.example"], "CNAME mta-sts.shop.example"),  # --txt-prefix
        (["cname-reg-.mta-sts.shop.example"], "CNAME mta-sts.shop.example"),  # --txt-prefix with %{record_type}
        (["mta-sts-.cname.shop.example"], "CNAME mta-sts.shop.example"),  # --txt-suffix
    ],
)
def test_external_dns_is_known_by_its_registry(names, record):
    (owner,) = owners(DOMAIN, [TXT, HOST, *(text(name, f'"{HERITAGE}"') for name in names)])
    assert (owner.tool, owner.records) == (Tool.EXTERNAL_DNS, (record,))
    assert owner.release.snippet == "--exclude-domains=mta-sts.shop.example\n"
    told = " ".join(owner.release.steps)
    assert all(word in told for word in ('"ingress/web/mta-sts"', '"prod-1"', names[0]))
    # Registry records that go first would make it write the record anew.
    assert "may go" in owner.release.steps[-1]


def test_the_registry_of_another_host_is_not_taken_for_ours():
    assert owners(DOMAIN, [text("a-www.shop.example", HERITAGE), text("a-mta-sts.other.example", HERITAGE)]) == ()


@pytest.mark.parametrize(
    ("comment", "tags", "tool"),
    [
        ("managed by Terraform", (), Tool.TERRAFORM),
        ("", ("iac:opentofu",), Tool.TERRAFORM),
        ("octoDNS: do not edit", (), Tool.OCTODNS),
        ("", ("external-dns",), Tool.EXTERNAL_DNS),
        ("managed by the web team's script", (), Tool.UNKNOWN),
    ],
)
def test_a_tool_is_known_by_the_words_at_a_record(comment, tags, tool):
    noted = StandingRecord("_mta-sts.shop.example", "TXT", ("v=STSv1; id=1;",), comment=comment, tags=tags)
    (owner,) = owners(DOMAIN, [noted])
    assert (owner.tool, owner.records) == (tool, ("TXT _mta-sts.shop.example",))
    assert owner.release.steps


def test_a_state_names_its_own_records_only():
    """With the address of the record in the state; the CNAME that proves the name to the CA belongs to it."""
    state = [
        InState("module.mail.aws_route53_record.txt", "TXT", "_mta-sts.shop.example"),
        InState("module.mail.aws_route53_record.proof", "CNAME", "_0a1b.mta-sts.shop.example"),
        InState("aws_route53_record.www", "A", "www.shop.example"),
        InState("aws_route53_record.other", "TXT", "_mta-sts.other.example"),
    ]
    (owner,) = owners(DOMAIN, [TXT], state)
    assert owner.records == ("TXT _mta-sts.shop.example", "CNAME _0a1b.mta-sts.shop.example")
    assert re.findall(r"from = (\S+)", owner.release.snippet) == [
        "module.mail.aws_route53_record.proof",
        "module.mail.aws_route53_record.txt",
    ]
    assert owner.release.snippet.count("destroy = false") == 2


def test_a_removed_block_never_takes_other_instances_with_it():
    """It takes no keys: where a resource holds other records, too, each instance has its own command."""
    ours = InState('aws_route53_record.txt["_mta-sts.it\'s"]', "TXT", "_mta-sts.shop.example")
    other = InState('aws_route53_record.txt["www"]', "A", "www.shop.example")
    mixed = terraform_release([ours], [ours, other])
    assert "removed {" not in mixed.snippet
    assert mixed.snippet == "terraform state rm 'aws_route53_record.txt[\"_mta-sts.it'\\''s\"]'\n"
    assert "next apply" in mixed.steps[0]
    assert "from = aws_route53_record.txt\n" in terraform_release([ours], [ours]).snippet


def test_keys_are_taken_out_of_addresses():
    assert without_keys('module.a["x.y]"].module.b[0].aws_route53_record.r["k\\"]"]') == (
        "module.a.module.b.aws_route53_record.r"
    )


def test_two_tools_are_both_named_and_words_add_nothing_to_a_mark():
    noted = StandingRecord("mta-sts.shop.example", "CNAME", ("x.example",), comment="octodns")
    found = owners(
        DOMAIN, [noted, text("_owner.cname.mta-sts.shop.example", "*octodns*"), text(marks(DOMAIN)[7], HERITAGE)]
    )
    assert [owner.tool for owner in found] == [Tool.OCTODNS, Tool.EXTERNAL_DNS]


def test_marks_are_looked_for_where_the_tools_put_them():
    names = marks(DOMAIN)
    assert {
        "_owner.txt._mta-sts.shop.example",
        "_owner.cname.mta-sts.shop.example",
        "cname-mta-sts.shop.example",
        "mta-sts.shop.example",
    } <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("_mta-sts", True),
        ("_mta-sts.sub", True),
        ("_smtp._tls", True),
        ("_smtp._tls.a.b", True),
        ("mta-sts", True),
        ("mta-sts.sub", True),
        ("_0123456789abcdef0123456789abcdef.mta-sts.sub", True),
        ("", False),
        ("www", False),
        ("my-mta-sts", False),
        ("mta-sts-old", False),
        ("_owner.TXT._mta-sts", False),
        ("_owner.CNAME.mta-sts", False),
    ],
)
def test_the_filter_leaves_the_four_names_of_each_domain_and_nothing_else(name, left):
    """As octoDNS reads it: a plain entry is one name, "/" begins a regular expression that is searched for."""
    patterns = [re.compile(entry[1:-1]) for entry in OCTODNS_NAMES]
    assert any(pattern.search(name) for pattern in patterns) is left


def test_the_filter_is_yaml_that_says_what_was_meant():
    read = yaml.safe_load(octodns_release().snippet)
    assert tuple(read["processors"]["not-mta-sts"]["rejectlist"]) == OCTODNS_NAMES


def test_what_a_tool_says_of_itself_is_quoted():
    """A registry record is anybody's text."""
    release = external_dns_release(DOMAIN, (), "ingress/\x1b[2J", "a")
    assert "\x1b" not in " ".join(release.steps)
