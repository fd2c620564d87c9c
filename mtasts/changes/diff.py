"""The difference that a change of the YAML makes: for each mail domain its policy, its records and its mail. Pure.

A domain belongs to a stack, and the engine knows each stack alone: one that moves to another stack is removed in the
first and begins in the second, so it is told, and judged, as both.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mtasts.changes.change_release import of_another_tool
from mtasts.changes.diff_words import words_of
from mtasts.policy.adopted import Adopted
from mtasts.policy.config import DomainPolicy, Loaded
from mtasts.policy.desired import DesiredState, desired_state
from mtasts.policy.inputs import InputProblem, Place
from mtasts.policy.setting import SettingChange
from mtasts.policy.settings_table import setting_changes

_DEFAULTS = "_defaults.yaml"
_AS_IT_IS = "as it is"


@dataclass(frozen=True, slots=True)
class DomainDiff:
    """One mail domain of one stack before (`old`) and after (`new`) a change; None where it is not there.

    The texts are policy files, the tls_rpt ones `_smtp._tls` records. `id_rotates`: the policy gets another id when it
    is published. `txt` says what becomes of the `_mta-sts` record: created, taken over, renewed, removed, or as it is.
    `words` say what changes for mail, () for nothing. `file` is the domain's YAML, `through` the defaults if they alone
    made the difference. `doubt`: why the state before is not known, "" if it is; then `old` is None.
    """

    stack: str
    domain: str
    file: str
    old: DomainPolicy | None
    new: DomainPolicy | None
    old_text: str | None
    new_text: str | None
    id_rotates: bool
    txt: str
    tls_rpt_old: str | None
    tls_rpt_new: str | None
    words: tuple[str, ...]
    settings: tuple[SettingChange, ...]
    through: str = ""
    doubt: str = ""

    @property
    def published(self) -> bool:
        """Whether anything that is published, or the place where it is, would be different."""
        return published_part(self.old) != published_part(self.new)

    @property
    def lowers(self) -> bool:
        """Whether the change asks less of the domain than the base does."""
        return any(change.lowers for change in self.settings)


def diff_stacks(
    base: Mapping[str, Loaded], head: Mapping[str, Loaded], changed: Collection[str] | None = None
) -> tuple[DomainDiff, ...]:
    """Every mail domain that is not the same before and after, by stack and name.

    `changed`: the files that differ, to tell what came through the defaults (None: not known). A domain that cannot be
    read afterwards, because its file or the defaults are wrong, is not called removed: that problem is told instead.
    """
    diffs: list[DomainDiff] = []
    for stack in sorted({*base, *head}):
        before, after = base.get(stack, _EMPTY), head.get(stack, _EMPTY)
        if before is after:
            continue
        old = {policy.domain: policy for policy in before.policies}
        new = {policy.domain: policy for policy in after.policies}
        for domain in sorted({*old, *new}):
            was, becomes = old.get(domain), new.get(domain)
            if was == becomes or (was is not None and becomes is None and _unread(was.source, after)):
                continue
            doubt = "" if was is not None or becomes is None else _doubt(becomes.source, before, after)
            diffs.append(_diff(stack, was, becomes, changed, doubt))
    return tuple(_moves(diffs))


def inherited(
    found: Collection[InputProblem], base: Collection[InputProblem], changed: Collection[str]
) -> tuple[InputProblem, ...]:
    """Those of the problems `found` after a change that stood before it, at a file that it leaves as it is.

    They are held against nobody's change: the domain stays as it is published. What is wrong with the defaults is: no
    domain can be read without them.
    """
    before = set(base)
    return tuple(
        problem
        for problem in found
        if problem in before
        # What is over a quota is told at one of the files that are too many, which need not be at fault.
        and (problem.place.path not in changed or problem.key == "host_group")
        and problem.place.path.rpartition("/")[2] != _DEFAULTS
    )


def lost_files(base: Mapping[str, Loaded], head: Mapping[str, Loaded]) -> tuple[InputProblem, ...]:
    """A problem for each file that could not be read before and is gone: nobody can tell what it published."""
    problems = []
    for stack, before in base.items():
        after = head.get(stack, _EMPTY)
        there = {policy.source for policy in after.policies} | {problem.place.path for problem in after.problems}
        for problem in before.problems:
            path = problem.place.path
            if path not in there and not path.endswith(f"/{_DEFAULTS}"):
                there.add(path)
                why = f"what it published cannot be read from the base ({problem.message})"
                message = f"is gone, and {why}; fix it there first"
                problems.append(InputProblem(Place(path, 1, 1), "file", message))
    return tuple(sorted(problems))


def published_part(policy: DomainPolicy | None) -> tuple[object, ...] | None:
    """All of a domain's YAML that is published, or says where: what the change rules are about.

    Of a released domain nothing is, but the name of its host.
    """
    if policy is None:
        return None
    if policy.released is not None:
        return "released", policy.host_group
    text, zones = desired_state(policy).text, (policy.dns, policy.leaving)
    around = policy.accounts, policy.host_record, policy.host_group
    return policy.policy, text, policy.rua, policy.ttl, *zones, *around


_EMPTY = Loaded((), ())


def _unread(path: str, after: Loaded) -> bool:
    """Whether the file of a domain, or the defaults below it, cannot be read afterwards."""
    wrong = {problem.place.path for problem in after.problems}
    return path in wrong or any(one.rpartition("/")[2] == _DEFAULTS for one in wrong)


def _doubt(path: str, before: Loaded, after: Loaded) -> str:
    """Why a domain that seems to begin may have been there: its file, the defaults or a file that is gone was wrong."""
    kept = {policy.source for policy in after.policies if policy.source != path}
    for problem in before.problems:
        if problem.place.path not in kept:
            return f"the base has a problem: {problem}"
    return ""


def _diff(
    stack: str, old: DomainPolicy | None, new: DomainPolicy | None, changed: Collection[str] | None, doubt: str
) -> DomainDiff:
    policy = new or old
    if policy is None:  # pragma: no cover - the caller has one of both
        raise ValueError("nothing before and nothing after")
    was = None if old is None else desired_state(old)
    becomes = None if new is None else desired_state(new)
    txt = _AS_IT_IS if of_another_tool(old, new) else _txt(was, becomes, new)
    return DomainDiff(
        stack=stack,
        domain=policy.domain,
        file=policy.source,
        old=old,
        new=new,
        old_text=None if was is None else was.text,
        new_text=None if becomes is None else becomes.text,
        id_rotates=txt in {"created", "renewed"},
        txt=txt,
        tls_rpt_old=None if was is None else was.tls_rpt_value,
        tls_rpt_new=None if becomes is None else becomes.tls_rpt_value,
        words=tuple(words_of(old, new)),
        settings=tuple(_settings(old, new)),
        through=_through(old, new, changed),
        doubt=doubt,
    )


def _moves(diffs: Sequence[DomainDiff]) -> Iterator[DomainDiff]:
    """The same, with a word for each domain that goes from one stack to another."""
    begins = {diff.domain: diff.stack for diff in diffs if diff.old is None}
    ends = {diff.domain: diff.stack for diff in diffs if diff.new is None}
    for diff in diffs:
        words = ""
        if diff.new is None and diff.domain in begins:
            words = f"moves to stack {begins[diff.domain]}: each stack is published by itself"
        elif diff.old is None and diff.domain in ends:
            words = f"comes from stack {ends[diff.domain]}: each stack is published by itself"
        yield replace(diff, words=(words, *diff.words)) if words else diff


def _txt(old: DesiredState | None, new: DesiredState | None, policy: DomainPolicy | None) -> str:
    if new is None or policy is None:
        return "removed"
    if old is None and policy.adopted is not None:
        return "taken over" if new.adopted_id else "renewed"
    if old is None:
        return "created"
    return "renewed" if old.text != new.text else _AS_IT_IS


def _settings(old: DomainPolicy | None, new: DomainPolicy | None) -> Iterator[SettingChange]:
    if old is None or new is None:
        return
    yield from setting_changes(old.rollout, new.rollout)
    if old.owner != new.owner:
        yield SettingChange(f"owner {old.owner or 'none'} -> {new.owner or 'none'}")
    if old.adopted != new.adopted:
        yield SettingChange(f"adopted {_named(old.adopted)} -> {_named(new.adopted)}")
    if old.source != new.source:
        yield SettingChange(f"the file is renamed from {old.source}")


def _named(adopted: Adopted | None) -> str:
    return "none" if adopted is None else f"id {adopted.id}"


def _through(old: DomainPolicy | None, new: DomainPolicy | None, changed: Collection[str] | None) -> str:
    if old is None or new is None or changed is None or new.source in changed or old.source != new.source:
        return ""
    return f"{new.source.rpartition('/')[0]}/{_DEFAULTS}"
