"""tools/house.py counts what it says: circles, Namespaces and recipes of a small house made here."""

from pathlib import Path

import pytest

from tools import house

ROOT = Path(__file__).resolve().parents[2]


def build(root: Path, files: dict[str, str]) -> Path:
    """A checkout with these modules of `mtasts`."""
    for name, text in {"mtasts/__init__.py": "", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_house_in_order(tmp_path, capsys):
    """Modules that import one way, a Namespace in the command line: 0, and the figures."""
    page = (
        "# How to\n\n### To add a check\n\n1. `mtasts/a.py`: the check\n2. `docs/NAME.md`: what it means\n\n## More\n"
    )
    files = {"mtasts/a.py": "def f():\n    return 1\n", "mtasts/b.py": "from mtasts import a\n",
             "mtasts/cli/__init__.py": "", "mtasts/cli/verify.py": "from argparse import Namespace\n",
             "docs/contributing.md": page}  # fmt: skip

    assert house.main(build(tmp_path, files)) == 0
    out = capsys.readouterr().out
    assert "To add a check: 2 files (mtasts/a.py, docs/NAME.md)" in out
    assert "longest function: 2 lines (mtasts.a.f)" in out


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"mtasts/a.py": "import mtasts.b\n", "mtasts/b.py": "def f():\n    from mtasts.a import g\n"},
         "circles of modules: 1: mtasts.a -> mtasts.b"),
        ({"mtasts/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from mtasts import b\n",
          "mtasts/b.py": "from mtasts.c import x\n", "mtasts/c.py": "from mtasts.a import y\n"},
         "circles of modules: 1: mtasts.a -> mtasts.b -> mtasts.c"),
        ({"mtasts/app/__init__.py": "", "mtasts/app/ready.py": "import argparse\nx: argparse.Namespace\n"},
         "argparse.Namespace outside of a command line: 1: mtasts.app.ready"),
        ({f"mtasts/{name}.py": "" for name in "abcd"}
         | {"docs/contributing.md": "\n### To add a rule\n\n" + "".join(f"1. `mtasts/{f}.py`\n" for f in "abcd")},
         "recipes that touch more than three files, or name none: 1: To add a rule"),
        ({"docs/contributing.md": "\n### To add a rule\n\n1. `mtasts/lost.py`\n"},
         "files that a recipe names and that are not there: 1: mtasts/lost.py"),
    ],
)  # fmt: skip
def test_what_is_broken_is_named(tmp_path, capsys, files, said):
    """Each promise that is broken ends with 1, and says where."""
    assert house.main(build(tmp_path, files)) == 1
    assert said in capsys.readouterr().out


def test_this_house_is_in_order(capsys):
    """No circle, no Namespace below the command line, and recipes of at most three files that are there."""
    assert house.main(ROOT) == 0, capsys.readouterr().out
