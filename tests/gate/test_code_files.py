"""Which files decide how policies are published: everything that nobody has called harmless."""

import subprocess

import pytest

from mtasts.gate import code_files as lists
from mtasts.gate.code_files import deciding
from tests.publishing.stage import ROOT

POLICIES = "policies"  # judged by themselves
STACK_SETTINGS = {"Pulumi.prod.yaml", "Pulumi.staging.yaml"}


def test_every_entry_at_the_top_is_classified() -> None:
    """A new one fails here until somebody has said whether it decides."""
    told = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = [path for path in told.stdout.decode().split("\0") if path]
    folders = {path.partition("/")[0] for path in paths if "/" in path}
    files = {path for path in paths if "/" not in path}
    assert folders <= (lists.DECIDING | lists.HARMLESS_FOLDERS | {POLICIES})
    harmless = {name for name in files if name in lists.HARMLESS_FILES or name.endswith(lists.WORDS)}
    assert files - harmless <= lists.DECIDING | STACK_SETTINGS
    # The lists do not say both, and what decides by name is found to decide.
    assert not lists.DECIDING & (lists.HARMLESS_FILES | lists.HARMLESS_FOLDERS)
    inside = {f"{name}/x" if name in folders else name for name in lists.DECIDING}
    assert set(deciding(inside, POLICIES)) == inside


@pytest.mark.parametrize(
    ("path", "decides"),
    [
        ("policies/prod/example.com.yaml", False),
        ("policies/prod/_defaults.yaml", False),
        ("policies/prod/example.com.yml", False),  # a problem of its own
        ("policies/README.md", False),
        ("policies/prod/.gitattributes", True),
        ("policies/prod/deep/example.com.yaml", True),
        ("policies/.hidden/example.com.yaml", True),
        ("policies/schema.json", True),
        ("policies", True),
        ("docs/rollout.md", False),
        ("docs/examples/aws/read.json", False),
        ("docs", True),  # a file, or a link, in the folder's place
        ("LICENSE", False),
        ("LICENSE/x", True),
        ("README.md/x", True),
        ("Docs/x", True),
        ("requirements.txt", True),
        ("Makefile.local", True),
        ("", True),
    ],
)
def test_paths(path: str, decides: bool) -> None:
    """By the whole path, and with the case that it has."""
    assert deciding([path], POLICIES) == ((path,) if decides else ())


@pytest.mark.parametrize(
    ("path", "decides"),
    [
        ("mail/policies/prod/example.com.yaml", False),
        ("mail/__main__.py", True),
        ("mail/json.py", True),
        ("mail/docs/x.md", False),
        ("shop/main.go", False),
        ("mailing/x.py", False),
        ("shop/.gitattributes", True),
        (".github/workflows/deploy.yml", True),
        ("CODEOWNERS", True),
        ("policies/prod/example.com.yaml", False),
    ],
)
def test_a_project_in_a_folder_of_a_larger_repository(path: str, decides: bool) -> None:
    """What lies outside counts only where the forge or git obeys it."""
    assert deciding([path], "mail/policies") == ((path,) if decides else ())


def test_a_repository_of_policies_alone() -> None:
    """The stacks are at the top."""
    assert deciding(["prod/example.com.yaml", "prod/x.json", "README.md", "ci.sh"], ".") == ("ci.sh", "prod/x.json")


def test_none_is_hidden_behind_many_others() -> None:
    """A flood in one folder, and of names that nobody knows, comes after what is known to decide."""
    flood = [f".ci/{number}.sh" for number in range(500)] + [f"a{number}/x" for number in range(500)]

    found = deciding([*flood, "__main__.py", "Pulumi.prod.yaml", "tools/x"], POLICIES)

    assert found[:4] == (".ci/0.sh", "Pulumi.prod.yaml", "__main__.py", "tools/x")
    assert len(found) == 1003
