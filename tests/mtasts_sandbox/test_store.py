"""What survives: order, rolled back calls, and the whole cloud after a restart."""

import sqlite3

import pytest

from mtasts_sandbox.cloud.by_hand import set_records
from mtasts_sandbox.store import BadStore, Store
from mtasts_sandbox.world import Change
from tests.mtasts_sandbox.cloud_stage import EngineSide, open_cloud, play


def test_documents_keep_their_order_and_their_last_version(tmp_path):
    """The versions of an object are in the order they were written in, however often one was rewritten."""
    store = Store(tmp_path / "s")
    for key in ("c", "a", "b"):
        store.put("kind", key, {"v": 1})
    store.put("kind", "c", {"v": 2})
    store.put("other", "a", {"v": 3})
    store.drop("kind", "a")
    assert store.commit() is True
    assert store.commit() is False
    store.close()
    assert list(Store(tmp_path / "s").load("kind")) == [("c", {"v": 2}), ("b", {"v": 1})]


def test_what_is_not_committed_is_not_there(tmp_path):
    """Rolled back, or left open by a process that ends."""
    store = Store(tmp_path / "s")
    store.put("kind", "kept", {})
    store.commit()
    store.put("kind", "rolled back", {})
    store.rollback()
    store.put("kind", "left open", {})
    assert store.dirty
    store.close()
    assert [key for key, _ in Store(tmp_path / "s").load("kind")] == ["kept"]


def test_a_file_that_is_not_ours_is_told(tmp_path):
    """Damage and another layout are one clear sentence, and the file is left alone."""
    (tmp_path / "damaged").write_bytes(b"SQLite format 3\0" + b"x" * 500)
    with pytest.raises(BadStore, match="cannot be read as the sandbox's state"):
        Store(tmp_path / "damaged")
    newer = sqlite3.connect(tmp_path / "newer")
    newer.execute("PRAGMA user_version=99")
    newer.close()
    with pytest.raises(BadStore, match="another version of the sandbox \\(layout 99"):
        Store(tmp_path / "newer")


def test_everything_survives_a_restart(tmp_path):
    """Sites, certificates and keys, records of both providers, every version of every object with id and time."""
    kept = {}

    async def publish(engine: EngineSide):
        site = await engine.site("mta-sts.example.com")
        bucket = site.inputs["origins"][0]["domainName"].partition(".")[0]
        await engine.create("versioning", bucket=bucket, versioningConfiguration={"status": "Enabled"})
        thing = await engine.create("object", bucket=bucket, key="k", content="one", metadata={"id": "1"})
        await engine.update(thing, content="two", metadata={"id": "2"})
        gone = await engine.create("object", "gone", bucket=bucket, key="gone", content="x")
        await engine.delete(gone)
        engine.cloud.s3._moto.delete_object(bucket, "k")
        engine.cloud.absorb("s3")
        policy = (
            '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"},'
            f' "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{bucket}/*"}}]}}'
        )
        await engine.create("policy", bucket=bucket, policy=policy)
        await engine.create("object", "other", bucket=bucket, key="other", content="other")
        inputs = {"zoneId": "cfnet", "type": "TXT", "ttl": 300, "name": "t.example.net", "content": '"x"'}
        kept["record"] = await engine.create("dns", **inputs)
        set_records(engine.cloud, "example.com", "MX", 60, ["10 mx1.example.com."])
        kept["bucket"] = bucket
        kept["before"] = facts(engine.cloud, bucket)

    play(publish, path=tmp_path / "s")
    with open_cloud(tmp_path / "s") as cloud:
        assert facts(cloud, kept["bucket"]) == kept["before"]
        assert kept["before"]["versions"]["k"] == [
            (b"one", "1"),
            (b"two", "2"),
            "delete marker",
        ]
        assert cloud.cloudflare.get(kept["record"].id)["content"] == '"x"'
        assert cloud.read_object(kept["bucket"], "other", "mta-sts.example.com").body == b"other"
        assert cloud.read_object(kept["bucket"], "k", "mta-sts.example.com") is None


def facts(cloud, bucket):
    keys = cloud.s3.bucket(bucket).keys
    versions = {name: keys.getlist(name) for name in dict.keys(keys)}
    return {
        "site": cloud.site("mta-sts.example.com"),
        "bucket": (cloud.s3.bucket(bucket).versioning_status, cloud.s3.bucket(bucket).creation_date),
        "ids": {name: [(each.version_id, each.last_modified) for each in all_] for name, all_ in versions.items()},
        "versions": {name: [shown(each) for each in all_] for name, all_ in versions.items()},
        "records": sorted(
            (zone.name, name, kind, str(cloud.rrset(zone, name, kind)))
            for zone in cloud.zones()
            for name in cloud.names(zone)
            for kind in ("A", "AAAA", "CNAME", "MX", "TXT")
        ),
    }


def shown(version):
    return (version.value, version.metadata.get("x-amz-meta-id")) if hasattr(version, "value") else "delete marker"


def test_a_rolled_back_call_is_gone_from_memory_too(tmp_path):
    """The cloud is what the store says, for clients as for the next start."""
    with open_cloud(tmp_path / "s") as cloud:
        cloud.add_zone("example.org", "route53", "ZORG")
        cloud.commit()
        cloud.add_zone("example.edu", "route53", "ZEDU")
        cloud.s3.create_bucket("half-done", "us-east-1", {})
        cloud.rollback()
        assert [zone.name for zone in cloud.zones()] == ["cloudfront.net", "example.org"]
        assert cloud.s3.bucket("half-done") is None


def test_subscribers_hear_of_what_is_stored(tmp_path):
    """After the commit and not before; each change once; and no more after they left."""
    with open_cloud(tmp_path / "s") as cloud:
        cloud.add_zone("example.org", "route53", "ZORG")
        cloud.commit()
        heard = []
        leave = cloud.subscribe(heard.append)
        set_records(cloud, "t.example.org", "TXT", 60, ["x"])
        assert heard == [Change("record", "t.example.org", "TXT")]
        cloud.add_zone("example.edu", "cloudflare", "edu")
        assert len(heard) == 1
        cloud.commit()
        assert heard[1:] == [Change("zone", "example.edu")]
        leave()
        set_records(cloud, "t.example.org", "TXT", 60, ["y"])
        assert len(heard) == 2


def test_an_edit_by_hand_keeps_the_record_and_its_id(tmp_path):
    """At Cloudflare, as in its dashboard: what is there stays, one is edited, one more comes, one goes."""
    with open_cloud(tmp_path / "s") as cloud:
        cloud.add_zone("example.edu", "cloudflare", "edu")
        cloud.commit()

        def records():
            found = cloud.cloudflare.ids("edu", "t.example.edu", "TXT")
            return {cloud.cloudflare.get(id_)["content"]: id_ for id_ in found}

        ours = {
            "zoneId": "edu",
            "name": "t.example.edu",
            "type": "TXT",
            "ttl": 300,
            "content": '"a"',
            "comment": "ours",
        }
        first = cloud.cloudflare.create(ours)
        set_records(cloud, "t.example.edu", "TXT", 60, ["b"])
        assert records() == {'"b"': first}
        edited = cloud.cloudflare.get(first)
        assert (edited["comment"], edited["ttl"]) == ("ours", 60)
        set_records(cloud, "t.example.edu", "TXT", 60, ["c", "b"])
        assert records()['"b"'] == first
        second = records()['"c"']
        set_records(cloud, "t.example.edu", "TXT", 60, ["c"])
        assert records() == {'"c"': second}
        set_records(cloud, "t.example.edu", "TXT", 60, [])
        assert records() == {}


def test_reset_forgets_all_and_tells_it(tmp_path):
    """Every name and site is announced as gone; the file holds nothing any more."""
    with open_cloud(tmp_path / "s") as cloud:
        cloud.add_zone("example.org", "route53", "ZORG")
        cloud.commit()
        set_records(cloud, "t.example.org", "TXT", 60, ["x"])
        heard = []
        cloud.subscribe(heard.append)
        cloud.reset()
        assert Change("record", "t.example.org") in heard
        assert Change("zone", "example.org") in heard
        assert [zone.name for zone in cloud.zones()] == ["cloudfront.net"]
    with open_cloud(tmp_path / "s") as cloud:
        assert [zone.name for zone in cloud.zones()] == ["cloudfront.net"]
