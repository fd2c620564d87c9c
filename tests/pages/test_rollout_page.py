"""docs/rollout.md: the tables of senders are what the simulation gives, and what it names is there."""

import re

from mtasts.changes.rules import RULES
from mtasts.cli.dispatch import VERBS
from tests.simulation.senders import KINDS
from tools.rollout_story import STORY
from tools.rollout_table import PAGE, page, play

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_simulation() -> None:
    """Whoever changes a sender, the publication order or the story makes the page anew."""
    assert page(TEXT) == TEXT, "run: python -m tools.rollout_table"


def test_no_sender_refuses_mail_in_the_story() -> None:
    """What the page says in words; and the story has senders that would have met the hosts."""
    played = play()

    assert played.refusals == ()
    assert set(played.held) == {kind.name for kind in KINDS}
    last = {numbers for hours in played.held.values() for t, numbers in hours.items() if t == max(hours)}
    assert last == {frozenset()}, "a policy outlives the retirement"


def test_the_swap_in_one_step_would_lose_mail(monkeypatch) -> None:
    """The test above can fail: without the union policy and the wait senders do refuse the new host."""
    import tools.rollout_table as table

    hasty = tuple(act for act in STORY if act.day != 31)
    monkeypatch.setattr(table, "STORY", hasty)

    refused = table.play().refusals

    assert {refusal.host for refusal in refused} == {"mx3.example.com"}


def test_every_kind_of_sender_is_described() -> None:
    """A row for each in the table of habits."""
    assert [kind.name for kind in KINDS if f"| {kind.name} |" not in TEXT] == []


def test_named_verbs_and_rules_are_there() -> None:
    """`mtasts VERB` names a verb; the steps that the rules know are linked."""
    named = set(re.findall(r"mtasts ([a-z]+)", TEXT))
    assert named <= set(VERBS), named - set(VERBS)
    assert RULES
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", TEXT):
        assert (PAGE.parent / target).exists(), target
