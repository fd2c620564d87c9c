"""What a change of the YAML means, domain by domain: values, words, and what cannot be told."""

from dataclasses import replace

import pytest

from mtasts.changes.diff import DomainDiff, diff_stacks, lost_files, published_part
from mtasts.changes.diff_words import words_of
from mtasts.policy.config import DnsZone, Loaded
from mtasts.policy.inputs import InputProblem, Place
from mtasts.policy.settings import RolloutSettings
from mtasts.protocol.mta_sts import Mode, render_policy
from tests.changes.steps import DAY, MX, WEEK, policy

FILE = "policies/test/example.com.yaml"
DEFAULTS = "policies/test/_defaults.yaml"


def stacks(*policies, problems=(), stack="test"):
    return {stack: Loaded(tuple(policies), tuple(problems))}


def wrong(path, message="is wrong"):
    return InputProblem(Place(path, 3, 1), "mode", message)


def one(old, new, **more) -> DomainDiff:
    """The diff of one domain in one stack."""
    (found,) = diff_stacks(stacks(*([old] if old else [])), stacks(*([new] if new else [])), **more)
    return found


def test_equal_stacks_have_no_diff():
    """Neither the same value nor an equal one."""
    same = stacks(policy("testing"))
    assert diff_stacks(same, same) == ()
    assert diff_stacks(same, stacks(policy("testing"))) == ()


def test_a_flip_is_told_in_full():
    """Texts, id, records, words: what a reviewer asks first."""
    old, new = policy("testing", DAY), policy("enforce", DAY)
    assert one(old, new) == DomainDiff(
        stack="test",
        domain="example.com",
        file=FILE,
        old=old,
        new=new,
        old_text=render_policy(old.policy),
        new_text=render_policy(new.policy),
        id_rotates=True,
        txt="renewed",
        tls_rpt_old="v=TLSRPTv1; rua=mailto:tls-reports@example.org",
        tls_rpt_new="v=TLSRPTv1; rua=mailto:tls-reports@example.org",
        words=(
            "mode testing -> enforce: senders refuse MX hosts that are unlisted or lack a valid certificate, "
            "instead of only reporting it",
        ),
        settings=(),
    )


def test_the_beginning_and_the_end():
    """A new domain has no text before, a removed one none after; the id of neither is kept."""
    begins, ends = one(None, policy("testing")), one(policy("none"), None)
    assert (begins.old_text, begins.txt, begins.id_rotates, begins.tls_rpt_old) == (None, "created", True, None)
    assert (ends.new_text, ends.txt, ends.id_rotates, ends.tls_rpt_new) == (None, "removed", False, None)
    assert begins.file == ends.file == FILE


def test_what_is_not_published_changes_nothing_for_mail():
    """Owner, notes and settings: a diff without words, whose id stays."""
    old = policy("testing")
    new = replace(old, owner="others", notes="x", rollout=RolloutSettings(reporters=1))
    found = one(old, new)
    assert (found.published, found.words, found.id_rotates, found.txt) == (False, (), False, "as it is")
    assert [change.text for change in found.settings] == ["reporters 2 -> 1", "owner mail team -> others"]


def test_records_around_the_policy_do_not_rotate_the_id():
    """TTL, report address and zone are published, but the policy text is the same."""
    old = policy("testing")
    for change in ({"ttl": 600}, {"rua": ()}, {"dns": DnsZone("cloudflare", "0" * 32)}, {"host_group": "group"}):
        found = one(old, replace(old, **change))
        assert found.published
        assert (found.id_rotates, found.txt) == (False, "as it is")
        assert len(found.words) == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            {"max_age": DAY},
            {"max_age": WEEK},
            ["max_age 1 day -> 1 week: senders that fetch the new policy keep it that long"],
        ),
        (
            {"mx": ("a.example.com",)},
            {"mx": ("b.example.com",)},
            [
                "mx + b.example.com: accepted by senders that hold the new policy",
                "mx - a.example.com: refused by senders that hold the new policy",
            ],
        ),
        (
            {"mx": MX},
            {"mx": MX[::-1]},
            ["the mx are in another order: the text and the id change, and nothing changes for mail"],
        ),
        ({"rua": ("mailto:a@example.com",)}, {"rua": ()}, ["reports go to no address instead of mailto:a@example.com"]),
        ({"ttl": 300}, {"ttl": 600}, ["TTL of the records 5 minutes -> 10 minutes"]),
        ({"host_group": "a"}, {"host_group": "b"}, ["the policy host moves from host group a to b"]),
    ],
)
def test_words_name_each_thing_once(old, new, words):
    """Nothing else is said."""
    assert list(words_of(policy(**old), policy(**new))) == words


@pytest.mark.parametrize("mode", list(Mode))
def test_every_beginning_and_every_switch_has_words(mode):
    """Whatever the modes."""
    assert next(words_of(None, policy(mode))).startswith("begins in")
    for before in set(Mode) - {mode}:
        assert next(words_of(policy(before), policy(mode))).startswith(f"mode {before} -> {mode}: ")


def test_a_change_that_came_through_the_defaults_says_so():
    """The domain's own file is not in the pull request, so the reviewer is told which one is."""
    old, new = policy(ttl=300), policy(ttl=600)
    assert one(old, new, changed={DEFAULTS}).through == DEFAULTS
    assert one(old, new, changed={DEFAULTS, FILE}).through == ""
    assert one(old, new).through == ""


def test_a_renamed_file_is_told_and_changes_nothing():
    """Only the spelling of the name can change, since it must be the domain's."""
    old = policy()
    found = one(old, replace(old, source="policies/test/EXAMPLE.com.yaml"))
    assert not found.published
    assert [change.text for change in found.settings] == [f"the file is renamed from {FILE}"]


def test_a_move_to_another_stack_is_an_end_and_a_beginning():
    """As the engine does it: each stack knows only itself."""
    moved = replace(policy("testing"), source="policies/prod/example.com.yaml")
    base = {**stacks(policy("testing")), **stacks(stack="prod")}
    head = {**stacks(), **stacks(moved, stack="prod")}
    begins, ends = diff_stacks(base, head)
    assert (begins.stack, begins.old, begins.words[0]) == (
        "prod",
        None,
        "comes from stack test: each stack is published by itself",
    )
    assert (ends.stack, ends.new, ends.words[0]) == (
        "test",
        None,
        "moves to stack prod: each stack is published by itself",
    )


def test_a_stack_that_goes_takes_its_domains_along():
    """Deleting a folder removes every domain in it."""
    assert [diff.new for diff in diff_stacks(stacks(policy("none")), {})] == [None]


def test_a_domain_that_cannot_be_read_afterwards_is_not_called_removed():
    """Its problem is told instead; other domains of the stack are judged all the same."""
    other = replace(policy("testing"), domain="example.net", source="policies/test/example.net.yaml")
    head = stacks(replace(other, ttl=600), problems=[wrong(FILE)])
    assert [diff.domain for diff in diff_stacks(stacks(policy(), other), head)] == ["example.net"]


@pytest.mark.parametrize(
    ("path", "doubted"),
    [(FILE, True), (DEFAULTS, True), ("policies/test/gone.yaml", True), ("policies/test/example.net.yaml", False)],
)
def test_what_was_wrong_before_may_have_been_this_domain(path, doubted):
    """Its own file, the defaults, or one that has another name now; not the file of a domain that is still there."""
    other = replace(policy("testing"), domain="example.net", source="policies/test/example.net.yaml")
    found = {diff.domain: diff for diff in diff_stacks(stacks(problems=[wrong(path)]), stacks(policy(), other))}
    assert bool(found["example.com"].doubt) is doubted
    assert found["example.com"].old is None


def test_a_file_that_was_wrong_and_is_gone_is_a_problem():
    """Nobody can tell which policy goes with it. One that is fixed, still wrong, or the defaults, is not lost."""
    base = stacks(problems=[wrong(FILE), wrong(DEFAULTS), wrong("policies/test/b.yaml"), wrong("policies/test/c.yaml")])
    fixed = replace(policy(), source="policies/test/b.yaml")
    head = stacks(fixed, problems=[wrong("policies/test/c.yaml")])
    assert [str(problem) for problem in lost_files(base, head)] == [
        f"{FILE}:1:1: file: is gone, and what it published cannot be read from the base (is wrong); fix it there first"
    ]


def test_the_published_part_is_what_the_rules_are_about():
    """Each published field counts, and nothing else does."""
    old = policy()
    assert published_part(replace(old, notes="x", owner="y", source="z", rollout=RolloutSettings(hold="x"))) == (
        published_part(old)
    )
    for change in ({"ttl": 1}, {"mx": ("a.example",)}, {"rua": ()}, {"host_group": "x"}, {"max_age": 1}):
        assert published_part(replace(old, **change)) != published_part(old)
    assert published_part(None) is None
