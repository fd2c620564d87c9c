"""Causes of the clouds' own error texts, and the way out of each: one table, as data.

Codes and texts are those of the services' documentation and of their providers (looked at 2026-11). A test provokes
each row in the sandbox, whose providers answer in the same words; a text that no row knows is passed on as it is.
"""

import re
from typing import Final

from mtasts.policy.published_names import AT_ZONE, HOST, MTA_STS, TLS_RPT
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.providers import HOSTINGS, PROVIDERS, of_record
from mtasts.providers.aws import api_error
from mtasts.providers.cause import TRY_LATER, Cause, cause

_COMMON: Final = "AWS API references, common errors"

_OF_RECORDS: Final = tuple(row for provider in PROVIDERS.values() for row in provider.causes)
_OF_HOSTS: Final = tuple(row for hosting in HOSTINGS.values() for row in hosting.causes)
# Of any service.
_OF_ANY: Final = (
    cause(
        r"dial tcp|no such host|i/o timeout|TLS handshake timeout|connection reset by peer|connection refused",
        "the service's API cannot be reached from here",
        "see the network and its proxy (HTTPS_PROXY), and run it again; it goes on from here",
        "Go, package net",
        everywhere=True,
    ),
    cause(
        rf"{api_error('InternalFailure', 'InternalError', 'ServiceUnavailable', 'ServiceException')}|StatusCode: 50\d",
        "the service itself failed",
        TRY_LATER,
        _COMMON,
    ),
)

# The first row that fits counts, those of a record's own provider before all others.
CAUSES: Final = (*_OF_RECORDS, *_OF_HOSTS, *_OF_ANY)
_WORDS: Final = [*(provider.told for provider in PROVIDERS.values()), *(hosting.told for hosting in HOSTINGS.values())]
_TOLD: Final = tuple(dict.fromkeys(pattern for pattern in _WORDS if pattern is not None))
_HOST: Final = re.compile(rf"(.+){HOST}-[a-z]+")
_PREFIXES: Final = (
    (MTA_STS, txt_name("")),
    (TLS_RPT, record_name("")),
)


def cause_of(text: str, urn: str = "") -> Cause | None:
    """The row for what a provider said of the resource `urn`, None for a text that no row knows."""
    provider = of_record(urn.rpartition("::")[0].rpartition("::")[2].rpartition("$")[2])
    rows = (*(provider.causes if provider else ()), *CAUSES)
    return next((row for row in rows if row.pattern.search(text)), None)


def service_words(text: str) -> str:
    """`CODE: message` of what the API itself said, without the provider's wrapping; "" if there is none to see."""
    for pattern in _TOLD:
        found = pattern.search(text)
        if found:
            return f"{found[1]}: {found[2].strip()}"
    return ""


def record_of(resource: str) -> str:
    """The DNS name that one of our resources is about, by its name in the program; the name itself for any other."""
    resource = AT_ZONE.sub("", resource)  # the zone, of a domain that moves
    if host := _HOST.fullmatch(resource):
        return policy_host(host[1])
    for suffix, prefix in _PREFIXES:
        if resource.endswith(suffix) and len(resource) > len(suffix):
            return prefix + resource.removesuffix(suffix)
    return resource
