"""The packages that not every installation has: what to install for them, and how to say that one is missing.

What is named is in pyproject.toml: an extra, or a distribution of this repository; a test compares them.
"""

import importlib.util
from collections.abc import Sequence

from mtasts.errors import CannotLook

# module -> (package, what to install)
PACKAGES = {
    "starlette": ("starlette", "mtasts[receiver]"),
    "uvicorn": ("uvicorn", "mtasts[receiver]"),
    "pulumi": ("pulumi", "mtasts-pulumi"),
    "mtasts_pulumi": ("mtasts-pulumi", "mtasts-pulumi"),
    "mtasts_sandbox": ("mtasts-sandbox", "mtasts-sandbox"),
    "moto": ("moto", "mtasts-sandbox"),
    "dukpy": ("dukpy", "mtasts-sandbox"),
}


def need(modules: Sequence[str], what: str) -> None:
    """Raises CannotLook if one of these modules is not installed. `what` needs them, such as "the sandbox"."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        raise _lacking(missing, what)


def lacking(error: ModuleNotFoundError) -> CannotLook | None:
    """What to say of a module that an extra brings; None if it is another one, which is a fault of ours."""
    module = (error.name or "").partition(".")[0]
    return _lacking([module], "this") if module in PACKAGES else None


def _lacking(modules: Sequence[str], what: str) -> CannotLook:
    packages = sorted({PACKAGES[module][0] for module in modules})
    wanted = " ".join(sorted({f"'{PACKAGES[module][1]}'" for module in modules}))
    words = "a package that is" if len(packages) == 1 else "packages that are"
    message = f"{what} needs {words} not installed: {', '.join(packages)}"
    return CannotLook(message, f"pip install {wanted}")
