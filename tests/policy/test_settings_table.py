"""What a change does to the bar: each field, in words, and whether it asks for less."""

from datetime import date

import pytest

from mtasts.policy.settings import Acceptance, RolloutSettings, Waiver
from mtasts.policy.settings_table import setting_changes

BASE = RolloutSettings()
UNTIL = date(2026, 12, 31)
WAIVER = Waiver("certificate-expired", "mx2.example.com", "", "is replaced in May", UNTIL)
LATER = Waiver("certificate-expired", "mx2.example.com", "", "is replaced in May", date(2027, 1, 31))


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({}, {}, []),
        ({"window_days": 21}, {"window_days": 14}, [("window 21 -> 14", True)]),
        ({}, {"window_days": 21}, [("window 14 -> 21", False)]),
        ({}, {"reporters": 1}, [("reporters 2 -> 1", True)]),
        ({}, {"sessions": 101}, [("sessions 100 -> 101", False)]),
        ({}, {"days": 6}, [("days 7 -> 6", True)]),
        # An older last day is less evidence.
        ({}, {"recency_days": 4}, [("recency 3 -> 4", True)]),
        ({}, {"recency_days": 2}, [("recency 3 -> 2", False)]),
        ({}, {"first_max_age": 1209600}, [("first_max_age 1 week -> 2 weeks", True)]),
        ({}, {"first_max_age": 86400}, [("first_max_age 1 week -> 1 day", False)]),
        ({"hold": "audit"}, {}, [("hold is removed (it said: audit)", True)]),
        ({}, {"hold": "audit"}, [("hold is set: audit", False)]),
        ({"hold": "audit"}, {"hold": "move"}, [("hold says move instead of audit", False)]),
        ({}, {"adopted": "had it"}, [("adopted is set: had it", True)]),
        (
            {},
            {"accept_little": Acceptance("small", UNTIL)},
            [("little evidence is accepted until 2026-12-31: small", True)],
        ),
        ({"accept_little": Acceptance("small", UNTIL)}, {}, [("little evidence is no longer accepted", False)]),
        (
            {},
            {"waivers": (WAIVER,)},
            [("waived until 2026-12-31: certificate-expired at mx2.example.com (is replaced in May)", True)],
        ),
        ({"waivers": (WAIVER,)}, {}, [("no longer waived: certificate-expired at mx2.example.com", False)]),
        (
            {"waivers": (WAIVER,)},
            {"waivers": (LATER,)},
            [
                ("waived until 2027-01-31: certificate-expired at mx2.example.com (is replaced in May)", True),
                ("no longer waived: certificate-expired at mx2.example.com", False),
            ],
        ),
    ],
)
def test_each_change_of_the_bar(old, new, changes):
    """In words, with its direction; nothing else is said."""
    found = setting_changes(RolloutSettings(**old), RolloutSettings(**new))
    assert [(change.text, change.lowers) for change in found] == changes


def test_trusting_a_reporter_lowers_the_bar():
    """To end it does not."""
    trusting = RolloutSettings(trusted_reporters=("example.net",))
    assert [(one.text, one.lowers) for one in setting_changes(BASE, trusting)] == [
        ("the reports of example.net are trusted", True)
    ]
    assert [one.lowers for one in setting_changes(trusting, BASE)] == [False]


def test_an_acceptance_that_only_ends_sooner_lowers_nothing():
    """Its reason may change, too."""
    old = RolloutSettings(accept_little=Acceptance("small", UNTIL))
    new = RolloutSettings(accept_little=Acceptance("very small", date(2026, 12, 1)))
    assert [change.lowers for change in setting_changes(old, new)] == [False]


def test_every_setting_is_compared():
    """A field that is added later must be told, too."""
    other = RolloutSettings(
        window_days=21, reporters=3, sessions=99, days=8, recency_days=4, hold="x",
        accept_little=Acceptance("x", UNTIL), waivers=(WAIVER,), adopted="x", first_max_age=1,
        trusted_reporters=("example.net",),
    )  # fmt: skip
    assert len(setting_changes(BASE, other)) == len(RolloutSettings.__dataclass_fields__)
