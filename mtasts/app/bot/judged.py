"""The next step of each mail domain of a stack on the base branch, judged as the gate will judge it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.app.bot.base import Base
from mtasts.app.bot.evidence import Evidence
from mtasts.app.bot.news import Left
from mtasts.app.bot.proposals import Change
from mtasts.app.ledger import Ledger
from mtasts.app.looks import each
from mtasts.app.steps.edit import DomainFile, Edit
from mtasts.app.steps.occasion import Occasion
from mtasts.app.steps.promote import next_edit
from mtasts.changes.diff import diff_stacks
from mtasts.changes.facts import ChangeFinding, Facts
from mtasts.changes.rules import Level, judge_change
from mtasts.errors import CannotLook
from mtasts.gate.merge_gate import GateResult, judge_gate
from mtasts.gate.waves import Standing, WaveStep, branch_name, standing
from mtasts.policy.config import Loaded
from mtasts.protocol.mta_sts import Mode
from mtasts.render.verdict import promotion
from mtasts.verdict.ready import Verdict

if TYPE_CHECKING:
    from mtasts.app.change_facts import Gathered


@dataclass(frozen=True, slots=True)
class Judged:
    """A step with all that a pull request about it says; `result` is None for one that may not be taken."""

    step: WaveStep
    content: bytes
    path: str
    defaults: str
    policies: str
    result: GateResult | None = None

    @property
    def policy_digest(self) -> str:
        """What tells the proposed policy from another."""
        return promotion.mark_for(self._result.domains[0]).policy

    @property
    def _result(self) -> GateResult:
        if self.result is None:
            raise ValueError(f"{self.step.domain}: a step that may not be taken is not proposed")
        return self.result

    def change(self, limit: int) -> Change:
        """The pull request, whose body has at most `limit` bytes."""
        domain = self._result.domains[0]
        return Change(
            branch=self.step.branch,
            path=self.path,
            content=self.content,
            message=promotion.message(domain),
            title=promotion.title(domain),
            body=promotion.body(self._result, self.policies, limit),
            also=(self.defaults,),
        )


@dataclass(frozen=True, slots=True)
class Next:
    """The next step of a domain, written down but not judged, and its branch."""

    edit: Edit
    branch: str

    @property
    def domain(self) -> str:
        """The mail domain."""
        return self.edit.policy.domain


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps in the order of their domains, and every verdict that was made, by domain."""

    judged: tuple[Judged, ...]
    verdicts: Mapping[str, Verdict]

    @property
    def by_branch(self) -> Mapping[str, Judged]:
        """Each under the name of its branch."""
        return {one.step.branch: one for one in self.judged}


def next_steps(base: Base) -> tuple[tuple[Next, ...], tuple[Left, ...]]:
    """The steps there are; a file that cannot be edited is left to a person. Raises CannotLook."""
    steps, left, defaults = [], [], base.defaults
    for policy in base.published:
        text = base.repository.content(base.tree, policy.source).decode("utf-8")
        try:
            edit = next_edit(DomainFile(base.stack, Path(policy.source), text, policy, defaults))
        except CannotLook as error:
            left.append(Left(policy.domain, f"left: {error.message}"))
            continue
        if edit is not None:
            try:
                steps.append(Next(edit, branch_name(base.stack, policy, edit.policy)))
            except ValueError as error:
                raise CannotLook(f"stack {base.stack}: {error}") from None
    return tuple(steps), tuple(left)


def judge_steps(
    base: Base, steps: Sequence[Next], evidence: Evidence, occasion: Occasion, *, also: Collection[str] = ()
) -> Steps:
    """The steps judged; `also`: domains whose verdict is needed whatever their step. Raises CannotLook."""
    before = {one.domain: _forbidden(one, evidence.ledger, occasion) for one in steps}
    looked = [one.edit.file.policy for one in steps if not before[one.domain]]
    known = {policy.domain for policy in looked}
    looked += [one for one in base.loaded.policies if one.domain in also and one.domain not in known]
    made = evidence.verdicts(looked) if looked else ()
    verdicts = dict(zip((policy.domain for policy in looked), made, strict=True))
    own = {domain: verdicts[domain] for domain in verdicts if not before.get(domain)}
    ready = [one.edit.file.policy for one in steps if one.domain in own and own[one.domain].ready]
    found = each(lambda policy: evidence.facts(policy, own[policy.domain]), ready)
    gathered = {policy.domain: facts for policy, facts in found}
    judged = (
        _judge(base, one, own.get(one.domain), before[one.domain], gathered.get(one.domain), occasion) for one in steps
    )
    return Steps(tuple(judged), verdicts)


def _forbidden(one: Next, ledger: Ledger, occasion: Occasion) -> tuple[ChangeFinding, ...]:
    """What forbids the step whatever a look would find."""
    facts = Facts(now=occasion.now, ledger=ledger.of(one.domain), ledger_read=ledger.read, ready=True)
    found = one.edit.judged(facts).findings
    return tuple(finding for finding in found if finding.level is Level.BLOCK and finding.before_looking)


def _judge(
    base: Base,
    one: Next,
    verdict: Verdict | None,
    before: tuple[ChangeFinding, ...],
    gathered: "Gathered | None",
    occasion: Occasion,
) -> Judged:
    old, new = one.edit.file.policy, one.edit.policy
    findings = before if gathered is None else judge_change(old, new, gathered.facts)
    troubles = () if gathered is None else gathered.troubles
    stands, why = standing(verdict, findings, troubles)
    sessions = 0 if verdict is None else verdict.evidence.successes
    step = WaveStep(one.domain, one.branch, old.mode is not Mode.ENFORCE, stands, why, sessions)
    result = None
    if stands is Standing.HOLDS and verdict is not None:
        key = base.stack, one.domain
        (diff,) = diff_stacks({base.stack: Loaded((old,), ())}, {base.stack: Loaded((new,), ())})
        rehearsed = occasion.now if occasion.rehearsed else None
        result = judge_gate([diff], {key: findings}, {key: verdict}, troubles={key: troubles}, rehearsed=rehearsed)
    return Judged(step, one.edit.text.encode("utf-8"), old.source, base.defaults_path, base.repository.policies, result)
