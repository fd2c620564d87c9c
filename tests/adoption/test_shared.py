"""What most have goes into the defaults, and a file that says less means the same."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mtasts.adoption.shared import defaults_text, finished, meanings, shared_by
from mtasts.policy.adopted import Adopted
from mtasts.policy.draft import draft
from mtasts.protocol.mta_sts import Mode, Policy, render_policy

MAILBOX = "mailto:tls@corp.example"
ZONE = ("route53", "Z0123456789EXAMPLE")


def file(domain, rua=(MAILBOX,), dns=ZONE, host_record=""):
    served = Policy(Mode.ENFORCE, 1209600, (f"mx.{domain}",))
    adopted = Adopted("7", datetime(2026, 11, 28, tzinfo=UTC), render_policy(served))
    return draft(domain, (f"mx.{domain}",), served, rua, dns, adopted, host_record, 300).text


def policies(*texts):
    return meanings({f"{text.split('domain: ')[1].split()[0]}.yaml": text for text in texts}, "")


def test_most_reports_and_one_zone_are_shared():
    shared = shared_by(policies(file("a.example"), file("b.example"), file("c.example", ("mailto:x@c.example",))))
    assert (shared.rua, shared.dns.zone) == ((MAILBOX,), ZONE[1])
    assert meanings({"d.example.yaml": "domain: d.example\nmx: [mx.d.example]\n"}, defaults_text(shared))


def test_what_is_not_common_is_not_proposed():
    assert not shared_by(policies(file("a.example")))
    other = file("b.example", ("mailto:x@c.example",), ("cloudflare", "0" * 32))
    assert not shared_by(policies(file("a.example"), other))
    assert not shared_by(())


@pytest.mark.parametrize("host_record", ["", "cname"])
def test_a_shorter_file_means_the_same(host_record):
    text = file("a.example", host_record=host_record)
    defaults = defaults_text(shared_by(policies(text, file("b.example"))))
    short = finished("a.example.yaml", text, "shared-1", defaults)
    (before,) = meanings({"a.example.yaml": text}, "")
    (after,) = meanings({"a.example.yaml": short}, defaults)
    assert after == replace(before, host_group="shared-1")
    assert "tls_rpt" not in short
    assert "zone:" not in short
    assert ("host_record: cname" in short) is bool(host_record)


@pytest.mark.parametrize("rua", [("mailto:x@a.example",), ()])
def test_what_differs_from_the_defaults_stays(rua):
    defaults = defaults_text(shared_by(policies(file("b.example"), file("c.example"))))
    short = finished("a.example.yaml", file("a.example", rua), "", defaults)
    assert "tls_rpt:" in short
    assert meanings({"a.example.yaml": short}, defaults)[0].rua == rua


def test_without_defaults_only_the_group_is_added():
    text = file("a.example")
    assert finished("a.example.yaml", text, "", "") == text
    assert finished("a.example.yaml", text, "g-1", "").replace("host_group: g-1\n", "") == text
