"""Checks of where a mail domain's answers come from: its own records, or a wildcard's that others would end."""

from collections.abc import Iterator

from mtasts.verify.findings import Check, Level, Result, State, View
from mtasts.verify.standing import caa_refusal, ended_wildcard, forbids_amazon, wildcard_refusal


def own_records(view: View) -> Iterator[Result]:
    """The first record below a name ends a wildcard for it, its MX with it (RFC 4592 s2.2.1)."""
    standing = view.observed.standing
    if standing is None:
        yield Result(State.PASS, "published, so the name exists by itself")
        return
    domain = view.observed.domain
    if refusal := wildcard_refusal(domain, standing):
        yield Result(State.FAIL, f"{refusal.text}; {refusal.remedy}", code="domain-from-wildcard")
    elif standing.domain.trouble:
        yield Result(State.UNKNOWN, f"DNS trouble: {standing.domain.trouble}", domain, "dns-trouble")
    elif wildcard := ended_wildcard(standing):
        text = f"has no records of its own, and {wildcard} does not answer for it: something stands below it"
        yield Result(State.FAIL, text, domain, "wildcard-ended")
    else:
        yield Result(State.PASS, "no wildcard answers for the mail domain", domain)


def names_from_wildcard(view: View) -> Iterator[Result]:
    """What a wildcard answers for the names of a publication is no record there: they are free."""
    standing = view.observed.standing
    looks = (standing.mta_sts, standing.tls_rpt, standing.host) if standing else ()
    found = [look for look in looks if look.taken and look.wildcard]
    for look in found:
        text = f"has no record of its own: {look.wildcard} answers for it, until one is published there"
        yield Result(State.FAIL, text, look.name, "name-from-wildcard")
    if not found:
        yield Result(State.PASS, "no wildcard answers for the names of a publication")


def caa_allows_amazon(view: View) -> Iterator[Result]:
    """Before the first publication: this project's policy hosts have certificates of Amazon's."""
    standing = view.observed.standing
    if standing is None or standing.caa is None or any(fetch.certificate for fetch in view.observed.fetches):
        yield Result(State.PASS, "a policy host has its certificate already")
    elif forbids_amazon(standing.caa):
        text = caa_refusal(view.observed.domain, standing.caa).text
        yield Result(State.FAIL, text, code="caa-forbids-amazon")
    else:
        yield Result(State.PASS, "CAA does not forbid Amazon to issue the policy host's certificate")


CHECKS = (
    Check(
        "own-records", Level.WARN, "RFC 4592 s2.2.1", "the mail domain has records of its own, not a wildcard's",
        "write at the mail domain what the wildcard gives it, before anything is published below it", own_records,
    ),
    Check(
        "names-from-wildcard", Level.NOTE, "RFC 4592 s2.2.1", "no wildcard answers for the names of a publication",
        "nothing: publishing creates the names, and what is created wins over the wildcard", names_from_wildcard,
    ),
    Check(
        "caa-allows-amazon", Level.WARN, "RFC 8659 s4", "CAA lets Amazon issue the policy host's certificate",
        'add CAA `0 issue "amazon.com"` beside the others, before the first publication', caa_allows_amazon,
    ),
)  # fmt: skip
