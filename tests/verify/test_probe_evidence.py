"""Which probes of an evidence file count: who signed it, when, of which domain and of which MX hosts."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.verify.model import LookOutcome
from mtasts.verify.probe_evidence import ProbeEvidence, refusal
from mtasts.verify.probe_file import BadProbeFile, read_probe_file, render_probe_file
from mtasts.verify.probe_signature import BadKey, new_key, read_private_key, read_public_keys
from tests.verify.scenes import DOMAIN, MX, NOW, good

PEM, PUBLIC = new_key()
_, OTHER = new_key()
KEYS = frozenset({PUBLIC, OTHER})
SIGNED = render_probe_file(NOW, True, [(DOMAIN, good().hosts)], read_private_key(PEM.decode()))
UNSIGNED = render_probe_file(NOW, True, [(DOMAIN, good().hosts)])


def code(text: str, keys: frozenset[str] = KEYS, *, later: timedelta = timedelta(), unsigned: bool = False) -> str:
    refused = refusal(read_probe_file(text), keys, NOW + later, unsigned=unsigned)
    return refused.code if refused else ""


def changed(**values: Any) -> str:
    return json.dumps(json.loads(SIGNED) | values)


def test_a_signed_file_counts_whatever_its_layout() -> None:
    """The signature is of the values: spaces and the order of names say nothing."""
    value = json.loads(SIGNED)
    assert code(SIGNED) == ""
    assert code(json.dumps(dict(reversed(value.items())), separators=(",", ":"))) == ""


NO_KEY: frozenset[str] = frozenset()
SIGNATURE = json.loads(SIGNED)["signature"]["value"]
# By name: the texts are other ones in each process. The file, the public keys known, --unsigned-probes, and the code.
WRITERS = {
    "unsigned": (UNSIGNED, KEYS, False, "probe-unsigned"),
    "unsigned, a key known, the option": (UNSIGNED, KEYS, True, "probe-unsigned"),
    "unsigned, no key known": (UNSIGNED, NO_KEY, False, "probe-unsigned"),
    "unsigned, no key known, the option": (UNSIGNED, NO_KEY, True, ""),
    "signed, no key known, the option": (SIGNED, NO_KEY, True, ""),
    "signed, no key known": (SIGNED, NO_KEY, False, "probe-key-unknown"),
    "somebody else's": (SIGNED, frozenset({OTHER}), False, "probe-key-unknown"),
    "another value": (changed(smtp_open=False), KEYS, False, "probe-forged"),
    "a value more": (changed(more=1), KEYS, False, "probe-forged"),
    "no finite number": (changed(more=float("inf")), KEYS, False, "probe-forged"),
    "no character": (changed(more="\ud800"), KEYS, False, "probe-forged"),
    "another known key named": (changed(signature={"key": OTHER, "value": SIGNATURE}), KEYS, False, "probe-forged"),
    "an empty signature": (changed(signature={"key": PUBLIC, "value": ""}), KEYS, False, "probe-forged"),
    "no Base64": (changed(signature={"key": PUBLIC, "value": "é"}), KEYS, False, "probe-forged"),
    "half a signature": (changed(signature={"key": PUBLIC}), KEYS, False, "probe-unsigned"),
    "a list for a signature": (changed(signature=[PUBLIC]), KEYS, False, "probe-unsigned"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_who_wrote_it(name: str) -> None:
    """With a key known no option opens the door; without one only the option does."""
    text, keys, unsigned, expected = WRITERS[name]
    assert code(text, keys, unsigned=unsigned) == expected


def test_a_file_from_the_future_does_not_count() -> None:
    """Clocks may differ by five minutes."""
    assert code(SIGNED, later=timedelta(minutes=-5)) == ""
    assert code(SIGNED, later=timedelta(minutes=-5, seconds=-1)) == "probe-from-future"
    assert code(UNSIGNED, frozenset(), later=timedelta(days=-1), unsigned=True) == "probe-from-future"


@pytest.mark.parametrize(
    ("domain", "hosts", "address", "expected"),
    [
        (DOMAIN, set(MX), "192.0.2.25", ""),
        (DOMAIN, set(MX), "192.0.2.99", "probe-missing"),
        ("example.org", set(MX), "192.0.2.25", "probe-missing"),
        (DOMAIN, {*MX, "mx3.example.com"}, "192.0.2.25", "probe-other-mx"),
        (DOMAIN, {MX[0]}, "192.0.2.25", "probe-other-mx"),
    ],
)
def test_it_is_of_the_domain_and_of_its_mx_hosts(domain: str, hosts: set[str], address: str, expected: str) -> None:
    """Another domain's probes do not count, nor those of MX hosts that have changed since."""
    probe = ProbeEvidence(read_probe_file(SIGNED), None).of_domain(domain, hosts)(MX[0], address)
    assert [problem.code for problem in probe.problems] == [expected] * bool(expected)
    assert (probe.outcome is LookOutcome.UNREACHABLE) == bool(expected)


def test_nothing_of_a_refused_file_is_used() -> None:
    """Not even the probes that are in it for the right domain."""
    file = read_probe_file(UNSIGNED)
    refused = refusal(file, KEYS, NOW, unsigned=False)
    probe = ProbeEvidence(file, refused).of_domain(DOMAIN, set(MX))(MX[0], "192.0.2.25")
    assert (probe.outcome, probe.problems, probe.certificate, probe.chain) == (
        LookOutcome.UNREACHABLE,
        (refused,),
        None,
        (),
    )


def test_keys_are_read_strictly() -> None:
    """Several for a change of keys; anything else is named."""
    assert read_public_keys(f" {PUBLIC},\n{OTHER} ") == KEYS
    assert read_public_keys("") == frozenset()
    for text in (PUBLIC[8:], PUBLIC[:-4], "ed25519:", f"{PUBLIC} ssh-ed25519", "rsa:" + PUBLIC[8:]):
        with pytest.raises(BadKey, match="is not a public key"):
            read_public_keys(text)
    for pem in ("", PUBLIC, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
        with pytest.raises(BadKey, match="is not a private key"):
            read_private_key(pem)


@given(st.integers(0, len(SIGNED) - 1), st.characters(codec="ascii"))
def test_no_other_character_anywhere_counts(place: int, other: str) -> None:
    """A changed file is refused, or says the very same."""
    text = SIGNED[:place] + other + SIGNED[place + 1 :]
    try:
        file = read_probe_file(text)
    except BadProbeFile:
        return
    if refusal(file, KEYS, NOW, unsigned=False) is None:
        # Base64 has bits to spare at its end: the same signature, written in another way.
        assert replace(file, document={}) == replace(read_probe_file(SIGNED), document={})
