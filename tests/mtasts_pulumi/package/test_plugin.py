"""The package as its users meet it: its schema, the page about it, and the process that the engine starts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mtasts.providers import PROVIDERS
from mtasts_pulumi.package.inputs import DnsProvider
from mtasts_pulumi.package.plugin import Package

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads(Package().schema)
INNER = {"now", "readBack", "origin", "host", "desired", "removal", "firstLook", "served"}


def test_few_inputs_are_required_and_none_is_inner():
    domain, hosting = SCHEMA["resources"]["mtasts:index:MailDomain"], SCHEMA["resources"]["mtasts:index:PolicyHosting"]
    assert domain["requiredInputs"] == ["dns", "domain", "hosting", "mx", "rua"]
    assert hosting["requiredInputs"] == []
    assert not INNER & domain["inputProperties"].keys()
    assert domain["properties"].keys() == {"policyId", "txt", "policyUrl", "records"}


def test_every_field_has_a_text_in_one_line_and_takes_outputs():
    """`plain` would be an input that takes no output of another resource."""
    shapes = [*SCHEMA["resources"].values(), *SCHEMA["types"].values()]
    fields = [
        one for shape in shapes for kind in ("properties", "inputProperties") for one in shape.get(kind, {}).values()
    ]
    assert all(one["description"] and "\n" not in one["description"] for one in fields)
    assert '"plain"' not in Package().schema
    assert {one["value"] for one in SCHEMA["types"]["mtasts:index:Mode"]["enum"]} == {"none", "testing", "enforce"}


def test_every_provider_of_ours_is_in_the_enumeration():
    assert {one.value for one in DnsProvider} == set(PROVIDERS)


def test_the_page_names_every_input():
    page = (ROOT / "docs/reference/package.md").read_text()
    for resource in SCHEMA["resources"].values():
        for name in [*resource["inputProperties"], *resource["properties"]]:
            assert f"`{name}`" in page, name


@pytest.mark.parametrize("command", [["-m", "mtasts_pulumi.package.plugin"], [str(ROOT / "components")]])
def test_it_says_its_port(command):
    """Started as the wrapper, and as the engine's Python host starts the folder with PulumiPlugin.yaml."""
    process = subprocess.Popen([sys.executable, *command, "127.0.0.1:1"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip().isdigit()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
