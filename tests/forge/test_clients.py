"""Each call of both clients, against the documented answers."""

import pytest

from mtasts.live.forge.contract import NotAllowed, Refused
from mtasts.live.forge.environment import kind
from tests.forge.azure_stand_in import AzureStandIn
from tests.forge.bitbucket_stand_in import BitbucketStandIn
from tests.forge.clients import TOKEN, client
from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.gitlab_stand_in import GitLabStandIn
from tests.forge.stand_in import Login, StandIn


def test_comments_come_from_all_pages_oldest_first(stand_in: StandIn) -> None:
    """250 comments are three pages of a hundred, and every page is asked for once."""
    pull = stand_in.pull()
    for number in range(250):
        stand_in.note(pull, f"comment {number}", "somebody")
    found = [comment.body for comment in client(stand_in).comments(pull)]
    assert found == [f"comment {number}" for number in range(250)]
    assert stand_in.count(r"^GET .*((comments|notes)\?|threads )") == (3 if stand_in.paged else 1)


def test_comments_come_from_all_pages_when_the_forge_gives_smaller_ones(stand_in: StandIn) -> None:
    """A forge that gives 30 whatever is asked for is followed by its Link headers, not by counting."""
    stand_in.page_limit = 30
    pull = stand_in.pull()
    for number in range(65):
        stand_in.note(pull, f"comment {number}", "somebody")
    assert [comment.body for comment in client(stand_in).comments(pull)] == [f"comment {n}" for n in range(65)]


def test_a_comment_is_created_changed_and_deleted(stand_in: StandIn) -> None:
    """The body arrives as it was, whatever signs it has; deleting twice is no error."""
    pull, forge = stand_in.pull(), client(stand_in)
    body = 'Zürich "quoted"\n\n| a | b |\n<!-- x --> \u200b 💌'
    made = forge.create_comment(pull, body)
    assert (made.author, made.body) == ("the-bot", body)
    forge.update_comment(pull, made.id, "other")
    assert stand_in.bodies(pull) == ["other"]
    forge.delete_comment(pull, made.id)
    forge.delete_comment(pull, made.id)
    assert stand_in.bodies(pull) == []


def test_what_gitlab_notes_itself_is_no_comment(gitlab: GitLabStandIn) -> None:
    """System notes ("added 1 commit") are left out."""
    pull = gitlab.pull()
    gitlab.note(pull, "added 1 commit", "somebody", system=True)
    gitlab.note(pull, "hello", "somebody")
    assert [comment.body for comment in client(gitlab).comments(pull)] == ["hello"]


def test_a_body_of_exactly_the_limit_is_taken_and_one_more_is_refused(stand_in: StandIn) -> None:
    """The client's limit is the forge's, where one is documented."""
    if stand_in.limit is None:
        pytest.skip("no limit is documented")
    pull, forge = stand_in.pull(), client(stand_in)
    forge.create_comment(pull, "x" * forge.body_limit)
    with pytest.raises(Refused, match="too long"):
        forge.create_comment(pull, "x" * (forge.body_limit + 1))


def test_a_pull_is_opened_found_changed_labelled_and_closed(stand_in: StandIn) -> None:
    """The life of one pull."""
    forge = client(stand_in)
    stand_in.branches.add("mtasts/example.com")
    made = forge.open_pull(branch="mtasts/example.com", base="main", title="Flip", body="Why", labels=["mta-sts"])
    assert (made.branch, made.base, made.author, made.open) == ("mtasts/example.com", "main", "the-bot", True)
    forge.update_pull(made.number, body="Why, better")
    forge.label_pull(made.number, ["canary"])
    labels = kind(stand_in.name).labels
    found = list(forge.find_pulls(branch="mtasts/example.com", base="main", label="canary" if labels else ""))
    (pull,) = found
    assert (pull.title, pull.body, pull.labels) == ("Flip", "Why, better", ("mta-sts", "canary") if labels else ())
    assert list(forge.find_pulls(label="other")) == []
    forge.close_pull(made.number)
    assert list(forge.find_pulls(branch="mtasts/example.com")) == []


def test_a_second_pull_for_a_branch_gives_the_first(stand_in: StandIn) -> None:
    """422 and 409 for "exists already" are answered by looking it up."""
    forge = client(stand_in)
    stand_in.branches.add("b")
    first = forge.open_pull(branch="b", base="main", title="One", body="")
    second = forge.open_pull(branch="b", base="main", title="Two", body="")
    assert (second.number, second.title) == (first.number, "One")


def test_a_pull_from_a_branch_that_is_not_there_is_refused(stand_in: StandIn) -> None:
    """Another 422 or 400 is no "exists already"."""
    with pytest.raises(Refused):
        client(stand_in).open_pull(branch="absent", base="main", title="One", body="")


def test_a_pull_of_a_fork_with_the_same_branch_is_not_ours(github: GitHubStandIn, gitlab: GitLabStandIn) -> None:
    """`head=OWNER:BRANCH` names the owner, who may have a fork under another name."""
    github.pull("b", repository="example/fork-of-mail")
    gitlab.pull("b", project=77)
    assert list(client(github).find_pulls(branch="b")) == []
    assert list(client(gitlab).find_pulls(branch="b")) == []


def test_an_issue_is_opened_found_changed_closed_and_opened_again(with_issues: StandIn) -> None:
    """The life of one issue."""
    forge = client(with_issues)
    with_issues.pull()  # GitHub lists it among the issues
    made = forge.open_issue(title="Drift", body="one", labels=["drift"])
    forge.update_issue(made.number, title="Drift!", body="two")
    assert [(one.title, one.body, one.open) for one in forge.find_issues("drift")] == [("Drift!", "two", True)]
    forge.update_issue(made.number, closed=True)
    assert list(forge.find_issues("drift")) == []
    assert [one.open for one in forge.find_issues("drift", closed=True)] == [False]
    forge.update_issue(made.number, closed=False)
    assert [one.number for one in forge.find_issues("drift")] == [made.number]


def test_bitbucket_shows_no_tag_and_no_mark(bitbucket: BitbucketStandIn) -> None:
    """Its Markdown shows HTML as text; what it gives back is what we would send again."""
    pull, forge = bitbucket.pull(), client(bitbucket)
    fold = "<details>\n<summary>a &#39;b&#39;</summary>\n\nmore\n\n</details>"
    body = f"✅ **open**\n\n{fold}\n\n<!-- mtasts:comment run=1.1 -->\n"
    forge.create_comment(pull, body)
    assert bitbucket.sent(pull) == ["✅ **open**\n\na 'b'\n\nmore\n\n\n[//]: # (mtasts:comment run=1.1)\n"]
    (found,) = forge.comments(pull)
    assert found.body == forge.kept(body) == forge.kept(found.body)


def test_bitbucket_keeps_what_an_update_leaves_out(bitbucket: BitbucketStandIn) -> None:
    """An update there replaces all of a pull request, reviewers too."""
    forge, number = client(bitbucket), bitbucket.pull()
    bitbucket.pulls[number] |= {"reviewers": [{"uuid": "{1}"}], "description": "why", "close_source_branch": True}
    forge.update_pull(number, title="Better")
    kept = bitbucket.pulls[number]
    assert (kept["title"], kept["description"], kept["close_source_branch"]) == ("Better", "why", True)
    assert kept["reviewers"] == [{"uuid": "{1}"}]


def test_what_azure_notes_itself_is_no_comment_and_ours_stops_no_merge(azure: AzureStandIn) -> None:
    """A thread that is open stops a merge where all must be resolved; a pull of a fork is not ours."""
    forge, number = client(azure), azure.pull()
    azure.note(number, "joined as a reviewer", "somebody", system=True)
    made = forge.create_comment(number, "ours")
    assert [one.id for one in forge.comments(number)] == [made.id]
    assert azure.notes[made.id]["status"] == "closed"
    azure.pull("change", fork=True)
    assert [pull.number for pull in forge.find_pulls(branch="change")] == [number]


def test_azure_gives_the_whole_body_and_takes_a_short_one(azure: AzureStandIn) -> None:
    """A list cuts descriptions off at 400 characters; more than 4,000 are refused."""
    forge = client(azure)
    azure.branches.add("b")
    forge.open_pull(branch="b", base="main", title="Flip", body="x" * forge.pull_limit)
    assert [len(pull.body) for pull in forge.find_pulls(branch="b")] == [forge.pull_limit]
    azure.branches.add("c")
    with pytest.raises(Refused, match="too long"):
        forge.open_pull(branch="c", base="main", title="Flip", body="x" * (forge.pull_limit + 1))


def test_issues_without_a_label_leave_out_pulls(github: GitHubStandIn) -> None:
    """GitHub's list of issues holds the pulls as well."""
    github.pull()
    github.issues[1]["labels"] = [{"name": "drift"}]
    assert list(client(github).find_issues("drift")) == []


@pytest.mark.parametrize(
    ("login", "name"),
    [
        (Login("a-person"), "a-person"),
        (Login("github-actions[bot]", app=True), "github-actions[bot]"),
        (Login("our-app[bot]", app=True), "our-app[bot]"),
    ],
)
def test_our_login_is_known_for_people_and_for_apps(github: GitHubStandIn, login: Login, name: str) -> None:
    """A GitHub App may not ask /user; GraphQL tells it its name."""
    assert client(github, login=login).me() == name


def test_a_fork_may_read_but_not_write(stand_in: StandIn) -> None:
    """403 is NotAllowed, with a hint that names forks."""
    pull = stand_in.pull()
    stand_in.note(pull, "hello", "somebody")
    forge = client(stand_in, login=Login("the-bot", writes=False))
    assert [comment.body for comment in forge.comments(pull)] == ["hello"]
    with pytest.raises(NotAllowed) as caught:
        forge.create_comment(pull, "x")
    assert caught.value.status == 403
    assert "fork" in caught.value.hint


def test_a_wrong_token_is_not_allowed_and_not_shown(stand_in: StandIn) -> None:
    """401 names the forge and the call, never the token."""
    stand_in.tokens["another"] = Login("the-bot")
    del stand_in.tokens["another"]
    forge = client(stand_in)
    stand_in.tokens.clear()
    with pytest.raises(NotAllowed) as caught:
        forge.create_comment(stand_in.pull(), "x")
    assert caught.value.status == 401
    assert TOKEN not in f"{caught.value.message} {caught.value.hint}"


def test_the_token_is_in_a_header_and_in_no_address(stand_in: StandIn) -> None:
    """Addresses end up in logs of servers and proxies."""
    pull, forge = stand_in.pull(), client(stand_in)
    forge.create_comment(pull, "x")
    list(forge.comments(pull))
    assert not stand_in.count(TOKEN)
    assert TOKEN not in repr(vars(forge))
