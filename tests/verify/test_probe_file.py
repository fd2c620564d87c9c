"""The evidence file of `mtasts probe`: what is written is what is read, and nothing hostile gets through."""

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.verify.dane import Fit, judge_host
from mtasts.verify.model import Trouble
from mtasts.verify.probe_file import BadProbeFile, read_probe_file, render_probe_file
from tests.verify.scenes import DOMAIN, MX, NOW, good, mail_host, probed, tlsa

BAD = probed(MX[1], "192.0.2.26", Trouble("starttls-not-supported", "no STARTTLS", "starttls-not-supported"))
HOSTS = (good().hosts[0], mail_host(MX[1], BAD))
TEXT = render_probe_file(NOW, True, [(DOMAIN, HOSTS)])


def test_what_was_probed_is_read_back() -> None:
    """Every probe with its troubles and certificate, under its host and address."""
    file = read_probe_file(TEXT)
    assert (file.made_at, file.smtp_open) == (NOW, True)
    assert list(file.probes.values()) == [probe for host in HOSTS for probe in host.probes]
    assert file.probes[MX[1], "192.0.2.26"] == BAD
    assert file.hosts == {DOMAIN: frozenset(MX)}


def test_what_dane_saw_behind_an_alias_is_taken_along() -> None:
    """Under the name that was put into SNI."""
    behind = probed("real.example.net", "192.0.2.26")
    host = mail_host(MX[1], BAD, dane=replace(tlsa("real.example.net", "3 1 1 " + "ab" * 32), probes=(behind,)))
    file = read_probe_file(render_probe_file(NOW, True, [(DOMAIN, (host,))]))
    assert file.probes["real.example.net", "192.0.2.26"] == behind


def test_a_file_of_before_dane_is_read_and_leaves_tlsa_unknown() -> None:
    """What was presented is not in it, so no record is held against it."""
    value = json.loads(TEXT)
    for probe in value["probes"]:
        del probe["chain"]
    file = read_probe_file(json.dumps(value))
    old = file.probes[MX[0], "192.0.2.25"]
    assert old == replace(good().hosts[0].probes[0], chain=())
    dane = tlsa(MX[0], "3 1 1 " + "ab" * 32)
    (judged,) = judge_host(mail_host(MX[0], old, dane=dane), DOMAIN, good().mx, NOW)
    assert (judged.fit, judged.code) == (Fit.UNKNOWN, "tlsa-unseen")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not an evidence file"),
        ('{"schema": "mtasts-probe", "version": 1}', "has version 1; this program reads version 2"),
        ('{"schema": "mtasts-probe", "version": 2}', "does not have the form of version 2"),
        ('{"schema": "mtasts-probe", "schema": "mtasts-probe"}', "has 'schema' twice"),
        (TEXT.replace('"hosts": [', '"hosts": "x", "was": ['), "does not have the form of version 2: TypeError"),
        (TEXT.replace('"made_at": "2026', '"made_at": "20x6'), "does not have the form of version 2"),
        (TEXT.replace('"outcome": "ok"', '"outcome": "fine"'), "does not have the form of version 2"),
        (TEXT.replace('"sent": 2', '"sent": 1e999'), "does not have the form of version 2"),
        (TEXT.replace('"not_after": "2026', '"not_after": 7, "x": "'), "does not have the form of version 2"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(text: str, said: str) -> None:
    """One error, whatever is wrong."""
    with pytest.raises(BadProbeFile, match=said):
        read_probe_file(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_any_value_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    """No other exception, whichever part of the file is replaced."""
    value = json.loads(TEXT)
    spots = [(value, key) for key in value]
    for probe in value["probes"]:
        spots += [(part, key) for part in (probe, probe["certificate"], *probe["chain"]) for key in part]
    where, key = data.draw(st.sampled_from(spots))
    where[key] = data.draw(JSON)
    with contextlib.suppress(BadProbeFile):
        read_probe_file(json.dumps(value))
