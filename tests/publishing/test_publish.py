"""The main job on the real engine: publish, nothing to do, change, roll back."""

import http.client

import pytest

from mtasts.policy.policy_id import belongs

TESTING = "version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\nmx: mx2.example.com\r\nmax_age: 86400\r\n"


@pytest.mark.engines
def test_first_publication_as_a_sender_sees_it(published):
    """Both domains, on both DNS providers: TXT, TLS-RPT, policy bytes, and an id that belongs to the body."""
    for domain in ("example.com", "example.net"):
        body = published.body(domain).decode()
        assert belongs(published.id(domain), body) is True
        assert published.txt(domain) == f"v=STSv1; id={published.id(domain)};"
        assert published.txts(f"_smtp._tls.{domain}") == ["v=TLSRPTv1; rua=mailto:tls-reports@example.com"]
        # First publication: reports can come before there is a policy to report on; the body before the TXT.
        seen = published.seen(domain)
        assert seen.index("tls-rpt txt") < seen.index("mta-sts txt")
        assert seen.index("host body") < seen.index("mta-sts txt")

    assert published.body("example.com").decode() == TESTING


def test_the_policy_host_answers_one_path(published):
    """text/plain, hardened, HEAD too; 404 for every other path; no redirect; TLS 1.2 at least."""
    response, _ = published.get("example.com")
    head, nothing = published.get("example.com", method="HEAD")

    assert response.getheader("content-type") == "text/plain; charset=utf-8"
    assert response.getheader("cache-control") == "max-age=60"
    assert response.getheader("x-content-type-options") == "nosniff"
    assert response.getheader("strict-transport-security") == "max-age=31536000"
    assert (head.status, nothing) == (200, b"")
    for path in ("/", "/.well-known/mta-sts.txt/", "/mta-sts.example.net/.well-known/mta-sts.txt", "/favicon.ico"):
        assert published.get("example.com", path)[0].status == http.client.NOT_FOUND


@pytest.mark.engines
def test_a_second_run_changes_nothing(published):
    """Neither preview nor up finds anything to do, and nothing becomes visible anew, whatever the clock says."""
    before, events = published.txt("example.com"), published.events()
    preview, again = published.preview(), published.up()

    assert (preview.code, again.code) == (0, 0)
    assert set(preview.json["changes"]) == {"same"}
    assert set(again.json["changes"]) == {"same"}
    assert published.txt("example.com") == before
    assert published.events() == events


@pytest.mark.engines
def test_a_flip_and_a_roll_back(published):
    """A mode flip changes exactly the policy object, the id and one TXT, body first; a roll-back gives a third id."""
    first, other = published.id("example.com"), published.txt("example.net")

    published.edit("example.com", mode="enforce")
    flip = published.up()
    second, enforced = published.id("example.com"), published.body("example.com").decode()
    published.edit("example.com", mode="testing")
    back = published.up()
    third = published.id("example.com")

    for done, changed in ((flip, "update"), (back, "update")):
        assert done.code == 0, done.err
        row = done.domain("example.com")
        assert row["op"] == changed
        assert [(step["op"], step["type"].rpartition(":")[2]) for step in row["steps"]] == [
            ("replace", "Stash"),
            ("update", "BucketObjectv2"),
            ("update", "Record"),
        ]
        assert done.domain("example.net")["steps"] == []
        assert done.json["shared"] == []
    assert "mode: enforce\r\n" in enforced
    assert "max_age: 1209600\r\n" in enforced
    assert belongs(second, enforced) is True
    assert published.body("example.com").decode() == TESTING
    assert belongs(third, TESTING) is True
    assert len({first, second, third}) == 3
    assert published.txt("example.net") == other
    assert published.seen("example.com").count("mta-sts txt") == 3
    assert published.seen("example.com")[-4:] == ["host body", "mta-sts txt", "host body", "mta-sts txt"]


def test_what_senders_do_not_read_rotates_nothing(published):
    """A new note or owner changes no record and no byte; a new TTL or report address changes only its own TXT."""
    before = published.id("example.com")

    published.edit("example.com", notes="moved to another rack", owner="postmaster")
    quiet = published.up()
    published.edit("example.com", tls_rpt={"rua": ["mailto:other@example.org"]})
    rua = published.up()

    assert set(quiet.json["changes"]) == {"same"}
    assert [step["name"] for step in rua.domain("example.com")["steps"]] == ["example.com-tls-rpt"]
    assert published.txts("_smtp._tls.example.com") == ["v=TLSRPTv1; rua=mailto:other@example.org"]
    assert published.id("example.com") == before


def test_one_wrong_file_publishes_nothing_with_strict(published):
    """Another domain's mistake stops the whole run before anything is touched, with its place, for who asks for it."""
    events = published.events()
    published.edit("example.com", mode="enforce")
    published.edit("example.net", max_age=40000000)

    refused = published.up("--strict")

    assert refused.code == 1
    assert "example.net.yaml:3:10: max_age: " in refused.err
    assert "40000000 is more than the 31557600 s that RFC 8461 allows" in refused.err
    assert published.events() == events


@pytest.mark.engines
def test_the_outputs_of_the_stack(published):
    """What other programs may build on: names and values, per domain."""
    outputs = published.up().json["outputs"]

    assert outputs["domains"]["example.com"] == {
        "mode": "testing",
        "id": published.id("example.com"),
        "policyHost": "mta-sts.example.com",
        "policyUrl": "https://mta-sts.example.com/.well-known/mta-sts.txt",
        "records": {
            "_mta-sts.example.com": published.txt("example.com"),
            "_smtp._tls.example.com": "v=TLSRPTv1; rua=mailto:tls-reports@example.com",
        },
    }
