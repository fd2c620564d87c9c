"""Limits, outages and nonsense: how long we wait, for what, and what is said at the end."""

import socket
import threading
import time
import traceback
from dataclasses import replace

import pytest

from mtasts.live import web
from mtasts.live.forge.calls import Calls, Patience
from mtasts.live.forge.contract import NotAllowed, RateLimited, Refused, Unavailable
from mtasts.live.web import Secret
from tests.forge.clients import TOKEN, Clock, client
from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.stand_in import Fault, StandIn
from tests.patience import PATIENCE

WORDS = {"message": "You have exceeded a secondary rate limit."}


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        (Fault("GET", 429, {"Retry-After": "7"}), 7),
        (Fault("GET", 403, {"Retry-After": "9"}, WORDS), 9),
        (Fault("GET", 403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800000040"}, WORDS), 40),
        (Fault("GET", 403, {}, WORDS), 60),
        (Fault("GET", 429, {"RateLimit-Remaining": "0", "RateLimit-Reset": "1800000011"}), 11),
    ],
    ids=["429", "secondary with a time", "primary until its reset", "secondary by its words", "gitlab's reset"],
)
def test_a_rate_limit_is_waited_for_as_long_as_it_says(stand_in: StandIn, fault: Fault, least: float) -> None:
    """And then the call goes on where it was."""
    clock, pull = Clock(), stand_in.pull()
    stand_in.note(pull, "hello", "somebody")
    stand_in.faults.append(replace(fault))
    assert [one.body for one in client(stand_in, clock=clock).comments(pull)] == ["hello"]
    assert len(clock.slept) == 1
    assert least <= clock.slept[0] <= least + 2.1


def test_a_limit_that_lasts_too_long_is_not_waited_for(stand_in: StandIn) -> None:
    """An hour until the reset: told at once, with the time."""
    clock = Clock()
    stand_in.faults.append(Fault("GET", 429, {"Retry-After": "3600"}))
    with pytest.raises(RateLimited) as caught:
        list(client(stand_in, clock=clock).comments(stand_in.pull()))
    assert caught.value.retry_after == 3600
    assert clock.slept == []


def test_a_plain_403_is_no_rate_limit(stand_in: StandIn) -> None:
    """GitHub's every answer has the limit's headers; only a spent one counts."""
    clock = Clock()
    stand_in.faults.append(Fault("GET", 403, {"X-RateLimit-Remaining": "4711", "X-RateLimit-Reset": "1800000040"}))
    with pytest.raises(NotAllowed):
        list(client(stand_in, clock=clock).comments(stand_in.pull()))
    assert clock.slept == []


@pytest.mark.parametrize(
    "fault", [Fault("GET", 502), Fault("GET", 500), Fault("GET", drop=True)], ids=["502", "500", "drop"]
)
def test_reading_goes_on_after_an_outage(stand_in: StandIn, fault: Fault) -> None:
    """Three bad answers, growing pauses, then the fourth."""
    clock, pull = Clock(), stand_in.pull()
    stand_in.faults.append(replace(fault, times=3))
    assert list(client(stand_in, clock=clock).comments(pull)) == []
    assert [0.5 <= clock.slept[0] <= 1, 1 <= clock.slept[1] <= 2, 2 <= clock.slept[2] <= 4] == [True] * 3


def test_an_outage_that_lasts_is_told(stand_in: StandIn) -> None:
    """After the last attempt, with the status and what the forge said."""
    stand_in.faults.append(Fault("GET", 503, {}, {"message": "Unicorn!"}, times=99))
    with pytest.raises(Unavailable, match=r"answered 503 to GET .*: Unicorn!"):
        list(client(stand_in, attempts=3).comments(stand_in.pull()))
    assert stand_in.count("503") == 3


def test_a_post_that_may_have_been_done_is_not_done_again(stand_in: StandIn) -> None:
    """The comment was made and the answer lost: who asked must look first."""
    pull, forge = stand_in.pull(), client(stand_in)
    stand_in.faults.append(Fault("POST", 502, after=True))
    with pytest.raises(Unavailable) as caught:
        forge.create_comment(pull, "x")
    assert caught.value.sent
    assert stand_in.bodies(pull) == ["x"]


def test_a_post_that_a_limit_turned_away_is_done_again(stand_in: StandIn) -> None:
    """429 means that nothing was done."""
    pull, forge = stand_in.pull(), client(stand_in)
    stand_in.faults.append(Fault("POST", 429, {"Retry-After": "1"}))
    forge.create_comment(pull, "x")
    assert stand_in.bodies(pull) == ["x"]


def test_a_pull_whose_answer_was_lost_is_found(stand_in: StandIn) -> None:
    """Opened, 502: the open one is looked up and given."""
    stand_in.branches.add("b")
    stand_in.faults.append(Fault("POST", 502, after=True))
    assert client(stand_in).open_pull(branch="b", base="main", title="One", body="").branch == "b"


def test_a_drip_ends_at_the_deadline(stand_in: StandIn) -> None:
    """A byte now and then resets every timeout of a socket, but not the deadline of the exchange."""
    stand_in.faults.append(Fault("GET", drip=True, times=99))
    started = time.monotonic()
    with pytest.raises(Unavailable, match=r"no whole answer within 0\.3 s"):
        list(client(stand_in, seconds=0.3, attempts=1).comments(stand_in.pull()))
    assert time.monotonic() - started < PATIENCE


def test_a_silence_is_told_alike_whichever_deadline_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the socket, met by the thread itself, or that of whoever waits for the thread."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(web.NoAnswer, match=r"^no whole answer within 0\.1 s$"):
            web.exchange("GET", url, {}, None, seconds=0.1)
        monkeypatch.setattr(web, "_within", lambda _, work: work())
        with pytest.raises(web.NoAnswer, match=r"^no whole answer within 0\.1 s$"):
            web.exchange("GET", url, {}, None, seconds=0.1)


def test_nobody_listening_is_told_with_the_host(github: GitHubStandIn) -> None:
    """No connection: nothing was sent, so even a POST is tried again."""
    clock, forge = Clock(), client(github, attempts=2)
    environment = github.environment(TOKEN) | {"GITHUB_API_URL": "http://127.0.0.1:9"}
    from mtasts.live.forge.environment import forge_from

    patience = Patience(attempts=2, sleep=clock.sleep, now=clock.now)
    forge = forge_from("github", environment, patience=patience)
    with pytest.raises(Unavailable, match="refused") as caught:
        forge.create_comment(1, "x")
    assert "127.0.0.1:9" in caught.value.hint
    assert not caught.value.sent
    assert len(clock.slept) == 1


@pytest.mark.parametrize(
    "body",
    ["<html>login</html>", "", "[1]", '{"a":' * 100_000, [{"id": "x"}]],
    ids=["html", "empty", "number", "deep", "type"],
)
def test_an_answer_that_is_not_the_apis_is_told(stand_in: StandIn, body: object) -> None:
    """A login page of a proxy with status 200 is no list of comments."""
    stand_in.faults.append(Fault("GET", 200, {}, body, times=99))
    with pytest.raises(Unavailable, match="something else than its API documents"):
        list(client(stand_in).comments(stand_in.pull()))


def test_a_redirect_is_not_followed(stand_in: StandIn) -> None:
    """It would carry the token to wherever it points."""
    stand_in.faults.append(Fault("GET", 301, {"Location": f"{stand_in.url}/elsewhere"}))
    with pytest.raises(Refused, match="answered 301"):
        list(client(stand_in).comments(stand_in.pull()))
    assert not stand_in.count("elsewhere")


def test_a_next_page_on_another_host_is_not_asked_for(stand_in: StandIn) -> None:
    """Nor is the token sent there."""
    other = "http://127.0.0.2:9/x?page=2"
    body = {stand_in.within: [], "next": other} if stand_in.within else []
    if not stand_in.paged and stand_in.within:
        pytest.skip("no pages")
    stand_in.faults.append(Fault("GET", 200, {"Link": f'<{other}>; rel="next"'}, body))
    with pytest.raises(Refused, match="elsewhere"):
        list(client(stand_in).comments(stand_in.pull()))


def test_a_list_without_end_is_left(github: GitHubStandIn) -> None:
    """Pages that name themselves as the next one."""
    pull = github.pull()
    link = f'<{github.url}/repos/example/mail/issues/{pull}/comments?page=2>; rel="next"'
    github.faults.append(Fault("GET", 200, {"Link": link}, [], times=10**6))
    with pytest.raises(Refused, match="100 pages"):
        list(client(github).comments(pull))


def test_a_token_that_the_forge_sends_back_is_not_shown(stand_in: StandIn) -> None:
    """Not in the message, not in the traceback; and control characters come out as text."""
    stand_in.faults.append(Fault("GET", 400, {}, {"message": f"bad \x1b[31m header {TOKEN}"}))
    with pytest.raises(Refused) as caught:
        list(client(stand_in).comments(stand_in.pull()))
    shown = "".join(traceback.format_exception(caught.value)) + caught.value.message + caught.value.hint
    assert TOKEN not in shown
    assert "\x1b" not in caught.value.message
    assert "header ***" in caught.value.message


def test_a_secret_shows_in_no_form() -> None:
    """repr, str, format and a dataclass around it."""
    secret = Secret(TOKEN)
    calls = Calls("GitHub", "https://api.example", secret, ("Authorization", "Bearer "), {})
    assert TOKEN not in f"{secret} {secret!r} {secret!s} {calls}"
    assert (bool(secret), bool(Secret(""))) == (True, False)


def test_threads_do_not_pile_up(stand_in: StandIn) -> None:
    """Each exchange has a thread of its own, and it is gone afterwards."""
    pull, forge = stand_in.pull(), client(stand_in)
    for _ in range(5):
        list(forge.comments(pull))
    deadline = time.monotonic() + PATIENCE
    while (left := [one for one in threading.enumerate() if one.name == "exchange"]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left == []
