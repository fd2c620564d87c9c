"""Finds the mail domain of a policy in a report. The report's body decides; header and file name only fill gaps."""

from mtasts.protocol.report import PolicyResult, Report


def file_under(report: Report, hint: str = "") -> dict[str, tuple[PolicyResult, ...]]:
    """Mail domain -> the policies that speak of it, in the report's order; empty if no domain can be told.

    `sts` and `no-policy-found` name the mail domain. `tlsa` names the TLSA base domain, which is the MX host (RFC 8460
    s1.1), or the mail domain (seen from Microsoft): it goes to the one mail domain that the report is about, or else to
    the one that the MX host lies in. `hint` (TLS-Report-Domain header or file name) counts only where the body does
    not say (RFC 8460 s5.6): policies without a domain, and reports of nothing but `tlsa`.
    """
    named = {p.policy_domain for p in report.policies if p.policy_domain and p.policy_type != "tlsa"}
    domains = named or ({hint} if hint else set())
    found: dict[str, list[PolicyResult]] = {}
    for policy in report.policies:
        domain = _domain_of(policy, domains, hint)
        if domain:
            found.setdefault(domain, []).append(policy)
    return {domain: tuple(policies) for domain, policies in found.items()}


def _domain_of(policy: PolicyResult, domains: set[str], hint: str) -> str:
    name = policy.policy_domain
    if name in domains:
        return name
    if len(domains) == 1:
        return next(iter(domains))
    around = [domain for domain in domains if name.endswith("." + domain)]
    return max(around, key=len, default=name or hint)
