"""First file of a mail domain: its zone, a draft that is valid with the stack's defaults; never overwritten.

Used where a domain begins (`init`) and where one is taken over (`adopt`).
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live.text_file import read_text
from mtasts.live.zones import find_zone, provider_of
from mtasts.policy.config import InputProblem, Loaded, Source, load
from mtasts.policy.draft import Draft
from mtasts.protocol.problem import Severity
from mtasts.providers import PROVIDERS
from mtasts.words.names import with_u_labels

_SCHEMA = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")


def wants_dns(path: Path) -> bool:
    """Whether the stack's defaults leave the provider and the zone to each domain."""
    return any(
        "dns" in problem.key for problem in wrong(path, f"domain: {path.stem}\nmode: testing\nmx: [a.example]\n")
    )


def zone_of(domain: str, servers: Sequence[str], provider: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Provider and zone id of a domain. `provider`: "" for the one that `servers`, its name servers, tell.

    Raises CannotLook with what is known of them.
    """
    provider = provider or provider_of(servers) or ""
    found = [
        zone
        for one in ([provider] if provider else sorted(PROVIDERS, reverse=True))
        if (zone := find_zone(domain, one, environ))
    ]
    if len(found) == 1:
        return found[0].provider, found[0].id
    name = with_u_labels(domain)
    if found:
        places = " and ".join(f"{zone.provider} ({zone.id})" for zone in found)
        raise CannotLook(
            f"{name}: it has a zone at {places}", "name the one that is delegated: --dns-provider and --zone"
        )
    where = (
        f"it is at {provider}, but its zone's id is not known"
        if provider
        else "its DNS provider and zone are not known"
    )
    told = f" (name servers: {', '.join(servers)})" if servers else ""
    raise CannotLook(
        f"{name}: {where}{told}",
        "give --dns-provider and --zone, or the credentials of its account, or set dns in _defaults.yaml",
    )


def valid_draft(path: Path, make: Callable[[Sequence[str] | None], Draft], rua: Sequence[str]) -> Draft:
    """What `make` drafts for these reporting addresses, if it passes `mtasts validate` with the stack's defaults.

    Without any it takes the stack's own, and no reports only where that has none either. Raises CannotLook when there
    is no valid draft.
    """
    for addresses in (rua or None, ()):
        drafted = make(addresses)
        found = wrong(path, drafted.text)
        if addresses or not any(problem.key.startswith("tls_rpt") for problem in found):
            break
    if not found:
        return drafted
    raise CannotLook(f"the draft is not valid: {found[0]}", "write the file by hand, after an example in policies/")


def wrong(path: Path, text: str) -> list[InputProblem]:
    """What `mtasts validate` would refuse."""
    return [problem for problem in read_beside(path, text).problems if problem.severity is Severity.ERROR]


def read_beside(path: Path, text: str) -> Loaded:
    """What `text` says as the file at `path`, above the stack's defaults there."""
    defaults = path.with_name("_defaults.yaml")
    source = Source(str(defaults), read_text(defaults)) if defaults.exists() else None
    return load([Source(str(path), text)], source)


def write(path: Path, text: str) -> None:
    """Write the file. Raises CannotLook for one that is there, and where it cannot be written.

    The line that names a schema to editors is left out where that schema is not there.
    """
    named = _SCHEMA.match(text)
    if named and not Path(os.path.normpath(path.parent / named[1])).is_file():  # its folder need not be there yet
        text = text[named.end() :]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # "x": a file that came up in the meantime is not overwritten either.
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise is_there(path) from None
    except OSError as error:
        raise CannotLook(f"{path}: cannot be written: {error.strerror}", "check the folder's permissions") from None


def is_there(path: Path) -> CannotLook:
    """A file is never overwritten."""
    return CannotLook(f"{path} exists already and is never overwritten", "edit it, or move it away first")
