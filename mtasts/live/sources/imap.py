"""An IMAP mailbox, over TLS, read-only unless asked: `imaps://USER@HOST[:PORT]/MAILBOX`, or `imap://` with STARTTLS.

How far it was read is noted in the store: the mailbox's UIDVALIDITY and the last UID (RFC 9051 s2.3.1.1). Under another
UIDVALIDITY all is read again, which costs time and no more: the store knows what it has.

The mailbox may be of any size: it is asked for by ranges of UIDs, and mails come a few at a time. A mail that the
server does not give, alone as well, is set aside with the reason; the others go on.
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
from mtasts.live.sources.again import AGAIN_DAYS, AGAIN_LIMIT, today
from mtasts.live.sources.contract import Item, SourceOptions
from mtasts.live.sources.imap_bounds import BoundedImap, BoundedImaps
from mtasts.live.sources.imap_login import PASSWORD, login_of, said
from mtasts.protocol.imap_names import mailbox_name
from mtasts.protocol.report_mail import MAIL_BYTES_LIMIT

_FETCH = 50  # mails asked for in one command: one round trip
_FETCH_BYTES = MAIL_BYTES_LIMIT  # and no more than these, for bounded memory
_ROOM = 64 * 1024  # some servers tell sizes that are not exact
_RANGE, _RANGE_MOST = 10_000, 262_144  # UIDs asked for in one command; twice as many after a range without mails
_UID_MOST = 2**32 - 1
_BROKEN_LIMIT = 10  # mails in a row that break the connection: then it is the server, not the mails
_RESTARTS = 3
_LOGOUT_SECONDS = 5.0
# The standard library's client raises beyond its own errors for answers that are none.
_TROUBLE = (imaplib.IMAP4.error, OSError, ValueError, LookupError, TypeError, AttributeError)
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
            raise CannotLook(f"{location}: is not a URL, or its port is not a number from 1 to 65535") from None
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
        self._login = login_of(options.imap, options.environ)
        self._name = f"imap:{self._user}@{self._host}:{self._port}/{self._mailbox}"
        note = _note(options.mark(self._name)) if not options.everything else {}
        self._validity = str(note.get("validity", ""))
        self._last = int(note.get("last", 0))
        self._again = _dated(note.get("again", []))
        # In this run; a mail that is to come again comes in the next one.
        self._reached, self._offered_again = 0, set[int]()
        self._broken = 0
        self._connection: BoundedImap | None = None
        self._select()

    def total(self) -> int:
        """The mails not read yet."""
        return sum(map(len, self._new())) + len(self._again.keys() - self._offered_again)

    def items(self) -> Iterator[Item]:
        """The mails that came since the last look, in the order of their UIDs; then those to be looked at again."""
        for _ in range(_RESTARTS):
            validity = self._fresh()
            for uids in self._new():
                yield from self._within(validity, uids)
                if self._validity != validity:
                    break
            else:
                # What could not be judged before may be slow again, and must not hold up what is new.
                yield from self._within(validity, sorted(self._again.keys() - self._offered_again))
            if self._validity == validity:
                return
        raise CannotLook(f"{self._name}: its UIDVALIDITY changes again and again", "is the server in order?")

    def _fresh(self) -> str:
        """Servers close idle connections; between two looks that is no failure."""
        try:
            # NOOP: some servers look for new mail only when told to (RFC 9051 s6.1.2).
            self._asked(lambda connection: connection.noop(), "NOOP")
        except CannotLook:
            self._select()
        return self._validity

    def _within(self, validity: str, uids: list[int]) -> Iterator[Item]:
        for start in range(0, len(uids), _FETCH):
            if self._validity != validity:
                return  # the numbers are of a mailbox that is no more
            yield from self._fetch(uids[start : start + _FETCH])

    def took(self, item: Item, *, again: bool) -> None:
        """Remember the mail's UID as read, or as one to look at in the next run."""
        uid = int(item.token)
        if uid > self._reached and uid not in self._offered_again:
            return  # of another UIDVALIDITY
        self._last = max(self._last, uid)
        since = self._again.pop(uid, today())
        if again and len(self._again) < AGAIN_LIMIT and today() - since <= AGAIN_DAYS:
            self._again[uid] = since
            self._offered_again.add(uid)

    def progress(self) -> tuple[str, str] | None:
        """The note for the next run."""
        note = {"validity": self._validity, "last": self._last, "again": self._again}
        return self._name, json.dumps(note)

    def close(self) -> None:
        """Log out."""
        if self._connection is not None:
            with contextlib.suppress(*_TROUBLE):
                self._connection.sock.settimeout(_LOGOUT_SECONDS)
                self._connection.allow(seconds=_LOGOUT_SECONDS)
                self._connection.logout()
            self._drop()

    def _new(self) -> Iterator[list[int]]:
        """The UIDs above those that were read, a range at a time."""
        begin, width = max(self._last, self._reached) + 1, _RANGE
        # `*` always names the last mail, even if there is nothing new (RFC 9051 s9, seq-range).
        newest = max(self._search("*"), default=0)
        while begin <= newest:
            end = min(begin + width - 1, newest)
            found = sorted(uid for uid in self._search(f"{begin}:{end}") if begin <= uid <= end)
            if found:
                yield found
            width = _RANGE if found else min(width * 2, _RANGE_MOST)
            begin = end + 1

    def _search(self, uids: str) -> set[int]:
        words = [word for line in self._ask("SEARCH", "UID", uids) if isinstance(line, bytes) for word in line.split()]
        wrong = next((word for word in words if not (word.isdigit() and len(word) <= 10)), b"")
        if wrong or any(int(word) > _UID_MOST for word in words):
            reason = "the server answers a search with what is not a UID"
            raise CannotLook(f"{self._name}: {reason}", "is it an IMAP server?")
        return {int(word) for word in words} - {0}

    def _fetch(self, uids: list[int]) -> Iterator[Item]:
        sizes = self._sizes(uids)
        batch: list[int] = []
        for uid in uids:
            size = sizes.get(uid)
            if size is not None and 0 < size <= MAIL_BYTES_LIMIT:
                if batch and sum(sizes[one] for one in batch) + size > _FETCH_BYTES:
                    yield from self._given(batch, sizes)
                    batch = []
                batch.append(uid)
                continue
            yield from self._given(batch, sizes)
            batch = []
            # A mail without a size was removed meanwhile: nothing to say.
            if size is not None:
                yield self._item(uid, problem=f"has {size} bytes, more than {MAIL_BYTES_LIMIT}" if size else "is empty")
        yield from self._given(batch, sizes)

    def _given(self, uids: list[int], sizes: dict[int, int]) -> Iterator[Item]:
        """The mails of one command; if that fails, each by itself, so that one mail holds up no others."""
        if not uids:
            return
        validity = self._validity
        try:
            bodies = self._bodies(uids, sum(sizes[uid] for uid in uids) * 2 + _ROOM * len(uids))
        except _Refused:
            for uid in uids:
                if self._validity != validity:
                    return
                yield from self._alone(uid)
            return
        for uid in uids:
            # One that did not come was removed since its size was told.
            self._broken = 0
            if uid in bodies:
                yield self._come(uid, bodies[uid])

    def _alone(self, uid: int) -> Iterator[Item]:
        try:
            body = self._bodies([uid], MAIL_BYTES_LIMIT + _ROOM).get(uid)
        except _Refused as refused:
            self._broken += 1
            if self._broken > _BROKEN_LIMIT:
                raise CannotLook(refused.message, f"{_BROKEN_LIMIT} mails in a row: is the server in order?") from None
            yield self._item(uid, problem=f"the server does not give it: {refused.message}"[:300])
            return
        self._broken = 0
        if body is not None:
            yield self._come(uid, body)

    def _come(self, uid: int, body: bytes) -> Item:
        return self._item(uid, body, "" if body else "the server names it and gives no content")

    def _item(self, uid: int, body: bytes = b"", problem: str = "") -> Item:
        if uid <= self._last:
            self._offered_again.add(uid)
        self._reached = max(self._reached, uid)
        return Item(f"{self._name}#{uid}", body, weight=1, problem=problem, token=str(uid), mail=True)

    def _sizes(self, uids: list[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for line in self._ask("FETCH", _list(uids), "(UID RFC822.SIZE)"):
            text = line[0] if isinstance(line, tuple) else line
            match = _SIZE.search(text or b"")
            if match:
                found[int(match[1] or match[4])] = int(match[2] or match[3])
        return found

    def _bodies(self, uids: list[int], size: int) -> dict[int, bytes]:
        """The mails by UID; b"" for one that is named without its content (NIL, RFC 9051 s9 nstring)."""
        # PEEK leaves the mail unseen (RFC 9051 s6.4.5).
        what = "BODY[]" if self._options.write else "BODY.PEEK[]"
        try:
            answer = self._ask("FETCH", _list(uids), f"(UID {what})", size=size)
        except CannotLook as error:
            # Raises CannotLook if the server is not there at all: then no mail is to blame.
            if self._connection is None:
                self._select()
            raise _Refused(error.message) from None
        found: dict[int, bytes] = {}
        for position, line in enumerate(answer):
            if isinstance(line, tuple):
                # The UID stands before the literal, or behind it in the line that follows.
                after = answer[position + 1] if position + 1 < len(answer) else b""
                match = _UID.search(line[0]) or (_UID.search(after) if isinstance(after, bytes) else None)
                if not match or int(match[1]) not in uids:
                    reason = "the server answers with a mail that was not asked for"
                    raise CannotLook(f"{self._name}: {reason}", "nothing of that answer was read; is it in order?")
                found[int(match[1])] = line[1]
            elif isinstance(line, bytes) and (match := _UID.search(line)) and int(match[1]) in uids:
                found.setdefault(int(match[1]), b"")
        return found

    def _ask(self, command: str, *words: str, size: int = 0) -> list[bytes | tuple[bytes, bytes]]:
        return self._asked(lambda connection: connection.uid(command, *words), command, size)

    def _asked(self, call: Callable[[BoundedImap], tuple[str, list[Any]]], command: str, size: int = 0) -> list[Any]:
        if self._connection is None:
            self._select()
        assert self._connection is not None  # noqa: S101 - narrows the type
        self._connection.allow(size)
        try:
            kind, answer = call(self._connection)
        except _TROUBLE as error:
            # What else comes on this connection belongs to nothing any more.
            self._drop()
            raise CannotLook(f"{self._name}: {said(error)}") from None
        if kind != "OK":
            raise CannotLook(f"{self._name}: the server refuses {command}: {answer!r}"[:300])
        return [line for line in answer if line is not None]

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(*_TROUBLE):
                self._connection.shutdown()
            self._connection = None

    def _select(self) -> None:
        self._drop()
        connection = self._connect()
        quoted = '"' + mailbox_name(self._mailbox).replace("\\", "\\\\").replace('"', '\\"') + '"'
        try:
            self._login.into(connection, self._user, self._name)
            connection.allow()
            kind, answer = connection.select(quoted, readonly=not self._options.write)
            _, validity = connection.response("UIDVALIDITY")
        except _TROUBLE as error:
            raise CannotLook(f"{self._name}: cannot open the mailbox: {said(error)}") from None
        if kind != "OK":
            raise CannotLook(f"{self._name}: no such mailbox: {answer[0]!r}"[:300])
        now = (validity[0] or b"").decode("ascii", "replace") if validity else ""
        if now != self._validity:
            self._validity, self._last, self._again = now, 0, {}
            self._reached, self._offered_again = 0, set()
        self._connection = connection

    def _connect(self) -> BoundedImap:
        ca_file = self._options.network.ca_file
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        host, port = self._options.network.target(self._host, self._host, self._port)
        try:
            if self._tls_first:
                return BoundedImaps(host, port, self._host, context)
            connection = BoundedImap(host, port)
            # The name to check is the one that was asked for, wherever the connection goes.
            connection.host = self._host
            connection.starttls(context)
        except ssl.SSLCertVerificationError as error:
            hint = "for a private CA, set $MTASTS_CA_FILE"
            raise CannotLook(f"{self._name}: certificate not accepted: {error.verify_message}", hint) from None
        except _TROUBLE as error:
            raise CannotLook(f"{self._name}: cannot connect: {said(error)}") from None
        return connection


class _Refused(Exception):  # noqa: N818 - what the server did
    """Why mails did not come, while the server itself is there."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _note(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _dated(again: Any) -> dict[int, int]:
    """UID -> since when it is to come again, as the ordinal of a day; notes of before have no days."""
    if not isinstance(again, dict):
        return {int(uid): today() for uid in again}
    return {int(uid): int(since) for uid, since in again.items()}


def _list(uids: list[int]) -> str:
    return ",".join(map(str, uids))
