"""Lines in the project's own files: one more, and everything else as it was."""

import pytest
import yaml

from mtasts.errors import CannotLook
from mtasts_pulumi.setup.files import backend_edit, config_edit, write


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "config:\n  aws:region: eu-central-1\n",
        "# first\nconfig:   # of the stack\n  aws:region: eu-central-1  # here\n  # last\n",
        "secretsprovider: passphrase",
    ],
)
def test_a_setting_more(tmp_path, text):
    """Comments stay."""
    path = tmp_path / "Pulumi.live.yaml"
    path.write_text(text)

    write(config_edit(path, "mtasts:policyBucket", "mail-policies"))

    new = path.read_text()
    before, after = yaml.safe_load(text) or {}, yaml.safe_load(new)
    config = before.get("config") or {}
    assert after == {**before, "config": {**config, "mtasts:policyBucket": "mail-policies"}}
    assert [line for line in text.splitlines() if line not in new.splitlines()] == []


def test_a_stack_without_settings_gets_some(tmp_path):
    """The file is made."""
    path = tmp_path / "Pulumi.live.yaml"
    write(config_edit(path, "mtasts:policyBucket", "mail-policies"))
    assert yaml.safe_load(path.read_text()) == {"config": {"mtasts:policyBucket": "mail-policies"}}


@pytest.mark.parametrize("text", ["config: {}\n", "config: {aws:region: x}\n", '"config":\n  a:b: c\n'])
def test_settings_in_another_form_are_for_a_person(tmp_path, text):
    """Nothing is written by guess."""
    path = tmp_path / "Pulumi.live.yaml"
    path.write_text(text)
    with pytest.raises(CannotLook) as refused:
        config_edit(path, "mtasts:policyBucket", "mail-policies")
    assert "write `mtasts:policyBucket: mail-policies`" in refused.value.hint


def test_the_backend(tmp_path):
    """At the end of Pulumi.yaml."""
    path = tmp_path / "Pulumi.yaml"
    path.write_text("name: mail\nruntime: python")
    write(backend_edit(path, "s3://mail-state?region=eu-central-1"))
    wanted = {"name": "mail", "runtime": "python", "backend": {"url": "s3://mail-state?region=eu-central-1"}}
    assert yaml.safe_load(path.read_text()) == wanted
