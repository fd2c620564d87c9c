"""Attackers with a purse play against a domain's verdict, day by day: what they get for it, and what not.

The verdict, its evidence and its window are the real ones; the world is a fortnight in which everything else is right.
"""

from dataclasses import dataclass
from random import Random

import pytest

from mtasts.reports.stored import StoredReport, Trust
from mtasts.verdict.criterion import ReadyState
from tests.reports.making import detail
from tests.verdict.fortnight import failed, march, reports, verdict

KNOWN = ("google.com", "microsoft.com")
FIRST, LAST = 16, 32
GOOD = 12


@dataclass(frozen=True)
class Attacker:
    """`domains` that he has bought, under each of which he takes as many names as he likes."""

    domains: int
    opens: bool

    def day(self, day: int, random: Random) -> list[StoredReport]:
        """What he sends about one day: nothing is forged, each report is signed by whom it names."""
        sent = []
        for number in range(random.randint(1, 6)):
            bought = random.randrange(self.domains)
            name = random.choice(("", "mail.", f"h{random.randrange(9)}.")) + f"evil{bought}.example"
            if self.opens:
                ok = random.choice((1, 50, 10**12))
                sent += reports(day, day, ok=ok, by=(name,), report_id=f"{day}-{number}", name="Google Inc.")
            else:
                what = random.choice(("certificate-expired", "validation-failure", "sts-policy-invalid"))
                bad = random.choice((1, 10**9))
                sent.append(failed(day, detail(what), failures=bad, by=name, report_id=f"{day}-{number}"))
        # Posts and mails that nobody signed cost nothing, so he sends those, too.
        ok = GOOD if self.opens else 0
        return [*sent, *reports(day, day, ok=ok, by=KNOWN, trust=Trust.POSTED, report_id=f"post-{day}")]


def known(day: int, who: tuple[str, ...], ok: int = GOOD) -> list[StoredReport]:
    return reports(day, day, ok=ok, by=who) if who else []


PURSES = (1, 3, 100)


@pytest.mark.parametrize("purse", PURSES)
@pytest.mark.parametrize("who", [(), KNOWN[:1]], ids=["nobody known", "one known"])
@pytest.mark.parametrize("seed", range(2))
def test_no_purse_buys_a_ready(purse, who, seed):
    """With one known reporter, too: the second of two is not for sale."""
    random, attacker, sent = Random(f"open {purse} {seed}"), Attacker(purse, opens=True), []
    for day in range(FIRST, LAST):
        sent += attacker.day(day, random) + known(day, who)
        if day % 4 == 0:
            assert verdict(sent, now=march(day + 2, 12)).state is not ReadyState.READY


@pytest.mark.parametrize("purse", PURSES)
@pytest.mark.parametrize("seed", range(2))
def test_no_purse_keeps_a_healthy_domain_down(purse, seed):
    """It is ready on the day on which it would be without him, and stays so; he is shown."""
    random, attacker, sent, alone = Random(f"shut {purse} {seed}"), Attacker(purse, opens=False), [], []
    for day in range(FIRST, LAST):
        alone += known(day, KNOWN)
        sent += attacker.day(day, random) + known(day, KNOWN)
        if day % 4 == 0:
            without, beside = (verdict(said, now=march(day + 2, 12)) for said in (alone, sent))
            assert (beside.ready, {one.code for one in beside.in_the_way}) == (
                without.ready,
                {one.code for one in without.in_the_way},
            )
            assert [one.code for one in beside.to_look] == ["strangers"]
    assert beside.ready


def test_no_purse_hides_what_a_known_reporter_saw():
    """However much is good beside it."""
    random, attacker = Random("hide"), Attacker(100, opens=True)
    sent = [one for day in range(FIRST, 29) for one in attacker.day(day, random) + known(day, KNOWN)]
    assert verdict([*sent, failed(20, detail())]).state is ReadyState.NOT_READY
