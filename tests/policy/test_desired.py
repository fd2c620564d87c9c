"""What the world shall look like for a stack: text, names, host groups."""

import dataclasses
from datetime import date

import pytest

from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.desired import desired_from, desired_state, host_groups
from mtasts.protocol.mta_sts import Mode, read_policy

BASE = DomainPolicy(
    domain="example.com",
    mode=Mode.TESTING,
    max_age=86400,
    mx=("mx1.example.com", "*.mail.example.net"),
    rua=("mailto:tls-reports@example.org",),
    ttl=300,
    dns=DnsZone("route53", "Z0123456789EXAMPLE"),
    host_group="example.com",
    owner="mail team",
    notes="",
    source="policies/test/example.com.yaml",
)


def member(number: int, group: str = "shared", mode: Mode = Mode.TESTING, released: date | None = None) -> DomainPolicy:
    domain = f"d{number:03}.example"
    source = f"policies/test/{domain}.yaml"
    return dataclasses.replace(BASE, domain=domain, host_group=group, mode=mode, source=source, released=released)


def test_text_and_names_of_a_domain():
    """Every byte of the policy file, and every name a sender looks at."""
    state = desired_state(BASE)

    assert state.text == (
        "version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\nmx: *.mail.example.net\r\nmax_age: 86400\r\n"
    )
    assert state.policy_host == "mta-sts.example.com"
    assert state.policy_url == "https://mta-sts.example.com/.well-known/mta-sts.txt"
    assert state.txt_name == "_mta-sts.example.com"
    assert state.tls_rpt_name == "_smtp._tls.example.com"
    assert state.tls_rpt_value == "v=TLSRPTv1; rua=mailto:tls-reports@example.org"


def test_text_is_read_back_as_what_was_asked():
    """The rendered text is a valid policy without a single warning, and says what the YAML said."""
    reading = read_policy(desired_state(BASE).text.encode())

    assert reading.problems == ()
    assert reading.value == BASE.policy


@pytest.mark.parametrize("change", [{"owner": "else"}, {"notes": "more"}, {"ttl": 3600}, {"rua": ()}])
def test_what_senders_do_not_read_changes_no_byte(change):
    """A new owner, note, TTL or report address must not rotate the id."""
    assert desired_state(dataclasses.replace(BASE, **change)).text == desired_state(BASE).text


def test_no_report_address_no_record():
    """Without rua there is no TLS-RPT record to publish."""
    assert desired_state(dataclasses.replace(BASE, rua=())).tls_rpt_value is None


def test_groups_and_members_come_in_order_of_name():
    """The order of files must not matter to resource names or to a certificate's names."""
    groups = host_groups([member(2), member(1), BASE])

    assert [group.name for group in groups] == ["example.com", "shared"]
    assert [policy.domain for policy in groups[1].members] == ["d001.example", "d002.example"]


def test_a_group_is_retired_when_all_its_domains_are():
    """One domain that still publishes keeps the shared host."""
    assert host_groups([member(1, mode=Mode.NONE), member(2, mode=Mode.NONE)])[0].retired
    assert not host_groups([member(1, mode=Mode.NONE), member(2)])[0].retired
    assert host_groups([member(1, mode=Mode.NONE), member(2, released=date(2026, 11, 28))])[0].retired


def test_plain_values_make_the_same_bytes():
    """As another Pulumi program has them, also in a language whose numbers arrive as floats."""
    assert desired_from(BASE.domain, "testing", 86400.0, list(BASE.mx), list(BASE.rua)) == desired_state(BASE)
    assert desired_from(BASE.domain, "none", 86400, []).tls_rpt_value is None


@pytest.mark.parametrize(
    ("mode", "max_age", "mx"), [("testing", 86400.5, ["a.example"]), ("off", 1, []), ("enforce", 86400, [])]
)
def test_plain_values_that_cannot_be_published(mode, max_age, mx):
    """They never become a text."""
    with pytest.raises(ValueError, match=r"."):
        desired_from("example.com", mode, max_age, mx)
