"""From YAML to DomainPolicy: defaults, the rules a schema cannot say, and one line for each problem."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.policy.config import DnsZone, DomainPolicy, Source, load, shared_domains
from mtasts.protocol.mta_sts import Mode, Policy
from mtasts.protocol.problem import Severity

ROUTE53 = "dns: {provider: route53, zone: Z0123456789EXAMPLE}\n"
RUA = "tls_rpt: {rua: ['mailto:tls@example.com']}\n"
MX = "mx: [mx1.example.com]\n"
REST = MX + RUA + ROUTE53
ZONE_32 = "0123456789abcdef0123456789abcdef"


def source(text: str, domain: str = "example.com", folder: str = "policies/prod") -> Source:
    return Source(f"{folder}/{domain}.yaml", text)


def defaults(text: str) -> Source:
    return Source("policies/prod/_defaults.yaml", text)


def found(text: str, base: str | None = None, domain: str = "example.com") -> list[str]:
    """The problems of one file, without its folder."""
    loaded = load([source(text, domain)], None if base is None else defaults(base))
    return [str(problem).removeprefix("policies/prod/") for problem in loaded.problems]


def only(text: str, base: str | None = None, domain: str = "example.com") -> DomainPolicy:
    """The one policy of a right file."""
    loaded = load([source(text, domain)], None if base is None else defaults(base))
    assert loaded.problems == ()
    (policy,) = loaded.policies
    return policy


# --- defaults ---------------------------------------------------------------------------------------------------


def test_the_least_file_gets_safe_defaults():
    """Testing, a day, a small TTL, a host of its own."""
    assert only("domain: example.com\n" + REST) == DomainPolicy(
        domain="example.com",
        mode=Mode.TESTING,
        max_age=86400,
        mx=("mx1.example.com",),
        rua=("mailto:tls@example.com",),
        ttl=300,
        dns=DnsZone("route53", "Z0123456789EXAMPLE"),
        host_group="example.com",
        owner="",
        notes="",
        source="policies/prod/example.com.yaml",
    )


@pytest.mark.parametrize(("mode", "max_age"), [("testing", 86400), ("none", 86400), ("enforce", 1209600)])
def test_max_age_defaults_by_mode(mode, max_age):
    """A day while it may still be wrong, two weeks once it protects."""
    assert only(f"domain: example.com\nmode: {mode}\n" + REST).policy == Policy(
        Mode(mode), max_age, ("mx1.example.com",)
    )


def test_defaults_lie_beneath_the_file_key_by_key():
    """Mappings are merged, lists replaced, and the file wins."""
    base = (
        "mode: enforce\nmax_age: 3w\nmx: [a.example, b.example]\nttl: 1h\nowner: base\nhost_group: shared\n"
        f"dns: {{provider: cloudflare, zone: {ZONE_32}}}\n" + RUA
    )
    policy = only("domain: example.com\nmx: [c.example]\nowner: own\ndns: {zone: '" + "f" * 32 + "'}\n", base)
    assert (policy.mode, policy.max_age, policy.mx, policy.ttl) == (Mode.ENFORCE, 1814400, ("c.example",), 3600)
    assert policy.dns == DnsZone("cloudflare", "f" * 32)
    assert (policy.owner, policy.host_group, policy.rua) == ("own", "shared", ("mailto:tls@example.com",))


def test_a_problem_in_the_defaults_is_said_once_at_its_own_place():
    """However many files stand above it, and nothing it would have given is called missing."""
    loaded = load(
        [source(f"domain: {domain}\n" + MX, domain) for domain in ("example.com", "example.net")],
        defaults("tls_rpt: {rua: [tls@example.com]}\nmax_age: 31557601\n" + ROUTE53),
    )
    assert list(map(str, loaded.problems)) == [
        'policies/prod/_defaults.yaml:1:17: tls_rpt.rua: "tls@example.com": write mailto:tls@example.com',
        "policies/prod/_defaults.yaml:2:10: max_age: 31557601 is more than the 31557600 s that RFC 8461 allows",
    ]
    assert loaded.policies == ()


def test_unreadable_defaults_do_not_make_the_files_look_incomplete():
    """One line, at the defaults."""
    (problem,) = found("domain: example.com\n" + MX, base="[")
    assert problem.startswith("_defaults.yaml:2:1: yaml: ")


def test_defaults_have_no_domain():
    """It is what the files differ in."""
    assert found("domain: example.com\n" + REST, base="domain: example.com\n") == [
        "_defaults.yaml:1:1: domain: unknown key; allowed: mode, max_age, mx, tls_rpt, ttl, dns, host_group, owner,"
        " notes, rollout"
    ]


# --- values and their one spelling ------------------------------------------------------------------------------


def test_names_become_a_labels():
    """The domain, its file's name and the patterns may be written with U-labels and capitals."""
    policy = only(
        "domain: BÜCHER.example.\nmx: ['*.Mail.bücher.example', MX.example.]\n" + RUA + ROUTE53, None, "bücher.example"
    )
    assert policy.domain == "xn--bcher-kva.example"
    assert policy.mx == ("*.mail.xn--bcher-kva.example", "mx.example")
    assert policy.host_group == "xn--bcher-kva.example"
    assert only("domain: bücher.example\n" + REST, None, "xn--bcher-kva.example").domain == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1", 1),
        ("86400", 86400),
        ("31557600", 31557600),
        ("90s", 90),
        ("90m", 5400),
        ("12h", 43200),
        ("1d", 86400),
        ("2w", 1209600),
    ],
)
def test_max_age_in_seconds_or_with_a_unit(written, seconds):
    """Seconds, minutes, hours, days, weeks."""
    assert only(f"domain: example.com\nmax_age: {written}\n" + REST).max_age == seconds


def test_an_empty_rua_list_makes_no_record():
    """Said on purpose; leaving the key out is a problem."""
    assert only("domain: example.com\ntls_rpt: {rua: []}\n" + MX + ROUTE53).rua == ()


def test_none_needs_no_mx():
    """RFC 8461 s3.2."""
    assert only("domain: example.com\nmode: none\n" + RUA + ROUTE53).mx == ()


def test_mode_none_without_mx_is_warned_of():
    """It is valid, and chasquid and Stalwart refuse it, so that they keep what they hold."""
    (warning,) = load([Source("example.com.yaml", "domain: example.com\nmode: none\n" + RUA + ROUTE53)]).warnings
    assert str(warning).startswith("example.com.yaml:2:7: warning: mx: is missing; some senders refuse mode none")
    assert load([Source("example.com.yaml", "domain: example.com\nmode: none\n" + MX + RUA + ROUTE53)]).warnings == ()


# --- one line for each problem ----------------------------------------------------------------------------------

WANTED_AGE = "a number of seconds, or one with s, m, h, d or w such as 2w"
OTHER_NUMBER = f"is a different number in YAML; write plain digits: {WANTED_AGE}"
ONLY_STAR = "* stands only for the whole left-most label, once (RFC 8461 s4.1)"
NO_ROUTE53 = "is not a zone id of route53: Z and up to 31 capitals or digits"
NO_CLOUDFLARE = "is not a zone id of cloudflare: 32 hexadecimal digits in lower case"
MODES = "is not one of testing, enforce, none"
OWN_FILE = "each subdomain that receives mail needs its own file (RFC 8461 s3.4)"
PROVIDERS = "is not one of cloudflare, route53"


WRONG_VALUES = [
    ("mode: enforced", f'7: mode: "enforced" {MODES}; did you mean "enforce"?'),
    ("mode: Testing", f'7: mode: "Testing" {MODES}; did you mean "testing"?'),
    ("mode: xyz", f'7: mode: "xyz" {MODES}'),
    ("mode: no", '7: mode: "no" without quotes is a boolean in YAML; write mode: none'),
    ("mode: off", '7: mode: "off" without quotes is a boolean in YAML; write mode: none'),
    ("mode: yes", '7: mode: "yes" without quotes is a boolean in YAML'),
    ("mode:", "6: mode: has no value"),
    ("mode: [testing]", "7: mode: must be text, not a list"),
    ("mode: !x testing", '7: mode: the tag "!x" is not allowed'),
    ("dns: !x {provider: route53}", '6: dns: the tag "!x" is not allowed'),
    ("max_age: 40000000", "10: max_age: 40000000 is more than the 31557600 s that RFC 8461 allows"),
    ("max_age: 31557601", "10: max_age: 31557601 is more than the 31557600 s that RFC 8461 allows"),
    ("max_age: 53w", "10: max_age: 53w (32054400 s) is more than the 31557600 s that RFC 8461 allows"),
    ("max_age: 0", "10: max_age: 0 is less than 1 s, the least allowed"),
    ("max_age: 0d", "10: max_age: 0d is too short: senders would keep no policy, and some refuse it"),
    ("max_age: -1", "10: max_age: -1 is less than 1 s, the least allowed"),
    ("max_age: 1y", f'10: max_age: "1y" is not {WANTED_AGE}'),
    ("max_age: 1 d", f'10: max_age: "1 d" is not {WANTED_AGE}; write 1d'),
    ("max_age: 1 week", f'10: max_age: "1 week" is not {WANTED_AGE}; write 1w'),
    ("max_age: 7 Days", f'10: max_age: "7 Days" is not {WANTED_AGE}; write 7d'),
    ("max_age: 2W", f'10: max_age: "2W" is not {WANTED_AGE}; write 2w'),
    ("ttl: 5 minutes", f'6: ttl: "5 minutes" is not {WANTED_AGE.replace("2w", "1h")}; write 5m'),
    (
        "mx: [10 mx1.example.com]",
        '6: mx: "10 mx1.example.com" has a preference, which only the MX record has; write mx1.example.com',
    ),
    ('max_age: "1d\\n"', f'10: max_age: "1d\\n" is not {WANTED_AGE}; write 1d'),
    ('max_age: "86400"', f'10: max_age: "86400" is not {WANTED_AGE}; write the number without quotes'),
    ("max_age: 1:30", f'10: max_age: "1:30" {OTHER_NUMBER}'),
    ("max_age: 010", f'10: max_age: "010" {OTHER_NUMBER}'),
    ("max_age: 1.5", f'10: max_age: "1.5" {OTHER_NUMBER}'),
    ("max_age: yes", f'10: max_age: "yes" is a boolean in YAML; write plain digits: {WANTED_AGE}'),
    ("max_age: 2024-01-01", f'10: max_age: "2024-01-01" is a date in YAML; write plain digits: {WANTED_AGE}'),
    ("max_age: []", f"10: max_age: must be {WANTED_AGE}, not a list"),
    ("ttl: 29", "6: ttl: 29 is less than 30 s, the least allowed"),
    ("ttl: 86401", "6: ttl: 86401 is more than the 86400 s allowed here"),
    ("ttl: 2d", "6: ttl: 2d (172800 s) is not from 30 to 86400 s"),
    ("mx: mx1.example.com", '5: mx: must be a list, not text such as "mx1.example.com"'),
    ("mx: []", "5: mx: is missing; mode testing needs the names of the domain's MX hosts"),
    ("mx: [a_b.example]", '6: mx: "a_b.example" has an underscore, which no host name may have'),
    ("mx: ['']", '6: mx: "" is empty'),
    ("mx: [a.example, a.example]", '17: mx: "a.example" is given twice'),
    ("mx: [a.example, A.Example.]", '17: mx: "A.Example." is a.example again'),
    ("mx: [localhost]", '6: mx: "localhost" has one label; an MX host has at least two'),
    ("mx: ['*.com']", '6: mx: "*.com" would let every host right below com be an MX'),
    ("mx: ['*']", f'6: mx: "*": {ONLY_STAR}'),
    ("mx: ['*.*.a.b']", f'6: mx: "*.*.a.b": {ONLY_STAR}'),
    ("mx: ['m*.a.b']", f'6: mx: "m*.a.b": {ONLY_STAR}'),
    ("mx: ['.a.b']", '6: mx: ".a.b" would match nothing; write "*.a.b" for any one label'),
    ("mx: [192.0.2.1]", '6: mx: "192.0.2.1" ends in a number, so it is an address or no host name at all'),
    ("mx: [10]", "6: mx: must be text, not the number 10; write it in quotes"),
    ("tls_rpt: {rua: a@b.c}", '16: tls_rpt.rua: must be a list, not text such as "a@b.c"'),
    ("tls_rpt: [mailto:a@example.com]", "10: tls_rpt: must be keys below it, not a list"),
    ("tls_rpt: {}", "10: tls_rpt.rua: is missing"),
    ("tls_rpt: {rua: [a@b.c]}", '17: tls_rpt.rua: "a@b.c": write mailto:a@b.c'),
    ("tls_rpt: {rua: ['http://b.c/']}", '17: tls_rpt.rua: "http://b.c/": only mailto: and https: are allowed'),
    ("tls_rpt: {rua: ['mailto:a@b.c!10m']}", '17: tls_rpt.rua: "mailto:a@b.c!10m": ! must be written %21'),
    ("tls_rpt: {rua: ['mailto:a@b']}", '16: tls_rpt.rua: "mailto:a@b": the mail domain has one label'),
    ("dns: {provider: route35, zone: Z1}", f'17: dns.provider: "route35" {PROVIDERS}; did you mean "route53"?'),
    ("dns: {provider: aws, zone: Z1}", f'17: dns.provider: "aws" {PROVIDERS}; did you mean "route53"?'),
    ("dns: {provider: gcp, zone: Z1}", f'17: dns.provider: "gcp" {PROVIDERS}'),
    ("dns: {provider: route53}", "6: dns.zone: is missing; give the provider's id of the zone"),
    ("dns: {provider: route53, zone: z1}", f'32: dns.zone: "z1" {NO_ROUTE53}; write Z1'),
    ("dns: {provider: route53, zone: a.b}", f'32: dns.zone: "a.b" {NO_ROUTE53}; give the zone\'s id, not its name'),
    ("dns: {provider: route53, zone: /x/Z1}", f'32: dns.zone: "/x/Z1" {NO_ROUTE53}; write Z1'),
    (
        f"dns: {{provider: route53, zone: {ZONE_32}}}",
        f'32: dns.zone: "{ZONE_32}" {NO_ROUTE53}; it looks like one of cloudflare',
    ),
    (
        f"dns: {{provider: cloudflare, zone: {ZONE_32.upper()}}}",
        f'35: dns.zone: "{ZONE_32.upper()}" {NO_CLOUDFLARE}; write {ZONE_32}',
    ),
    (
        f"dns: {{provider: cloudflare, zone: {'1' * 32}}}",
        f"35: dns.zone: must be text, not the number {'1' * 32}; write it in quotes",
    ),
    ("host_group: A", '13: host_group: "A" is not lower-case letters, digits, inner dots and hyphens'),
    ('host_group: "a\\n"', '13: host_group: "a\\n" is not lower-case letters, digits, inner dots and hyphens'),
    ("owner: no", '8: owner: "no" without quotes is a boolean in YAML; write it in quotes'),
    ("notes: 2024-01-01", '8: notes: "2024-01-01" without quotes is a date in YAML; write it in quotes'),
    ("notes: 5", "8: notes: must be text, not the number 5; write it in quotes"),
]


@pytest.mark.parametrize(("line", "expected"), WRONG_VALUES)
def test_a_wrong_value(line, expected):
    """At the value's own line and column, with what is allowed and the way out."""
    key = line.partition(":")[0]
    parts = {"mx": MX, "tls_rpt": RUA, "dns": ROUTE53}
    text = "domain: example.com\n" + line + "\n" + "".join(part for name, part in parts.items() if name != key)
    (problem,) = found(text)
    assert problem.startswith(f"example.com.yaml:2:{expected}")


WRONG_DOMAINS = [
    ("example", '"example" has one label; a mail domain has at least two'),
    ("'*.b.c'", f"a mail domain has no wildcard: {OWN_FILE}"),
    ("a@example.com", '"a@example.com" is an address; the mail domain is the part behind the @'),
    ("a_b.example.com", '"a_b.example.com" has an underscore, which no host name may have'),
    ("a..example", '"a..example" has an empty label (two dots in a row, or one in front)'),
    (".".join(["a" * 60] * 4), "has 243 characters; with _smtp._tls. in front only 242 fit the 253 of a name"),
]


@pytest.mark.parametrize(("domain", "expected"), WRONG_DOMAINS)
def test_a_wrong_domain(domain, expected):
    """Names from which the records' names cannot be made."""
    assert found(f"domain: {domain}\n" + REST) == [f"example.com.yaml:1:9: domain: {expected}"]


def test_the_longest_domain_fits():
    """242 characters and `_smtp._tls.` make the 253 of a name."""
    domain = ".".join(["a" * 60] * 3 + ["b" * 59])
    assert len(domain) == 242
    assert only(f"domain: {domain}\n" + REST, None, domain).domain == domain


def test_the_file_is_named_after_the_domain():
    """CODEOWNERS and reviewers find it by its name."""
    expected = "file: the file of example.com must be named example.com.yaml, so that it is found"
    assert found("domain: example.com\n" + REST, None, "example.org") == [f"example.org.yaml:1:1: {expected}"]
    assert found("domain: example.com\n" + REST, None, "a_b") == [f"a_b.yaml:1:1: {expected}"]
    loaded = load([Source("example.com.yml", "domain: example.com\n" + REST)])
    assert [str(problem) for problem in loaded.problems] == [f"example.com.yml:1:1: {expected}"]


def test_a_misspelt_key_is_answered_with_the_right_one():
    """At the key itself; every known key is listed."""
    (problem,) = found("domain: example.com\nmax-age: 1d\n" + REST)
    assert problem == (
        'example.com.yaml:2:1: max-age: unknown key; did you mean "max_age"?; allowed: domain, mode, max_age, mx,'
        " tls_rpt, ttl, dns, host_group, owner, notes, rollout, released, adopted"
    )
    (problem,) = found("domain: example.com\n" + MX + RUA + "dns: {provider: route53, zone: Z1, zone_id: Z2}\n")
    assert (
        problem
        == 'example.com.yaml:4:36: dns.zone_id: unknown key; did you mean "zone"?; allowed: provider, zone, account,'
        " leaving, host_record"
    )


def test_a_key_that_lost_its_indentation_is_told_where_it_belongs():
    """Or that has too much of it; at the key, with no likely other name beside it."""
    problems = found("domain: example.com\n" + MX + RUA + "dns:\n  provider: route53\nzone: Z1\n")
    assert problems[-1].startswith("example.com.yaml:6:1: zone: unknown key; it belongs under dns:, indented by two")
    problems = found("domain: example.com\n" + MX + "tls_rpt:\nrua: [mailto:a@example.com]\n" + ROUTE53)
    assert (
        "example.com.yaml:4:1: rua: unknown key; it belongs under tls_rpt:, indented by two spaces; allowed:"
        in " ".join(problems)
    )
    (problem,) = found("domain: example.com\n" + MX + RUA + "dns:\n  provider: route53\n  zone: Z1\n  ttl: 300\n")
    assert problem == (
        "example.com.yaml:7:3: dns.ttl: unknown key; it belongs at the top level, without indentation;"
        " allowed: provider, zone, account, leaving, host_record"
    )


def test_everything_that_is_missing_is_said():
    """At the beginning of the file."""
    assert found("owner: me\n") == [
        "example.com.yaml:1:1: dns.provider: is missing; say which DNS service has the zone: cloudflare or route53",
        "example.com.yaml:1:1: dns.zone: is missing; give the provider's id of the zone",
        "example.com.yaml:1:1: domain: is missing",
        "example.com.yaml:1:1: mx: is missing; mode testing needs the names of the domain's MX hosts",
        "example.com.yaml:1:1: tls_rpt.rua: is missing; without reports you do not see what enforce would break"
        " (an empty list: no record)",
    ]


def test_all_problems_of_all_files_sorted_by_place():
    """One wrong entry does not hide its neighbours, one wrong file not another."""
    loaded = load(
        [
            source("domain: example.net\nmode: on\n" + REST, "example.net"),
            source("domain: example.com\nmx: [a_b.example, 5, '*.com']\nmode: xyz\n" + RUA + ROUTE53),
            source("domain: example.org\n" + REST, "example.org"),
        ]
    )
    assert [str(problem.place) for problem in loaded.problems] == [
        "policies/prod/example.com.yaml:2:6",
        "policies/prod/example.com.yaml:2:19",
        "policies/prod/example.com.yaml:2:22",
        "policies/prod/example.com.yaml:3:7",
        "policies/prod/example.net.yaml:2:7",
    ]
    assert [policy.domain for policy in loaded.policies] == ["example.org"]


def test_wrong_entries_do_not_hide_a_repeated_one():
    """Numbers given twice are wrong for what they are; the name given twice is said too."""
    number = "mx: must be text, not the number 5; write it in quotes"
    assert found("domain: example.com\nmx: [5, 5, a.example, a.example]\n" + RUA + ROUTE53) == [
        f"example.com.yaml:2:6: {number}",
        f"example.com.yaml:2:9: {number}",
        'example.com.yaml:2:23: mx: "a.example" is given twice',
    ]


def test_a_domain_in_two_files_is_refused():
    """Also when only the spelling differs."""
    loaded = load(
        [
            source("domain: bücher.example\n" + REST, "bücher.example"),
            source("owner: me\ndomain: XN--bcher-kva.example\n" + REST, "xn--bcher-kva.example"),
        ]
    )
    assert [str(problem) for problem in loaded.problems] == [
        "policies/prod/xn--bcher-kva.example.yaml:2:9: domain: xn--bcher-kva.example is the domain of"
        " policies/prod/bücher.example.yaml:1:9 too"
    ]


def test_a_domain_in_two_stacks_is_refused():
    """Two stacks would undo each other's records."""
    text = "domain: example.com\n" + REST
    prod, staging = (load([source(text, folder=f"policies/{stack}")]) for stack in ("prod", "staging"))
    assert [str(problem) for problem in shared_domains([prod, staging])] == [
        "policies/staging/example.com.yaml:1:1: domain: example.com is published by policies/prod/example.com.yaml"
        " too; a domain belongs to one stack"
    ]
    assert shared_domains([prod]) == ()


def test_cloudflare_has_its_own_least_ttl():
    """Said at the ttl, or where the provider is, when the other stands in the defaults."""
    cloudflare = f"dns: {{provider: cloudflare, zone: {ZONE_32}}}\n"
    assert only("domain: example.com\nttl: 60\n" + MX + RUA + cloudflare).ttl == 60
    assert only("domain: example.com\nttl: 30\n" + REST).ttl == 30
    expected = "ttl: 59 is less than the 60 s that Cloudflare allows"
    assert found("domain: example.com\nttl: 59\n" + MX + RUA + cloudflare) == [f"example.com.yaml:2:6: {expected}"]
    assert found("domain: example.com\nttl: 59\n" + MX, RUA + cloudflare) == [f"example.com.yaml:2:6: {expected}"]
    assert found("domain: example.com\n" + MX + cloudflare, RUA + "ttl: 59\n") == [f"example.com.yaml:3:17: {expected}"]
    assert found("domain: example.com\n" + MX, RUA + cloudflare + "ttl: 59\n") == [f"_defaults.yaml:3:6: {expected}"]


def test_a_zone_of_the_file_must_fit_the_provider_of_the_defaults():
    """The two are judged together, wherever each stands."""
    (problem,) = found(f"domain: example.com\ndns: {{zone: {ZONE_32}}}\n" + MX, RUA + "dns: {provider: route53}\n")
    assert problem.startswith(f'example.com.yaml:2:13: dns.zone: "{ZONE_32}" is not a zone id of route53')


def test_a_tls_rpt_record_fits_one_string():
    """255 characters; the record is `v=TLSRPTv1; rua=` and the URIs."""
    room = 255 - len("v=TLSRPTv1; rua=https://r.example/")
    uri = "https://r.example/" + "x" * room
    assert only(f"domain: example.com\ntls_rpt: {{rua: ['{uri}']}}\n" + MX + ROUTE53).rua == (uri,)
    (problem,) = found(f"domain: example.com\ntls_rpt: {{rua: ['{uri}x']}}\n" + MX + ROUTE53)
    assert problem.startswith("example.com.yaml:2:16: tls_rpt.rua: the record has 256 characters")


def test_what_should_not_be_published_is_warned_of():
    """Warnings do not forbid; they have their places too."""
    loaded = load(
        [
            source(
                "domain: example.com\nmode: enforce\nmax_age: 3600\nmx: ['*.example.com', a.example.com]\n"
                + RUA
                + ROUTE53
            )
        ]
    )
    assert loaded.problems == ()
    assert len(loaded.policies) == 1
    assert {warning.severity for warning in loaded.warnings} == {Severity.WARNING}
    assert [str(warning).removeprefix("policies/prod/example.com.yaml:") for warning in loaded.warnings] == [
        "3:10: warning: max_age: 3600 is less than a day; Google and others pass over such a policy",
        "4:6: warning: mx: *.example.com lets any host right below example.com that has a certificate be an MX; prefer"
        " full names",
        "4:23: warning: mx: a.example.com is covered by a wildcard of the same policy already",
    ]


def test_a_short_max_age_in_enforce_is_warned_of_where_it_comes_from():
    """At the mode, if the max_age is the defaults'."""
    own = "domain: example.com\nmode: enforce\n"
    (warning,) = load([source(own + REST)], defaults("max_age: 2d\n")).warnings
    assert str(warning.place) == "policies/prod/example.com.yaml:2:7"
    (warning,) = load([source(own + "max_age: 2d\n" + REST)]).warnings
    assert str(warning.place) == "policies/prod/example.com.yaml:3:10"
    (warning,) = load([source("domain: example.com\n" + REST)], defaults("mode: enforce\nmax_age: 2d\n")).warnings
    assert str(warning.place) == "policies/prod/_defaults.yaml:2:10"


# --- whole ------------------------------------------------------------------------------------------------------


def test_the_order_of_the_files_does_not_matter():
    """Equal texts, equal values."""
    files = [source(f"domain: {domain}\n" + REST, domain) for domain in ("b.example", "a.example", "c.example")]
    assert load(files) == load(files[::-1])
    assert [policy.domain for policy in load(files).policies] == ["a.example", "b.example", "c.example"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domain", "Example.com"),
        ("domain", "a_b"),
        ("ttl", 0),
        ("ttl", "300"),
        ("host_group", ""),
        ("mx", ()),
        ("max_age", -1),
    ],
)
def test_a_domain_policy_that_cannot_be_published_cannot_be_built(field, value):
    """Not even by hand."""
    good = only("domain: example.com\n" + REST)
    fields = {name: getattr(good, name) for name in good.__dataclass_fields__}
    with pytest.raises(ValueError, match=r"."):
        DomainPolicy(**{**fields, field: value})


def test_a_zone_has_a_known_provider_and_an_id():
    """Not even by hand."""
    with pytest.raises(ValueError, match="not one of cloudflare, route53"):
        DnsZone("gcp", "x")
    with pytest.raises(ValueError, match="empty"):
        DnsZone("route53", "")


_lines = st.sampled_from(
    [
        *[
            "domain: example.com",
            "mode: enforce",
            "mode: no",
            "max_age: 1d",
            "max_age: 9w9",
            'max_age: "1d\\n"',
            "mx: [a.b]",
        ],
        *[
            "mx:",
            "mx: [~, 1, a_b, '*.c.d', {a: b}]",
            "tls_rpt: {rua: ['mailto:a@b.c']}",
            "tls_rpt: {rua: [1, x, x]}",
            "tls_rpt: x",
        ],
        *[
            "dns: {provider: route53, zone: Z1}",
            "dns: {zone: 1}",
            "dns: [x]",
            "dns: {provider: [x], zone: {}}",
            "ttl: 1m",
            "ttl: x",
        ],
        *[
            "host_group: g",
            "host_group: [x]",
            "owner: x",
            "owner: !!set {a}",
            "notes: {}",
            "extra: 1",
            "~: 1",
            "- x",
            "  a: b",
            "mx: &a",
        ],
    ]
)
_texts = st.text() | st.lists(_lines, max_size=8).map("\n".join)


@given(_texts, st.none() | _texts)
@settings(max_examples=800)
def test_any_text_is_loaded_or_explained(text, base):
    """Never an exception; a file is right, or has a problem, and each problem is one printable line."""
    loaded = load([source(text)], None if base is None else defaults(base))
    assert bool(loaded.policies) is not bool(loaded.problems)
    for problem in (*loaded.problems, *loaded.warnings):
        assert str(problem).isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "mx:\n" + "".join(f"- a{i}\n" for i in range(6000)),
        "mx: [" + "5," * 30000 + "]\n",
        "mx: [" + "".join(f"{i}, a{i}, " for i in range(4000)) + "]\n",
        "".join(f"k{i}: 1\n" for i in range(6000)),
        "".join(f"k{i}: 1\n" for i in range(190)) + "mx: [" + "".join(f"{i}, a{i}, {i}, " for i in range(66)) + "]\n",
        "mx: [a]\n" * 8000,
        "mx: {" * 8000,
        "tls_rpt: {rua: ['" + "mailto:" * 9000 + "']}\n",
        "domain: " + "ü." * 30000 + "\n",
        "notes: &a x\n" + "owner: *a\n" * 6000,
    ],
)
def test_a_hostile_file_costs_little(text):
    """The largest file of any one piece is refused in a moment, not in quadratic time."""
    start = time.process_time()
    assert load([source(text)]).problems
    assert time.process_time() - start < 2


def test_a_thousand_files_in_a_moment():
    """A guard against a slip; bench/validate.py measures."""
    files = [source(f"domain: d{i}.example\n" + REST, f"d{i}.example") for i in range(1000)]
    start = time.process_time()
    assert len(load(files).policies) == 1000
    assert time.process_time() - start < 3


def test_a_move_names_both_zones():
    """The zone that the records leave, in its own file or above it; the provider's own rules hold for both."""
    leaving = "leaving: {provider: cloudflare, zone: 0123456789abcdef0123456789abcdef}"
    policy = only("domain: example.com\n" + MX + RUA + f"dns: {{provider: route53, zone: Z1, {leaving}}}\n")
    assert policy.leaving == DnsZone("cloudflare", "0123456789abcdef0123456789abcdef")
    assert policy.zones == {policy.dns, policy.leaving}
    above = only(
        "domain: example.com\n" + MX + RUA + "dns: {zone: Z1}\n", "dns:\n  provider: route53\n  " + leaving + "\n"
    )
    assert above.leaving == policy.leaving
    for dns, said in (
        ("leaving: {provider: route53, zone: Z1}", "dns.leaving: Z1 is the zone that the records go to"),
        ("leaving: {provider: route53, zone: z2}", 'dns.leaving.zone: "z2" is not a zone id of route53'),
        ("leaving: {provider: route53}", "dns.leaving.zone: is missing"),
        ("leaving: {provider: other, zone: Z2}", 'dns.leaving.provider: "other" is not one of cloudflare, route53'),
        ("leaving: Z2", "dns.leaving: must be keys below it"),
        ("leaving: {provider: route53, zone: Z2, when: 1}", "dns.leaving.when: unknown key"),
    ):
        (problem,) = found("domain: example.com\n" + MX + RUA + f"dns: {{provider: route53, zone: Z1, {dns}}}\n")
        assert said in problem
    (problem,) = found(
        "domain: example.com\nttl: 30\n" + MX + RUA + f"dns: {{provider: route53, zone: Z1, {leaving}}}\n"
    )
    assert "ttl: 30 is less than the 60 s that Cloudflare allows" in problem


def test_a_released_domain_says_since_when():
    """A day, in the domain's own file alone, and not while the records leave a zone."""
    text = "domain: example.com\n" + MX + RUA + "dns: {provider: route53, zone: Z1}\n"
    assert only(text).released is None
    for written in ("2026-11-28", '"2026-11-28"'):
        assert only(f"{text}released: {written}\n").released == date(2026, 11, 28)
    leaving = text.replace("zone: Z1", "zone: Z1, leaving: {provider: route53, zone: Z2}")
    for wrong, said in (
        (f"{text}released: yes\n", "released: "),
        (f"{text}released: 2026-02-30\n", 'released: "2026-02-30" is not a day of the calendar'),
        (f"{text}released: 2026-11-28T10:00:00Z\n", "is not a day such as 2026-12-31"),
        (f"{leaving}released: 2026-11-28\n", "released: the records are another tool's"),
    ):
        (problem,) = found(wrong)
        assert said in problem
    (problem,) = found(text, "released: 2026-11-28\n")
    assert "released: unknown key" in problem
