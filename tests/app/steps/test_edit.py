"""The edit of one mail domain's YAML, as a value: nothing is written before it is asked for."""

import pytest

from mtasts.app.steps.edit import edit_domain, open_domain
from mtasts.errors import CannotLook, NotValid
from mtasts.protocol.mta_sts import Mode
from tests.cli.ledgers import domain_file


def test_an_edit_is_a_value(tmp_path):
    """What the file is to say, what that means, and the change of one line; the file says it after `write`."""
    path = domain_file(tmp_path)
    before = path.read_text()
    file = open_domain("EXAMPLE.com", tmp_path, "")

    edit = edit_domain(file, mode="testing")

    assert (file.stack, file.policy.mode, edit.policy.mode) == ("staging", Mode.ENFORCE, Mode.TESTING)
    assert edit.diff.startswith(f"--- {path}\n+++ {path}\n")
    assert "-mode: enforce  # see the ticket\n+mode: testing  # see the ticket\n" in edit.diff
    assert path.read_text() == before
    edit.write()
    assert path.read_text() == edit.text == before.replace("mode: enforce", "mode: testing")


def test_what_is_so_already_is_no_change(tmp_path):
    """No byte, no diff."""
    domain_file(tmp_path)
    assert edit_domain(open_domain("example.com", tmp_path, "example/staging"), mode="enforce").diff == ""


def test_a_file_that_somebody_else_has_changed_stays(tmp_path):
    """What was read is what is replaced, and nothing else."""
    path = domain_file(tmp_path)
    edit = edit_domain(open_domain("example.com", tmp_path, ""), mode="testing")
    path.write_text(path.read_text() + "# theirs\n")

    with pytest.raises(CannotLook, match="changed by somebody else"):
        edit.write()
    assert path.read_text().endswith("# theirs\n")


def test_a_byte_order_mark_stays(tmp_path):
    """Some editors put one in front; the edit means the same with it."""
    path = domain_file(tmp_path)
    path.write_text("\ufeff" + path.read_text())

    edit = edit_domain(open_domain("example.com", tmp_path, ""), mode="testing")

    assert edit.policy.mode is Mode.TESTING
    assert edit.text.startswith("\ufeff# The mail team's")


def test_defaults_count(tmp_path):
    """What the file leaves out means what the stack's defaults say, before and after the edit."""
    path = domain_file(tmp_path)
    path.write_text(path.read_text().replace("max_age: 1w\n", ""))
    (tmp_path / "staging" / "_defaults.yaml").write_text("max_age: 2w\n")

    file = open_domain("example.com", tmp_path, "staging")

    assert file.policy.max_age == edit_domain(file, mode="testing").policy.max_age == 14 * 86400


def test_a_file_with_problems_is_not_edited(tmp_path):
    """Every problem is said, as `validate` says it."""
    domain_file(tmp_path, mode="enforced")
    with pytest.raises(NotValid, match="enforced"):
        open_domain("example.com", tmp_path, "")


def test_what_is_no_mail_domain(tmp_path):
    """One line."""
    with pytest.raises(CannotLook, match="is not a mail domain"):
        open_domain("bad_name", tmp_path, "")
