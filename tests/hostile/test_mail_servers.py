"""Mailboxes of any size, servers that answer wrongly or without end, and mails that a server cannot give."""

import contextlib
import os
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from mtasts.app.reports.batches import Importing
from mtasts.errors import CannotLook
from mtasts.live.intake import Intake
from mtasts.live.network import Network
from mtasts.live.sources import SourceOptions
from mtasts.live.sources import imap as mailbox
from mtasts.live.sources.contract import Item
from mtasts.live.sources.imap import ImapMailbox
from mtasts.live.sources.imap_bounds import BoundedImap
from mtasts.live.store import open_store

MAIL = b"Subject: x\r\n\r\nbody\r\n"


@dataclass
class Server:
    """Answers as RFC 9051 asks, but for what a test bends. Plain text: TLS is tested on a real server."""

    mails: dict[int, bytes]
    poison: frozenset[int] = frozenset()  # breaks the connection when it is fetched
    refused: frozenset[int] = frozenset()  # makes a FETCH of it fail
    empty: frozenset[int] = frozenset()  # comes as NIL, with the command's OK
    wrong: bool = False  # answers under UIDs that were not asked for
    found: bytes = b""  # in place of the answer to a search
    validities: list[int] = field(default_factory=lambda: [7])  # one a login; the last stays
    asked: list[bytes] = field(default_factory=list)

    def serve(self, connection: socket.socket) -> None:
        """One connection, until either side ends it."""
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as lines:
            connection.sendall(b"* OK hi\r\n")
            while line := lines.readline():
                self.asked.append(line.partition(b" ")[2].strip())
                answer = self._answer(line.split())
                if answer is None:
                    return
                connection.sendall(answer)

    def _answer(self, words: list[bytes]) -> bytes | None:
        tag, command = words[0], words[1].upper()
        command = words[2].upper() if command == b"UID" else command
        untagged = b""
        if command == b"CAPABILITY":
            untagged = b"* CAPABILITY IMAP4rev1\r\n"
        elif command == b"EXAMINE":
            validity = self.validities.pop(0) if len(self.validities) > 1 else self.validities[0]
            untagged = b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] x\r\n" % (len(self.mails), validity)
        elif command == b"SEARCH":
            untagged = b"* SEARCH " + (self.found or b" ".join(b"%d" % uid for uid in self._range(words[4]))) + b"\r\n"
        elif command == b"FETCH":
            uids = [uid for uid in map(int, words[3].split(b",")) if uid in self.mails]
            if b"RFC822.SIZE" in b" ".join(words):
                untagged = b"".join(b"* 1 FETCH (UID %d RFC822.SIZE %d)\r\n" % (u, len(self.mails[u])) for u in uids)
            elif self.poison & set(uids):
                return None
            elif self.refused & set(uids):
                return tag + b" NO cannot be read\r\n"
            else:
                untagged = b"".join(self._mail(uid) for uid in uids)
        return untagged + tag + b" OK done\r\n"

    def _range(self, text: bytes) -> list[int]:
        if text == b"*":
            return [max(self.mails)] if self.mails else []
        begin, end = map(int, text.split(b":"))
        return [uid for uid in self.mails if begin <= uid <= end]

    def _mail(self, uid: int) -> bytes:
        number = uid + 4000 if self.wrong else uid
        if uid in self.empty:
            return b"* 1 FETCH (UID %d BODY[] NIL)\r\n" % number
        return b"* 1 FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (number, len(self.mails[uid]), self.mails[uid])


@contextlib.contextmanager
def _open(server: Server, monkeypatch: pytest.MonkeyPatch, marks: dict[str, str]) -> Iterator[ImapMailbox]:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=server.serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    monkeypatch.setenv("MTASTS_IMAP_PASSWORD", "x")
    monkeypatch.setattr(ImapMailbox, "_connect", lambda self: BoundedImap("127.0.0.1", port))
    source = ImapMailbox(
        "imaps://u@mail.example/INBOX", SourceOptions(Network(), lambda name: marks.get(name, ""), environ=os.environ)
    )
    try:
        yield source
    finally:
        source.close()
        listening.close()


def _take(source: ImapMailbox, marks: dict[str, str]) -> list[Item]:
    taken = []
    for item in source.items():
        taken.append(item)
        source.took(item, again=False)
        name, note = source.progress() or ("", "")
        marks[name] = note
    return taken


def test_a_mailbox_of_any_size_is_asked_for_by_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer grows with the mailbox; gaps between UIDs are passed in few steps."""
    monkeypatch.setattr(mailbox, "_RANGE", 100)
    uids = [*range(1, 1001), 50_000, 50_001]
    server = Server(dict.fromkeys(uids, MAIL))
    with _open(server, monkeypatch, {}) as source:
        assert source.total() == len(uids)
        assert [int(item.token) for item in source.items()] == uids
    ranges = [re.search(rb"UID (\d+):(\d+)$", line) for line in server.asked if line.startswith(b"UID SEARCH")]
    widths = [int(found[2]) - int(found[1]) + 1 for found in ranges if found]
    assert all(width <= 100 for width in widths[:10])
    assert len(widths) < 50


@pytest.mark.parametrize("kind", ["poison", "refused", "empty"])
def test_a_mail_that_the_server_cannot_give_is_set_aside_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its reason; the others of the same command come, and no later run tries it."""
    marks: dict[str, str] = {}
    bad = frozenset({2, 5})
    server = Server(dict.fromkeys(range(1, 8), MAIL), **{kind: bad})  # type: ignore[arg-type]
    with _open(server, monkeypatch, marks) as source:
        taken = _take(source, marks)
    assert {int(item.token) for item in taken if item.data} == set(range(1, 8)) - bad
    says = "gives no content" if kind == "empty" else "the server does not give it"
    assert [says in item.problem for item in taken if not item.data] == [True, True]
    server.mails[9] = MAIL
    with _open(server, monkeypatch, marks) as source:
        assert [item.token for item in _take(source, marks)] == ["9"]


def test_a_server_that_gives_no_mail_at_all_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is not the mails."""
    server = Server(dict.fromkeys(range(1, 40), MAIL), poison=frozenset(range(1, 40)))
    with _open(server, monkeypatch, {}) as source, pytest.raises(CannotLook) as error:
        _take(source, {})
    assert "is the server in order?" in error.value.hint


def test_what_was_not_asked_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is taken under a wrong number, nor passed over."""
    marks: dict[str, str] = {}
    server = Server({1: MAIL, 2: MAIL}, wrong=True)
    with _open(server, monkeypatch, marks) as source, pytest.raises(CannotLook, match="mail that was not asked for"):
        _take(source, marks)
    with _open(Server({1: MAIL, 2: MAIL}), monkeypatch, marks) as source:
        assert len(_take(source, marks)) == 2


@pytest.mark.parametrize("found", [b"abc", b"-1", b"4294967296", b"99999999999999", b"1 2 x"])
def test_a_search_that_gives_no_uids_is_refused(found: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line."""
    server = Server({1: MAIL}, found=found)
    with _open(server, monkeypatch, {}) as source, pytest.raises(CannotLook, match="what is not a UID"):
        _take(source, {})


def test_an_answer_is_bounded_in_bytes_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether as one line, as many, or as a literal; the connection is given up."""
    monkeypatch.setattr("mtasts.live.sources.imap_bounds._COMMAND_BYTES", 4000)
    for found in (b"7 " * 3000, b"7\r\n" + b"* 1 EXISTS\r\n" * 1000):
        server = Server({1: MAIL}, found=found)
        with _open(server, monkeypatch, {}) as source, pytest.raises(CannotLook, match="more than it was asked for"):
            _take(source, {})
    server = Server({1: MAIL})
    with _open(server, monkeypatch, {}) as source:
        connection = source._connection
        assert connection is not None
        connection.allow(size=-3999)
        with pytest.raises(BoundedImap.abort, match="more than it was asked for"):
            connection.read(10)
        connection.allow(seconds=-1)
        with pytest.raises(BoundedImap.abort, match="too long for its answer"):
            connection.noop()


def test_another_uidvalidity_in_the_middle_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a lost connection the mailbox is another one: its mails come, by their own numbers."""
    marks: dict[str, str] = {}
    server = Server({1: MAIL, 2: MAIL, 3: MAIL}, poison=frozenset({2}), validities=[7, 8])
    with _open(server, monkeypatch, marks) as source:
        taken = _take(source, marks)
    assert {int(item.token) for item in taken if item.data} == {1, 3}
    assert '"validity": "8"' in next(iter(marks.values()))
    assert '"last": 3' in next(iter(marks.values()))


def test_a_mail_that_can_never_be_judged_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes again for a week, behind what is new, and then no more; notes of before have no days."""
    marks = {"imap:u@mail.example:993/INBOX": '{"validity": "7", "last": 2, "again": [1, 2]}'}
    server = Server({1: MAIL, 2: MAIL, 3: MAIL})
    begin = date(2026, 3, 1).toordinal()
    came: list[list[str]] = []
    for day in range(10):
        monkeypatch.setattr(mailbox, "today", lambda day=day: begin + day)
        with _open(server, monkeypatch, marks) as source:
            came.append([])
            for item in source.items():
                came[-1].append(item.token)
                source.took(item, again=item.token == "1")
            (name, note) = source.progress() or ("", "")
            marks[name] = note
    assert came == [["3", "1", "2"], *[["1"]] * 8, []]


def test_a_uidvalidity_that_never_stays_ends_the_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not tried for ever."""
    server = Server({1: MAIL, 2: MAIL}, poison=frozenset({1, 2}), validities=list(range(1, 100)))
    with _open(server, monkeypatch, {}) as source, pytest.raises(CannotLook, match="changes again and again"):
        _take(source, {})


def test_a_poisoned_mailbox_is_imported_and_the_reasons_are_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The whole way: each set aside once, in quarantine, under its mailbox and UID."""

    class Quiet:
        def begin(self, total: int, unit: str) -> None:
            """Nothing is shown."""

        def advance(self, weight: int, read: int) -> None:
            """Nothing is shown."""

        def say(self, text: str) -> None:
            """Nothing is shown."""

    server = Server({1: MAIL, 2: MAIL, 3: b"{}"}, poison=frozenset({1}))
    location = str(tmp_path_factory.mktemp("store"))
    with open_store(location, create=True) as store:
        for number in range(2):
            marks = {"imap:u@mail.example:993/INBOX": store.mark("imap:u@mail.example:993/INBOX")}
            with _open(server, monkeypatch, marks) as source:
                importing = Importing(store, Intake(), lambda: datetime.now(UTC))
                importing.run([source], Quiet())
            assert importing.tally.read == (3 if number == 0 else 0)
        reasons = {one.source.rpartition("#")[2]: one.reason for one in store.quarantined()}
    assert reasons["1"].startswith("the server does not give it")
    assert "no part that could be a report" in reasons["2"]
    assert reasons["3"].startswith("does not begin with a header")
