"""Login to a mailbox: with a password, or with an OAuth 2.0 access token.

A password or user name beyond ASCII goes by SASL PLAIN, which is UTF-8 (RFC 4616); the LOGIN command has no encoding. A
token goes by XOAUTH2, as Google and Microsoft describe it: `user=U^Aauth=Bearer T^A^A`; a refusal comes as JSON in a
challenge, which the client has to answer with an empty line before it gets its NO.
"""

import imaplib
import json
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mtasts.errors import CannotLook
from mtasts.live.sources.contract import ImapSecret

PASSWORD = "MTASTS_IMAP_PASSWORD"  # noqa: S105 - the name of a variable
TOKEN = "MTASTS_IMAP_TOKEN"  # noqa: S105
_COMMAND_SECONDS = 60
_TOKEN_LIMIT = 64 * 1024
_STATUS = {"400": "expired, or not for this mailbox", "401": "not valid, or expired", "403": "lacks the right scope"}


class Login(Protocol):
    """A way to log in."""

    def into(self, connection: imaplib.IMAP4, user: str, name: str) -> None:
        """Log in. `name` is the mailbox's, for messages. Raises CannotLook, never with the secret in it."""


def login_of(secret: ImapSecret, environ: Mapping[str, str]) -> Login:
    """The way that options, or else the environment, ask for. Raises CannotLook if nothing gives a secret."""
    if secret.token_command:
        command = secret.token_command
        return _Token(lambda: _printed(command), "--oauth-token-command")
    if secret.token_file is not None:
        path = secret.token_file
        return _Token(lambda: _file(path, "token"), "--oauth-token-file")
    if secret.password_file is not None:
        return _Password(_file(secret.password_file, "password"), "--password-file")
    if environ.get(TOKEN):
        return _Token(lambda: environ.get(TOKEN, ""), f"${TOKEN}")
    found = environ.get(PASSWORD)
    if found is None:
        hint = f"set ${PASSWORD} or name a --password-file; for OAuth ${TOKEN}, --oauth-token-file or -command"
        raise CannotLook("no password for the mailbox", hint)
    return _Password(found, f"${PASSWORD}")


@dataclass(frozen=True, slots=True)
class _Password:
    password: str
    source: str

    def into(self, connection: imaplib.IMAP4, user: str, name: str) -> None:
        hint = f"is {self.source} right?"
        try:
            if user.isascii() and self.password.isascii() and "LOGINDISABLED" not in connection.capabilities:
                connection.login(user, self.password)
                return
            if "AUTH=PLAIN" not in connection.capabilities:
                reason = "the server has no AUTH=PLAIN, and only that takes names and passwords beyond ASCII"
                raise CannotLook(f"{name}: cannot log in: {reason}", "give the mailbox an ASCII password, or use OAuth")
            plain = f"\0{user}\0{self.password}".encode()
            connection.authenticate("PLAIN", lambda _: plain)
        except (imaplib.IMAP4.error, OSError) as error:
            raise CannotLook(f"{name}: login refused: {said(error)}", hint) from None
        except UnicodeEncodeError:
            raise CannotLook(f"{name}: the user or password is not text", hint) from None


@dataclass(frozen=True, slots=True)
class _Token:
    fetch: Callable[[], str]  # anew at each login: tokens live an hour or so
    source: str

    def into(self, connection: imaplib.IMAP4, user: str, name: str) -> None:
        token = self.fetch().strip()
        if not token or not token.isascii() or not token.isprintable():
            raise CannotLook(f"{name}: {self.source} gives no access token")
        if "AUTH=XOAUTH2" not in connection.capabilities:
            raise CannotLook(f"{name}: the server does not offer AUTH=XOAUTH2", "log in with a password")
        told: list[bytes] = []

        def answer(challenge: bytes) -> bytes:
            if challenge:
                told.append(challenge)
                return b""
            return f"user={user}\x01auth=Bearer {token}\x01\x01".encode()

        try:
            connection.authenticate("XOAUTH2", answer)
        except (imaplib.IMAP4.error, OSError) as error:
            why = _in_words(told[0]) if told else said(error)
            hint = f"get a new token for {self.source}, with the scope for IMAP"
            raise CannotLook(f"{name}: the server refuses the access token: {why}", hint) from None


def _in_words(challenge: bytes) -> str:
    """What the JSON of a refusal says."""
    try:
        found = json.loads(challenge[:10_000])
        status = str(found.get("status", ""))[:40]
        scope = str(found.get("scope", ""))[:200]
    except (ValueError, AttributeError, RecursionError):
        return challenge[:200].decode("utf-8", "replace")
    words = f"status {status}" + (f" ({_STATUS[status]})" if status in _STATUS else "")
    return f"{words}; it asks for the scope {scope}" if scope else words


def _file(path: Path, what: str) -> str:
    try:
        with path.open(encoding="utf-8") as opened:
            return opened.read(_TOKEN_LIMIT).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotLook(f"{path}: cannot read the {what}: {error}") from None


def _printed(command: str) -> str:
    """The first line that a command prints. It is run without a shell."""
    try:
        words = shlex.split(command)
        done = subprocess.run(  # noqa: S603 - the operator's own command
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COMMAND_SECONDS, check=False
        )
    except (OSError, ValueError, IndexError) as error:
        raise CannotLook(f"--oauth-token-command: cannot be run: {error}") from None
    except subprocess.TimeoutExpired:
        raise CannotLook(f"--oauth-token-command: printed nothing within {_COMMAND_SECONDS} s") from None
    if done.returncode:
        last = done.stderr[-2000:].decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise CannotLook(f"--oauth-token-command: ended with {done.returncode}: {last[:200]}")
    return done.stdout[:_TOKEN_LIMIT].decode("utf-8", "replace").strip().partition("\n")[0]


def said(error: Exception) -> str:
    """What a server or the system said, shortened."""
    first = error.args[0] if error.args else error
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(error)
    return text[:200]
