"""What is new for a sender about a certificate: real chains, shown by a real server, probed and compared."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mtasts.history.shown import NO_ANCHOR, Shown, change
from mtasts.live.network import ConnectTo, Network
from mtasts.live.smtp import probe_mx
from mtasts.verify.model import MxHost
from mtasts.verify.seen import mail_sighting
from tests.fakes.smtp_server import SmtpServer
from tests.patience import PATIENCE
from tests.pki import Issuer, Leaf, Pki

HOST = "mx1.example.com"


@dataclass(frozen=True)
class World:
    """Two roots, of which the older cross-signed the newer; intermediates under each; who trusts which."""

    pki: Pki
    old: Issuer
    new: Issuer
    crossed: Issuer
    r12: Issuer
    r13: Issuer
    foreign: Issuer
    ye1: Issuer
    both: Path

    def leaf(self, by: Issuer, *above: Issuer, name: str = HOST, **more: bool) -> Leaf:
        return self.pki.issue(name, by=by, above=above, **more)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once: keys cost time."""
    pki = Pki(tmp_path_factory.mktemp("pki"))
    old, new = pki.authority("Old Root", None), pki.authority("New Root", None)
    return World(
        pki,
        old,
        new,
        crossed=pki.cross_signed(new, old),
        r12=pki.authority("R12", old),
        r13=pki.authority("R13", old, "TEST CA, Inc."),
        foreign=pki.authority("Reseller CA 1", old, "Reseller"),
        ye1=pki.authority("YE1", new),
        both=pki.trusting(old, new),
    )


def look(leaf: Leaf, trusted: Path) -> Shown:
    """Probe a server that shows it, as `ready` does; what is kept of the look."""

    async def run() -> Shown:
        server = SmtpServer(leaf)
        async with server:
            network = Network(None, trusted, (ConnectTo("", 25, "127.0.0.1", server.port),))
            probe = await probe_mx(HOST, "192.0.2.25", network, timeout=PATIENCE)
            sighting = mail_sighting(datetime.now(UTC), (MxHost(HOST, 10, False, (), (probe,)),))
            assert sighting is not None, probe.problems
            return sighting.hosts[0].certificates[0]

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("after", "said"),
    [
        pytest.param(lambda w: w.leaf(w.r12), "", id="the same intermediate"),
        pytest.param(lambda w: w.leaf(w.r13), "", id="another intermediate of the same organization"),
        pytest.param(lambda w: w.leaf(w.r12, name="*.example.com"), "", id="a wildcard that covers the host"),
        pytest.param(lambda w: w.leaf(w.ye1, w.crossed), "", id="a new root that the old one has cross-signed"),
        pytest.param(lambda w: w.leaf(w.ye1), "under another root: CN=New Root,O=Test CA after CN=Old Root,O=Test CA",
                     id="another root, sent without the cross-sign"),
        pytest.param(lambda w: w.leaf(w.foreign), "of another issuer under the same root: CN=Reseller CA 1,O=Reseller "
                     "after CN=R12,O=Test CA", id="another organization"),
        pytest.param(lambda w: w.leaf(w.r12, rsa_key=True), "with another kind of key: RSA after EC", id="RSA"),
        pytest.param(lambda w: w.leaf(w.r12, name="other.example"), "for other names: other.example", id="other names"),
        pytest.param(lambda w: w.pki.issue(HOST, self_signed=True),
                     f"under another root: {NO_ANCHOR} after CN=Old Root,O=Test CA", id="self-signed"),
    ],
)  # fmt: skip
def test_what_a_renewal_changes(world: World, after, said: str) -> None:  # type: ignore[no-untyped-def]
    """Only what a validation rests on is a change, and the words say what it is."""
    before = look(world.leaf(world.r12), world.both)

    found = change(HOST, look(after(world), world.both), [before])

    assert found == (f"{HOST} has a certificate {said}" if said else "")


def test_a_cross_signed_root_is_the_same_whoever_looks(world: World) -> None:
    """One machine knows the new root, another only the old: one chain, and no change when another machine looks."""
    shown = world.leaf(world.ye1, world.crossed)

    knows_new, knows_old = look(shown, world.both), look(shown, world.pki.trusting(world.old))

    assert knows_new.anchors != knows_old.anchors
    assert change(HOST, knows_new, [knows_old]) == ""
    assert change(HOST, knows_old, [knows_new]) == ""
    assert change(HOST, knows_old, [look(world.leaf(world.r12), world.both)]) == ""


def test_an_expired_certificate_is_not_a_new_root(world: World) -> None:
    """Its chain was not built, so nothing is known of the root; the probe itself says that it has expired."""
    expired = look(world.pki.issue(HOST, by=world.r12, days=-1), world.both)

    assert expired.anchors == ()
    assert change(HOST, look(world.leaf(world.r12), world.both), [expired]) == ""
