"""Verbs of other distributions: found through what is installed, and named where it is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mtasts.cli.dispatch import VERBS, Elsewhere, Verb, below, find, installed, parser_of
from tests.patience import PATIENCE

HELLO = '''"""Greet a mail domain.

More about it.
"""

def add_arguments(parser):
    parser.add_argument("domain")

def run(args):
    print(f"hello {args.domain}" + (", in detail" if args.debug else ""))
    return 1
'''


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A folder with an installed distribution of somebody else, whose second verb is broken."""
    (tmp_path / "greeting.py").write_text(HELLO)
    about = tmp_path / "greeting-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[mtasts.verbs]\nhello = greeting\nbye = greeting.gone\nverify = greeting\n"
    )
    return tmp_path


def mtasts(*words: str, path: Path) -> subprocess.CompletedProcess[str]:
    """The command line, with a folder of packages in front."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(path), "HOME": str(path), "COLUMNS": "100"}
    command = [sys.executable, "-m", "mtasts", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_a_foreign_verb_is_one_of_ours(foreign: Path) -> None:
    """In the help with its first line, explained, run, completed; it takes no name of ours, and one that is broken
    takes no other with it."""
    listed = mtasts("--help", path=foreign)
    assert listed.returncode == 0
    assert "  hello       Greet a mail domain.\n" in listed.stdout
    assert "  bye" in listed.stdout
    assert mtasts("hello", "--help", path=foreign).stdout.startswith("usage: mtasts hello [-h] domain\n\nGreet a mail")
    done = mtasts("hello", "example.com", path=foreign)
    assert (done.returncode, done.stdout, done.stderr) == (1, "hello example.com\n", "")
    assert mtasts("--debug", "hello", "example.com", path=foreign).stdout == "hello example.com, in detail\n"
    assert "did you mean hello?" in mtasts("helo", path=foreign).stderr
    assert "sender" in mtasts("verify", "--help", path=foreign).stdout


_WITHOUT = """
import importlib.metadata, sys
importlib.metadata.entry_points = lambda **_: ()
from mtasts.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_verb_whose_distribution_is_missing_names_it(tmp_path: Path) -> None:
    """One line, the command that installs it, exit 2; the help has only what can be run."""
    for verb, distribution in (("up", "mtasts-pulumi"), ("state", "mtasts-pulumi"), ("sandbox", "mtasts-sandbox")):
        command = [sys.executable, "-c", _WITHOUT, verb, "--stack", "prod"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.splitlines() == [
            f"mtasts: {verb}: is in the distribution {distribution}, which is not installed",
            f"  hint: pip install {distribution}",
        ]
    command = [sys.executable, "-c", _WITHOUT, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    shown = {line.split()[0] for line in done.stdout.partition("verbs:\n")[2].partition("\n\n")[0].splitlines()}
    assert shown == {name for name, verb in VERBS.items() if isinstance(verb, Verb)}


def test_every_verb_is_installed_in_order() -> None:
    """What the table says is elsewhere is what the distributions beside this one bring, and nothing else."""
    found = installed()
    assert list(found)[: len(VERBS)] == list(VERBS)
    for name, verb in VERBS.items():
        if isinstance(verb, Elsewhere):
            assert found[name].module.partition(".")[0] == verb.distribution.replace("-", "_")
    assert not [name for name in found if name not in VERBS]


def test_groups_are_tables_all_the_way_down() -> None:
    """Each verb of a group is found, and its parser names the whole way to it."""
    assert below(find(["reports"]))["import"].line.startswith("read reports")
    assert parser_of("reports", "import").prog == "mtasts reports import"
    assert below(find(["verify"])) == {}
