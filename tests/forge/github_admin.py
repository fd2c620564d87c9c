"""The settings of a repository on GitHub, version 2022-11-28: what https://docs.github.com/rest says of the calls.

deployments/environments, deployments/branch-policies, actions/variables, actions/secrets, actions/permissions,
repos/rules.
"""

from typing import Any

from tests.forge.stand_in import Asked, Reply, Route, StandIn

USERS = {"somebody": 501, "another": 502}
TEAMS = {("example", "mail"): 701}
_MOST_VARIABLES = 30  # a page of variables has 30 at the most


class GitHubAdmin(StandIn):
    """Environments, variables, rulesets and permissions. `secrets`: environment -> the names that are set."""

    def __init__(self) -> None:
        super().__init__()
        self.repository = {"id": 456789, "owner": {"id": 123456}, "created_at": "2026-08-01T00:00:00Z"}
        self.environments: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, list[dict[str, Any]]] = {}
        self.variables: dict[str, dict[str, str]] = {"": {}}  # "" for the repository's
        self.secrets: dict[str, set[str]] = {}
        self.rulesets: dict[int, dict[str, Any]] = {}
        self.workflow = {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}

    def admin_routes(self, at: str) -> list[Route]:
        env, name = rf"{at}/environments/([\w.-]+)", r"([A-Z_]+)"
        return [
            ("GET", at, self._guarded(lambda asked: Reply(200, self.repository))),
            ("GET", r"/users/([\w-]+)", self._guarded(lambda asked, who: self._known(USERS.get(who)))),
            ("GET", r"/orgs/([\w-]+)/teams/([\w-]+)", self._guarded(lambda a, o, t: self._known(TEAMS.get((o, t))))),
            ("GET", env, self._guarded(lambda asked, one: self._known_or(self.environments.get(one)))),
            ("PUT", env, self._guarded(self._put_environment)),
            ("DELETE", env, self._guarded(self._delete_environment)),
            ("GET", rf"{env}/deployment-branch-policies", self._guarded(self._list_policies)),
            ("POST", rf"{env}/deployment-branch-policies", self._guarded(self._add_policy)),
            ("DELETE", rf"{env}/deployment-branch-policies/(\d+)", self._guarded(self._delete_policy)),
            ("GET", rf"{env}/secrets", self._guarded(self._list_secrets)),
            ("GET", rf"{env}/variables", self._guarded(self._list_variables)),
            ("POST", rf"{env}/variables", self._guarded(self._add_variable)),
            ("PATCH", rf"{env}/variables/{name}", self._guarded(self._set_variable)),
            ("DELETE", rf"{env}/variables/{name}", self._guarded(self._delete_variable)),
            ("GET", rf"{at}/actions/variables", self._guarded(lambda asked: self._list_variables(asked, ""))),
            ("POST", rf"{at}/actions/variables", self._guarded(lambda asked: self._add_variable(asked, ""))),
            ("GET", rf"{at}/actions/variables/{name}", self._guarded(self._get_variable)),
            ("PATCH", rf"{at}/actions/variables/{name}", self._guarded(lambda a, n: self._set_variable(a, "", n))),
            ("DELETE", rf"{at}/actions/variables/{name}", self._guarded(lambda a, n: self._delete_variable(a, "", n))),
            ("GET", rf"{at}/actions/permissions/workflow", self._guarded(lambda asked: Reply(200, self.workflow))),
            ("PUT", rf"{at}/actions/permissions/workflow", self._guarded(self._set_workflow)),
            ("GET", rf"{at}/rulesets", self._guarded(self._list_rulesets)),
            ("POST", rf"{at}/rulesets", self._guarded(self._add_ruleset)),
            ("GET", rf"{at}/rulesets/(\d+)", self._guarded(lambda a, n: self._known_or(self.rulesets.get(n)))),
            ("PUT", rf"{at}/rulesets/(\d+)", self._guarded(self._set_ruleset)),
            ("DELETE", rf"{at}/rulesets/(\d+)", self._guarded(self._delete_ruleset)),
        ]

    def _guarded(self, work: Any) -> Any:
        """401 without a known token; 403 for a change without the right."""

        def guarded(asked: Asked, *words: Any) -> Reply:
            if asked.login is None:
                return Reply(401, {"message": "Bad credentials"})
            if asked.method != "GET" and not asked.login.writes:
                return Reply(403, {"message": "Resource not accessible by personal access token"})
            reply: Reply = work(asked, *words)
            return reply

        return guarded

    def _known(self, number: int | None) -> Reply:
        return self.not_found() if number is None else Reply(200, {"id": number})

    def _known_or(self, value: Any) -> Reply:
        return self.not_found() if value is None else Reply(200, value)

    def _put_environment(self, asked: Asked, name: str) -> Reply:
        """Whatever is left out goes back to its default; both kinds of branches at once are refused."""
        reviewers, policy = asked.value.get("reviewers") or [], asked.value.get("deployment_branch_policy")
        known = {**{number: who for who, number in USERS.items()}, **{n: t for (_, t), n in TEAMS.items()}}
        if len(reviewers) > 6 or any(one["id"] not in known for one in reviewers):
            return Reply(422, {"message": "Validation Failed", "errors": ["reviewers"]})
        if policy is not None and policy["protected_branches"] == policy["custom_branch_policies"]:
            return Reply(422, {"message": "Validation Failed", "errors": ["deployment_branch_policy"]})
        rules: list[dict[str, Any]] = []
        if asked.value.get("wait_timer"):
            rules.append({"type": "wait_timer", "wait_timer": asked.value["wait_timer"]})
        if reviewers or asked.value.get("prevent_self_review"):
            shown = [{"type": one["type"], "reviewer": {"id": one["id"], "login" if one["type"] == "User" else "slug":
                      known[one["id"]]}} for one in reviewers]  # fmt: skip
            alone = bool(asked.value.get("prevent_self_review"))
            rules.append({"type": "required_reviewers", "prevent_self_review": alone, "reviewers": shown})
        if policy is not None:
            rules.append({"type": "branch_policy"})
        if policy is None or not policy["custom_branch_policies"]:
            self.policies[name] = []
        self.environments[name] = {"name": name, "protection_rules": rules, "deployment_branch_policy": policy}
        self.policies.setdefault(name, [])
        self.variables.setdefault(name, {})
        return Reply(200, self.environments[name])

    def _delete_environment(self, _: Asked, name: str) -> Reply:
        if self.environments.pop(name, None) is None:
            return self.not_found()
        for kept in (self.policies, self.variables, self.secrets):
            kept.pop(name, None)  # type: ignore[attr-defined]
        return Reply(204)

    def _custom(self, name: str) -> bool:
        policy = self.environments.get(name, {}).get("deployment_branch_policy")
        return bool(policy and policy["custom_branch_policies"])

    def _list_policies(self, asked: Asked, name: str) -> Reply:
        if name not in self.environments:
            return self.not_found()
        page = self.page(asked, self.policies.get(name, []))
        page.value = {"total_count": len(self.policies.get(name, [])), "branch_policies": page.value}
        return page

    def _add_policy(self, asked: Asked, name: str) -> Reply:
        if not self._custom(name):
            return self.not_found()
        if asked.value["name"] in [one["name"] for one in self.policies[name]]:
            return Reply(303)
        self.policies[name].append({"id": self.next_number(), "name": asked.value["name"], "type": "branch"})
        return Reply(200, self.policies[name][-1])

    def _delete_policy(self, _: Asked, name: str, number: int) -> Reply:
        self.policies[name] = [one for one in self.policies[name] if one["id"] != number]
        return Reply(204)

    def _list_secrets(self, asked: Asked, name: str) -> Reply:
        if name not in self.environments:
            return self.not_found()
        page = self.page(asked, [{"name": one} for one in sorted(self.secrets.get(name, set()))])
        page.value = {"total_count": len(self.secrets.get(name, ())), "secrets": page.value}
        return page

    def _list_variables(self, asked: Asked, name: str) -> Reply:
        if name not in self.variables:
            return self.not_found()
        self.page_limit, limit = _MOST_VARIABLES, self.page_limit
        page = self.page(asked, [{"name": key, "value": value} for key, value in self.variables[name].items()])
        self.page_limit = limit
        page.value = {"total_count": len(self.variables[name]), "variables": page.value}
        return page

    def _get_variable(self, _: Asked, name: str) -> Reply:
        value = self.variables[""].get(name)
        return self.not_found() if value is None else Reply(200, {"name": name, "value": value})

    def _add_variable(self, asked: Asked, name: str) -> Reply:
        if name not in self.variables:
            return self.not_found()
        if asked.value["name"] in self.variables[name]:
            return Reply(409, {"message": "Already exists - Variable already exists"})
        self.variables[name][asked.value["name"]] = asked.value["value"]
        return Reply(201, {})

    def _set_variable(self, asked: Asked, name: str, key: str) -> Reply:
        if key not in self.variables.get(name, {}):
            return self.not_found()
        self.variables[name][key] = asked.value["value"]
        return Reply(204)

    def _delete_variable(self, _: Asked, name: str, key: str) -> Reply:
        return Reply(204) if self.variables.get(name, {}).pop(key, None) is not None else self.not_found()

    def _set_workflow(self, asked: Asked) -> Reply:
        self.workflow |= asked.value
        return Reply(204)

    def _list_rulesets(self, asked: Asked) -> Reply:
        return self.page(asked, [{"id": one["id"], "name": one["name"]} for one in self.rulesets.values()])

    def _add_ruleset(self, asked: Asked) -> Reply:
        if asked.value["name"] in [one["name"] for one in self.rulesets.values()]:
            return Reply(422, {"message": "Validation Failed", "errors": ["Name must be unique"]})
        number = self.next_number()
        self.rulesets[number] = {"id": number, "source_type": "Repository"}
        return self._set_ruleset(asked, number)

    def _set_ruleset(self, asked: Asked, number: int) -> Reply:
        if number not in self.rulesets:
            return self.not_found()
        # GitHub answers with fields that nobody sent.
        rules = [{**rule, "ruleset_id": number} for rule in asked.value["rules"]]
        self.rulesets[number] |= {**asked.value, "rules": rules, "current_user_can_bypass": "never"}
        return Reply(201, self.rulesets[number])

    def _delete_ruleset(self, _: Asked, number: int) -> Reply:
        return Reply(204) if self.rulesets.pop(number, None) else self.not_found()
