"""The registrable domain: by the list, of any text, and read only when a name is asked for."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.protocol.registrable import is_public_suffix, is_within, registrable, related


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("example.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("mail.shop.co.uk", "shop.co.uk"),
        ("co.uk", "co.uk"),
        ("a.someone.github.io", "someone.github.io"),
        ("github.io", "github.io"),
        ("a.b.evil.example", "evil.example"),
        ("example", "example"),
        ("Example Inc.", "Example Inc."),
        ("", ""),
        ("a..b", "a..b"),
    ],
)
def test_what_is_registered(name, found):
    """One label below a suffix; what has none is itself."""
    assert registrable(name) == found


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_asked_about(one, other):
    """Names come from strangers; never an exception, and the answer is stable."""
    assert registrable(registrable(one)) == registrable(one)
    assert related(one, other) == related(other, one)
    assert is_within(one, one)


def test_a_suffix_is_no_organization():
    """Of two labels or of one."""
    assert [name for name in ("com", "co.uk", "github.io", "example.com") if is_public_suffix(name)] == [
        "com",
        "co.uk",
        "github.io",
    ]


def test_the_list_is_read_only_for_a_name():
    """Commands that ask for none start without it."""
    code = (
        "import sys, mtasts.cli.main, mtasts.cli.verbs.ready, mtasts.policy.config, mtasts.reports.summary;"
        "print('publicsuffixlist' in sys.modules);"
        "from mtasts.protocol.registrable import registrable;"
        "registrable('a.example.com'); print('publicsuffixlist' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
