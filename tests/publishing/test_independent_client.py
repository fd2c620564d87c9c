"""What the real engine published, judged by a client that nobody here wrote, on the real ports 53 and 443."""

import sys
from pathlib import Path

import pytest

from tests.namespaces import namespace
from tests.publishing.stage import Stage

pytestmark = pytest.mark.needs("namespaces")

MTA_STS_QUERY = Path(sys.executable).with_name("mta-sts-query")


class StageInside(Stage):
    """The stage inside a network namespace, where the sandbox has the real ports."""

    def __init__(self, folder: Path, space) -> None:
        super().__init__(folder)
        self.space = space

    def command(self, *words: str) -> list[str]:
        return self.space.command(super().command(*words))

    def start(self) -> None:
        ports = ["--port", "0", "--dns-port", "53", "--https-port", "443"]
        started = self.mtasts("sandbox", "up", *ports, "--policies", str(self.policies))
        assert started.code == 0, started.err

    def ask(self, domain: str) -> str:
        done = self.space.run([MTA_STS_QUERY, domain], env={"SSL_CERT_FILE": str(self.state / "ca.pem")})
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def inside(tmp_path, engine, monkeypatch):
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    with namespace() as space:
        stage = StageInside(tmp_path, space)
        stage.start()
        yield stage
        stage.stop()


def test_mta_sts_query_fetches_what_was_published(inside):
    """postfix-mta-sts-resolver's own client follows DNS and HTTPS to both policies, before and after a flip."""
    assert "NONE" in inside.ask("example.com")

    assert inside.up().code == 0
    com, net = inside.ask("example.com"), inside.ask("example.net")
    inside.edit("example.com", mode="enforce")
    flipped = inside.up()
    after = inside.ask("example.com")

    for answer in (com, net, after):
        assert "STSFetchResult.VALID" in answer
    assert "'mode': 'testing'" in com
    assert "'mx': ['mx1.example.com', 'mx2.example.com']" in com
    assert "'mx': ['*.mail.example.net']" in net
    ids = flipped.domain("example.com")["id"]
    assert f"'{ids['before']}'" in com
    assert f"'{ids['after']}'" in after
    assert "'mode': 'enforce'" in after
