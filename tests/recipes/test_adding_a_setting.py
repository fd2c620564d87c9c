"""A setting is added in two files (docs/contributing.md) and then is everywhere: done here in a copy of the program."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FIELD = "    trusted_reporters: tuple[str, ...] = ()\n"
NEW_FIELD = "    quiet_days: int = 0\n"
RECORD = """\
    Setting(
        key="quiet",
        field="quiet_days",
        schema=number_schema("Days without a failure before enforce.", 0, 30, _DEFAULT.quiet_days),
        changes=more_asks_more,
        wanted={"": DAYS},
    ),
"""
END_OF_TABLE = ")\n\nROLLOUT_SCHEMA"

# What the changed program makes of it, as a document.
PROGRAM = """
import json
from tools.schemas import FILES, text_of
from mtasts.changes.diff import diff_stacks
from mtasts.policy.config import Source, load

TEXT = '''domain: example.com
mx: [mx.example.com]
tls_rpt: {rua: ["mailto:a@example.com"]}
dns: {provider: route53, zone: Z1}
'''

def read(more, defaults=""):
    given = Source("p/_defaults.yaml", defaults) if defaults else None
    return load([Source("p/example.com.yaml", TEXT + more)], given)

def quiet(loaded):
    return loaded.policies[0].rollout.quiet_days

def said(more):
    return [one.message for one in read(more).problems]

(diff,) = diff_stacks({"prod": read("rollout: {quiet: 5}")}, {"prod": read("")})
print(json.dumps({
    "schemas": [
        json.loads(text_of(one))["properties"]["rollout"]["properties"]["quiet"] for one in FILES.values()
    ],
    "values": [quiet(read("")), quiet(read("rollout: {quiet: 5}")), quiet(read("", "rollout: {quiet: 7}"))],
    "wrong": [*said("rollout: {quiet: 31}"), *said("rollout: {quiet: soon}"), *said("rollout: {quite: 5}")],
    "at the left": said("quiet: 5"),
    "diff": [(one.text, one.lowers) for one in diff.settings],
}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory):
    copy = tmp_path_factory.mktemp("copy")
    for package in ("mtasts", "tools"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, place, new in (
        ("settings.py", FIELD, FIELD + NEW_FIELD),
        ("settings_table.py", END_OF_TABLE, RECORD + END_OF_TABLE),
    ):
        path = copy / "mtasts" / "policy" / name
        text = path.read_text(encoding="utf-8")
        assert text.count(place) == 1
        path.write_text(text.replace(place, new), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_schemas_have_it(found):
    """Both files that editors read."""
    assert [schema["default"] for schema in found["schemas"]] == [0, 0]
    assert found["schemas"][0]["description"] == "Days without a failure before enforce. Default: 0."


def test_the_value_arrives(found):
    """By default, from the domain's file, and from the stack's defaults."""
    assert found["values"] == [0, 5, 7]


def test_a_wrong_value_is_explained(found):
    """In the words of its record, and a slip in its name is found."""
    too_much, no_number, slip = found["wrong"]
    assert too_much == "31 is more than the 30 days allowed here"
    assert no_number == 'must be a number of days, not text such as "soon"'
    assert 'did you mean "quiet"?' in slip
    assert "it belongs under rollout:" in found["at the left"][0]


def test_the_diff_says_that_the_bar_is_lower(found):
    """It was five days, and is asked no more."""
    assert found["diff"] == [["quiet 5 -> 0", True]]
