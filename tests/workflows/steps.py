"""The shell steps of the pipelines, taken out of their files and run: what a forge would run, and nothing copied.

    run = play("preview", "gate", folder, environ, {"vars.MTASTS_REPORTS": "...", "inputs.project": "mail"})
    assert run.results["Gate"].returncode == 0

Only steps with `run` are played. Those with `uses` (checkouts, credentials, artifacts) are the caller's to stand in
for: `mtasts` must be on PATH, the repository checked out, artifacts where they are downloaded to.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tools.gitlab_components import pipeline

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
# GitHub's `shell: bash`; GitLab's runner sets the same options.
_BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_NAME = re.compile(r"[a-z_]+(?:\.[A-Za-z_-]+)+")

Values = Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One step of a job. `env` is the workflow's, the job's and its own, expressions unresolved."""

    name: str
    run: str
    uses: str
    condition: str
    env: Mapping[str, str]
    where: str = "."  # its working directory, from the top of the checkout, expressions unresolved
    options: Mapping[str, Any] = field(default_factory=dict)  # `with`

    def environment(self, values: Values) -> dict[str, str]:
        """`env` with its expressions resolved; a context value that is not given is empty, as on GitHub."""
        return {name: _EXPRESSION.sub(lambda found: _text(found[1], values), text) for name, text in self.env.items()}

    def wanted(self, values: Values, *, failed: bool) -> bool:
        """Whether it runs, given what came before. Raises ValueError for a condition it does not understand."""
        terms = [term.strip() for term in self.condition.split("&&")] if self.condition else []
        if not any(term in ("always()", "!cancelled()") for term in terms) and failed:
            return False
        return all(
            _holds(term, {**values, **{f"env.{k}": v for k, v in self.environment(values).items()}}) for term in terms
        )


@dataclass
class Run:
    """What came of a job: the finished processes by the names of their steps, in order."""

    results: dict[str, "subprocess.CompletedProcess[str]"]
    outputs: str  # what was written to $GITHUB_OUTPUT
    summary: str  # and to $GITHUB_STEP_SUMMARY

    @property
    def passed(self) -> bool:
        """Whether the job is green."""
        return all(done.returncode == 0 for done in self.results.values())


def parsed(path: Path) -> Any:
    """A pipeline's file as it is; by libyaml, since they are read for each of their jobs."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def workflow(name: str) -> dict[Any, Any]:
    """`.github/workflows/NAME.yml`. The key `on` is True to YAML 1.1."""
    read = parsed(WORKFLOWS / f"{name}.yml")
    assert isinstance(read, dict)
    return read


def inputs(name: str) -> dict[str, str]:
    """What a reusable workflow is called with where its caller says nothing, as values of contexts."""
    called = workflow(name)[True].get("workflow_call") or {}
    return {f"inputs.{key}": str(one["default"]) for key, one in called.get("inputs", {}).items()}


def begins(name: str, job: str, values: Values) -> bool:
    """Whether a job begins, all that it needs having gone well. Raises ValueError for what it does not understand."""
    condition = _plain(workflow(name)["jobs"][job].get("if", ""))
    return all(_holds(term, {**inputs(name), **values}) for term in condition.split(" && ") if condition)


def steps(name: str, job: str) -> tuple[Step, ...]:
    """The steps of one job, in order."""
    whole = workflow(name)
    wanted = whole["jobs"][job]
    outer = {**whole.get("env", {}), **wanted.get("env", {})}
    where = wanted.get("defaults", {}).get("run", {}).get("working-directory", ".")
    return tuple(
        Step(
            name=step.get("name") or step.get("uses", "").partition("@")[0],
            run=step.get("run", ""),
            uses=step.get("uses", ""),
            condition=_plain(step.get("if", "")),
            env={key: str(value) for key, value in {**outer, **step.get("env", {})}.items()},
            where=step.get("working-directory", where),
            options=step.get("with", {}),
        )
        for step in wanted["steps"]
    )


def play(name: str, job: str, folder: Path, environ: Mapping[str, str], values: Values) -> Run:
    """Run the shell steps of a GitHub job in `folder`, as GitHub would: one that fails ends it but for `always()`.

    `values` are contexts, such as {"vars.MTASTS_REPORTS": "s3://..."}; what is not given is empty, an input has its
    default. `environ` is the whole environment otherwise, so it must have PATH.
    """
    values = {**inputs(name), **values}
    runner = folder.parent / f"{folder.name}.runner"
    runner.mkdir(exist_ok=True)
    output, summary = runner / "output", runner / "summary.md"
    output.write_text("")
    summary.write_text("")
    files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    results: dict[str, subprocess.CompletedProcess[str]] = {}
    for step in steps(name, job):
        failed = any(done.returncode != 0 for done in results.values())
        if step.run and step.wanted(values, failed=failed):
            place = folder / _EXPRESSION.sub(lambda found: _text(found[1], values), step.where)
            results[step.name] = shell(step.run, place, {**environ, **files, **step.environment(values)})
    return Run(results, output.read_text(), summary.read_text())


def gitlab_jobs(**inputs: Any) -> dict[str, Any]:
    """Both components as a project of the stacks staging and prod includes them, by job, hidden ones too."""
    own = {"path": inputs.get("path", "")}
    first = yaml.load(pipeline("mtasts", {"first": ["staging"], **own}), Loader=yaml.CSafeLoader)
    later = yaml.load(pipeline("mtasts-later", {"later": ["prod"], **own}), Loader=yaml.CSafeLoader)
    return {**first, **later}


def gitlab(job: str, **inputs: Any) -> dict[str, Any]:
    """A job with what it `extends`, later over earlier, key by key as GitLab merges; named without its first word."""
    return _extended(gitlab_jobs(**inputs), f"mtasts {job}")


def gitlab_script(job: str, **inputs: Any) -> tuple[str, str]:
    """What GitLab runs as one shell (before_script and script), and what it runs after it whatever came of it."""
    wanted = gitlab(job, **inputs)
    before = [*wanted.get("before_script", []), *wanted.get("script", [])]
    return "\n".join(before), "\n".join(wanted.get("after_script", []))


def shell(script: str, folder: Path, environ: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a script as the forges do."""
    return subprocess.run(
        [*_BASH, "-c", script], cwd=folder, env=dict(environ), capture_output=True, text=True, check=False, timeout=600
    )


def with_mtasts(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment whose PATH begins with this project's commands, as the action `setup` leaves it."""
    base = dict(os.environ if environ is None else environ)
    return {**base, "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{base.get('PATH', os.defpath)}"}


def _extended(whole: Mapping[str, Any], job: str) -> dict[str, Any]:
    own = dict(whole[job])
    parents = own.pop("extends", [])
    merged: dict[str, Any] = {}
    for part in [*(_extended(whole, parent) for parent in ([parents] if isinstance(parents, str) else parents)), own]:
        for key, value in part.items():
            both = isinstance(value, dict) and isinstance(merged.get(key), dict)
            merged[key] = {**merged[key], **value} if both else value
    return merged


def _plain(condition: object) -> str:
    text = str(condition).strip()
    found = _EXPRESSION.fullmatch(text)
    return " ".join((found[1] if found else text).split())


def _text(expression: str, values: Values) -> str:
    """`a.b`, or `a.b || c.d`: the first that is not empty."""
    for name in expression.split("||"):
        if not _NAME.fullmatch(name.strip()):
            raise ValueError(f"not understood: {expression}")
        if found := values.get(name.strip(), ""):
            return found
    return ""


def _holds(term: str, values: Values) -> bool:
    if term in ("always()", "!cancelled()"):
        return True
    found = re.fullmatch(r"(\S+) (==|!=) ('[^']*'|\S+)", term)
    if not found or not _NAME.fullmatch(found[1]):
        raise ValueError(f"not understood: {term}")
    other = found[3].strip("'") if found[3].startswith("'") else _text(found[3], values)
    return (values.get(found[1], "") == other) == (found[2] == "==")
