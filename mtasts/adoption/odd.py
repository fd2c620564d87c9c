"""Tells what is odd about an estate's MTA-STS and TLS-RPT, a row each, the most harmful first. Pure.

From what the source lists, and from what senders see where somebody looked (`Seen`). A source that does not hold a
whole zone (a Terraform state) says nothing by its silence: what is not there counts only where it would have to be.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from mtasts.adoption.estate import MTA_STS, TLS_RPT, Found, Listed, Listing
from mtasts.adoption.ids import by_hand
from mtasts.adoption.listed_mail import ListedMail, listed_mail, parents_of
from mtasts.policy.draft import DAY, TWO_WEEKS
from mtasts.policy.rules import TTL_LEAST, TTL_MOST
from mtasts.protocol.mta_sts import RECORD_VERSION, Mode, Policy, policy_host, read_txt, select_txt, txt_name
from mtasts.protocol.names import BadName, covers, to_a_labels
from mtasts.protocol.problem import Severity, quote
from mtasts.protocol.tls_rpt import RECORD_VERSION as TLS_RPT_VERSION
from mtasts.protocol.tls_rpt import every_rua, record_name, select_tls_rpt
from mtasts.providers import PROVIDERS
from mtasts.verify.model import LookOutcome, RuaLook
from mtasts.words.counted import few, number
from mtasts.words.durations import span

SHARED_LEAST: Final = 3  # domains with the same id: two may be chance, three are a copy
DEFAULT_LEAST: Final = 2


class Harm(IntEnum):
    """What an oddity costs; the first is the worst."""

    MAIL = 1  # mail is refused, or goes nowhere
    POLICY = 2  # senders see no policy, or another one than was meant
    REPORTS = 3  # reports do not arrive
    WORK = 4  # nothing is lost; somebody has to do or to know something

    @property
    def word(self) -> str:
        """As tables and JSON have it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Oddity:
    """One thing that is odd, and the domains (A-labels) of which it is; `code` is kebab-case and stable."""

    harm: Harm
    code: str
    text: str
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What senders see of a domain now. `trouble`: why there is no policy; `mx`: MX hosts, None where not known.

    `texts`: the TXT records at `_mta-sts`, None where DNS did not say.
    """

    policy: Policy | None = None
    trouble: str = ""
    mx: tuple[str, ...] | None = None
    rua: tuple[RuaLook, ...] = ()
    texts: tuple[str, ...] | None = None


def oddities(found: Sequence[Found], listing: Listing, seen: Mapping[str, Seen]) -> tuple[Oddity, ...]:
    """All of the estate's, by harm, then code; what is the same of several domains is one row."""
    mail = listed_mail(listing)
    rows: dict[tuple[Harm, str, str], list[str]] = defaultdict(list)
    for one in found:
        for harm, code, text in _of_domain(one, listing.apexes, mail, seen.get(one.domain)):
            rows[harm, code, text].append(one.domain)
    for harm, code, text, domains in _shared(found):
        rows[harm, code, text] += domains
    return tuple(sorted(Oddity(harm, code, text, tuple(domains)) for (harm, code, text), domains in rows.items()))


Row = tuple[Harm, str, str]


def _of_domain(one: Found, apexes: frozenset[str], mail: ListedMail, seen: Seen | None) -> Iterator[Row]:
    whole = one.apex in apexes
    yield from _mta_sts(one)
    yield from _tls_rpt(one, whole)
    yield from _missing(one, whole)
    yield from _ended(one, whole, seen)
    yield from _zones(one)
    yield from _ttls(one)
    yield from _dead_listed(one, apexes, mail)
    if seen is not None:
        yield from _seen(one, seen)


def texts_of(records: Sequence[Listed]) -> tuple[str, ...]:
    """The values of the TXT records among these."""
    return tuple(value for one in records if one.record.kind == "TXT" for value in one.record.values)


def rua_of(one: Found) -> tuple[str, ...]:
    """The reporting addresses that the source lists, as somebody meant them."""
    return tuple(dict.fromkeys(uri for text in texts_of(one.tls_rpt) for uri in every_rua(text)))


def id_of(one: Found) -> str:
    """The id in the one record that counts, "" where there is none."""
    record = select_txt(texts_of(one.mta_sts)).value
    return record.id if record else ""


def _mta_sts(one: Found) -> Iterator[Row]:
    texts = texts_of(one.mta_sts)
    announcing = [text for text in texts if text.startswith(f"{RECORD_VERSION};")]
    if len(announcing) > 1:
        yield (
            Harm.POLICY,
            "several-mta-sts",
            f"has {len(announcing)} records that begin with {RECORD_VERSION};: senders use none (RFC 8461 s3.1)",
        )
    elif texts and not announcing:
        yield Harm.POLICY, "mta-sts-syntax", f"no TXT record at _mta-sts begins with {RECORD_VERSION};"
    elif announcing:
        reading = read_txt(announcing[0])
        for problem in reading.problems:
            if problem.severity is Severity.ERROR:
                yield Harm.POLICY, "mta-sts-syntax", f"{problem.message} ({problem.section})"
    known = id_of(one)
    if known and by_hand(known):
        text = "the id was typed by hand; it is kept until the policy changes, then there is a new one"
        yield Harm.WORK, "id-by-hand", text
    yield from _led_away(one.mta_sts, MTA_STS)


def _led_away(records: Sequence[Listed], name: str) -> Iterator[Row]:
    for one in records:
        if one.record.kind == "CNAME":
            where = few(one.record.values or ("not told",), 1)
            then = "it is not taken over as it is" if name == MTA_STS else "it is left alone"
            text = f"{name} is a CNAME to {quote(where)}: whoever holds that decides (RFC 8461 s8.2); {then}"
            yield Harm.WORK, "delegated", text


def _tls_rpt(one: Found, whole: bool) -> Iterator[Row]:
    texts = texts_of(one.tls_rpt)
    announcing = [text for text in texts if text.startswith(TLS_RPT_VERSION)]
    if len(announcing) > 1:
        text = f"has {len(announcing)} records that begin with {TLS_RPT_VERSION}: reporters use none (RFC 8460 s3)"
        yield Harm.REPORTS, "several-tls-rpt", text
    elif texts:
        for problem in select_tls_rpt(texts).problems:
            if problem.severity is Severity.ERROR:
                yield Harm.REPORTS, "tls-rpt-syntax", f"{problem.message} ({problem.section})"
    elif not one.tls_rpt and whole and not _wildcard(one, ("TXT", "CNAME")):
        yield Harm.REPORTS, "tls-rpt-missing", "no record at _smtp._tls: nobody reports what fails"
    yield from _led_away(one.tls_rpt, TLS_RPT)


def _missing(one: Found, whole: bool) -> Iterator[Row]:
    announced = bool(one.mta_sts)
    if not announced and one.host and whole:
        yield Harm.POLICY, "txt-missing", "has a policy host but no TXT record: senders do not look there"
    if announced and not one.host and whole and not _wildcard(one, ("A", "AAAA", "CNAME")):
        yield Harm.POLICY, "host-missing", "has a TXT record but no policy host: senders that hold nothing get nothing"
    lacking = [
        (name, kinds)
        for name, there, kinds in (
            (txt_name(one.domain), one.mta_sts, ("TXT", "CNAME")),
            (record_name(one.domain), one.tls_rpt, ("TXT", "CNAME")),
            (policy_host(one.domain), one.host, ("A", "AAAA", "CNAME")),
        )
        if not there and whole
    ]
    for name, kinds in lacking:
        answering = _wildcard(one, kinds)
        if answering is not None:
            what = name.removesuffix(f".{one.domain}")
            yield (
                Harm.POLICY if name == policy_host(one.domain) else Harm.REPORTS,
                "wildcard-answers",
                f"{what} has no record, the wildcard's {answering.record.kind} answers for it"
                f" ({quote(few(answering.record.values or ('?',), 1), 40)}); it ends with the first record there",
            )


def _wildcard(one: Found, kinds: Sequence[str]) -> Listed | None:
    """The wildcard that answers for a missing name right below the domain: the domain exists, so only its own does."""
    return next((w for w in one.wildcards if w.record.name == f"*.{one.domain}" and w.record.kind in kinds), None)


def _ended(one: Found, whole: bool, seen: Seen | None) -> Iterator[Row]:
    """The names of MTA-STS make the domain exist, so that a wildcard above gives it no MX (RFC 4592 s2.2.1)."""
    if one.mail or (seen is not None and seen.mx) or not whole:
        return
    above = next((w for w in one.wildcards if w.record.kind == "MX" and w.record.name != f"*.{one.domain}"), None)
    if above is not None:
        yield (
            Harm.MAIL,
            "wildcard-mx-ended",
            f"has no MX of its own, and {above.record.name} MX does not reach it: the records below it make it exist"
            " (RFC 4592 s2.2.1)",
        )


def _zones(one: Found) -> Iterator[Row]:
    zones = one.zones
    if len(zones) > 1:
        text = " and ".join(f"{zone} ({provider})" for provider, zone in zones[:4])
        yield Harm.POLICY, "two-zones", f"its records are in {text}: only one of them is delegated"
    if any(record.record.routed for record in one.own):
        text = "a record has a routing policy: not all senders see the same, and it is not taken over"
        yield Harm.POLICY, "routed", text


def _ttls(one: Found) -> Iterator[Row]:
    provider = PROVIDERS.get(one.zones[0][0]) if one.zones else None
    least = max(TTL_LEAST, provider.ttl_least if provider else 0)
    ttls = {record.record.ttl for record in (*one.mta_sts, *one.tls_rpt) if record.record.ttl is not None}
    for ttl in sorted(ttls):
        if not least <= ttl <= TTL_MOST:
            side = f"below the {least} s" if ttl < least else f"above the {span(TTL_MOST)}"
            yield Harm.WORK, "ttl", f"a TXT record has the TTL {ttl} s, {side} that a policy file takes"


def _dead_listed(one: Found, apexes: frozenset[str], mail: ListedMail) -> Iterator[Row]:
    """Mailboxes of domains that the source holds whole, and that take no mail by it."""
    for uri in rua_of(one):
        domain = _mailbox_domain(uri)
        if domain and _in_zone(domain, apexes) and not mail.taken(domain):
            yield (
                Harm.REPORTS,
                "dead-rua",
                f"reports go to {quote(uri)}, and {domain} takes no mail (no MX, no address)",
            )


def _seen(one: Found, seen: Seen) -> Iterator[Row]:
    listed = texts_of(one.mta_sts)
    if seen.texts is not None and listed and set(seen.texts) != set(listed):
        said = quote(few(seen.texts or ("nothing",), 1))
        yield Harm.POLICY, "not-in-dns", f"DNS does not say what the source lists at _mta-sts, but {said}"
    if seen.policy is None:
        if seen.trouble:
            yield Harm.POLICY, "policy-not-served", seen.trouble
    else:
        yield from _policy(seen.policy, seen.mx)
    for look in seen.rua:
        if look.outcome is LookOutcome.FAILED:
            yield Harm.REPORTS, "dead-rua", f"reports go to {quote(look.uri)}: {look.text}"


def _policy(policy: Policy, mx: Sequence[str] | None) -> Iterator[Row]:
    if policy.mode is Mode.NONE:
        yield Harm.WORK, "mode-none", "serves mode none: MTA-STS is switched off here"
        return
    lost = [host for host in mx or () if not any(covers(pattern, host) for pattern in policy.mx)]
    if lost:
        enforce = policy.mode is Mode.ENFORCE
        does = "senders that enforce do not use them" if enforce else "it would be refused in enforce"
        text = f"no mx pattern covers {few(lost, 3)}: {does}"
        yield Harm.MAIL if enforce else Harm.POLICY, "mx-not-covered", text
    if mx is not None and not mx:
        yield Harm.MAIL, "no-mx", f"serves mode {policy.mode} and has no MX host"
    least = TWO_WEEKS if policy.mode is Mode.ENFORCE else DAY
    if policy.max_age < least:
        harm = Harm.POLICY if policy.mode is Mode.ENFORCE else Harm.WORK
        text = f"max_age {span(policy.max_age)} in {policy.mode} is below the {span(least)} advised"
        yield harm, "short-max-age", text


def _shared(found: Sequence[Found]) -> Iterator[tuple[Harm, str, str, list[str]]]:
    ids: dict[str, list[str]] = defaultdict(list)
    for one in found:
        if known := id_of(one):
            ids[known].append(one.domain)
    for known, domains in ids.items():
        if len(domains) >= SHARED_LEAST:
            yield Harm.WORK, "id-shared", f"{number(len(domains), 'domain')} have the id {quote(known)}", domains
    for rua, count in common_rua(found):
        if count >= DEFAULT_LEAST:
            domains = [one.domain for one in found if rua_of(one) == rua]
            text = f"{number(count, 'domain')} report to {few(rua, 2)}: it can stand in _defaults.yaml"
            yield Harm.WORK, "rua-shared", text, domains
        break


def common_rua(found: Sequence[Found]) -> list[tuple[tuple[str, ...], int]]:
    """The reporting addresses that domains share, the most used first."""
    counted = Counter(rua for one in found if (rua := rua_of(one)))
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _mailbox_domain(uri: str) -> str:
    scheme, _, rest = uri.partition(":")
    if scheme.lower() != "mailto":
        return ""
    try:
        return to_a_labels(rest.partition("?")[0].rpartition("@")[2])
    except BadName:
        return ""


def _in_zone(name: str, apexes: frozenset[str]) -> bool:
    return any(parent in apexes for parent in (name, *parents_of(name)))
