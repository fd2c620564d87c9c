"""Holds what senders saw of a domain before an adoption beside what they see after it: facts and checks. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mtasts.level import Level
from mtasts.protocol.mta_sts import Mode
from mtasts.verify import checks_dane, checks_mx
from mtasts.verify.findings import Finding, Findings, State, served
from mtasts.verify.model import LookOutcome

# The MX hosts are the same before and after; what they answer may differ from one look to the next all the same.
_OF_MAIL: Final = frozenset(check.id for check in (*checks_mx.CHECKS, *checks_dane.CHECKS))
_ORDER: Final = (State.NOT_APPLICABLE, State.PASS, State.UNKNOWN, State.FAIL)
_STRENGTH: Final = {Mode.NONE.value: 0, Mode.TESTING.value: 1, Mode.ENFORCE.value: 2}


@dataclass(frozen=True, slots=True)
class FactPair:
    """One fact that a sender sees, before and after, in words; `worse`: why it is worse now, "" if it is not."""

    name: str
    before: str
    after: str
    worse: str = ""

    @property
    def same(self) -> bool:
        """Nothing changed."""
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class CheckPair:
    """One check that ends otherwise than before; `text`: what it says now."""

    check: str
    before: State
    after: State
    text: str
    worse: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """Two looks at one domain held side by side: every fact, and the checks that changed."""

    domain: str
    facts: tuple[FactPair, ...]
    checks: tuple[CheckPair, ...]

    @property
    def moved(self) -> bool:
        """Whether the policy host answers at other addresses than before, and did answer."""
        return any(each.name == "addresses" and not each.same and each.before != "-" for each in self.facts)

    @property
    def worse(self) -> tuple[str, ...]:
        """All that a sender sees and that is worse than before, a line each."""
        facts = [f"{each.name}: {each.worse}" for each in self.facts if each.worse]
        return (*facts, *(f"{each.check}: {each.text}" for each in self.checks if each.worse))


def compared(before: Findings, after: Findings, *, renewed: bool = False) -> Compared:
    """Hold two looks at the same domain side by side.

    `renewed`: nothing usable was served under the old id, so that it is to go; also where an earlier run, which was cut
    off, has put the policy there already.
    """
    return Compared(after.domain, tuple(_facts(before, after, renewed=renewed)), tuple(_checks(before, after)))


def _facts(before: Findings, after: Findings, *, renewed: bool) -> Iterable[FactPair]:
    old, new = _seen(before), _seen(after)
    for name in old:
        worse = "" if name == "id" and renewed else _worse(name, old, new)
        yield FactPair(name, old[name], new[name], worse)


def _seen(findings: Findings) -> Mapping[str, str]:
    observed, policy = findings.observed, findings.policy
    bodies = {fetch.body for fetch in observed.fetches if served(fetch)}
    issuers = {fetch.certificate.issuer for fetch in observed.fetches if fetch.certificate is not None}
    answering = sum(fetch.outcome is LookOutcome.OK for fetch in observed.fetches)
    return {
        "records": str(sum(value.startswith("v=STSv1;") for value in observed.mta_sts.values)),
        "id": _id(observed.mta_sts.values),
        "policy": _words(sorted(hashlib.sha256(body).hexdigest()[:16] for body in bodies)),
        "mode": policy.mode.value if policy else "none served",
        "max_age": str(policy.max_age) if policy else "none served",
        "mx": _words(policy.mx) if policy else "none served",
        "addresses": _words(sorted(value for each in observed.policy_host if each.found for value in each.values)),
        "answering": f"{answering} of {len(observed.fetches)}",
        "issuer": _words(sorted(issuers)),
        "reports to": _words(sorted(each.uri for each in observed.rua)),
    }


def _id(values: Sequence[str]) -> str:
    from_record = [value for value in values if value.startswith("v=STSv1;")]
    fields = [part.strip() for value in from_record for part in value.split(";")]
    return _words([part.removeprefix("id=") for part in fields if part.startswith("id=")])


def _worse(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    was, now = old[name], new[name]
    if name == "records" and now != "1":
        return f"{now} records that begin with v=STSv1;, where senders want one"
    if name == "id" and was != now and old["policy"] == new["policy"]:
        return "another id for the same policy: senders fetch it again for nothing"
    if name == "policy" and was != "-" and now == "-":
        return "no policy is served any more"
    if name == "policy" and "," in now:
        return "different policies are served at different addresses"
    if name == "mode" and _STRENGTH.get(now, -1) < _STRENGTH.get(was, -1):
        return f"mode {was} became {now}"
    if name in ("max_age", "mx") and was not in (now, "none served"):
        return f"it was {was} and is {now}"
    if name == "addresses" and was != "-" and now == "-":
        return "the policy host has no address any more"
    if name == "reports to" and set(was.split(", ")) - set(now.split(", ")) - {"-"}:
        return f"reports went to {was}, and go to {now}"
    return ""


def _checks(before: Findings, after: Findings) -> Iterable[CheckPair]:
    old, new = _worst(before.findings), _worst(after.findings)
    for check, now in new.items():
        was = old[check].state if check in old else State.NOT_APPLICABLE
        if was is not now.state:
            level = now.level is not Level.NOTE and check not in _OF_MAIL
            yield CheckPair(check, was, now.state, now.line, worse=level and now.state is State.FAIL)


def _worst(findings: Iterable[Finding]) -> Mapping[str, Finding]:
    """For each check the finding that is furthest from a pass."""
    found: dict[str, Finding] = {}
    for each in findings:
        if each.check not in found or _ORDER.index(each.state) > _ORDER.index(found[each.check].state):
            found[each.check] = each
    return found


def _words(values: Sequence[str]) -> str:
    return ", ".join(values) or "-"
