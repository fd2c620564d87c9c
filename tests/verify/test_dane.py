"""The judgement of DANE over certificates really made, and what verdicts, evidence files and `ready` make of it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mtasts.live.chain import links_of
from mtasts.live.tls import read_certificate
from mtasts.verify.dane import Fit, Judged, judge_host
from mtasts.verify.model import Answer, AnswerKind, Dane, Dnssec, LookOutcome, MxHost, MxProbe, Trouble
from tests.pki import Leaf, Pki
from tests.verify.scenes import found, trouble

NOW = datetime.now(UTC)
DOMAIN, HOST, ADDRESS = "example.com", "mx1.example.com", "192.0.2.25"
MX = found(DOMAIN, "MX", f"10 {HOST}")
AT = f"_25._tcp.{HOST}"
INSECURE, UNKNOWN, SECURE = Dnssec.INSECURE, Dnssec.UNKNOWN, Dnssec.SECURE


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One CA for the module."""
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def leaf(pki: Pki) -> Leaf:
    """The certificate that the MX host should have."""
    return pki.issue(HOST)


def certificates(leaf: Leaf) -> list[x509.Certificate]:
    """What the host presents."""
    return x509.load_pem_x509_certificates(leaf.chain.read_bytes())


def record(kind: str, certificate: x509.Certificate) -> str:
    """`usage selector matching hex` for a certificate, computed by nothing of ours."""
    _, selector, matching = kind.split()
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    value = key if selector == "1" else certificate.public_bytes(Encoding.DER)
    data = {"0": value, "1": hashlib.sha256(value).digest(), "2": hashlib.sha512(value).digest()}[matching]
    return f"{kind} {data.hex()}"


def probe_of(leaf: Leaf, **more: object) -> MxProbe:
    """What a look at a host with this certificate brings."""
    ders = tuple(one.public_bytes(Encoding.DER) for one in certificates(leaf))
    certificate = read_certificate(ders[0], len(ders))
    probe = MxProbe(HOST, ADDRESS, LookOutcome.OK, (), True, "", True, "TLSv1.3", certificate, 0.0, links_of(ders))
    return replace(probe, **more)  # type: ignore[arg-type]


def judged(
    probe: MxProbe, *records: str, tlsa: Answer | None = None, way: Dnssec = SECURE, mx: Answer = MX,
    signed: Dnssec = SECURE, implicit: bool = False,
) -> Judged:  # fmt: skip
    """The one thing that is said of one host with one address."""
    dane = Dane(HOST, tlsa or found(AT, "TLSA", *records, dnssec=signed), way)
    host = MxHost(HOST, 10, implicit, (found(HOST, "A", ADDRESS),), (probe,), dane)
    (one,) = judge_host(host, DOMAIN, mx, NOW)
    return one


KINDS = [f"{usage} {selector} {matching}" for usage in (2, 3) for selector in (0, 1) for matching in (0, 1, 2)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_usable_kind_matches_its_certificate_and_no_other(pki: Pki, leaf: Leaf, kind: str) -> None:
    """Usage 3 is for the leaf and usage 2 for its CA, never the other way round."""
    own, ca = certificates(leaf)
    right, wrong = (own, ca) if kind.startswith("3") else (ca, own)
    assert judged(probe_of(leaf), record(kind, right)).fit is Fit.MATCHES
    full_anchor = kind.startswith("2") and kind.endswith("0")
    # A whole trust anchor that is in DNS alone is enough for some senders.
    expected = Fit.UNKNOWN if full_anchor else Fit.DIFFERS
    assert judged(probe_of(leaf), record(kind, wrong)).fit is expected
    assert judged(probe_of(leaf), record(kind, pki.other.certificate)).fit is expected


@pytest.mark.parametrize(
    ("bent", "usage_3", "usage_2"),
    [
        ({"days": -1}, Fit.MATCHES, Fit.DIFFERS),
        ({"starts": 5, "days": 10}, Fit.MATCHES, Fit.DIFFERS),
        ({"names": ("elsewhere.example",)}, Fit.MATCHES, Fit.DIFFERS),
        ({"names": ("*.example.com",)}, Fit.MATCHES, Fit.MATCHES),
        ({"names": ("*.net",)}, Fit.MATCHES, Fit.DIFFERS),
        ({"names": (DOMAIN,)}, Fit.MATCHES, Fit.MATCHES),
        ({"names": (), "common_name": HOST}, Fit.MATCHES, Fit.MATCHES),
        ({"names": ("elsewhere.example",), "common_name": HOST}, Fit.MATCHES, Fit.DIFFERS),
        ({"names": (HOST,), "intermediate": False}, Fit.MATCHES, Fit.DIFFERS),
    ],
)
def test_dates_and_names_count_for_usage_2_only(pki: Pki, bent: dict, usage_3: Fit, usage_2: Fit) -> None:
    """RFC 7672 s3.1.1, s3.2.2, s3.2.3."""
    probe_leaf = pki.issue(*bent.get("names", (HOST,)), **{k: v for k, v in bent.items() if k != "names"})
    own = certificates(probe_leaf)[0]
    assert judged(probe_of(probe_leaf), record("3 1 1", own)).fit is usage_3
    assert judged(probe_of(probe_leaf), record("2 1 1", pki.intermediate.certificate)).fit is usage_2


def test_the_mail_domain_is_a_name_only_below_a_signed_mx_record(pki: Pki) -> None:
    """RFC 7672 s3.2.2: else whoever forges the MX record could present a certificate of any domain."""
    probe, anchor = probe_of(pki.issue(DOMAIN)), record("2 1 1", pki.intermediate.certificate)
    assert judged(probe, anchor).fit is Fit.MATCHES
    assert judged(probe, anchor, mx=replace(MX, dnssec=INSECURE)).fit is Fit.DIFFERS
    assert judged(probe, anchor, implicit=True).fit is Fit.DIFFERS
    aliased = replace(MX, chain=("real.example.net",))
    assert judged(probe_of(pki.issue("real.example.net")), anchor, mx=aliased).fit is Fit.MATCHES


def test_a_leaf_is_no_authority(pki: Pki) -> None:
    """An anchor in the chain that may not issue anchors nothing."""
    probe = probe_of(pki.issue(HOST))
    bent = replace(probe, chain=(probe.chain[0], replace(probe.chain[1], ca=False)))
    assert judged(bent, record("2 1 1", pki.intermediate.certificate)).fit is Fit.DIFFERS


def test_one_record_that_matches_is_enough(leaf: Leaf, pki: Pki) -> None:
    """The others are of the next key, or left over; unusable ones do not count (RFC 7672 s2.2)."""
    own, other = certificates(leaf)[0], pki.other.certificate
    many = [record("3 1 1", other), record("3 1 1", own), record("2 0 1", other), "1 1 1 " + "ab" * 32]
    assert judged(probe_of(leaf), *many).fit is Fit.MATCHES
    assert judged(probe_of(leaf), record("3 1 1", own), record("3 1 2", other)).fit is Fit.DIFFERS


@pytest.mark.parametrize("there", [("3 1 1",), ("3 1 2",), ("3 1 1", "3 1 2"), ("3 0 2", "3 1 0"), ("2 1 2",)])
def test_a_mismatch_names_the_record_that_would_match(leaf: Leaf, pki: Pki, there: tuple[str, ...]) -> None:
    """To be published as it stands, beside the others: a weaker digest than theirs would not count (RFC 7671 s9)."""
    others = [record(kind, pki.other.certificate) for kind in there]
    one = judged(probe_of(leaf), *others)
    assert (one.fit, one.where) == (Fit.DIFFERS, f"{HOST} [{ADDRESS}]")
    kind = "3 1 2" if "3 1 2" in there else "3 1 1"
    assert one.text.endswith(f"for its key the record is {record(kind, certificates(leaf)[0])}")
    assert judged(probe_of(leaf), *others, one.text.rpartition("the record is ")[2]).fit is Fit.MATCHES


@pytest.mark.parametrize("fits", [True, False])
@pytest.mark.parametrize(
    ("signed", "way", "fit"),
    [
        (SECURE, SECURE, None),
        (INSECURE, SECURE, Fit.IGNORED),
        (SECURE, INSECURE, Fit.IGNORED),
        (UNKNOWN, UNKNOWN, Fit.UNKNOWN),
        (SECURE, UNKNOWN, Fit.UNKNOWN),
    ],
)
def test_what_is_not_signed_is_ignored_and_what_nobody_knows_is_unknown(
    leaf: Leaf, pki: Pki, signed: Dnssec, way: Dnssec, fit: Fit | None, fits: bool
) -> None:
    """RFC 7672 s2.2; a resolver that does not validate makes neither a pass nor a failure."""
    whose = certificates(leaf)[0] if fits else pki.other.certificate
    expected = fit or (Fit.MATCHES if fits else Fit.DIFFERS)
    assert judged(probe_of(leaf), record("3 1 1", whose), signed=signed, way=way).fit is expected


@pytest.mark.parametrize(
    ("answer", "way", "fit"),
    [
        (Answer(AT, "TLSA", AnswerKind.NO_DATA, dnssec=SECURE), SECURE, Fit.NONE),
        (Answer(AT, "TLSA", AnswerKind.NO_NAME), UNKNOWN, Fit.NONE),
        (trouble(AT, "TLSA", dnssec=Dnssec.BOGUS), SECURE, Fit.BOGUS),
        (trouble(AT, "TLSA"), SECURE, Fit.NO_ANSWER),
        (trouble(AT, "TLSA", "REFUSED"), SECURE, Fit.NO_ANSWER),
        (trouble(AT, "TLSA", "time-out"), SECURE, Fit.UNKNOWN),
        (trouble(AT, "TLSA"), UNKNOWN, Fit.UNKNOWN),
        (trouble(AT, "TLSA"), INSECURE, Fit.NONE),
        (trouble(AT, "TLSA", "time-out"), INSECURE, Fit.NONE),
    ],
)
def test_an_answer_that_does_not_come_is_not_no_record(leaf: Leaf, answer: Answer, way: Dnssec, fit: Fit) -> None:
    """RFC 7672 s2.1.2; where nobody asks, because the address is not signed, trouble troubles nobody."""
    assert judged(probe_of(leaf), tlsa=answer, way=way).fit is fit


@pytest.mark.parametrize(
    ("changes", "fit"),
    [
        ({"outcome": LookOutcome.UNREACHABLE, "problems": (Trouble("unreachable-from-here", "x"),)}, Fit.UNKNOWN),
        ({"outcome": LookOutcome.FAILED, "starttls": False, "problems": (Trouble("starttls-not-supported", "x"),)},
         Fit.DIFFERS),
        ({"outcome": LookOutcome.FAILED, "starttls": True, "problems": (Trouble("connection-lost", "x"),)},
         Fit.UNKNOWN),
        ({}, Fit.UNKNOWN),
    ],
    ids=["unreachable", "no STARTTLS", "broken", "evidence of an older version"],
)  # fmt: skip
def test_what_was_not_seen_is_no_match(leaf: Leaf, changes: dict, fit: Fit) -> None:
    """Only a host that offers no TLS at all is known not to match."""
    unseen = {"chain": (), "certificate": None, **changes}
    assert judged(probe_of(leaf, **unseen), record("3 1 1", certificates(leaf)[0])).fit is fit


def test_an_unseen_chain_leaves_the_anchor_open(leaf: Leaf) -> None:
    """Where Python cannot give the chain, a record of usage 3 is judged and one of usage 2 is unknown."""
    own, ca = certificates(leaf)
    probe = probe_of(leaf)
    assert probe.certificate is not None
    short = replace(probe, chain=probe.chain[:1], certificate=replace(probe.certificate, sent=None))
    fits = [judged(short, record(kind, one)).fit for kind, one in (("3 1 1", own), ("2 1 1", ca), ("3 1 1", ca))]
    assert fits == [Fit.MATCHES, Fit.UNKNOWN, Fit.DIFFERS]


def test_of_records_that_cannot_be_used_nothing_is_asked(leaf: Leaf) -> None:
    """TLS is demanded, and nobody authenticated (RFC 7672 s2.2)."""
    one = judged(probe_of(leaf), "1 1 1 " + "ab" * 32, "3 1 1 abcd")
    assert (one.fit, one.where) == (Fit.UNUSABLE, AT)
    assert not one.stops
