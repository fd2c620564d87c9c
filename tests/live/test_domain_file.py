"""A domain's file is found by its name, and replaced whole or not at all."""

import stat

import pytest

from mtasts.errors import CannotLook
from mtasts.live.domain_file import find_domain_file, read_text, remove_file, replace_text


@pytest.fixture
def policies(tmp_path):
    for stack in ("staging", "prod"):
        (tmp_path / stack).mkdir()
    return tmp_path


def test_found_by_any_spelling_of_its_name(policies):
    """Its own name first; else one that means the same (upper case, U-labels)."""
    (policies / "staging" / "xn--bcher-kva.example.yaml").write_text("")
    (policies / "prod" / "Müller.example.yaml").write_text("")
    (policies / "prod" / "_defaults.yaml").write_text("")

    assert find_domain_file(policies, None, "xn--bcher-kva.example")[0] == "staging"
    assert find_domain_file(policies, "prod", "xn--mller-kva.example")[1].name == "Müller.example.yaml"


def test_none_or_two_are_said(policies):
    """Never a guess."""
    with pytest.raises(CannotLook, match=r"no file of example\.com in any stack"):
        find_domain_file(policies, None, "example.com")
    for stack in ("staging", "prod"):
        (policies / stack / "example.com.yaml").write_text("")
    with pytest.raises(CannotLook, match="more than one stack"):
        find_domain_file(policies, None, "example.com")
    assert find_domain_file(policies, "prod", "example.com")[0] == "prod"


def test_replaced_with_its_permissions_and_line_ends(policies):
    """What was there stays but for the text; nothing is left beside it."""
    path = policies / "prod" / "example.com.yaml"
    path.write_bytes(b"a: 1\r\n")
    path.chmod(0o640)

    replace_text(path, read_text(path), "a: 2\r\n")

    assert path.read_bytes() == b"a: 2\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [entry.name for entry in path.parent.iterdir()] == ["example.com.yaml"]


def test_a_link_stays_a_link(policies):
    """The file that it leads to is replaced."""
    real = policies / "real.yaml"
    real.write_text("a")
    link = policies / "prod" / "example.com.yaml"
    link.symlink_to(real)

    replace_text(link, "a", "b")

    assert link.is_symlink()
    assert real.read_text() == "b"


def test_what_somebody_else_wrote_meanwhile_stays(policies):
    """An edit that was computed from another text is not put over it."""
    path = policies / "prod" / "example.com.yaml"
    path.write_text("theirs")

    with pytest.raises(CannotLook, match="changed by somebody else"):
        replace_text(path, "ours before", "ours after")
    with pytest.raises(CannotLook, match="changed by somebody else"):
        remove_file(path, "ours before")
    assert path.read_text() == "theirs"


def test_not_utf8_is_one_line(policies):
    """A wrong byte is a reason, not a crash."""
    path = policies / "prod" / "example.com.yaml"
    path.write_bytes(b"\xff")

    with pytest.raises(CannotLook, match="not UTF-8"):
        read_text(path)
