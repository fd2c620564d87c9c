"""What is there to be taken over, by DNS and by the provider's API, and each thing that keeps a domain from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mtasts.errors import CannotLook
from mtasts.live.accounts.ways import Ways
from mtasts.live.network import Network
from mtasts.policy.adopted import Adopted
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.desired import desired_state
from mtasts.policy.policy_id import policy_id
from mtasts.protocol.mta_sts import Mode
from mtasts_pulumi.engine.adopting import adoption_problems
from mtasts_pulumi.engine.existing import Existing, look_for_existing, resources_of
from mtasts_pulumi.engine.first_look import creates
from tests.mtasts_pulumi.engine.test_first_look import plan, record, served
from tests.mtasts_sandbox.memory_world import MemoryWorld
from tests.policy.test_desired import BASE

WAYS = Ways({}, {})

D = "example.com"
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
TEXT = "version: STSv1\nmode: testing\nmax_age: 86400\nmx: mx1.example.com\nmx: *.mail.example.net\n"
ZONE = "0123456789abcdef0123456789abcdef"
AT_ROUTE53 = replace(BASE, adopted=Adopted("1", NOW, TEXT))
AT_CLOUDFLARE = replace(AT_ROUTE53, dns=DnsZone("cloudflare", ZONE))
RIGHT = "v=STSv1; id=1;"
REPORTS = "v=TLSRPTv1; rua=mailto:a@example.com"
RECORD = "aws:route53/record:Record"


def state(*names: str) -> dict[str, Any]:
    """The engine's, with records of these names, and their domain if there is any."""
    made = [{"urn": f"urn:pulumi:s::p::{RECORD}::{name}", "type": RECORD} for name in names]
    domain = {"urn": f"urn:pulumi:s::p::mtasts:index:MtaStsDomain::{D}", "type": "mtasts:index:MtaStsDomain"}
    return {"resources": [*made, *([domain] if names else [])]}


def at_route53(put: Callable[[MemoryWorld], object], policy: DomainPolicy = AT_ROUTE53, *held: str) -> Existing:
    """What is found of a domain in a zone that has what `put` puts there."""
    world = MemoryWorld()
    world.add_zone(D)
    world.add_zone("example.org")
    put(world)
    with served(world) as network:
        return look_for_existing([policy], state(*held), network, WAYS)


Told = Mapping[str, Sequence[Mapping[str, Any]] | None]


@pytest.fixture
def at_cloudflare(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Existing]:
    """The same, of what Cloudflare's API tells by name; None: it does not answer. DNS shows an empty zone."""

    def look(told: Told, policy: DomainPolicy = AT_CLOUDFLARE, *, dns: Sequence[str] = ()) -> Existing:
        def records_at(zone: str, name: str, environ: Mapping[str, str], kind: str = "") -> Any:
            assert zone == ZONE
            return told.get(name, ())

        monkeypatch.setattr("mtasts.live.cloudflare.records_at", records_at)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
            monkeypatch.setenv(name, "/nonexistent") if name.endswith("FILE") else monkeypatch.delenv(
                name, raising=False
            )
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        world = MemoryWorld()
        world.add_zone(D)
        for name in dns:
            world.put(name, "TXT", RIGHT)
        with served(world) as network:
            return look_for_existing([policy], {}, network, WAYS)

    return look


def one(kind: str, content: str, id_: str = "r1", **more: Any) -> dict[str, Any]:
    """A record as Cloudflare's API tells it."""
    return {"id": id_, "type": kind, "content": content, "name": "x", **more}


def host(world: MemoryWorld, kind: str, *values: str) -> None:
    world.put(f"_mta-sts.{D}", "TXT", RIGHT)
    world.put(f"mta-sts.{D}", kind, *values)


def test_nothing_adopted_is_nothing_asked() -> None:
    """Neither DNS nor an API: a run of other domains costs nothing more."""
    nowhere = Network("127.0.0.1:9")
    assert look_for_existing([BASE], {}, nowhere, WAYS) == Existing()
    whole = state(*(f"{D}{end}" for end in ("-mta-sts", "-tls-rpt", "-host-a", "-host-aaaa")))
    found = look_for_existing([AT_ROUTE53], whole, nowhere, WAYS)
    assert (found.ids, found.refusals, found.adopting) == ({}, (), frozenset())
    assert found.own == {f"_mta-sts.{D}", f"_smtp._tls.{D}", f"mta-sts.{D}"}


def test_route53_names_a_record_by_what_it_is() -> None:
    """TXT, A and AAAA; what is not there is made as ever, and no look before the run calls it taken."""

    def there(world: MemoryWorld) -> None:
        host(world, "A", "192.0.2.1", "192.0.2.2")
        world.put(f"_smtp._tls.{D}", "TXT", REPORTS, "something else")

    found = at_route53(there, replace(AT_ROUTE53, rua=()))
    zone = AT_ROUTE53.dns.zone
    assert found.ids == {f"{D}-mta-sts": f"{zone}__mta-sts.{D}_TXT", f"{D}-host-a": f"{zone}_mta-sts.{D}_A"}
    assert (found.refusals, found.own) == ((), {f"_mta-sts.{D}", f"mta-sts.{D}"})
    made = [record("create", f"mta-sts.{D}", "AAAA"), record("create", f"_smtp._tls.{D}")]
    assert not creates(plan(shared=made), [D], found.own)[D].host
    assert creates(plan(shared=made), [D], found.own)[D].tls_rpt


def test_what_the_state_holds_is_not_looked_for_again() -> None:
    """A run that was killed goes on: what is left is taken over, whatever the rest says by now."""
    changed = at_route53(lambda world: world.put(f"_mta-sts.{D}", "TXT", "v=STSv1; id=2;"), AT_ROUTE53, f"{D}-mta-sts")
    assert (changed.refusals, changed.ids, changed.adopting) == ((), {}, {D})
    assert changed.own == {f"_mta-sts.{D}"}
    refused = at_route53(lambda world: world.put(f"_mta-sts.{D}", "TXT", "v=STSv1; id=2;"), AT_ROUTE53, f"{D}-host-a")
    assert refused.told.leave_out == frozenset()
    assert "To do: write into `adopted`" in refused.told.refused[D]


def test_a_creation_that_was_cut_off_is_settled_and_not_imported() -> None:
    """Else it would be in the state under its id, imported under another form of it, and replaced."""
    urn = f"urn:pulumi:s::p::{RECORD}::{D}-mta-sts"
    cut = {"pending_operations": [{"type": "creating", "resource": {"urn": urn, "type": RECORD}}]}
    assert resources_of(cut) == {f"{D}-mta-sts"}
    assert resources_of({"pending_operations": [{"type": "importing", "resource": {"urn": urn}}]}) == frozenset()
    assert resources_of({"resources": [{"urn": urn, "delete": True}], "pending_operations": None}) == frozenset()


def test_a_wildcard_is_no_record_of_the_domain() -> None:
    """It stays where it is; the first look judges it."""
    found = at_route53(lambda world: world.put(f"*.{D}", "TXT", RIGHT))
    assert (found.ids, found.refusals) == ({}, ())


CNAME = replace(AT_ROUTE53, host_record="cname")


@pytest.mark.parametrize(
    ("put", "policy", "words"),
    [
        (lambda w: w.put(f"_mta-sts.{D}", "TXT", "v=STSv1; id=2;"), AT_ROUTE53, "says id 2, and its file takes id 1"),
        (lambda w: w.put(f"_mta-sts.{D}", "TXT", "v=STSv1; id=-;"), AT_ROUTE53, 'says "v=STSv1; id=-;", and its file'),
        (lambda w: w.put(f"_mta-sts.{D}", "TXT", RIGHT, "v=STSv1; id=2;"), AT_ROUTE53, "has 2 records that begin with"),
        (lambda w: w.put(f"_mta-sts.{D}", "TXT", RIGHT, "other"), AT_ROUTE53, 'which would be lost: "other"'),
        (lambda w: w.put(f"_mta-sts.{D}", "CNAME", "x.example.org."), AT_ROUTE53, 'is a CNAME to "x.example.org"'),
        (lambda w: w.put(f"_smtp._tls.{D}", "TXT", REPORTS, f"{REPORTS}x"), AT_ROUTE53, "has 2 records that begin"),
        (lambda w: host(w, "CNAME", "x.example.org."), AT_ROUTE53, "cannot become A and AAAA without a gap"),
        (lambda w: host(w, "A", "192.0.2.1"), CNAME, "A 192.0.2.1, which cannot become a CNAME without a gap"),
    ],
)  # fmt: skip
def test_what_stands_otherwise_is_refused_in_one_line(
    put: Callable[[MemoryWorld], object], policy: DomainPolicy, words: str
) -> None:
    """What is there, and what to do; the domain is left out as long as nothing of it is in the state."""
    found = at_route53(put, policy)
    (refusal,) = found.refusals
    assert words in refusal.text
    assert refusal.remedy
    assert not refusal.unknown
    assert "\n" not in refusal.text + refusal.remedy
    assert (found.left_out, found.ids) == ({D}, {})


def test_an_id_that_a_run_of_ours_gave_is_taken_over() -> None:
    """Nothing usable was served, so the id was renewed; the run was killed before the state knew it."""
    policy = replace(AT_ROUTE53, adopted=Adopted("1", NOW, None))
    ours = policy_id(NOW, desired_state(policy).text)
    found = at_route53(lambda world: world.put(f"_mta-sts.{D}", "TXT", f"v=STSv1; id={ours};"), policy)
    assert (list(found.ids), found.refusals) == ([f"{D}-mta-sts"], ())


def test_a_cname_at_route53_is_taken_over_as_one() -> None:
    """Also with CloudFront's proof beside the record, which nobody misses once the name has moved."""

    def there(world: MemoryWorld) -> None:
        world.put(f"_mta-sts.{D}", "TXT", RIGHT, "d111111abcdef8.cloudfront.net")
        world.put(f"mta-sts.{D}", "CNAME", "x.example.org.")

    zone = CNAME.dns.zone
    assert at_route53(there, CNAME).ids == {
        f"{D}-mta-sts": f"{zone}__mta-sts.{D}_TXT",
        f"{D}-host-cname": f"{zone}_mta-sts.{D}_CNAME",
    }


def test_dns_that_does_not_answer_is_not_known(at_cloudflare: Callable[..., Existing]) -> None:
    """Neither is a record whose id only a silent API knows; where DNS has none, there is nothing to know."""
    nobody = look_for_existing([AT_ROUTE53], {}, Network("127.0.0.1:9"), WAYS)
    assert [refusal.unknown for refusal in nobody.refusals] == [True]
    assert nobody.left_out == {D}
    silent: Told = dict.fromkeys((f"_mta-sts.{D}", f"_smtp._tls.{D}", f"mta-sts.{D}"))
    (refusal,) = at_cloudflare(silent, dns=[f"_mta-sts.{D}"]).refusals
    assert refusal.unknown
    assert f"_mta-sts.{D}: the API of Cloudflare does not tell" in refusal.text
    assert at_cloudflare(silent).refusals == ()


@pytest.mark.parametrize("content", [RIGHT, f'"{RIGHT}"', '"v=STSv1; " "id=1;"'])
def test_cloudflare_gives_each_record_an_id(at_cloudflare: Callable[..., Existing], content: str) -> None:
    """In whatever form somebody wrote it; other texts stand beside it, and any address becomes the CNAME."""
    found = at_cloudflare(
        {
            f"_mta-sts.{D}": [one("TXT", '"other"', "r0"), one("TXT", content, "r1")],
            f"_smtp._tls.{D}": [one("TXT", REPORTS, "r2")],
            f"mta-sts.{D}": [one("AAAA", "2001:db8::1", "r3"), one("TXT", '"x"', "r4")],
        }
    )
    assert found.refusals == ()
    ends = {"-mta-sts": "r1", "-tls-rpt": "r2", "-host-cname": "r3"}
    assert found.ids == {f"{D}{end}": f"{ZONE}/{id_}" for end, id_ in ends.items()}


@pytest.mark.parametrize(
    ("records", "text", "remedy"),
    [
        (
            [one("A", "192.0.2.1"), one("AAAA", "2001:db8::1", "r2")],
            "has 2 records (A 192.0.2.1, AAAA 2001:db8::1), and one CNAME takes their place",
            "delete all but one first, AAAA before A",
        ),
        ([one("A", "192.0.2.1"), one("A", "192.0.2.2", "r2")], "has 2 records", "delete all but one first; senders"),
        ([one("AAAA", "100::", meta={"read_only": True})], "belongs to a custom domain of a Worker", "a route of the"),
        ([one("NS", "ns.example.org")], "is a zone of its own", "in the zone above"),
    ],
)
def test_a_host_that_one_record_cannot_replace(
    at_cloudflare: Callable[..., Existing], records: list[dict[str, Any]], text: str, remedy: str
) -> None:
    """With the order of what to do."""
    found = at_cloudflare({f"mta-sts.{D}": records})
    (refusal,) = found.refusals
    assert text in refusal.text
    assert remedy in refusal.remedy
    assert found.ids == {}


@pytest.mark.parametrize(
    ("policy", "held", "words"),
    [
        (AT_ROUTE53, (), ""),
        (replace(AT_ROUTE53, mode=Mode.NONE), (), "take it over with mode, max_age and mx as served first"),
        (replace(AT_ROUTE53, mode=Mode.NONE), (f"{D}-mta-sts",), ""),
        (replace(AT_ROUTE53, adopted=Adopted("1", NOW)), (), ""),
        (replace(AT_ROUTE53, leaving=DnsZone("route53", "Z2")), (), "take it over first, then move it"),
        (replace(AT_ROUTE53, adopted=Adopted("1", NOW + timedelta(hours=23), TEXT)), (), ""),
        (replace(AT_ROUTE53, adopted=Adopted("1", NOW + timedelta(hours=25), TEXT)), (), "is in the future"),
        (BASE, (f"{D}-host-a", f"{D}-host-aaaa"), ""),
        (BASE, (f"{D}-host-cname",), "is led by CNAME, which cannot become another record without a gap; write"),
        (CNAME, (f"{D}-mta-sts", f"{D}-host-a", f"{D}-host-aaaa"), "is led by A and AAAA, which cannot"),
        (replace(BASE, dns=DnsZone("cloudflare", ZONE)), (f"{D}-host-cname",), ""),
    ],
)  # fmt: skip
def test_a_file_asks_for_nothing_else_before_it_is_taken_over(
    policy: DomainPolicy, held: tuple[str, ...], words: str
) -> None:
    """A problem of that file, as any other; afterwards it may ask for anything but another type of host record."""
    found = list(adoption_problems([policy], state(*held), NOW))
    assert [words in problem.message for problem in found] == ([True] if words else [])


class Acm:
    """ACM of this account: two certificates, of which one holds the host."""

    def __init__(self, *records: tuple[str, str]) -> None:
        self.records = records

    def list_certificates(self, **_: object) -> dict[str, Any]:
        names = ["mta-sts.example.com", "www.example.org"]
        return {"CertificateSummaryList": [{"CertificateArn": name, "DomainName": name} for name in names]}

    def describe_certificate(self, **asked: str) -> dict[str, Any]:
        assert asked == {"CertificateArn": "mta-sts.example.com"}
        records = [{"Name": f"{name}.", "Type": "CNAME", "Value": f"{value}."} for name, value in self.records]
        told = [{"DomainName": "mta-sts.example.com", "ResourceRecord": record} for record in records]
        return {"Certificate": {"DomainValidationOptions": [*told, {"DomainName": "www.example.com"}]}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [("_x2.acm-validations.aws", {f"{D}-validation": f"{ZONE}/v1"}), ("_other.acm-validations.aws", {})],
)
def test_a_validation_record_of_this_account_is_taken_over(
    at_cloudflare: Callable[..., Existing], monkeypatch: pytest.MonkeyPatch, content: str, expected: dict[str, str]
) -> None:
    """ACM asks for the same one again, and Cloudflare refuses a second; one that says something else is not it."""
    asked = []

    def client(service: str, environ: Mapping[str, str], profile: str = "") -> Acm:
        asked.append((service, profile))
        return Acm(("_X1.mta-sts.example.com", "_x2.acm-validations.aws"))

    monkeypatch.setattr("mtasts_pulumi.engine.existing.client", client)
    found = at_cloudflare({"_x1.mta-sts.example.com": [one("CNAME", content, "v1")]})
    assert {name: id_ for name, id_ in found.ids.items() if name.endswith("-validation")} == expected
    assert asked == [("acm", "")]


def test_an_account_that_does_not_answer_keeps_nothing_back(
    at_cloudflare: Callable[..., Existing], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record is made then, and the provider says so if it is there."""

    def client(service: str, environ: Mapping[str, str], profile: str = "") -> Acm:
        raise CannotLook("ACM certificates: AWS refuses", "")

    monkeypatch.setattr("mtasts_pulumi.engine.existing.client", client)
    found = at_cloudflare({f"_mta-sts.{D}": [one("TXT", RIGHT)]})
    assert (found.ids, found.refusals) == ({f"{D}-mta-sts": f"{ZONE}/r1"}, ())
