"""The folder for `pulumi new`: the same program and the same runtime as a project that `mtasts new` makes."""

from pathlib import Path

import yaml

from mtasts.app.project.table import FILES

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE, FILES_OF_NEW = ROOT / "template", ROOT / "mtasts" / "app" / "project" / "files"


def test_the_template_is_the_project_without_its_pins() -> None:
    """What it holds says what `mtasts new` writes, but for the names that Pulumi fills in and its own section."""
    of_new = {file.target: FILES_OF_NEW / file.template for file in FILES if file.template}
    there = {path.name: path for path in TEMPLATE.iterdir()}
    assert there.keys() == {"Pulumi.yaml", "__main__.py", ".gitignore"}
    for name in ("__main__.py", ".gitignore"):
        assert there[name].read_text() == of_new[name].read_text()
    template = yaml.safe_load(there["Pulumi.yaml"].read_text())
    usual = yaml.safe_load(of_new["Pulumi.yaml"].read_text())
    assert (template["name"], template["description"]) == ("${PROJECT}", "${DESCRIPTION}")
    assert template["runtime"] == usual["runtime"]
    assert template["template"]["description"] == usual["description"]
    assert "default" in template["template"]["config"]["aws:region"]
