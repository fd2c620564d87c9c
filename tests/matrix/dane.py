"""DANE in the matrix: the TLSA records of one MX host, what Postfix makes of them, and what we say. Data only."""

from dataclasses import dataclass
from typing import Any

from tests.matrix.situations import Mx, Situation, policy


@dataclass(frozen=True)
class Row:
    """One situation; `postfix` is how its delivery ends (see lab.deliver), `notes` the notes of ours."""

    situation: Situation
    postfix: str
    notes: frozenset[str] = frozenset()


ALONE = frozenset({"dane-rollover"})  # one record for the present key: right, until the key changes


def row(
    name: str, about: str, delivers: str, codes: set[str], postfix: str, section: str, *tlsa: str,
    notes: frozenset[str] = frozenset(), zone: str = "signed", **host: Any,
) -> Row:  # fmt: skip
    """The domain `dane-<name>.test`, whose only MX host has the records `tlsa`."""
    mx = f"mx.dane-{name}.test"
    situation = Situation(
        f"dane-{name}", about, delivers, frozenset(codes), section, body=policy(mx), mx=(mx,), zone=zone,
        hosts=(Mx(mx, tlsa=tlsa, **host),),
    )  # fmt: skip
    return Row(situation, postfix, notes)


KEY = "3 1 1 leaf"
WRONG = "3 1 1 other"

ROWS = (
    row("key", "the key's SHA-256 (`3 1 1`)", "yes", set(), "verified", "RFC 7672 s3.1.1", KEY, notes=ALONE),
    row("key512", "the key's SHA-512", "yes", set(), "verified", "RFC 6698 s2.1.3", "3 1 2 leaf", notes=ALONE),
    row("key-full", "the whole key", "yes", set(), "verified", "RFC 6698 s2.1.3", "3 1 0 leaf", notes=ALONE),
    row("cert", "the certificate's SHA-256", "yes", set(), "verified", "RFC 6698 s2.1.2", "3 0 1 leaf", notes=ALONE),
    row("cert-full", "the whole certificate", "yes", set(), "verified", "RFC 6698 s2.1.2", "3 0 0 leaf", notes=ALONE),
    row("next", "the present key's record and the next one's", "yes", set(), "verified", "RFC 7671 s8.1", KEY, WRONG),
    row("both", "the key's record and its CA's", "yes", set(), "verified", "RFC 7671 s8.1", KEY, "2 1 1 intermediate"),
    row("other", "another key's record", "no", {"tlsa-mismatch"}, "delayed", "RFC 7672 s2.2", WRONG),
    row("beside", "another CA's key and another key, until the test publishes what is advised", "no",
        {"tlsa-mismatch"}, "delayed", "RFC 7672 s2.2", WRONG, "2 1 1 other"),
    row("strong", "a right SHA-256 record beside a wrong SHA-512 one", "no", {"tlsa-mismatch"}, "delayed",
        "RFC 7671 s9", KEY, "3 1 2 other"),
    row("strong-place", "a wrong SHA-512 record of another selector", "yes", set(), "verified", "RFC 7671 s9", KEY,
        "3 0 2 other"),
    row("expired", "right record, certificate expired and for another name", "no",
        {"certificate-expired", "certificate-wrong-name"}, "verified", "RFC 7672 s3.1.1", KEY, notes=ALONE,
        names=("elsewhere.test",), cert={"days": -1}),
    row("self", "right record, certificate self-signed", "no", {"certificate-self-signed"}, "verified",
        "RFC 7672 s3.1.1", KEY, notes=ALONE, cert={"self_signed": True}),
    # DANE-TA
    row("ca", "the CA's key (`2 1 1`)", "yes", set(), "verified", "RFC 7672 s3.1.2", "2 1 1 intermediate", notes=ALONE),
    row("ca-cert", "the CA's certificate", "yes", set(), "verified", "RFC 7672 s3.1.2", "2 0 1 intermediate",
        notes=ALONE),
    row("ca-root", "the root's key, and the root is not presented", "no", {"tlsa-mismatch"}, "delayed",
        "RFC 7672 s3.1.2", "2 1 1 root"),
    row("ca-leaf", "usage 2 for the leaf", "no", {"tlsa-mismatch"}, "delayed", "RFC 7671 s5.2", "2 1 1 leaf"),
    row("ca-other", "another CA's key", "no", {"tlsa-mismatch"}, "delayed", "RFC 7672 s3.1.2", "2 1 1 other"),
    row("ca-full", "the root's whole certificate, not presented", "can't tell", {"tlsa-unseen"}, "verified",
        "RFC 7672 s3.1.2", "2 0 0 root"),
    row("ca-expired", "the CA's key, certificate expired", "no", {"tlsa-mismatch", "certificate-expired"}, "delayed",
        "RFC 7672 s3.1.2", "2 1 1 intermediate", cert={"days": -1}),
    row("ca-name", "the CA's key, certificate for another name", "no", {"tlsa-mismatch", "certificate-wrong-name"},
        "delayed", "RFC 7672 s3.2.2", "2 1 1 intermediate", names=("elsewhere.test",)),
    row("ca-next-hop", "the CA's key, certificate for the mail domain", "no", {"certificate-wrong-name"}, "verified",
        "RFC 7672 s3.2.2", "2 1 1 intermediate", notes=ALONE, names=("dane-ca-next-hop.test",)),
    row("ca-cn", "the CA's key, certificate with the right CN and no SAN", "no", {"certificate-wrong-name"},
        "verified", "RFC 7672 s3.2.3", "2 1 1 intermediate", notes=ALONE, names=(),
        cert={"common_name": "mx.dane-ca-cn.test"}),
    # Records that do not count
    row("pkix", "usage 1 alone", "yes", {"dane-usable"}, "unauthenticated", "RFC 7672 s3.1.3", "1 1 1 leaf"),
    row("short", "a digest cut short", "yes", {"dane-usable"}, "unauthenticated", "RFC 7672 s3.1", "3 1 1 broken"),
    row("odd", "selector 7, matching type 9", "yes", {"dane-usable"}, "unauthenticated", "RFC 7672 s3.1", "3 7 1 odd",
        "3 1 9 odd"),
    row("not-der", "a whole certificate that is none", "yes", {"dane-usable"}, "unauthenticated", "RFC 7672 s3.1",
        "3 0 0 broken"),
    row("instead", "usage 0 alone, until the test publishes what is advised", "yes", {"dane-usable"},
        "unauthenticated", "RFC 7672 s3.1.3", "0 1 1 root"),
    row("pkix-beside", "usage 1 beside the key's record", "yes", {"dane-usable"}, "verified", "RFC 7672 s2.2", KEY,
        "1 1 1 leaf", notes=ALONE),
    row("plain", "another key's record in a zone without DNSSEC", "yes", set(), "unauthenticated", "RFC 7672 s2.2",
        WRONG, zone="", notes=frozenset({"dane-signed"})),
    row("part", "another key's record, not signed, below a signed host", "yes", set(), "unauthenticated",
        "RFC 7672 s2.2", WRONG, tlsa_zone="unsigned", notes=frozenset({"dane-signed"})),
    row("none", "no record, signed", "yes", set(), "unauthenticated", "RFC 7672 s2.2"),
    # DNS in trouble
    row("bogus", "an answer whose signatures do not verify", "no", {"tlsa-bogus"}, "delayed", "RFC 7672 s2.1.2", KEY,
        tlsa_zone="bogus"),
    row("lame", "name servers that fail when asked for TLSA", "no", {"tlsa-no-answer"}, "delayed", "RFC 7672 s2.1.2",
        KEY, tlsa_zone="lame"),
    # Aliases
    row("alias", "an alias; records and certificate are of the name behind it", "yes", set(), "verified",
        "RFC 7672 s2.2.2", KEY, alias=True, alias_cert=True, tlsa_at="alias", notes=ALONE | {"mx-no-alias"}),
    row("alias-own", "an alias; records at its own name", "yes", set(), "verified", "RFC 7672 s2.2.2", KEY, alias=True,
        notes=ALONE | {"mx-no-alias"}),
    row("alias-far", "a signed alias of an unsigned name; records at its own name", "no", {"tlsa-mismatch"}, "delayed",
        "RFC 7672 s2.2.2", WRONG, alias=True, alias_to="dane-far.test", notes=frozenset({"mx-no-alias"})),
    # The rest
    row("clear", "right record, no STARTTLS", "no", {"starttls-not-supported"}, "delayed", "RFC 7672 s2.2", KEY,
        options=("smtpd_tls_security_level=none",)),
    row("pkix-clear", "usage 1 alone, no STARTTLS", "no", {"dane-usable", "starttls-not-supported"}, "delayed",
        "RFC 7672 s2.2", "1 1 1 leaf", options=("smtpd_tls_security_level=none",)),
    Row(Situation("dane-unsigned-mx", "another key's record, and the MX record is not signed", "no",
                  frozenset({"tlsa-mismatch"}), "RFC 7672 s2.2.1", body=policy("mx.dane-other.test"),
                  mx=("mx.dane-other.test",)), "delayed"),
    Row(Situation("dane-unsigned-mx-good", "the key's record, and the MX record is not signed", "yes", frozenset(),
                  "RFC 7672 s2.2.1", body=policy("mx.dane-key.test"), mx=("mx.dane-key.test",)), "verified",
        ALONE | {"dane-signed"}),
)  # fmt: skip
SITUATIONS = tuple(row.situation for row in ROWS)
