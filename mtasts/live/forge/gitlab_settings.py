"""The settings of a GitLab project: variables by environment, protected environments, the branch, the schedule.

REST API v4: project_level_variables, protected_environments, protected_branches, projects, pipeline_schedules, users,
groups. Its token needs the scope `api` and the role Maintainer.
"""

import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mtasts.live.forge.calls import Calls, Patience
from mtasts.live.forge.contract import NotAllowed
from mtasts.live.forge.gitlab import HEADERS, project_of
from mtasts.live.forge.kind import Environ, base_of, token_of
from mtasts.live.forge.settings import (
    PREVIEW,
    RECORD,
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

_NO_ONE, _MAINTAINERS = 0, 40  # access levels
_SCHEDULE, _CRON = "mtasts watch", "23 2,8,14,20 * * *"
# A merge needs a pipeline that passed, of what will be merged; an old deployment does not follow a newer one.
_PROJECT: Mapping[str, Any] = {
    "only_allow_merge_if_pipeline_succeeds": True,
    "allow_merge_on_skipped_pipeline": False,
    "ci_forward_deployment_enabled": True,
    "merge_method": "rebase_merge",
}
# Fast-forward is up to date as well.
_AS_GOOD = {"merge_method": ("rebase_merge", "ff")}

Json = dict[str, Any]


class GitLabSettings:
    """One project. `ForgeSettings` documents the methods."""

    def __init__(self, environ: Environ, patience: Patience | None = None) -> None:
        """Raises CannotLook, NotAllowed without a token."""
        self._base, self._project = base_of(environ, "CI_API_V4_URL", "https://gitlab.com/api/v4"), project_of(environ)
        token = Secret(token_of(environ, "GITLAB_TOKEN"))
        self._at = f"/projects/{_quoted(self._project)}"
        self._calls = Calls("GitLab", self._base, token, ("PRIVATE-TOKEN", ""), HEADERS, patience or Patience())

    @property
    def place(self) -> str:
        """As people know it."""
        return f"GitLab {self._project}"

    def identity(self, environments: Sequence[str], base: str) -> Identity:
        """The project and the branch: the subject knows no environment. Any branch may read, `base` does the rest."""
        issuer = urllib.parse.urlsplit(self._base).hostname or ""
        path = self._calls.ask("GET", self._at, Json)["path_with_namespace"]
        of = f"project_path:{path}:ref_type:branch:ref"
        subjects = {each: (f"{of}:{'*' if each == PREVIEW else base}",) for each in environments}
        return Identity(issuer, subjects, "AWS_ROLE_ARN")

    def plan(self, wish: ForgeWish) -> Sequence[ForgeStep]:
        """Variables and secrets by environment, who deploys, the branch, the project, the schedule."""
        project = self._calls.ask("GET", self._at, Json)
        steps = [*self._variables(wish)]
        steps += [one for stack in wish.stacks for one in self._approval(stack)]
        return [*steps, self._branch(wish), *self._of_project(project), self._schedule(wish)]

    def plan_undo(self) -> Sequence[ForgeStep]:
        """The reverse of what the record says."""
        steps = [self._undone(made) for made in reversed(self._record())]
        gone = self._call("DELETE", f"/variables/{RECORD}")
        return [*steps, step("the note of what set-up made", "there", "absent", "deleted", [gone])]

    def do(self, step: ForgeStep) -> None:
        """Note it, then do it."""
        record = self._record()
        if step.made and step.made not in record:
            body = {"key": RECORD, "value": " ".join([*record, step.made]), "raw": True}
            self._calls.tell("PUT" if record else "POST", f"{self._at}/variables{f'/{RECORD}' if record else ''}", body)
        for call in step.calls:
            self._do(call)

    def _variables(self, wish: ForgeWish) -> Iterator[ForgeStep]:
        try:
            listed = self._calls.pages(f"{self._at}/variables?per_page=100", Json)
            known = {(one["environment_scope"], one["key"]): one for one in listed}
        except NotAllowed as error:
            yield unseen("variables", "set", error)
            return
        for name, value in wish.variables.items():
            yield self._variable("*", name, value, known, protected=False)
        for stack in wish.environments:
            # A protected variable is for protected branches alone; what judges a merge request runs on any.
            protected = stack != wish.preview
            for name, value in stack.variables.items():
                yield self._variable(stack.name, name, value, known, protected=protected)
            for name in stack.secrets:
                yield _secret(stack.name, name, known.get((stack.name, name)), protected=protected)

    def _variable(
        self, scope: str, name: str, value: str, known: Mapping[tuple[str, str], Json], *, protected: bool
    ) -> ForgeStep:
        now = known.get((scope, name))
        body = {"value": value, "protected": protected, "raw": True}
        if now is None:
            call = self._call("POST", "/variables", {"key": name, "environment_scope": scope, **body})
        else:
            call = self._call(
                "PUT", f"/variables/{name}?{_scoped(scope)}", {**body, "filter": {"environment_scope": scope}}
            )
        same = now is not None and all(now.get(key) == wanted for key, wanted in body.items())
        what = f"variable {name}" + ("" if scope == "*" else f" of {scope}")
        words = "absent" if now is None else _variable_words(now["value"], protected=bool(now.get("protected")))
        made = f"variable/{'' if scope == '*' else scope}/{name}" if now is None else ""
        return step(
            what, words, _variable_words(value, protected=protected), "the variable is set", [call], made, same=same
        )

    def _approval(self, stack: StackWish) -> Iterator[ForgeStep]:
        """Who deploys to the environment, and who approves. GitLab Free has no protected environments."""
        if not stack.reviewers:
            return
        what = f"protected environment {stack.name}"
        wanted = f"deployed by maintainers, approved by {' or '.join(stack.reviewers)}"
        try:
            rules = [self._approver(name) for name in stack.reviewers]
        except NotAllowed as error:
            yield unseen(what, wanted, error)
            return
        try:
            known = {one["name"]: one for one in self._calls.pages(f"{self._at}/protected_environments", Json)}
        except NotAllowed as error:
            how = "GitLab Free has no approvals: whoever may merge starts the job by hand"
            yield by_hand(what, "cannot be seen", wanted, f"{how} ({error.message})")
            return
        now = known.get(stack.name)
        there = [{key: one.get(key) for key in rule} for rule in rules for one in (now or {}).get("approval_rules", [])]
        missing = [rule for rule in rules if rule not in there]
        levels = [{"access_level": _MAINTAINERS}]
        if now is None:
            body: Json = {"name": stack.name, "deploy_access_levels": levels, "approval_rules": rules}
            call = self._call("POST", "/protected_environments", body)
        else:
            call = self._call("PUT", f"/protected_environments/{_quoted(stack.name)}", {"approval_rules": missing})
        before = "absent" if now is None else f"{len(now.get('approval_rules', []))} approval rules"
        made = f"environment/{stack.name}" if now is None else ""
        yield step(
            what, before, wanted, "the environment is protected", [call], made, same=now is not None and not missing
        )

    def _approver(self, name: str) -> Json:
        """USER, or a group's path."""
        if "/" in name:
            group = self._calls.ask("GET", f"/groups/{_quoted(name)}", Json)
            return {"group_id": group["id"], "required_approvals": 1}
        found = self._calls.ask("GET", f"/users?username={_quoted(name)}", list[Json])
        if not found:
            raise NotAllowed(f"GitLab knows no user {name}", "a login name, or the path of a group", 404)
        return {"user_id": found[0]["id"], "required_approvals": 1}

    def _branch(self, wish: ForgeWish) -> ForgeStep:
        """Nobody pushes. The level of a branch is only taken when it gets protected, so that is done anew."""
        what, place = f"protected branch {wish.base}", f"/protected_branches/{_quoted(wish.base)}"
        words = "nobody pushes, maintainers merge, no force push"
        try:
            now = self._seen(f"{self._at}{place}")
        except NotAllowed as error:
            return unseen(what, words, error)
        body = {
            "name": wish.base,
            "push_access_level": _NO_ONE,
            "merge_access_level": _MAINTAINERS,
            "allow_force_push": False,
        }
        post = self._call("POST", "/protected_branches", body)
        if now is None:
            return step(what, "absent", words, "the branch is protected", [post], f"branch/{wish.base}")
        pushes = [one.get("access_level") for one in now.get("push_access_levels", [])]
        same = pushes == [_NO_ONE] and not now.get("allow_force_push")
        calls = [self._call("DELETE", place), post]
        how = "the branch is protected anew; for a moment it is not protected"
        return step(what, words if same else "somebody may push", words, how, calls, same=same)

    def _of_project(self, project: Json) -> Iterator[ForgeStep]:
        for name, wanted in _PROJECT.items():
            now = project.get(name)
            same = now in _AS_GOOD.get(name, (wanted,))
            call = self._call("PUT", "", {name: wanted})
            made = "" if same else f"project/{name}/{_said(now)}"
            yield step(f"project: {name}", _said(now), _said(wanted), "it is set", [call], made, same=same)

    def _schedule(self, wish: ForgeWish) -> ForgeStep:
        what, words = f'pipeline schedule "{_SCHEDULE}"', f"{_CRON} on {wish.base}"
        try:
            known = self._known_schedule()
        except NotAllowed as error:
            return unseen(what, words, error)
        body = {"description": _SCHEDULE, "ref": f"refs/heads/{wish.base}", "cron": _CRON, "active": True}
        if known is None:
            return step(
                what,
                "absent",
                words,
                "it is made, in your name",
                [self._call("POST", "/pipeline_schedules", body)],
                "schedule",
            )
        # GitLab answers with the short name of the branch, or with the long one, by its version.
        on_base = str(known.get("ref", "")).removeprefix("refs/heads/") == wish.base
        same = bool(known.get("active")) and on_base
        now = f"{known.get('cron')} on {known.get('ref')}" + ("" if known.get("active") else ", not active")
        call = self._call("PUT", f"/pipeline_schedules/{known['id']}", {"ref": body["ref"], "active": True})
        return step(what, now, words, "it is set", [call], same=same)

    def _known_schedule(self) -> Json | None:
        listed = self._calls.pages(f"{self._at}/pipeline_schedules?per_page=100", Json)
        return next((one for one in listed if one["description"] == _SCHEDULE), None)

    def _record(self) -> list[str]:
        found = self._seen(f"{self._at}/variables/{RECORD}")
        return str(found.get("value", "")).split() if found else []

    def _undone(self, made: str) -> ForgeStep:
        kind, _, rest = made.partition("/")
        name, _, value = rest.partition("/")
        if kind == "variable":
            scope = name or "*"
            place = f"/variables/{value}?{_scoped(scope)}"
            return self._removal(f"variable {value}" + (f" of {name}" if name else ""), place, "deleted")
        if kind == "environment":
            place = f"/protected_environments/{_quoted(name)}"
            return self._removal(f"protected environment {name}", place, "no longer protected")
        if kind == "branch":
            how = "no longer protected: who may push may push to it"
            return self._removal(f"protected branch {rest}", f"/protected_branches/{_quoted(rest)}", how)
        if kind == "schedule":
            known = self._known_schedule()
            calls = [self._call("DELETE", f"/pipeline_schedules/{known['id']}")] if known else []
            what, now = f'pipeline schedule "{_SCHEDULE}"', "there" if known else "absent"
            return step(what, now, "absent", "deleted", calls, same=not known)
        old: Any = {"yes": True, "no": False}.get(value, value)
        now = _said(self._calls.ask("GET", self._at, Json).get(name))
        return step(f"project: {name}", now, value, "set back", [self._call("PUT", "", {name: old})], same=now == value)

    def _removal(self, what: str, place: str, how: str) -> ForgeStep:
        there = self._seen(f"{self._at}{place}") is not None
        return step(what, "there" if there else "absent", "absent", how, [self._call("DELETE", place)], same=not there)

    def _seen(self, path: str) -> Json | None:
        """None where it is not there."""
        try:
            return self._calls.ask("GET", path, Json)
        except NotAllowed as error:
            if error.status != 404:
                raise
            return None

    def _do(self, call: ForgeCall) -> None:
        try:
            self._calls.tell(call.method, call.path, call.body)
        except NotAllowed as error:
            if call.method != "DELETE" or error.status != 404:
                raise

    def _call(self, method: str, place: str, body: Json | None = None) -> ForgeCall:
        return ForgeCall(method, f"{self._at}{place}", body)


def _secret(stack: str, name: str, now: Json | None, *, protected: bool) -> ForgeStep:
    """A value that the forge shows to nobody: masked, and for protected branches alone where those alone need it."""
    what, wanted = f"secret {name} of {stack}", "set, masked" + (", protected" if protected else "")
    options = f"--scope {stack} --masked" + (" --protected" if protected else "")
    how = f"glab variable set {name} {options}"
    if now is None:
        return by_hand(what, "absent", wanted, how)
    has = ["set", *(["masked"] if now.get("masked") else []), *(["protected"] if now.get("protected") else [])]
    if now.get("masked") and (now.get("protected") or not protected):
        return ForgeStep(what, ", ".join(has), wanted, "", StepState.SET)
    return by_hand(what, ", ".join(has), wanted, how.replace(" set ", " update "))


def _variable_words(value: str, *, protected: bool) -> str:
    return f"{value} (protected)" if protected else value


def _said(value: Any) -> str:
    """A setting in a word, without a space: it stands in the record."""
    return {True: "yes", False: "no", None: "no"}.get(value, str(value)) if not isinstance(value, str) else value


def _scoped(scope: str) -> str:
    return urllib.parse.urlencode({"filter[environment_scope]": scope})


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")
