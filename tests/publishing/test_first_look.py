"""What stands at the names before the first publication: refused in time, told; the others are published."""

import json

import pytest

from mtasts.live.project import find_project
from mtasts_pulumi.engine.drive import Request, run
from mtasts_pulumi.engine.find import find_engine
from tests.publishing.stage import ROOT

AT_CLOUDFLARE, AT_ROUTE53 = "mail.cf.example", "r53.example"
HOST_TAKEN, WILD, NO_CAA = "taken.example", "shop.wild.example", "caa.example"
REFUSED = (AT_CLOUDFLARE, HOST_TAKEN, NO_CAA, AT_ROUTE53, WILD)
FOREIGN = "v=STSv1; id=20240101000000Z;"


@pytest.fixture
def crowded(stage):
    """Beside the two example domains five more, each with something in the way of it."""
    zones = {"cf.example": "cloudflare", "taken.example": "cloudflare"}
    for name in ("cf.example", "r53.example", "taken.example", "wild.example", "caa.example"):
        provider = zones.get(name, "route53")
        zone = (
            "0123456789abcdef0123456789abcd" + f"{len(name):02d}"
            if provider == "cloudflare"
            else f"Z0{name[:3].upper()}"
        )
        do(stage, "sandbox", "zone", "add", name, provider, zone)
        domain = next(domain for domain in REFUSED if domain.endswith(name))
        stage.add(domain, "example.com", mx=["mx1.example.com"], dns={"provider": provider, "zone": zone})
        if domain != WILD:
            record(stage, domain, "MX", "10 mx1.example.com.")
    record(stage, f"_mta-sts.{AT_CLOUDFLARE}", "TXT", FOREIGN)
    record(stage, f"_smtp._tls.{AT_ROUTE53}", "TXT", "v=TLSRPTv1; rua=mailto:old@r53.example")
    record(stage, f"mta-sts.{HOST_TAKEN}", "A", "192.0.2.80")
    record(stage, "*.wild.example", "MX", "10 mx1.example.com.")
    record(stage, NO_CAA, "CAA", '0 issue "letsencrypt.org"')
    return stage


def do(stage, *words: str) -> None:
    done = stage.mtasts(*words)
    assert done.code == 0, done.err


def record(stage, name: str, kind: str, *values: str) -> None:
    do(stage, "sandbox", "record", name, kind, *values)


def names_of(stage, domain: str) -> list[str]:
    return [*stage.txts(f"_mta-sts.{domain}"), *stage.txts(f"_smtp._tls.{domain}")]


def test_refused_in_time_and_published_after_the_remedy(crowded):
    """Nothing is begun of a domain with something in the way; the others are published in the same run."""
    before = {domain: names_of(crowded, domain) for domain in REFUSED}
    preview = crowded.preview()
    assert preview.code == 1
    told = {problem["resource"]: problem["message"] for problem in preview.json["problems"]}
    assert set(told) == set(REFUSED)
    assert f'_mta-sts.{AT_CLOUDFLARE} has a record that this stack did not make: TXT "{FOREIGN}"' in told[AT_CLOUDFLARE]
    assert "mta-sts.taken.example has a record that this stack did not make: A 192.0.2.80" in told[HOST_TAKEN]
    assert "*.wild.example answers for it: MX 10 mx1.example.com." in told[WILD]
    assert "do not let Amazon issue its certificate" in told[NO_CAA]
    assert [row["domain"] for row in preview.json["domains"] if row["failed"]] == sorted(REFUSED)

    up = crowded.up()
    assert up.code == 1
    assert up.json["result"] == "failed"
    assert {(row["domain"], row["op"], len(row["steps"])) for row in up.json["domains"] if row["failed"]} == {
        (domain, "create", 0) for domain in REFUSED
    }
    assert {problem["resource"]: problem["message"] for problem in up.json["problems"]} == told
    assert not any(word in up.err for word in ("81053", "81058", "InvalidChangeBatch", "StatusCode", "Traceback"))
    assert up.err.splitlines()[0] == f"publishing stack staging to the sandbox on loopback ({crowded.state})"
    for domain in ("example.com", "example.net"):
        assert not up.domain(domain)["failed"]
        assert crowded.txt(domain) is not None
    assert {domain: names_of(crowded, domain) for domain in REFUSED} == before
    hosts = {f"mta-sts.{domain}" for domain in REFUSED}
    assert [event["kind"] for event in crowded.events() if event["name"] in hosts] == ["record"]  # the foreign one

    # Each remedy as it is printed.
    hints = {problem["resource"]: problem["hint"] for problem in preview.json["problems"]}
    assert hints[WILD].startswith(f"write first: {WILD} MX 10 mx1.example.com.")
    assert hints[NO_CAA] == 'add beside them: caa.example CAA 0 issue "amazon.com"'
    taken = f"move its file away and run `mtasts adopt {AT_CLOUDFLARE}`, which takes over what is there; or "
    assert hints[AT_CLOUDFLARE].startswith(f"{taken}delete it where it was made")
    assert hints[HOST_TAKEN].startswith("delete it where it was made")
    record(crowded, f"_mta-sts.{AT_CLOUDFLARE}", "TXT")
    record(crowded, f"_smtp._tls.{AT_ROUTE53}", "TXT")
    record(crowded, f"mta-sts.{HOST_TAKEN}", "A")
    record(crowded, WILD, "MX", "10 mx1.example.com.")
    record(crowded, NO_CAA, "CAA", '0 issue "letsencrypt.org"', '0 issue "amazon.com"')
    after = crowded.up()
    assert after.code == 0, after.err
    assert all(crowded.txt(domain) is not None for domain in REFUSED)

    # Somebody adds a second record later: nothing to change, and yet senders use none.
    record(crowded, f"_mta-sts.{AT_CLOUDFLARE}", "TXT", FOREIGN, "v=STSv1; id=2;")
    twice = crowded.up()
    assert twice.code == 1
    assert [problem["message"] for problem in twice.json["problems"]] == [
        f'_mta-sts.{AT_CLOUDFLARE}: DNS shows 2 records that begin with "v=STSv1;"; they count as none (RFC 8461 s3.1)'
    ]


def test_the_hook_looks_too(crowded, monkeypatch):
    """Without the look of `up`, as under plain `pulumi up`: the same lines, no TXT; the healthy ones are published."""
    monkeypatch.chdir(ROOT)
    request = Request(
        "up",
        find_project(ROOT),
        "staging",
        find_engine(),
        environment={**crowded.cloud, "MTASTS_POLICIES": str(crowded.policies)},
        create=True,
    )
    outcome = run(request)
    assert outcome.result == "failed"
    told = "\n".join(problem.message for problem in outcome.problems)
    for part in (
        f"_mta-sts.{AT_CLOUDFLARE} has a record that this stack did not make",
        f"_smtp._tls.{AT_ROUTE53} has a record that this stack did not make",
        f"mta-sts.{HOST_TAKEN} has a record that this stack did not make",
        f"{WILD} has no records of its own",
        f"the CAA records of {NO_CAA} do not let Amazon issue its certificate",
    ):
        assert part in told
    assert not any(word in told for word in ("81053", "InvalidChangeBatch", "StatusCode"))
    assert any(problem.hint.startswith("delete it") for problem in outcome.problems)
    for domain in REFUSED:
        assert not [text for text in crowded.txts(f"_mta-sts.{domain}") if text != FOREIGN]
    assert names_of(crowded, WILD) == []
    assert all(crowded.txt(domain) is not None for domain in ("example.com", "example.net"))


def test_what_is_published_is_not_left_out(published):
    """A record in the way of one that is to be added: the domain is refused whole, and stays as it was."""
    published.edit("example.net", tls_rpt={"rua": []})
    assert published.up().code == 0
    record(published, "_smtp._tls.example.net", "TXT", "v=TLSRPTv1; rua=mailto:a@example.net")
    before = published.txt("example.net"), published.body("example.net")
    published.edit("example.net", tls_rpt={"rua": ["mailto:b@example.net"]}, mode="enforce")
    up = published.up()
    assert up.code == 1
    assert [(problem["message"].partition(" has")[0], problem["hint"][:9]) for problem in up.json["problems"]] == [
        ("_smtp._tls.example.net", "delete it")
    ]
    assert (published.txt("example.net"), published.body("example.net")) == before
    assert "`mtasts ready example.net --stack staging` does" not in up.err
    record(published, "_smtp._tls.example.net", "TXT")
    again = published.up()
    assert again.code == 0, again.err
    assert "example.net: testing -> enforce: `up` has not asked whether it is ready" in again.err
    assert published.txts("_smtp._tls.example.net") == ["v=TLSRPTv1; rua=mailto:b@example.net"]
    assert json.loads(again.out)["result"] == "succeeded"
