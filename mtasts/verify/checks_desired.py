"""Desired against observed: the drift check of `--stack`. Applies only where the YAML wants something."""

from collections.abc import Iterator

from mtasts.policy.policy_id import belongs
from mtasts.verify.findings import Check, Decides, Level, Result, State, View
from mtasts.verify.model import Desired

_NOT_ASKED = Result(State.NOT_APPLICABLE, "no stack to hold it against")


def text_as_desired(view: View) -> Iterator[Result]:
    """The bytes served are the bytes that the YAML makes."""
    desired = view.observed.desired
    if desired is None:
        yield _NOT_ASKED
        return
    if not view.bodies:
        yield Result(State.UNKNOWN, "no body came to compare")
    for body, _ in view.bodies:
        if body == desired.text.encode():
            yield Result(State.PASS, "the body is what the YAML asks for")
        else:
            yield Result(State.FAIL, _difference(desired, body), view.observed.fetches[0].host)


def _difference(desired: Desired, body: bytes) -> str:
    want = [line.strip() for line in desired.text.splitlines()]
    have = [line.strip() for line in body.decode("latin-1").splitlines()]
    missing = [line for line in want if line not in have][:3]
    extra = [line for line in have if line not in want][:3]
    parts = [f"wants {line!r}" for line in missing] + [f"serves {line!r}" for line in extra]
    return "; ".join(parts) if parts else "the same lines in other order or with other line ends"


def id_as_desired(view: View) -> Iterator[Result]:
    """The id in DNS was made for the desired text; which moment it names only the engine's state knows."""
    desired, record = view.observed.desired, view.txt.value
    if desired is None:
        yield _NOT_ASKED
    elif record is None:
        absent = view.observed.mta_sts.absent or view.observed.mta_sts.found
        yield Result(State.FAIL if absent else State.UNKNOWN, "no valid id in DNS", view.observed.mta_sts.name)
    else:
        fits = belongs(record.id, desired.text)
        if fits:
            yield Result(State.PASS, f"id {record.id} was made for the desired text", view.observed.mta_sts.name)
        else:
            why = "was not made by this project" if fits is None else "was made for another text"
            yield Result(State.FAIL, f"id {record.id} {why}", view.observed.mta_sts.name)


def tls_rpt_as_desired(view: View) -> Iterator[Result]:
    """The TLS-RPT record is the one that the YAML makes."""
    desired, answer = view.observed.desired, view.observed.tls_rpt
    if desired is None or desired.tls_rpt is None:
        yield _NOT_ASKED if desired is None else Result(State.NOT_APPLICABLE, "the YAML asks for no reports")
    elif not answer.found and not answer.absent:
        yield Result(State.UNKNOWN, f"DNS trouble: {answer.trouble}", answer.name, "dns-trouble")
    elif answer.values == (desired.tls_rpt,):
        yield Result(State.PASS, "as the YAML asks", answer.name)
    else:
        have = " / ".join(map(repr, answer.values)) or "nothing"
        yield Result(State.FAIL, f"wants {desired.tls_rpt!r}, DNS has {have}", answer.name)


def ttl_as_desired(view: View) -> Iterator[Result]:
    """The TXT's TTL: exact from an authoritative server; a cache only counts down, so there only more is wrong."""
    desired, answer = view.observed.desired, view.observed.mta_sts
    if desired is None or not answer.found:
        yield _NOT_ASKED if desired is None else Result(State.NOT_APPLICABLE, "no record")
        return
    exact = [s.answer.ttl for s in view.observed.authorities if s.answer.found and s.answer.ttl is not None]
    wrong = [ttl for ttl in exact if ttl != desired.ttl]
    if not exact and answer.ttl is not None and answer.ttl > desired.ttl:
        wrong = [answer.ttl]
    if wrong:
        yield Result(State.FAIL, f"wants {desired.ttl} s, DNS has {wrong[0]} s", answer.name)
    else:
        yield Result(State.PASS, f"{desired.ttl} s" if exact else f"not above {desired.ttl} s", answer.name)


CHECKS = (
    Check(
        "text-as-desired", Level.WARN, "ours", "the policy served is the one in the YAML",
        "run `mtasts up --refresh`; if somebody changed it by hand, find out who", text_as_desired, Decides.POLICY,
    ),
    Check(
        "id-as-desired", Level.WARN, "ours", "the id in DNS was made for the YAML's policy",
        "run `mtasts up --refresh`", id_as_desired, Decides.POLICY,
    ),
    Check(
        "tls-rpt-as-desired", Level.WARN, "ours", "the TLS-RPT record is the one in the YAML",
        "run `mtasts up --refresh`, and delete records that it does not own", tls_rpt_as_desired,
    ),
    Check(
        "ttl-as-desired", Level.WARN, "ours", "the `_mta-sts` TTL is the one in the YAML",
        "run `mtasts up --refresh`", ttl_as_desired,
    ),
)  # fmt: skip
