"""Every code that a finding can carry, explained: what was seen, its usual cause, the fix, and where the rule stands.

One look-up over the troubles at one place, the checks themselves, and the TLS-RPT result types.
"""

from dataclasses import dataclass

from mtasts.reports.causes import CAUSES
from mtasts.verify.run_checks import CHECKS
from mtasts.verify.troubles import TROUBLES


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code in plain words. The texts are ours and need no escaping."""

    code: str
    meaning: str
    cause: str
    fix: str
    source: str


# Problems of a record's or a policy's grammar whose own message says everything: where to read on.
_GRAMMAR = {
    "RFC 8461 s3.1 and RFC 8460 s3": (
        "empty-field", "empty-value", "field-name", "field-syntax", "field-value", "not-ascii", "record-too-long",
        "trailing-blank", "duplicate-field", "extension-field", "more-problems",
    ),
    "RFC 8461 s3.2": (
        "version", "version-missing", "version-not-first", "mode", "mode-missing", "max-age-missing", "max-age-syntax",
        "max-age-limit", "max-age-zeros", "max-age-zero", "max-age-short", "max-age-short-enforce", "mx-missing",
        "mx-syntax", "mx-duplicate", "mx-wildcard-broad", "mx-a-label",
        "mx-address", "mx-single-label", "none-without-mx", "field-case", "control-character", "policy-too-long",
        "policy-empty", "policy-html", "byte-order-mark", "line-ends-mixed", "blank-line", "odd-blanks", "comment",
        "line-syntax",
    ),
    "RFC 8460 s3": (
        "rua-missing", "rua-syntax", "rua-address", "rua-domain", "rua-duplicate", "rua-fragment",
        "rua-mailto-fields", "rua-scheme-case", "rua-user", "rua-blank", "rua-not-first", "rua-equals", "rua-percent",
        "rua-https-beside", "rua-https-only", "rua-http", "rua-local-part",
    ),
}  # fmt: skip
_SECTION_OF = {code: section for section, codes in _GRAMMAR.items() for code in codes}


def explain(code: str) -> Explanation | None:
    """The explanation of a finding's code, a check's id or a TLS-RPT result type; None for an unknown word."""
    wanted = code.strip().lower()
    if wanted in TROUBLES:
        return Explanation(wanted, *TROUBLES[wanted])
    if wanted in CAUSES:
        cause = CAUSES[wanted]
        return Explanation(wanted, cause.meaning, cause.cause, cause.fix, cause.section)
    for check in CHECKS:
        if check.id == wanted:
            why = (check.run.__doc__ or "").strip()
            return Explanation(wanted, f"A check: {check.title}.", why, check.remedy, check.source)
    if wanted in _SECTION_OF:
        return Explanation(
            wanted,
            "The record or the policy file departs from the grammar, or from what every sender takes.",
            "The finding's own text names the place and what is allowed.",
            "Judge a corrected version with `mtasts lint txt`, `mtasts lint policy` or `mtasts lint tlsrpt`.",
            _SECTION_OF[wanted],
        )
    return None


def known_codes() -> tuple[str, ...]:
    """Every code that `explain` knows, sorted."""
    return tuple(sorted({*TROUBLES, *CAUSES, *_SECTION_OF, *(check.id for check in CHECKS)}))
