"""Domains that published before they came here, taken over on the real engine: what stands there stays, and is ours."""

from datetime import UTC, datetime

import dns.rdatatype
import pytest

from mtasts.live.cloudflare import records_at
from mtasts.live.project import find_project
from mtasts.policy.adopted import Adopted
from mtasts.policy.draft import draft
from mtasts.protocol.mta_sts import read_policy
from mtasts_pulumi.engine.drive import Request, run
from mtasts_pulumi.engine.find import find_engine
from tests.publishing.stage import ROOT, Run, Stage
from tests.publishing.test_first_look import do, record

SEEN = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
TEXT = "version: STSv1\nmode: enforce\nmax_age: 604800\nmx: MX1.example.com\n"
PAGES = "org.pages.example"
ALIAS, CNAME, AT_CLOUDFLARE, DEAD = "alias.example", "cname.example", "cf.example", "dead.example"
ZONES = {
    "pages.example": ("route53", "Z0PAGES"),
    ALIAS: ("route53", "Z0ALIAS"),
    CNAME: ("route53", "Z0CNAME"),
    AT_CLOUDFLARE: ("cloudflare", "0123456789abcdef0123456789abcd01"),
    DEAD: ("cloudflare", "0123456789abcdef0123456789abcd02"),
}
DOMAINS = [ALIAS, CNAME, AT_CLOUDFLARE, DEAD]
RUA = ("mailto:tls@example.org",)


def old_id(domain: str) -> str:
    """An id by hand, as people write them."""
    return f"2024{len(domain)}"


def write(stage: Stage, domain: str, text: str | None = TEXT, **more: str) -> None:
    """The file as a look at the domain would draft it."""
    adopted = Adopted(old_id(domain), SEEN, text)
    served = read_policy(text.encode()).value if text else None
    drafted = draft(domain, ["mx1.example.com"], served, RUA, ZONES[domain], adopted, ttl=300, **more)
    (stage.policies / "staging" / f"{domain}.yaml").write_text(drafted.text)


@pytest.fixture
def foreign(stage, tmp_path):
    """Four domains that others publish: their policy hosts at a static-page platform, one of them dead."""
    for domain in ("example.com", "example.net"):
        stage.remove(domain)
    for name, (provider, zone) in ZONES.items():
        do(stage, "sandbox", "zone", "add", name, provider, zone)
    served = tmp_path / "served.txt"
    served.write_bytes(TEXT.encode())
    hosts = [word for domain in DOMAINS if domain != DEAD for word in ("--host", f"mta-sts.{domain}")]
    do(stage, "sandbox", "web", "add", PAGES, "--policy", str(served), *hosts)
    (address,) = stage.addresses(PAGES)
    for domain in DOMAINS:
        record(stage, domain, "MX", "10 mx1.example.com.")
        record(stage, f"_mta-sts.{domain}", "TXT", f"v=STSv1; id={old_id(domain)};")
        record(stage, f"_smtp._tls.{domain}", "TXT", f"v=TLSRPTv1; rua=mailto:old@{domain}")
    record(stage, f"mta-sts.{ALIAS}", "A", address)
    record(stage, f"mta-sts.{CNAME}", "CNAME", PAGES)
    record(stage, f"mta-sts.{AT_CLOUDFLARE}", "CNAME", PAGES)
    for domain in DOMAINS:
        write(stage, domain, None if domain == DEAD else TEXT, **({"host_record": "cname"} if domain == CNAME else {}))
    return stage


def records(stage: Stage, domain: str) -> list[tuple[object, ...]]:
    """What Cloudflare's API tells of a domain's names: id, type, content."""
    zone = ZONES[domain][1]
    names = (f"_mta-sts.{domain}", f"_smtp._tls.{domain}", f"mta-sts.{domain}")
    found = [one for name in names for one in records_at(zone, name, stage.cloud) or ()]
    return [(one["id"], one["type"], one["content"]) for one in found]


def alias_of(stage: Stage, name: str) -> str:
    """Where a CNAME leads."""
    answer = stage._ask(name, dns.rdatatype.CNAME)
    return next((str(one.target).rstrip(".") for rrset in answer.answer for one in rrset), "")


def said(run: Run, domain: str) -> dict[str, tuple[str, str]]:
    """By record, what was done to it."""
    steps = [*run.domain(domain)["steps"], *(one for one in run.json["shared"] if f"{domain}-host" in one["name"])]
    records = (step for step in steps if "ecord" in step["type"])
    return {step["what"].partition(".")[0]: (step["op"], step.get("detail", "")) for step in records}


def test_what_stands_there_is_taken_over(foreign: Stage) -> None:
    """The same bytes, ids and records; each policy host is led elsewhere only once that serves the policy."""
    before = records(foreign, AT_CLOUDFLARE)
    old = {domain: foreign.txts(f"_mta-sts.{domain}") for domain in DOMAINS}
    assert len(before) == 3

    plan = foreign.preview()
    assert plan.code == 0, plan.err
    assert said(plan, AT_CLOUDFLARE) == {
        "CNAME mta-sts": ("import", f"leads to what is new (before: {PAGES})"),
        "TXT _mta-sts": ("import", ""),
        "TXT _smtp": ("import", f"says v=TLSRPTv1; rua={RUA[0]} (before: v=TLSRPTv1; rua=mailto:old@{AT_CLOUDFLARE})"),
    }
    assert plan.domain(AT_CLOUDFLARE)["id"] == {"before": old_id(AT_CLOUDFLARE), "after": old_id(AT_CLOUDFLARE)}

    # The new hosts do not serve it: nothing is led there, and the records that announce stay what they are.
    foreign.fault("wrong-certificate")
    foreign.environment["MTASTS_READ_BACK_DEADLINE"] = "2"
    failed = foreign.up()
    assert failed.code == 1
    told = {problem["resource"]: problem for problem in failed.json["problems"]}
    led = {f"{domain}-host-cname" for domain in (CNAME, AT_CLOUDFLARE, DEAD)}
    assert told.keys() == {*led, f"{ALIAS}-host-a", f"{ALIAS}-host-aaaa"}
    assert all(": not taken over: " in problem["message"] for problem in told.values())
    assert f"so mta-sts.{CNAME} was left as it is" in told[f"{CNAME}-host-cname"]["message"]
    assert all(row["failed"] for row in failed.json["domains"])
    assert alias_of(foreign, f"mta-sts.{CNAME}") == alias_of(foreign, f"mta-sts.{AT_CLOUDFLARE}") == PAGES
    assert foreign.addresses(f"mta-sts.{ALIAS}") == foreign.addresses(PAGES)
    assert foreign.addresses(f"mta-sts.{DEAD}") == []
    assert {domain: foreign.txts(f"_mta-sts.{domain}") for domain in DOMAINS} == old
    assert "domains" not in foreign.outputs() or not foreign.outputs()["domains"]

    foreign.fault("clear")
    del foreign.environment["MTASTS_READ_BACK_DEADLINE"]
    up = foreign.up()
    assert up.code == 0, up.err
    assert said(up, CNAME)["TXT _mta-sts"] == ("import", "")
    assert f"TXT _mta-sts.{CNAME} taken over" in up.err
    for domain in (ALIAS, CNAME, AT_CLOUDFLARE):
        assert foreign.txts(f"_mta-sts.{domain}") == old[domain]
        assert foreign.body(domain) == TEXT.encode()
        assert foreign.outputs()["domains"][domain]["id"] == old_id(domain)
    assert [one[0] for one in records(foreign, AT_CLOUDFLARE)] == [one[0] for one in before]
    assert alias_of(foreign, f"mta-sts.{CNAME}").endswith(".cloudfront.net")
    assert foreign.addresses(f"mta-sts.{ALIAS}") != foreign.addresses(PAGES)
    # Nothing usable was served there: a sender may hold an older policy under that id.
    assert foreign.id(DEAD) != old_id(DEAD)
    assert foreign.body(DEAD).startswith(b"version: STSv1\r\nmode: testing\r\n")
    again = foreign.up()
    assert (again.code, {row["op"] for row in again.json["domains"]}) == (0, {"same"})
    assert not {"import", "create", "update"} & again.json["changes"].keys()

    # From now on as any other: another text, another id; a text that returns never has its old id again.
    foreign.edit(CNAME, mode="testing")
    assert foreign.up().code == 0
    testing = foreign.id(CNAME)
    foreign.edit(CNAME, mode="enforce")
    assert foreign.up().code == 0
    assert foreign.body(CNAME) == TEXT.encode()
    assert len({old_id(CNAME), testing, foreign.id(CNAME)}) == 3

    # Its place cannot be given up by taking its file away, nor its record become another one.
    foreign.edit(CNAME, dns={"provider": "route53", "zone": ZONES[CNAME][1]})
    (held,) = foreign.preview().json["problems"]
    assert (
        "is led by CNAME, which cannot become another record without a gap; write `host_record: cname`"
        in held["message"]
    )


def test_what_is_not_as_the_file_says_stays_as_it_is(foreign: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line each, the others are taken over; and a program that nobody looked for takes nothing over."""
    names = [name for domain in DOMAINS for name in (f"_mta-sts.{domain}", f"_smtp._tls.{domain}")]
    record(foreign, f"_mta-sts.{AT_CLOUDFLARE}", "TXT", "v=STSv1; id=other;")
    elsewhere = {**ZONES, ALIAS: ZONES["pages.example"]}
    monkeypatch.setitem(ZONES, ALIAS, elsewhere[ALIAS])
    write(foreign, ALIAS)
    before = {name: foreign.txts(name) for name in names}
    known = len(foreign.events())

    monkeypatch.chdir(ROOT)
    environment = {**foreign.cloud, "MTASTS_POLICIES": str(foreign.policies)}
    plain = run(Request("up", find_project(ROOT), "staging", find_engine(), environment=environment, create=True))
    assert plain.result == "failed"
    told = {problem.message for problem in plain.problems}
    why = "published before it came here, and only `mtasts up` looks at what is there to be taken over"
    assert told == {f"{domain} {why}" for domain in DOMAINS}
    assert {problem.hint for problem in plain.problems} == {"`mtasts up --stack staging`"}
    assert not [event for event in foreign.events()[known:] if event["name"] in names]

    foreign.fault("validation-wait", "1")
    up = foreign.up()
    assert up.code == 1
    problems = [(problem["message"], problem["hint"]) for problem in up.json["problems"]]
    others = f"_mta-sts.{AT_CLOUDFLARE} says id other, and its file takes id {old_id(AT_CLOUDFLARE)} over"
    assert next(hint for message, hint in problems if message.startswith(others)).startswith(
        "write into `adopted` of its"
    )
    lost = f"_smtp._tls.{ALIAS} was to be taken over, and is not in the zone that its file names"
    assert next(hint for message, hint in problems if message == lost).startswith("see `dns.zone` in its file")
    assert [row["domain"] for row in up.json["domains"] if not row["failed"]] == [CNAME, DEAD]
    left = [name for name in names if ALIAS in name or AT_CLOUDFLARE in name]
    assert {name: foreign.txts(name) for name in left} == {name: before[name] for name in left}
    assert records(foreign, AT_CLOUDFLARE)[2][2] == PAGES
    assert foreign.addresses(f"mta-sts.{ALIAS}") == foreign.addresses(PAGES)

    # Each remedy as it is printed; what stands there by now is taken over, and nothing was lost.
    foreign.fault("clear")
    monkeypatch.undo()
    write(foreign, ALIAS)
    record(foreign, f"_mta-sts.{AT_CLOUDFLARE}", "TXT", f"v=STSv1; id={old_id(AT_CLOUDFLARE)};")
    after = foreign.up()
    assert after.code == 0, after.err
    assert (foreign.id(ALIAS), foreign.id(AT_CLOUDFLARE)) == (old_id(ALIAS), old_id(AT_CLOUDFLARE))
