"""A proposed step as a pull request: title, commit message, and a body with the evidence that it rests on.

The body ends with a hidden mark that says which policy was proposed and until when its verdict holds, so that a later
run knows what it finds. Pure.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from mtasts.gate.merge_gate import GateDomain, GateResult
from mtasts.gate.sentences import headline, next_step, step
from mtasts.render.changes.markdown import domain_markdown
from mtasts.render.ci.change import parts
from mtasts.render.ci.comment import comment
from mtasts.render.escape import shorten
from mtasts.render.markdown import md
from mtasts.words.moments import at
from mtasts.words.names import with_u_labels

LABEL: Final = "mta-sts"

_MARK = re.compile(
    r"<!-- mtasts-step policy=(?P<policy>[0-9a-f]{16}) holds=(?P<holds>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|-)"
    r"(?P<withdrawn> withdrawn)? -->\s*\Z"
)
_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
_SENTENCE = 1000
_FOOT = (
    "<sub>Proposed by `mtasts bot`, which keeps the evidence up to date and closes this when it no longer holds. "
    "To decline this step, close the pull request; to decline all steps for a while, write the reason into the YAML "
    "(`rollout: {hold: ...}`).</sub>"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a body says to a later run: the proposed policy's digest, and until when its verdict holds.

    `withdrawn`: we closed it; otherwise who closed it declined the step.
    """

    policy: str
    holds_until: datetime | None
    withdrawn: bool = False

    def __str__(self) -> str:
        holds = "-" if self.holds_until is None else f"{self.holds_until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return f"<!-- mtasts-step policy={self.policy} holds={holds}{' withdrawn' if self.withdrawn else ''} -->"


def mark_of(body: str) -> Mark | None:
    """The mark that a body ends with; None where somebody has taken it away."""
    found = _MARK.search(body.replace("\r\n", "\n"))
    if found is None:
        return None
    try:
        holds = None if found["holds"] == "-" else datetime.fromisoformat(found["holds"])
    except ValueError:
        return None
    return Mark(found["policy"], holds, found["withdrawn"] is not None)


def mark_for(domain: GateDomain) -> Mark:
    """The mark of a step whose verdict was made."""
    digest = hashlib.sha256((domain.diff.new_text or "").encode()).hexdigest()[:16]
    return Mark(digest, None if domain.verdict is None else domain.verdict.expires_at)


def title(domain: GateDomain) -> str:
    """`example.com: testing -> enforce`."""
    return f"{with_u_labels(domain.diff.domain)}: {step(domain.diff)}"


def message(domain: GateDomain) -> str:
    """The commit's message: the step, and what it rested on when the commit was made."""
    lines = [title(domain), ""]
    if domain.verdict is not None:
        evidence = domain.verdict.evidence
        lines += [
            f"Verdict: {domain.verdict.state}, made {at(domain.verdict.made_at)}.",
            f"Reports: {len(evidence.report_keys)} of {len(evidence.reporters)} reporters, "
            f"{evidence.successes} sessions passed, {evidence.failures} failed.",
            f"Publication: {_id(evidence.publication)}.",
        ]
    return "\n".join(lines) + "\n"


def body(result: GateResult, policies: str, limit: int) -> str:
    """The body for a result of one domain, at most `limit` bytes: what to do, what changes, the evidence, the mark."""
    domain = result.domains[0]
    lead = f"✅ **{_short(headline(result))}** {_short(next_step(result))}"
    mark = str(mark_for(domain))
    whole = "\n\n".join((lead, domain_markdown(domain, result.look), _FOOT, mark)) + "\n"
    if len(whole.encode()) <= limit:
        return whole
    room = limit - len(_FOOT) - len(mark) - 100
    rest = f"`mtasts ready {domain.diff.domain}`"
    folded = comment(parts(result, [domain.diff.stack], policies), limit=room, rest=rest)
    return "\n\n".join((folded.rstrip(), _FOOT, mark)) + "\n"


def withdrawn(before: str, why: str, now: datetime) -> str:
    """The body of a pull request that is closed because its step may not be taken any more."""
    known = mark_of(before)
    mark = Mark(known.policy if known else "0" * 16, None, withdrawn=True)
    lead = f"➖ **Withdrawn {at(now)}: {_short(why)}**"
    rest = "A new pull request comes when the step may be taken again; `mtasts ready` says what is missing."
    return f"{lead}\n\n{rest}\n\n{mark}\n"


def _id(publication: str | None) -> str:
    # A forge obeys commit messages, too ("closes #1"); it comes from the bucket, and RFC 8461 s3.1 says what it may be.
    return publication if publication and _ID.fullmatch(publication) else "none that can be named"


def _short(text: str) -> str:
    return md(shorten(text, _SENTENCE))
