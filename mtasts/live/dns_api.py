"""A DNS provider's own API, for what the engine's provider does not tell: a zone's id, what stands in a zone."""

import importlib
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from mtasts.providers import DnsProvider


class DnsApi(Protocol):
    """What a provider's `api` module has. All of it blocks. Credentials come from `environ`."""

    def zones(self, environ: Mapping[str, str], /) -> Callable[[str], list[str]] | None:
        """A function from a zone's name to the ids of the public zones of that name; None without credentials.

        The function raises CannotLook when the API refuses or does not answer.
        """
        ...

    def can_ask(self, environ: Mapping[str, str], /) -> bool:
        """Whether `records_at` can be asked with these credentials."""
        ...

    def records_at(
        self, zone: str, name: str, environ: Mapping[str, str], kind: str = "", /
    ) -> tuple[Mapping[str, Any], ...] | None:
        """The records of a zone (its id) at one name, of one type or of all: `id`, `name`, `type`, `content`.

        None where it cannot be asked: no credentials, no answer, an error.
        """
        ...

    def put_texts(
        self, zone: str, name: str, add: Collection[str], drop: Collection[str], environ: Mapping[str, str], /
    ) -> None:
        """Have TXT records that say `add` at `name` (whole, no last dot), and none that say `drop`; all others stay.

        What is there already, or not there, is left so. Texts are ASCII of at most 255 bytes, without quotes. Raises
        CannotLook when the API refuses, does not answer, or somebody else changes the name at the same time.
        """
        ...


def api_of(provider: DnsProvider) -> DnsApi | None:
    """What asks the provider's API, imported now; None for a provider that has none."""
    if not provider.api:
        return None
    module: DnsApi = importlib.import_module(provider.api)
    return module
