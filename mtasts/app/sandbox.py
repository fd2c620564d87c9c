"""The running sandbox, of another distribution: asked through the entry point `environment` of `mtasts.sandbox`."""

from collections.abc import Mapping

from mtasts.errors import CannotLook

GROUP = "mtasts.sandbox"


def with_sandbox(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ`, and over it what makes clients and the engine use the sandbox. Raises as sandbox_environment does."""
    return {**environ, **sandbox_environment(environ)}


def sandbox_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What makes clients and the engine use the sandbox that runs where `environ` has it.

    Raises CannotLook when none runs, or when mtasts-sandbox is not installed.
    """
    from importlib.metadata import entry_points  # noqa: PLC0415 - 60 ms, for --sandbox alone

    for point in entry_points(group=GROUP, name="environment"):
        return dict(point.load()(environ))
    raise CannotLook(
        "--sandbox: the sandbox is in the distribution mtasts-sandbox, which is not installed",
        "pip install mtasts-sandbox",
    )
