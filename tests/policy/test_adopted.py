"""What was published before, in the YAML: it says the same bytes under the same id until the file asks for more."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.changes.diff import DomainDiff, diff_stacks
from mtasts.policy.adopted import Adopted, patterns, unusable
from mtasts.policy.config import DomainPolicy, Loaded, Source, load
from mtasts.policy.desired import desired_state
from mtasts.policy.draft import draft
from mtasts.policy.edit import edit_policy
from mtasts.policy.held import kept, policy_of
from mtasts.protocol.mta_sts import Mode, Policy, read_policy
from tests.policy.test_config import REST, found, only
from tests.policy.test_desired import BASE

SEEN = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
TEXT = "version: STSv1\nmode: enforce\nmax_age: 604800\nmx: MX1.Example.com\nmx: *.mail.example.net\nx-by: us \u00fc\n"
ADOPTED = Adopted("20240101000000Z", SEEN, TEXT)
SERVED = read_policy(TEXT.encode()).value
assert SERVED is not None


def drafted(adopted: Adopted | None = ADOPTED, served: Policy | None = SERVED, **more: Any) -> str:
    """What `adopt` would write for example.com."""
    return draft("example.com", ["mx1.example.com"], served, [], ("route53", "Z1"), adopted, **more).text


def after(adopted: Adopted | None = ADOPTED, **changes: Any) -> DomainPolicy:
    """A policy that says what TEXT says, but for `changes`."""
    same: dict[str, Any] = {"mode": Mode.ENFORCE, "max_age": 604800, "mx": ("mx1.example.com", "*.mail.example.net")}
    return dataclasses.replace(BASE, adopted=adopted, **{**same, **changes})


def test_the_draft_says_what_was_served_byte_for_byte() -> None:
    """A file that passes, gives the same value back, and can be edited as any other."""
    text = drafted(host_record="cname", ttl=3600)
    policy = only(text)
    assert policy.adopted == ADOPTED
    assert (policy.host_record, policy.ttl, policy.rollout.adopted != "") == ("cname", 3600, True)
    assert desired_state(policy).text == TEXT
    assert desired_state(policy).adopted_id == "20240101000000Z"
    assert "    mode: enforce\\n\\\n" in text  # a line each, for whoever reviews it
    edited = only(edit_policy(text, mode="testing"))
    assert (edited.mode, edited.adopted) == (Mode.TESTING, ADOPTED)


@given(
    st.lists(
        st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20), max_size=4
    ),
    st.sampled_from(["\n", "\r\n", " \r\n", "\t\n"]),
)
def test_any_text_that_senders_can_use_comes_back_from_the_file(values: list[str], end: str) -> None:
    """Blanks, quotes, backslashes and other letters in fields that senders pass over."""
    lines = ["version: STSv1", "mode: testing", "max_age: 86400", "mx: mx1.example.com"]
    text = "".join(f"{line}{end}" for line in [*lines, *(f"x-{number}:  {v}" for number, v in enumerate(values))])
    if unusable(text) is not None:
        return
    policy = only(drafted(Adopted("A", SEEN, text), read_policy(text.encode()).value))
    assert policy.adopted is not None
    assert policy.adopted.text == text
    assert desired_state(policy).text == text


@pytest.mark.parametrize(
    "change", [{"mode": Mode.TESTING}, {"max_age": 604801}, {"mx": ("*.mail.example.net", "mx1.example.com")}]
)
def test_another_meaning_is_another_text_under_another_id(change: dict[str, Any]) -> None:
    """As ever; and a domain of which nothing usable was served begins with a text of ours."""
    for policy in (after(**change), after(Adopted("1", SEEN))):
        state = desired_state(policy)
        assert (state.text, state.adopted_id) == (desired_state(dataclasses.replace(policy, adopted=None)).text, None)


def test_patterns_that_cover_no_host_are_left_out() -> None:
    """An address is valid on the wire and matches no name; the text that has it is kept all the same."""
    served = Policy(Mode.TESTING, 86400, ("192.0.2.1", "MX1.example.com", "mx1.example.com"))
    assert patterns(served) == ("mx1.example.com",)


def test_it_is_kept_for_a_file_that_is_wrong_later() -> None:
    """Also for a text that is not ASCII, and for a moment of another time zone."""
    elsewhere = datetime(2026, 11, 28, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    for adopted in (ADOPTED, Adopted("1", elsewhere)):
        policy = after(adopted, host_record="cname")
        back = policy_of(policy.domain, json.loads(json.dumps(kept(policy))))
        assert back == dataclasses.replace(policy, owner="", source="the stack's outputs")
    assert not {"adopted", "host_record"} & kept(BASE).keys()
    for wrong in ({"id": "1"}, {"id": "", "seen": "2026-11-28T10:00:00+00:00"}, {"id": "1", "seen": "now"}, "1"):
        assert policy_of(BASE.domain, {**kept(BASE), "adopted": wrong}) is None


BLOCK = "adopted:\n  id: {id}\n  seen: {seen}\n  text: {text}\n"
RIGHT = {"id": '"1"', "seen": "2026-11-28T10:00:00Z", "text": '"version: STSv1\\nmode: none\\nmax_age: 1\\n"'}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"id": "20240101000000"},
            "example.com.yaml:6:7: adopted.id: must be 1 to 32 letters and digits (RFC 8461 s3.1)",
        ),
        ({"id": '""'}, 'example.com.yaml:6:7: adopted.id: "" is not 1 to 32 letters and digits (RFC 8461 s3.1)'),
        ({"id": '"a-b"'}, 'adopted.id: "a-b" is not 1 to 32 letters and digits'),
        ({"id": f'"{"1" * 33}"'}, "is not 1 to 32 letters and digits"),
        ({"seen": "2026-11-28"}, 'adopted.seen: "2026-11-28" is not a moment such as 2026-12-31T12:00:00Z'),
        ({"seen": '"2026-11-28T10:00:00"'}, "is not a moment such as"),
        (
            {"seen": "2026-11-31T10:00:00Z"},
            'example.com.yaml:7:9: adopted.seen: "2026-11-31T10:00:00Z" is not a moment of',
        ),
        ({"seen": "0001-01-01T00:00:00+14:00"}, "is not a moment of the calendar"),
        ({"seen": "2026-11-28T10:00:00+99:00"}, "is not a moment of the calendar"),
        (
            {"text": '"version: STSv1\\n"'},
            "example.com.yaml:8:9: adopted.text: is not a policy that senders can use: the",
        ),
        ({"text": '""'}, "adopted.text: is empty"),
        ({"text": "[1]"}, "adopted.text: must be text, not a list"),
        ({"text": RIGHT["text"] + "\n  more: 1"}, "adopted.more: unknown key; allowed: id, seen, text"),
    ],
)
def test_what_nobody_can_have_published_is_refused_at_its_place(change: dict[str, str], problem: str) -> None:
    """One line: where, what, and what is wanted."""
    (first, *more) = found("domain: example.com\n" + REST + BLOCK.format(**{**RIGHT, **change}))
    assert problem in first
    assert not [line for line in more if "unknown key" not in first and "adopted.text" not in line]


def test_it_is_of_one_domain_and_has_its_keys() -> None:
    """Not of the defaults; id and seen are required; the host's record is a CNAME or the provider's own."""
    right = "domain: example.com\n" + REST + BLOCK.format(**RIGHT)
    assert only(right).adopted is not None
    for moment in ('"2026-11-28T11:00:00+01:00"', "2026-11-28 10:00:00+00:00"):
        assert only(right.replace("2026-11-28T10:00:00Z", moment)).adopted == only(right).adopted
    stack = load([Source("p/example.com.yaml", right)], Source("p/_defaults.yaml", BLOCK.format(**RIGHT)))
    assert [problem.key for problem in stack.problems] == ["adopted"]
    (least,) = found("domain: example.com\n" + REST + "adopted: {id: '1'}\n")
    assert least == "example.com.yaml:5:10: adopted.seen: is missing"
    (host,) = found("domain: example.com\n" + REST.replace("EXAMPLE}", "EXAMPLE, host_record: a}"))
    assert 'dns.host_record: "a" is not one of cname' in host
    with pytest.raises(ValueError, match="host_record"):
        dataclasses.replace(BASE, host_record="a")


@pytest.mark.parametrize("wrong", [("-", SEEN, TEXT), ("1", SEEN.replace(tzinfo=None), TEXT), ("1", SEEN, "x")])
def test_a_value_that_cannot_be_has_no_place_in_the_program(wrong: tuple[str, datetime, str]) -> None:
    """Nobody can build it."""
    with pytest.raises(ValueError, match=r"."):
        Adopted(*wrong)


def test_a_diff_says_that_nothing_changes_for_senders() -> None:
    """Neither the text nor the id; without the block the bytes are another form of the same policy."""

    def one(old: DomainPolicy | None, new: DomainPolicy) -> DomainDiff:
        (diff,) = diff_stacks({"s": Loaded((old,) if old else (), ())}, {"s": Loaded((new,), ())})
        return diff

    begins = one(None, after())
    assert (begins.txt, begins.id_rotates, begins.new_text) == ("taken over", False, TEXT)
    assert begins.words == (
        "is taken over as it is served under id 20240101000000Z: mode enforce, max_age 1 week, 2 mx; nothing changes "
        "for senders",
    )
    dead = one(None, after(Adopted("1", SEEN)))
    assert (dead.txt, dead.id_rotates) == ("renewed", True)
    assert "its record is taken over, whose id 1 has no usable policy" in dead.words[0]
    assert "this is not what is served under id 20240101000000Z" in one(None, after(max_age=86400)).words[0]
    ours = one(after(), after(None))
    assert (ours.txt, ours.id_rotates, ours.published) == ("renewed", True, True)
    assert ours.words == (
        "the policy is written in another form: the text and the id change, and nothing changes for mail",
    )
    assert [change.text for change in ours.settings] == ["adopted id 20240101000000Z -> none"]
    led = one(after(), after(host_record="cname"))
    assert led.published
    assert led.words == ("the policy host is led by a CNAME instead of the provider's default records",)
