"""A published sandbox with mail servers, for the verbs that look: started once, put right again after each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publishing.stage import Run, Stage

MX = {"example.com": ("mx1.example.com", "mx2.example.com"), "example.net": ("eu1.mail.example.net",)}


class World(Stage):
    """The two domains of the staging stack, published by the real engine, and what a person may do to them."""

    changed = False

    def arrange(self, engine: Path) -> None:
        self.environment["MTASTS_ENGINE"] = str(engine)
        self.start()
        done = self.up()
        assert done.code == 0, done.err
        self.sandbox("zone", "add", "example.org", "route53", "ZORG")
        for host in (host for hosts in MX.values() for host in hosts):
            self.sandbox("mail", "add", host)
        self.sandbox("mail", "add", "mx.example.org", "--count", "2")
        self.right()

    def right(self) -> None:
        """Faults cleared, the records that tests change as they were."""
        self.sandbox("fault", "clear")
        for domain, hosts in MX.items():
            self.record(domain, "MX", *(f"{10 * rank} {host}." for rank, host in enumerate(hosts, start=1)))
        self.record("example.org", "MX", "10 mx.example.org.")
        self.changed = False

    def sandbox(self, *words: str) -> None:
        self.changed = True
        done = self.mtasts("sandbox", *words)
        assert done.code == 0, done.err

    def record(self, name: str, kind: str, *values: str, ttl: int = 300) -> None:
        self.sandbox("record", name, kind, *values, "--ttl", str(ttl))

    def verify(self, *words: str) -> Run:
        return self.mtasts("verify", "--sandbox", *words)


@pytest.fixture(scope="session")
def _world(tmp_path_factory: pytest.TempPathFactory, engine: Path) -> Iterator[World]:
    # A short folder: the control socket's path must fit in 108 bytes.
    world = World(tmp_path_factory.mktemp("w"))
    try:
        world.arrange(engine)
        yield world
    finally:
        world.stop()


@pytest.fixture
def world(_world: World) -> Iterator[World]:
    """The world, put right after a test that changed it."""
    yield _world
    if _world.changed:
        _world.right()
