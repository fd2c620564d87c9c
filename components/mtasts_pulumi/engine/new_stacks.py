"""Empty stacks in a new `file://` backend, as `pulumi stack init` would make them: no process, no passphrase.

Plain `pulumi up` refuses a stack that is not there. Against the sandbox nobody should have to know that.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mtasts.errors import CannotLook


def make_stacks(project: str, stacks: Iterable[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Make those of `stacks` that the backend does not have; gives their names. What is there is left alone.

    Raises CannotLook when the backend is no folder that can be written.
    """
    root = Path(unquote(urlsplit(environ["PULUMI_BACKEND_URL"]).path)) / ".pulumi"
    folder = root / "stacks" / project
    made = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (root / "meta.yaml").exists():
            # Without it the engine takes the backend for one of before 3.61, with stacks that belong to no project.
            (root / "meta.yaml").write_text("version: 1\n")
        for stack in stacks:
            path = folder / f"{stack}.json"
            if not path.exists() and not path.with_name(f"{path.name}.gz").exists():
                checkpoint = {"stack": f"organization/{project}/{stack}", "latest": None}
                path.write_text(json.dumps({"version": 3, "checkpoint": checkpoint}))
                made.append(stack)
    except OSError as error:
        raise CannotLook(
            f"the state backend {root} cannot be written: {error}", "see `mtasts sandbox status`"
        ) from None
    return tuple(made)
