"""The pages about verify, probe and init: their commands are commands."""

import argparse
import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest

from mtasts.cli.verbs import init, probe, verify
from mtasts.verify.explain import known_codes

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "docs" / "verify.md",
    ROOT / "docs" / "checks.md",
    ROOT / "docs" / "reference" / "verify-json.md",
    *sorted(ROOT.glob("docs/decisions/verify-*.md")),
]
VERBS = {"verify": verify, "probe": probe, "init": init}


def commands() -> list[str]:
    """Each indented line that runs one of the verbs, without comment and pipe."""
    lines = [line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines()]
    found = [re.fullmatch(r" {4}(?:\w+\$ +)?mtasts ((?:verify|probe|init) .*)", line) for line in lines]
    return [match[1].partition(" | ")[0] for match in found if match]


@pytest.mark.parametrize("command", commands())
def test_each_command_is_one(command: str) -> None:
    """argparse takes every example as it stands."""
    verb, *words = shlex.split(command, comments=True)
    parser = argparse.ArgumentParser()
    VERBS[verb].add_arguments(parser)
    parser.parse_args(words)


def test_there_are_examples_and_their_codes_exist() -> None:
    """The pattern above finds something, and `--explain` in them names a real code."""
    assert len(commands()) >= 9
    for command in commands():
        words = shlex.split(command, comments=True)
        if "--explain" in words:
            assert words[words.index("--explain") + 1] in known_codes()


def test_the_age_of_evidence_has_a_name_of_its_own_and_scripts_keep_working() -> None:
    """max_age is a policy's everywhere else; the former option is taken and not shown."""
    parser = argparse.ArgumentParser()
    verify.add_arguments(parser)
    ages = [parser.parse_args(["example.com", option, "48"]) for option in ("--evidence-max-age", "--max-age")]
    assert [one.evidence_max_age for one in ages] == [timedelta(hours=48)] * 2
    assert parser.parse_args(["example.com"]).evidence_max_age == timedelta(hours=24)
    assert " --max-age" not in parser.format_help()
