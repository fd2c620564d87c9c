"""A real IMAP server for the tests: Debian's dovecot, with a configuration of its own, on loopback."""

import base64
import hmac
import json
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
from tests.ports import free_port

PASSWORD = "correct horse"
# A second account, and a mailbox of both, beyond ASCII.
USER_BEYOND_ASCII, PASSWORD_BEYOND_ASCII = "jörg", "pässwörd ✓"
FOLDER_BEYOND_ASCII, FOLDER_ON_DISK = "Berichte für TLS & mehr", ".Berichte f&APw-r TLS &- mehr"
_KEY = b"a key that only this server and its tests know"


def access_token(user: str = "reports", seconds: int = 3600) -> str:
    """A token (JWT, RFC 7519) that the server takes for the user, until so many seconds from now."""
    claims = {"sub": user, "exp": int(time.time()) + seconds, "iat": int(time.time()) - 10}
    parts = [json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps(claims)]
    signed = b".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=") for part in parts)
    seal = base64.urlsafe_b64encode(hmac.digest(_KEY, signed, "sha256")).rstrip(b"=")
    return (signed + b"." + seal).decode()


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

    def deliver_beyond_ascii(self, name: str, mail: bytes) -> None:
        """Put a mail into the mailbox whose name is beyond ASCII."""
        (self.maildir / FOLDER_ON_DISK / "new" / name).write_bytes(mail)

    def flags(self) -> list[str]:
        """The file names of all mails: `cur/x:2,S` was seen."""
        return sorted(f"{path.parent.name}/{path.name}" for path in self.maildir.glob("[cn][ue][rw]/*"))


@contextmanager
def imap_server(folder: Path, chain: Path, key: Path) -> Iterator[ImapServer]:
    """Accounts that share one inbox, by password and by access token; TLS with the given certificate."""
    binary = shutil.which("dovecot")
    assert binary, 'a test that uses it is marked with needs("dovecot")'
    user, group = "nobody", "nogroup"
    maildir = folder / "mail"
    for part in ("cur", "new", "tmp"):
        (maildir / part).mkdir(parents=True)
    for part in ("cur", "new", "tmp"):
        (maildir / FOLDER_ON_DISK / part).mkdir(parents=True)
    keys = folder / "keys" / "default" / "HS256"
    keys.mkdir(parents=True)
    (keys / "default").write_bytes(base64.b64encode(_KEY))
    (folder / "oauth2.conf").write_text(
        f"introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={folder}/keys/\n"
        "username_attribute = sub\n"
    )
    server = ImapServer(free_port(), free_port(), maildir)
    accounts = {"reports": PASSWORD, USER_BEYOND_ASCII: PASSWORD_BEYOND_ASCII}
    (folder / "users").write_text("".join(f"{user}:{{PLAIN}}{secret}::::::\n" for user, secret in accounts.items()))
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
auth_mechanisms = plain login xoauth2
auth_username_chars =
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
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
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""
    )
    for parent in (folder, *folder.parents):
        # Dovecot's workers are nobody, and pytest's folders are the user's alone.
        if parent.stat().st_uid == os.getuid() and str(parent).count("/") > 1:
            parent.chmod(parent.stat().st_mode | 0o055)
    for path in (folder, maildir, *maildir.rglob("*"), *(folder / "keys").rglob("*")):
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
