"""Rights at AWS, by the documents that set-up gives to roles: what each lacks, and what is too wide."""

import json
import os
from pathlib import Path

import pytest

from mtasts.app.doctor import rights
from mtasts.cli.main import main
from mtasts.providers import rights as sources
from mtasts.providers.rights import Estate, StackEstate, Statement
from mtasts.render.doctor import Found, State
from tests.app.doctor.projects import CLOUDFLARE, ROUTE53, make_project, set_up
from tests.fakes.iam_server import ACCOUNT, ROLE, iam_server
from tests.ports import free_port

ESTATE = Estate(ACCOUNT, "mail", state="example-mtasts-state", reports="example-mtasts-reports")
STACK = StackEstate("prod", (ROUTE53,), "", "policies-viewer-request-0a1b2c3")
READ, UP = sources.read(ESTATE, [STACK]), sources.publish(ESTATE, STACK)
EVERYTHING = [Statement("Everything", ["*"], ["*"], wide="an administrator's")]
PLACES = {"PULUMI_BACKEND_URL": "s3://example-mtasts-state", "MTASTS_REPORTS": "s3://example-mtasts-reports/reports"}


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch) -> None:
    """boto3 reads the process's environment, too; and no engine is asked for the policy bucket."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(rights, "_policy_bucket", lambda *_: STACK.bucket)


def look(root: Path, statements: list[Statement], **more) -> dict[str, Found]:
    with iam_server(sources.document(statements), **more) as environ:
        return {one.subject: one for one in rights.examine(set_up(root, {**environ, **PLACES}))}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_project(tmp_path, example_com=ROUTE53)


def states(found: dict[str, Found]) -> dict[str, State]:
    return {name: one.state for name, one in found.items()}


def test_each_role_of_set_up_can_do_its_work_and_no_more(root: Path) -> None:
    """The documents that set-up writes pass their own question; what another role does is only a note."""
    ok = {"rights to preview prod": State.OK}
    assert states(look(root, READ)) == {
        **ok,
        "rights to up prod": State.NOTE,
        "rights to watch prod": State.NOTE,
    }
    assert states(look(root, READ + UP)) == {**ok, "rights to up prod": State.OK, "rights to watch prod": State.NOTE}
    assert states(look(root, READ + sources.watch(ESTATE)))["rights to watch prod"] is State.OK


def test_what_a_role_lacks_is_named_with_its_statement(root: Path) -> None:
    """Zones were forgotten for reading, certificates for publishing."""
    without_zones = [one for one in READ if one.sid != "Zones"]
    found = look(root, without_zones)["rights to preview prod"]
    assert (found.state, "route53:GetHostedZone on" in found.says) == (State.MISSING, True)
    assert "statement Zones of docs/examples/aws" in found.step
    found = look(root, READ + [one for one in UP if one.sid != "CertificatesOfPolicyHosts"])["rights to up prod"]
    assert (found.state, "acm:RequestCertificate on *" in found.says) == (State.MISSING, True)


def test_an_administrator_is_too_wide(root: Path) -> None:
    """It could change where mail goes, and its own rights."""
    found = look(root, EVERYTHING)["rights beyond prod"]
    assert (found.state, "MX records, its own rights" in found.says) == (State.WIDE, True)


def test_who_may_not_simulate_is_told_who_asks(root: Path) -> None:
    """Unknown, never a pass. The step names the option by which somebody else asks, who gives the role's ARN."""
    found = look(root, READ, may_simulate=False)
    assert states(found) == {"rights": State.UNKNOWN}
    assert "`mtasts doctor --role ARN`" in found["rights"].step


def test_another_role_is_asked_for_by_its_arn(tmp_path: Path, monkeypatch, capsys) -> None:
    """As the step says, on the command line. A domain at Cloudflare needs no zone of AWS."""
    root = make_project(tmp_path, example_com=CLOUDFLARE)
    with iam_server(sources.document([one for one in READ if one.sid != "Zones"])) as environ:
        for name, value in {**environ, **PLACES, "MTASTS_RESOLVER": f"127.0.0.1:{free_port()}"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", f"http://127.0.0.1:{free_port()}")
        code = main(["doctor", "--project", str(root), "--role", ROLE, "--json"])
    found = {one["subject"]: one for one in json.loads(capsys.readouterr().out)["found"]}
    assert (code, found["rights to preview prod"]["state"]) == (1, "ok")
    assert found["rights to preview prod"]["says"].startswith(ROLE)
    with pytest.raises(SystemExit):
        main(["doctor", "--role", "mtasts-prod"])
