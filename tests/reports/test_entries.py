"""Which entries of which reports speak about a domain, each report once."""

import random
from dataclasses import replace
from datetime import date

from mtasts.reports.entries import distinct, entries
from mtasts.reports.stored import Trust
from mtasts.reports.summary import summarise
from tests.reports.making import TODAY, WINDOW, detail, result, stored


def spoken(domain, *reports):
    """What the reports say about the domain, as (policy type, successes, failures)."""
    return [(e.kind, e.result.successes, e.result.failures) for e in entries(domain, WINDOW, reports)]


def test_case_and_last_dot_of_the_policy_domain_do_not_count():
    """`Example.COM.` in a report is example.com, and the question may be written either way."""
    report = stored(3, result(5, 0, domain="Example.COM."))
    assert spoken("example.com", report) == [("sts", 5, 0)]
    assert spoken("EXAMPLE.com.", report) == [("sts", 5, 0)]


def test_another_domain_of_the_same_report_is_not_read():
    """A failure at example.net in one report is no word about example.com."""
    report = stored(3, result(5, 0), result(0, 9, detail(), domain="example.net"))
    assert spoken("example.com", report) == [("sts", 5, 0)]
    assert spoken("example.net", report) == [("sts", 0, 9)]
    assert spoken("mail.example.com", report) == []


def test_a_tlsa_entry_about_the_mx_host_belongs_to_the_only_domain():
    """RFC 8460 s4.4: the policy domain of tlsa is the TLSA base domain, the MX host."""
    report = stored(3, result(5, 0), result(5, 0, kind="tlsa", domain="mail.example.com"))
    assert spoken("example.com", report) == [("sts", 5, 0), ("tlsa", 5, 0)]


def test_a_tlsa_entry_goes_to_the_domain_whose_policy_covers_the_host():
    """With several domains in one report only the one with the MX in its mx list gets the entry."""
    other = result(7, 0, domain="example.net", policy=("mode: testing", "mx: mx.example.net"))
    report = stored(3, result(5, 0), other, result(5, 1, kind="tlsa", domain="mail.example.com"))
    assert spoken("example.com", report) == [("sts", 5, 0), ("tlsa", 5, 1)]
    assert spoken("example.net", report) == [("sts", 7, 0)]


def test_a_report_of_tlsa_alone_belongs_to_the_domains_it_is_filed_under():
    """Where nothing but the MX host is named, the filing (mail header) says whose it is."""
    report = stored(3, result(5, 0, kind="tlsa", domain="mail.example.com"), hint="example.com")
    assert spoken("example.com", report) == [("tlsa", 5, 0)]


def test_an_entry_without_a_domain_belongs_to_the_only_one():
    """Postfix with sys4's library leaves policy-domain out under no-policy-found."""
    report = stored(3, result(5, 0), result(2, 0, kind="no-policy-found", domain=""))
    assert spoken("example.com", report) == [("sts", 5, 0), ("no-policy-found", 2, 0)]
    two = stored(3, result(5, 0), result(1, 0, domain="example.net"), result(2, 0, kind="no-policy-found", domain=""))
    assert spoken("example.com", two) == [("sts", 5, 0)]
    alone = stored(3, result(2, 0, kind="no-policy-found", domain=""), hint="example.com")
    assert spoken("example.com", alone) == [("no-policy-found", 2, 0)]


def test_days_are_those_of_the_range_never_of_the_arrival():
    """A report that comes 24 days late counts on the day it is about."""
    late = replace(stored(3, result(5, 0)), received=stored(27).received)
    assert [entry.day for entry in entries("example.com", WINDOW, [late])] == [date(2026, 3, 3)]
    outside = replace(stored(date(2026, 2, 28), result(5, 0)), received=stored(3).received)
    assert list(entries("example.com", WINDOW, [outside])) == []


def test_the_same_report_counts_once():
    """RFC 8460 s3: reporters may use every rua, so one report can come by mail, by post and from a file."""
    mail = stored(3, result(5, 0), report_id="abc")
    post = stored(3, result(5, 0), report_id="abc", trust=Trust.POSTED)
    file = stored(3, result(5, 0), report_id="abc", trust=Trust.LOCAL)
    assert distinct("example.com", [post, file, mail, post]) == [mail]


def test_a_post_cannot_stand_in_the_way_of_the_signed_mail():
    """Whoever posts bad news under Google's report-id first does not keep Google's own report out."""
    post = stored(3, result(0, 99, detail()), report_id="abc", trust=Trust.POSTED)
    mail = stored(3, result(5, 0), report_id="abc")
    found = summarise("example.com", WINDOW, [post, mail])
    assert (found.counts.sts.successes, found.counts.sts.failures) == (5, 0)
    assert found.untrusted.counts.sts.failures == 99


def test_two_reports_under_one_id_are_two_copies_only_if_they_say_the_same():
    """Two hosts of an organization, each with tlsrpt-reporter: neither one's failures go."""
    one = stored(3, result(9, 0), report_id="day_idx1", key="k1")
    two = stored(3, result(12, 9, detail(), detail("certificate-expired", 8)), report_id="day_idx1", key="k2")
    again = stored(3, result(12, 9, detail("certificate-expired", 8), detail()), report_id="day_idx1", key="k3")
    found = summarise("example.com", WINDOW, [again, one, two])
    assert (found.counts.sts.successes, found.counts.sts.failures, found.reports) == (21, 9, 2)
    (note,) = (note for note in found.notes if note.code == "same-report-id")
    assert note.message.startswith("2 reports of google.com bear a report-id that")


def test_the_parts_of_a_split_report_all_count():
    """One report-id over two mails, a policy type each: neither is dropped, whichever came first."""
    first, second = (
        stored(3, result(5, 0), report_id="abc", key="k1"),
        stored(3, result(4, 1, detail(), kind="tlsa", domain="mail.example.com"), report_id="abc", key="k2",
               hint="example.com"),
    )  # fmt: skip
    assert spoken("example.com", first, second) == [("sts", 5, 0), ("tlsa", 4, 1)]
    assert spoken("example.com", second, first) == [("sts", 5, 0), ("tlsa", 4, 1)]


def test_a_copy_without_a_submitter_is_the_named_one_of_its_organization():
    """A bare file without contact-info and the signed mail of the same report: one, the mail."""
    file = stored(3, result(5, 0), report_id="abc", trust=Trust.LOCAL, by="Google Inc.", key="k1")
    mail = stored(3, result(5, 0), report_id="abc", key="k2")
    assert distinct("example.com", [file, mail]) == [mail]


def test_two_reports_of_one_day_are_two():
    """RFC 8460 s5.1: different unique ids on one day are different reports."""
    one, two = stored(3, result(5, 0), report_id="a"), stored(3, result(6, 0), report_id="b")
    assert len(distinct("example.com", [one, two])) == 2
    assert len(distinct("example.com", [one, stored(3, result(6, 0), report_id="a", by="microsoft.com")])) == 2


def test_reports_without_an_id_are_told_apart_by_their_key():
    """An absent report-id is not one and the same id."""
    one, two = stored(3, result(1, 0), report_id="", key="k1"), stored(3, result(1, 0), report_id="", key="k2")
    assert len(distinct("example.com", [one, two, one])) == 2


def test_order_and_repetition_change_nothing():
    """However the reports come, the same ones are read in the same order."""
    reports = [
        stored(d, result(d, 0), by=by, trust=trust)
        for d in range(1, 20)
        for by in ("google.com", "microsoft.com")
        for trust in (Trust.AUTHENTICATED, Trust.POSTED)
    ]
    straight = list(entries("example.com", WINDOW, reports))
    shuffled = reports * 2
    random.Random(7).shuffle(shuffled)
    assert list(entries("example.com", WINDOW, shuffled)) == straight
    assert len(straight) == 38
    assert WINDOW.until == TODAY
