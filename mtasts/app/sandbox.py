"""The running sandbox, of another distribution: asked through the entry point `environment` of `mtasts.sandbox`."""

from collections.abc import Mapping

from mtasts.errors import CannotLook
from mtasts.policy.accounts import Accounts

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


def account_tokens(accounts: Accounts, environ: Mapping[str, str]) -> dict[str, str]:
    """In a sandbox: for the token's variable of each account the one that it takes there. Elsewhere none.

    So no variable has to be set for a rehearsal, and what is in one, perhaps a real token, is not used.
    """
    if not environ.get("MTASTS_SANDBOX_DIR"):
        return {}
    return {each.token_variable: account_token(each.name) for each in accounts.values() if each.token_variable}


def account_token(name: str) -> str:
    """The Cloudflare token of an account in a sandbox: as long as a real one, and the name can be read from it."""
    return f"sandbox_{name}_".ljust(40, "0")
