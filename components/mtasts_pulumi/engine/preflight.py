"""Everything that can be seen to be wrong before the engine touches anything. Presence only: no call to any cloud."""

import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mtasts.errors import CannotLook
from mtasts.policy.config import DomainPolicy
from mtasts.providers import HOSTING, PROVIDERS
from mtasts.providers.provider import Credentials

_CONNECT_SECONDS = 1.0


def attached_providers(environ: Mapping[str, str]) -> dict[str, int]:
    """`PULUMI_DEBUG_PROVIDERS=aws:1234,cloudflare:1235` as {"aws": 1234, ...}. Raises CannotLook on anything else."""
    providers = {}
    for entry in filter(None, environ.get("PULUMI_DEBUG_PROVIDERS", "").split(",")):
        name, _, port = entry.partition(":")
        if not (port.isascii() and port.isdecimal()) or not 0 < int(port) < 65536:
            raise CannotLook(
                f"PULUMI_DEBUG_PROVIDERS holds {entry!r}, which is not NAME:PORT",
                'unset it, or `eval "$(mtasts sandbox env)"`',
            )
        providers[name] = int(port)
    return providers


def check_providers(environ: Mapping[str, str]) -> None:
    """Raise CannotLook when an attached provider does not answer; the engine itself would wait and then say little."""
    for name, port in attached_providers(environ).items():
        try:
            socket.create_connection(("127.0.0.1", port), _CONNECT_SECONDS).close()
        except OSError as error:
            raise CannotLook(
                f"the {name} provider that PULUMI_DEBUG_PROVIDERS names does not answer on 127.0.0.1:{port}"
                f" ({error.strerror or error})",
                '`mtasts sandbox up` and `eval "$(mtasts sandbox env)"` again, or unset PULUMI_DEBUG_PROVIDERS',
            ) from error


def check_credentials(
    policies: Sequence[DomainPolicy], settings: Mapping[str, Any], environ: Mapping[str, str]
) -> None:
    """Raise CannotLook when a provider that these domains need has no credentials anywhere it would look.

    `settings` is Pulumi.<stack>.yaml. A provider attached for debugging brings its own world and needs none.
    """
    attached = attached_providers(environ)
    if settings.get("environment"):
        return  # Pulumi ESC brings them, which cannot be seen from here
    config = settings.get("config")
    keys = {str(key) for key in config} if isinstance(config, dict) else set()
    users: dict[Credentials, list[str]] = {HOSTING.credentials: []}
    for policy in policies:
        # A zone in another account needs that one's (engine/accounts.py).
        for credentials in {PROVIDERS[zone.provider].credentials for zone in policy.zones if not zone.account}:
            users.setdefault(credentials, []).append(policy.domain)
    for credentials, domains in users.items():
        if credentials.package not in attached and not _are_there(credentials, keys, environ):
            uses = f"{domains[0]}{f' and {len(domains) - 1} more' if len(domains) > 1 else ''}" if domains else ""
            raise CannotLook(credentials.missing.format(uses=uses), credentials.hint)


def _are_there(credentials: Credentials, keys: set[str], environ: Mapping[str, str]) -> bool:
    home = Path(environ.get("HOME") or Path.home())
    return (
        any(all(environ.get(name) for name in names) for names in credentials.variables)
        or bool(keys & credentials.settings)
        or any(Path(environ.get(name) or home / default).is_file() for name, default in credentials.files)
        or (bool(credentials.machine) and credentials.machine in _vendor())
    )


def _vendor() -> str:
    """Who made this machine, "" if it does not say."""
    try:
        return Path("/sys/class/dmi/id/sys_vendor").read_text()
    except OSError:
        return ""


def check_backend(environ: Mapping[str, str]) -> None:
    """Raise CannotLook when the state lies in a folder that is not there or cannot be written."""
    url = environ.get("PULUMI_BACKEND_URL", "")
    if not url.startswith("file://"):
        return
    folder = Path(url.removeprefix("file://").split("?")[0]).expanduser()
    if not folder.is_dir():
        raise CannotLook(f"the state backend {url} is not a folder", "make it, or see PULUMI_BACKEND_URL")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CannotLook(f"the state backend {url} cannot be read and written by this user", "see PULUMI_BACKEND_URL")
