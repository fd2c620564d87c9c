"""Organizations that are known to send TLS reports, and by which names their reports come.

Data, with the source and the date of each row. Only names that were seen in real reports or are documented: a name that
is guessed would let somebody else count. Whoever is not here can be trusted in the YAML
(`rollout.trusted_reporters`).
"""

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class KnownReporter:
    """One organization. Names in lower-case A-labels.

    `submitters` are the domains that its reports name as the reporter (TLS-Report-Submitter, contact-info), `signs` the
    d= of its signatures, `sender` its From address. `source` and `seen` say where that is known from, and of when.
    """

    organization: str
    submitters: tuple[str, ...]
    signs: tuple[str, ...]
    sender: str
    source: str
    seen: str


KNOWN: Final = (
    KnownReporter(
        "Google",
        ("google.com",),
        ("google.com",),
        "noreply-smtp-tls-reporting@google.com",
        "its help pages on TLS reporting; headers of its reports in public issues (dmarc-metrics-exporter 52, chatmail"
        " relay 181)",
        "2025-06",
    ),
    KnownReporter(
        "Microsoft",
        ("microsoft.com",),
        ("microsoft.com",),
        "tlsrpt-noreply@microsoft.com",
        "headers of a report in a public issue (parsedmarc 561)",
        "2024-09",
    ),
    KnownReporter(
        "VK (mail.ru)",
        ("corp.mail.ru", "mail.ru"),
        ("corp.mail.ru",),
        "tlsrpt@corp.mail.ru",
        "contact-info of its reports; corp.mail.ru is the domain of its staff, mail.ru that of its customers",
        "2026-03",
    ),
)


@lru_cache(maxsize=1)
def _by_submitter() -> MappingProxyType[str, KnownReporter]:
    return MappingProxyType({name: one for one in KNOWN for name in one.submitters})


def known_reporter(submitter: str) -> KnownReporter | None:
    """The row of an organization that reports under this very name; None for everybody else's."""
    return _by_submitter().get(submitter)
