"""An IMAP mailbox, over TLS, read-only unless asked: `imaps://USER@HOST[:PORT]/MAILBOX`, or `imap://` with STARTTLS.

How far it was read is noted in the store: the mailbox's UIDVALIDITY and the last UID (RFC 9051 s2.3.1.1). Under another
UIDVALIDITY all is read again, which costs time and no more: the store knows what it has.
"""

import contextlib
import imaplib
import json
import re
import ssl
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from mtasts.errors import CannotLook
from mtasts.live.sources.contract import Item, SourceOptions
from mtasts.live.sources.imap_login import PASSWORD, login_of, said
from mtasts.protocol.imap_names import mailbox_name
from mtasts.protocol.report_mail import MAIL_BYTES_LIMIT

_SECONDS = 60
_FETCH = 50  # mails asked for in one command: one round trip, bounded memory
_AGAIN_LIMIT = 10_000
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bUID (\d+)\b.*?\bRFC822\.SIZE (\d+)|\bRFC822\.SIZE (\d+)\b.*?\bUID (\d+)")


class ImapMailbox:
    """One mailbox. The connection is made anew when it broke between two looks."""

    unit = "mails"

    def __init__(self, location: str, options: SourceOptions) -> None:
        self._tls_first = location.startswith("imaps:")
        try:
            parts = urlsplit(location)
            self._host, self._port = parts.hostname or "", parts.port or (993 if self._tls_first else 143)
        except ValueError:
            raise CannotLook(f"{location}: is no URL, or its port is no number from 1 to 65535") from None
        self._user = unquote(parts.username or "")
        if parts.password is not None:
            raise CannotLook(
                f"imap://{self._host}: a password on the command line can be seen by others",
                f"give it in ${PASSWORD} or with --password-file",
            )
        if not self._host or not self._user:
            raise CannotLook(f"{location}: is not imaps://USER@HOST/MAILBOX")
        self._mailbox = unquote(parts.path.removeprefix("/")) or "INBOX"
        self._options = options
        self._login = login_of(options.imap)
        self._name = f"imap:{self._user}@{self._host}:{self._port}/{self._mailbox}"
        note = _note(options.mark(self._name)) if not options.everything else {}
        self._validity = str(note.get("validity", ""))
        self._last = int(note.get("last", 0))
        self._again = set(map(int, note.get("again", [])))
        self._offered: set[int] = set()  # in this run; a mail that is to come again comes in the next one
        self._connection: imaplib.IMAP4 | None = None
        self._select()

    def total(self) -> int:
        """The mails not read yet."""
        return len(self._waiting())

    def items(self) -> Iterator[Item]:
        """The mails that came since the last look, in the order of their UIDs."""
        try:
            waiting = self._waiting()
        except CannotLook:
            # Servers close idle connections; between two looks that is no failure.
            self.close()
            self._select()
            waiting = self._waiting()
        for start in range(0, len(waiting), _FETCH):
            yield from self._fetch(waiting[start : start + _FETCH])

    def took(self, item: Item, *, again: bool) -> None:
        """Remember the mail's UID as read, or as one to look at in the next run."""
        uid = int(item.token)
        self._last = max(self._last, uid)
        self._again.discard(uid)
        if again and len(self._again) < _AGAIN_LIMIT:
            self._again.add(uid)

    def progress(self) -> tuple[str, str] | None:
        """The note for the next run."""
        note = {"validity": self._validity, "last": self._last, "again": sorted(self._again)}
        return self._name, json.dumps(note)

    def close(self) -> None:
        """Log out."""
        if self._connection is not None:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                self._connection.logout()
            self._connection = None

    def _waiting(self) -> list[int]:
        # NOOP: some servers look for new mail only when told to (RFC 9051 s6.1.2).
        self._asked(lambda connection: connection.noop(), "NOOP")
        # `n:*` always names the last mail, even if its UID is below n (RFC 9051 s9, seq-range).
        answer = self._ask("SEARCH", "UID", f"{self._last + 1}:*")
        new = {
            int(word) for line in answer if isinstance(line, bytes) for word in line.split() if int(word) > self._last
        }
        # What could not be judged before comes last: it may be slow again, and must not hold up what is new.
        return [*sorted(new - self._offered), *sorted(self._again - new - self._offered)]

    def _fetch(self, uids: list[int]) -> Iterator[Item]:
        sizes = self._sizes(uids)
        small = [uid for uid in uids if 0 < sizes.get(uid, 0) <= MAIL_BYTES_LIMIT]
        bodies = self._bodies(small) if small else {}
        for uid in uids:
            self._offered.add(uid)
            where = f"{self._name}#{uid}"
            body = bodies.get(uid)
            if body is not None:
                yield Item(where, body, weight=1, token=str(uid), mail=True)
            elif uid in sizes:
                problem = f"has {sizes[uid]} bytes, more than {MAIL_BYTES_LIMIT}" if sizes[uid] else "is empty"
                yield Item(where, b"", weight=1, problem=problem, token=str(uid))
            # A mail without a size was removed meanwhile: nothing to say.

    def _sizes(self, uids: list[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for line in self._ask("FETCH", _list(uids), "(UID RFC822.SIZE)"):
            text = line[0] if isinstance(line, tuple) else line
            match = _SIZE.search(text or b"")
            if match:
                found[int(match[1] or match[4])] = int(match[2] or match[3])
        return found

    def _bodies(self, uids: list[int]) -> dict[int, bytes]:
        # PEEK leaves the mail unseen (RFC 9051 s6.4.5).
        what = "BODY[]" if self._options.write else "BODY.PEEK[]"
        answer = self._ask("FETCH", _list(uids), f"(UID {what})")
        found: dict[int, bytes] = {}
        for position, line in enumerate(answer):
            if isinstance(line, tuple):
                # The UID stands before the literal, or behind it in the line that follows.
                after = answer[position + 1] if position + 1 < len(answer) else b""
                match = _UID.search(line[0]) or (_UID.search(after) if isinstance(after, bytes) else None)
                if match:
                    found[int(match[1])] = line[1]
        return found

    def _ask(self, command: str, *words: str) -> list[bytes | tuple[bytes, bytes]]:
        return self._asked(lambda connection: connection.uid(command, *words), command)

    def _asked(self, call: Callable[[imaplib.IMAP4], tuple[str, list[Any]]], command: str) -> list[Any]:
        if self._connection is None:
            self._select()
        assert self._connection is not None  # noqa: S101 - narrows the type
        try:
            kind, answer = call(self._connection)
        except (imaplib.IMAP4.error, OSError) as error:
            raise CannotLook(f"{self._name}: {said(error)}") from None
        if kind != "OK":
            raise CannotLook(f"{self._name}: the server refuses {command}: {answer!r}"[:300])
        return [line for line in answer if line is not None]

    def _select(self) -> None:
        connection = self._connect()
        self._login.into(connection, self._user, self._name)
        quoted = '"' + mailbox_name(self._mailbox).replace("\\", "\\\\").replace('"', '\\"') + '"'
        kind, answer = connection.select(quoted, readonly=not self._options.write)
        if kind != "OK":
            connection.logout()
            raise CannotLook(f"{self._name}: no such mailbox: {answer[0]!r}"[:300])
        _, validity = connection.response("UIDVALIDITY")
        now = (validity[0] or b"").decode("ascii", "replace") if validity else ""
        if now != self._validity:
            self._validity, self._last, self._again, self._offered = now, 0, set(), set()
        self._connection = connection

    def _connect(self) -> imaplib.IMAP4:
        ca_file = self._options.network.ca_file
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        host, port = self._options.network.target(self._host, self._host, self._port)
        try:
            if self._tls_first:
                return _Imaps(host, port, self._host, context)
            connection = imaplib.IMAP4(host, port, timeout=_SECONDS)
            # The name to check is the one that was asked for, wherever the connection goes.
            connection.host = self._host
            connection.starttls(context)
        except ssl.SSLCertVerificationError as error:
            hint = "for a private CA, set $MTASTS_CA_FILE"
            raise CannotLook(f"{self._name}: certificate not accepted: {error.verify_message}", hint) from None
        except (imaplib.IMAP4.error, OSError) as error:
            raise CannotLook(f"{self._name}: cannot connect: {said(error)}") from None
        return connection


class _Imaps(imaplib.IMAP4):
    """TLS from the start, the certificate checked against the name asked for, wherever the connection goes."""

    def __init__(self, host: str, port: int, name: str, context: ssl.SSLContext) -> None:
        self._name, self._context = name, context
        super().__init__(host, port, timeout=_SECONDS)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        plain = super()._create_socket(timeout)  # type: ignore[misc]
        return self._context.wrap_socket(plain, server_hostname=self._name)


def _note(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _list(uids: list[int]) -> str:
    return ",".join(map(str, uids))
