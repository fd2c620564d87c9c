"""The JSON of an adoption: its page names every field and every code, and its values are plain."""

import ast
import json
from pathlib import Path

from mtasts.adoption.compare import compared
from mtasts.adoption.plan import plan
from mtasts.render.adoption.document import document, domain_value
from mtasts.verify.run_checks import judge
from tests.adoption.scenes import observed, policy, survey
from tests.verify.scenes import NOW

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "reference" / "adopt-json.md").read_text(encoding="utf-8")


def whole():
    seen = survey()
    findings = judge(observed(), NOW)
    value = domain_value(plan(seen, policy()), seen, "new", {"path": "p", "text": "t"}, compared(findings, findings))
    return document("prod", "taken-over", [value], None)


def test_the_page_names_every_field():
    """Those of the whole, of a domain, and of what senders see today."""
    told = whole()
    (domain,) = told["domains"]
    named = {*told, *domain, *domain["today"], *domain["accounts"], *domain["after"]}
    assert sorted(name for name in named if f"`{name}`" not in PAGE) == []


def test_it_is_json():
    """Enumerations as words, moments as stamps."""
    (domain,) = json.loads(json.dumps(whole()))["domains"]
    assert domain["records"][0]["fate"] == "taken over as it is"
    assert domain["today"]["sha256"] is not None
    assert domain["after"]["worse"] == []


def test_the_page_names_every_code():
    """Each obstacle that the sources make."""
    codes = set()
    for folder in ("mtasts/adoption", "mtasts/app/adopt"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Obstacle":
                    codes |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    assert len(codes) > 10
    assert sorted(code for code in codes if f"`{code}`" not in PAGE) == []
