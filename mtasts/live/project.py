"""The Pulumi project on disk: its folder, its stacks, and the folder the engine works in."""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mtasts.errors import CannotLook

# The engine's own rule for stack names, so that no name can leave a folder.
_STACK = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def is_stack_name(text: str) -> bool:
    """Whether it can be the name of a stack here: the engine would take it, and no tool keeps such files hidden."""
    return _STACK.fullmatch(text) is not None and not text.startswith((".", "_"))


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with `Pulumi.yaml` and `__main__.py`."""

    root: Path
    name: str
    backend: str = ""  # the state backend's URL that Pulumi.yaml names

    @property
    def program(self) -> Path:
        """The program that both `pulumi up` and we run."""
        return self.root / "__main__.py"

    def policies(self, environ: Mapping[str, str]) -> Path:
        """The folder with a folder of policies per stack: $MTASTS_POLICIES, as the program itself reads it."""
        named = environ.get("MTASTS_POLICIES", "")
        return Path(named).absolute() if named else self.root / "policies"

    def stack_names(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        """The stacks that have policies or settings here, sorted. What the backend has is not asked."""
        names = {path.name[len("Pulumi.") : -len(".yaml")] for path in self.root.glob("Pulumi.*.yaml")}
        policies = self.policies(environ)
        if policies.is_dir():
            names |= {path.name for path in policies.iterdir() if path.is_dir()}
        return tuple(sorted(filter(is_stack_name, names)))


def find_project(start: Path) -> Project:
    """The project in `start` or the nearest folder above it, as `pulumi` finds it.

    Raises CannotLook when there is none, or its Pulumi.yaml cannot be read.
    """
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / "Pulumi.yaml").is_file():
            return read_project(folder)
    raise CannotLook(f"no Pulumi.yaml in {start.absolute()} or above it", "run it in the project, or say --project DIR")


def read_project(folder: Path) -> Project:
    """The project in `folder`. Raises CannotLook where it has no program or its settings cannot be read."""
    settings = _read_settings(folder / "Pulumi.yaml")
    if not (folder / "__main__.py").is_file():
        raise CannotLook(f"{folder} has a Pulumi.yaml but no __main__.py", "is this the project you mean?")
    backend = settings.get("backend")
    url = backend.get("url") if isinstance(backend, dict) else None
    return Project(folder, str(settings.get("name") or folder.name), str(url or ""))


def choose_stack(project: Project, named: str | None, environ: Mapping[str, str]) -> str:
    """`named`, else $PULUMI_STACK as `pulumi` itself takes it. There is no default: a wrong guess publishes.

    Raises CannotLook listing the stacks there are.
    """
    stack = named or environ.get("PULUMI_STACK", "")
    short = stack.rsplit("/", 1)[-1]
    names = project.stack_names(environ)
    listing = ", ".join(names) or "none: make policies/STACK/DOMAIN.yaml first"
    if not stack:
        raise CannotLook("which stack?", f"say --stack STACK; stacks of {project.name}: {listing}")
    parts = stack.split("/")  # `stack`, or with organisation and project before it
    if len(parts) > 3 or not all(_STACK.fullmatch(part) and part.strip(".") for part in parts):
        raise CannotLook(f"{stack!r} is not a stack name", f"stacks of {project.name}: {listing}")
    if short not in names:
        raise CannotLook(
            f"no such stack: {stack} (no {project.policies(environ) / short}, no Pulumi.{short}.yaml)",
            f"stacks of {project.name}: {listing}",
        )
    return stack


def work_folder(project: Project, stack: str, environ: Mapping[str, str]) -> tuple[Path, tuple[str, ...]]:
    """The folder that holds the settings for this run, and the names of settings left out of it.

    A real stack uses the project's own folder: what the engine writes to Pulumi.<stack>.yaml belongs there. In the
    sandbox it would only make tracked files dirty (`encryptionsalt`), so it gets copies in the sandbox's folder.
    """
    sandbox = environ.get("MTASTS_SANDBOX_DIR", "")
    if not (sandbox and environ.get("PULUMI_DEBUG_PROVIDERS")):
        return project.root, ()
    folder = Path(sandbox) / "workspace"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(project.root / "Pulumi.yaml", folder / "Pulumi.yaml")
    name = settings_name(stack)
    tracked = _read_settings(project.root / name) if (project.root / name).is_file() else {}
    private = _read_settings(folder / name) if (folder / name).is_file() else {}
    # The sandbox's secrets have its own, empty passphrase; what another one encrypted cannot be read there.
    settings = {key: value for key, value in tracked.items() if key not in {"secretsprovider", "encryptedkey"}}
    settings.pop("encryptionsalt", None)
    config = settings.get("config")
    kept = config if isinstance(config, dict) else {}
    left_out = tuple(sorted(str(key) for key, value in kept.items() if isinstance(value, dict) and "secure" in value))
    settings["config"] = {key: value for key, value in kept.items() if str(key) not in left_out}
    if "encryptionsalt" in private:
        settings["encryptionsalt"] = private["encryptionsalt"]
    text = yaml.safe_dump(settings, sort_keys=False)
    temporary = folder / f".{name}.{os.getpid()}"
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(folder / name)
    return folder, left_out


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        settings = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        raise CannotLook(f"{path} cannot be read: {reason}") from error
    return settings if isinstance(settings, dict) else {}


def settings_name(stack: str) -> str:
    """The name of the file with the settings of a stack; `stack` may name organisation and project, too."""
    return f"Pulumi.{stack.rsplit('/', maxsplit=1)[-1]}.yaml"


def stack_settings(project: Project, stack: str) -> dict[str, Any]:
    """Pulumi.<stack>.yaml as it is, or an empty mapping. Raises CannotLook when it is there and unreadable."""
    path = project.root / settings_name(stack)
    return _read_settings(path) if path.is_file() else {}


def aws_profile(project: Project, stack: str) -> str:
    """The AWS profile that the settings of a stack name, "" for none. Raises CannotLook as stack_settings does."""
    config = stack_settings(project, stack).get("config")
    found = config.get("aws:profile") if isinstance(config, dict) else None
    return found if isinstance(found, str) else ""


def program_settings(project: Project, stack: str) -> dict[str, Any]:
    """The settings of a stack by their names without `mtasts:`, as the engine gives them to the program.

    The engine calls them by the project's name; `mtasts:` always counts, whatever the project is called. Raises
    CannotLook when a settings file is there and unreadable.
    """
    found: dict[str, Any] = {}
    for settings, plain in (
        (_read_settings(project.root / "Pulumi.yaml"), _of_all),
        (stack_settings(project, stack), _open),
    ):
        config = settings.get("config")
        for key, value in config.items() if isinstance(config, dict) else ():
            package, _, name = str(key).rpartition(":")
            if package in ("", "mtasts", project.name):
                found[name] = plain(value)
    return found


def _of_all(value: Any) -> Any:
    """In Pulumi.yaml a key may say what it is: `value` for every stack, else `default`."""
    return value.get("value", value.get("default")) if isinstance(value, dict) else value


def _open(value: Any) -> Any:
    """What a stack's settings encrypt is not known here."""
    return None if isinstance(value, dict) and value.keys() == {"secure"} else value
