"""The domains of a stack that are asked about: a released one is another tool's, and is told, not judged."""

import pytest

from mtasts.app.stack_domains import stack_domains
from mtasts.app.verify import wanted_of

_FILE = (
    "domain: {}\nmode: testing\nmx: [mx1.example.com]\ntls_rpt: {{rua: []}}\n"
    "dns: {{provider: route53, zone: Z0123456789EXAMPLE}}\n"
)
OURS, GONE = "example.com", "example.net"


@pytest.fixture
def policies(tmp_path):
    folder = tmp_path / "prod"
    folder.mkdir()
    (folder / f"{OURS}.yaml").write_text(_FILE.format(OURS))
    (folder / f"{GONE}.yaml").write_text(_FILE.format(GONE) + "released: 2026-11-28\n")
    return tmp_path


@pytest.mark.parametrize(("named", "every"), [((), True), ((), False), ((OURS, GONE), False)])
def test_no_verdict_is_asked_of_a_released_domain(policies, named, every):
    """It is said once, whether it is named or not."""
    asked = stack_domains(policies, "prod", named, every=every)
    assert [policy.domain for policy in asked.policies] == [OURS]
    assert [note for note in asked.notes if "was released on 2026-11-28: another tool publishes it" in note]
    assert stack_domains(policies, "prod", [OURS], every=False).notes == ()


def test_verify_holds_a_released_domain_to_no_file(policies):
    """It is looked at as any domain of the world is."""
    told: list[str] = []
    wanted = dict(wanted_of(policies, "prod", (), told.append))
    assert wanted[GONE] is None
    assert wanted[OURS] is not None
    assert [note.partition(" ")[0] for note in told] == [GONE]
    told.clear()
    wanted_of(policies, "prod", [OURS], told.append)
    assert told == []
