"""The version of this distribution, which pyproject.toml alone gives."""


def version() -> str:
    """Such as 0.1.0; "unknown" where the code is used without having been installed."""
    from importlib import metadata  # noqa: PLC0415 - 60 ms, for what few runs ask

    try:
        return metadata.version("mtasts")
    except metadata.PackageNotFoundError:
        return "unknown"
