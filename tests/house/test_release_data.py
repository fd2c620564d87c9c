"""What a release carries says what the locks say: a project installs what was tested here."""

import re

from tools import release_data


def test_the_release_pins_what_the_lock_pins() -> None:
    """`python -m tools.release_data` writes both; nothing of ours, of tests or of lint is among them."""
    text = release_data.DATA.read_text()
    assert text == release_data.text_of(release_data.LOCK.read_text())
    assert release_data.BUILD_DATA.read_text() == release_data.build_text_of(release_data.BUILD_LOCK.read_text())
    named = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
    assert {"pulumi", "pulumi-aws", "moto", "dkimpy"} <= named
    assert not named & {"mtasts", "pytest", "ruff", "mypy", "flask"}
