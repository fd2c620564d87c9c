"""A failure of what domains share: which domains it keeps from being published, and that their rows say so."""

import itertools
from types import SimpleNamespace

import pytest

from mtasts_pulumi.engine.outcome import Watcher
from mtasts_pulumi.engine.shared import independent, needs

STACK = "urn:pulumi:prod::mtasts::pulumi:pulumi:Stack::mtasts-prod"
ORIGIN = "urn:pulumi:prod::mtasts::mtasts:index:PolicyOrigin::policies"
FLEET = "urn:pulumi:prod::mtasts::mtasts:index:PolicyHost::fleet"
DOMAINS = ("a.example", "b.example", "c.example")


@pytest.mark.parametrize(
    ("name", "parent", "group", "expected"),
    [
        ("policies-bucket", ORIGIN, "fleet", True),
        ("default_7_51_1", STACK, "fleet", True),
        ("fleet-distribution", FLEET, "fleet", True),
        ("fleet-distribution", FLEET, "c.example", False),
        ("fleet-certificate", FLEET, "", True),
        ("b.example-validation", FLEET, "fleet", True),
        ("a.example-host-cname", FLEET, "fleet", True),
        ("b.example-host-a", FLEET, "fleet", False),
    ],
)
def test_what_a_domain_needs(name, parent, group, expected):
    """The bucket for all, a host for its group's members, a validation for all of them, a leading record for one."""
    urn = f"urn:pulumi:prod::mtasts::x:y/z:Z::{name}"

    assert needs("a.example", group, urn, parent, DOMAINS) is expected


@pytest.mark.parametrize(
    ("name", "parent", "expected"),
    [
        ("policies-bucket", ORIGIN, True),
        ("fleet-distribution", FLEET, False),
        ("fleet-certificate", FLEET, False),
        ("b.example-validation", FLEET, False),
        ("b.example-host-a", FLEET, False),
        ("a.example-host-cname", FLEET, True),
        ("a.example-host-a-at-ZNEW", FLEET, True),
        ("a.example-validation", FLEET, True),
    ],
)
def test_what_a_domain_needs_whose_name_answers(name, parent, expected):
    """The bucket and its own records: nothing of the host."""
    urn = f"urn:pulumi:prod::mtasts::x:y/z:Z::{name}"

    assert needs("a.example", "fleet", urn, parent, DOMAINS, independent=True) is expected


@pytest.mark.parametrize(
    ("members", "served", "expected"),
    [
        (["a.example"], ["a.example"], False),
        (["a.example", "b.example"], ["a.example"], True),
        (["a.example"], ["a.example", "b.example"], True),
        (["a.example", "b.example"], ["b.example"], False),
        (["a.example", "b.example"], [], False),
    ],
)
def test_who_depends_on_own_records_only(members, served, expected):
    """A domain that is served already, on a host that somebody else has or had."""
    assert independent("a.example", members, served) is expected


def engine_event(**kind):
    kinds = "resource_pre_event res_outputs_event res_op_failed_event diagnostic_event summary_event"
    return SimpleNamespace(**dict.fromkeys(kinds.split()) | kind)


@pytest.mark.parametrize("names", list(itertools.permutations(["a.example-tls-rpt", "a.example-mark"])))
def test_causes_are_told_in_one_order(names):
    """Which of two records fails first is chance; what is told is not."""
    domain = "urn:pulumi:prod::mtasts::mtasts:index:MtaStsDomain::a.example"
    watcher = Watcher()

    def begun(urn, type_, parent):
        new = SimpleNamespace(inputs={}, parent=parent, custom=not type_.startswith("mtasts:"))
        metadata = SimpleNamespace(op="create", urn=urn, type=type_, old=None, new=new)
        watcher.on_event(engine_event(resource_pre_event=SimpleNamespace(metadata=metadata)))

    begun(domain, "mtasts:index:MtaStsDomain", STACK)
    for name in names:
        urn = f"urn:pulumi:prod::mtasts::mtasts:index:MtaStsDomain$x:y/z:Z::{name}"
        begun(urn, "x:y/z:Z", domain)
        failed = SimpleNamespace(metadata=SimpleNamespace(urn=urn))
        watcher.on_event(engine_event(res_op_failed_event=failed))

    ((row,), _) = watcher.rows(planned=False)
    assert (row.failed, row.because) == (True, ("a.example-mark", "a.example-tls-rpt"))
