"""Branches made by plumbing: one file changed, the clone untouched, nobody's work overwritten, no login told."""

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mtasts.errors import CannotLook
from mtasts.live.git_branch import IDENTITY, Branches, Login, current_branch
from mtasts.live.web import Secret
from tests.repositories import Repo

PATH = "policies/prod/example.com.yaml"
SECRET = "c2VjcmV0LW9mLXRoZS10ZXN0"


@pytest.fixture
def clone(tmp_path):
    """A clone with one file, its bare remote beside it."""
    repo = Repo(tmp_path / "clone")
    repo.commit({PATH: "mode: testing\n", "other.txt": "x\n"})
    (repo.folder / PATH).chmod(0o755)
    repo.git("commit", "-q", "-a", "-m", "executable, oddly")
    repo.git("clone", "-q", "--bare", ".", "../remote.git")
    repo.git("remote", "add", "origin", "../remote.git")
    return repo


def test_one_file_changes(clone):
    """The commit is its base with one file's content changed; mode, other files and history stay."""
    base = clone.git("rev-parse", "HEAD")
    made = Branches(clone.folder).commit(base, PATH, b"mode: enforce\r\n", "Flip it\n")

    assert clone.git("rev-parse", f"{made}^") == base
    assert clone.git("diff", "--raw", "--abbrev=4", base, made).split("\t")[1] == PATH
    assert clone.git("ls-tree", made, PATH).startswith("100755 blob")
    assert subprocess.check_output(["git", "show", f"{made}:{PATH}"], cwd=clone.folder) == b"mode: enforce\r\n"
    assert clone.git("log", "-1", "--format=%an <%ae>, %s", made) == f"{IDENTITY[0]} <{IDENTITY[1]}>, Flip it"


def test_the_clone_is_left_alone(clone):
    """Neither index, working tree, branches, FETCH_HEAD nor hooks: what a person has half done stays half done."""
    (clone.folder / "other.txt").write_text("half done\n")
    (clone.folder / "new.txt").write_text("staged\n")
    clone.git("add", "new.txt")
    for hook in ("pre-push", "reference-transaction", "post-checkout", "pre-auto-gc"):
        path = clone.folder / ".git/hooks" / hook
        path.write_text("#!/bin/sh\ntouch ../hooked\nexit 1\n")
        path.chmod(0o755)
    before = clone.git("status", "--porcelain=v2", "--branch"), clone.git("for-each-ref", "refs/heads")
    branches = Branches(clone.folder)

    heads = branches.heads("main")
    branches.fetch(["main"])
    made = branches.commit(heads["main"], PATH, b"mode: enforce\n", "Flip it\n")
    assert branches.push("mtasts/promote/prod/x", made, "")

    assert (clone.git("status", "--porcelain=v2", "--branch"), clone.git("for-each-ref", "refs/heads")) == before
    assert not (clone.folder / ".git/FETCH_HEAD").exists()
    assert not (clone.folder.parent / "hooked").exists()
    assert not (clone.folder / "hooked").exists()
    assert branches.heads("main", "mtasts/promote/*") == {"main": heads["main"], "mtasts/promote/prod/x": made}


def test_what_others_moved_is_not_overwritten(clone):
    """A branch that is not what it was is left, on push and on deletion; a new one must not be there."""
    branches = Branches(clone.folder)
    base = branches.heads("main")["main"]
    ours, theirs = (branches.commit(base, PATH, text, "x\n") for text in (b"ours\n", b"theirs\n"))
    assert branches.push("step", theirs, "")

    assert not branches.push("step", ours, "")
    assert not branches.push("step", ours, base)
    assert not branches.delete("step", ours)
    assert branches.heads("step") == {"step": theirs}
    assert branches.push("step", ours, theirs)
    assert branches.delete("step", ours)
    assert branches.heads("step") == {}


def test_whose_commit_it_is(clone):
    """Ours is what we committed, with its one parent; what a person puts on top, amends or merges is theirs."""
    branches = Branches(clone.folder)
    base = clone.git("rev-parse", "HEAD")
    ours = branches.commit(base, PATH, b"mode: enforce\n", "x\n")
    clone.git("checkout", "-q", "-b", "work", ours)
    clone.git("commit", "-q", "--amend", "-m", "better words")

    assert branches.own(ours) == base
    assert branches.own(clone.git("rev-parse", "HEAD")) is None
    assert branches.own(base) is None


@pytest.mark.parametrize(
    "name", ["-d", "a..b", "a/../b", "x.lock", "a.lock/b", "a//b", "a b", "a\nb", "", "a/", "a:b", "*"]
)
def test_names_that_no_branch_has(clone, name):
    """What could be an option, a path upwards or two refs is refused before git sees it."""
    branches = Branches(clone.folder)

    with pytest.raises(CannotLook):
        branches.push(name, clone.git("rev-parse", "HEAD"), "")
    with pytest.raises(CannotLook):
        branches.fetch([name])


@pytest.mark.parametrize("name", ["--upload-pack=touch x", "-o", "ext::sh -c x", ""])
def test_names_that_no_remote_has(clone, name):
    """A remote is named, never given as a command."""
    with pytest.raises(CannotLook):
        Branches(clone.folder, name)


def test_a_remote_that_is_not_there(clone):
    """One clear line."""
    with pytest.raises(CannotLook, match="does not appear to be a git repository"):
        Branches(clone.folder, "upstream").heads("main")


def test_a_push_that_the_other_side_refuses_says_why(clone):
    """Branch protection and the like: the server's reason, not git's summary of it."""
    hook = clone.folder.parent / "remote.git/hooks/update"
    hook.write_text("#!/bin/sh\necho 'error: GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(CannotLook, match="GH006: Protected branch"):
        Branches(clone.folder).push("step", clone.git("rev-parse", "HEAD"), "")


def test_the_branch_that_is_checked_out(clone):
    """Its name; on none, one clear line."""
    assert current_branch(clone.folder) == "main"
    clone.git("checkout", "-q", "--detach")
    with pytest.raises(CannotLook, match="no branch is checked out"):
        current_branch(clone.folder)


class _Server(BaseHTTPRequestHandler):
    """Refuses everybody, and says back what they showed."""

    def do_GET(self) -> None:
        shown = self.headers.get_all("Authorization") or []
        self.server.shown.append((self.path, shown))
        self.send_response(403)
        body = f"error: no, not with {shown}".encode()
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    server.shown = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_login_goes_to_its_server_once(clone, server, monkeypatch):
    """One header, instead of what a checkout has left in the configuration; never in a message, nor to another host."""
    port = server.server_address[1]
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"http.http://127.0.0.1:{port}/.extraheader")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Authorization: Basic old")
    clone.git("remote", "add", "forge", f"http://127.0.0.1:{port}/example/mail.git")
    clone.git("remote", "add", "elsewhere", f"http://localhost:{port}/example/mail.git")
    login = Login(f"http://127.0.0.1:{port}", Secret(f"Basic {SECRET}"))

    with pytest.raises(CannotLook) as refused:
        Branches(clone.folder, "forge", login).heads("main")
    assert [shown for _, shown in server.shown] == [[f"Basic {SECRET}"]]
    assert "not with ['***']" in refused.value.message, "the server's own words, without what it was shown"
    assert SECRET not in refused.value.message + refused.value.hint

    server.shown.clear()
    with pytest.raises(CannotLook):
        Branches(clone.folder, "elsewhere", login).heads("main")
    assert server.shown
    assert not any(shown for _, shown in server.shown)
