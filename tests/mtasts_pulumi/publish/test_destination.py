"""The first line of a run: accounts, backend, sandbox, as far as they can be known; never a secret, never a failure."""

from pathlib import Path

import pytest

from mtasts.live.project import Project
from mtasts.policy.config import Source, load
from mtasts_pulumi.publish import destination as _destination
from mtasts_pulumi.publish.destination import destination
from tests.fakes.s3_server import s3_server
from tests.patience import PATIENCE

PROJECT = Project(Path("/p"), "p")
NOWHERE = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}


def policies(provider: str):
    zone = "Z0123456789" if provider == "route53" else "0123456789abcdef0123456789abcdef"
    text = "domain: example.com\nmode: testing\nmx: [mx.example.com]\ntls_rpt: {rua: []}\n"
    text += f"dns: {{provider: {provider}, zone: {zone}}}\n"
    loaded = load([Source("example.com.yaml", text)], None)
    assert loaded.policies, loaded.problems
    return loaded.policies


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """No AWS that answers, no configuration of the user's."""
    for name, value in {**NOWHERE, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return {"HOME": str(tmp_path)}


@pytest.mark.parametrize(
    ("environ", "settings", "provider", "line"),
    [
        ({"PULUMI_BACKEND_URL": "s3://b?region=x"}, {}, "route53", "publishing stack prod to AWS, state in s3://b"),
        ({"PULUMI_BACKEND_URL": "https://u:secret@b.example/x"}, {}, "cloudflare",
         "publishing stack prod to AWS and Cloudflare, state in https://b.example/x"),
        ({"AWS_PROFILE": "mail"}, {}, "route53",
         "publishing stack prod to AWS (profile mail), state in the backend of `pulumi login`"),
        ({"AWS_PROFILE": "mail"}, {"config": {"aws:profile": "other"}}, "route53",
         "publishing stack prod to AWS (profile other), state in the backend of `pulumi login`"),
        ({"PULUMI_ACCESS_TOKEN": "secret"}, {"config": {"aws:accessKey": {"secure": "v1:x"}}}, "route53",
         "publishing stack prod to AWS, state in Pulumi Cloud"),
        ({"PULUMI_DEBUG_PROVIDERS": "aws:1", "MTASTS_SANDBOX_DIR": "/tmp/s"}, {}, "cloudflare",
         "publishing stack prod to the sandbox on loopback (/tmp/s)"),
        ({"PULUMI_DEBUG_PROVIDERS": "aws:1"}, {}, "route53", "publishing stack prod to providers attached on loopback"),
    ],
)  # fmt: skip
def test_what_is_known_is_named(elsewhere, environ, settings, provider, line):
    assert destination("up", PROJECT, "prod", policies(provider), settings, {**elsewhere, **environ}) == line


def test_the_backend_of_the_project_and_of_a_login(elsewhere, tmp_path):
    """As the engine chooses: the variable, Pulumi.yaml, then the login; a broken file of it is none."""
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi" / "credentials.json").write_text('{"current": "https://api.pulumi.com"}')
    told = destination("preview", PROJECT, "s", policies("route53"), {}, elsewhere)
    assert told == "preview of stack s for AWS, state in https://api.pulumi.com"
    named = Project(Path("/p"), "p", "file:///state")
    assert destination("destroy", named, "s", policies("route53"), {}, elsewhere).endswith("state in file:///state")
    (tmp_path / ".pulumi" / "credentials.json").write_text("[]")
    assert destination("up", PROJECT, "s", policies("route53"), {}, elsewhere).endswith("`pulumi login`")


def test_the_account_is_asked_of_sts(elsewhere, monkeypatch):
    """By the credentials that the engine will use."""
    monkeypatch.setattr(_destination, "_STS_SECONDS", float(PATIENCE))
    with s3_server() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        told = destination("up", PROJECT, "s", policies("route53"), {}, elsewhere)
    assert told == "publishing stack s to AWS account 123456789012, state in the backend of `pulumi login`"
