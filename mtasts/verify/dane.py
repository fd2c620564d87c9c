"""Judges an MX host as senders with DANE do (RFC 7672): compares its TLSA records with its certificate. Pure.

One `Judged` for each address, or one for the host where no address matters. The two ways in which nothing is lost, no
records and unsigned records, are NONE and IGNORED; everything else is for the checks to weigh.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mtasts.protocol.names import covers
from mtasts.protocol.tlsa import DANE_EE, FULL, KEY, SHA256, SHA512, Tlsa, counted, read_tlsa
from mtasts.verify.model import Answer, AnswerKind, Dane, Dnssec, Link, LookOutcome, MxHost, MxProbe
from mtasts.words.counted import few


class Fit(StrEnum):
    """How it ends at one place."""

    NONE = "none"  # no TLSA records: DANE is not used
    IGNORED = "ignored"  # not signed: senders leave them out
    UNUSABLE = "unusable"  # signed, and none that SMTP can use: TLS is demanded, nobody is authenticated
    MATCHES = "matches"
    DIFFERS = "differs"  # usable records and none matches: the host is not used
    BOGUS = "bogus"
    NO_ANSWER = "no-answer"  # the signed zone's servers fail when asked for TLSA
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found at `where`. `code` says which kind of unknown it is."""

    fit: Fit
    where: str
    text: str
    code: str = ""

    @property
    def nothing_there(self) -> bool:
        """No record, so nothing to say."""
        return self.fit is Fit.NONE

    @property
    def stops(self) -> bool:
        """A sender that does DANE keeps the mail back."""
        return self.fit in (Fit.DIFFERS, Fit.BOGUS, Fit.NO_ANSWER)


def judge_host(host: MxHost, domain: str, mx: Answer, now: datetime) -> tuple[Judged, ...]:
    """What DANE comes to at one MX host of the mail domain `domain`, whose MX answer is `mx`."""
    dane = host.dane
    if dane is None:
        return ()
    answer = dane.tlsa
    where = answer.name
    if answer.kind is AnswerKind.TROUBLE:
        return (_trouble(dane),)
    if not answer.found:
        return (Judged(Fit.NONE, where, "no TLSA record"),)
    count = f"{len(answer.values)} TLSA record{'s' if len(answer.values) != 1 else ''}"
    if Dnssec.INSECURE in (answer.dnssec, dane.way):
        return (Judged(Fit.IGNORED, where, f"{count}, not signed, so senders leave {_them(answer)} out"),)
    records = counted(records_of(dane))
    if not records:
        why = "; ".join(dict.fromkeys(record.unusable for record in records_of(dane)))
        text = f"{count} and none that SMTP can use ({why}): senders demand TLS and authenticate nobody"
        return (Judged(Fit.UNUSABLE, where, text),)
    names = reference_names(dane, domain, mx, implicit=host.implicit)
    return tuple(_sure(dane, judge_probe(records, probe, names, now)) for probe in dane.probes or host.probes)


def records_of(dane: Dane) -> tuple[Tlsa, ...]:
    """All of its records, the unusable ones as well."""
    return tuple(map(read_tlsa, dane.tlsa.values))


def _them(answer: Answer) -> str:
    return "it" if len(answer.values) == 1 else "them"


def _trouble(dane: Dane) -> Judged:
    answer = dane.tlsa
    if dane.way is Dnssec.INSECURE:
        # RFC 7672 s2.2.2: below an unsigned host nobody asks, so nobody meets the trouble.
        return Judged(Fit.NONE, answer.name, "its address is not signed, so TLSA is not asked for")
    if answer.dnssec is Dnssec.BOGUS:
        return Judged(Fit.BOGUS, answer.name, "the signatures of its TLSA answer do not verify")
    said = answer.trouble in ("SERVFAIL", "REFUSED", "NOTIMP", "FORMERR")
    if said and dane.way is Dnssec.SECURE:
        text = f"asked for TLSA, its signed zone answers {answer.trouble}"
        return Judged(Fit.NO_ANSWER, answer.name, text)
    return Judged(Fit.UNKNOWN, answer.name, f"DNS trouble asking for TLSA: {answer.trouble}", "dns-trouble")


def reference_names(dane: Dane, domain: str, mx: Answer, *, implicit: bool) -> tuple[str, ...]:
    """The names that a certificate below DANE-TA may be for (RFC 7672 s3.2.2)."""
    if implicit or mx.dnssec is not Dnssec.SECURE:
        return (dane.base,)
    return tuple(dict.fromkeys((dane.base, domain, *mx.chain[-1:])))


def _sure(dane: Dane, judged: Judged) -> Judged:
    """Whether the records are signed decides whether they count, and not every resolver tells."""
    if judged.fit is Fit.UNKNOWN or Dnssec.UNKNOWN not in (dane.tlsa.dnssec, dane.way):
        return judged
    text = f"{judged.text}; whether the records are signed, and so count, this resolver does not tell"
    return Judged(Fit.UNKNOWN, judged.where, text, "tlsa-unproven")


def judge_probe(records: Sequence[Tlsa], probe: MxProbe, names: Sequence[str], now: datetime) -> Judged:
    """One address held against `records` (of `counted`, at least one). `names` are for DANE-TA."""
    where = f"{probe.host} [{probe.address}]"
    if not probe.chain:
        return _unseen(probe, where)
    misses = []
    for record in records:
        miss = miss_of(record, probe, names, now)
        if miss is None:
            return Judged(Fit.MATCHES, where, f"TLSA {record} matches")
        misses.append(miss)
    unclear = [miss.text for miss in misses if miss.unclear]
    if unclear:
        return Judged(Fit.UNKNOWN, where, unclear[0], "tlsa-unseen")
    reasons = "; ".join(dict.fromkeys(miss.text for miss in misses))
    leaf = probe.chain[0]
    have = f"none of TLSA {few(records, 4)} matches" if len(records) > 1 else f"TLSA {records[0]} does not match"
    return Judged(Fit.DIFFERS, where, f"{have}: {reasons}; for its key the record is {suggestion(leaf, records)}")


def suggestion(leaf: Link, beside: Iterable[Tlsa]) -> str:
    """The record that RFC 7671 s5.1 advises, for the key that is presented.

    `beside`: the records that stand there. A SHA2-256 digest beside a SHA2-512 one of the same kind does not count.
    """
    if any((one.usage, one.selector, one.matching) == (DANE_EE, KEY, SHA512) for one in counted(beside)):
        return f"{DANE_EE} {KEY} {SHA512} {leaf.key.sha512}"
    return f"{DANE_EE} {KEY} {SHA256} {leaf.key.sha256}"


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a record does not match; `unclear`: it may match at some senders, or where more is seen."""

    text: str
    unclear: bool = False


def miss_of(record: Tlsa, probe: MxProbe, names: Sequence[str], now: datetime) -> Miss | None:
    """Why `record` (usable) does not match what `probe` met (with a chain); None when it does."""
    leaf, *above = probe.chain
    if record.usage == DANE_EE:
        # Names and dates do not count: the record says for whom and for how long (RFC 7672 s3.1.1).
        return None if record.is_for(leaf.certificate, leaf.key) else Miss("it presents another certificate or key")
    depth = next(
        (index for index, link in enumerate(above, start=1) if record.is_for(link.certificate, link.key)), None
    )
    if depth is None:
        return _no_anchor(record, probe)
    path = probe.chain[: depth + 1]
    if not all(link.ca for link in path[1:]):
        return Miss("the trust anchor is in its chain, and a certificate of the chain may not issue")
    if not all(link.not_before <= now <= link.not_after for link in path):
        return Miss("the trust anchor is in its chain, and a certificate of the chain has expired or is not valid yet")
    if not any(covers(name, host) for name in leaf.names for host in names):
        return Miss(f"the trust anchor is in its chain, and the certificate is not for {' or '.join(names)}")
    return None


def _no_anchor(record: Tlsa, probe: MxProbe) -> Miss:
    if probe.certificate is not None and probe.certificate.sent is None:
        return Miss(f"the chain that TLSA {record} speaks of cannot be seen with this Python", unclear=True)
    if record.matching == FULL:
        # RFC 7672 s3.1.2: not every sender can go by an anchor that is in DNS only.
        text = f"TLSA {record} holds the whole trust anchor, which it does not present: some senders take that"
        return Miss(text, unclear=True)
    return Miss("the trust anchor is not in the chain that it presents")


def _unseen(probe: MxProbe, where: str) -> Judged:
    """Nothing was presented, or nobody saw it."""
    if probe.outcome is LookOutcome.FAILED and probe.starttls is False:
        return Judged(Fit.DIFFERS, where, "has TLSA records and offers no STARTTLS", "starttls-not-supported")
    why = probe.problems[0].text if probe.problems else "the probe evidence does not say what it presents"
    return Judged(Fit.UNKNOWN, where, f"its certificate was not seen: {why}", "tlsa-unseen")
