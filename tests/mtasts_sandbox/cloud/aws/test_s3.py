"""Buckets and objects, as the engine's provider changes them and CloudFront reads them."""

import hashlib
import json

import pytest

from mtasts_sandbox.cloud.aws import bucket_policy
from tests.mtasts_sandbox.cloud_stage import UNKNOWN, EngineSide, Refused, on_cloud

READER = "arn:aws:cloudfront::123456789012:distribution/E1"
ARN = "arn:aws:s3:::b/example.com/x.txt"


def statement(**changes):
    base = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": READER}},
    }
    return {name: value for name, value in (base | changes).items() if value is not None}


DENY_PLAIN = statement(
    Effect="Deny", Principal="*", Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}
)


@pytest.mark.parametrize(
    ("statements", "may"),
    [
        ([statement()], True),
        ([statement(), DENY_PLAIN], True),
        ([DENY_PLAIN], False),
        ([statement(), statement(Effect="Deny", Condition=None)], False),
        ([statement(Condition={"StringEquals": {"AWS:SourceArn": READER + "X"}})], False),
        (
            [statement(Condition={"ArnLike": {"AWS:SourceArn": "arn:aws:cloudfront::123456789012:distribution/*"}})],
            True,
        ),
        ([statement(Condition={"StringEquals": {"AWS:SourceAccount": "123456789012"}})], True),
        ([statement(Condition={"StringEquals": {"AWS:SourceAccount": "999999999999"}})], False),
        ([statement(Condition={"StringEquals": {"AWS:SourceArn": [READER, "other"]}})], True),
        ([statement(Condition=None)], True),
        ([statement(Principal={"AWS": "arn:aws:iam::123456789012:root"})], False),
        ([statement(Principal={"Service": "s3.amazonaws.com"})], False),
        ([statement(Action="s3:PutObject")], False),
        ([statement(Action=["s3:ListBucket", "s3:Get*"])], True),
        ([statement(Resource="arn:aws:s3:::b/example.org/*")], False),
        ([statement(Resource="arn:aws:s3:::b")], False),
    ],
)
def test_who_may_read(statements, may):
    """CloudFront reads what a statement allows this distribution and none denies it."""
    read = bucket_policy.read(json.dumps({"Statement": statements}))
    assert bucket_policy.cloudfront_may_read(read, ARN, READER, "123456789012") is may


@pytest.mark.parametrize(
    ("policy", "part"),
    [
        ("no json", "valid JSON"),
        ("[]", "Missing required field Statement"),
        (json.dumps({"Statement": []}), "Missing required field Statement"),
        (json.dumps({"Statement": [statement(Effect="Maybe")]}), "Invalid effect"),
        (json.dumps({"Statement": [statement(Principal=None)]}), "Missing required field Principal"),
        (
            json.dumps({"Statement": [statement(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.1"}})]}),
            "cannot judge",
        ),
        (json.dumps({"Statement": [statement(Condition={"StringEquals": {"s3:prefix": "x"}})]}), "cannot judge"),
        (json.dumps({"Statement": [statement(Condition="x")]}), "Condition must be an object"),
    ],
)
def test_a_policy_that_cannot_be_judged_is_refused(policy, part):
    """A condition that would be passed over is an error, not a hole."""
    with pytest.raises(bucket_policy.BadPolicy, match=part):
        bucket_policy.read(policy)


@on_cloud
async def test_a_bucket_gets_a_name_of_its_own(engine: EngineSide):
    """`<resource name>-<7 hex>` in lower case, kept at every later check, and S3's outputs follow from it."""
    bucket = await engine.create("bucket", "Policies")
    assert bucket.id.startswith("policies-")
    assert len(bucket.id) == len("policies-") + 7
    assert bucket.state["arn"] == f"arn:aws:s3:::{bucket.id}"
    assert bucket.state["bucketRegionalDomainName"] == f"{bucket.id}.s3.us-east-1.amazonaws.com"
    assert await engine.diff(bucket) == ({}, [], False)


@on_cloud
async def test_a_long_resource_name_still_makes_a_bucket_name(engine: EngineSide):
    """The name is cut so that all of it fits S3's 63 characters."""
    bucket = await engine.create("bucket", "p" * 100)
    assert len(bucket.id) == 63


@on_cloud
async def test_another_region_or_name_replaces_a_bucket(engine: EngineSide):
    """Also when only the provider's own region changed; a given name that stays must be freed first."""
    bucket = await engine.create("bucket")
    assert await engine.diff(bucket, region="eu-west-1") == (
        {"region": "UPDATE_REPLACE"},
        ["region"],
        False,
    )
    named = await engine.create("bucket", "named", bucket="policies-of-mine")
    assert await engine.diff(named, bucket="others") == ({"bucket": "UPDATE_REPLACE"}, ["bucket"], False)
    await engine.configure("aws", region="eu-central-1")
    assert await engine.diff(bucket) == ({"region": "UPDATE_REPLACE"}, ["region"], False)
    assert await engine.diff(named) == ({"region": "UPDATE_REPLACE"}, ["region"], True)


@on_cloud
async def test_tags_change_in_place(engine: EngineSide):
    """And a refresh finds them again."""
    bucket = await engine.create("bucket", tags={"team": "mail"})
    assert await engine.diff(bucket, tags={"team": "web"}) == ({"tags.team": "UPDATE"}, [], False)
    after = await engine.update(bucket, tags={"team": "web"})
    assert after.state["tagsAll"] == {"team": "web"}
    assert (await engine.read(after)).inputs["tags"] == {"team": "web"}


@pytest.mark.parametrize("name", ["ab", "Upper", "a..b", "-ab", "ab-", "under_score", "x" * 64, "xn--abc"])
def test_a_name_that_s3_does_not_allow_is_refused(name):
    """By the bucket naming rules."""

    @on_cloud
    async def refused(engine: EngineSide):
        with pytest.raises(Refused, match="api error InvalidBucketName"):
            await engine.create("bucket", bucket=name)

    refused()


@on_cloud
async def test_a_name_that_is_taken_is_refused(engine: EngineSide):
    """One name, one bucket."""
    await engine.create("bucket", bucket="taken")
    with pytest.raises(Refused, match=r"creating S3 Bucket \(taken\).*BucketAlreadyOwnedByYou"):
        await engine.create("bucket", "other", bucket="taken")


@on_cloud
async def test_inputs_the_sandbox_does_not_do_are_refused(engine: EngineSide):
    """A deprecated inline setting of the real provider, and a word of nobody's."""
    with pytest.raises(Refused) as refused:
        await engine.create("bucket", website={"indexDocument": "x"}, colour="red")
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == ["colour", "website"]


@on_cloud
async def test_only_an_empty_bucket_is_deleted(engine: EngineSide):
    """Unless forceDestroy was given, which deletes every version first."""
    bucket = await engine.create("bucket")
    await engine.create("object", bucket=bucket.id, key="a", content="x")
    with pytest.raises(Refused, match="BucketNotEmpty"):
        await engine.delete(bucket)
    assert engine.cloud.s3.bucket(bucket.id) is not None
    forced = await engine.update(bucket, forceDestroy=True)
    await engine.delete(forced)
    assert engine.cloud.s3.bucket(bucket.id) is None
    await engine.delete(forced)


@on_cloud
async def test_settings_of_a_bucket(engine: EngineSide):
    """Each is put, read back, changed and taken off; they need their bucket."""
    bucket = await engine.create("bucket")
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    access = await engine.create("access", bucket=bucket.id, **dict.fromkeys(switches, True))
    assert {name: (await engine.read(access)).inputs[name] for name in switches} == dict.fromkeys(switches, True)
    await engine.update(access, blockPublicPolicy=False)
    assert (await engine.read(access)).inputs["blockPublicPolicy"] is False
    await engine.delete(access)
    assert await engine.read(access) is None
    owner = await engine.create("ownership", bucket=bucket.id, rule={"objectOwnership": "BucketOwnerEnforced"})
    assert await engine.read(owner) == owner
    with pytest.raises(Refused, match="NoSuchBucket"):
        await engine.create("ownership", bucket="gone", rule={"objectOwnership": "BucketOwnerEnforced"})


@on_cloud
async def test_versioning_is_suspended_not_deleted(engine: EngineSide):
    """S3 never forgets that a bucket had versions."""
    bucket = await engine.create("bucket")
    versioning = await engine.create("versioning", bucket=bucket.id, versioningConfiguration={"status": "Enabled"})
    await engine.delete(versioning)
    assert engine.cloud.s3.bucket(bucket.id).versioning_status == "Suspended"


@on_cloud
async def test_a_public_policy_is_blocked(engine: EngineSide):
    """A new bucket blocks public policies until that is switched off."""
    bucket = await engine.create("bucket")
    arn = f"arn:aws:s3:::{bucket.id}/*"
    public = json.dumps({"Statement": [statement(Principal="*", Resource=arn, Condition=None)]})
    with pytest.raises(Refused, match=r"api error AccessDenied.*BlockPublicPolicy"):
        await engine.create("policy", bucket=bucket.id, policy=public)
    await engine.create("access", bucket=bucket.id, blockPublicPolicy=False)
    await engine.create("policy", bucket=bucket.id, policy=public)


@on_cloud
async def test_a_policy_for_another_bucket_is_refused(engine: EngineSide):
    """Its resources must be this bucket's."""
    bucket = await engine.create("bucket")
    policy = json.dumps({"Statement": [statement(Resource="arn:aws:s3:::other/*")]})
    with pytest.raises(Refused, match="MalformedPolicy: Policy has invalid resource"):
        await engine.create("policy", bucket=bucket.id, policy=policy)


@on_cloud
async def test_a_policy_that_says_the_same_is_no_difference(engine: EngineSide):
    """A refresh keeps the program's own spelling, whatever its spaces."""
    bucket = await engine.create("bucket")
    text = json.dumps({"Statement": [statement(Resource=f"arn:aws:s3:::{bucket.id}/*")]}, indent=2)
    policy = await engine.create("policy", bucket=bucket.id, policy=text)
    assert (await engine.read(policy)).inputs["policy"] == text


@on_cloud
async def test_every_change_of_an_object_is_a_version(engine: EngineSide):
    """Content, type, cache control and metadata are an upload each; the older versions stay with their metadata."""
    bucket = await engine.create("bucket")
    await engine.create("versioning", bucket=bucket.id, versioningConfiguration={"status": "Enabled"})
    first = await engine.create("object", bucket=bucket.id, key="k", content="one", metadata={"id": "1"})
    second = await engine.update(first, content="two", metadata={"id": "2"})
    third = await engine.update(second, cacheControl="max-age=60")
    versions = engine.cloud.s3.bucket(bucket.id).keys.getlist("k")
    assert [each.version_id for each in versions] == [each.state["versionId"] for each in (first, second, third)]
    assert len({each.version_id for each in versions}) == 3
    assert [(each.value, each.metadata["x-amz-meta-id"]) for each in versions] == [
        (b"one", "1"),
        (b"two", "2"),
        (b"two", "2"),
    ]


@on_cloud
async def test_deleting_an_object_deletes_all_its_versions(engine: EngineSide):
    """As the real provider does; who wants the ledger kept must retain the object."""
    bucket = await engine.create("bucket")
    await engine.create("versioning", bucket=bucket.id, versioningConfiguration={"status": "Enabled"})
    other = await engine.create("object", "other", bucket=bucket.id, key="kk", content="x")
    thing = await engine.update(await engine.create("object", bucket=bucket.id, key="k", content="one"), content="two")
    await engine.delete(thing)
    assert list(dict.keys(engine.cloud.s3.bucket(bucket.id).keys)) == ["kk"]
    assert await engine.read(thing) is None
    assert await engine.read(other) is not None


@on_cloud
async def test_a_refresh_sees_a_changed_object_but_not_its_content(engine: EngineSide):
    """The real provider's blind spot: metadata and etag are read back, the content input stays as it was."""
    bucket = await engine.create("bucket")
    thing = await engine.create("object", bucket=bucket.id, key="k", content="one", metadata={"id": "1"})
    engine.cloud.s3.put_object(bucket.id, "k", b"by hand", {"Content-Type": "text/html"}, {"id": "9"})
    found = await engine.read(thing)
    assert found.inputs["content"] == "one"
    assert found.inputs["metadata"] == {"id": "9"}
    assert found.state["etag"] != thing.state["etag"]
    assert found.state["contentType"] == "text/html"


@on_cloud
async def test_an_etag_that_was_given_makes_the_refresh_see_the_content(engine: EngineSide):
    """The program's MD5 is an input, S3's own is read back; where they differ the object is uploaded again."""
    bucket = await engine.create("bucket")
    etag = hashlib.md5(b"one").hexdigest()
    given = {"bucket": bucket.id, "key": "k", "content": "one", "etag": etag, "serverSideEncryption": "AES256"}
    thing = await engine.create("object", **given, metadata={"id": "1"})
    assert thing.state["etag"] == etag
    assert await engine.diff(thing) == ({}, [], False)
    engine.cloud.s3.put_object(bucket.id, "k", b"two", {"Content-Type": "text/plain"}, {"id": "1"})
    found = await engine.read(thing)
    assert found.inputs["etag"] == hashlib.md5(b"two").hexdigest()
    assert await engine.diff(found, etag=etag) == ({"etag": "UPDATE"}, [], False)
    await engine.update(found, etag=etag)
    assert engine.cloud.s3.current(bucket.id, "k").value == b"one"


@on_cloud
async def test_what_a_preview_knows(engine: EngineSide):
    """Inputs as given; what S3 will say only later is unknown."""
    planned = await engine.preview_create("object", bucket=UNKNOWN, key="k", content="x")
    assert planned["bucket"] == UNKNOWN
    assert (planned["key"], planned["content"]) == ("k", "x")
    assert (planned["versionId"], planned["etag"]) == (UNKNOWN, UNKNOWN)
    assert engine.cloud.s3.count() == 0


@on_cloud
async def test_metadata_names_are_lower_case(engine: EngineSide):
    """S3 would change them, and every run would find a difference."""
    with pytest.raises(Refused, match=r"metadata: Metadata must be lowercase only. Offending keys: \['Id'\]"):
        await engine.create("object", bucket="b", key="k", content="x", metadata={"Id": "1"})


@on_cloud
async def test_an_object_is_imported_by_bucket_and_key(engine: EngineSide):
    """And one that is not there is not found."""
    bucket = await engine.create("bucket")
    await engine.create("object", bucket=bucket.id, key="a/b", content="x", cacheControl="no-store")
    found = await engine.import_("object", f"{bucket.id}/a/b")
    assert (found.inputs["bucket"], found.inputs["key"], found.inputs["cacheControl"]) == (bucket.id, "a/b", "no-store")
    assert await engine.import_("object", f"{bucket.id}/a/c") is None


@on_cloud
async def test_cloudfront_reads_what_the_policy_allows(engine: EngineSide):
    """Body and headers through the distribution that the policy names, through no other, and not without a policy."""
    site = await engine.site("mta-sts.example.com", name="one")
    bucket = site.inputs["origins"][0]["domainName"].partition(".")[0]
    await engine.create(
        "object", bucket=bucket, key="k", content="text", contentType="text/plain", metadata={"id": "1"}
    )
    read = engine.cloud.read_object
    assert read(bucket, "k", "mta-sts.example.com") is None
    allow = statement(
        Resource=f"arn:aws:s3:::{bucket}/*", Condition={"StringEquals": {"AWS:SourceArn": site.state["arn"]}}
    )
    await engine.create("policy", bucket=bucket, policy=json.dumps({"Statement": [allow]}))
    stored = read(bucket, "k", "mta-sts.example.com")
    assert (stored.body, stored.content_type, stored.metadata) == (b"text", "text/plain", {"id": "1"})
    assert read(bucket, "k", site.state["domainName"]) == stored
    assert read(bucket, "missing", "mta-sts.example.com") is None
    assert read(bucket, "k", "mta-sts.example.org") is None
    other = await engine.site("mta-sts.b.example.com", name="two")
    assert read(bucket, "k", other.state["domainName"]) is None
