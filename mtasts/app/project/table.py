"""The files of a project, each with its template, its place and whose it is. Literal: nothing registers itself."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Whose a file is once it is there."""

    OURS = "ours"  # `mtasts upgrade` replaces it whole
    PINS = "pins"  # `mtasts upgrade` rewrites only the references to reusable pipelines in it
    YOURS = "yours"  # written once, never touched again


class Place(StrEnum):
    """Where a file is: beside Pulumi.yaml, or at the top of the git repository, where forges look for it."""

    PROJECT = "project"
    REPOSITORY = "repository"


@dataclass(frozen=True, slots=True)
class File:
    """One file. `template`: below files/, or "" for one that is made by code (`made.py`).

    `target`: below its place; one with `@stack@` in it is written for each stack. `ci`: the forge that it is for, ""
    for all. `shared`: people may have one of their own, which stays; they are shown what to add to it.
    """

    template: str
    target: str
    kind: Kind = Kind.YOURS
    place: Place = Place.PROJECT
    ci: str = ""
    shared: bool = False


SCHEMA, DEFAULTS_SCHEMA = "policies/schema.json", "policies/defaults.schema.json"
REQUIREMENTS, BUILD_REQUIREMENTS = "requirements.txt", "requirements-build.txt"

FILES: tuple[File, ...] = (
    File("project/Pulumi.yaml", "Pulumi.yaml"),
    File("project/Pulumi.stack.yaml", "Pulumi.@stack@.yaml"),
    File("project/program.txt", "__main__.py"),
    File("", SCHEMA, Kind.OURS),
    File("", DEFAULTS_SCHEMA, Kind.OURS),
    File("project/defaults.yaml", "policies/@stack@/_defaults.yaml"),
    File("project/domain.yaml", "policies/@stack@/@domain@.yaml.example"),
    File("", REQUIREMENTS, Kind.OURS),
    File("", BUILD_REQUIREMENTS, Kind.OURS),
    File("project/install.sh", "install.sh", Kind.OURS),
    File("project/README.md", "README.md"),
    File("project/gitignore", ".gitignore", shared=True),
    File("repository/pre-commit-config.yaml", ".pre-commit-config.yaml", place=Place.REPOSITORY, shared=True),
    # github
    File("github/CODEOWNERS", ".github/CODEOWNERS", place=Place.REPOSITORY, ci="github", shared=True),
    File("github/dependabot.yml", ".github/dependabot.yml", place=Place.REPOSITORY, ci="github", shared=True),
    File("github/preview.yml", ".github/workflows/mtasts-preview.yml", Kind.PINS, Place.REPOSITORY, "github"),
    File("github/deploy.yml", ".github/workflows/mtasts-deploy.yml", Kind.PINS, Place.REPOSITORY, "github"),
    File("github/watch.yml", ".github/workflows/mtasts-watch.yml", Kind.PINS, Place.REPOSITORY, "github"),
    # gitlab
    File("gitlab/CODEOWNERS", "CODEOWNERS", place=Place.REPOSITORY, ci="gitlab", shared=True),
    File("gitlab/gitlab-ci.yml", ".gitlab-ci.yml", Kind.PINS, Place.REPOSITORY, "gitlab", shared=True),
    # bitbucket
    File(
        "bitbucket/bitbucket-pipelines.yml",
        "bitbucket-pipelines.yml",
        place=Place.REPOSITORY,
        ci="bitbucket",
        shared=True,
    ),
    # azure
    File("azure/azure-pipelines.yml", "azure-pipelines.yml", place=Place.REPOSITORY, ci="azure", shared=True),
    # forgejo
    File("forgejo/CODEOWNERS", "CODEOWNERS", place=Place.REPOSITORY, ci="forgejo", shared=True),
    File("forgejo/mtasts.yml", ".forgejo/workflows/mtasts.yml", place=Place.REPOSITORY, ci="forgejo"),
)
FORGES = tuple(dict.fromkeys(file.ci for file in FILES if file.ci))


def needs_pipelines(ci: str) -> bool:
    """Whether the pipelines of a forge are thin callers of reusable ones, so that these must be named."""
    return any(file.ci == ci and file.kind is Kind.PINS for file in FILES)
