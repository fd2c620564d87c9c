"""Before and after: what is the same, what changed, and what is worse for a sender."""

from dataclasses import replace

import pytest

from mtasts.adoption.compare import compared
from mtasts.verify.model import Observed
from mtasts.verify.run_checks import judge
from tests.adoption.scenes import HOST, MTA_STS_NAME, TLS_RPT_NAME, observed
from tests.verify.scenes import NOW, TEXT, absent, certificate, fetched, found


def held(after: Observed, before: Observed | None = None):
    """Two looks side by side."""
    return compared(judge(before or observed(), NOW), judge(after, NOW))


def test_nothing_changed():
    """Every fact is the same and no check ends otherwise."""
    found_ = held(observed())
    assert all(each.same for each in found_.facts)
    assert (found_.checks, found_.worse, found_.moved) == ((), (), False)


def test_a_move_of_the_host_is_not_worse():
    """Other addresses, another issuer; the same bytes under the same id."""
    moved = replace(
        fetched("203.0.113.1"), certificate=certificate(HOST, issuer="CN=Amazon RSA 2048 M02,O=Amazon,C=US")
    )
    found_ = held(observed(fetches=(moved,), policy_host=(found(HOST, "A", "203.0.113.1"),)))

    assert (found_.worse, found_.moved) == ((), True)
    assert {each.name for each in found_.facts if not each.same} == {"addresses", "answering", "issuer"}


WEAKER = TEXT.replace("mode: enforce", "mode: testing")


@pytest.mark.parametrize(
    ("after", "worse"),
    [
        (observed(fetches=(fetched("192.0.2.9", body=WEAKER),)), "mode: mode enforce became testing"),
        (observed(mta_sts=found(MTA_STS_NAME, "TXT", "v=STSv1; id=2;")), "id: another id for the same policy"),
        (observed(mta_sts=absent(MTA_STS_NAME, "TXT")), "records: 0 records"),
        (observed(mta_sts=found(MTA_STS_NAME, "TXT", "v=STSv1; id=1;", "v=STSv1; id=2;")), "records: 2 records"),
        (observed(fetches=()), "policy: no policy is served any more"),
        (observed(fetches=(fetched("192.0.2.9"), fetched("192.0.2.8", body=WEAKER))), "policy: different policies"),
        (observed(tls_rpt=absent(TLS_RPT_NAME, "TXT"), rua=()), "reports to: reports went to"),
    ],
)
def test_what_is_worse(after: Observed, worse: str):
    """Each is said in one line."""
    assert any(line.startswith(worse) for line in held(after).worse), held(after).worse


def test_what_was_dead_is_better():
    """A policy where there was none, whatever its mode and id."""
    before = observed(fetches=())
    now = fetched("192.0.2.9", body=WEAKER)
    txt = found(MTA_STS_NAME, "TXT", "v=STSv1; id=2;")
    assert held(observed(fetches=(now,), mta_sts=txt, unnamed=now), before).worse == ()


def test_a_record_without_a_policy_gets_a_new_id_also_after_a_run_that_was_cut_off():
    """That one has put the policy there, under the id that had none."""
    txt = found(MTA_STS_NAME, "TXT", "v=STSv1; id=2;")
    looks = judge(observed(), NOW), judge(observed(mta_sts=txt), NOW)
    assert compared(*looks, renewed=True).worse == ()
    assert compared(*looks).worse != ()


def test_mx_hosts_do_not_count():
    """They are the same before and after; that one did not answer just now is said, and is not worse."""
    gone = replace(observed().hosts[0], probes=())
    found_ = held(observed(hosts=(gone, *observed().hosts[1:])))
    assert found_.worse == ()
