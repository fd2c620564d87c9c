"""Everything that can be seen to be wrong before the engine touches anything. Presence only: no call to any cloud."""

import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mtasts.errors import CannotLook
from mtasts.policy.config import DomainPolicy

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
    if "aws" not in attached and not _has_aws(keys, environ):
        raise CannotLook(
            "no AWS credentials: not in the environment, no ~/.aws/credentials or config, none in the stack's settings",
            "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; to try it without any: --sandbox",
        )
    uses = [
        policy.domain
        for policy in policies
        if "cloudflare" in (policy.dns.provider, policy.leaving.provider if policy.leaving else "")
    ]
    if uses and "cloudflare" not in attached and not _has_cloudflare(keys, environ):
        raise CannotLook(
            f"no Cloudflare credentials, which {uses[0]}{f' and {len(uses) - 1} more' if len(uses) > 1 else ''} needs",
            "set CLOUDFLARE_API_TOKEN (permission Zone.DNS:Edit on these zones), or the stack's cloudflare:apiToken",
        )


def _has_aws(keys: set[str], environ: Mapping[str, str]) -> bool:
    variables = (
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    )
    home = Path(environ.get("HOME") or Path.home()) / ".aws"
    files = (
        Path(environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials"),
        Path(environ.get("AWS_CONFIG_FILE") or home / "config"),
    )
    settings = {"aws:accessKey", "aws:profile", "aws:assumeRoles", "aws:assumeRoleWithWebIdentity"}
    return (
        any(environ.get(name) for name in variables)
        or bool(keys & settings)
        or any(file.is_file() for file in files)
        or _is_ec2()
    )


def _is_ec2() -> bool:
    """On an EC2 instance its role may give credentials; the vendor name needs no network to read."""
    try:
        return "Amazon EC2" in Path("/sys/class/dmi/id/sys_vendor").read_text()
    except OSError:
        return False


def _has_cloudflare(keys: set[str], environ: Mapping[str, str]) -> bool:
    if environ.get("CLOUDFLARE_API_TOKEN") or keys & {"cloudflare:apiToken", "cloudflare:apiKey"}:
        return True
    return bool(environ.get("CLOUDFLARE_API_KEY") and environ.get("CLOUDFLARE_EMAIL"))


def check_backend(environ: Mapping[str, str]) -> None:
    """Raise CannotLook when the state lies in a folder that is not there or cannot be written."""
    url = environ.get("PULUMI_BACKEND_URL", "")
    if not url.startswith("file://"):
        return
    folder = Path(url.removeprefix("file://").split("?")[0]).expanduser()
    if not folder.is_dir():
        raise CannotLook(f"the state backend {url} is no folder", "make it, or see PULUMI_BACKEND_URL")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CannotLook(f"the state backend {url} cannot be read and written by this user", "see PULUMI_BACKEND_URL")
