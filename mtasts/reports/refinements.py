"""Refines the cause of a failure by its reason, MX host and address, beyond its result type.

Pure. Reasons are free text of the reporter (RFC 8460 s4.4) and are only matched here, never shown; each rule names
where the wording was seen. The first rule that fits wins, so the narrow ones stand first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from mtasts.protocol.names import covers
from mtasts.protocol.report import FailureDetail
from mtasts.reports.causes import CAUSES, UNNAMED, Cause, Owner, cause_of

# A reason longer than this is not a code; matching stays cheap whatever a reporter writes.
_REASON_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Refinement:
    """A reading of one reason: `types` it applies to, `wording` to look for, and what it changes in the cause."""

    what: str
    types: tuple[str, ...]
    wording: re.Pattern[str]
    title: str
    cause: str
    fix: str
    owner: Owner = Owner.OURS
    fix_at: str = ""


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


_FETCH = ("sts-policy-fetch-error",)
_HOST_CERTIFICATE = ("sts-webpki-invalid", "sts-policy-fetch-error")
_SESSION = ("validation-failure", "starttls-not-supported", "certificate-not-trusted", "certificate-host-mismatch")

_VALIDATION = ("validation-failure",)
_NEVER = re.compile(r"(?!)")  # no wording tells: names do

# Microsoft: result validation-failure, reason MX_HOSTS_MISMATCH. Postfix: mx-mismatch.
_NOT_IN_POLICY = Refinement(
    "mx-not-in-policy",
    _VALIDATION,
    _words(r"mx[ _-]?(?:hosts?[ _-]?)?mismatch|not (?:in|matched by|allowed by) (?:the )?(?:mta-?sts )?policy"),
    "the MX host is not in the policy's mx list",
    "An MX record names a host that no mx pattern of the policy covers; `*.` covers exactly one label.",
    "Add the host to mx: and publish, or take it out of the MX records.",
    fix_at="Take {mx} out of the MX records, or add it to mx: and publish.",
)
_OLDER_POLICY = Refinement(
    "older-policy",
    _VALIDATION,
    _NEVER,
    "the sender held an older policy, without this MX host",
    "The policy that the sender applied does not list the host; the one published now does.",
    "Nothing to publish: senders learn of it when they look again, at the latest when the older policy's max_age is "
    "over. Put a host into the policy before it goes into DNS (`mtasts mx` plans it).",
)
_IN_POLICY = Refinement(
    "mx-in-policy",
    _VALIDATION,
    _NEVER,
    "the sender refuses an MX host that the policy lists",
    "The policy covers the host, so the complaint is another one: the certificate is for other names, or the sender "
    "matches names in its own way.",
    "Probe the host and compare its certificate's names with its own name; if both are right, ask the reporter.",
    fix_at="Probe {mx} (`mtasts probe`) and compare its certificate's names with its own; if both are right, ask the "
    "reporter.",
)

REFINEMENTS: tuple[Refinement, ...] = (
    _NOT_IN_POLICY,
    _OLDER_POLICY,
    _IN_POLICY,
    # mox (mtasts and tlsrpt packages), word for word, as are the others of this group.
    Refinement(
        "no-txt-record",
        (*_FETCH, "sts-policy-invalid"),
        _words(r"no-mta-sts-dns-txt-record"),
        "the sender found no _mta-sts TXT record",
        "The record was missing, or a name server did not have it, when the sender looked. It went on with the policy "
        "that it held.",
        "Let `mtasts verify` ask every name server of the zone, and publish the record again.",
    ),
    Refinement(
        "several-txt-records",
        (*_FETCH, "sts-policy-invalid"),
        _words(r"multiple-mta-sts-records"),
        "the sender found more than one _mta-sts TXT record",
        "Two records begin with v=STSv1, so senders use neither (RFC 8461 s3.1).",
        "Leave the one whose id is published, and remove the other.",
    ),
    Refinement(
        "txt-record-unreadable",
        (*_FETCH, "sts-policy-invalid"),
        _words(r"(?<!policy-)record-syntax-error"),
        "the sender could not read the _mta-sts TXT record",
        "The record departs from the grammar, or holds two that were joined.",
        "Judge it with `mtasts lint txt`, and publish it again.",
    ),
    Refinement(
        "unreachable",
        _FETCH,
        # Stalwart: Could not reach policy host.
        _words(r"cannot-fetch-policy|could not reach policy host"),
        "the sender did not reach the policy host",
        "No connection, a broken TLS handshake, or no answer in time; some senders wait for two seconds only.",
        "Let `mtasts verify` fetch it over IPv4 and IPv6, at every address, without a filter in front.",
    ),
    Refinement(
        "no-mx-in-policy",
        ("sts-policy-invalid",),
        # Stalwart, which does not look at the status.
        _words(r"no '?mx'? entries"),
        "what was served names no mx",
        "An error page was read as a policy, since this sender does not look at the status; or the policy is mode "
        "none without mx lines, which some senders refuse.",
        "Let `mtasts verify` fetch it at every address; keep the mx lines in mode none.",
    ),
    Refinement(
        "handshake-cut",
        _SESSION,
        _words(r"connection-closed-during-handshake"),
        "the MX closed the connection during the TLS handshake",
        "TLS versions or ciphers that the MX does not have, a filter in between, or a host with too much to do.",
        "Probe every address of the MX; offer TLS 1.2 and 1.3 with current ciphers.",
    ),
    Refinement(
        "handshake-refused",
        _SESSION,
        _words(r"tls-remote-handshake-failure"),
        "the MX refused the TLS handshake",
        "Sender and MX have no TLS version, cipher or kind of key in common.",
        "Offer TLS 1.2 and 1.3 with current ciphers, and probe every address of the MX.",
    ),
    # mail.ru and others put the HTTP status into the reason.
    Refinement(
        "redirect",
        _FETCH,
        _words(r"(?<!\d)30[1-8](?!\d)|redirect"),
        "the policy host answered with a redirect",
        "Senders do not follow redirects (RFC 8461 s3.3): www, a trailing slash or a canonical host name was added.",
        "Answer 200 with the policy at the very URL.",
    ),
    Refinement(
        "filtered",
        _FETCH,
        _words(r"(?<!\d)(?:401|403|407|418|429)(?!\d)|forbidden|captcha|challenge|rate.?limit"),
        "the policy host turned the sender away",
        "A bot filter, a login or a rate limit stands before the policy host.",
        "Let everybody read the one path, whatever the user agent and however often.",
    ),
    Refinement(
        "not-found",
        _FETCH,
        _words(r"(?<!\d)(?:404|410)(?!\d)|not found|no-policy-served"),
        "the policy host has no policy at that path",
        "The file is missing or lies elsewhere than /.well-known/mta-sts.txt.",
        "Publish the file again; while the TXT record is there, the file must be.",
    ),
    Refinement(
        "server-error",
        _FETCH,
        _words(r"(?<!\d)5\d\d(?!\d)|bad gateway|unavailable"),
        "the policy host answered with a server error",
        "The policy host or what stands behind it failed.",
        "Look at the host's log of that day; serve a static file, which cannot fail like this.",
    ),
    Refinement(
        "expired",
        _HOST_CERTIFICATE,
        _words(r"expired|not.?after"),
        "the policy host's certificate had expired",
        "Renewal of the certificate for mta-sts.<domain> failed or was not loaded.",
        "Renew and load it, and watch its days left.",
    ),
    Refinement(
        "name",
        _HOST_CERTIFICATE,
        _words(r"host ?name|name mismatch|doesn.t match|does not match|altname|not valid for"),
        "the policy host's certificate is for another name",
        "The host shows a default certificate, or one without mta-sts.<domain>.",
        "Issue one for exactly mta-sts.<domain> and show it when that name is asked for (SNI).",
    ),
    Refinement(
        "chain",
        _HOST_CERTIFICATE,
        _words(r"self.?signed|unknown authority|issuer|unable to get local|untrusted|chain"),
        "the policy host's certificate chain is broken",
        "An intermediate is missing, or the authority is not a public one.",
        "Send the whole chain of a public authority.",
    ),
    Refinement(
        "self-signed",
        ("certificate-not-trusted",),
        _words(r"self.?signed|DEPTH_ZERO"),
        "an MX showed a self-signed certificate",
        "The mail server was never given a certificate of a public authority.",
        "Install one; DANE accepts a self-signed certificate, MTA-STS does not.",
    ),
    Refinement(
        "incomplete-chain",
        ("certificate-not-trusted",),
        _words(r"unable to get (?:local )?issuer|UNABLE_TO_(?:GET|VERIFY)|intermediate|unknown authority|incomplete"),
        "an MX does not send the whole chain, or its authority is not public",
        "The intermediate certificate is missing from what the server sends.",
        "Put the intermediate behind the server's certificate in the same file.",
    ),
    Refinement(
        "tls-version",
        ("validation-failure",),
        _words(
            r"protocol.?version|unsupported.?protocol|wrong.?version|no.?(?:shared|common).?cipher|cipher|tls ?1\.[01]"
        ),
        "sender and MX have no TLS version or cipher in common",
        "The MX offers only old TLS versions or ciphers.",
        "Offer TLS 1.2 and 1.3 with current ciphers.",
    ),
    # RFC 8460 s4.3.4: transient errors need not be reported at all; some reporters do.
    Refinement(
        "transient",
        (*_SESSION, *_FETCH),
        _words(
            r"time?d?.?out|deadline|connection (?:was )?(?:reset|closed|refused|aborted|lost)|ECONN|"
            r"unreachable|temporar|try again|unexpected eof|broken pipe|greylist"
        ),
        "the connection broke off",
        "A network error that passes by itself (RFC 8460 s4.3.4); on more than one day it is a dead address or an "
        "overloaded host.",
        "Nothing while it is once; when it comes back, probe every address from outside.",
        Owner.NOISE,
    ),
)

# Not `ip_address.is_private`, which also holds the documentation ranges that examples are written with.
_INSIDE: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "::1", "fc00::/7")
)


def explain(detail: FailureDetail, applied: Sequence[str], ours: Sequence[str] = ()) -> Cause:
    """Why this failure happened, as far as the report tells.

    `applied` are the mx patterns of the policy that the sender applied, `ours` those of the one published now; either
    is empty when it is not known.
    """
    base = cause_of(detail.result_type)
    reason = (detail.failure_reason_code or "")[:_REASON_LIMIT]
    if _is_inside(detail.receiving_ip):
        return _inside(base)
    if base.code in _VALIDATION and (rule := _by_names(detail.receiving_mx_hostname or "", reason, applied, ours)):
        return _refine(base, rule)
    for rule in REFINEMENTS:
        if base.code in rule.types and rule.wording.search(reason):
            return _refine(base, rule)
    return base


def _by_names(mx: str, reason: str, applied: Sequence[str], ours: Sequence[str]) -> Refinement | None:
    """What the MX host and the two policies tell; None for nothing. RFC 8461 s4.1: a host needs a pattern."""
    if not mx:
        return None
    if _covered(mx, applied):
        return _IN_POLICY if _NOT_IN_POLICY.wording.search(reason) else None
    if applied:
        # Google gives no reason at all; the names alone tell.
        return _OLDER_POLICY if _covered(mx, ours) else _NOT_IN_POLICY
    return _IN_POLICY if _covered(mx, ours) and _NOT_IN_POLICY.wording.search(reason) else None


def _covered(mx: str, patterns: Sequence[str]) -> bool:
    return any(covers(pattern, mx) for pattern in patterns)


def unnamed() -> Cause:
    """What is known of failures that a report counts without any detail."""
    return UNNAMED


def every_cause() -> tuple[Cause, ...]:
    """All that `explain` may return for a known result type and a public address, the general ones first."""
    refined = [_refine(CAUSES[kind], rule) for rule in REFINEMENTS for kind in rule.types]
    return (*CAUSES.values(), *refined)


def _refine(base: Cause, rule: Refinement) -> Cause:
    return replace(
        base,
        code=f"{base.code}/{rule.what}",
        title=rule.title,
        cause=rule.cause,
        fix=rule.fix,
        owner=rule.owner,
        fix_at=rule.fix_at,
    )


def _is_inside(address: str | None) -> bool:
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return False
    return any(parsed in network for network in _INSIDE if network.version == parsed.version)


def _inside(base: Cause) -> Cause:
    """A receiving address from a private range: what the sender spoke to was inside its own network.

    Ours (no RFC rule): only somebody on the same network as our MX, or behind a proxy, gets such an address.
    """
    return replace(
        base,
        code=f"{base.code}/inside",
        title=f"{base.title}, at an address inside the sender's network",
        cause="The sender connected to a private address: its own DNS or a proxy answered in place of the MX.",
        fix="Nothing, unless that sender is on your own network: then give it the public MX or the right certificate.",
        owner=Owner.SENDER,
    )
