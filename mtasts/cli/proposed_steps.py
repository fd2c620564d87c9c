"""The next step of every mail domain of a stack on the base branch, judged: for `mtasts promote --all-ready`."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.app.looks import each
from mtasts.app.steps.edit import DomainFile, edit_domain
from mtasts.cli.options import sightings as watching
from mtasts.cli.steps import remark
from mtasts.errors import CannotLook
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from mtasts.changes.rules import ChangeFinding
    from mtasts.cli.facts import Gathered
    from mtasts.cli.options.ledger import Ledger
    from mtasts.cli.promote_all import Base
    from mtasts.gate.merge_gate import GateResult
    from mtasts.gate.waves import Step
    from mtasts.live.proposals import Change
    from mtasts.policy.config import DomainPolicy
    from mtasts.policy.inputs import Source
    from mtasts.verdict.ready import ReadyVerdict


@dataclass(frozen=True, slots=True)
class Judged:
    """A step with all that a pull request about it says; `result` is None for one that may not be taken."""

    step: "Step"
    content: bytes
    path: str
    defaults: str
    policies: str
    result: "GateResult | None" = None

    @property
    def policy_digest(self) -> str:
        """What tells the proposed policy from another."""
        from mtasts.render.verdict.promotion import mark_for

        return mark_for(self._result.domains[0]).policy

    @property
    def _result(self) -> "GateResult":
        if self.result is None:
            raise ValueError(f"{self.step.domain}: a step that may not be taken is not proposed")
        return self.result

    def change(self, limit: int) -> "Change":
        """The pull request, whose body has at most `limit` bytes."""
        from mtasts.live.proposals import Change
        from mtasts.render.verdict import promotion

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
class _Asked:
    """A domain whose next step can be written down."""

    old: "DomainPolicy"
    new: "DomainPolicy"
    after: str
    branch: str


def judged_steps(
    args: argparse.Namespace, base: "Base", ledger: "Ledger", canaries: Sequence[str], now: datetime
) -> "tuple[tuple[Judged, ...], Mapping[str, ReadyVerdict]]":
    """Each domain's next step, in the order of the domains, and every verdict that was made, by domain."""
    from mtasts.cli.judging import verdicts

    asked = list(_asked(base))
    before = {one.old.domain: _forbidden(one, ledger, now) for one in asked}
    looked = [one.old for one in asked if not before[one.old.domain]]
    known = {policy.domain for policy in looked}
    looked += [policy for policy in base.loaded.policies if policy.domain in canaries and policy.domain not in known]
    made = verdicts(args, looked, now, ledger.publications) if looked else ()
    found = dict(zip((policy.domain for policy in looked), made, strict=True))
    own = {one.old.domain: None if before[one.old.domain] else found.get(one.old.domain) for one in asked}
    gathered = _gathered(args, [one.old for one in asked], own, ledger, now)
    return tuple(_judge(args, base, one, own[one.old.domain], before, gathered) for one in asked), found


def _gathered(
    args: argparse.Namespace,
    policies: "Sequence[DomainPolicy]",
    verdicts: "Mapping[str, ReadyVerdict | None]",
    ledger: "Ledger",
    now: datetime,
) -> "Mapping[str, Gathered]":
    """What the change rules are judged by, for each domain that is ready."""
    from mtasts.cli.facts import gather

    watch = watching.watch_of(args)
    ready = [policy for policy in policies if (made := verdicts[policy.domain]) is not None and made.ready]

    def look(policy: "DomainPolicy") -> "Gathered":
        seen, verdict = watch.of(policy.domain), verdicts[policy.domain]
        return gather(args, policy, ledger, now, sightings=seen, verdict=verdict)

    return {policy.domain: gathered for policy, gathered in each(look, ready)}


def _asked(base: "Base") -> Iterator[_Asked]:
    """The steps there are; a file that cannot be edited is told, and left to a person."""
    from mtasts.changes.ladder import next_step
    from mtasts.gate.waves import branch_name

    defaults = _source(base, base.defaults)
    for policy in base.loaded.policies:
        wanted = next_step(policy)
        if wanted is None:
            continue
        try:
            text = base.repository.content(base.tree, policy.source).decode("utf-8")
            edit = edit_domain(DomainFile(base.stack, Path(policy.source), text, policy, defaults), **wanted)
            yield _Asked(policy, edit.policy, edit.text, branch_name(base.stack, policy, edit.policy))
        except CannotLook as error:
            remark(f"{with_u_labels(policy.domain)}: left: {error.message}", "", 4, sys.stderr)
        except ValueError as error:
            raise CannotLook(f"stack {base.stack}: {error}") from None


def _source(base: "Base", path: str) -> "Source | None":
    from mtasts.live.files import decode

    return decode(path, base.repository.content(base.tree, path), []) if path in base.tree.files else None


def _forbidden(one: _Asked, ledger: "Ledger", now: datetime) -> "tuple[ChangeFinding, ...]":
    """What forbids the step whatever a look would find."""
    from mtasts.changes.rules import Facts, Level, judge_change

    facts = Facts(now=now, ledger=ledger.of(one.old.domain), ledger_read=ledger.read, ready=True)
    found = judge_change(one.old, one.new, facts)
    return tuple(one for one in found if one.level is Level.BLOCK and one.before_looking)


def _judge(
    args: argparse.Namespace,
    base: "Base",
    one: _Asked,
    verdict: "ReadyVerdict | None",
    before: "Mapping[str, tuple[ChangeFinding, ...]]",
    gathered: "Mapping[str, Gathered]",
) -> Judged:
    from mtasts.changes.diff import diff_stacks
    from mtasts.changes.rules import judge_change
    from mtasts.gate.merge_gate import judge_gate
    from mtasts.gate.waves import Standing, Step, standing
    from mtasts.policy.config import Loaded
    from mtasts.protocol.mta_sts import Mode

    domain = one.old.domain
    found = gathered.get(domain)
    findings = before[domain] if found is None else judge_change(one.old, one.new, found.facts)
    troubles = () if found is None else found.troubles
    stands, why = standing(verdict, findings, troubles)
    sessions = 0 if verdict is None else verdict.evidence.successes
    step = Step(domain, one.branch, one.old.mode is not Mode.ENFORCE, stands, why, sessions)
    result = None
    if stands is Standing.HOLDS and verdict is not None:
        key = base.stack, domain
        (diff,) = diff_stacks({base.stack: Loaded((one.old,), ())}, {base.stack: Loaded((one.new,), ())})
        result = judge_gate(
            [diff], {key: findings}, {key: verdict}, troubles={key: troubles}, rehearsed=getattr(args, "as_of", None)
        )
    return Judged(step, one.after.encode("utf-8"), one.old.source, base.defaults, base.repository.policies, result)
