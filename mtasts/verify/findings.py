"""A check is data plus one small function; what it finds is a value; together they are the `Findings` of a domain.

Pure: "now" is in the view. Ids, levels and states are public: docs/checks.md lists them, `--json` carries them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from mtasts.level import Level as Level  # noqa: PLC0414 - callers find it here
from mtasts.protocol.mta_sts import Mode, Policy, TxtRecord, read_policy, select_txt
from mtasts.protocol.problem import Reading
from mtasts.protocol.tls_rpt import TlsRptRecord, select_tls_rpt
from mtasts.verify.model import Observed, PolicyFetch


class State(StrEnum):
    """How a check ended. UNKNOWN is what could not be looked at; it is never a pass."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


class Delivers(StrEnum):
    """Whether a sender that enforces the policy would deliver at every address of every MX host."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "can't tell"


class Decides(StrEnum):
    """The criterion of a verdict that a check decides, by its code; a failed one stands in the way of enforce."""

    NOTHING = ""
    MX_HOSTS = "mx-hosts"
    POLICY = "policy-served"
    REPORTS = "tls-rpt"


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a check. `subject` is what it speaks of, such as `mx1.example.com [192.0.2.1]`.

    `code` is stable and explains itself with `--explain`; empty means the check's own id.
    """

    state: State
    text: str
    subject: str = ""
    code: str = ""
    result_type: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What the checks judge: the observation, the time of judging, and how old probe evidence may be."""

    observed: Observed
    now: datetime
    probe_max_age: timedelta
    txt: Reading[TxtRecord]
    tls_rpt: Reading[TlsRptRecord]
    bodies: tuple[tuple[bytes, Reading[Policy]], ...]
    """The different bodies that came over proven connections with status 200, each read."""

    @property
    def policy(self) -> Policy | None:
        """The policy a sender gets: the first body that reads."""
        return next((reading.value for _, reading in self.bodies if reading.value is not None), None)

    @property
    def active(self) -> bool:
        """There is a policy and its mode is not `none`."""
        return self.policy is not None and self.policy.mode is not Mode.NONE

    @property
    def probes_expired(self) -> bool:
        """The MX probes are older than they may be."""
        return self.now - self.observed.probed_at > self.probe_max_age


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: a stable kebab-case id, its level, the RFC section (or "ours") it comes from, and what to do.

    What blocks mail in enforce stands in the way of it, so a check of level BLOCK decides a criterion.
    """

    id: str
    level: Level
    source: str
    title: str
    remedy: str
    run: Callable[[View], Iterable[Result]]
    decides: Decides = Decides.NOTHING

    def __post_init__(self) -> None:
        if self.level is Level.BLOCK and self.decides is Decides.NOTHING:
            raise ValueError(f"check {self.id} blocks, but decides no criterion of a verdict")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found of one subject."""

    check: str
    level: Level
    state: State
    subject: str
    code: str
    text: str
    result_type: str
    source: str
    remedy: str
    decides: Decides = Decides.NOTHING

    @property
    def open(self) -> bool:
        """A failure or an unknown that somebody has to look at."""
        return self.level is not Level.NOTE and self.state in (State.FAIL, State.UNKNOWN)

    @property
    def line(self) -> str:
        """Subject and text, to be escaped by whoever prints it."""
        return f"{self.subject}: {self.text}" if self.subject else self.text


@dataclass(frozen=True)
class Findings:
    """All findings of one domain and what they come to."""

    observed: Observed
    policy: Policy | None
    findings: tuple[Finding, ...]

    @property
    def domain(self) -> str:
        """The mail domain, in A-labels."""
        return self.observed.domain

    @cached_property
    def delivers(self) -> Delivers:
        """No when a blocking check failed, can't tell when one is unknown, else yes."""
        states = {finding.state for finding in self.findings if finding.level is Level.BLOCK}
        if State.FAIL in states:
            return Delivers.NO
        return Delivers.CANNOT_TELL if State.UNKNOWN in states else Delivers.YES

    @cached_property
    def reasons(self) -> tuple[Finding, ...]:
        """The blocking findings behind `delivers`: all failures, then all unknowns."""
        blocking = [finding for finding in self.findings if finding.level is Level.BLOCK]
        failed = [finding for finding in blocking if finding.state is State.FAIL]
        return (*failed, *(finding for finding in blocking if finding.state is State.UNKNOWN))

    @property
    def passed(self) -> bool:
        """Nothing is open: exit code 0."""
        return not any(finding.open for finding in self.findings)


def view_of(observed: Observed, now: datetime, probe_max_age: timedelta) -> View:
    """Read the records and bodies of `observed` once, for all checks."""
    bodies = dict.fromkeys(fetch.body for fetch in observed.fetches if served(fetch))
    return View(
        observed,
        now,
        probe_max_age,
        select_txt(observed.mta_sts.values),
        select_tls_rpt(observed.tls_rpt.values),
        tuple((body, read_policy(body)) for body in bodies),
    )


def served(fetch: PolicyFetch) -> bool:
    """A body came over a proven connection with status 200, whole; its media type may still be wrong."""
    cut = {"too-large", "too-slow", "http-malformed", "connection-lost", "content-encoding"}
    return fetch.status == 200 and not any(trouble.code in cut for trouble in fetch.problems)
