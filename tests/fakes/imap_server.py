"""A real IMAP server for the tests: Debian's dovecot, with a configuration of its own, on loopback."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.patience import PATIENCE

PASSWORD = "correct horse"


@dataclass(frozen=True)
class ImapServer:
    """Where it listens, and where its mails lie."""

    imaps: int
    imap: int
    maildir: Path

    def deliver(self, name: str, mail: bytes) -> None:
        """Put a mail into the inbox, as a delivery agent does."""
        temporary = self.maildir / "tmp" / name
        temporary.write_bytes(mail)
        temporary.rename(self.maildir / "new" / name)

    def flags(self) -> list[str]:
        """The file names of all mails: `cur/x:2,S` was seen."""
        return sorted(f"{path.parent.name}/{path.name}" for path in self.maildir.glob("[cn][ue][rw]/*"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def imap_server(folder: Path, chain: Path, key: Path) -> Iterator[ImapServer]:
    """One account, `reports`, with an inbox; TLS with the given certificate."""
    binary = shutil.which("dovecot")
    assert binary, 'a test that uses it is marked with needs("dovecot")'
    user, group = "nobody", "nogroup"
    maildir = folder / "mail"
    for part in ("cur", "new", "tmp"):
        (maildir / part).mkdir(parents=True)
    server = ImapServer(_free_port(), _free_port(), maildir)
    (folder / "users").write_text(f"reports:{{PLAIN}}{PASSWORD}::::::\n")
    (folder / "dovecot.conf").write_text(
        f"""
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{chain}
ssl_key = <{key}
mail_location = maildir:{maildir}
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {server.imap}
  }}
  inet_listener imaps {{
    port = {server.imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""
    )
    for parent in (folder, *folder.parents):
        # Dovecot's workers are nobody, and pytest's folders are the user's alone.
        if parent.stat().st_uid == os.getuid() and str(parent).count("/") > 1:
            parent.chmod(parent.stat().st_mode | 0o055)
    for path in (folder, maildir, *maildir.iterdir()):
        shutil.chown(path, user, group)
    process = subprocess.Popen([binary, "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.PIPE)
    try:
        _wait(process, server.imaps, folder)
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, (folder / "log").read_text() if (folder / "log").exists() else "dovecot ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError((folder / "log").read_text())
