"""What docs/reference/sandbox-wire.md lists is what there is."""

import re
from pathlib import Path

from mtasts_sandbox.faults import EDGE_AND_PROVIDER, Kind
from mtasts_sandbox.wire.delivery import EDGE_KINDS, HIDING_KINDS
from mtasts_sandbox.wire.mail import MAIL_KINDS

# These bend the cloud, not what clients meet; docs/reference/sandbox.md names them.
_OF_THE_CLOUD = {"answer-held", "call-held", "provider-error", "validation-wait"}
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sandbox-wire.md"


def test_every_fault_is_on_the_page_with_its_value_and_meaning() -> None:
    """The tables and the code say the same, word for word, and nothing is missing on either side."""
    rows = re.findall(
        r"^\| `([a-z0-9.-]+)` \| (\w*) \| (the (?:edge|mail server).*) \|$", PAGE.read_text(), re.MULTILINE
    )

    def row(kind: Kind) -> tuple[str, str, str]:
        return kind.name, kind.value, kind.what

    wanted = [row(kind) for kind in (*EDGE_AND_PROVIDER, *EDGE_KINDS, *MAIL_KINDS) if kind.name not in _OF_THE_CLOUD]
    assert rows == wanted
    assert all(f"`fault {name} " in PAGE.with_name("sandbox.md").read_text() for name in _OF_THE_CLOUD)


def test_faults_that_hide_the_policy_exist() -> None:
    """A misspelt name would never be on."""
    assert set(HIDING_KINDS) <= {kind.name for kind in (*EDGE_AND_PROVIDER, *EDGE_KINDS)}
