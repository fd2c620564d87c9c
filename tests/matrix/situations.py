"""The matrix: what is wrong with one mail domain, and what a sender that follows the RFCs makes of it. Data only.

Each situation is the mail domain `<name>.test`. Everything that it does not say is right: one valid TXT record, a
policy host that serves a policy for its MX host `mx.test`, good certificates, a TLS-RPT record whose mailbox works.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TXT = "v=STSv1; id=20260101T000000;"
RPT = "v=TLSRPTv1; rua=mailto:tls@reports.test"
GOOD_MX = ("mx.test",)


def policy(*mx: str, mode: str = "enforce", max_age: int = 604800, end: str = "\r\n") -> bytes:
    """A policy's bytes."""
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {name}" for name in mx), f"max_age: {max_age}"]
    return "".join(line + end for line in lines).encode()


@dataclass(frozen=True)
class Web:
    """The policy host: certificate (keyword arguments of Pki.issue), nginx directives, addresses.

    `names` are the SAN dNSNames, None for the right one. `body` None serves the situation's policy.
    """

    cert: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] | None = None
    location: str = ""
    server: str = ""
    ipv4: tuple[str, ...] = ("192.0.2.80",)
    ipv6: tuple[str, ...] = ()
    body6: bytes | None = None  # what IPv6 serves, if something else
    listens: bool = True


@dataclass(frozen=True)
class Mx:
    """One MX host: its name, certificate, smtpd options, and whether anything listens at each address."""

    name: str
    cert: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] | None = None
    options: tuple[str, ...] = ()
    addresses: int = 1
    bad_second: bool = False  # the second address has an expired certificate
    listens: bool = True
    silent: bool = False  # the address swallows every packet
    sni: bool = False  # right certificate only for the name in SNI
    exists: bool = True
    alias: bool = False
    alias_to: str = ""  # a name of the unsigned zone test., instead of one in the domain
    alias_cert: bool = False  # another certificate for the name behind the alias; TLSA records are for that one
    tlsa: tuple[
        str, ...
    ] = ()  # "usage selector matching WHOSE": leaf | intermediate | root | other; broken: cut short; odd: any
    tlsa_at: str = ""  # "": the host's own name, "alias": the name behind it
    tlsa_zone: str = ""  # "", or what is wrong with `_tcp.` of the host: unsigned | lame | bogus


@dataclass(frozen=True)
class Situation:
    """One row. `delivers` and `codes` are the expectation: all open findings (failed or unknown, above a note)."""

    name: str
    about: str
    delivers: str
    codes: frozenset[str] = frozenset()
    section: str = "RFC 8461"
    txt: tuple[str, ...] | None = (TXT,)
    records: tuple[str, ...] = ()  # more lines of the zone, relative to the domain
    rpt: tuple[str, ...] | None = (RPT,)
    body: bytes = policy(*GOOD_MX)
    web: Web | None = Web()
    mx: tuple[str, ...] | None = GOOD_MX
    hosts: tuple[Mx, ...] = ()
    zone: str = ""  # "", or a zone of its own: servfail | lame | lagging | signed | bogus

    @property
    def domain(self) -> str:
        """The mail domain."""
        return f"{self.name}.test"


def one_mx(name: str, about: str, delivers: str, codes: set[str], section: str, host: Mx, **more: Any) -> Situation:
    """A situation whose only MX host is `host`, named in its policy."""
    return Situation(
        name, about, delivers, frozenset(codes), section, body=policy(host.name), mx=(host.name,), hosts=(host,), **more
    )


def bad_web(name: str, about: str, code: str, section: str, web: Web, **more: Any) -> Situation:
    """A situation whose policy host does not give the policy; whether the MX is covered is then unknown."""
    codes = frozenset({code, *more.pop("also", ("mx-covered",))})
    return Situation(name, about, "no", codes, section, web=web, **more)


SITUATIONS: tuple[Situation, ...] = (
    Situation("good", "everything is right", "yes", section="RFC 8461 s4"),
    Situation("testing", "mode testing", "yes", section="RFC 8461 s5", body=policy(*GOOD_MX, mode="testing")),
    Situation("retired", "mode none, no mx", "yes", section="RFC 8461 s8.3", body=policy(mode="none")),
    # TXT
    Situation("txt-several", "two `v=STSv1;` records", "no", frozenset({"several-records"}), "RFC 8461 s3.1",
              txt=(TXT, "v=STSv1; id=2;")),
    Situation("txt-strings", "one record in three strings", "yes", section="RFC 8461 s3.1", txt=None,
              records=('_mta-sts TXT "v=STSv1; " "id=2026" "0101;"',)),
    Situation("txt-cname", "the record by CNAME", "yes", section="RFC 8461 s3.1", txt=None,
              records=("_mta-sts CNAME _mta-sts.good.test.",)),
    Situation("txt-chain", "the record by a chain of CNAMEs", "yes", section="RFC 8461 s3.1", txt=None,
              records=("_mta-sts CNAME _mta-sts.txt-cname.test.",)),
    Situation("txt-dangling", "a CNAME to a name that does not exist", "no", frozenset({"txt-present"}),
              "RFC 8461 s3.1", txt=None, records=("_mta-sts CNAME gone.test.",)),
    Situation("txt-absent", "no record (NXDOMAIN)", "no", frozenset({"txt-present"}), "RFC 8461 s3.1", txt=None),
    Situation("txt-nodata", "the name exists without TXT (NODATA)", "no", frozenset({"txt-present"}), "RFC 8461 s3.1",
              txt=None, records=("_mta-sts A 192.0.2.9",)),
    Situation("txt-id", "id with hyphens", "no", frozenset({"id-syntax"}), "RFC 8461 s3.1",
              txt=("v=STSv1; id=2026-01-01;",)),
    Situation("txt-no-id", "no id", "no", frozenset({"id-missing"}), "RFC 8461 s3.1", txt=("v=STSv1;",)),
    Situation("txt-long-id", "id of 33 characters", "no", frozenset({"id-syntax"}), "RFC 8461 s3.1",
              txt=("v=STSv1; id=" + "a" * 33,)),
    Situation("txt-beside", "an unrelated TXT record beside it", "yes", section="RFC 8461 s3.1",
              txt=(TXT, "verification=abc")),
    Situation("txt-blank", "`v=STSv1 ;` with a blank", "no", frozenset({"no-record"}), "RFC 8461 s3.1",
              txt=("v=STSv1 ; id=1;",)),
    Situation("txt-case", "`V=stsv1;`", "no", frozenset({"no-record"}), "RFC 8461 s3.1", txt=("V=stsv1; id=1;",)),
    Situation("txt-draft", "`v=STSv1` without semicolon beside the record", "yes", section="RFC 8461 s3.1",
              txt=(TXT, "v=STSv1")),
    Situation("servfail", "the zone's servers refuse", "can't tell", frozenset({"dns-trouble", "servers-agree"}),
              "RFC 8461 s3.1", zone="servfail", web=None),
    Situation("lagging", "one name server has an older record", "yes", frozenset({"servers-agree"}), "RFC 1034 s4.3.5",
              zone="lagging"),
    Situation("lame", "one name server does not serve the zone", "yes", frozenset({"lame-server"}), "RFC 1034 s4.2.2",
              zone="lame"),
    Situation("signed", "a signed zone", "yes", section="RFC 4035 s4.3", zone="signed"),
    Situation("bogus", "a zone whose signatures do not verify", "no",
              frozenset({"dnssec", "dns-trouble", "servers-agree"}), "RFC 4035 s5", zone="bogus", web=None),
    # Policy host
    bad_web("web-redirect", "301 to another host", "redirect", "RFC 8461 s3.3",
            Web(location="return 301 https://mta-sts.good.test/.well-known/mta-sts.txt;")),
    bad_web("web-404", "404", "http-status", "RFC 8461 s3.3", Web(location="return 404;")),
    bad_web("web-500", "503", "http-status", "RFC 8461 s3.3", Web(location="return 503;")),
    bad_web("web-html", "an HTML page with status 200", "media-type", "RFC 8461 s3.3",
            Web(location="default_type text/html;"), body=b"<!doctype html><title>Parked</title>",
            also=("policy-html", "mx-covered")),
    bad_web("web-type", "application/octet-stream", "media-type", "RFC 8461 s3.3",
            Web(location="default_type application/octet-stream;"), also=()),
    bad_web("web-no-type", "no media type", "media-type", "RFC 8461 s3.3", Web(location='default_type "";'), also=()),
    bad_web("web-expired", "expired certificate", "certificate-expired", "RFC 8461 s3.3", Web({"days": -3})),
    bad_web("web-wrong-name", "certificate for another name", "certificate-wrong-name", "RFC 8461 s3.3",
            Web(names=("www.web-wrong-name.test",))),
    bad_web("web-cn-only", "the name only in the CN", "certificate-wrong-name", "RFC 8461 s3.3",
            Web({"common_name": "mta-sts.web-cn-only.test"}, names=())),
    Situation("web-wildcard", "certificate for *.web-wildcard.test", "yes", section="RFC 8461 s3.3",
              web=Web(names=("*.web-wildcard.test",))),
    bad_web("web-deep-wildcard", "certificate for *.test", "certificate-wrong-name", "RFC 8461 s3.3",
            Web(names=("*.test",))),
    bad_web("web-part-wildcard", "certificate for mta-s*.web-part-wildcard.test", "certificate-wrong-name",
            "RFC 9525 s6.3", Web(names=("mta-s*.web-part-wildcard.test",))),
    bad_web("web-self-signed", "self-signed certificate", "certificate-self-signed", "RFC 8461 s3.3",
            Web({"self_signed": True})),
    bad_web("web-no-chain", "intermediate missing", "certificate-chain-incomplete", "RFC 8461 s3.3",
            Web({"intermediate": False})),
    bad_web("web-private", "private CA", "certificate-chain-incomplete", "RFC 8461 s3.3", Web({"private": True})),
    bad_web("web-old-tls", "TLS 1.1 at most", "tls-too-old", "RFC 8461 s7.2",
            Web(server="ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;", ipv4=("192.0.2.81",))),
    bad_web("web-slow", "one byte a second", "too-slow", "RFC 8461 s3.3", Web(location="limit_rate 1;"),
            body=policy(*GOOD_MX) + b"x-more: 1\r\n" * 60),
    bad_web("web-large", "70 kB", "too-large", "RFC 8461 s3.3", Web(), body=policy("mx.test") + b"x: y\r\n" * 12000),
    bad_web("web-refused", "nothing listens", "connection-refused", "RFC 8461 s3.3",
            Web(ipv4=("192.0.2.82",), listens=False)),
    bad_web("web-silent", "packets vanish", "connect-timeout", "RFC 8461 s3.3",
            Web(ipv4=("203.0.113.80",), listens=False)),
    bad_web("web-absent", "no policy host in DNS", "host-absent", "RFC 8461 s3.3", Web(ipv4=(), listens=False)),
    Situation("web-ipv6", "the same over IPv4 and IPv6", "yes", section="RFC 8461 s3.3",
              web=Web(ipv6=("2001:db8::80",))),
    Situation("web-differs", "IPv6 serves another policy", "no", frozenset({"same-body"}), "RFC 8461 s8.1",
              web=Web(ipv4=("192.0.2.83",), ipv6=("2001:db8::83",), body6=policy(*GOOD_MX, mode="testing"))),
    Situation("web-ipv6-dead", "AAAA leads nowhere", "no", frozenset({"connection-refused"}), "RFC 8461 s3.3",
              web=Web(ipv6=("2001:db8::dead",))),
    # Policy text
    Situation("text-lf", "line ends LF", "yes", section="RFC 8461 s3.2", body=policy(*GOOD_MX, end="\n")),
    Situation("text-no-end", "no line end after the last line", "yes", section="RFC 8461 s3.2",
              body=policy(*GOOD_MX).rstrip()),
    Situation("text-extension", "an unknown field", "yes", section="RFC 8461 s3.2",
              body=policy(*GOOD_MX) + b"x-more: 1\r\n"),
    Situation("text-blank-line", "a blank line", "no", frozenset({"blank-line", "mx-covered"}), "RFC 8461 s3.2",
              body=policy(*GOOD_MX) + b"\r\n"),
    Situation("text-no-version", "no version", "no", frozenset({"version-missing", "mx-covered"}), "RFC 8461 s3.2",
              body=policy(*GOOD_MX).removeprefix(b"version: STSv1\r\n")),
    Situation("text-no-mode", "no mode", "no", frozenset({"mode-missing", "mx-covered"}), "RFC 8461 s3.2",
              body=policy(*GOOD_MX).replace(b"mode: enforce\r\n", b"")),
    Situation("text-max-age", "max_age above 31557600", "no", frozenset({"max-age-limit", "mx-covered"}),
              "RFC 8461 s3.2", body=policy(*GOOD_MX, max_age=31557601)),
    Situation("text-no-mx", "enforce without mx", "no", frozenset({"mx-missing", "mx-covered"}), "RFC 8461 s3.2",
              body=policy()),
    Situation("text-bom", "a byte order mark", "no", frozenset({"byte-order-mark", "mx-covered"}), "RFC 8461 s3.2",
              body=b"\xef\xbb\xbf" + policy(*GOOD_MX)),
    Situation("text-mode-case", "`mode: Enforce`", "no", frozenset({"mode", "mx-covered"}), "RFC 8461 s3.2",
              body=policy(*GOOD_MX, mode="Enforce")),
    # Policy against MX
    Situation("mx-other", "the MX is not in the policy", "no", frozenset({"mx-not-in-policy", "patterns-used"}),
              "RFC 8461 s4.1", body=policy("mx.other.test")),
    Situation("mx-wildcard", "`*.` covers one label", "yes", section="RFC 8461 s4.1",
              body=policy("*.mx-wildcard.test"), mx=("a.mx-wildcard.test",), hosts=(Mx("a.mx-wildcard.test"),)),
    Situation("mx-deep", "`*.` against two labels", "no", frozenset({"mx-not-in-policy", "patterns-used"}),
              "RFC 8461 s4.1", body=policy("*.mx-deep.test"), mx=("a.b.mx-deep.test",),
              hosts=(Mx("a.b.mx-deep.test"),)),
    Situation("mx-apex", "`*.` against the domain itself", "no", frozenset({"mx-not-in-policy", "patterns-used"}),
              "RFC 8461 s4.1", body=policy("*.mx-apex.test"), mx=("mx-apex.test",),
              hosts=(Mx("mx-apex.test"),)),
    Situation("mx-case", "other case in the policy", "yes", section="RFC 8461 s4.1", body=policy("MX.Test")),
    Situation("mx-unused", "a pattern without MX host", "yes", frozenset({"patterns-used"}), "RFC 8461 s4.1",
              body=policy(*GOOD_MX, "mx2.test")),
    Situation("mx-implicit", "no MX record, but an address", "yes", section="RFC 5321 s5.1",
              body=policy("mx-implicit.test"), mx=None, hosts=(Mx("mx-implicit.test"),)),
    Situation("mx-null", "null MX", "no", frozenset({"null-mx"}), "RFC 7505 s3", mx=("",)),
    Situation("mx-none", "no MX and no address", "no", frozenset({"mx-present", "mx-resolves"}), "RFC 5321 s5.1",
              body=policy("mx-none.test"), mx=None),
    one_mx("mx-no-address", "the MX host has no address", "no", {"mx-resolves"}, "RFC 5321 s5.1",
           Mx("gone.mx-no-address.test", exists=False)),
    one_mx("mx-alias", "the MX host is an alias, certified for its own name", "yes", set(), "RFC 2181 s10.3",
           Mx("mail.mx-alias.test", alias=True)),
    # MX hosts
    one_mx("mx-no-starttls", "no STARTTLS", "no", {"starttls-not-supported"}, "RFC 8461 s4.2",
           Mx("mx.mx-no-starttls.test", options=("smtpd_tls_security_level=none",))),
    one_mx("mx-expired", "expired certificate", "no", {"certificate-expired"}, "RFC 8461 s4.2",
           Mx("mx.mx-expired.test", {"days": -1})),
    one_mx("mx-self-signed", "self-signed certificate", "no", {"certificate-self-signed"}, "RFC 8461 s4.2",
           Mx("mx.mx-self-signed.test", {"self_signed": True})),
    one_mx("mx-wrong-name", "certificate for another name", "no", {"certificate-wrong-name"}, "RFC 8461 s4.2",
           Mx("mx.mx-wrong-name.test", names=("mail.mx-wrong-name.test",))),
    one_mx("mx-for-domain", "certificate for the mail domain instead of the MX host", "no",
           {"certificate-wrong-name"}, "RFC 8461 s4.2", Mx("mx.mx-for-domain.test", names=("mx-for-domain.test",))),
    one_mx("mx-no-chain", "intermediate missing", "no", {"certificate-chain-incomplete"}, "RFC 8461 s4.2",
           Mx("mx.mx-no-chain.test", {"intermediate": False})),
    one_mx("mx-old-tls", "TLS 1.0 only", "no", {"tls-too-old"}, "RFC 8461 s4.2",
           Mx("mx.mx-old-tls.test", options=("smtpd_tls_protocols=TLSv1", "smtpd_tls_ciphers=low",
                                             "tls_low_cipherlist=ALL:@SECLEVEL=0"))),
    one_mx("mx-sni", "right certificate only by SNI", "yes", set(), "RFC 8461 s7.1", Mx("mx.mx-sni.test", sni=True)),
    one_mx("mx-second-bad", "second address with an expired certificate", "no", {"certificate-expired"},
           "RFC 8461 s4.2", Mx("mx.mx-second-bad.test", addresses=2, bad_second=True)),
    Situation("mx-backup-bad", "the backup MX refuses connections", "no", frozenset({"connection-refused"}),
              "RFC 8461 s8.4", body=policy("mx.test", "mx2.mx-backup-bad.test"),
              mx=("mx.test", "mx2.mx-backup-bad.test"), hosts=(Mx("mx2.mx-backup-bad.test", listens=False),)),
    one_mx("mx-silent", "packets vanish", "no", {"connect-timeout"}, "RFC 8461 s4.2",
           Mx("mx.mx-silent.test", silent=True)),
    one_mx("mx-ends-soon", "certificate ends inside max_age", "yes", {"mx-certificate-outlives"}, "RFC 8461 s3.2",
           Mx("mx.mx-ends-soon.test", {"days": 3})),
    # TLS-RPT, CAA
    Situation("rpt-absent", "no TLS-RPT record", "yes", frozenset({"tls-rpt-present"}), "RFC 8460 s3", rpt=None),
    Situation("rpt-several", "two TLS-RPT records", "yes", frozenset({"several-records"}), "RFC 8460 s3",
              rpt=(RPT, "v=TLSRPTv1; rua=mailto:a@reports.test")),
    Situation("rpt-no-scheme", "rua without mailto:", "yes", frozenset({"rua-syntax"}), "RFC 8460 s3",
              rpt=("v=TLSRPTv1; rua=tls@reports.test",)),
    Situation("rpt-dead", "rua at a domain that does not exist", "yes", frozenset({"rua-works"}), "RFC 8460 s5",
              rpt=("v=TLSRPTv1; rua=mailto:tls@gone.test",)),
    Situation("rpt-null", "rua at a domain with null MX", "yes", frozenset({"rua-works"}), "RFC 8460 s5",
              rpt=("v=TLSRPTv1; rua=mailto:tls@mx-null.test",)),
    Situation("rpt-https", "rua at https alone, which answers", "yes", frozenset({"rua-https-only"}), "RFC 8460 s5.4",
              rpt=("v=TLSRPTv1; rua=https://mta-sts.good.test/reports",)),
    Situation("caa-forbids", "CAA forbids every CA", "yes", frozenset({"caa-allows-renewal"}), "RFC 8659 s4",
              records=('@ CAA 0 issue ";"',)),
)  # fmt: skip
