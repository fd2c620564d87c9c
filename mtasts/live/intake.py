"""From one item of a source to reports in a store: unpack, read, decide on trust, keep or quarantine."""

import email.errors
import email.header
import email.utils
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mtasts.live.sources.contract import Item
from mtasts.live.store.contract import Added, Incoming, Store
from mtasts.live.vouchers import NoVoucher, Voucher, Vouchers
from mtasts.protocol.dmarc_report import is_dmarc_report
from mtasts.protocol.names import domain_or_nothing, same_name
from mtasts.protocol.problem import Problem, Severity, quote
from mtasts.protocol.report import Report, read_report
from mtasts.protocol.report_fields import warning
from mtasts.protocol.report_mail import NoReport, ReportMail, looks_like_mail, read_mail
from mtasts.protocol.report_unpack import GZIP, CannotUnpack, unpack
from mtasts.reports.alignment import Claims, doubts, vouching
from mtasts.reports.entries import TLSA
from mtasts.reports.filing import file_under
from mtasts.reports.stored import Trust

NO_DOMAIN = "no policy domain is named, neither inside nor outside"

NOT_A_MAIL = "does not begin with a header: a damaged mail, or a piece of one"

DMARC = "is a DMARC report, not a TLS report"

_MAIL_SECTION = "RFC 8460 s5.3"
_ADDRESS_DOMAIN = re.compile(r"@([A-Za-z0-9._-]{1,253})>?\s*$")
_ADDRESS = r"([^\s<>@\"(),;:]{1,64})@([^\s<>@\"(),;:]{1,253})"
# RFC 5322 s3.4, one mailbox: `name <address>`, or an address with a comment. What can be read in two ways is neither.
_MAILBOX = re.compile(rf'(?:(?:"(?:[^"\\]|\\.)*"|[^"<>@])*<\s*{_ADDRESS}\s*>|\s*{_ADDRESS})\s*(?:\([^()<>@]*\)\s*)?')
# RFC 8460 s5.1: sender!policy-domain!begin!end[!unique-id].json[.gz]
_FILE_NAME = re.compile(r"^[^!]{1,253}!([^!]{1,253})!\d+!\d+")
_SUBJECT = re.compile(r"Report\s+Domain:\s*([^\s]{1,253})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What could not be counted, and why; it lies in quarantine."""

    source: str
    reason: str


@dataclass(slots=True)
class Prepared:
    """An item on its way: its reports, or why there are none."""

    item: Item
    incomings: list[Incoming] = field(default_factory=list)
    refusals: list[tuple[bytes, str]] = field(default_factory=list)  # the bytes to quarantine, and why
    warnings: list[Problem] = field(default_factory=list)  # all of the report's and the mail's
    again: bool = False  # its signature could not be judged for want of DNS
    dmarc: int = 0  # DMARC reports: another kind, left alone
    homeless: list[Report] = field(default_factory=list)  # read, but about no known domain; in `refusals`, too


class Intake:
    """Turns items into reports. `voucher` says who vouches for mails; `strict` refuses every deviation.

    `domain` is what reports are about that name no domain, neither inside nor outside; "" if nobody told.
    """

    def __init__(self, voucher: Voucher | None = None, *, strict: bool = False, domain: str = "") -> None:
        self._voucher = voucher or NoVoucher()
        self._strict = strict
        self._domain = domain

    def prepare(self, item: Item, now: datetime, store: Store | None = None) -> Prepared:
        """Read an item; nothing is written. A report that `store` knows as authenticated is not verified again."""
        prepared = Prepared(item)
        if item.problem:
            prepared.refusals.append((b"", item.problem))
            return prepared
        data = item.data
        if looks_like_mail(data):
            self._mail(prepared, now, store)
        elif item.mail:
            prepared.refusals.append((data, NOT_A_MAIL))
        else:
            hint = domain_or_nothing(_match(_FILE_NAME, item.name))
            self._documents(prepared, data, Trust.LOCAL, "", hint, now)
        for one in prepared.incomings:
            prepared.warnings += _to_come(one.report, now)
        return prepared

    def posted(self, body: bytes, source: str, now: datetime) -> Prepared:
        """Read the body of an HTTPS post (RFC 8460 s5.4): JSON or gzip, by nature unauthenticated."""
        prepared = Prepared(Item(source, body))
        self._documents(prepared, body, Trust.POSTED, "", "", now)
        if prepared.dmarc:
            prepared.refusals.append((body, DMARC))
        return prepared

    def _documents(
        self, prepared: Prepared, data: bytes, trust: Trust, submitter: str, hint: str, now: datetime
    ) -> list[Incoming]:
        """Read what is in an attachment or file; the reports found, which are in `prepared` too."""
        found: list[Incoming] = []
        if is_dmarc_report(data):
            prepared.dmarc += 1
            return found
        try:
            documents = unpack(data)
        except CannotUnpack as error:
            prepared.refusals.append((data, str(error)))
            return found
        packed = data if len(documents) == 1 and data.startswith(GZIP) else b""
        for document in documents:
            reading = read_report(document, strict=self._strict)
            if reading.value is None:
                reason = next((p.message for p in reading.problems if p.severity is Severity.ERROR), "is not a report")
                prepared.refusals.append((document, reason))
                continue
            report = reading.value
            known = hint or ("" if _filed(report, "") == len(report.policies) else self._domain)
            if not _filed(report, known):
                prepared.refusals.append((document, NO_DOMAIN))
                prepared.homeless.append(report)
                continue
            prepared.warnings += [*reading.problems, *_left_out(report, known)]
            who = (
                submitter or domain_or_nothing(_match(_ADDRESS_DOMAIN, report.contact_info)) or report.organization_name
            )
            found.append(Incoming(report, document, trust, who, now, prepared.item.source, (), known, packed))
        prepared.incomings += found
        return found

    def _mail(self, prepared: Prepared, now: datetime, store: Store | None) -> None:
        item = prepared.item
        try:
            mail = read_mail(item.data)
        except NoReport as error:
            prepared.refusals.append((item.data, str(error)))
            return
        claimed = domain_or_nothing(mail.header("tls-report-submitter"))
        received = _date(mail.header("date"), now)
        hint = _hint(mail)
        for part in mail.parts:
            refused = len(prepared.refusals)
            self._documents(prepared, part.data, Trust.UNAUTHENTICATED, claimed, hint, received)
            # The mail is kept, not only the part: its headers may tell what went wrong.
            prepared.refusals[refused:] = [(item.data, reason) for _, reason in prepared.refusals[refused:]]
        if prepared.incomings:
            self._judge(prepared, mail, claimed, store)

    def _judge(self, prepared: Prepared, mail: ReportMail, claimed: str, store: Store | None) -> None:
        """Settle the trust of the reports of one mail."""
        if store is not None and all(store.trust_of(one) is Trust.AUTHENTICATED for one in prepared.incomings):
            return
        about = frozenset(name for one in prepared.incomings for name in _about(one.report))
        claims = [_claims(mail, claimed, one.report, about) for one in prepared.incomings]
        contradictions = [list(doubts(one)) for one in claims]
        vouchers = Vouchers(())
        if not all(contradictions):
            vouchers = self._voucher.vouch(prepared.item.data, mail.headers.get("authentication-results", ()))
        for index, one in enumerate(prepared.incomings):
            submitter = claims[index].submitter or one.submitter
            notes = [warning(doubt.code, doubt.message, _MAIL_SECTION) for doubt in contradictions[index]]
            signer, refused = vouching(claims[index], vouchers.domains)
            trust = Trust.AUTHENTICATED if signer and not notes else Trust.UNAUTHENTICATED
            if not notes and not signer:
                if refused is not None:
                    notes.append(warning(refused.code, refused.message, _MAIL_SECTION))
                elif not isinstance(self._voucher, NoVoucher):
                    notes.append(_why_not(submitter, vouchers.domains, vouchers.trouble, vouchers.refused))
                prepared.again |= bool(vouchers.trouble)
            prepared.warnings += notes
            prepared.incomings[index] = Incoming(
                one.report, one.raw, trust, submitter, one.received, one.source, tuple(notes), one.hint, one.packed
            )


def keep(store: Store, prepared: Prepared) -> tuple[int, int, list[Refusal]]:
    """Write what was prepared: how many were stored, how many duplicates, and what was refused."""
    stored = duplicates = 0
    for incoming in prepared.incomings:
        outcome = store.add(incoming)
        stored += outcome is not Added.DUPLICATE
        duplicates += outcome is Added.DUPLICATE
        if outcome is Added.BESIDE:
            prepared.warnings.append(_beside(incoming))
    refused = []
    for raw, reason in prepared.refusals:
        store.quarantine(raw, prepared.item.source, reason)
        refused.append(Refusal(prepared.item.source, reason))
    return stored, duplicates, refused


def _filed(report: Report, hint: str) -> int:
    """How many of a report's policies speak of a known domain."""
    return sum(map(len, file_under(report, hint).values()))


def _left_out(report: Report, hint: str) -> Iterable[Problem]:
    number = len(report.policies) - _filed(report, hint)
    if number:
        message = f"{number} of {len(report.policies)} policies name no domain, beside several that are named: left out"
        yield warning("policy-left-out", message, "RFC 8460 s4.4")


def _to_come(report: Report, now: datetime) -> Iterable[Problem]:
    if report.start > now:
        message = f"the date range begins {report.start:%Y-%m-%d}, which is still to come: not counted before"
        yield warning("period-to-come", message, "RFC 8460 s4.1")


def _beside(incoming: Incoming) -> Problem:
    report_id = quote(incoming.report.report_id)
    message = (
        f"another report of {incoming.submitter} bears the report-id {report_id} and says something else: both count"
    )
    return warning("same-report-id", message, "RFC 8460 s4.4")


def _claims(mail: ReportMail, claimed: str, report: Report, about: frozenset[str]) -> Claims:
    """What the mail and this report say about who reports to whom; `about`: the domains of all its reports."""
    submitters = (claimed, *(domain_or_nothing(value) for value in mail.headers.get("tls-report-submitter", ())[1:]))
    report_domains = (domain_or_nothing(_words(value)) for value in mail.headers.get("tls-report-domain", ()))
    return Claims(
        senders=tuple(map(_mailbox, mail.headers.get("from", ()))),
        submitters=tuple(filter(None, submitters)),
        contact=domain_or_nothing(_match(_ADDRESS_DOMAIN, report.contact_info)),
        report_domains=tuple(filter(None, report_domains)),
        about=about,
    )


def _about(report: Report) -> set[str]:
    """The mail domains that its policies name; `tlsa` may name an MX host instead (RFC 8460 s1.1)."""
    return {same_name(policy.policy_domain) for policy in report.policies if policy.policy_type != TLSA} - {""}


def _mailbox(field: str) -> str:
    """The address of a From field that holds one mailbox, in lower case; "" where it holds another number, or none."""
    found = _MAILBOX.fullmatch(field)
    if found is None:
        return ""
    local, domain = (found[1], found[2]) if found[1] is not None else (found[3], found[4])
    return f"{local.lower()}@{domain_or_nothing(domain)}"


def _why_not(submitter: str, signers: tuple[str, ...], trouble: str, refused: str) -> Problem:
    if trouble:
        message = f"the signature could not be judged: {trouble}; import the mail again later"
        return warning("dkim-temporary", message, _MAIL_SECTION)
    if signers:
        return warning("dkim-other-domain", f"signed by {', '.join(signers)}, not by {submitter}", _MAIL_SECTION)
    return warning("dkim-none", f"no valid signature of {submitter}: {refused}", _MAIL_SECTION)


def _hint(mail: ReportMail) -> str:
    """The domain that the mail is about: its header (RFC 8460 s5.3), else subject and file names if they agree."""
    named = domain_or_nothing(_words(mail.header("tls-report-domain")))
    if named:
        return named
    names = [_match(_SUBJECT, _words(mail.header("subject"))), *(_match(_FILE_NAME, part.name) for part in mail.parts)]
    found = {domain for domain in map(domain_or_nothing, names) if domain}
    # Two that contradict each other: to take either would be a guess.
    return found.pop() if len(found) == 1 else ""


def _words(value: str) -> str:
    """A header with its encoded words (RFC 2047) read: long names come so."""
    if "=?" not in value:
        return value
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return value


def _match(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _date(text: str, now: datetime) -> datetime:
    """The mail's Date, if it is one and not in the future."""
    try:
        found = email.utils.parsedate_to_datetime(text)
        utc = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return now
    return min(utc, now) if utc.year > 2000 else now
