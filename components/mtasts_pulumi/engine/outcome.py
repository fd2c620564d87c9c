"""The outcome of one run of the engine, per mail domain. Pure: takes events, returns rows."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mtasts.policy.published_names import DOMAIN_TYPE, GROUP_INPUT, MTA_STS, STACK_TYPE, STASH_TYPE
from mtasts.providers import HOSTINGS, of_record
from mtasts.render.escape import shorten, terminal
from mtasts.render.run import document
from mtasts_pulumi.engine.shared import independent, needs, own
from mtasts_pulumi.engine.steps import ResourceFacts, Step, facts

_NO_CHANGE = {"same", "read", "refresh"}
# The engine tells a replacement three times; one of them is enough.
_ECHOES = {"create-replacement", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"}


_LONGEST = 500  # of what a policy says
# What an error begins with that a mandatory policy of a policy pack found.
BY_POLICY = "refused by policy"


@dataclass(frozen=True, slots=True)
class RunProblem:
    """One thing that went wrong, as one line; `resource` is the program's name for it, empty for the whole run."""

    message: str
    hint: str = ""
    resource: str = ""


@dataclass(frozen=True, slots=True)
class DomainRow:
    """One mail domain: what was published before and after, and what was done, in the order in which it was done."""

    domain: str
    before: ResourceFacts
    after: ResourceFacts
    steps: tuple[Step, ...]
    op: str  # create | update | delete | same
    failed: bool  # not all that was to be done was done
    because: tuple[str, ...] = ()  # the resources, its own or shared, whose failure kept it from being published
    held: str = ""  # why it stays as it was published last: what is wrong with its file

    @property
    def changed(self) -> bool:
        """Whether anything of it changed or would change."""
        return bool(self.steps)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole run."""

    operation: str  # preview | up | destroy
    stack: str
    result: str  # succeeded | failed | interrupted
    domains: tuple[DomainRow, ...]
    shared: tuple[Step, ...]
    problems: tuple[RunProblem, ...]
    notes: tuple[str, ...]
    changes: Mapping[str, int]
    seconds: float
    outputs: Mapping[str, Any] = field(default_factory=dict)
    owned: frozenset[str] = frozenset()  # names of the records that the state held before

    @property
    def changed(self) -> bool:
        """Whether anything changed or would change."""
        return any(row.changed for row in self.domains) or bool(self.shared)

    def as_run(self) -> document.Run:
        """What `--json` prints."""
        return document.Run(
            operation=self.operation,
            stack=self.stack,
            result=self.result,
            seconds=round(self.seconds, 2),
            changes=dict(sorted(self.changes.items())),
            domains=tuple(map(_domain, self.domains)),
            shared=tuple(map(_step_row, self.shared)),
            problems=tuple(document.ProblemRow(one.message, one.hint, one.resource) for one in self.problems),
            notes=self.notes,
            outputs=dict(self.outputs),
        )


def _domain(row: DomainRow) -> document.Domain:
    before, after = row.before, row.after
    return document.Domain(
        domain=row.domain,
        op=row.op,
        failed=row.failed,
        because=row.because,
        held=row.held,
        mode=document.Before(before.mode, after.mode),
        max_age=document.Before(before.max_age, after.max_age),
        id=document.Before(before.id, after.id),
        steps=tuple(map(_step_row, row.steps)),
    )


def _step_row(step: Step) -> document.StepRow:
    return document.StepRow(step.op, step.what, step.type, step.name, step.urn, step.detail)


def not_begun(plan: Outcome) -> Outcome:
    """What is told of an update that was not begun: what `plan` found wrong, and that nothing was done."""
    because = tuple(dict.fromkeys(problem.resource for problem in plan.problems if problem.resource))
    rows = tuple(
        replace(row, after=row.before, steps=(), op="same", failed=True, because=row.because or because)
        for row in plan.domains
    )
    return replace(plan, operation="up", result="failed", domains=rows, shared=(), changes={})


def left_standing(plan: Outcome, done: Outcome) -> tuple[str, ...]:
    """A line for each domain of which `plan` removed something that a run which failed elsewhere did not remove.

    The engine removes last, and nothing when anything has failed; the row looks as if there had been nothing to do.
    """
    removed = {step.urn for row in done.domains for step in row.steps if step.op == "delete"}
    told = {row.domain for row in done.domains if row.failed}
    return tuple(
        f"{row.domain}: what was to be removed is still there: nothing is removed in a run in which something failed;"
        " run it again when that is put right"
        for row in plan.domains
        if done.result == "failed" and row.domain not in told
        if any(step.op == "delete" and step.urn not in removed for step in row.steps)
    )


class Watcher:
    """Fed with the engine's events (from one thread), in their order.

    `on_step(domain or "", step)` is called as each change is done; `on_domain(domain)` when all of a domain is done.
    """

    def __init__(
        self,
        on_step: Callable[[str, Step], None] | None = None,
        on_domain: Callable[[str], None] | None = None,
    ) -> None:
        self._on_step = on_step
        self._on_domain = on_domain
        self._parents: dict[str, str] = {}
        self._seen: dict[str, Step] = {}
        self._imported: dict[str, Step] = {}  # by urn, as it was found
        self._done: list[Step] = []
        self.errors: list[tuple[str, str]] = []  # (urn or "", text)
        self.warnings: list[str] = []
        self.advised: list[str] = []  # by the advisory policies of a policy pack
        self.changes: dict[str, int] = {}
        self.outputs: Mapping[str, Any] = {}
        self._published: Mapping[str, Any] = {}
        self._served: Mapping[str, Any] = {}  # by host group, what its distribution served before
        self.failed: list[str] = []
        self._groups: dict[str, str] = {}  # the host group of each domain
        self._ended: set[str] = set()  # domains of which all is done

    def on_event(self, event: Any) -> None:
        """Take one pulumi.automation.EngineEvent."""
        if event.resource_pre_event:
            metadata = event.resource_pre_event.metadata
            step = self._step(metadata)
            if step.type == STACK_TYPE and metadata.old:
                outputs = _mapping(metadata.old.outputs)
                self._published, self._served = _mapping(outputs.get("domains")), _mapping(outputs.get("hosts"))
            self._parents.setdefault(step.urn, _parent(metadata))
            if step.type == DOMAIN_TYPE:
                self._groups[step.name] = str(_mapping(step.new).get(GROUP_INPUT, ""))
            if step.op not in _ECHOES:
                self._seen[step.urn] = step
        elif event.res_outputs_event:
            self._finished(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self.failed.append(event.res_op_failed_event.metadata.urn)
        elif event.diagnostic_event:
            self._said(event.diagnostic_event)
        elif event.policy_event:
            self._judged(event.policy_event)
        elif event.summary_event:
            self.changes = {str(op): count for op, count in event.summary_event.resource_changes.items()}

    def _finished(self, metadata: Any) -> None:
        step = self._step(metadata)
        if step.type == STACK_TYPE:
            self.outputs = dict((metadata.new or metadata.old).outputs or {}) if metadata.new or metadata.old else {}
        if step.op in _NO_CHANGE | _ECHOES or step.is_component:
            self._tell_end(step)
            return
        if step.op == "import":
            self._imported.setdefault(step.urn, step)
            self._seen[step.urn] = step
            self._done = [one for one in self._done if one.urn != step.urn]
        self._done.append(step)
        if self._on_step:
            self._on_step(self.domain_of(step.urn), step)
        self._tell_end(step)

    def _step(self, metadata: Any) -> Step:
        """The step of an event. An update of what this run has imported belongs to its import."""
        step = _step(metadata)
        if step.urn in self._imported and step.op == "update":
            return replace(step, op="import")
        # The first event of an import has what is wanted, and not yet what was found.
        return replace(step, new=step.old) if step.op == "import" and step.old else step

    def _tell_end(self, step: Step) -> None:
        # The `_mta-sts` TXT comes last of a domain's resources, by the components' own dependencies.
        domain = self.domain_of(step.urn)
        if domain and step.name.startswith(f"{domain}{MTA_STS}") and step.op not in _ECHOES:
            self._ended.add(domain)
            if self._on_domain:
                self._on_domain(domain)

    def _said(self, diagnostic: Any) -> None:
        text = str(diagnostic.message).strip()
        if diagnostic.severity == "error" and text:
            self.errors.append((diagnostic.urn or "", text))
        elif diagnostic.severity == "warning" and text:
            self.warnings.append(text)

    def _judged(self, policy: Any) -> None:
        """Take what a policy pack says. A stack's policies speak in the preview and once more after the update."""
        urn, text = policy.resource_urn or "", f"{policy.policy_name}: {' '.join(str(policy.message).split())}"
        if policy.enforcement_level == "mandatory":
            self.errors.append((urn, f"{BY_POLICY} {text}"))
        else:
            self.advised.append(shorten(terminal(f"policy {text}"), _LONGEST))

    @property
    def did_anything(self) -> bool:
        """Whether any change is done."""
        return bool(self._done)

    @property
    def served_by_hand(self) -> Mapping[str, str]:
        """The domains whose policy file held a text of somebody else's until this run, with the urn of their id.

        Only a refresh sees it: the state then has the etag of what was there beside the content that had been put.
        """
        forged = {self.domain_of(step.urn) for step in self._done if step.op == "update" and _another_text(step)}
        ids = {self.domain_of(step.urn): step.urn for step in self._seen.values() if step.type == STASH_TYPE}
        return {domain: ids[domain] for domain in sorted(forged & ids.keys())}

    def domain_of(self, urn: str) -> str:
        """The mail domain whose component holds this resource, or "" for what several share."""
        at = urn
        for _ in range(32):  # components do not nest deeper; a bound, should events ever make a circle
            if f"::{DOMAIN_TYPE}::" in at or f"${DOMAIN_TYPE}::" in at:
                return at.rsplit("::", 1)[-1]
            at = self._parents.get(at, "")
            if not at:
                return ""
        return ""

    @property
    def owned(self) -> frozenset[str]:
        """The names of the records that the state held before this run."""
        records = ((of_record(step.type), step.old) for step in self._seen.values())
        return frozenset(provider.records.read(inputs).name for provider, inputs in records if provider and inputs)

    def published(self, known: Mapping[str, str]) -> dict[str, str]:
        """For each resource of a domain, `DOMAIN MODE`: what was last published, by the outputs or the old file.

        `known` are modes known beforehand: a destroy that is refused at once does not tell them.
        """
        modes = {**known, **{domain: str(_mapping(told).get("mode")) for domain, told in self._published.items()}}
        for step in self._seen.values():
            mode = facts(step.old, step.type).mode
            if mode:
                modes[self.domain_of(step.urn)] = mode
        owned = {urn: self.domain_of(urn) for urn in self._seen}
        return {urn: f"{domain} {modes[domain]}" for urn, domain in owned.items() if domain in modes}

    def rows(self, *, planned: bool) -> tuple[tuple[DomainRow, ...], tuple[Step, ...]]:
        """A row per domain, sorted, and the changes of what domains share. `planned`: of a preview."""
        changes = (
            [step for step in self._seen.values() if step.op not in _NO_CHANGE and not step.is_component]
            if planned
            else self._done
        )
        steps: dict[str, list[Step]] = {}
        for step in changes:
            steps.setdefault(self.domain_of(step.urn), []).append(step)
        members: dict[str, list[Step]] = {}
        for step in self._seen.values():
            domain = self.domain_of(step.urn)
            if domain:
                members.setdefault(domain, []).append(step)
        rows = tuple(
            _row(domain, members[domain], steps.get(domain, ()), self._because(domain, members), planned)
            for domain in sorted(members)
        )
        if not planned:
            rows = tuple(replace(row, failed=row.failed or self._left_undone(row)) for row in rows)
        return rows, tuple(steps.get("", ()))

    def _because(self, domain: str, domains: Collection[str]) -> tuple[str, ...]:
        """The names of what failed and is the domain's own, or is shared and the domain was left undone for it."""
        failed = dict.fromkeys([*self.failed, *(urn for urn, _ in self.errors if urn)])
        why = [urn for urn in failed if self.domain_of(urn) == domain or own(domain, urn, self._parents.get(urn, ""))]
        if not why and domain not in self._ended:
            group = self._groups.get(domain, "")
            why = [
                urn
                for urn in failed
                if not self.domain_of(urn)
                and needs(
                    domain,
                    group,
                    urn,
                    self._parents.get(urn, ""),
                    domains,
                    independent=self._independent(domain, group),
                )
            ]
        # Sorted: which of several fails first is chance.
        return tuple(sorted(urn.rsplit("::", 1)[-1] for urn in why))

    def _independent(self, domain: str, group: str) -> bool:
        members = [member for member, its in self._groups.items() if its == group]
        names = _mapping(self._served.get(group)).get("names")
        return independent(domain, members, names if isinstance(names, list) else ())

    def _left_undone(self, row: DomainRow) -> bool:
        """Whether its last record was not reached: what it depends on failed, or the program ended."""
        return row.op != "delete" and row.domain in self._groups and row.domain not in self._ended


def _another_text(step: Step) -> bool:
    """Whether it is a policy file's, which held a text of somebody else's."""
    return any(
        hosting.policy_type == step.type and hosting.another_text(step.old or {}, step.new or {})
        for hosting in HOSTINGS.values()
    )


def _row(
    domain: str, members: Sequence[Step], steps: Sequence[Step], because: tuple[str, ...], planned: bool
) -> DomainRow:
    # What is true after the run is what was done; a step that failed leaves the old.
    done = {step.urn: step for step in steps}
    before = after = ResourceFacts()
    for step in members:
        new = step.new if step.op in _NO_CHANGE or step.urn in done else step.old
        before = _merge(before, facts(step.old, step.type))
        after = _merge(after, facts(new, step.type))
    if planned and after.id != before.id and any(step.what == "id" for step in steps):
        # The id carries the time at which the text is really published, which is not now.
        after = replace(after, id=None)
    component = next((step for step in members if step.type == DOMAIN_TYPE), None)
    op = "same" if not steps else component.op if component and component.op in {"create", "delete"} else "update"
    return DomainRow(domain, before, after, tuple(steps), op, bool(because), because)


def _merge(first: ResourceFacts, second: ResourceFacts) -> ResourceFacts:
    return ResourceFacts(first.mode or second.mode, first.max_age or second.max_age, first.id or second.id)


def _step(metadata: Any) -> Step:
    old, new = metadata.old, metadata.new
    return Step(
        op=str(getattr(metadata.op, "value", metadata.op)),
        urn=metadata.urn,
        type=metadata.type,
        old=old.inputs if old else None,
        new=new.inputs if new else None,
        protected=bool(old and old.protect),
        retained=bool(old and old.retain_on_delete),
        custom=bool((new or old) and (new or old).custom),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _parent(metadata: Any) -> str:
    state = metadata.new or metadata.old
    return state.parent if state else ""
