"""The `rollout:` block as it is written: defaults beneath it, days, names, and one line for each problem."""

import dataclasses
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.policy.config import Source, load
from mtasts.policy.settings import Acceptance, RolloutSettings, Waiver

HEAD = "domain: example.com\nmx: [mx1.example.com]\ntls_rpt: {rua: []}\ndns: {provider: route53, zone: Z1}\n"
SMALL = Acceptance("small", date(2026, 12, 31))


def loaded(block, base=None):
    defaults = None if base is None else Source("_defaults.yaml", base)
    return load([Source("example.com.yaml", HEAD + block)], defaults)


def rollout(block, base=None):
    """The settings of one right file."""
    result = loaded(block, base)
    assert result.problems == ()
    return result.policies[0].rollout


def found(block, base=None):
    return [str(problem) for problem in loaded(block, base).problems]


def test_without_the_block_the_bar_is_as_it_is_by_default():
    """An empty block is none."""
    assert rollout("") == RolloutSettings()
    assert rollout("rollout: {}\n") == RolloutSettings()


def test_every_key_has_its_place():
    """The whole block at once, names in their one spelling, reasons as one line."""
    block = """\
rollout:
  window: 30
  reporters: 3
  trusted_reporters: [Example.NET., mail.bücher.example]
  sessions: 40
  days: 20
  recency: 2
  hold: >
    The new MX is
    being racked.
  accept_little_evidence:
    reason: small
    until: 2026-12-31
  waivers:
    - result_type: certificate-expired
      mx: "*.Bücher.example"
      reporter: Example.NET.
      reason: known
      until: "2026-11-30"
  adopted: was at our old provider
  first_max_age: 2w
"""
    assert rollout(block) == RolloutSettings(
        window_days=30,
        reporters=3,
        sessions=40,
        days=20,
        recency_days=2,
        hold="The new MX is being racked.",
        accept_little=SMALL,
        waivers=(Waiver("certificate-expired", "*.xn--bcher-kva.example", "example.net", "known", date(2026, 11, 30)),),
        adopted="was at our old provider",
        first_max_age=1209600,
        trusted_reporters=("example.net", "mail.xn--bcher-kva.example"),
    )


def test_the_policy_text_does_not_depend_on_it():
    """Neither a hold nor a waiver makes a new publication."""
    with_block, without = loaded("rollout: {hold: x}\n").policies[0], loaded("").policies[0]
    assert with_block.policy == without.policy
    assert dataclasses.replace(with_block, rollout=without.rollout) == without


def test_defaults_lie_beneath_the_block_key_by_key():
    """Lists and the acceptance are replaced as a whole; an empty list drops the waivers of the defaults."""
    base = (
        "rollout: {window: 30, sessions: 50, hold: freeze, accept_little_evidence: {reason: base, until: 2027-01-01},"
        " waivers: [{mx: a.example, reason: x, until: 2027-01-01}]}\n"
    )
    own = "rollout: {window: 21, accept_little_evidence: {reason: small, until: 2026-12-31}, waivers: []}\n"
    assert rollout(own, base) == RolloutSettings(window_days=21, sessions=50, hold="freeze", accept_little=SMALL)
    assert rollout("", base).waivers == (Waiver("", "a.example", "", "x", date(2027, 1, 1)),)


@pytest.mark.parametrize("written", ["2026-12-31", "'2026-12-31'", '"2026-12-31"'])
def test_a_day_with_or_without_quotes(written):
    """YAML 1.1 makes a date of the plain one; it is the same day."""
    assert rollout(f"rollout: {{accept_little_evidence: {{reason: small, until: {written}}}}}\n").accept_little == SMALL


NO_DAY = "is not a day such as 2026-12-31"
NOT_NUMBER = "must be a number of days, not"
NO_SELECTOR = "names none of result_type, mx, reporter, so it would cover every failure"


WRONG_SETTINGS = [
    ("window: 6", "19: rollout.window: 6 is less than 7 days, the least allowed"),
    ("window: 91", "19: rollout.window: 91 is more than the 90 days allowed here"),
    ("window: 2w", f'19: rollout.window: {NOT_NUMBER} text such as "2w"'),
    ("window: '14'", f'19: rollout.window: {NOT_NUMBER} text such as "14"'),
    (
        "window: 1:30",
        '19: rollout.window: "1:30" is a different number in YAML; write plain digits: a number of days',
    ),
    ("reporters: 0", "22: rollout.reporters: 0 is less than 1, the least allowed"),
    ("reporters: 101", "22: rollout.reporters: 101 is more than the 100 allowed here"),
    ("sessions: 0", "21: rollout.sessions: 0 is less than 1, the least allowed"),
    ("sessions: many", '21: rollout.sessions: must be a number, not text such as "many"'),
    ("days: 0", "17: rollout.days: 0 is less than 1 days, the least allowed"),
    ("days: 15", "17: rollout.days: 15 is more than the 14 days of the window"),
    ("days: 15, window: 15, recency: 16", "42: rollout.recency: 16 is more than the 15 days of the window"),
    ("hold: ''", "17: rollout.hold: is empty"),
    ("hold: ' '", "17: rollout.hold: is blank; whoever reads it later wants to know why"),
    ("hold: yes", '17: rollout.hold: "yes" without quotes is a boolean in YAML; write it in quotes'),
    ("hold: 2026-12-31", '17: rollout.hold: "2026-12-31" without quotes is a date in YAML; write it in quotes'),
    ("hold: " + "x" * 501, "17: rollout.hold: is 501 characters long; at most 500 are allowed"),
    (
        "trusted_reporters: example.net",
        '30: rollout.trusted_reporters: must be a list, not text such as "example.net"',
    ),
    (
        "trusted_reporters: ['*.example.net']",
        '31: rollout.trusted_reporters: "*.example.net" has a label that is not made of letters, digits and inner'
        " hyphens",
    ),
    (
        "trusted_reporters: [co.uk]",
        '31: rollout.trusted_reporters: "co.uk" is not one organization\'s domain: anybody can register a'
        " name below it",
    ),
    (
        "trusted_reporters: [gmail.com]",
        '31: rollout.trusted_reporters: "gmail.com" signs for everybody (mailboxes that anybody can open), so its'
        " reports cannot be trusted",
    ),
    ("first_max_age: 0", "26: rollout.first_max_age: 0 is less than 1 s, the least allowed"),
    (
        "first_max_age: 1y",
        '26: rollout.first_max_age: "1y" is not a number of seconds, or one with s, m, h, d or w such as 2w',
    ),
    (
        "first_max_age: 366d",
        "26: rollout.first_max_age: 366d (31622400 s) is more than the 31557600 s that RFC 8461 allows",
    ),
    ("adopted: ", "20: rollout.adopted: has no value"),
    (
        "windw: 14",
        '11: rollout.windw: unknown key; did you mean "window"?; allowed: window, reporters, trusted_reporters,'
        " sessions, days, recency, hold, accept_little_evidence, waivers, adopted, first_max_age",
    ),
    ("waivers: {}", "20: rollout.waivers: must be a list, not keys below it"),
    ("waivers: [5]", "21: rollout.waivers: must be keys below it, not the number 5"),
    ("waivers: [{reason: x, until: 2026-12-31}]", f"21: rollout.waivers: {NO_SELECTOR}"),
    ("waivers: [{mx: a.b, until: 2026-12-31}]", "21: rollout.waivers.reason: is missing"),
    ("waivers: [{mx: a.b, reason: x}]", "21: rollout.waivers.until: is missing"),
    ("waivers: [{mx: '', reason: x, until: 2026-12-31}]", '26: rollout.waivers.mx: "" is empty'),
    (
        "waivers: [{mx: a_b.c, reason: x, until: 2026-12-31}]",
        '26: rollout.waivers.mx: "a_b.c" has an underscore, which no host name may have',
    ),
    (
        "waivers: [{reporter: a b, reason: x, until: 2026-12-31}]",
        '32: rollout.waivers.reporter: "a b" has a label that is not made of letters, digits and inner hyphens',
    ),
    (
        "waivers: [{result_type: A, reason: x, until: 2026-12-31}]",
        '35: rollout.waivers.result_type: "A" is not a result type such as certificate-expired',
    ),
    (
        "waivers: [{mx: a.b, untill: x, reason: x, until: 2026-12-31}]",
        '31: rollout.waivers.untill: unknown key; did you mean "until"?; allowed: result_type, mx, reporter,'
        " reason, until",
    ),
]


@pytest.mark.parametrize(("inside", "expected"), WRONG_SETTINGS)
def test_a_wrong_value(inside, expected):
    """At its own line and column, with what is allowed."""
    assert found(f"rollout: {{{inside}}}\n") == [f"example.com.yaml:5:{expected}"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-02-29", '"2026-02-29" is not a day of the calendar'),
        ("2026-13-01", '"2026-13-01" is not a day of the calendar'),
        ("'0000-01-01'", '"0000-01-01" is not a day of the calendar'),
        ("2026-1-5", f'"2026-1-5" {NO_DAY}'),
        ("31.12.2026", f'"31.12.2026" {NO_DAY}'),
        ('"2026-12-31\\n"', f'"2026-12-31\\n" {NO_DAY}'),
        ("'٢٠٢٦-12-31'", f'"٢٠٢٦-12-31" {NO_DAY}'),
        ("2026-12-31T00:00:00Z", f'"2026-12-31T00:00:00Z" {NO_DAY}'),
        ("20261231", "must be a day such as 2026-12-31, not the number 20261231"),
        ("2026", "must be a day such as 2026-12-31, not the number 2026"),
        ("", "has no value"),
    ],
)
def test_a_day_that_is_none(written, expected):
    """One clear line, of a waiver and of an acceptance alike."""
    acceptance = f"rollout:\n  accept_little_evidence:\n    reason: x\n    until: {written}\n"
    (problem,) = found(acceptance)
    assert problem.partition("until: ")[2] == expected
    assert problem.startswith("example.com.yaml:8:")
    (problem,) = found(f"rollout:\n  waivers:\n    - mx: a.b\n      reason: x\n      until: {written}\n")
    assert problem.partition("until: ")[2] == expected
    assert problem.startswith("example.com.yaml:9:")


def test_all_problems_of_all_waivers_at_once():
    """One wrong entry hides no other, and an entry is told from the next by its line."""
    block = """\
rollout:
  waivers:
    - reason: a
    - {until: 2026-12-31, mx: a_b.example}
    - {reason: x, until: 2026-12-32, mx: a.example}
    - {reason: " ", until: 2026-12-31, mx: a.example}
    - {mx: a.example}
"""
    assert found(block) == [
        f"example.com.yaml:7:7: rollout.waivers: {NO_SELECTOR}",
        "example.com.yaml:7:7: rollout.waivers.until: is missing",
        "example.com.yaml:8:7: rollout.waivers.reason: is missing",
        'example.com.yaml:8:31: rollout.waivers.mx: "a_b.example" has an underscore, which no host name may have',
        'example.com.yaml:9:26: rollout.waivers.until: "2026-12-32" is not a day of the calendar',
        "example.com.yaml:10:16: rollout.waivers.reason: is blank; whoever reads it later wants to know why",
        "example.com.yaml:11:7: rollout.waivers.reason: is missing",
        "example.com.yaml:11:7: rollout.waivers.until: is missing",
    ]


def test_at_most_fifty_waivers():
    """More of them are no exceptions any longer."""
    entry = "    - {mx: a.example, reason: x, until: 2026-12-31}\n"
    assert len(rollout("rollout:\n  waivers:\n" + entry * 50).waivers) == 50
    expected = "example.com.yaml:7:5: rollout.waivers: has 51 entries; at most 50 are allowed"
    assert found("rollout:\n  waivers:\n" + entry * 51) == [expected]


def test_an_unknown_result_type_is_warned_of():
    """A slip would waive nothing, in silence; but reporters do invent some."""
    block = "rollout: {waivers: [{result_type: certificate-expird, reason: x, until: 2026-12-31}]}\n"
    result = loaded(block)
    assert [waiver.result_type for waiver in result.policies[0].rollout.waivers] == ["certificate-expird"]
    assert [str(warning) for warning in result.warnings] == [
        'example.com.yaml:5:35: warning: rollout.waivers.result_type: "certificate-expird" is not a result type of'
        ' RFC 8460 s4.3; it matches only reports with exactly this word; did you mean "certificate-expired"?'
    ]
    assert loaded(block.replace("expird", "expired")).warnings == ()


def test_days_and_window_are_judged_together_wherever_each_stands():
    """At the one that this file has; of the defaults alone once, there."""
    over = "rollout.days: 20 is more than the"
    assert rollout("rollout: {window: 20}\n", "rollout: {window: 30, days: 20}\n").days == 20
    assert found("rollout: {window: 7}\n", "rollout: {window: 30, days: 20}\n") == [
        f"example.com.yaml:5:19: {over} 7 days of the window"
    ]
    assert found("rollout: {days: 20}\n", "rollout: {window: 18}\n") == [
        f"example.com.yaml:5:17: {over} 18 days of the window"
    ]
    assert found("rollout: {hold: x}\n", "rollout: {days: 20}\n") == [
        f"_defaults.yaml:1:17: {over} 14 days of the window"
    ]


_values = st.sampled_from(
    ["1", "14", "x", "''", "no", "2026-12-31", "2026-99-99", "[]", "{}", "~", "!x y", "*a", "[1]", "{reason: x}"]
)
_keys = st.sampled_from(
    ["window", "reporters", "sessions", "days", "recency", "hold", "accept_little_evidence", "waivers", "adopted", "x"]
)
_entry_keys = st.sampled_from(["result_type", "mx", "reporter", "reason", "until", "x"])
_entry = st.dictionaries(_entry_keys, _values, max_size=5).map(
    lambda entry: "{" + ", ".join(f"{key}: {value}" for key, value in entry.items()) + "}"
)
_block = st.dictionaries(_keys, _values | _entry | st.lists(_entry, max_size=3).map(lambda e: f"[{', '.join(e)}]"))


@given(_block, st.none() | _block)
@settings(max_examples=1000)
def test_any_block_is_loaded_or_explained(block, base):
    """Never an exception; a file is right, or has a problem, and each problem is one printable line."""

    def text(pairs):
        return "rollout:\n" + "".join(f"  {key}: {value}\n" for key, value in pairs.items()) if pairs else ""

    result = loaded(text(block), None if base is None else text(base) or "ttl: 300\n")
    assert bool(result.policies) is not bool(result.problems)
    for problem in (*result.problems, *result.warnings):
        assert str(problem).isprintable()
