"""Each test file is beside its module, or among the scenes; and the rule sees it when one is not."""

from pathlib import Path

import pytest

from tests import places

ROOT = Path(__file__).resolve().parents[1]


def test_every_test_file_is_where_one_looks_for_it():
    found = places.judge(ROOT)
    assert not found.wrong, "\n".join([*found.wrong, f"(modules without a test file of their own: {found.untested})"])


def test_every_scene_is_played():
    """A folder without a test has no need of a reason."""
    assert [scene for scene in places.SCENES if not list((ROOT / "tests" / scene).rglob("test_*.py"))] == []


@pytest.mark.parametrize(
    ("test", "wrong"),
    [
        ("policy/test_config.py", ""),
        ("cli/verbs/test_import.py", ""),
        ("mtasts_pulumi/test_apart.py", ""),
        ("policy/test_check.py", ""),
        ("test_extras.py", ""),
        ("hostile/test_anything.py", ""),
        ("test_config.py", "no module"),
        ("words/test_config.py", "no module"),
        ("policy/deep/test_config.py", "no module"),
        ("elsewhere/test_anything.py", "no module"),
        ("mtasts_pulumi/test_config.py", "no module"),
        ("policy/test_other.py", "no module"),
    ],
)
def test_what_fits(tmp_path, test, wrong):
    """A package of another depth or name does not do; nor does a family of one."""
    modules = ("mtasts/extras", "mtasts/policy/config", "mtasts/policy/check_a", "mtasts/policy/check_b",
               "mtasts/policy/other_a", "mtasts/cli/verbs/import_", "components/mtasts_pulumi/_apart")  # fmt: skip
    for name in (*(f"{module}.py" for module in modules), f"tests/{test}"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    found = places.judge(tmp_path)
    assert [wrong in line for line in found.wrong] == [True] * bool(wrong)
    assert found.untested >= len(modules) - 2


def test_two_files_of_one_module(tmp_path):
    """The verb of the package and the file within it: both are named."""
    for name in ("mtasts/cli/verbs/_run.py", "tests/cli/verbs/test_run.py", "tests/cli/verbs/test__run.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    expected = "mtasts/cli/verbs/_run.py: tested by tests/cli/verbs/test__run.py and tests/cli/verbs/test_run.py"
    assert places.judge(tmp_path).wrong == (expected,)
