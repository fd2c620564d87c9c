"""The forge's side of set-up, against stand-ins of the documented APIs: planned, set, set again, taken back."""

from collections.abc import Iterator

import pytest

from mtasts.app.setup.forge import (
    SETTINGS,
    ForgePlace,
    ForgeSettings,
    ForgeWish,
    StackWish,
    StepState,
    apply,
    open_settings,
)
from mtasts.errors import CannotLook
from mtasts.live.forge.calls import Patience
from mtasts.live.forge.contract import NotAllowed, Unavailable
from tests.forge.github_stand_in import REPOSITORY, GitHubStandIn
from tests.forge.gitlab_stand_in import GitLabStandIn
from tests.forge.stand_in import Fault, Login, serving
from tests.repositories import git

TOKEN = "ghs_OnlyTheHeaderMayHoldThis0123456789"
WISH = ForgeWish(
    stacks=(
        StackWish("test-mail", {"AWS_ROLE": "arn:aws:iam::111122223333:role/test"}, ("PULUMI_CONFIG_PASSPHRASE",)),
        StackWish("live", {"AWS_ROLE": "arn:aws:iam::111122223333:role/live"}, (), ("somebody", "example/mail")),
    ),
    preview=StackWish("preview", {"AWS_ROLE": "arn:aws:iam::111122223333:role/read"}),
    variables={"AWS_REGION": "eu-central-1", "PULUMI_BACKEND_URL": "s3://example-state?region=eu-central-1"},
    check="preview / gate",
    bot=True,
)


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    with serving(GitHubStandIn()) as server:
        server.tokens[TOKEN] = Login("an-admin")
        yield server


@pytest.fixture
def gitlab() -> Iterator[GitLabStandIn]:
    """As a new project is: its default branch is protected, and maintainers push to it."""
    with serving(GitLabStandIn()) as server:
        server.tokens[TOKEN] = Login("a-maintainer")
        server.protected_branches["main"] = {"name": "main", "push_access_levels": [{"access_level": 40}]}
        yield server


def settings(server, *, attempts: int = 5) -> ForgeSettings:
    environ = server.environment(TOKEN)
    return open_settings(ForgePlace(environ), Patience(attempts=attempts, sleep=lambda _: None))


def states(settings: ForgeSettings, wish: ForgeWish = WISH) -> dict[str, StepState]:
    return {step.what: step.state for step in settings.plan(wish)}


def done(settings: ForgeSettings, wish: ForgeWish = WISH) -> list[str]:
    return [step.what for step in apply(settings, settings.plan(wish))]


def test_github_is_set_up_once(github) -> None:
    """The plan changes nothing; applied, all is as wanted but the secret; applied again, nothing is asked for."""
    there = settings(github)
    before = states(there)
    assert not github.count("^(POST|PUT|PATCH|DELETE)")
    assert set(before.values()) == {StepState.CHANGE, StepState.BY_HAND}
    (by_hand,) = [step for step in there.plan(WISH) if step.state is StepState.BY_HAND]
    assert by_hand.how == f"gh secret set PULUMI_CONFIG_PASSPHRASE --env test-mail --repo {REPOSITORY}"

    done(there)

    assert list(github.environments) == ["preview", "test-mail", "live", "watch"]
    assert github.environments["preview"]["deployment_branch_policy"] is None
    assert {name: [one["name"] for one in kept] for name, kept in github.policies.items()} == {
        "preview": [], "test-mail": ["main"], "live": ["main"], "watch": ["main"],
    }  # fmt: skip
    (approval,) = [rule for rule in github.environments["live"]["protection_rules"] if "reviewers" in rule]
    assert [one["reviewer"]["id"] for one in approval["reviewers"]] == [501, 701]
    assert approval["prevent_self_review"] is True
    assert github.variables["live"] == {"AWS_ROLE": "arn:aws:iam::111122223333:role/live"}
    assert github.variables[""].items() >= WISH.variables.items()
    assert github.workflow["can_approve_pull_request_reviews"] is True
    (rules,) = github.rulesets.values()
    assert rules["bypass_actors"] == []
    (checks,) = [rule["parameters"] for rule in rules["rules"] if rule["type"] == "required_status_checks"]
    assert checks == {
        "strict_required_status_checks_policy": True,
        "required_status_checks": [{"context": "preview / gate"}],
    }

    asked = len(github.asked)
    github.secrets["test-mail"] = {"PULUMI_CONFIG_PASSPHRASE"}
    assert done(there) == []
    assert set(states(there).values()) == {StepState.SET}
    assert not [line for line in github.asked[asked:] if not line.startswith("GET")]


def test_what_is_there_already_is_taken_and_what_is_too_wide_is_closed(github) -> None:
    """Approvers and waiting times of others stay; other branches and bypasses go; undo leaves what it did not make."""
    there = settings(github)
    own = {"reviewers": [{"type": "User", "id": 502}], "wait_timer": 30,
           "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}}  # fmt: skip
    at = f"/repos/{REPOSITORY}/environments/live"
    for method, path, value in (
        ("PUT", at, own),
        ("POST", f"{at}/deployment-branch-policies", {"name": "*"}),
        ("POST", f"{at}/variables", {"name": "AWS_ROLE", "value": "arn:old"}),
    ):
        there._calls.tell(method, path, value)  # type: ignore[attr-defined]
    found = {step.what: step for step in there.plan(WISH)}
    assert found["environment live"].now == "from * only, approved by another"
    assert (
        found["environment live"].wanted
        == "from main only, approved by another or somebody or example/mail, not by who started it"
    )
    assert found["variable AWS_ROLE of live"].now == "arn:old"

    done(there)
    rules = {rule["type"]: rule for rule in github.environments["live"]["protection_rules"]}
    assert [one["reviewer"]["id"] for one in rules["required_reviewers"]["reviewers"]] == [502, 501, 701]
    assert rules["wait_timer"]["wait_timer"] == 30
    assert [one["name"] for one in github.policies["live"]] == ["main"]
    assert github.variables["live"]["AWS_ROLE"].endswith("role/live")

    (number,) = github.rulesets
    github.rulesets[number]["bypass_actors"] = [{"actor_id": 1, "actor_type": "OrganizationAdmin"}]
    assert done(there) == ["ruleset mtasts for main"]
    assert github.rulesets[number]["bypass_actors"] == []

    list(apply(there, there.plan_undo()))
    assert list(github.environments) == ["live"]
    assert github.variables == {"": {}, "live": {"AWS_ROLE": "arn:aws:iam::111122223333:role/live"}}
    assert (github.rulesets, github.workflow["can_approve_pull_request_reviews"]) == ({}, False)


@pytest.mark.parametrize("fault", ["/environments/live$", "/rulesets$", "/actions/variables$", "live/variables$"])
@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_is_cut_off_is_taken_up_and_can_be_undone(github, fault: str, after: bool) -> None:
    """Wherever the forge goes away, before or after it did the work: nothing is left that undo does not know."""
    there = settings(github, attempts=1)
    github.faults.append(Fault(f"^(POST|PUT) .*{fault}", 502, after=after))
    with pytest.raises(Unavailable):
        done(there)
    again = settings(github)
    done(again)
    assert set(states(again).values()) == {StepState.SET, StepState.BY_HAND}
    steps = list(apply(again, again.plan_undo()))
    assert steps[-1].what == "the note of what set-up made"
    assert (github.environments, github.variables, github.rulesets) == ({}, {"": {}}, {})


def test_undo_may_be_cut_off_too(github) -> None:
    """What is gone already is seen as gone; the note goes last."""
    there = settings(github, attempts=1)
    done(there)
    github.faults.append(Fault(r"^DELETE .*/environments/preview$", 502))
    with pytest.raises(Unavailable):
        list(apply(there, there.plan_undo()))
    assert "preview" in github.environments
    list(apply(there, there.plan_undo()))
    assert (github.environments, github.variables, github.rulesets) == ({}, {"": {}}, {})


def test_what_may_not_be_seen_is_unknown_and_what_may_not_be_set_is_an_error(github) -> None:
    """A token that may only read plans; one that may not even see an environment says so at that step."""
    github.tokens[TOKEN] = Login("a-reader", writes=False)
    github.faults.append(Fault(r"GET .*/environments/live$", 403, times=9))
    there = settings(github)
    assert states(there)["environment live"] is StepState.UNKNOWN
    with pytest.raises(NotAllowed, match="answered 403"):
        done(there)
    assert github.environments == {}


ON_GITLAB = ForgeWish(
    stacks=(
        StackWish("test-mail", {"AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/test"}, ("CLOUDFLARE_API_TOKEN",)),
        StackWish(
            "live", {"AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/live"}, (), ("somebody", "example/mail-approvers")
        ),
    ),
    preview=StackWish("preview", {"AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/read"}),
    variables={"AWS_REGION": "eu-central-1"},
)


def test_gitlab_is_set_up_once_and_taken_back(gitlab) -> None:
    """Variables by environment, those of stacks for protected branches alone; what was there is set back or stays."""
    there = settings(gitlab)
    before = states(there, ON_GITLAB)
    assert not gitlab.count("^(POST|PUT|PATCH|DELETE)")
    assert before["project: ci_forward_deployment_enabled"] is StepState.SET
    assert before["secret CLOUDFLARE_API_TOKEN of test-mail"] is StepState.BY_HAND
    project = dict(gitlab.project)

    done(there, ON_GITLAB)

    shown = {key: (one["value"], one["protected"]) for key, one in gitlab.variables.items() if key[1] != "MTASTS_SETUP"}
    assert shown == {
        ("*", "AWS_REGION"): ("eu-central-1", False),
        ("preview", "AWS_ROLE_ARN"): ("arn:aws:iam::111122223333:role/read", False),
        ("test-mail", "AWS_ROLE_ARN"): ("arn:aws:iam::111122223333:role/test", True),
        ("live", "AWS_ROLE_ARN"): ("arn:aws:iam::111122223333:role/live", True),
    }
    assert [(one["user_id"], one["group_id"]) for one in gitlab.protected["live"]["approval_rules"]] == [
        (501, None),
        (None, 701),
    ]
    assert gitlab.protected_branches["main"]["push_access_levels"] == [{"access_level": 0}]
    assert gitlab.project["only_allow_merge_if_pipeline_succeeds"] is True
    assert [one["cron"] for one in gitlab.schedules.values()] == ["23 2,8,14,20 * * *"]
    assert done(there, ON_GITLAB) == []

    list(apply(there, there.plan_undo()))
    assert (gitlab.variables, gitlab.protected, gitlab.schedules) == ({}, {}, {})
    assert gitlab.project == {**project, "allow_merge_on_skipped_pipeline": False}
    assert list(gitlab.protected_branches) == ["main"]


def test_a_gitlab_secret_that_logs_would_show(gitlab) -> None:
    """A value that is not masked, or that every branch gets, is not as wanted."""
    gitlab.variables["test-mail", "CLOUDFLARE_API_TOKEN"] = {
        "key": "CLOUDFLARE_API_TOKEN",
        "environment_scope": "test-mail",
        "value": "x",
        "masked": True,
        "protected": False,
    }
    (found,) = [one for one in settings(gitlab).plan(ON_GITLAB) if one.what.startswith("secret")]
    assert (found.state, found.now) == (StepState.BY_HAND, "set, masked")
    assert found.how == "glab variable update CLOUDFLARE_API_TOKEN --scope test-mail --masked --protected"


def test_gitlab_free_has_no_approvals(gitlab) -> None:
    """It is said, and all else is set."""
    gitlab.premium = False
    there = settings(gitlab)
    done(there, ON_GITLAB)
    (found,) = [one for one in there.plan(ON_GITLAB) if one.what == "protected environment live"]
    assert found.state is StepState.BY_HAND
    assert "GitLab Free has no approvals" in found.how


@pytest.mark.parametrize(
    "fault", ["/variables$", "/protected_environments$", "/protected_branches$", "/pipeline_schedules$"]
)
@pytest.mark.parametrize("after", [False, True])
def test_on_gitlab_too_a_run_that_is_cut_off_is_taken_up(gitlab, fault: str, after: bool) -> None:
    """Nothing is left that undo does not know."""
    gitlab.faults.append(Fault(f"^POST .*{fault}", 502, after=after))
    with pytest.raises(Unavailable):
        done(settings(gitlab, attempts=1), ON_GITLAB)
    there = settings(gitlab)
    done(there, ON_GITLAB)
    assert set(states(there, ON_GITLAB).values()) == {StepState.SET, StepState.BY_HAND}
    list(apply(there, there.plan_undo()))
    assert (gitlab.variables, gitlab.protected, gitlab.schedules) == ({}, {}, {})


def test_an_approver_whom_nobody_knows(github) -> None:
    """Is seen in the plan, not half-way through it."""
    wish = ForgeWish(stacks=(StackWish("live", reviewers=("no-such-person",)),))
    (found,) = [step for step in settings(github).plan(wish) if step.what == "environment live"]
    assert found.state is StepState.UNKNOWN
    assert "/users/no-such-person" in found.how


@pytest.mark.parametrize(
    ("url", "forge", "place"),
    [
        ("https://github.com/example/mail.git", None, "GitHub example/mail"),
        ("git@github.com:example/mail.git", None, "GitHub example/mail"),
        ("ssh://git@git.corp.example:2222/example/mail", "github", "GitHub example/mail"),
    ],
)
def test_on_a_workstation_the_remote_says_where(tmp_path, url: str, forge: str | None, place: str) -> None:
    """Public servers are known; whose a company's server is has to be said."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", url)
    environ = {"GITHUB_TOKEN": TOKEN, "GITLAB_TOKEN": TOKEN}
    assert open_settings(ForgePlace(environ, tmp_path, forge)).place == place
    other = open_settings(ForgePlace(environ, tmp_path, forge, repository="example/other"))
    assert other.place == place.replace("mail", "other")


def test_no_forge_is_an_error_that_says_what_to_name(tmp_path) -> None:
    """A folder without a remote, and a server that may be anybody's."""
    git(tmp_path, "init", "-q")
    with pytest.raises(CannotLook, match="no git remote origin on a server") as caught:
        open_settings(ForgePlace({}, tmp_path))
    assert "--forge github" in caught.value.hint
    git(tmp_path, "remote", "add", "origin", "git@git.corp.example:example/mail.git")
    with pytest.raises(CannotLook, match=r"git\.corp\.example is not a server that everybody knows"):
        open_settings(ForgePlace({}, tmp_path))
    assert set(SETTINGS)


def test_what_tokens_of_a_new_repository_say(github):
    """With the ids, which nobody else gets when the names are free again."""
    found = settings(github).identity(["preview", "live"], "main")

    assert found.subjects == {
        name: (f"repo:example@123456/mail@456789:environment:{name}",) for name in ("preview", "live")
    }
    assert (found.issuer, found.role_variable) == ("127.0.0.1/_services/token", "AWS_ROLE")


def test_what_tokens_of_an_older_repository_say(github):
    """The names alone; with the ids once it was renamed."""
    github.repository["created_at"] = "2026-07-14T23:59:59Z"

    found = settings(github).identity(["live"], "main")

    assert found.subjects == {
        "live": ("repo:example/mail:environment:live", "repo:example@123456/mail@456789:environment:live")
    }


def test_what_tokens_of_a_gitlab_project_say(gitlab):
    """The branch, and no environment; any branch may read."""
    found = settings(gitlab).identity(["preview", "live"], "main")

    of = "project_path:example/mail:ref_type:branch:ref"
    assert found.subjects == {"preview": (f"{of}:*",), "live": (f"{of}:main",)}
    assert (found.issuer, found.role_variable) == ("127.0.0.1", "AWS_ROLE_ARN")
