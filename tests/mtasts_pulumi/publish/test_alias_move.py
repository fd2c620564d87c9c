"""A policy host moves to another distribution: what is proven first, what senders get, the way back; killed.

The world here holds AWS to its own rules of a move (docs/decisions/adopt.md): the proof of each direction, one holder a
name. With the engine and over real ports: tests/publishing/test_aliases.py.
"""

import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mtasts.adoption.survey import AliasHolder
from mtasts.errors import CannotLook
from mtasts.live.alias import NotProven
from mtasts.verify.model import LookOutcome, PolicyFetch, Trouble
from mtasts_pulumi.engine.web_hosts import WebHost
from mtasts_pulumi.publish.alias_move import Move, Stays, Tools, move

HOST, TEXT = "mta-sts.shop.example", "version: STSv1\r\nmode: testing\r\nmx: mx.shop.example\r\nmax_age: 86400\r\n"
OLD, NEW = WebHost("E1OLD", "d1old.cloudfront.net"), WebHost("E2NEW", "d2new.cloudfront.net")
RECORD = "v=STSv1; id=20240101000000Z;"
TASK = Move("shop.example", "Z1", TEXT, True, AliasHolder(OLD.id, OLD.name, (HOST,)), NEW, "bucket")


class Killed(BaseException):
    """Somebody pulled the plug."""


@dataclass
class World:
    """AWS, DNS and senders. `holder`: who has the name; `serves`: what each gives; `calls`: what changed a thing."""

    holder: str = OLD.id
    wildcard: str = ""
    serves: dict[str, bytes] = field(default_factory=lambda: {OLD.id: TEXT.encode(), NEW.id: TEXT.encode()})
    stored: bytes = TEXT.encode()
    deployed: bool = True
    enabled: bool = True
    certificate: str = "ISSUED"
    texts: list[str] = field(default_factory=lambda: [RECORD])
    calls: list[str] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    kill_at: int = 0

    # CloudFront

    def get_distribution(self, Id: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        items = [HOST] if self.holder == Id else []
        config = {
            "Aliases": {"Quantity": len(items), **({"Items": items} if items else {})},
            "Enabled": self.enabled,
            "ViewerCertificate": {"ACMCertificateArn": "arn"},
        }
        name = {OLD.id: OLD.name, NEW.id: NEW.name}[Id]
        status = "Deployed" if self.deployed else "InProgress"
        return {"Distribution": {"DomainName": name, "Status": status, "DistributionConfig": config}}

    def associate_alias(self, TargetDistributionId: str, Alias: str) -> None:  # noqa: N803
        from botocore.exceptions import ClientError

        assert Alias == HOST
        if {OLD.id: OLD.name, NEW.id: NEW.name}[TargetDistributionId] not in self.texts:
            said = {"Code": "IllegalUpdate", "Message": "Invalid or missing alias DNS TXT records."}
            raise ClientError({"Error": said}, "AssociateAlias")
        self.changed(f"alias to {TargetDistributionId}")
        self.holder = TargetDistributionId

    def get_distribution_config(self, Id: str) -> dict[str, Any]:  # noqa: N803
        return {"ETag": "e", "DistributionConfig": self.get_distribution(Id)["Distribution"]["DistributionConfig"]}

    def update_distribution(self, Id: str, IfMatch: str, DistributionConfig: Mapping[str, Any]) -> None:  # noqa: N803
        assert (Id, IfMatch, DistributionConfig["Aliases"]) == (self.holder, "e", {"Quantity": 0})
        self.changed(f"alias from {Id}")
        self.holder = self.wildcard

    # ACM, S3

    def describe_certificate(self, CertificateArn: str) -> dict[str, Any]:  # noqa: N803
        return {"Certificate": {"Status": self.certificate, "DomainName": HOST}}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        assert (Bucket, Key) == ("bucket", f"{HOST}/.well-known/mta-sts.txt")
        return {"Body": io.BytesIO(self.stored)}

    # DNS

    def put_texts(
        self, zone: str, name: str, add: Collection[str], drop: Collection[str], environ: Mapping[str, str]
    ) -> None:
        assert (zone, name) == ("Z1", "_mta-sts.shop.example")
        new = [text for text in self.texts if text not in drop]
        new += [text for text in add if text not in new]
        if new != self.texts:
            self.changed("proofs")
            self.texts = new

    async def ask(self, domain: str) -> Sequence[Sequence[str]]:
        return [self.texts, self.texts]

    # Senders

    async def look(self, domain: str) -> Sequence[PolicyFetch]:
        body = self.serves[self.holder]
        self.seen.append(body)
        if not body:
            trouble = (Trouble("http-status", "status 403 instead of 200", "sts-policy-fetch-error"),)
            return [PolicyFetch(HOST, "192.0.2.1", LookOutcome.FAILED, trouble, 403)]
        return [PolicyFetch(HOST, "192.0.2.1", LookOutcome.OK, status=200, body=body)]

    def changed(self, what: str) -> None:
        self.calls.append(what)
        if len(self.calls) == self.kill_at:
            raise Killed

    @property
    def tools(self) -> Tools:
        return Tools(self, self, self, self, {}, deadline=0.1, look=self.look, texts=self.ask)  # type: ignore[arg-type]


def test_the_whole_way() -> None:
    """Proofs for both directions, the move, and nothing left in DNS."""
    world = World()

    assert move(TASK, world.tools) is None

    assert world.calls == ["proofs", f"alias to {NEW.id}", "proofs"]
    assert world.texts == [RECORD]
    assert world.holder == NEW.id


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda world: setattr(world, "stored", b"another"), "is not the policy that is to be served"),
        (lambda world: setattr(world, "deployed", False), "E2NEW is not deployed yet"),
        (lambda world: setattr(world, "enabled", False), "E2NEW is not enabled"),
        (lambda world: setattr(world, "certificate", "PENDING_VALIDATION"), "not issued (PENDING_VALIDATION)"),
        (lambda world: world.serves.update({OLD.id: b"another"}), "not what its YAML says (adopted.text)"),
    ],
)
def test_nothing_is_touched_that_is_not_proven(change: Callable[[World], None], says: str) -> None:
    """The object, the distribution, its certificate, and that senders get the same now."""
    world = World()
    change(world)

    stays = move(TASK, world.tools)

    assert stays is not None
    assert says in stays.text
    assert stays.text.endswith("nothing was touched")
    assert world.calls == []


@pytest.mark.parametrize("served", [b"", b"version: STSv1\r\nmode: none\r\nmax_age: 1\r\n"])
def test_it_goes_back_when_the_new_one_serves_something_else(served: bytes) -> None:
    """Another policy, or none; and it is said what was seen."""
    world = World()
    world.serves[NEW.id] = served

    stays = move(TASK, world.tools)

    assert stays is not None
    assert stays.text.startswith(f"{HOST} was moved to {NEW.id} and at once back to {OLD.id}: ")
    assert world.calls == ["proofs", f"alias to {NEW.id}", f"alias to {OLD.id}", "proofs"]
    assert (world.holder, world.texts, world.seen[-1]) == (OLD.id, [RECORD], TEXT.encode())


def test_from_a_wildcard_it_goes_back_by_letting_go() -> None:
    """Who has the wildcard never had the exact name, and answers as soon as nobody has that."""
    world = World(wildcard=OLD.id)
    world.serves[NEW.id] = b""
    wild = replace(TASK, source=AliasHolder(OLD.id, OLD.name, ("*.shop.example",)))

    stays = move(wild, world.tools)

    assert isinstance(stays, Stays)
    assert world.calls == ["proofs", f"alias to {NEW.id}", f"alias from {NEW.id}", "proofs"]
    assert world.holder == OLD.id


def test_a_dead_host_need_not_serve_the_same_before() -> None:
    """Only a record was there: what comes is better than what was."""
    world = World()
    world.serves[OLD.id] = b""

    assert move(replace(TASK, same=False), world.tools) is None


@pytest.mark.parametrize("at", [1, 2, 3])
def test_killed_and_run_again(at: int) -> None:
    """Before each change: the second run does what the first one has not, and senders never get anything else."""
    world = World(kill_at=at)
    with pytest.raises(Killed):
        move(TASK, world.tools)

    assert move(TASK, world.tools) is None

    assert (world.holder, world.texts) == (NEW.id, [RECORD])
    assert set(world.seen) == {TEXT.encode()}


def test_killed_after_the_move_and_the_new_one_is_wrong() -> None:
    """The second run finds the name here, reads, and moves it back to where the proof says that it was."""
    world = World(kill_at=3)
    world.serves[NEW.id] = b""
    with pytest.raises(Killed):
        move(TASK, world.tools)
    world.kill_at = 0
    world.holder = NEW.id

    assert isinstance(move(TASK, world.tools), Stays)

    assert (world.holder, world.texts) == (OLD.id, [RECORD])


def test_nobody_knows_where_it_was() -> None:
    """Then it stays, and is said; nothing is guessed."""
    world = World(holder=NEW.id)
    world.serves[NEW.id] = b""

    stays = move(replace(TASK, source=None), world.tools)

    assert stays is not None
    assert "where it was before is not known any more" in stays.text
    assert not [call for call in world.calls if call.startswith("alias")]


def test_a_proof_that_aws_does_not_see() -> None:
    """It remembers that it saw none: nothing has moved, the proof stays for the next run."""

    class Blind(World):
        def associate_alias(self, TargetDistributionId: str, Alias: str) -> None:  # noqa: N803
            self.texts, kept = [RECORD], self.texts
            try:
                super().associate_alias(TargetDistributionId, Alias)
            finally:
                self.texts = kept

    world = Blind()
    with pytest.raises(NotProven) as caught:
        move(TASK, world.tools)

    assert caught.value.hint == "run it again in a quarter of an hour"
    assert (world.holder, world.texts) == (OLD.id, [RECORD, NEW.name, OLD.name])


def test_a_proof_that_the_zone_does_not_show() -> None:
    """One server of the zone is late: AWS is not asked, since it might ask that one."""

    class Late(World):
        async def ask(self, domain: str) -> Sequence[Sequence[str]]:
            return [self.texts, [RECORD]]

    world = Late()
    with pytest.raises(CannotLook, match=r"_mta-sts\.shop\.example: the zone's servers do not all show the proof"):
        move(TASK, world.tools)

    assert world.calls == ["proofs"]
