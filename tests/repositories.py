"""Real git repositories for tests: a folder, commits, branches; without anybody's configuration."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.patience import PATIENCE

REST = "mx: [mx1.example.com]\ntls_rpt: {rua: ['mailto:tls@example.com']}\ndns: {provider: route53, zone: Z1}\n"

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "Operator",
    "GIT_AUTHOR_EMAIL": "operator@example.com",
    "GIT_COMMITTER_NAME": "Operator",
    "GIT_COMMITTER_EMAIL": "operator@example.com",
}


def domain_file(domain: str = "example.com", **values: object) -> str:
    """A right YAML file of one domain; values are YAML as text, None leaves a key out."""
    base = {
        "domain": domain,
        "mx": "[mx1.example.com]",
        "tls_rpt": "{rua: ['mailto:tls@example.com']}",
        "dns": "{provider: route53, zone: Z1}",
        "owner": "mail team",
    }
    merged = {**base, **{name: value for name, value in values.items() if value is not None}}
    return "".join(f"{key}: {value}\n" for key, value in merged.items() if values.get(key, "") is not None)


def git(folder: Path, *words: str, stdin: bytes = b"") -> str:
    """What git says in a folder."""
    done = subprocess.run(
        ["git", *words], cwd=folder, env=ENVIRONMENT, input=stdin, capture_output=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout.decode("utf-8", "surrogateescape").strip()


class Repo:
    """A repository on branch main."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, stdin: bytes = b"") -> str:
        return git(self.folder, *words, stdin=stdin)

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Put these files in place; None removes one."""
        for name, content in files.items():
            path = self.folder / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "change") -> str:
        """Write, add and commit; the commit's id."""
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, at: str = "HEAD") -> None:
        self.git("checkout", "-q", "-b", name, at)

    def switch(self, name: str) -> None:
        self.git("checkout", "-q", name)
