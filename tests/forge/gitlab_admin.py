"""The settings of a project on GitLab, API v4: what https://docs.gitlab.com/api says of the calls we make.

project_level_variables, protected_environments, protected_branches, projects, pipeline_schedules, users, groups.
"""

from typing import Any

from tests.forge.stand_in import Asked, Reply, Route, StandIn

USERS = {"somebody": 501}
GROUPS = {"example/mail-approvers": 701}


class GitLabAdmin(StandIn):
    """Variables (by scope and key), protected environments and branches, schedules, the project's own settings.

    `premium`: without it there are no protected environments.
    """

    def __init__(self) -> None:
        super().__init__()
        self.premium = True
        self.variables: dict[tuple[str, str], dict[str, Any]] = {}
        self.protected: dict[str, dict[str, Any]] = {}
        self.protected_branches: dict[str, dict[str, Any]] = {}
        self.schedules: dict[int, dict[str, Any]] = {}
        self.project: dict[str, Any] = {
            "path_with_namespace": "example/mail",
            "only_allow_merge_if_pipeline_succeeds": False,
            "allow_merge_on_skipped_pipeline": None,
            "ci_forward_deployment_enabled": True,
            "merge_method": "merge",
        }

    def admin_routes(self, at: str) -> list[Route]:
        guard = self._guarded
        return [
            ("GET", at, guard(lambda asked: Reply(200, self.project))),
            ("PUT", at, guard(self._set_project)),
            ("GET", "/api/v4/users", guard(self._users)),
            ("GET", r"/api/v4/groups/(.+)", guard(self._group)),
            ("GET", rf"{at}/variables", guard(lambda asked: self.page(asked, list(self.variables.values())))),
            ("POST", rf"{at}/variables", guard(self._add_variable)),
            ("GET", rf"{at}/variables/([A-Z_]+)", guard(self._get_variable)),
            ("PUT", rf"{at}/variables/([A-Z_]+)", guard(self._set_variable)),
            ("DELETE", rf"{at}/variables/([A-Z_]+)", guard(self._delete_variable)),
            ("GET", rf"{at}/protected_environments", guard(self._list_protected)),
            ("POST", rf"{at}/protected_environments", guard(self._protect)),
            ("GET", rf"{at}/protected_environments/([\w-]+)", guard(lambda a, n: self._one(self.protected, n))),
            ("PUT", rf"{at}/protected_environments/([\w-]+)", guard(self._approve)),
            ("DELETE", rf"{at}/protected_environments/([\w-]+)", guard(lambda a, n: self._drop(self.protected, n))),
            ("POST", rf"{at}/protected_branches", guard(self._protect_branch)),
            ("GET", rf"{at}/protected_branches/([\w-]+)", guard(lambda a, n: self._one(self.protected_branches, n))),
            (
                "DELETE",
                rf"{at}/protected_branches/([\w-]+)",
                guard(lambda a, n: self._drop(self.protected_branches, n)),
            ),
            ("GET", rf"{at}/pipeline_schedules", guard(lambda asked: self.page(asked, list(self.schedules.values())))),
            ("POST", rf"{at}/pipeline_schedules", guard(self._add_schedule)),
            ("PUT", rf"{at}/pipeline_schedules/(\d+)", guard(self._set_schedule)),
            ("DELETE", rf"{at}/pipeline_schedules/(\d+)", guard(lambda a, n: self._drop(self.schedules, n))),
        ]

    def _guarded(self, work: Any) -> Any:
        def guarded(asked: Asked, *words: Any) -> Reply:
            if asked.login is None:
                return Reply(401, {"message": "401 Unauthorized"})
            if asked.method != "GET" and not asked.login.writes:
                return Reply(403, {"message": "403 Forbidden"})
            reply: Reply = work(asked, *words)
            return reply

        return guarded

    def _one(self, things: Any, key: Any) -> Reply:
        return Reply(200, things[key]) if key in things else self.not_found()

    def _drop(self, things: Any, key: Any) -> Reply:
        return Reply(204) if things.pop(key, None) is not None else self.not_found()

    def _set_project(self, asked: Asked) -> Reply:
        self.project |= asked.value
        return Reply(200, self.project)

    def _users(self, asked: Asked) -> Reply:
        number = USERS.get(asked.query["username"])
        return Reply(200, [{"id": number, "username": asked.query["username"]}] if number else [])

    def _group(self, _: Asked, path: str) -> Reply:
        number = GROUPS.get(path.replace("%2F", "/"))
        return Reply(200, {"id": number}) if number else self.not_found()

    def _key(self, asked: Asked, name: str) -> tuple[str, str] | None:
        """Without a filter the one of that key; several of it are a conflict, which we answer as not found."""
        scope = asked.query.get("filter[environment_scope]")
        found = [key for key in self.variables if key[1] == name and scope in (None, key[0])]
        return found[0] if len(found) == 1 else None

    def _add_variable(self, asked: Asked) -> Reply:
        value = {"environment_scope": "*", "protected": False, "masked": False, "raw": False, **asked.value}
        key = (value["environment_scope"], value["key"])
        if key in self.variables:
            return Reply(400, {"message": {"key": [f"({value['key']}) has already been taken"]}})
        self.variables[key] = value
        return Reply(201, value)

    def _get_variable(self, asked: Asked, name: str) -> Reply:
        return self._one(self.variables, self._key(asked, name))

    def _set_variable(self, asked: Asked, name: str) -> Reply:
        key = self._key(asked, name)
        if key is None:
            return self.not_found()
        self.variables[key] |= {name: value for name, value in asked.value.items() if name != "filter"}
        return Reply(200, self.variables[key])

    def _delete_variable(self, asked: Asked, name: str) -> Reply:
        return self._drop(self.variables, self._key(asked, name))

    def _list_protected(self, asked: Asked) -> Reply:
        return self.page(asked, list(self.protected.values())) if self.premium else self.not_found()

    def _protect(self, asked: Asked) -> Reply:
        name = asked.value["name"]
        if name in self.protected:
            return Reply(409, {"message": "Protected environment already exists"})
        self.protected[name] = {"name": name, "deploy_access_levels": asked.value["deploy_access_levels"]}
        self.protected[name]["approval_rules"] = [self._rule(one) for one in asked.value.get("approval_rules", [])]
        return Reply(201, self.protected[name])

    def _approve(self, asked: Asked, name: str) -> Reply:
        if name not in self.protected:
            return self.not_found()
        self.protected[name]["approval_rules"] += [self._rule(one) for one in asked.value["approval_rules"]]
        return Reply(200, self.protected[name])

    def _rule(self, one: dict[str, Any]) -> dict[str, Any]:
        return {"id": self.next_number(), "user_id": None, "group_id": None, "access_level": None, **one}

    def _protect_branch(self, asked: Asked) -> Reply:
        name = asked.value["name"]
        if name in self.protected_branches:
            return Reply(409, {"message": f"Protected branch '{name}' already exists"})
        self.protected_branches[name] = {
            "name": name,
            "push_access_levels": [{"access_level": asked.value.get("push_access_level", 40)}],
            "merge_access_levels": [{"access_level": asked.value.get("merge_access_level", 40)}],
            "allow_force_push": asked.value.get("allow_force_push", False),
        }
        return Reply(201, self.protected_branches[name])

    def _add_schedule(self, asked: Asked) -> Reply:
        number = self.next_number()
        self.schedules[number] = {"id": number, **asked.value}
        return Reply(201, self.schedules[number])

    def _set_schedule(self, asked: Asked, number: int) -> Reply:
        if number not in self.schedules:
            return self.not_found()
        self.schedules[number] |= asked.value
        return Reply(200, self.schedules[number])
