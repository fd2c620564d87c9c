"""Change rules about the mode: into testing, from there to enforce, and back."""

from collections.abc import Iterator
from typing import Final

from mtasts.changes.facts import ChangeRule, Facts, Said
from mtasts.changes.horizon import rollback_horizon
from mtasts.changes.ladder import first_rung_line
from mtasts.level import Level
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Mode, Policy
from mtasts.words.durations import span
from mtasts.words.moments import not_before


def binds_harder(old: DomainPolicy | None, new: DomainPolicy | None) -> bool:
    """Whether the step is one towards enforce: into it, or to a longer max_age in it."""
    if new is None or new.released is not None or new.mode is not Mode.ENFORCE:
        return False
    return old is None or old.mode is not Mode.ENFORCE or new.max_age > old.max_age


def _first_mode(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if new is None or new.mode is not Mode.ENFORCE or (old is not None and old.mode is not Mode.NONE):
        return
    if old is not None:
        yield Said("goes from mode none to enforce without testing")
    elif not new.rollout.adopted:
        yield Said("the first publication is enforce")
    elif facts.live_policy is None:
        yield Said(
            "`adopted` says that this policy is live already, but the live policy is not known", needs_facts=True
        )
    else:
        for difference in _differences(new.policy, facts.live_policy):
            yield Said(f"`adopted` says that this policy is live already, but {difference}", needs_facts=True)


def _differences(new: Policy, live: Policy) -> Iterator[str]:
    if live.mode is not Mode.ENFORCE:
        yield f"the live mode is {live.mode}"
    if {pattern.lower() for pattern in live.mx} != set(new.mx):
        yield f"the live policy has mx {', '.join(live.mx) or 'nothing'}"
    if new.max_age > live.max_age:
        yield f"its max_age {span(live.max_age)} is less than {span(new.max_age)}"


def _adopted(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if old is None and new is not None and new.mode is Mode.ENFORCE and new.rollout.adopted:
        yield Said(f"begins in enforce, because it had this policy before: {new.rollout.adopted}")


def _enforce_unproven(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None or old.mode is Mode.NONE or not binds_harder(old, new) or facts.ready:
        return
    reasons, remedy = "; ".join(facts.ready_reasons), facts.ready_remedy.rstrip(".")
    if facts.ready is None:
        yield Said("there is no valid verdict" + (f": {reasons}" if reasons else ""), remedy=remedy)
    else:
        yield Said(f"the verdict is not ready: {reasons or 'no reason was given'}", remedy=remedy)


def _look_first(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if facts.ready and binds_harder(old, new):
        yield from (Said(f"the verdict asks for a look: {look}") for look in facts.ready_looks)


def _held(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if new is None or not binds_harder(old, new) or (old is None and _taken_as_it_is(new)):
        return
    # Also when the same change lifts it: a change does not lower the bar that it has to clear.
    reasons = dict.fromkeys(policy.rollout.hold for policy in (old, new) if policy is not None and policy.rollout.hold)
    for reason in reasons:
        lifted = not new.rollout.hold
        yield Said(
            f"`hold` forbids it: {reason}",
            remedy="remove `hold` in a change of its own first" if lifted else "",
        )


def _taken_as_it_is(new: DomainPolicy) -> bool:
    """Whether the first file asks for what another tool publishes already: no step towards enforce."""
    return new.adopted is not None and new.adopted.still_meant(new.policy)


def _enforce_max_age(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if old is None or new is None or old.mode is not Mode.TESTING or new.mode is not Mode.ENFORCE:
        return
    if new.max_age > old.max_age:
        yield Said(
            f"goes to enforce with max_age {span(new.max_age)}, longer than the {span(old.max_age)} of testing",
            remedy=f"write `{first_rung_line(old)}`; `mtasts promote` lengthens it later, step by step",
        )


def _mixed_change(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if old is None or new is None or old.mode is Mode.NONE or not binds_harder(old, new):
        return
    if set(old.mx) != set(new.mx):
        yield Said("changes the mx patterns in the same step, so the verdict is about another policy than this one")


def _rollback(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None or new is None or old.mode is not Mode.ENFORCE or new.mode is Mode.ENFORCE:
        return
    horizon = rollback_horizon(facts, old.ttl, old.max_age)
    last = "at once, since none holds it" if horizon.expiry is None else f"from {not_before(horizon.expiry)} on"
    if not horizon.complete:
        last += " at the earliest (earlier publications are not known)"
    yield Said(
        f"leaves enforce for {new.mode}",
        mail="if this is published now, enforce ends for senders that look again when a message fails from"
        f" {not_before(horizon.looks_again)} on, for those that refresh daily from {not_before(horizon.daily)} on, and"
        f" for those that keep a policy until it expires {last}",
        earliest=horizon.expiry,
    )


FIRST_MODE: Final = ChangeRule(
    code="first-mode",
    level=Level.BLOCK,
    title="the first policy of a domain, and the first after none, is testing, unless `rollout.adopted` says why"
    " not and the live policy is the same",
    mail="senders would refuse whatever is wrong with any MX host before anybody could see it in a report",
    remedy="publish mode testing first; `mtasts ready DOMAIN` then says when to go on",
    source="ours: RFC 8461 s5 has testing to find out before mail is refused",
    run=_first_mode,
)

RULES: Final = (
    FIRST_MODE,
    ChangeRule(
        code="enforce-unproven",
        level=Level.BLOCK,
        title="going on to enforce, and to a longer max_age in it, needs a verdict that says ready and has not expired",
        mail="enforcing senders would refuse what fails today without being seen",
        remedy="`mtasts ready DOMAIN` names what is missing and when it will be there",
        source="ours: RFC 8461 s5 has testing to find out before mail is refused",
        run=_enforce_unproven,
        needs_facts=True,
    ),
    ChangeRule(
        code="look-first",
        level=Level.WARN,
        title="what only unknown reporters say is looked at before the step",
        mail="if they are right, enforcing senders refuse the host that they name",
        remedy="look at the host (`mtasts verify`); then waive the failure by name, or trust the reporter",
        source="ours: anybody who has a domain can report a failure, so it blocks nothing",
        run=_look_first,
    ),
    ChangeRule(
        code="held",
        level=Level.BLOCK,
        title="no step towards enforce while `rollout.hold` is there, or in the change that lifts it; to take over an"
        " enforce policy as it is published is none",
        mail="as the reason says; what senders hold stays as it is",
        remedy="resolve the reason, then remove `hold` from the YAML",
        source="ours: who knows a reason to wait must be able to write it down",
        run=_held,
        before_looking=True,
    ),
    ChangeRule(
        code="enforce-max-age",
        level=Level.BLOCK,
        title="the first enforce policy lives no longer than the testing policy did",
        mail="what is still wrong would be refused for the longer time by senders that keep a policy until it expires",
        remedy="write the max_age of testing, a week at most; `mtasts promote` lengthens it later, step by step",
        source="ours: RFC 8461 s10.2 wants it long in the end, s5.1 cannot shorten what is cached",
        run=_enforce_max_age,
    ),
    ChangeRule(
        code="mixed-change",
        level=Level.WARN,
        title="a step towards enforce leaves the mx patterns as they are",
        mail="evidence gathered under the old patterns says nothing about the new ones",
        remedy="change the patterns first, gather evidence, then go on",
        source="ours: one thing at a time",
        run=_mixed_change,
    ),
    ChangeRule(
        code="adopted",
        level=Level.NOTE,
        title="a domain may begin in enforce when it had the same policy elsewhere",
        mail="what was published before, and is not in `adopted`, is in no ledger, so dates do not count it",
        remedy="allow for the longest max_age that was ever published elsewhere",
        source="ours: going back to testing would only weaken it",
        run=_adopted,
    ),
    ChangeRule(
        code="rollback",
        level=Level.NOTE,
        title="leaving enforce is always allowed",
        mail="senders leave enforce as they learn of it",
        remedy="keep the MX hosts right until the last date: what senders hold counts until then",
        source="RFC 8461 s5.1, s8.1, s10.2",
        run=_rollback,
    ),
)
