"""Whole runs of `verify` in each of its forms: opened once, every domain in it, closed, also where there was none."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from mtasts.render.verify.forms import FORMS, Run, form
from mtasts.verify.run_checks import judge
from tests.verify.scenes import NOW, good

START = Run(2, full=False, now=NOW)


def written(name: str, domains: int = 2) -> str:
    """A run in which all domains pass; what is for a screen as rich prints it."""
    used, found = form(name), judge(good(), NOW)
    pieces: list[object] = [used.opening(START)]
    for done in range(domains):
        pieces.append(used.domain(found, replace(START, done=done, passed=done)))
    pieces.append(used.closing(replace(START, done=domains, passed=domains, seconds=1.5)))
    return "".join(str(piece) for piece in pieces)


@pytest.mark.parametrize("domains", [0, 1, 2])
def test_a_json_run_is_one_document(domains: int) -> None:
    """With its counts."""
    document = json.loads(written("json", domains))
    assert len(document["domains"]) == document["summary"]["passed"] == domains


@pytest.mark.parametrize("domains", [0, 1, 2])
def test_a_junit_run_is_one_document(domains: int) -> None:
    """A suite for each domain."""
    assert len(ET.fromstring(written("junit", domains)).findall("testsuite")) == domains


def test_a_github_run_is_lines_of_commands() -> None:
    """One for each domain where nothing is open."""
    lines = written("github").splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::notice", "::notice"]


def test_a_text_run_ends_with_the_counts() -> None:
    """A single domain needs none."""
    assert written("text").endswith("2 domains in 1.5 s: 2 pass, 0 with findings")
    assert form("text").closing(replace(START, asked=1, done=1)) == ""


@pytest.mark.parametrize("name", FORMS)
def test_every_form_can_be_asked_for(name: str) -> None:
    """Its record is where the table says."""
    assert form(name) is form(name)
