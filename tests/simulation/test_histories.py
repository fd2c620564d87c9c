"""Random histories: whoever obeys the change rules loses no mail, and without any one of them somebody does."""

import pytest

from tests.simulation.check import KEPT_ENFORCE, LEDGER_SHORT, NO_POLICY, OLDER_BODY, OUTLIVED, REFUSED, WORSE
from tests.simulation.play import play
from tests.simulation.switches import CHANGE_RULES, EVERY, play_with, play_without
from tests.simulation.world import DAY

# For each switch the harm that it guards against, and a seed to begin with: looking from there on keeps this fast when
# a change to rules or simulation has moved the histories. `python -m bench.simulation --seeds` finds them anew.
HARM = {
    "body before TXT": (OLDER_BODY, 0),
    "read-back": (OLDER_BODY, 0),
    "read-back of the media type": (NO_POLICY, 5),
    "time in the id": (OLDER_BODY, 9),
    "TTL in the ledger": (KEPT_ENFORCE, 448),
    "waiting in an MX plan": (REFUSED, 7),
    "adopted bytes": (WORSE, 0),
    "new policy host before the name moves": (WORSE, 0),
    "adopted publication in the ledger": (LEDGER_SHORT, 23),
    "old policy host until no resolver leads there": (WORSE, 0),
    "adopt-first": (OLDER_BODY, 26),
    "adopted-live": (WORSE, 5),
    "adopted-settling": (OLDER_BODY, 361),
    "adopted-before": (REFUSED, 2),
    "first-mode": (REFUSED, 53),
    "enforce-unproven": (REFUSED, 4),
    "held": (REFUSED, 15),
    "enforce-max-age": (OUTLIVED, 24),
    "enforce-long-start": (OUTLIVED, 154),
    "ladder-skipped": (OUTLIVED, 50),
    "ladder-too-soon": (OUTLIVED, 494),
    "mx-uncovered": (REFUSED, 6),
    "mx-removed-too-early": (REFUSED, 8),
    "mx-ahead-of-policy": (REFUSED, 50),
    "removal-mode": (KEPT_ENFORCE, 36),
    "removal-too-early": (KEPT_ENFORCE, 1),
}
_LOOK_AT = 1500
_SAMPLE = 60


@pytest.mark.parametrize("part", range(6))
def test_nobody_loses_mail_by_what_the_rules_allow(part: int) -> None:
    """Good and bad proposals, MX moves, deaths between steps and wrong clocks: no loss of any kind."""
    seeds = range(part * _SAMPLE, (part + 1) * _SAMPLE)

    losses = {seed: played.losses for seed in seeds if (played := play(seed)).losses}

    assert losses == {}


@pytest.mark.parametrize("part", range(2))
def test_nobody_loses_mail_by_a_take_over(part: int) -> None:
    """Another tool's texts and ids, killed between any two steps, changed before and after: not a second is worse."""
    played = {seed: play(seed, adopts=True) for seed in range(part * _SAMPLE, (part + 1) * _SAMPLE)}

    assert {seed: one.losses for seed, one in played.items() if one.losses} == {}
    assert all(one.taken_over for one in played.values())


@pytest.mark.parametrize("switch", HARM)
def test_each_rule_is_needed(switch: str) -> None:
    """Without it some history does the harm that it guards against; with all of them the same history does none."""
    harm, first = HARM[switch]

    found = next(
        (
            seed
            for seed in range(first, first + _LOOK_AT)
            if any(loss.what == harm for loss in play_without(switch, seed).losses)
        ),
        None,
    )

    assert found is not None, f"no loss in {_LOOK_AT} histories without {switch}: is it needed at all?"
    assert play_with(switch, found).losses == ()


def test_every_blocking_rule_has_its_harm() -> None:
    """A new rule that blocks comes with a harm that the simulation can do without it."""
    assert set(HARM) == set(EVERY)
    assert len(CHANGE_RULES) >= 11


def test_equal_seeds_equal_histories() -> None:
    """What was found can be looked at again."""
    assert play(3) == play(3)
    assert play_without("first-mode", 12) == play_without("first-mode", 12)


def test_histories_reach_what_they_are_to_test() -> None:
    """Weeks of publications, and finished retirements: an operator who is never allowed anything proves nothing."""
    played = [play(seed) for seed in range(40)]

    assert sum(one.days for one in played) > 40 * 14
    assert sum(one.publications for one in played) > 40 * 3
    assert sum(one.removals for one in played) >= 4
    assert sum(one.taken_over for one in played) >= 5


def test_rules_trust_the_clock_of_who_judges() -> None:
    """A limit, not a merit: a clock that is two days ahead calls things safe two days early."""
    whats = {loss.what for seed in range(60) for loss in play(seed, clock_ahead=2 * DAY).losses}

    assert KEPT_ENFORCE in whats
    assert REFUSED in whats
