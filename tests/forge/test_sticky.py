"""One comment, one issue: whoever writes, however often, whatever else is there."""

import threading
from collections.abc import Callable

import pytest

from mtasts.live.forge.contract import NotAllowed
from mtasts.live.forge.sticky import Mark, Told, keep_issue, mark_of, say
from tests.forge.clients import client
from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.stand_in import Fault, Login, StandIn, meeting
from tests.patience import PATIENCE

ONE, TWO, THREE = (Mark("comment", (number, 1)) for number in (1, 2, 3))
WRITES = r"^(POST|PATCH|PUT|DELETE) "


def test_a_mark_is_read_back_from_the_end_of_a_body() -> None:
    """Also with the line ends that forges make; not from the middle, nor with another form."""
    mark = Mark("comment", (123, 4))
    assert mark_of(mark.under("text")) == mark
    assert mark_of(mark.under("text").replace("\n", "\r\n")) == mark
    assert mark_of(f"> {mark}\nsaid somebody") is None
    assert mark_of("<!-- mtasts:comment run=x.1 -->") is None


def test_said_first_it_is_created_then_updated_then_left_alone(stand_in: StandIn) -> None:
    """Three runs, one comment; an equal text is not written again, so nobody is notified."""
    pull, forge = stand_in.pull(), client(stand_in)
    assert say(forge, pull, ONE, "first") is Told.CREATED
    assert say(forge, pull, TWO, "second") is Told.UPDATED
    written = stand_in.count(WRITES)
    assert say(forge, pull, TWO, "second") is Told.UNCHANGED
    assert stand_in.bodies(pull) == [TWO.under("second")]
    assert stand_in.count(WRITES) == written


def test_it_is_found_behind_a_hundred_others(stand_in: StandIn) -> None:
    """Over all pages, and with the forge's own page size."""
    stand_in.page_limit = 30
    pull, forge = stand_in.pull(), client(stand_in)
    for number in range(95):
        stand_in.note(pull, f"comment {number}", "somebody")
    say(forge, pull, ONE, "first")
    for number in range(40):
        stand_in.note(pull, f"later {number}", "somebody")
    assert say(forge, pull, TWO, "second") is Told.UPDATED
    assert [body for body in stand_in.bodies(pull) if mark_of(body)] == [TWO.under("second")]


def test_nothing_is_created_for_nothing_but_what_was_said_is_replaced(stand_in: StandIn) -> None:
    """`create` off: a pull that changes nothing stays without comment; one that no longer does gets the one line."""
    pull, forge = stand_in.pull(), client(stand_in)
    assert say(forge, pull, ONE, "Nothing changes.", create=False) is Told.NOTHING
    assert stand_in.bodies(pull) == []
    say(forge, pull, ONE, "much")
    assert say(forge, pull, TWO, "Nothing changes.", create=False) is Told.UPDATED
    assert stand_in.bodies(pull) == [TWO.under("Nothing changes.")]


def test_a_mark_in_somebody_elses_comment_does_not_count(stand_in: StandIn) -> None:
    """Who could have us write into his comment could take it back: "passed" under our text."""
    pull, forge = stand_in.pull(), client(stand_in)
    stand_in.note(pull, ONE.under("Passed, merge me."), "attacker")
    assert say(forge, pull, ONE, "Blocked.") is Told.CREATED
    assert stand_in.bodies(pull) == [ONE.under("Passed, merge me."), ONE.under("Blocked.")]


def test_comments_with_another_key_are_left_alone(stand_in: StandIn) -> None:
    """Two projects in one repository, two comments."""
    pull, forge = stand_in.pull(), client(stand_in)
    say(forge, pull, Mark("one", (1, 1)), "a")
    say(forge, pull, Mark("two", (1, 1)), "b")
    assert len(stand_in.bodies(pull)) == 2


def test_doubles_of_the_past_are_removed_and_the_oldest_stays(stand_in: StandIn) -> None:
    """The oldest is where people have linked to."""
    pull, forge = stand_in.pull(), client(stand_in)
    for number in range(3):
        stand_in.note(pull, ONE.under(f"double {number}"), "the-bot")
    oldest = min(note["id"] for note in stand_in.notes.values())
    assert say(forge, pull, TWO, "now") is Told.UPDATED
    assert [(one.id, one.body) for one in forge.comments(pull)] == [(oldest, TWO.under("now"))]
    assert stand_in.bodies(pull) == [TWO.under("now")]


def test_an_older_run_that_comes_late_leaves_the_later_ones_word(stand_in: StandIn) -> None:
    """A re-run of an old commit's job, or a slow one."""
    pull, forge = stand_in.pull(), client(stand_in)
    say(forge, pull, TWO, "second")
    assert say(forge, pull, ONE, "first") is Told.LEFT
    assert stand_in.bodies(pull) == [TWO.under("second")]


def test_outside_ci_what_is_said_counts_as_the_latest(stand_in: StandIn) -> None:
    """Run (0, 0): a person at a terminal means it."""
    pull, forge = stand_in.pull(), client(stand_in)
    say(forge, pull, TWO, "second")
    assert say(forge, pull, Mark("comment", (0, 0)), "by hand") is Told.UPDATED
    assert stand_in.bodies(pull) == [Mark("comment", (0, 0)).under("by hand")]


def test_a_comment_whose_answer_was_lost_is_not_made_twice(stand_in: StandIn) -> None:
    """Created, 502: looking finds it."""
    pull, forge = stand_in.pull(), client(stand_in)
    stand_in.faults.append(Fault("POST .*(comments|notes|threads)", 502, after=True))
    say(forge, pull, ONE, "text")
    assert stand_in.bodies(pull) == [ONE.under("text")]


def test_a_comment_that_was_turned_away_is_made_in_the_end(stand_in: StandIn) -> None:
    """502 without effect: looking finds nothing, so it is made again."""
    pull, forge = stand_in.pull(), client(stand_in)
    stand_in.faults.append(Fault("POST .*(comments|notes|threads)", 502, times=2))
    assert say(forge, pull, ONE, "text") is Told.CREATED
    assert stand_in.bodies(pull) == [ONE.under("text")]


def test_a_comment_that_a_person_deletes_meanwhile_is_made_anew(stand_in: StandIn) -> None:
    """The edit meets 404."""
    pull, forge = stand_in.pull(), client(stand_in)
    say(forge, pull, ONE, "first")
    gone = [False]

    def delete_once() -> None:
        if not gone[0]:
            gone[0] = True
            stand_in.notes.clear()

    stand_in.before.append((r"^(PATCH|PUT) ", delete_once))
    say(forge, pull, TWO, "second")
    assert stand_in.bodies(pull) == [TWO.under("second")]


def test_a_list_that_lags_behind_does_not_make_a_double(stand_in: StandIn) -> None:
    """What we have just created counts, though the list does not show it yet."""
    pull, forge = stand_in.pull(), client(stand_in)
    stand_in.faults.append(Fault("GET .*(comments|notes|threads)", 200, {}, stand_in.nothing, times=2))
    say(forge, pull, ONE, "text")
    assert stand_in.bodies(pull) == [ONE.under("text")]
    assert stand_in.count("^POST .*(comments|notes|threads)") == 1


def test_an_app_whose_name_is_not_told_learns_it_from_what_it_wrote(github: GitHubStandIn) -> None:
    """/user is forbidden and GraphQL down: the answer to the first POST says who we are, and the older one stays."""
    pull = github.pull()
    oldest = github.note(pull, ONE.under("first"), "our-app[bot]")
    github.faults.append(Fault("graphql", 500, times=99))
    forge = client(github, login=Login("our-app[bot]", app=True), attempts=1)
    say(forge, pull, TWO, "second")
    assert [(note["id"], note["body"]) for note in github.notes.values()] == [(oldest, TWO.under("second"))]


def _at_once(*works: Callable[[], object]) -> None:
    failed: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert failed == []


def test_two_runs_that_both_find_none_end_with_one_comment_of_the_later(stand_in: StandIn) -> None:
    """Both have looked before either has written: both create, and afterwards exactly one is there."""
    pull = stand_in.pull()
    stand_in.before.append((r"^POST .*(comments|notes|threads)", meeting(2)))
    first, second = client(stand_in), client(stand_in)
    _at_once(lambda: say(first, pull, ONE, "first"), lambda: say(second, pull, TWO, "second"))
    assert stand_in.count(r"^POST .*(comments|notes|threads).* 20[01]") == 2
    assert stand_in.bodies(pull) == [TWO.under("second")]


@pytest.mark.parametrize("order", [(ONE, TWO, THREE), (THREE, TWO, ONE), (TWO, THREE, ONE)])
def test_three_runs_at_once_end_with_one_comment_of_the_latest(stand_in: StandIn, order: tuple[Mark, ...]) -> None:
    """Whoever creates first; nothing of the latest run's is lost with a double."""
    pull = stand_in.pull()
    stand_in.before.append((r"^POST .*(comments|notes|threads)", meeting(3)))
    _at_once(*(lambda mark=mark: say(client(stand_in), pull, mark, f"of {mark.run}") for mark in order))  # type: ignore[misc]
    assert stand_in.bodies(pull) == [THREE.under("of (3, 1)")]


def test_a_fork_may_not(stand_in: StandIn) -> None:
    """The error is for the verb to judge."""
    with pytest.raises(NotAllowed):
        say(client(stand_in, login=Login("the-bot", writes=False)), stand_in.pull(), ONE, "text")


def test_an_issue_is_opened_changed_closed_and_opened_again(with_issues: StandIn) -> None:
    """One issue for a matter, over all its ups and downs."""
    forge, mark = client(with_issues), Mark("drift", (1, 1))
    assert keep_issue(forge, "drift", mark, "Drift", None) is Told.NOTHING
    assert keep_issue(forge, "drift", mark, "Drift", "a differs") is Told.CREATED
    assert keep_issue(forge, "drift", mark, "Drift", "a differs") is Told.UNCHANGED
    assert keep_issue(forge, "drift", mark, "Drift", "a and b differ") is Told.UPDATED
    assert keep_issue(forge, "drift", mark, "Drift", None) is Told.CLOSED
    assert keep_issue(forge, "drift", mark, "Drift", None) is Told.NOTHING
    assert keep_issue(forge, "drift", mark, "Drift", "c differs") is Told.UPDATED
    found = list(forge.find_issues("drift", closed=True))
    assert [(one.body, one.open) for one in found] == [(mark.under("c differs"), True)]


def test_issues_of_people_with_the_same_label_are_left_alone(with_issues: StandIn) -> None:
    """Even if they quote our mark."""
    forge, mark = client(with_issues), Mark("drift", (1, 1))
    other = client(with_issues, token="of-a-person", login=Login("a-person"))
    other.open_issue(title="Mine", body=mark.under("quoted"), labels=["drift"])
    keep_issue(forge, "drift", mark, "Drift", "a differs")
    keep_issue(forge, "drift", mark, "Drift", None)
    assert [one.title for one in forge.find_issues("drift")] == ["Mine"]


def test_two_runs_that_both_open_an_issue_end_with_one(with_issues: StandIn) -> None:
    """The younger one is closed."""
    with_issues.before.append((r"^POST .*issues$", meeting(2)))
    mark = Mark("drift", (1, 1))
    works = [lambda: keep_issue(client(with_issues), "drift", mark, "Drift", "a differs")] * 2
    _at_once(*works)
    assert len(list(client(with_issues).find_issues("drift", closed=True))) == 2
    assert len(list(client(with_issues).find_issues("drift"))) == 1


def test_an_issue_whose_answer_was_lost_is_not_opened_twice(with_issues: StandIn) -> None:
    """Opened, 502: looking finds it."""
    forge, mark = client(with_issues), Mark("drift", (1, 1))
    with_issues.faults.append(Fault("POST .*issues$", 502, after=True))
    assert keep_issue(forge, "drift", mark, "Drift", "a differs") is Told.CREATED
    assert len(list(forge.find_issues("drift"))) == 1
