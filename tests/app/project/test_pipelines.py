"""References to reusable pipelines: what names one, and how an upgrade rewrites one."""

import pytest

from mtasts.app.project.pipelines import Pipelines, of_release, parse, rewrite
from mtasts.errors import CannotLook

OLD, NEW = "a" * 40, "b" * 40


def test_what_names_pipelines() -> None:
    """Owner, repository, whole commit; GitLab has groups within groups."""
    assert parse(f"example/mtasts@{OLD}", "1") == Pipelines("example/mtasts", OLD, "1")
    assert parse(f"a/b/c@{OLD}", "1").repository == "a/b/c"
    for wrong in ("example/mtasts", "example/mtasts@main", f"mtasts@{OLD}", f"a/b@{OLD[1:]}", f"a/b c@{OLD}", ""):
        with pytest.raises(CannotLook, match="is not OWNER/REPO@COMMIT"):
            parse(wrong, "1")


def test_a_release_that_knows_of_none() -> None:
    """Empty, known, and damaged."""
    assert of_release('{"repository": "", "commit": ""}', "1") is None
    assert of_release(f'{{"repository": "a/b", "commit": "{NEW}"}}', "2") == Pipelines("a/b", NEW, "2")
    with pytest.raises(CannotLook):
        of_release("[]", "2")


def test_only_the_reference_is_rewritten() -> None:
    """Other actions, other repositories and everything else of a line stay."""
    text = (
        f"    uses: example/mtasts/.github/workflows/preview.yml@{OLD} # v1.0\n"
        f"    uses: example/mtasts-other/x@{OLD} # v1.0\n"
        f"  - uses: actions/checkout@{OLD} # v6\n"
        f"  - component: $CI_SERVER_FQDN/example/mtasts/mtasts@{OLD}\n"
        "    with: {project: mail} # mine\n"
    )
    assert rewrite(text, Pipelines("example/mtasts", NEW, "2.0")).splitlines() == [
        f"    uses: example/mtasts/.github/workflows/preview.yml@{NEW} # v2.0",
        f"    uses: example/mtasts-other/x@{OLD} # v1.0",
        f"  - uses: actions/checkout@{OLD} # v6",
        f"  - component: $CI_SERVER_FQDN/example/mtasts/mtasts@{NEW} # v2.0",
        "    with: {project: mail} # mine",
    ]
