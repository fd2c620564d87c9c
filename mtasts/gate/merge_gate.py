"""Decides whether a proposed change may be merged, from its diffs, the change rules and the verdicts. Pure.

What is judged is the difference that merging makes, by the base: thresholds, waivers and holds count as they stand on
the branch that the change is for, so no change clears a bar that it lowers itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mtasts.changes.diff import DomainDiff
from mtasts.changes.rules import ChangeFinding, Level
from mtasts.changes.strength import strengthens
from mtasts.policy.inputs import InputProblem
from mtasts.verdict.ready import Verdict
from mtasts.words.counted import few

Key = tuple[str, str]  # stack, domain


class Look(StrEnum):
    """How much was looked at: the files alone, or evidence, ledger and DNS as well."""

    DIFF = "diff"
    GATE = "gate"


@dataclass(frozen=True, slots=True)
class GateDomain:
    """One mail domain of a change. `left`: codes of rules that only a gate can judge; () in a gate's own result.

    `troubles`: what could not be learned, a line each, for people.
    """

    diff: DomainDiff
    findings: tuple[ChangeFinding, ...]
    left: tuple[str, ...] = ()
    verdict: Verdict | None = None
    troubles: tuple[str, ...] = ()

    @property
    def blocks(self) -> tuple[ChangeFinding, ...]:
        """What forbids the change."""
        return tuple(finding for finding in self.findings if finding.level is Level.BLOCK)

    @property
    def earliest(self) -> datetime | None:
        """When nothing forbids it any more by time alone; None when that is now, or no time alone will do."""
        whens = [finding.earliest for finding in self.blocks]
        return None if None in whens else max((when for when in whens if when is not None), default=None)


@dataclass(frozen=True, slots=True)
class GateResult:
    """The whole change. `problems`: what is wrong with the files themselves; each forbids everything.

    `deciding`: what it changes, beside the policies, of how they are published and judged: paths in the repository.
    `holds_until`: when the first of the verdicts that it rests on expires, None if it rests on none.
    """

    look: Look
    domains: tuple[GateDomain, ...]
    problems: tuple[InputProblem, ...]
    rehearsed: datetime | None = None
    deciding: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing forbids it."""
        return not self.problems and not any(domain.blocks for domain in self.domains)

    @property
    def holds_until(self) -> datetime | None:
        """See the class."""
        ends = [domain.verdict.expires_at for domain in self.domains if domain.verdict and domain.verdict.ready]
        return min(ends, default=None) if self.passed else None

    def stack(self, name: str, policies: str) -> "GateResult":
        """The same for one stack of the folder `policies`."""
        inside = f"{policies}/{name}/" if policies != "." else f"{name}/"
        return GateResult(
            self.look,
            tuple(domain for domain in self.domains if domain.diff.stack == name),
            tuple(problem for problem in self.problems if problem.place.path.startswith(inside)),
            self.rehearsed,
        )


def judge_gate(
    diffs: Sequence[DomainDiff],
    findings: Mapping[Key, Sequence[ChangeFinding]],
    verdicts: Mapping[Key, Verdict],
    *,
    look: Look = Look.GATE,
    problems: Sequence[InputProblem] = (),
    troubles: Mapping[Key, Sequence[str]] | None = None,
    rehearsed: datetime | None = None,
    deciding: Sequence[str] = (),
) -> GateResult:
    """Put together what was found; `diffs` and `findings` are those of `diff_stacks` and `judge_change`."""
    domains = []
    for diff in diffs:
        key = diff.stack, diff.domain
        found = (*own_findings(diff, deciding), *findings.get(key, ()))
        stands = found if look is Look.GATE else tuple(one for one in found if not one.needs_facts)
        domains.append(
            GateDomain(
                diff=diff,
                findings=tuple(sorted(stands, key=lambda one: one.level.weight)),
                left=tuple(dict.fromkeys(one.code for one in found if one not in stands)),
                verdict=verdicts.get(key),
                troubles=tuple((troubles or {}).get(key, ())),
            )
        )
    return GateResult(look, tuple(domains), tuple(sorted(problems)), rehearsed, tuple(deciding))


def own_findings(diff: DomainDiff, deciding: Sequence[str] = ()) -> tuple[ChangeFinding, ...]:
    """What the diff alone says, beside the change rules; `deciding` as of GateResult."""
    found = []
    if deciding and strengthens(diff.old, diff.new):
        found.append(
            ChangeFinding(
                domain=diff.domain,
                level=Level.BLOCK,
                code="code-changed",
                text=f"the same change edits how policies are published: {some(deciding)}",
                mail="what is merged may publish something else than what was judged here",
                remedy="take these files out, into a change of their own for their code owners; merge that first",
                source="ours: a change is judged by what will publish it",
            )
        )
    if diff.doubt:
        found.append(
            ChangeFinding(
                domain=diff.domain,
                level=Level.BLOCK,
                code="base-invalid",
                text=f"what is published cannot be read from the base: {diff.doubt}",
                mail="it is not known which policy senders hold",
                remedy="fix it so that it says what is published (`mtasts ledger DOMAIN`), and nothing else",
                source="ours: a change is judged against what it will replace",
                needs_facts=True,
            )
        )
    lowered = [change.text for change in diff.settings if change.lowers]
    if lowered:
        found.append(
            ChangeFinding(
                domain=diff.domain,
                level=Level.WARN,
                code="bar-lowered",
                text=f"asks less of the domain than the base does: {'; '.join(lowered)}",
                mail="nothing yet: this change is judged by the bar of the base, later ones by the lower one",
                remedy="approve it only if the reason convinces; a flip that needs it comes in a change of its own",
                source="ours: no change lowers the bar that it has to clear",
            )
        )
    return tuple(found)


def some(words: Sequence[str]) -> str:
    """The first three, and how many more there are."""
    return few(words, _NAMED)


_NAMED = 3
