"""`mtasts stacks`: the order of publication, as people, shells and GitHub's runner read it."""

import json

import pytest

from mtasts.cli.main import main
from mtasts.render.ci.parts import Part, PartState, to_json
from tests.repositories import domain_file


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Three stacks: one with a domain, one without, and one of which only the settings are there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MTASTS_POLICIES", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: mail\nruntime: python\n")
    (tmp_path / "__main__.py").touch()
    (tmp_path / "policies" / "staging").mkdir(parents=True)
    (tmp_path / "policies" / "staging" / "_defaults.yaml").write_text("mode: testing\n")
    (tmp_path / "policies" / "eu.prod").mkdir()
    (tmp_path / "policies" / "eu.prod" / "example.com.yaml").write_text(domain_file())
    (tmp_path / "Pulumi.eu.prod.yaml").write_text("config:\n  mtasts:after: staging\n")
    (tmp_path / "Pulumi.us.prod.yaml").write_text("config:\n  mtasts:after: eu.prod\n  aws:region: us-east-1\n")
    return tmp_path


def test_people_read_the_order_and_what_is_in_each(project, capsys):
    assert main(["stacks"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "staging  no mail domain",
        "eu.prod  1 mail domain, after staging",
        "us.prod  no mail domain, after eu.prod",
    ]


def test_programs_read_the_same(project, capsys, monkeypatch):
    """From another folder, too."""
    monkeypatch.chdir("/")
    assert main(["stacks", "--project", str(project), "--json"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert (read["schema"], read["version"]) == ("mtasts-stacks", 1)
    assert read["stacks"][1] == {"stack": "eu.prod", "after": "staging", "domains": 1}

    assert main(["stacks", "--project", str(project), "--format", "names", "--wave", "later"]) == 0
    assert capsys.readouterr().out == "eu.prod\nus.prod\n"


def test_githubs_runner_gets_lists_for_matrices(project, capsys):
    assert main(["stacks", "--format", "github"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        'stacks=["staging", "eu.prod", "us.prod"]',
        'first=["staging"]',
        'later=["eu.prod", "us.prod"]',
    ]


def test_only_what_would_change_is_left(project, capsys):
    """A preview that is missing, or could not be made, is not one of nothing."""
    for stack, state in (("staging", PartState.NOTHING), ("eu.prod", PartState.PASSED)):
        part = Part("preview", stack, "preview", state, "As the test says.", "")
        (project / f"preview-{stack}.json").write_text(to_json([part]))
    files = ["preview-staging.json", "preview-eu.prod.json", "preview-us.prod.json"]

    assert main(["stacks", "--format", "names", "--to-change", *files]) == 0
    assert capsys.readouterr().out == "eu.prod\nus.prod\n"


def test_settings_without_an_order_are_named_by_validate_too(project, capsys):
    """Exit code 1, at the file."""
    (project / "Pulumi.us.prod.yaml").write_text("config:\n  mtasts:after: eu-prod\n")
    problem = "Pulumi.us.prod.yaml:1:1: mtasts:after: no stack 'eu-prod'; stacks: eu.prod, staging, us.prod"

    assert main(["stacks"]) == 1
    assert capsys.readouterr().err.splitlines()[0] == problem
    assert main(["validate"]) == 1
    assert capsys.readouterr().out.splitlines() == [problem]


def test_outside_a_project_nobody_can_look(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["stacks"]) == 2
    assert "no Pulumi.yaml" in capsys.readouterr().err
