"""The plan and the looks before and after as lines: complete, and folded at blanks in a narrow terminal."""

from mtasts.adoption.compare import compared
from mtasts.adoption.plan import plan
from mtasts.adoption.survey import Accounts, Unseen
from mtasts.render.adoption.text import compared_lines, plan_lines
from mtasts.render.fold import folded
from mtasts.verify.run_checks import judge
from tests.adoption.scenes import MTA_STS_NAME, at_cloudflare, look, observed, policy, standing, survey
from tests.verify.scenes import NOW, TEXT, fetched, found


def test_a_plan():
    """What is there, what is not seen, each record, each step with what a sender sees."""
    seen = survey(accounts=Accounts(unseen=(Unseen("the AWS account", "no AWS credentials"),)))
    lines = list(plan_lines(plan(seen, policy()), seen, "into stack prod"))

    assert lines[:3] == ["example.com: into stack prod", "  today", "    _mta-sts id 20240101000000Z"]
    assert "    not seen the AWS account: no AWS credentials" in lines
    assert f"    TXT   {MTA_STS_NAME}  taken over as it is" in lines
    assert sum(line.startswith("    senders  ") for line in lines) == 6
    assert all(len(piece) <= 80 for line in lines for piece in folded(line, 80))


def test_what_is_in_the_way_instead_of_an_order():
    """A plan that cannot be carried out has no steps for people; another tool is named with its snippet."""
    two = look(MTA_STS_NAME, found(MTA_STS_NAME, "TXT", "v=STSv1; id=1;", "v=STSv1; id=2;"))
    record = at_cloudflare(MTA_STS_NAME, "TXT", "v=STSv1; id=1;", comment="octoDNS")
    seen = survey(stands=standing(mta_sts=two), accounts=Accounts(records=(record,)))
    lines = list(plan_lines(plan(seen, policy()), seen, "into stack prod"))

    assert "  in this order" not in lines
    assert any(line.startswith(f"    ✗ {MTA_STS_NAME} has 2 records") for line in lines)
    assert any(line.startswith("      to do: delete all but the one") for line in lines)
    assert any(line.startswith(f"  octoDNS owns TXT {MTA_STS_NAME}: its comment says") for line in lines)
    assert "      processors:" in lines


def test_before_and_after():
    """Equal facts once, others as from -> to, and a mark for what is worse."""
    weaker = TEXT.replace("mode: enforce", "mode: testing")
    lines = list(
        compared_lines(
            compared(judge(observed(), NOW), judge(observed(fetches=(fetched("192.0.2.9", body=weaker),)), NOW))
        )
    )

    assert "  = id         20240101000000Z" in lines
    assert "  ✗ mode       enforce -> testing" in lines
    assert list(compared_lines(compared(judge(observed(), NOW), judge(observed(), NOW))))[-1] == (
        "  = every check ends as before"
    )
