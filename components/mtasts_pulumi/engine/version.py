"""Versions of the engine with which this project works. Pure: no files, no processes."""

import re

Version = tuple[int, int, int]

# The newest that builds from Go modules (module/go.mod).
VERSION = (3, 276, 0)
# The newest on PyPI, pinned in pyproject.toml. An engine of the same major version runs an older SDK.
SDK = (3, 272, 0)
# The oldest that tests run (tools/oldest_engine). One of 3.259 sends what depends on a failed resource to the provider,
# with this SDK, and the whole run ends there.
OLDEST = (3, 274, 0)

_VERSION = re.compile(r"(?<![\d.])(\d{1,6})\.(\d{1,6})\.(\d{1,6})")


def read_version(text: str) -> Version | None:
    """The first version number in what `pulumi version` or `go version` printed (`v3.276.0`), or None."""
    found = _VERSION.search(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def dotted(version: Version) -> str:
    """(3, 276, 0) as `3.276.0`."""
    return ".".join(map(str, version))


def unfit(version: Version) -> str | None:
    """Why this engine cannot be used, as the end of a sentence about it; None where it can."""
    if version[0] != VERSION[0]:
        return f"another major version than {dotted(VERSION)}, for which this is made"
    if version < OLDEST:
        return f"older than {dotted(OLDEST)}, the oldest that this is tested with"
    return None
