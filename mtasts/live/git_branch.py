"""Branches with one changed file, made and pushed by git's plumbing: no working tree, index, hook or local branch is
touched, so it may run in anybody's clone while they work in it. (What was pushed is noted below refs/remotes, as ever.)

Only what nobody else has moved meanwhile is replaced (`--force-with-lease`).
"""

import os
import re
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mtasts.errors import CannotLook
from mtasts.live.git_process import SHALLOW, git
from mtasts.live.web import Secret

# The committer tells our own commits from what people put on top of them or amended.
IDENTITY: Final = ("mtasts promote", "promote@mtasts.invalid")

_LIMIT = 64 * 1024 * 1024
_REMOTE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,99}")
_BRANCH = re.compile(r"(?!.*(?:\.\.|//|\.lock(?:/|\Z)|/\.|\.(?:/|\Z)))[A-Za-z0-9_][A-Za-z0-9_./+#@-]{0,399}(?<!/)")
# How one reaches a remote is the user's: git's own settings for it stay, which other runs do without.
_KEPT = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_PROXY_COMMAND", "GIT_SSL_CAINFO")
_PLACES = "file:git:http:https:ssh"


@dataclass(frozen=True, slots=True)
class Login:
    """What to show to the server at `url` (https://github.com), and to no other: the value of `Authorization`."""

    url: str
    authorization: Secret


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a commit."""

    mode: str
    blob: str


class Branches:
    """The branches of a remote, through a clone of it."""

    def __init__(self, folder: Path, remote: str = "origin", login: Login | None = None) -> None:
        """`folder` anywhere in the clone. Raises CannotLook for a name that no remote has."""
        if not _REMOTE.fullmatch(remote):
            raise CannotLook(f"{remote!r:.100} does not name a remote", "e.g. origin; `git remote` lists them")
        self._folder, self._remote, self._login = folder, remote, login

    def heads(self, *patterns: str) -> dict[str, str]:
        """Branch -> commit, as the remote has them now; a pattern is a branch's name, or ends in `*`."""
        for pattern in patterns:
            checked_branch(pattern.removesuffix("*").rstrip("/"))
        wanted = [f"refs/heads/{pattern}" for pattern in patterns]
        out = self._online("ls-remote", "--", self._remote, *wanted).decode("utf-8", "replace")
        found = {}
        for line in out.splitlines():
            commit, _, ref = line.partition("\t")
            name = ref.removeprefix("refs/heads/")
            if ref != name and _BRANCH.fullmatch(name) and re.fullmatch(r"[0-9a-f]{40,64}", commit):
                found[name] = commit
        return found

    def fetch(self, branches: Collection[str]) -> None:
        """Have the commits of these branches here, without any ref to them."""
        if branches:
            options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--no-recurse-submodules")
            names = [f"refs/heads/{checked_branch(branch)}" for branch in branches]
            self._online("fetch", *options, "--", self._remote, *names)

    def entries(self, commit: str, paths: Sequence[str]) -> dict[str, Entry]:
        """Those of the paths (from the repository's root) that are files in a commit."""
        out = self._git("ls-tree", "-z", "--full-tree", commit, "--", *paths)
        found = {}
        for line in out.split(b"\0")[:-1]:
            facts, _, path = line.partition(b"\t")
            mode, kind, blob = facts.decode("ascii").split()
            if kind == "blob":
                found[path.decode("utf-8", "surrogateescape")] = Entry(mode, blob)
        return found

    def blob(self, content: bytes) -> str:
        """Store a file's content as it is, and give its id."""
        return self._git("hash-object", "-w", "--stdin", stdin=content).decode("ascii").strip()

    def own(self, commit: str) -> str | None:
        """The parent of a commit that `commit` made; None for anybody else's, and for a merge."""
        facts = self._git("log", "-1", "--no-show-signature", "--format=%ce%n%P", commit).decode("utf-8", "replace")
        email, _, parents = facts.rstrip("\n").partition("\n")
        return parents if email == IDENTITY[1] and re.fullmatch(r"[0-9a-f]{40,64}", parents) else None

    def commit(self, base: str, path: str, content: bytes, message: str) -> str:
        """A commit on top of the commit `base` in which one file that is there is another; its id."""
        entry = self.entries(base, [path]).get(path)
        if entry is None:
            raise CannotLook(f"{path} is not a file in {base[:12]}", SHALLOW)
        blob = self.blob(content)
        with tempfile.TemporaryDirectory(prefix="mtasts-index-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            self._git("read-tree", base, environ=index)
            self._git("update-index", "--cacheinfo", f"{entry.mode},{blob},{path}", environ=index)
            tree = self._git("write-tree", environ=index).decode("ascii").strip()
        name, email = IDENTITY
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", name), ("EMAIL", email))
        }
        words = ("commit-tree", "--no-gpg-sign", "-p", base, tree)
        return self._git(*words, stdin=message.encode(), environ=who).decode("ascii").strip()

    def push(self, branch: str, commit: str, expected: str) -> bool:
        """Make the remote's branch this commit, if it still is `expected` ("": not there yet); whether it is now."""
        return self._push(branch, commit, expected)

    def delete(self, branch: str, expected: str) -> bool:
        """Delete the remote's branch if it still is `expected`; whether it is gone."""
        return self._push(branch, "", expected)

    def _push(self, branch: str, commit: str, expected: str) -> bool:
        lease = f"--force-with-lease=refs/heads/{checked_branch(branch)}:{expected}"
        options = ("--quiet", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")
        try:
            self._online("push", *options, lease, "--", self._remote, f"{commit}:refs/heads/{branch}")
        except CannotLook:
            # There are as many words for "somebody was faster" as there are servers: look.
            there = self.heads(branch).get(branch, "")
            if there == expected != commit:
                raise
            return there == commit
        return True

    def _online(self, *words: str) -> bytes:
        """A command that speaks to the remote. No message holds the login, should a server have sent it back."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environ = {**kept, "GIT_ALLOW_PROTOCOL": _PLACES, **self._settings()}
        try:
            return self._git(*words, environ=environ)
        except CannotLook as error:
            if self._login is None:
                raise
            hide = self._login.authorization.hidden_in
            raise CannotLook(hide(error.message), hide(error.hint)) from None

    def _settings(self) -> dict[str, str]:
        """Git's configuration for this run, in the environment: arguments, and a login in them, all can read."""
        pairs = [("core.hooksPath", os.devnull), ("maintenance.auto", "false"), ("gc.auto", "0")]
        if self._login is not None:
            header = f"http.{self._login.url}/.extraheader"
            pairs += [
                (header, ""),  # whatever a checkout has left: two logins are refused
                (header, f"Authorization: {self._login.authorization.reveal()}"),
                ("http.followRedirects", "false"),  # it would carry the login elsewhere
            ]
        number = os.environ.get("GIT_CONFIG_COUNT", "")
        first = int(number) if re.fullmatch(r"[0-9]{1,3}", number) else 0
        found = {"GIT_CONFIG_COUNT": str(first + len(pairs))}
        for place, (key, value) in enumerate(pairs, start=first):
            found |= {f"GIT_CONFIG_KEY_{place}": key, f"GIT_CONFIG_VALUE_{place}": value}
        return found

    def _git(self, *words: str, stdin: bytes = b"", environ: Mapping[str, str] | None = None) -> bytes:
        return git(self._folder, words, _LIMIT, stdin, environ=environ)


def checked_branch(name: str) -> str:
    """The name, if it can be that of a branch as we take them. Raises CannotLook."""
    if not _BRANCH.fullmatch(name):
        raise CannotLook(f"{name!r:.100} does not name a branch", "e.g. main")
    return name


def current_branch(folder: Path) -> str:
    """The branch that is checked out. Raises CannotLook when none is."""
    found = git(folder, ("symbolic-ref", "--quiet", "--short", "HEAD"), 4096, may_fail=True).decode("utf-8", "replace")
    if not found.strip():
        raise CannotLook("no branch is checked out here", "name the one to propose changes for: --base main")
    return found.strip()
