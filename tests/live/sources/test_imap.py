"""An IMAP mailbox on a real server: read once, left as it was, resumed where it stopped."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from mtasts.errors import CannotLook
from mtasts.live.network import Network
from mtasts.live.sources import ImapSecret, SourceOptions, open_source
from mtasts.live.sources.contract import Item, Source
from tests.fakes.imap_server import (
    FOLDER_BEYOND_ASCII,
    PASSWORD,
    PASSWORD_BEYOND_ASCII,
    USER_BEYOND_ASCII,
    ImapServer,
    access_token,
    imap_server,
)
from tests.pki import Pki

pytestmark = pytest.mark.needs("dovecot", "root")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The CA that the client is told to trust."""
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def server(pki: Pki, tmp_path: Path) -> Iterator[ImapServer]:
    """An inbox with three mails."""
    leaf = pki.issue("localhost")
    with imap_server(tmp_path / "imap", leaf.chain, leaf.key) as running:
        for number in range(3):
            running.deliver(f"m{number}", f"Subject: {number}\r\n\r\nbody {number}\r\n".encode())
        yield running


@pytest.fixture
def marks() -> dict[str, str]:
    """What a store would keep."""
    return {}


def _open(
    server: ImapServer, pki: Pki, marks: dict[str, str], monkeypatch: pytest.MonkeyPatch, **more: object
) -> Source:
    monkeypatch.setenv("MTASTS_IMAP_PASSWORD", PASSWORD)
    network = Network(ca_file=pki.ca_file)
    options = SourceOptions(network, lambda name: marks.get(name, ""), environ=os.environ, **more)  # type: ignore[arg-type]
    return open_source(f"imaps://reports@localhost:{server.imaps}/INBOX", options)


def _take(source: Source, marks: dict[str, str], *, again: str = "", limit: int = 100) -> list[Item]:
    """Read as an import does, and note how far it came."""
    taken = []
    for item in source.items():
        taken.append(item)
        source.took(item, again=item.token == again)
        note = source.progress()
        assert note
        marks[note[0]] = note[1]
        if len(taken) == limit:
            break
    return taken


def test_all_mails_come_as_they_are(
    server: ImapServer, pki: Pki, marks: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each once, byte for byte, with the number to expect; and no mail is marked as seen."""
    source = _open(server, pki, marks, monkeypatch)
    assert source.total() == 3
    taken = _take(source, marks)
    assert [item.data for item in taken] == [f"Subject: {n}\r\n\r\nbody {n}\r\n".encode() for n in range(3)]
    assert [item.source.rsplit("#")[-1] for item in taken] == ["1", "2", "3"]
    source.close()
    assert not any(name.endswith("S") for name in server.flags())


def test_a_run_goes_on_where_the_last_one_stopped(
    server: ImapServer, pki: Pki, marks: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after the second mail; the next run brings the third, and the one after brings only what is new."""
    assert len(_take(_open(server, pki, marks, monkeypatch), marks, limit=2)) == 2
    assert [item.token for item in _take(_open(server, pki, marks, monkeypatch), marks)] == ["3"]
    server.deliver("m9", b"Subject: 9\r\n\r\n")
    assert [item.token for item in _take(_open(server, pki, marks, monkeypatch), marks)] == ["4"]
    assert _take(_open(server, pki, marks, monkeypatch), marks) == []
    assert len(_take(_open(server, pki, marks, monkeypatch, everything=True), {})) == 4


def test_a_mail_that_could_not_be_judged_comes_again_in_the_next_run(
    server: ImapServer, pki: Pki, marks: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key was not to be had; once it is judged, it stays away."""
    source = _open(server, pki, marks, monkeypatch)
    assert len(_take(source, marks, again="2")) == 3
    assert list(source.items()) == []
    assert [item.token for item in _take(_open(server, pki, marks, monkeypatch), marks)] == ["2"]
    assert _take(_open(server, pki, marks, monkeypatch), marks) == []


def test_a_watch_sees_what_comes_later_also_after_the_connection_broke(
    server: ImapServer, pki: Pki, marks: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same object, looked at again; a server may have closed an idle connection."""
    source = _open(server, pki, marks, monkeypatch)
    assert len(_take(source, marks)) == 3
    server.deliver("m4", b"Subject: 4\r\n\r\n")
    assert [item.token for item in _take(source, marks)] == ["4"]
    source._connection.shutdown()  # type: ignore[attr-defined]
    server.deliver("m5", b"Subject: 5\r\n\r\n")
    assert [item.token for item in _take(source, marks)] == ["5"]


def test_another_uidvalidity_starts_from_the_beginning(
    server: ImapServer, pki: Pki, marks: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of another mailbox of the same name mean nothing."""
    _take(_open(server, pki, marks, monkeypatch), marks)
    (name,) = marks
    marks[name] = marks[name].replace('"validity": "', '"validity": "9')
    assert len(_take(_open(server, pki, marks, monkeypatch), marks)) == 3


def test_mails_that_vanish_while_they_are_read_cost_no_others(
    server: ImapServer, pki: Pki, marks: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another client expunges one between two answers: the rest comes, and the next run begins behind it."""
    monkeypatch.setattr("mtasts.live.sources.imap._FETCH_BYTES", 1)
    source = _open(server, pki, marks, monkeypatch)
    items = source.items()
    first = next(items)
    source.took(first, again=False)
    for path in server.maildir.glob("[cn][ue][rw]/m1*"):
        path.unlink()
    rest = [item for item in items if item.data]
    source.close()
    assert [first.token, *(item.token for item in rest)] == ["1", "3"]


def test_mails_are_marked_as_seen_only_when_asked(
    server: ImapServer, pki: Pki, marks: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read-only is the default (EXAMINE)."""
    source = _open(server, pki, marks, monkeypatch, write=True)
    assert len(_take(source, marks)) == 3
    source.close()
    assert [name.split(":")[-1] for name in server.flags()] == ["2,S"] * 3


def test_starttls_on_the_plain_port(
    server: ImapServer, pki: Pki, marks: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`imap://` is never without TLS."""
    monkeypatch.setenv("MTASTS_IMAP_PASSWORD", PASSWORD)
    options = SourceOptions(Network(ca_file=pki.ca_file), lambda name: "", environ=os.environ)
    source = open_source(f"imap://reports@localhost:{server.imap}/INBOX", options)
    assert source.total() == 3
    source.close()


@pytest.mark.parametrize("write", [str, quote], ids=["as-it-is", "percent-encoded"])
def test_names_and_passwords_beyond_ascii(
    server: ImapServer, pki: Pki, monkeypatch: pytest.MonkeyPatch, write: Callable[[str], str]
) -> None:
    """User, password (SASL PLAIN in UTF-8) and mailbox (modified UTF-7); a wrong one is refused in one line."""
    server.deliver_beyond_ascii("m1", b"Subject: beyond\r\n\r\n")
    options = SourceOptions(Network(ca_file=pki.ca_file), lambda name: "", environ=os.environ)
    place = f"imaps://{write(USER_BEYOND_ASCII)}@localhost:{server.imaps}/{write(FOLDER_BEYOND_ASCII)}"
    monkeypatch.setenv("MTASTS_IMAP_PASSWORD", PASSWORD_BEYOND_ASCII)
    source = open_source(place, options)
    assert [item.data for item in source.items()] == [b"Subject: beyond\r\n\r\n"]
    source.close()
    with pytest.raises(CannotLook, match="no such mailbox"):
        open_source(place + "é", options)
    monkeypatch.setenv("MTASTS_IMAP_PASSWORD", PASSWORD_BEYOND_ASCII + "é")
    with pytest.raises(CannotLook, match="login refused") as error:
        open_source(place, options)
    assert PASSWORD_BEYOND_ASCII not in error.value.message


def test_an_access_token_opens_the_mailbox(
    server: ImapServer, pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XOAUTH2 with a token from the environment, a file, and a command that is run again at each login."""
    monkeypatch.delenv("MTASTS_IMAP_PASSWORD", raising=False)
    network = Network(ca_file=pki.ca_file)
    place = f"imaps://reports@localhost:{server.imaps}/INBOX"
    held, printer = tmp_path / "token", tmp_path / "print token"
    held.write_text(access_token() + "\n")
    printer.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\ncat {held}\n")
    printer.chmod(0o755)
    monkeypatch.setenv("MTASTS_IMAP_TOKEN", access_token())
    command = ImapSecret(token_command=f"'{printer}'")
    for secret in (ImapSecret(), ImapSecret(token_file=held), command):
        source = open_source(place, SourceOptions(network, lambda name: "", imap=secret, environ=os.environ))
        assert source.total() == 3
        if secret is command:
            source._connection.shutdown()  # type: ignore[attr-defined]
            assert len(list(source.items())) == 3
            assert (tmp_path / "runs").read_text() == "run\nrun\n"
        source.close()


def test_a_refused_access_token_is_said_in_words(
    server: ImapServer, pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's JSON challenge, not a code in base64; and what gives no token."""
    network = Network(ca_file=pki.ca_file)
    place = f"imaps://reports@localhost:{server.imaps}/INBOX"
    for token in (access_token(seconds=-100), access_token("other"), "nonsense"):
        monkeypatch.setenv("MTASTS_IMAP_TOKEN", token)
        with pytest.raises(CannotLook, match="the server refuses the access token: status 4") as error:
            open_source(place, SourceOptions(network, lambda name: "", environ=os.environ))
        assert token not in error.value.message
        assert "$MTASTS_IMAP_TOKEN" in error.value.hint
    empty = tmp_path / "empty"
    empty.write_text("\n")
    for secret, reason in (
        (ImapSecret(token_file=empty), "--oauth-token-file gives no access token"),
        (ImapSecret(token_command="true"), "--oauth-token-command gives no access token"),
        (ImapSecret(token_command="sh -c 'echo no >&2; exit 3'"), "ended with 3: no"),
        (ImapSecret(token_command="/no/such/thing"), "cannot be run"),
        (ImapSecret(token_command="'"), "cannot be run"),
        (ImapSecret(token_file=tmp_path / "none"), "cannot read the token"),
    ):
        with pytest.raises(CannotLook, match=reason):
            open_source(place, SourceOptions(network, lambda name: "", imap=secret, environ=os.environ))


def test_what_goes_wrong_is_said_in_one_line(
    server: ImapServer, pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Certificate, password, mailbox, address; never a password in the message."""
    trusted = SourceOptions(Network(ca_file=pki.ca_file), lambda name: "", environ=os.environ)
    where = f"imaps://reports@localhost:{server.imaps}"
    monkeypatch.delenv("MTASTS_IMAP_PASSWORD", raising=False)
    with pytest.raises(CannotLook, match="no password for the mailbox"):
        open_source(where, trusted)
    with pytest.raises(CannotLook, match="can be seen by others") as error:
        open_source("imaps://reports:hunter2@localhost/INBOX", trusted)
    assert "hunter2" not in error.value.message
    monkeypatch.setenv("MTASTS_IMAP_PASSWORD", "wrong")
    with pytest.raises(CannotLook, match="login refused"):
        open_source(where, trusted)
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD + "\n")
    options = SourceOptions(trusted.network, trusted.mark, imap=ImapSecret(password_file=secret))
    open_source(where, options).close()
    with pytest.raises(CannotLook, match="no such mailbox"):
        open_source(f"{where}/None", options)
    with pytest.raises(CannotLook, match="certificate not accepted"):
        open_source(where, SourceOptions(Network(), trusted.mark, imap=ImapSecret(password_file=secret)))
    with pytest.raises(CannotLook, match="cannot connect"):
        open_source("imaps://reports@localhost:1/INBOX", options)
    with pytest.raises(CannotLook, match="is not imaps://USER@HOST/MAILBOX"):
        open_source("imaps://localhost/INBOX", options)
    with pytest.raises(CannotLook, match="not a number from 1 to 65535"):
        open_source("imaps://reports@localhost:x/INBOX", options)
