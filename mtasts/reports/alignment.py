"""Alignment of signatures: whether those of a mail belong to the reporter (RFC 8460 s3, s5.3).

Pure. Everything but the list of signers is the sender's claim. All that the mail and its report claim must be of one
organization, and that organization must have signed it: otherwise a stranger could write another's name into a place
where people look for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mtasts.protocol.general_keys import general_key
from mtasts.protocol.registrable import registrable, related
from mtasts.reports.known_reporters import known_reporter


@dataclass(frozen=True, slots=True)
class Claims:
    """What a mail and one report in it say. Domains in lower-case A-labels, "" where nothing that can be read is said.

    `senders`: the address of every mailbox in every From field, in lower case. `submitters`, `report_domains`: the
    domains of every TLS-Report-Submitter and TLS-Report-Domain field. `contact`: the domain of contact-info. `about`:
    the mail domains that the report's policies name.
    """

    senders: tuple[str, ...]
    submitters: tuple[str, ...]
    contact: str
    report_domains: tuple[str, ...]
    about: frozenset[str]

    @property
    def submitter(self) -> str:
        """The reporter: of the header, else of contact-info, else of From; "" if none of them says it."""
        return next((name for name in (*self.submitters[:1], self.contact, *map(_domain, self.senders)) if name), "")


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a mail is not taken for its reporter's. The code is public; the message may hold foreign names."""

    code: str
    message: str


def doubts(claims: Claims) -> Iterator[Doubt]:
    """What of the claims contradicts the others; nothing where they are of one organization."""
    submitter = claims.submitter
    if len(set(claims.submitters)) > 1:
        yield Doubt("submitter-twice", f"TLS-Report-Submitter is {' and '.join(sorted(set(claims.submitters)))}")
    if len(claims.senders) != 1:
        found = "no address" if not claims.senders else f"{len(claims.senders)} addresses"
        yield Doubt("from-unclear", f"From has {found} where it must have one")
    for sender in claims.senders:
        if registrable(_domain(sender)) != registrable(submitter):
            yield Doubt("from-differs", f"From is of {_domain(sender) or 'no domain'}, the report of {submitter}")
    if claims.contact and registrable(claims.contact) != registrable(submitter):
        message = f"TLS-Report-Submitter is {submitter}, the domain of contact-info is {claims.contact}"
        yield Doubt("submitter-differs", message)
    others = set(claims.report_domains) - claims.about
    if claims.about and others:
        said = ", ".join(sorted(claims.about)[:3])
        yield Doubt("report-domain-differs", f"TLS-Report-Domain is {sorted(others)[0]}, the report is about {said}")


def vouching(claims: Claims, signers: tuple[str, ...]) -> tuple[str, Doubt | None]:
    """The signer (d=) that vouches for the reporter, or "" and why none does. `signers`: those whose signature holds.

    A domain that signs for all its customers vouches only where a known reporter has it as its own, with this From. A
    known reporter is vouched for by the domains that it is known to sign with, and by no other.
    """
    aligned = [signer for signer in signers if related(signer, claims.submitter)]
    known = known_reporter(claims.submitter)
    refused: Doubt | None = None
    for signer in aligned:
        general = general_key(signer)
        listed = known is not None and signer in known.signs
        if general and not (listed and known is not None and claims.senders == (known.sender,)):
            refused = Doubt("general-key", f"signed by {signer}: {general}; it vouches for nobody")
        elif known is not None and not listed:
            refused = Doubt(
                "known-signer-differs", f"signed by {signer}; {known.organization} signs by {known.signs[0]}"
            )
        else:
            return signer, None
    return "", refused


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
