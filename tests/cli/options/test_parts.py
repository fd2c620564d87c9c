"""--from and --stacks: which files are read."""

from argparse import ArgumentParser
from pathlib import Path

import pytest

from mtasts.cli.options.parts import add_from_argument, files_of
from mtasts.errors import CannotLook


def files(*words):
    parser = ArgumentParser()
    add_from_argument(parser)
    return [str(path) for path in files_of(parser.parse_args(words))]


def test_a_pattern_stands_for_each_stack():
    """Behind what is named once, all of one stack together."""
    words = ["--from", "out/verify-{stack}.json", "gate.json", "out/ready-{stack}.json"]
    assert files(*words, "--stacks", '["b", "a.1"]') == [
        "gate.json", "out/verify-b.json", "out/ready-b.json", "out/verify-a.1.json", "out/ready-a.1.json",
    ]  # fmt: skip
    assert files(*words, "--stacks", "[]") == ["gate.json"]


def test_without_a_list_the_project_says_which(tmp_path, monkeypatch):
    """And only where somebody asks for each."""
    monkeypatch.chdir(tmp_path)
    assert files("--from", "gate.json") == ["gate.json"]
    (tmp_path / "Pulumi.yaml").write_text("name: mail\n")
    (tmp_path / "__main__.py").touch()
    (tmp_path / "Pulumi.prod.yaml").touch()
    assert files("--from", "preview-{stack}.json") == ["preview-prod.json"]


def test_a_list_that_a_job_did_not_make_is_told_by_a_file_that_is_not_there():
    assert files("--from", "out/preview-{stack}.json", "--stacks", "") == [str(Path("out/preview.json"))]


@pytest.mark.parametrize("text", ["staging", '"staging"', '["../gate"]', '["a b"]', "[1]", '[""]', "{}", "[" * 5000])
def test_a_list_of_something_else_is_refused(text):
    """It may come from a job that ran the change's own code: no name of it leads to another folder."""
    with pytest.raises(CannotLook, match="not a JSON list of stacks"):
        files("--from", "out/preview-{stack}.json", "--stacks", text)
