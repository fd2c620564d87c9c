"""Says who serves a mail domain's policy today: by the name its host leads to, and by the accounts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mtasts.adoption.obstacles import cname_at, host_records
from mtasts.adoption.survey import AliasHolder, Survey, Worker, WorkerWay
from mtasts.protocol.mta_sts import policy_host
from mtasts.verify.model import LookOutcome

# By the end of the name that a policy host leads to; each as its owner documents it for custom domains.
_HOSTS: Final[Mapping[str, str]] = {
    ".github.io": "GitHub Pages",
    ".gitlab.io": "GitLab Pages",
    ".netlify.app": "Netlify",
    ".netlify.com": "Netlify",
    ".netlifyglobalcdn.com": "Netlify",
    ".pages.dev": "Cloudflare Pages",
    ".workers.dev": "a Cloudflare Worker",
    ".cdn.cloudflare.net": "Cloudflare",
    ".cloudfront.net": "CloudFront",
    ".amazonaws.com": "AWS",
    ".vercel-dns.com": "Vercel",
    ".vercel.app": "Vercel",
    ".azurewebsites.net": "Azure App Service",
    ".azurestaticapps.net": "Azure Static Web Apps",
    ".azurefd.net": "Azure Front Door",
    ".azureedge.net": "Azure CDN",
    ".web.app": "Firebase Hosting",
    ".fastly.net": "Fastly",
    ".onrender.com": "Render",
    ".mta-sts.tech": "a provider of hosted MTA-STS",
}


@dataclass(frozen=True, slots=True)
class Serving:
    """Who serves the policy host. Texts are somebody else's.

    `by`: in words, "" where nobody could say; `certain`: an account tells, not the name alone. `cname`: where a CNAME
    of the host leads; `wildcard`: the one that answers for it. `issuer` and `until`: of the certificate, "" and None
    where none was seen. `works`: at least one address serves the policy as senders want it.
    """

    by: str
    certain: bool
    cname: str
    wildcard: str
    addresses: tuple[str, ...]
    issuer: str
    until: datetime | None
    works: bool


def serving(survey: Survey) -> Serving:
    """What `survey` saw of the policy host."""
    observed = survey.view.observed
    chain = next((answer.chain for answer in observed.policy_host if answer.chain), ())
    certificate = next((fetch.certificate for fetch in observed.fetches if fetch.certificate is not None), None)
    by, certain = _by(survey, chain)
    return Serving(
        by=by,
        certain=certain,
        cname=cname_at(survey.standing.host),
        wildcard=survey.standing.host.wildcard or "",
        addresses=tuple(value for answer in observed.policy_host if answer.found for value in answer.values),
        issuer=certificate.issuer if certificate else "",
        until=certificate.not_after if certificate else None,
        works=any(fetch.outcome is LookOutcome.OK for fetch in observed.fetches),
    )


def _by(survey: Survey, chain: tuple[str, ...]) -> tuple[str, bool]:
    accounts = survey.accounts
    if accounts.workers:
        return _worker(accounts.workers[0]), True
    if holder := next((each for each in accounts.holders if _leads_to(each, survey, chain)), None):
        return _holder(holder), True
    if any(each.proxied for each in accounts.records or ()):
        return "a web server behind Cloudflare's proxy", True
    for name in reversed(chain):
        for end, who in _HOSTS.items():
            if name.endswith(end):
                return who, False
    return "", False


def _leads_to(holder: AliasHolder, survey: Survey, chain: tuple[str, ...]) -> bool:
    """Whether it answers for the host: by what DNS says, and where that is an address alone, by its exact name."""
    if not holder.enabled:
        return False
    there = host_records(survey)
    if holder.host in chain or any(holder.host in (each.alias, *each.values) for each in there):
        return True
    alone = survey.accounts.records is None and not chain
    return alone and policy_host(survey.domain) in holder.aliases


def _worker(worker: Worker) -> str:
    way = "its custom domain" if worker.way is WorkerWay.DOMAIN else f"the route {worker.pattern}"
    return f"the Cloudflare Worker {worker.script} by {way}"


def _holder(holder: AliasHolder) -> str:
    origin = f" from {holder.origins[0]}" if holder.origins else ""
    return f"the CloudFront distribution {holder.id} ({holder.host}) of this account{origin}"
