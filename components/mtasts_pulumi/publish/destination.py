"""The first line of a run: where it publishes. What cannot be known without guessing is left out."""

import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from mtasts.live.project import Project
from mtasts.policy.config import DomainPolicy
from mtasts.providers import PROVIDERS, aws
from mtasts.words.counted import few, number
from mtasts_pulumi.engine.preflight import attached_providers

_STS_SECONDS = 3.0
_SHOWN = 6  # accounts named
_DOING = {"preview": "preview of stack {} for", "up": "publishing stack {} to", "destroy": "taking down stack {} in"}
# Settings by which the engine's AWS account is another than the environment's.
_OTHER_ACCOUNT = {"aws:accessKey", "aws:assumeRoles", "aws:assumeRoleWithWebIdentity"}


def destination(
    operation: str,
    project: Project,
    stack: str,
    policies: Sequence[DomainPolicy],
    settings: Mapping[str, Any],
    environ: Mapping[str, str],
) -> str:
    """One line: accounts or the sandbox, where the state is, which stack. `settings` is Pulumi.<stack>.yaml."""
    doing = _DOING[operation].format(stack)
    if "aws" in attached_providers(environ):
        folder = environ.get("MTASTS_SANDBOX_DIR", "")
        return f"{doing} {f'the sandbox on loopback ({folder})' if folder else 'providers attached on loopback'}"
    where = [_aws(settings, environ)]
    used = [
        PROVIDERS[key]
        for key in sorted({zone.provider for policy in policies for zone in policy.zones if not zone.account})
    ]
    where += [each.title for each in used if each.credentials != aws.CREDENTIALS]
    accounts = sorted({name for policy in policies for name in policy.accounts if name})
    where += [number(len(accounts), "account") + f" ({few(accounts, _SHOWN)})"] if accounts else []
    return f"{doing} {' and '.join(where)}, state in {_backend(project, environ)}"


def _aws(settings: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    config = settings.get("config")
    config = config if isinstance(config, Mapping) else {}
    told = config.get("aws:profile") or environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE")
    profile = told if isinstance(told, str) else ""
    shown = f" (profile {profile})" if profile else ""
    if settings.get("environment") or _OTHER_ACCOUNT & {str(key) for key in config}:
        return f"AWS{shown}"
    account = _account(profile)
    return f"AWS account {account}{shown}" if account else f"AWS{shown}"


def _account(profile: str) -> str:
    """The account of these credentials, asked of STS, which every identity may; "" when it does not answer soon."""
    try:
        # Before the clock runs: on a busy machine this alone takes seconds, and they are for STS to answer in.
        import boto3
        from botocore.config import Config
    except ImportError:
        return ""
    found: list[str] = []

    def ask() -> None:
        try:
            config = Config(connect_timeout=_STS_SECONDS, read_timeout=_STS_SECONDS, retries={"total_max_attempts": 1})
            session = boto3.Session(profile_name=profile or None)
            region = session.region_name or "us-east-1"
            found.append(str(session.client("sts", config=config, region_name=region).get_caller_identity()["Account"]))
        except Exception:  # noqa: S110 - a line that is only to inform must not fail a run, whatever boto3 raises
            pass

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_STS_SECONDS)
    return found[0] if found and found[0].isdecimal() else ""


def _backend(project: Project, environ: Mapping[str, str]) -> str:
    """The state backend as the engine chooses it, without what may be secret in its URL."""
    url = environ.get("PULUMI_BACKEND_URL") or project.backend or _logged_in(environ)
    if not url:
        return "Pulumi Cloud" if environ.get("PULUMI_ACCESS_TOKEN") else "the backend of `pulumi login`"
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _logged_in(environ: Mapping[str, str]) -> str:
    home = Path(environ.get("PULUMI_HOME") or Path(environ.get("HOME") or Path.home()) / ".pulumi")
    try:
        current = json.loads((home / "credentials.json").read_bytes()).get("current")
    except (OSError, ValueError, AttributeError):
        return ""
    return current if isinstance(current, str) else ""
