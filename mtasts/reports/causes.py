"""The TLS-RPT result types: what each means, its usual cause, the fix, and whose problem it is.

The eleven types of RFC 8460 s4.3 (all that the IANA registry holds) as data, and one entry for any other word.
What a reason code adds to that is in refinements.py.
"""

from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Who has to act."""

    OURS = "ours"  # our MX, policy, policy host or DNS
    SENDER = "sender"  # the sender's own rule or network; nothing that we publish is wrong
    NOISE = "noise"  # passes by itself; to be looked at only when it comes back


class Effect(StrEnum):
    """What such a failure does to the step from testing to enforce."""

    BLOCK = "block"  # until it is fixed or waived by name
    SHOW = "show"  # no mail is lost by that step; shown, never counted


@dataclass(frozen=True, slots=True)
class Cause:
    """One kind of failure, explained.

    `code` is stable: the result type, with `/what` behind it when the reason told more. The texts are ours, plain
    ASCII without markup, so they need no escaping.
    """

    code: str
    title: str
    meaning: str
    cause: str
    fix: str
    owner: Owner
    effect: Effect
    section: str
    fix_at: str = ""
    """The fix with `{mx}` where the MX host goes, for a failure that names one; "" where `fix` says as much."""


# RFC 8460 s4.3.1: the session with the MX itself.
_NEGOTIATION = (
    Cause(
        code="starttls-not-supported",
        title="an MX offered no STARTTLS",
        meaning="The sender connected to the MX host and STARTTLS was not among what it offered.",
        cause="One MX, often the backup or an old IPv4 or IPv6 address of it, has TLS off; or a firewall in between "
        "removes STARTTLS from the answer.",
        fix="Turn STARTTLS on at every address of that MX (`mtasts probe` names it), switch off SMTP inspection on "
        "the firewall, or take the host out of the MX records.",
        owner=Owner.OURS,
        effect=Effect.BLOCK,
        section="RFC 8460 s4.3.1",
    ),
    Cause(
        code="certificate-host-mismatch",
        title="an MX showed a certificate for another name",
        meaning="The certificate was read, but none of its names (SAN dNSName) is the name in the MX record.",
        cause="The certificate lacks the MX host name, the server shows its default certificate, or the MX record "
        "names an alias of the certified host.",
        fix="Reissue the certificate with the MX host name in it, or let the MX record name the host that is "
        "certified. The mail domain and the policy's pattern need not be in it.",
        owner=Owner.OURS,
        effect=Effect.BLOCK,
        section="RFC 8460 s4.3.1",
    ),
    Cause(
        code="certificate-expired",
        title="an MX showed an expired certificate",
        meaning="The certificate of the MX host was past its last day.",
        cause="Renewal failed, the mail server was not reloaded after it, or one of several addresses was left out.",
        fix="Renew, reload the mail server, and watch the days left at each address rather than at one.",
        owner=Owner.OURS,
        effect=Effect.BLOCK,
        section="RFC 8460 s4.3.1",
    ),
    Cause(
        code="certificate-not-trusted",
        title="an MX showed a certificate that senders do not trust",
        meaning="No chain from the MX host's certificate to an authority that the sender trusts could be built.",
        cause="A self-signed certificate or a private authority, a missing intermediate, or an authority that "
        "senders no longer trust.",
        fix="Use a public authority and send the whole chain: the server's certificate, then every intermediate.",
        owner=Owner.OURS,
        effect=Effect.BLOCK,
        section="RFC 8460 s4.3.1",
    ),
)

# RFC 8460 s4.3.2.1: DANE. Mail that DANE stops is not stopped by MTA-STS (RFC 8461 s2).
_DANE = (
    Cause(
        code="tlsa-invalid",
        title="no TLSA record fits the MX certificate",
        meaning="The sender uses DANE, and none of the MX host's TLSA records fits what the host showed.",
        cause="Key or certificate were changed without the TLSA record.",
        fix="Publish the TLSA record of the next key, wait for its TTL, and only then change the key.",
        owner=Owner.OURS,
        effect=Effect.SHOW,
        section="RFC 8460 s4.3.2.1",
    ),
    Cause(
        code="dnssec-invalid",
        title="the DNS answers did not validate",
        meaning="The sender's resolver got no answer with valid signatures for names that should be signed.",
        cause="Expired signatures, or a DS record at the parent that does not fit the zone's keys.",
        fix="Repair signing or the DS record of the zone that holds the MX host.",
        owner=Owner.OURS,
        effect=Effect.SHOW,
        section="RFC 8460 s4.3.2.1",
    ),
    Cause(
        code="dane-required",
        title="the sender insists on DANE",
        meaning="The sender is set to deliver only with DANE, and the MX host has no TLSA record it can use.",
        cause="A rule of that sender, by agreement between the two organizations (RFC 7672 s6).",
        fix="Publish TLSA records in a signed zone, or ask the sender to end the rule.",
        owner=Owner.SENDER,
        effect=Effect.SHOW,
        section="RFC 8460 s4.3.2.1",
    ),
)

# RFC 8460 s4.3.2.2: the policy and its host.
_POLICY = (
    Cause(
        code="sts-policy-fetch-error",
        title="the policy could not be fetched",
        meaning="The TXT record was found, but no policy came from https://mta-sts.<domain>/.well-known/mta-sts.txt.",
        cause="The policy host is down, answers 404 or 5xx, redirects, is too slow, or a bot filter stands before it.",
        fix="Let `mtasts verify` fetch it over IPv4 and IPv6; answer 200 within seconds, without redirect and "
        "without any filter, to every client.",
        owner=Owner.OURS,
        effect=Effect.BLOCK,
        section="RFC 8460 s4.3.2.2",
    ),
    Cause(
        code="sts-policy-invalid",
        title="the policy could not be read",
        meaning="Something was served at the policy's URL, but it is not a valid policy.",
        cause="A syntax slip (blank lines, a missing key, max_age too large), the wrong media type, or an HTML page, "
        "which may be that of a 404: not every sender looks at the status.",
        fix="Run `mtasts lint policy` on what is served, and publish it again under a new id.",
        owner=Owner.OURS,
        effect=Effect.BLOCK,
        section="RFC 8460 s4.3.2.2",
    ),
    Cause(
        code="sts-webpki-invalid",
        title="the policy host's certificate does not hold",
        meaning="The HTTPS certificate of mta-sts.<domain> did not validate, so the policy was not taken.",
        cause="Expired, issued for another name, intermediate missing, or not from a public authority.",
        fix="Renew it for exactly mta-sts.<domain> and send the whole chain.",
        owner=Owner.OURS,
        effect=Effect.BLOCK,
        section="RFC 8460 s4.3.2.2",
    ),
)

# RFC 8460 s4.3.3: everything else.
_GENERAL = (
    Cause(
        code="validation-failure",
        title="a check failed, and the report does not say which",
        meaning="The catch-all: something about the policy or the TLS session did not hold.",
        cause="Very often the MX host is not in the policy's mx list; else the TLS version, the ciphers, or a "
        "handshake that was cut.",
        fix="First compare the MX records with the mx list (`mtasts lint mx HOST PATTERN`), then probe the MX.",
        owner=Owner.OURS,
        effect=Effect.BLOCK,
        section="RFC 8460 s4.3.3",
    ),
)

CAUSES: dict[str, Cause] = {cause.code: cause for cause in (*_NEGOTIATION, *_DANE, *_POLICY, *_GENERAL)}

# RFC 8460 s4.3 lets the registry grow and senders write what they like: the word is kept as text and blocks until a
# person has looked, for the same reason as validation-failure.
UNKNOWN = Cause(
    code="unknown",
    title="a result type that no registry knows",
    meaning="The report uses a word for the failure that RFC 8460 does not define.",
    cause="A slip or an invention of the reporter; the reason code, if there is one, may tell.",
    fix="Read the reason code, probe the MX and the policy host, and ask the reporter if nothing shows.",
    owner=Owner.OURS,
    effect=Effect.BLOCK,
    section="RFC 8460 s4.3",
)

# A total without any details: RFC 8460 s4.4 has failure-details for failures, and not every reporter sends them.
UNNAMED = Cause(
    code="unnamed",
    title="failures without a word about why",
    meaning="The report counts failed sessions and gives no details.",
    cause="The reporter sends totals only, or its details were cut.",
    fix="Look at what other reporters say of the same day, and probe the MX and the policy host.",
    owner=Owner.OURS,
    effect=Effect.BLOCK,
    section="RFC 8460 s4.4",
)


def cause_of(result_type: str) -> Cause:
    """The general explanation of a result type; `UNKNOWN` for a word that RFC 8460 does not define."""
    return CAUSES.get(result_type.strip().lower(), UNKNOWN)
