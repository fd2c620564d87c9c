"""MTA-STS (RFC 8461) and TLS-RPT (RFC 8460) as code, in plain Python, without Pulumi.

Public is what `__all__` names, as docs/reference/python.md describes it. Everything else in this package is private: it
may change with any version.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mtasts.app.api import ready_verdicts, report_summary, verify_domains
    from mtasts.errors import CannotLook, NotValid
    from mtasts.level import Level
    from mtasts.live.network import ConnectTo, Network
    from mtasts.verdict.criterion import Criterion, ReadyState
    from mtasts.verdict.ready import Verdict
    from mtasts.verify.findings import Delivers, Finding, Findings, State

__all__ = [
    "CannotLook",
    "ConnectTo",
    "Criterion",
    "Delivers",
    "Finding",
    "Findings",
    "Level",
    "Network",
    "NotValid",
    "ReadyState",
    "State",
    "Verdict",
    "ready_verdicts",
    "report_summary",
    "verify_domains",
]

# Loaded when asked for: the command line imports this package, too, and `mtasts --help` needs none of it.
_HOMES = {
    "mtasts.app.api": ("ready_verdicts", "report_summary", "verify_domains"),
    "mtasts.errors": ("CannotLook", "NotValid"),
    "mtasts.level": ("Level",),
    "mtasts.live.network": ("ConnectTo", "Network"),
    "mtasts.verdict.criterion": ("Criterion", "ReadyState"),
    "mtasts.verdict.ready": ("Verdict",),
    "mtasts.verify.findings": ("Delivers", "Finding", "Findings", "State"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
