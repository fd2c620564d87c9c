"""`mtasts init` as a person runs it: the file it writes, what it says, and what it refuses."""

from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import World
from tests.publishing.stage import Run

pytestmark = pytest.mark.xdist_group("looking")
EXAMPLE_NET = Path(__file__).parents[3] / "policies/staging/example.net.yaml"
DEFAULTS = "dns: {provider: route53, zone: ZORG}\ntls_rpt: {rua: ['mailto:r@example.org']}\n"
ZONE = ("--dns-provider", "route53", "--zone", "ZORG")


def init(world: World, folder: Path, *words: str) -> Run:
    """With the stack staging, unless the words name one."""
    stack = () if "--stack" in words else ("--stack", "staging")
    return world.mtasts("init", "--sandbox", "--policies", str(folder), *stack, *words)


def test_a_domain_without_mta_sts_starts_in_testing(world: World, tmp_path: Path) -> None:
    """Full MX names, one day, and the file passes `validate` as it is."""
    done = init(world, tmp_path, "example.org", *ZONE)
    file = tmp_path / "staging" / "example.org.yaml"
    assert done.code == 0, done.err
    assert done.out.splitlines()[0] == str(file)
    assert yaml.safe_load(file.read_text()) == {
        "domain": "example.org",
        "mode": "testing",
        "max_age": 86400,
        "mx": ["mx.example.org"],
        "tls_rpt": {"rua": []},
        "dns": {"provider": "route53", "zone": "ZORG"},
    }
    assert "no MTA-STS policy is served now" in done.out
    assert "no reporting address is published and none was given (--rua)" in done.out
    valid = world.mtasts("validate", str(tmp_path))
    assert valid.code == 0, valid.out


def test_what_is_served_is_kept_and_differences_from_advice_are_said(world: World, tmp_path: Path) -> None:
    """Mode, max_age, patterns and rua as senders see them now, so that taking over changes nothing."""
    done = init(world, tmp_path, "example.net", "--stack", "prod", "--dns-provider", "cloudflare", "--zone", "0" * 32)
    value = yaml.safe_load((tmp_path / "prod" / "example.net.yaml").read_text())
    assert (value["mode"], value["max_age"], value["mx"]) == ("testing", 86400, ["*.mail.example.net"])
    assert value["tls_rpt"] == {"rua": ["mailto:tls-reports@example.com"]}
    # What stands there was made by another stack, as far as this one knows: `up` would refuse it.
    taken = ("_mta-sts.example.net has", "_smtp._tls.example.net has", "mta-sts.example.net has")
    told = done.out.splitlines()
    assert len(told) == 7
    assert all(line.startswith("  before it is published: ") for line in told[4:])
    assert [any(name in line for line in told[4:]) for name in taken] == [True] * 3
    assert told[1:4] == [
        "  kept as served: mode testing, max_age 1 day, 1 mx",
        "  mode testing protects nothing yet; the aim is enforce once it is proven ready",
        "  *.mail.example.net is broader than its MX hosts; narrow would be eu1.mail.example.net",
    ]
    assert world.mtasts("validate", str(tmp_path)).code == 0


def test_a_wildcard_and_caa_are_said(world: World, tmp_path: Path) -> None:
    """By `init` and by `verify`, before anything is published; the remedies are those of `up`."""
    world.record("*.wild.example.org", "MX", "10 mx.example.org.")
    world.record("wild.example.org", "CAA", '0 issue "letsencrypt.org"')
    done = init(world, tmp_path, "shop.wild.example.org", *ZONE)
    assert done.code == 0, done.err
    assert (
        "*.wild.example.org answers for it: MX 10 mx.example.org.; the first record below it would end that" in done.out
    )
    assert "write first: shop.wild.example.org MX 10 mx.example.org." in done.out
    assert 'add beside them: wild.example.org CAA 0 issue "amazon.com"' in done.out
    seen = world.mtasts("verify", "shop.wild.example.org", "--sandbox", "--json").json["domains"][0]["findings"]
    assert {"domain-from-wildcard", "caa-forbids-amazon"} <= {one["code"] for one in seen if one["state"] == "fail"}
    world.record("*.wild.example.org", "TXT", "v=spf1 -all")
    world.record("shop.wild.example.org", "MX", "10 mx.example.org.")
    world.record("*.shop.wild.example.org", "TXT", "v=spf1 -all")
    seen = world.mtasts("verify", "shop.wild.example.org", "--sandbox", "--json").json["domains"][0]["findings"]
    (text,) = (one["text"] for one in seen if one["check"] == "txt-valid" and one["state"] == "fail")
    assert text.endswith("it is the answer of *.shop.wild.example.org, the name itself is free")
    assert "domain-from-wildcard" not in {one["code"] for one in seen}


def test_an_mx_host_outside_the_policy_is_said(world: World, tmp_path: Path) -> None:
    """The policy is kept, the gap named."""
    world.record("example.com", "MX", "10 mx1.example.com.", "20 eu1.mail.example.net.")
    done = init(world, tmp_path, "example.com", *ZONE)
    assert "no mx pattern covers the MX host eu1.mail.example.net" in done.out
    assert "no MX host matches mx2.example.com" in done.out


def test_a_reporting_address_may_be_given_where_none_is_published(world: World, tmp_path: Path) -> None:
    """What is published wins over what is given."""
    rua = ("--rua", "mailto:r@example.org", "--rua", "https://reports.example.org/")
    assert init(world, tmp_path, "example.org", *ZONE, *rua).code == 0
    assert init(world, tmp_path, "example.com", *ZONE, *rua).code == 0
    given, published = (
        yaml.safe_load((tmp_path / "staging" / f"example.{end}.yaml").read_text()) for end in ("org", "com")
    )
    assert given["tls_rpt"] == {"rua": ["mailto:r@example.org", "https://reports.example.org/"]}
    assert published["tls_rpt"] == {"rua": ["mailto:tls-reports@example.com"]}
    bad = init(world, tmp_path, "example.org", "--stack", "x", *ZONE, "--rua", "r@example.org")
    assert (bad.code, (tmp_path / "x").exists()) == (2, False)
    assert "write mailto:r@example.org" in bad.err


def test_the_stacks_defaults_may_give_dns_and_reporting_addresses(world: World, tmp_path: Path) -> None:
    """Neither option is needed then, and the file does not repeat them."""
    (tmp_path / "staging").mkdir()
    (tmp_path / "staging" / "_defaults.yaml").write_text(DEFAULTS)
    assert init(world, tmp_path, "example.org").code == 0
    value = yaml.safe_load((tmp_path / "staging" / "example.org.yaml").read_text())
    assert set(value) == {"domain", "mode", "max_age", "mx"}


def test_a_file_is_never_overwritten(world: World, tmp_path: Path) -> None:
    """Not even by the same command; the file stays as it is."""
    assert init(world, tmp_path, "example.org", *ZONE).code == 0
    file = tmp_path / "staging" / "example.org.yaml"
    file.write_text("mine")
    done = init(world, tmp_path, "example.org", *ZONE)
    assert (done.code, done.out, file.read_text()) == (2, "", "mine")
    assert done.err.startswith(f"mtasts: {file} exists already and is never overwritten\n")


def test_a_policy_that_cannot_be_read_is_not_taken_for_none(world: World, tmp_path: Path) -> None:
    """A draft made now would silently replace what senders have cached."""
    world.sandbox("fault", "redirect")
    done = init(world, tmp_path, "example.com", *ZONE)
    assert (done.code, list(tmp_path.iterdir())) == (2, [])
    assert done.err.startswith("mtasts: example.com has a TXT record but its policy could not be read: status 301")


def test_null_mx_and_no_mail_are_refused(world: World, tmp_path: Path) -> None:
    """There is nothing to protect."""
    world.record("example.org", "MX", "0 .")
    null = init(world, tmp_path, "example.org", *ZONE)
    world.record("example.org", "MX")
    none = init(world, tmp_path, "example.org", *ZONE)
    assert (null.code, none.code) == (2, 2)
    assert "takes no mail (null MX)" in null.err
    assert "no MX record and no address" in none.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ex ample",), "mtasts: 'ex ample' is not a mail domain: it "),
        (("example.org", "--zone", "Z"), "mtasts: --zone is an id at a provider, and none is named\n"),
        (("nobody.invalid", *ZONE), "mtasts: nobody.invalid: DNS trouble asking for MX: REFUSED\n"),
    ],
)
def test_what_cannot_be_drafted_is_said_in_a_line(
    world: World, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """Exit code 2, a hint, and no file."""
    done = init(world, tmp_path, *words)
    assert (done.code, done.out, list(tmp_path.iterdir())) == (2, "", [])
    assert said in done.err
    assert len(done.err.splitlines()) == 2


def test_a_folder_that_cannot_be_written_is_said(world: World, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "staging").write_text("")
    done = init(world, tmp_path, "example.org", *ZONE)
    assert done.code == 2
    assert len(done.err.splitlines()) == 2


def test_many_domains_and_their_zones(world: World, tmp_path: Path) -> None:
    """Provider and zone id come from the accounts of the credentials; one that fails does not keep the others."""
    done = init(world, tmp_path, "example.org", "nobody.invalid", "example.net", "--stack", "prod")
    assert done.code == 2
    assert done.out.splitlines()[0] == str(tmp_path / "prod" / "example.org.yaml")
    assert done.err.count("mtasts: ") == 1
    assert "mtasts: nobody.invalid: " in done.err
    zones = {
        path.stem: tuple(yaml.safe_load(path.read_text())["dns"].values())
        for path in (tmp_path / "prod").glob("*.yaml")
    }
    assert zones["example.org"] == ("route53", "ZORG")
    assert zones["example.net"] == ("cloudflare", yaml.safe_load(EXAMPLE_NET.read_text())["dns"]["zone"])
    assert len(zones) == 2


def test_a_zone_that_nobody_finds(world: World, tmp_path: Path) -> None:
    """What is known is said: where it was looked for, and what to give."""
    wrong = init(world, tmp_path, "example.org", "--dns-provider", "cloudflare")
    assert (wrong.code, list(tmp_path.iterdir())) == (2, [])
    assert wrong.err.startswith(
        "mtasts: example.org: it is at cloudflare, but its zone's id is not known (name servers: "
    )
    assert "give --dns-provider and --zone" in wrong.err


def test_what_a_broken_record_loses_is_kept(world: World, tmp_path: Path) -> None:
    """Of two rua fields reporters use the first (RFC 8460 s3); the draft has both, and says so."""
    name, published = "_smtp._tls.example.com", "v=TLSRPTv1; rua=mailto:tls-reports@example.com"
    world.record(name, "TXT", "v=TLSRPTv1; rua=mailto:a@r.example; rua=mailto:b@r.example")
    try:
        done = init(world, tmp_path, "example.com", *ZONE)
    finally:
        world.record(name, "TXT", published)  # the world is shared: what is tested next needs a good record
    value = yaml.safe_load((tmp_path / "staging" / "example.com.yaml").read_text())
    assert value["tls_rpt"]["rua"] == ["mailto:a@r.example", "mailto:b@r.example"]
    assert "loses the reports to mailto:b@r.example" in done.out


def test_no_stack_is_chosen_for_a_person(world: World, tmp_path: Path) -> None:
    """The only one that is there is taken; of two none, and where there is none a project is to be made first."""
    words = ("init", "--sandbox", "--policies", str(tmp_path), "example.org", *ZONE)
    none = world.mtasts(*words)
    assert (none.code, none.out) == (2, "")
    assert "which stack is the file for?" in none.err
    assert f"say --stack S; {tmp_path} has none; `mtasts new` makes a project" in none.err
    (tmp_path / "eu").mkdir()
    only = world.mtasts(*words)
    assert (only.code, only.out.splitlines()[0]) == (0, str(tmp_path / "eu" / "example.org.yaml")), only.err
    (tmp_path / "us").mkdir()
    two = world.mtasts(*words)
    assert (two.code, f"stacks of {tmp_path}: eu, us" in two.err) == (2, True)


def test_a_schema_is_named_where_it_is(world: World, tmp_path: Path) -> None:
    """An editor looks for it beside the stacks; elsewhere the line would lead nowhere."""
    assert init(world, tmp_path, "example.org", *ZONE).code == 0
    assert (tmp_path / "staging" / "example.org.yaml").read_text().startswith("domain: ")
    (tmp_path / "schema.json").write_text("{}")
    assert init(world, tmp_path, "example.org", "--stack", "us", *ZONE).code == 0
    assert (
        (tmp_path / "us" / "example.org.yaml")
        .read_text()
        .startswith("# yaml-language-server: $schema=../schema.json\n")
    )
