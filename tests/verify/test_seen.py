"""A look as the sighting that is kept of it."""

from dataclasses import replace
from datetime import timedelta

from mtasts.history.shown import Shown
from mtasts.history.sightings import SeenHost, last_change
from mtasts.verify.model import HOST_LIMIT, AnswerKind, LookOutcome, Trouble
from mtasts.verify.seen import mail_sighting, sighting_of
from tests.verify import scenes

ISSUER = "CN=R11,O=Let's Encrypt,C=US"
SILENT = Trouble("smtp-silent", "no answer")


def own(name: str) -> SeenHost:
    """A host that shows one certificate for its own name."""
    return SeenHost(name, (Shown((name,), ISSUER),))


def test_hosts_and_certificates_of_all_addresses_each_once():
    """By name; two addresses with one certificate are one."""
    found = sighting_of(scenes.good())
    assert (found.at, found.hosts) == (scenes.NOW, tuple(own(name) for name in scenes.MX))


def test_a_renewed_certificate_is_no_change():
    """Dates, key and address do not count: names and issuer do."""
    before = scenes.good()
    probe = replace(
        before.hosts[1].probes[0], certificate=scenes.certificate(scenes.MX[1], days=300), address="192.0.2.99"
    )
    after = replace(before, at=before.at + timedelta(days=1), probed_at=before.at + timedelta(days=1),
                    hosts=(before.hosts[0], replace(before.hosts[1], probes=(probe,))))  # fmt: skip
    assert last_change([sighting_of(before), sighting_of(after)]) is None
    assert sighting_of(after).hosts == sighting_of(before).hosts


def test_dns_trouble_is_no_sighting():
    """Nothing was seen, so nothing can have changed."""
    assert sighting_of(replace(scenes.good(), mx=scenes.trouble("example.com", "MX"), hosts=())) is None


def test_a_look_out_of_time_still_knows_the_hosts():
    """By the MX records; of their certificates nothing is known."""
    found = sighting_of(replace(scenes.good(), hosts=()))
    assert found.hosts == tuple(SeenHost(name) for name in scenes.MX)


def test_an_unreached_address_says_nothing_about_certificates():
    """The host is there all the same."""
    bad = scenes.probed(scenes.MX[1], "192.0.2.26", SILENT, outcome=LookOutcome.UNREACHABLE, certificate=None)
    look = replace(scenes.good(), hosts=(scenes.good().hosts[0], scenes.mail_host(scenes.MX[1], bad)))
    assert sighting_of(look).hosts == (own(scenes.MX[0]), SeenHost(scenes.MX[1]))


def test_old_probe_evidence_says_nothing_about_certificates():
    """To the second; the MX set is of the look itself."""
    look = replace(scenes.good(), probed_at=scenes.NOW - timedelta(hours=24), probed_by="probes.json")
    assert sighting_of(look).hosts == tuple(own(name) for name in scenes.MX)
    older = replace(look, probed_at=look.probed_at - timedelta(seconds=1))
    assert sighting_of(older).hosts == tuple(SeenHost(name) for name in scenes.MX)


def test_no_mx_record_is_the_domain_itself():
    """RFC 5321 s5.1; and a null MX is nobody."""
    implicit = scenes.mail_host("example.com", scenes.probed("example.com", "192.0.2.1"), implicit=True)
    look = replace(scenes.good(), mx=scenes.absent("example.com", "MX"), hosts=(implicit,))
    assert [host.name for host in sighting_of(look).hosts] == ["example.com"]
    null = replace(scenes.good(), mx=scenes.found("example.com", "MX", "0 ."), hosts=())
    assert sighting_of(null).hosts == ()
    assert null.mx.kind is AnswerKind.FOUND


def test_endless_names_are_kept_short_and_still_told_apart():
    """A hostile host cannot fill the store, nor hide a change behind the cut."""

    def shown(last):
        names = (*(f"h{number:05}.example.com" for number in range(9999)), last)
        probe = replace(scenes.probed("mx", "192.0.2.1"), certificate=replace(scenes.certificate("x"), names=names))
        return mail_sighting(scenes.NOW, (scenes.mail_host("mx", probe),)).hosts[0].certificates[0][0]

    assert len(shown("z1.example.com")) == 51
    assert shown("z1.example.com") == shown("z1.example.com")
    assert shown("z1.example.com") != shown("z2.example.com")


def test_a_probe_that_may_have_missed_hosts_is_no_sighting():
    """None found, or as many as are looked at and perhaps more."""
    assert mail_sighting(scenes.NOW, ()) is None
    hosts = tuple(
        scenes.mail_host(f"mx{number}", scenes.probed(f"mx{number}", "192.0.2.1")) for number in range(HOST_LIMIT)
    )
    assert mail_sighting(scenes.NOW, hosts) is None
    assert len(mail_sighting(scenes.NOW, hosts[1:]).hosts) == HOST_LIMIT - 1
