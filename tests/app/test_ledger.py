"""Where the ledger is read from, and that it ends in time."""

import socket
from dataclasses import replace
from datetime import timedelta

import pytest

from mtasts.app.ledger import LedgerRequest, open_ledger
from mtasts.errors import CannotLook
from mtasts.policy.adopted import Adopted
from mtasts.protocol.mta_sts import Mode, Policy, render_policy
from tests.changes.steps import policy
from tests.cli.ledgers import DAY, MX, ledger_file, now
from tests.patience import PATIENCE


def test_of_a_file(tmp_path):
    """Only the domains that are asked for; all without any."""
    file = str(ledger_file(tmp_path / "l.json", ("a", "testing", DAY, MX, 5)))

    assert set(open_ledger(LedgerRequest({}, file), None).publications) == {"example.com"}
    assert open_ledger(LedgerRequest({}, file), ["example.net"]).publications == {}


def test_what_the_files_tell_of_another_tool(tmp_path):
    """It is in the ledger as soon as the file is, and stands with what was published since."""
    file = str(ledger_file(tmp_path / "l.json", ("a", "testing", DAY, MX, 5)))
    text = render_policy(Policy(Mode.ENFORCE, DAY, MX))
    own = replace(policy(), adopted=Adopted("1", now() - timedelta(days=9), text))
    other = replace(own, domain="example.net", host_group="example.net")

    ledger = open_ledger(LedgerRequest({}, file), None, [own, other])

    assert [(one.id, one.adopted, one.ttl) for one in ledger.of("example.com")] == [
        ("1", True, timedelta(seconds=own.ttl)),
        ("a", False, timedelta(seconds=300)),
    ]
    assert [one.id for one in ledger.of("example.net")] == ["1"]
    assert set(open_ledger(LedgerRequest({}, file), ["example.org"], [own, other]).publications) == set()


def test_no_project_is_nothing_known(tmp_path):
    """Which is not the same as nothing published."""
    ledger = open_ledger(LedgerRequest({}, project=tmp_path), None)

    assert not ledger.read
    assert ledger.trouble.startswith(f"no ledger: no Pulumi.yaml in {tmp_path}")


def test_a_server_that_never_answers(monkeypatch):
    """The caller is told in time, whatever the reading waits for."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "x")
    with socket.create_server(("127.0.0.1", 0)) as hole:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{hole.getsockname()[1]}")
        with pytest.raises(CannotLook, match="no answer in 1 s"):
            open_ledger(LedgerRequest({}, "s3://policies", seconds=1.0), None)


def test_in_time_it_is_the_same(tmp_path):
    """The answer, and what it raises, come through."""
    file = str(ledger_file(tmp_path / "l.json", ("a", "testing", DAY, MX, 5)))

    assert open_ledger(LedgerRequest({}, file, seconds=PATIENCE), None).read
    with pytest.raises(CannotLook, match="No such file"):
        open_ledger(LedgerRequest({}, str(tmp_path / "none.json"), seconds=PATIENCE), None)


@pytest.fixture
def project(tmp_path):
    """A project with a stack, and an empty backend."""
    (tmp_path / "Pulumi.yaml").write_text("name: mtasts\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  aws:region: eu-north-1\n")
    (tmp_path / "__main__.py").write_text("")
    return tmp_path


def test_no_state_of_the_stack(project):
    """The engine's distribution is found by its entry point, and says that it has none."""
    environ = {"PULUMI_BACKEND_URL": f"file://{project}"}

    ledger = open_ledger(LedgerRequest(environ, stack="prod", project=project), None)

    assert ledger.trouble.startswith("no ledger: no state of stack prod that can be read in file://")


def test_nothing_is_installed_that_reads_the_state(project, monkeypatch):
    """Could not look, with what to install; it must not count as nothing published."""
    monkeypatch.setattr("mtasts.app.stack_state.GROUP", "mtasts.none")

    with pytest.raises(CannotLook, match="not installed: mtasts-pulumi") as error:
        open_ledger(LedgerRequest({}, stack="prod", project=project), None)
    assert error.value.hint.startswith("pip install 'mtasts-pulumi'")
