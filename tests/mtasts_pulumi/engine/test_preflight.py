"""What is seen to be wrong before anything is touched."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mtasts.errors import CannotLook
from mtasts.live.project import choose_stack, find_project, work_folder
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.protocol.mta_sts import Mode
from mtasts_pulumi.engine.preflight import attached_providers, check_backend, check_credentials, check_providers
from tests.publishing.program import write_project


def policy(domain: str, provider: str) -> DomainPolicy:
    """A domain whose zone is at `provider`."""
    zone = DnsZone(provider, "Z0123456789ABC" if provider == "route53" else "0" * 32)
    return DomainPolicy(domain, Mode.TESTING, 86400, (f"mx.{domain}",), (), 300, zone, domain, "", "", "x.yaml")


AT_ROUTE53 = [policy("example.com", "route53")]
AT_CLOUDFLARE = [policy("example.net", "cloudflare"), policy("example.org", "cloudflare")]
AWS = {"AWS_PROFILE": "x"}


@pytest.mark.parametrize(
    ("text", "providers"),
    [("", {}), ("aws:1234", {"aws": 1234}), ("aws:1234,cloudflare:65535,", {"aws": 1234, "cloudflare": 65535})],
)
def test_attached_providers(text: str, providers: dict[str, int]) -> None:
    """The engine's own variable, as it reads it."""
    assert attached_providers({"PULUMI_DEBUG_PROVIDERS": text}) == providers


@pytest.mark.parametrize("text", ["aws", "aws:", "aws:x", "aws:0", "aws:65536", "aws:-1", "aws:٣"])
def test_attached_providers_refuses(text: str) -> None:
    """Anything else names the entry and the variable."""
    with pytest.raises(CannotLook, match="PULUMI_DEBUG_PROVIDERS holds"):
        attached_providers({"PULUMI_DEBUG_PROVIDERS": text})


def test_provider_that_does_not_answer() -> None:
    """A sandbox that is gone: which provider, which port, and what to run."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))  # ours all the time: one that is given back may be somebody else's at once
        port = server.getsockname()[1]
        with pytest.raises(CannotLook, match=f"the aws provider .* does not answer on 127.0.0.1:{port}") as refused:
            check_providers({"PULUMI_DEBUG_PROVIDERS": f"aws:{port}"})
        server.listen()
        check_providers({"PULUMI_DEBUG_PROVIDERS": f"aws:{port}"})
    assert "mtasts sandbox up" in refused.value.hint


@pytest.mark.parametrize(
    ("policies", "settings", "environ", "lacking"),
    [
        (AT_ROUTE53, {}, {}, "no AWS credentials"),
        (AT_ROUTE53, {}, {"AWS_ACCESS_KEY_ID": "x"}, ""),
        (AT_ROUTE53, {}, AWS, ""),
        (AT_ROUTE53, {"config": {"aws:profile": "x"}}, {}, ""),
        (AT_ROUTE53, {"config": {"aws:region": "x"}}, {}, "no AWS credentials"),
        (AT_ROUTE53, {"environment": ["prod"]}, {}, ""),
        (AT_ROUTE53, {}, {"PULUMI_DEBUG_PROVIDERS": "aws:1"}, ""),
        (AT_CLOUDFLARE, {}, AWS, "no Cloudflare credentials, which example.net and 1 more needs"),
        (AT_CLOUDFLARE, {}, {**AWS, "CLOUDFLARE_API_TOKEN": "x"}, ""),
        (AT_CLOUDFLARE, {}, {**AWS, "CLOUDFLARE_API_KEY": "x"}, "no Cloudflare credentials"),
        (AT_CLOUDFLARE, {}, {**AWS, "CLOUDFLARE_API_KEY": "x", "CLOUDFLARE_EMAIL": "x"}, ""),
        (AT_CLOUDFLARE, {"config": {"cloudflare:apiToken": {"secure": "x"}}}, AWS, ""),
        (AT_CLOUDFLARE, {}, {"PULUMI_DEBUG_PROVIDERS": "aws:1,cloudflare:2"}, ""),
    ],
)
def test_credentials(
    tmp_path: Path, policies: list[DomainPolicy], settings: dict[str, Any], environ: Mapping[str, str], lacking: str
) -> None:
    """Each provider that these domains need must find credentials somewhere; the others are not asked for."""
    environ = {"HOME": str(tmp_path), **environ}
    if lacking:
        with pytest.raises(CannotLook, match=lacking) as refused:
            check_credentials(policies, settings, environ)
        assert refused.value.hint
    else:
        check_credentials(policies, settings, environ)


def test_credentials_file(tmp_path: Path) -> None:
    """A profile file is credentials too."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[default]\n")
    check_credentials(AT_ROUTE53, {}, {"HOME": str(tmp_path)})


def test_backend_folder(tmp_path: Path) -> None:
    """A file backend must be a folder; another backend is the engine's business."""
    check_backend({})
    check_backend({"PULUMI_BACKEND_URL": "s3://bucket"})
    check_backend({"PULUMI_BACKEND_URL": f"file://{tmp_path}"})
    with pytest.raises(CannotLook, match="is not a folder"):
        check_backend({"PULUMI_BACKEND_URL": f"file://{tmp_path}/nothing"})


def test_project_is_found_from_below(tmp_path: Path) -> None:
    """As `pulumi` finds it; the name is the one in Pulumi.yaml."""
    folder = write_project(tmp_path / "project")
    (folder / "a" / "b").mkdir(parents=True)
    project = find_project(folder / "a" / "b")
    assert (project.root, project.name) == (folder, "tiny")


def test_no_project(tmp_path: Path) -> None:
    """Named, with the way out."""
    with pytest.raises(CannotLook, match=r"no Pulumi.yaml in .* or above it") as refused:
        find_project(tmp_path)
    assert "--project" in refused.value.hint


@pytest.mark.parametrize("text", ["name: [", "\x00", "name: &a [*a]"])
def test_broken_settings(tmp_path: Path, text: str) -> None:
    """A Pulumi.yaml that cannot be read is told with its path, and no more."""
    folder = write_project(tmp_path / "project")
    (folder / "Pulumi.yaml").write_text(text)
    if text.startswith("name: &a"):
        find_project(folder)  # odd, but a name all the same
    else:
        with pytest.raises(CannotLook, match=r"Pulumi.yaml cannot be read"):
            find_project(folder)


def test_stacks(tmp_path: Path) -> None:
    """A stack has policies or settings here; there is no default, and a wrong one lists the right ones."""
    folder = write_project(tmp_path / "project")
    for name in ("prod", "_hidden", ".git"):
        (folder / "policies" / name).mkdir(parents=True)
    project = find_project(folder)
    assert project.stack_names({}) == ("dev", "prod")
    assert choose_stack(project, "prod", {}) == "prod"
    assert choose_stack(project, "acme/tiny/prod", {}) == "acme/tiny/prod"
    assert choose_stack(project, None, {"PULUMI_STACK": "dev"}) == "dev"
    for named in (None, "nope", "../prod", "a b", "x" * 101):
        with pytest.raises(CannotLook) as refused:
            choose_stack(project, named, {})
        assert refused.value.hint.endswith("stacks of tiny: dev, prod")


def test_real_stack_works_in_the_project(tmp_path: Path) -> None:
    """Only the sandbox gets copies."""
    project = find_project(write_project(tmp_path / "project"))
    assert work_folder(project, "dev", {}) == (project.root, ())
    assert work_folder(project, "dev", {"MTASTS_SANDBOX_DIR": str(tmp_path)}) == (project.root, ())
