"""What senders may still hold cannot be deleted (RFC 8461 s8.3), on hosts of one domain and on shared ones."""


def test_removal_is_refused_until_none_was_published(published):
    """Its file gone, a living domain stays whole and the reason is told; after `none` it goes, the TXT first."""
    before = (published.txt("example.net"), published.body("example.net"), published.events())
    held = (published.policies / "staging" / "example.net.yaml").read_text()

    published.remove("example.net")
    refused = published.up()

    assert refused.code == 1
    assert "example.net: its file is gone" in refused.err
    assert "mode: none" in refused.err
    assert "RFC 8461 s8.3" in refused.err
    assert (published.txt("example.net"), published.body("example.net"), published.events()) == before

    (published.policies / "staging" / "example.net.yaml").write_text(held)
    published.edit("example.net", mode="none")
    none = published.up()

    assert none.code == 0, none.err
    assert b"mode: none\r\n" in published.body("example.net")
    assert published.id("example.net") != before[0]

    published.remove("example.net")
    gone = published.up()

    assert gone.code == 0, gone.err
    assert published.txt("example.net") is None
    seen = [event for event in published.events()[len(before[2]) :] if event["kind"] == "gone"]
    assert seen[0]["name"] == "_mta-sts.example.net"
    assert published.txt("example.com") is not None


def test_a_shared_host_keeps_its_living_names(published):
    """A name leaves a shared distribution by an update, which `protect` does not stop; the hook does."""
    published.add("sub.example.com", like="example.com", host_group="shared", mx=["mx1.example.com"])
    published.add("news.example.com", like="example.com", host_group="shared", mx=["mx1.example.com"])
    assert published.up().code == 0
    before = published.body("news.example.com")

    published.remove("news.example.com")
    refused = published.up()

    assert refused.code == 1
    assert "news.example.com" in refused.err
    assert published.body("news.example.com") == before
    assert published.txt("news.example.com") is not None

    published.add("news.example.com", like="example.com", host_group="shared", mode="none", mx=["mx1.example.com"])
    assert published.up().code == 0
    published.remove("news.example.com")
    gone = published.up()

    assert gone.code == 0, gone.err
    assert published.txt("news.example.com") is None
    assert b"mode: testing" in published.body("sub.example.com")


def test_joining_a_shared_host_disturbs_nobody(published):
    """The certificate is replaced and the distribution updated in place; those already there do not rotate."""
    published.add("sub.example.com", like="example.com", host_group="shared", mx=["mx1.example.com"])
    assert published.up().code == 0
    first = published.txt("sub.example.com")

    published.add("a.example.com", like="example.com", host_group="shared", mx=["mx1.example.com"])
    joined = published.up()

    assert joined.code == 0, joined.err
    assert published.body("a.example.com") == published.body("sub.example.com")
    assert published.txt("sub.example.com") == first
    assert joined.domain("sub.example.com")["steps"] == []


def test_destroy_needs_every_domain_retired(published):
    """A living stack is not destroyed; a retired one is, and nothing is left at any name."""
    refused = published.destroy()

    assert refused.code == 1
    assert published.txt("example.com") is not None
    assert published.body("example.com")

    for domain in ("example.com", "example.net"):
        published.edit(domain, mode="none")
    assert published.up().code == 0
    done = published.destroy()

    assert done.code == 0, done.err
    assert published.txts("_mta-sts.example.com") == published.txts("_smtp._tls.example.net") == []


def test_the_ledger_outlives_its_domain(published):
    """Removed, it is still told what senders may hold; back again, it goes on from there under an id it never had."""

    def ledger():
        words = ("--stack", "staging", "--sandbox", "--policies", str(published.policies), "--json")
        done = published.mtasts("ledger", "example.net", *words)
        assert done.code == 0, done.err
        return done.json

    testing = (published.policies / "staging" / "example.net.yaml").read_text()
    published.edit("example.net", mode="none")
    assert published.up().code == 0
    before = ledger()
    assert len(before) == 2

    published.remove("example.net")
    gone = published.up()

    assert gone.code == 0, gone.err
    assert published.txt("example.net") is None
    assert ledger() == before

    (published.policies / "staging" / "example.net.yaml").write_text(testing)
    back = published.up()

    assert back.code == 0, back.err
    after = ledger()
    assert [each["text"] for each in after] == [before[0]["text"], before[1]["text"], before[0]["text"]]
    assert len({each["id"] for each in after}) == 3
    assert after[-1]["id"] == published.id("example.net")
    assert published.body("example.net").decode() == after[-1]["text"]
