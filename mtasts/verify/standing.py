"""Judges what is already in DNS at the names that a first publication would write, before anything is written. Pure.

Two harms come from writing without looking. A record that somebody else made: two TXT records that begin with
`v=STSv1;` are as good as none (RFC 8461 s3.1), and Route 53 refuses the second half-way. And a wildcard: the first
record below a name makes that name exist, so `*.example.com` stops answering for it (RFC 4592 s2.2.1), its MX too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.providers.aws import is_alias_proof
from mtasts.verify.caa import AMAZON, issuing
from mtasts.verify.model import Answer, AnswerKind, NameLook, Standing

UNKNOWN = "could-not-look"
_SHOWN_LIMIT = 80  # characters shown of one value
_WRITTEN_LIMIT = 1000  # characters of a value that is to be written: an SPF record is copied whole
_VALUES_LIMIT = 6  # values shown of one RRset
_ANNOUNCING = ("v=STSv1;", "v=TLSRPTv1;")
# What mail to and from a domain needs; the records of these types that a wildcard gives it end together.
DOMAIN_TYPES = ("MX", "A", "AAAA", "TXT")


@dataclass(frozen=True, slots=True)
class Creates:
    """What a plan creates of one mail domain; what it does not create is ours already or not wanted.

    `certificate`: one that holds the policy host's name is to be issued.
    """

    mta_sts: bool = False
    tls_rpt: bool = False
    host: bool = False
    certificate: bool = False

    @property
    def record(self) -> bool:
        """A record below the mail domain."""
        return self.mta_sts or self.tls_rpt or self.host


EVERYTHING = Creates(True, True, True, True)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a mail domain is not published: what is there (`text`) and what to do (`remedy`), one line each.

    What was read from DNS stands in quotes with all but plain ASCII escaped. `code` UNKNOWN: DNS did not answer, so
    that nothing is known to be wrong.
    """

    domain: str
    code: str
    text: str
    remedy: str

    @property
    def unknown(self) -> bool:
        """Nothing was seen, rather than something wrong."""
        return self.code == UNKNOWN


def refusals(domain: str, standing: Standing, creates: Creates) -> tuple[Refusal, ...]:
    """Why what `creates` names must not be created; none when it may be. What DNS did not tell is a refusal, too."""
    found: list[Refusal] = []
    unknown: list[str] = []
    wanted = (
        (creates.mta_sts, standing.mta_sts, "senders that find two use neither (RFC 8461 s3.1)"),
        (creates.tls_rpt, standing.tls_rpt, "reporters that find two use neither (RFC 8460 s3)"),
        (creates.host, standing.host, ""),
    )
    for created, look, why in wanted:
        if created and look.own:
            found.append(_alias_proof(domain, look) if _proofs_alone(look) else _exists(domain, look, why))
        elif created and look.trouble and not look.wildcard:
            unknown.append(look.trouble)
    if creates.record:
        if ending := wildcard_refusal(domain, standing):
            found.append(ending)
        elif standing.domain.trouble:
            unknown.append(standing.domain.trouble)
    if creates.certificate and standing.caa is not None:
        if standing.caa.kind is AnswerKind.TROUBLE:
            unknown.append(f"CAA {standing.caa.name}: {standing.caa.trouble}")
        elif forbids_amazon(standing.caa):
            found.append(caa_refusal(domain, standing.caa))
    return tuple(found) if found else tuple(unseen_refusal(domain, what) for what in unknown[:1])


def forbids_amazon(caa: Answer) -> bool:
    """Whether a CAA RRset keeps Amazon's CA, which the policy host's certificate comes from, from issuing."""
    return caa.found and not issuing(caa.values).lets(AMAZON)


def wildcard_records(standing: Standing) -> tuple[str, ...]:
    """The records to write so that mail goes on when the names below them exist: `NAME TYPE VALUE` each.

    For the mail domain and each name between it and the wildcard. Empty when no wildcard answers for it.
    """
    if not standing.domain.wildcard:
        return ()
    alias = _alias(standing.domain.answers)
    records = [f"CNAME {_cut(alias, _WRITTEN_LIMIT)}."] if alias else _records(standing.domain.answers, _WRITTEN_LIMIT)
    return tuple(f"{name} {record}" for name in (standing.domain.name, *standing.between) for record in records)


def ended_wildcard(standing: Standing) -> str:
    """What a wildcard would give a mail domain that has no records: `*.example.com (MX ...)`; "" where none would.

    The mail domain exists because something stands below it, so that the wildcard does not answer for it; when the
    last of that goes, it does again (RFC 4592 s2.2.1).
    """
    beside = standing.beside
    return f"{beside.wildcard} ({_shown(beside.answers)})" if beside and beside.wildcard and beside.taken else ""


def _proofs_alone(look: NameLook) -> bool:
    values = [value for answer in look.answers for value in answer.values]
    return bool(values) and not _alias(look.answers) and all(map(is_alias_proof, values))


def _alias_proof(domain: str, look: NameLook) -> Refusal:
    return Refusal(
        domain,
        "alias-proof",
        f"{look.name} has the proof that CloudFront asks for before it moves a host name: {_shown(look.answers)};"
        " senders discard it (RFC 8461 s3.1), but Route 53 accepts no second record",
        "delete it once the name has moved: it is of no use any more; then publish",
    )


def _exists(domain: str, look: NameLook, two: str) -> Refusal:
    """`two`: what two records come to that announce the same; "" for the policy host."""
    announces = any(value.startswith(_ANNOUNCING) for answer in look.answers for value in answer.values)
    if _alias(look.answers):
        why = "what is published beside a CNAME is not seen (RFC 1034 s3.6.2)"
    elif not two:
        why = "the policy host cannot be led anywhere else"
    else:
        why = two if announces else "its owner is not known, and Route 53 accepts no second record"
    remedy = "delete it where it was made, then publish; until then nothing of this domain is begun"
    if announces and look.name == txt_name(domain):
        remedy = f"move its file away and run `mtasts adopt {domain}`, which takes over what is there; or {remedy}"
    return Refusal(
        domain,
        "record-exists",
        f"{look.name} has a record that this stack did not make: {_shown(look.answers)}; {why}",
        remedy,
    )


def wildcard_refusal(domain: str, standing: Standing) -> Refusal | None:
    """Why nothing must be created below a domain that only a wildcard answers for; None where none does."""
    look = standing.domain
    if not (look.taken and look.wildcard):
        return None
    mail = any(answer.found or answer.chain for answer in look.answers if answer.type != "TXT")
    lost = ", and nobody could send mail there" if mail else ""
    return Refusal(
        domain,
        "domain-from-wildcard",
        f"{domain} has no records of its own, {look.wildcard} answers for it: {_shown(look.answers)}; the first record"
        f" below it would end that{lost} (RFC 4592 s2.2.1)",
        f"write first: {'; '.join(wildcard_records(standing))}; and *.{domain}, if names below it are in use",
    )


def caa_refusal(domain: str, caa: Answer) -> Refusal:
    """Why Amazon would not issue the policy host's certificate; for CAA records that forbid it."""
    said, name = issuing(caa.values), caa.chain[-1] if caa.chain else caa.name
    lets = replace(said, critical="").lets(AMAZON)
    remedies = [
        f'take the property "{said.critical}" out of {name}, or its critical flag' if said.critical else "",
        "" if lets else f'add beside them: {name} CAA 0 issue "amazon.com"',
    ]
    return Refusal(
        domain,
        "caa-forbids-amazon",
        f"{policy_host(domain)}: the CAA records of {name} do not let Amazon issue its certificate:"
        f" {_shown((replace(caa, chain=()),))} (RFC 8659 s4)",
        "; ".join(filter(None, remedies)),
    )


def second_refusal(domain: str, zone: str, there: Sequence[Answer]) -> Refusal:
    """Why the records of a published domain must not be made in the zone that it moves to: `there` stands there."""
    return Refusal(
        domain,
        "record-exists",
        f"{there[0].name} has a record in {zone} that this stack did not make: {_shown(there)}; senders would find it"
        " when the delegation leads there",
        "delete it in that zone, then publish; until then nothing is made there, and the present zone stays",
    )


def unseen_refusal(domain: str, what: str) -> Refusal:
    """Nothing is known to be wrong: `what` could not be looked at."""
    return Refusal(
        domain,
        UNKNOWN,
        f"{domain}: could not look at what stands at its names: {what}",
        "nothing is published for the first time without having looked; run this again when it answers",
    )


def _alias(answers: Sequence[Answer]) -> str:
    return next((answer.chain[0] for answer in answers if answer.chain), "")


def _shown(answers: Sequence[Answer]) -> str:
    alias = _alias(answers)
    if alias:
        return f"CNAME {_cut(alias, _SHOWN_LIMIT)}"
    values = _records(answers, _SHOWN_LIMIT)
    more = f", and {len(values) - _VALUES_LIMIT} more" if len(values) > _VALUES_LIMIT else ""
    return ", ".join(values[:_VALUES_LIMIT]) + more


def _records(answers: Sequence[Answer], limit: int) -> list[str]:
    """`TYPE VALUE` as a zone has them: names with their last dot, texts in quotes."""
    forms = {"TXT": '"{}"', "MX": "{}."}
    return [
        f"{each.type} {forms.get(each.type, '{}').format(_cut(value.rstrip('.'), limit))}"
        for each in answers
        for value in each.values
    ]


def _cut(value: str, limit: int) -> str:
    """Hostile text as plain ASCII, bounded."""
    plain = value.encode("unicode_escape").decode("ascii")
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}…"
