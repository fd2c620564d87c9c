"""The settings of a GitHub repository: environments, variables, a ruleset for the branch.

REST API 2022-11-28: deployments/environments, deployments/branch-policies, actions/variables, actions/secrets,
repos/rules, actions/permissions. Its token needs "administration", "environments", "variables", "secrets: read" and
"actions: read" of the repository (a fine-grained one), or the scope `repo` (a classic one) of an administrator.
"""

import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mtasts.live.forge.calls import Calls, Patience
from mtasts.live.forge.contract import NotAllowed
from mtasts.live.forge.github import HEADERS, repository_of
from mtasts.live.forge.kind import Environ, base_of, token_of
from mtasts.live.forge.settings import (
    RECORD,
    RULESET,
    ForgeCall,
    ForgeStep,
    ForgeWish,
    Identity,
    StackWish,
    StepState,
    by_hand,
    step,
    unseen,
)
from mtasts.live.web import Secret

# The app that GitHub Actions is on github.com: no other app's or person's status of the same name counts then.
_ACTIONS_APP = 15368
_MOST_REVIEWERS = 6
_IDS_SINCE = "2026-07-15"  # GitHub docs, "OpenID Connect reference": the subject of a repository made since has ids

Json = dict[str, Any]


class GitHubSettings:
    """One repository. `ForgeSettings` documents the methods."""

    def __init__(self, environ: Environ, patience: Patience | None = None) -> None:
        """Raises CannotLook, NotAllowed without a token."""
        self._base, self._repository = (
            base_of(environ, "GITHUB_API_URL", "https://api.github.com"),
            repository_of(environ),
        )
        token = Secret(token_of(environ, "GITHUB_TOKEN", "GH_TOKEN"))
        self._at = f"/repos/{self._repository}"
        self._public = self._base == "https://api.github.com"
        self._calls = Calls("GitHub", self._base, token, ("Authorization", "Bearer "), HEADERS, patience or Patience())

    @property
    def place(self) -> str:
        """As people know it."""
        return f"GitHub {self._repository}"

    def identity(self, environments: Sequence[str], base: str) -> Identity:
        """The repository and the environment; which branches may use the environment is for its own protection.

        With the ids of owner and repository, which nobody else ever gets. Repositories made before 15 July 2026 say
        their names alone, unless they were renamed since; for them either form will do.
        """
        told = self._calls.ask("GET", self._at, Json)
        owner, name = self._repository.split("/")
        with_ids = f"repo:{owner}@{int(told['owner']['id'])}/{name}@{int(told['id'])}"
        names = [with_ids] if str(told["created_at"]) >= _IDS_SINCE else [f"repo:{owner}/{name}", with_ids]
        subjects = {each: tuple(f"{one}:environment:{each}" for one in names) for each in environments}
        return Identity(_issuer(urllib.parse.urlsplit(self._base).hostname or ""), subjects, "AWS_ROLE")

    def plan(self, wish: ForgeWish) -> Sequence[ForgeStep]:
        """Environments with what is in them, the repository's variables, then what closes the branch."""
        self._calls.ask("GET", self._at, Json)  # is there at all, and may be seen
        steps = [one for stack in wish.environments for one in self._environment(stack, wish)]
        steps += self._variables("", f"{self._at}/actions/variables", wish.variables)
        steps += self._opens_pulls(wish)
        return [*steps, self._ruleset(wish)]

    def plan_undo(self) -> Sequence[ForgeStep]:
        """The reverse of what the record says."""
        steps = [self._undone(made) for made in reversed(self._record())]
        gone = "the note of what set-up made"
        return [*steps, step(gone, "there", "absent", "deleted", [self._delete(f"/actions/variables/{RECORD}")])]

    def do(self, step: ForgeStep) -> None:
        """Note it, then do it."""
        record = self._record()
        if step.made and step.made not in record:
            self._note(record, step.made)
        for call in step.calls:
            self._do(call)

    def _environment(self, stack: StackWish, wish: ForgeWish) -> Iterator[ForgeStep]:
        at = f"{self._at}/environments/{_quoted(stack.name)}"
        branch = "" if stack == wish.preview else wish.base
        wanted = _environment_words(branch, stack.reviewers, alone=bool(stack.reviewers))
        what = f"environment {stack.name}"
        try:
            now = self._seen(at)
            policies = self._policies(at) if now else []
            reviewers = [self._reviewer(name) for name in stack.reviewers]
        except NotAllowed as error:
            yield unseen(what, wanted, error)
            return
        yield self._protection(what, stack, branch, now, policies, reviewers)
        yield from self._variables(stack.name, f"{at}/variables", stack.variables, there=now is not None)
        yield from self._secrets(stack, at, there=now is not None)

    def _protection(
        self,
        what: str,
        stack: StackWish,
        branch: str,
        now: Json | None,
        policies: Sequence[Json],
        wanted: Sequence[tuple[str, int, str]],
    ) -> ForgeStep:
        """What may deploy there and who approves. Approvers and waiting times of others stay: stricter is not wrong."""
        rules = {rule.get("type"): rule for rule in (now or {}).get("protection_rules", [])}
        approval = rules.get("required_reviewers", {})
        there = [_known_reviewer(one) for one in approval.get("reviewers", [])]
        missing = [one for one in wanted if one[:2] not in [known[:2] for known in there]]
        alone = bool(wanted) or bool(approval.get("prevent_self_review"))
        custom = bool(((now or {}).get("deployment_branch_policy") or {}).get("custom_branch_policies"))
        names = sorted(policy["name"] for policy in policies)
        open_to_all = now is not None and now.get("deployment_branch_policy") is None
        right_branch = (custom and names == [branch]) if branch else open_to_all
        body = {
            "wait_timer": rules.get("wait_timer", {}).get("wait_timer", 0),
            "prevent_self_review": alone,
            "reviewers": [{"type": kind, "id": number} for kind, number, _ in [*there, *missing]],
            "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}
            if branch
            else None,
        }
        place = f"/environments/{_quoted(stack.name)}"
        calls = [self._put(place, body)]
        if branch:
            calls += [
                self._delete(f"{place}/deployment-branch-policies/{policy['id']}")
                for policy in policies
                if policy["name"] != branch
            ]
            if branch not in names:
                calls.append(self._post(f"{place}/deployment-branch-policies", {"name": branch, "type": "branch"}))
        before = _environment_words(
            ", ".join(names) if custom else "" if open_to_all else "protected branches",
            [one[2] for one in there],
            alone=bool(approval.get("prevent_self_review")),
        )
        after = _environment_words(branch, [one[2] for one in [*there, *missing]], alone=alone)
        if len(there) + len(missing) > _MOST_REVIEWERS:
            return by_hand(what, before, after, f"GitHub takes {_MOST_REVIEWERS} reviewers: take some away first")
        same = now is not None and right_branch and not missing and bool(approval.get("prevent_self_review")) == alone
        made = "" if now else f"environment/{stack.name}"
        return step(
            what, before if now else "absent", after, "the environment's protection is set", calls, made, same=same
        )

    def _policies(self, at: str) -> list[Json]:
        return list(self._calls.pages(f"{at}/deployment-branch-policies?per_page=100", Json, "branch_policies"))

    def _reviewer(self, name: str) -> tuple[str, int, str]:
        """Type, id and name: USER, or ORGANISATION/TEAM."""
        owner, _, team = name.partition("/")
        path = f"/orgs/{_quoted(owner)}/teams/{_quoted(team)}" if team else f"/users/{_quoted(owner)}"
        return "Team" if team else "User", int(self._calls.ask("GET", path, Json)["id"]), name

    def _variables(
        self, environment: str, at: str, wanted: Mapping[str, str], *, there: bool = True
    ) -> Iterator[ForgeStep]:
        if not wanted:
            return
        place = at.removeprefix(self._at)
        where = f" of {environment}" if environment else ""
        try:
            values = {one["name"]: one["value"] for one in self._listed(at, "variables")} if there else {}
        except NotAllowed as error:
            yield unseen(f"variables{where}", ", ".join(wanted), error)
            return
        for name, value in wanted.items():
            now, body = values.get(name), {"name": name, "value": value}
            call = self._post(place, body) if now is None else ForgeCall("PATCH", f"{self._at}{place}/{name}", body)
            made = f"variable/{environment}/{name}" if now is None else ""
            what = f"variable {name}{where}"
            yield step(
                what, "absent" if now is None else now, value, "the variable is set", [call], made, same=now == value
            )

    def _secrets(self, stack: StackWish, at: str, *, there: bool) -> Iterator[ForgeStep]:
        if not stack.secrets:
            return
        try:
            known = {one["name"] for one in self._listed(f"{at}/secrets", "secrets")} if there else set()
        except NotAllowed as error:
            yield unseen(f"secrets of {stack.name}", ", ".join(stack.secrets), error)
            return
        for name in stack.secrets:
            what = f"secret {name} of {stack.name}"
            if name in known:
                yield ForgeStep(what, "set", "set", "", StepState.SET)
            else:
                yield by_hand(
                    what, "absent", "set", f"gh secret set {name} --env {stack.name} --repo {self._repository}"
                )

    def _opens_pulls(self, wish: ForgeWish) -> Iterator[ForgeStep]:
        """Settings, Actions, General: "Allow GitHub Actions to create and approve pull requests"."""
        if not wish.bot:
            return
        what, wanted, place = "workflows may open pull requests", "yes", "/actions/permissions/workflow"
        try:
            now = self._calls.ask("GET", f"{self._at}{place}", Json)
        except NotAllowed as error:
            yield unseen(what, wanted, error)
            return
        may = bool(now.get("can_approve_pull_request_reviews"))
        body = {**now, "can_approve_pull_request_reviews": True}
        yield step(
            what,
            "yes" if may else "no",
            wanted,
            "it is allowed",
            [self._put(place, body)],
            "workflows-open-pulls",
            same=may,
        )

    def _ruleset(self, wish: ForgeWish) -> ForgeStep:
        wanted = self._rules(wish)
        words = (
            f"pull request with {wish.approvals} approval{'' if wish.approvals == 1 else 's'}, code owners, check "
            f"{wish.check} of an up-to-date branch, merge or squash, no bypass"
        )
        what = f"ruleset {RULESET} for {wish.base}"
        try:
            known = self._known_ruleset()
        except NotAllowed as error:
            return unseen(what, words, error)
        if known is None:
            call = self._post("/rulesets", wanted)
            return step(what, "absent", words, "the ruleset is made", [call], "ruleset")
        same = _holds(wanted, known)
        how = "the ruleset is set back"
        return step(
            what, words if same else "another", words, how, [self._put(f"/rulesets/{known['id']}", wanted)], same=same
        )

    def _known_ruleset(self) -> Json | None:
        listed = self._calls.pages(f"{self._at}/rulesets?includes_parents=false&per_page=100", Json)
        number = next((one["id"] for one in listed if one["name"] == RULESET), None)
        return None if number is None else self._calls.ask("GET", f"{self._at}/rulesets/{number}", Json)

    def _rules(self, wish: ForgeWish) -> Json:
        check: Json = {"context": wish.check} | ({"integration_id": _ACTIONS_APP} if self._public else {})
        return {
            "name": RULESET,
            "target": "branch",
            "enforcement": "active",
            "bypass_actors": [],
            "conditions": {"ref_name": {"include": [f"refs/heads/{wish.base}"], "exclude": []}},
            "rules": [
                {"type": "deletion"},
                {"type": "non_fast_forward"},
                {
                    "type": "pull_request",
                    "parameters": {
                        "required_approving_review_count": wish.approvals,
                        "dismiss_stale_reviews_on_push": True,
                        "require_code_owner_review": True,
                        "require_last_push_approval": False,
                        "required_review_thread_resolution": False,
                        "allowed_merge_methods": ["merge", "squash"],  # a rebase publishes what nobody judged
                    },
                },
                {
                    "type": "required_status_checks",
                    "parameters": {"strict_required_status_checks_policy": True, "required_status_checks": [check]},
                },
            ],
        }

    def _record(self) -> list[str]:
        try:
            found = self._calls.ask("GET", f"{self._at}/actions/variables/{RECORD}", Json)
        except NotAllowed as error:
            if error.status != 404:
                raise
            return []
        return str(found.get("value", "")).split()

    def _note(self, record: Sequence[str], made: str) -> None:
        body = {"name": RECORD, "value": " ".join([*record, made])}
        if record:
            self._calls.tell("PATCH", f"{self._at}/actions/variables/{RECORD}", body)
        else:
            self._calls.tell("POST", f"{self._at}/actions/variables", body)

    def _undone(self, made: str) -> ForgeStep:
        kind, _, rest = made.partition("/")
        environment, _, name = rest.partition("/")
        at = f"/environments/{_quoted(environment)}"
        if kind == "environment":
            return self._removal(f"environment {environment}", at, "deleted, with the secrets that it holds")
        if kind == "variable":
            place = f"{at}/variables/{name}" if environment else f"/actions/variables/{name}"
            return self._removal(f"variable {name}" + (f" of {environment}" if environment else ""), place, "deleted")
        if kind == "ruleset":
            known = self._known_ruleset()
            calls = [self._delete(f"/rulesets/{known['id']}")] if known else []
            now = "there" if known else "absent"
            return step(f"ruleset {RULESET}", now, "absent", "deleted: the branch is open again", calls, same=not known)
        place = "/actions/permissions/workflow"
        body = {**self._calls.ask("GET", f"{self._at}{place}", Json), "can_approve_pull_request_reviews": False}
        return step("workflows may open pull requests", "yes", "no", "no longer allowed", [self._put(place, body)])

    def _removal(self, what: str, place: str, how: str) -> ForgeStep:
        there = self._seen(f"{self._at}{place}") is not None
        return step(what, "there" if there else "absent", "absent", how, [self._delete(place)], same=not there)

    def _seen(self, path: str) -> Json | None:
        """None where it is not there."""
        try:
            return self._calls.ask("GET", path, Json)
        except NotAllowed as error:
            if error.status != 404:
                raise
            return None

    def _listed(self, at: str, within: str) -> Iterator[Json]:
        return self._calls.pages(f"{at}?per_page=30", Json, within)

    def _do(self, call: ForgeCall) -> None:
        try:
            self._calls.tell(call.method, call.path, call.body)
        except NotAllowed as error:
            if call.method != "DELETE" or error.status != 404:
                raise

    def _post(self, place: str, body: Json) -> ForgeCall:
        return ForgeCall("POST", f"{self._at}{place}", body)

    def _put(self, place: str, body: Json) -> ForgeCall:
        return ForgeCall("PUT", f"{self._at}{place}", body)

    def _delete(self, place: str) -> ForgeCall:
        return ForgeCall("DELETE", f"{self._at}{place}")


def _known_reviewer(one: Mapping[str, Any]) -> tuple[str, int, str]:
    who = one.get("reviewer", {})
    return one.get("type", ""), who.get("id", 0), who.get("login") or who.get("slug") or "?"


def _environment_words(branches: str, reviewers: Sequence[str], *, alone: bool) -> str:
    words = [f"from {branches} only" if branches else "from any branch"]
    words.append(f"approved by {' or '.join(reviewers)}" if reviewers else "no approval")
    return ", ".join([*words, *(["not by who started it"] if alone and reviewers else [])])


def _holds(wanted: Any, known: Any) -> bool:
    """Whether what is known has all that is wanted; GitHub answers with fields that nobody sent."""
    if isinstance(wanted, dict):
        return isinstance(known, dict) and all(_holds(value, known.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        if not isinstance(known, list) or len(known) != len(wanted):
            return False
        return all(any(_holds(one, other) for other in known) for one in wanted)
    return bool(wanted == known)


def _issuer(api: str) -> str:
    """Who signs, by the host of the API: github.com, a company's part of ghe.com, a server of one's own."""
    if api == "api.github.com":
        return "token.actions.githubusercontent.com"
    if api.endswith(".ghe.com"):
        return f"token.actions.{api.removeprefix('api.')}"
    return f"{api}/_services/token"


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")
