"""Observations of one mail domain, as values: `live` fills them in, the checks judge them, nothing changes them.

Pure: no sockets, no clock. Absent and could-not-ask are different values everywhere.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mtasts.protocol.tlsa import Digests

HOST_LIMIT = 20  # MX hosts of one domain that are looked at
NOT_ASKED = "not asked"  # how the trouble of an authoritative server begins that a bound left out
NOT_PUBLIC = "not-public"  # the code of an address that was left alone, since it is none of the public Internet
NOT_LOOKED_AT = "not-looked-at"  # the code of what a bound left out: unknown, by name


class LookOutcome(StrEnum):
    """How one look at one address ended."""

    OK = "ok"
    FAILED = "failed"
    UNREACHABLE = "unreachable-from-here"  # nothing learned about the other side


class AnswerKind(StrEnum):
    """What DNS said. TROUBLE (SERVFAIL, time-out, refused, garbage) is no answer and never means "removed"."""

    FOUND = "found"
    NO_NAME = "no-such-name"
    NO_DATA = "no-data"
    TROUBLE = "trouble"


class Dnssec(StrEnum):
    """What a validating resolver says of an answer; UNKNOWN where the resolver does not validate."""

    SECURE = "secure"
    INSECURE = "insecure"
    BOGUS = "bogus"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one DNS question.

    `values` in presentation form: TXT joined per record without blanks (RFC 8461 s3.1), bytes above 127 as Latin-1
    so that nothing is lost; MX as `preference host`, TLSA as `usage selector matching hex`; names in lower
    case without the last dot.
    `chain` holds the CNAMEs followed; `pieces` how many strings each TXT record had; `ttl` in seconds is the least of
    the chain and the record.
    """

    name: str
    type: str
    kind: AnswerKind
    values: tuple[str, ...] = ()
    ttl: int | None = None
    chain: tuple[str, ...] = ()
    dnssec: Dnssec = Dnssec.UNKNOWN
    trouble: str = ""
    pieces: tuple[int, ...] = ()

    @property
    def found(self) -> bool:
        """There are records."""
        return self.kind is AnswerKind.FOUND

    @property
    def absent(self) -> bool:
        """The zone says there are none (NXDOMAIN or NODATA)."""
        return self.kind in (AnswerKind.NO_NAME, AnswerKind.NO_DATA)


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """What one authoritative server of the zone says when asked directly."""

    server: str
    address: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Certificate:
    """The leaf a server sent. `names` are its SAN dNSNames: the only names that count (RFC 8461 s4.2, RFC 9525).

    `key` is the kind of its key (`RSA`, `EC`), and `anchors` are the roots its chain leads to, as in history/shown.py;
    both empty where nobody could tell.
    """

    names: tuple[str, ...]
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    self_signed: bool
    sha256: str
    ca_issuers: bool = False  # has an AIA caIssuers URL, so it comes from a CA that has intermediates
    sent: int | None = None  # how many certificates the server sent, where Python can tell
    key: str = ""
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One certificate of a presented chain, as DANE compares it.

    `ca`: it may issue certificates. `names` are those that DANE takes for a server's: the SAN dNSNames, and without any
    the CN (RFC 7672 s3.2.3); kept of the leaf only.
    """

    certificate: Digests
    key: Digests
    not_before: datetime
    not_after: datetime
    ca: bool
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that a sender would stumble over.

    `code` is stable and kebab-case; `result_type` is what a TLS-RPT report would say (RFC 8460 s4.3), empty where
    nothing would be reported.
    """

    code: str
    text: str
    result_type: str = ""


def _tried(problems: tuple[Trouble, ...]) -> bool:
    return not any(trouble.code in (NOT_LOOKED_AT, NOT_PUBLIC) for trouble in problems)


@dataclass(frozen=True, slots=True)
class PolicyFetch:
    """One GET of the policy from one address of the policy host, validated as RFC 8461 s3.3 asks.

    `address` is empty when there was none to ask: the host name is absent from DNS or DNS failed.
    `problems` is empty exactly when `outcome` is OK; the first is the one that stopped a sender.
    """

    host: str
    address: str
    outcome: LookOutcome
    problems: tuple[Trouble, ...] = ()
    status: int | None = None
    media_type: str = ""
    body: bytes = b""
    tls_version: str = ""
    certificate: Certificate | None = None
    location: str = ""  # where a redirect points; never followed
    seconds: float = 0.0

    @property
    def tried(self) -> bool:
        """Somebody tried to connect; false beyond a bound."""
        return _tried(self.problems)

    @property
    def problem(self) -> str:
        """The first problem in words, or empty."""
        return self.problems[0].text if self.problems else ""

    @property
    def result_type(self) -> str:
        """The TLS-RPT result type a sender would report (RFC 8460 s4.3), or empty."""
        return self.problems[0].result_type if self.problems else ""


@dataclass(frozen=True, slots=True)
class MxProbe:
    """One SMTP conversation with one address of an MX host, up to the TLS handshake and QUIT; no mail is sent.

    `host` is the name in SNI. `chain` begins with the leaf, and each certificate in it is signed by the next; what was
    presented besides is no part of it. Empty where nothing could be read, or where the evidence file does not say.
    """

    host: str
    address: str
    outcome: LookOutcome
    problems: tuple[Trouble, ...] = ()
    connected: bool = False
    greeting: str = ""
    starttls: bool | None = None  # None: the conversation did not get that far
    tls_version: str = ""
    certificate: Certificate | None = None
    seconds: float = 0.0
    chain: tuple[Link, ...] = ()

    @property
    def tried(self) -> bool:
        """Somebody tried to connect; false beyond a bound."""
        return _tried(self.problems)


@dataclass(frozen=True, slots=True)
class Dane:
    """What DNS says of DANE at one MX host (RFC 7672 s2.2).

    `base` is the TLSA base domain, `tlsa` the answer at `_25._tcp.` of it. `way` is how DNSSEC speaks of what leads
    there: the host's addresses, or the host's alias where only that is signed. `probes` were made with SNI `base` and
    are empty where that is the MX host's own name.
    """

    base: str
    tlsa: Answer
    way: Dnssec
    probes: tuple[MxProbe, ...] = ()


@dataclass(frozen=True, slots=True)
class MxHost:
    """One MX record's host with its addresses and what each of them did.

    `implicit`: there is no MX record and the mail domain's own addresses stand in (RFC 5321 s5.1). `dane` is None where
    no address was found, so that nobody gets as far as TLSA. `looked_at` is false beyond HOST_LIMIT: only the name is
    known then.
    """

    name: str
    preference: int
    implicit: bool
    addresses: tuple[Answer, ...]
    probes: tuple[MxProbe, ...]
    dane: Dane | None = None
    looked_at: bool = True

    @property
    def untold(self) -> tuple[str, ...]:
        """What nobody knows of its addresses, a line each: empty when DNS answered for each family."""
        if not self.looked_at:
            return (f"not looked at: the domain has more than {HOST_LIMIT} MX hosts",)
        unanswered = (answer for answer in self.addresses if answer.kind is AnswerKind.TROUBLE)
        return tuple(f"DNS trouble asking for {answer.type}: {answer.trouble}" for answer in unanswered)

    @property
    def all_probes(self) -> tuple[MxProbe, ...]:
        """Those with the host's own name in SNI, and those that DANE asks for besides."""
        return self.probes + (self.dane.probes if self.dane else ())


@dataclass(frozen=True, slots=True)
class RuaLook:
    """Whether a reporting address can work: the mailbox's domain takes mail, the https endpoint answers.

    `outcome` UNREACHABLE: could not be looked at.
    """

    uri: str
    outcome: LookOutcome
    text: str


@dataclass(frozen=True, slots=True)
class Desired:
    """What the project's YAML wants of this domain, for `--stack`: the drift check's other side."""

    text: str
    tls_rpt: str | None
    ttl: int


@dataclass(frozen=True, slots=True)
class NameLook:
    """What DNS says at one name, of several types.

    `wildcard`: the wildcard that the answers are made from, such as `*.example.com`; "" when the name has them by
    itself or has none; None when that could not be found out.
    """

    name: str
    answers: tuple[Answer, ...]
    wildcard: str | None = ""

    @property
    def taken(self) -> bool:
        """Some record stands here; a CNAME that leads nowhere is one, too."""
        return any(answer.found or answer.chain for answer in self.answers)

    @property
    def own(self) -> bool:
        """Some record stands here, and it is not a wildcard's answer."""
        return self.taken and self.wildcard == ""

    @property
    def trouble(self) -> str:
        """What could not be asked, empty if all was."""
        for answer in self.answers:
            if answer.kind is AnswerKind.TROUBLE:
                return f"{answer.type} {answer.name}: {answer.trouble}"
        return f"whether a wildcard answers for {self.name}" if self.wildcard is None else ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was seen of one mail domain and the names below it.

    `between`: the names between the mail domain and the wildcard's own parent, which do not exist either and would
    with it. `beside`: what a name beside the mail domain that nobody has made gets, asked for when the mail domain has
    no records; None otherwise. `caa`: the relevant CAA RRset of the policy host (RFC 8659 s3); None: not asked.
    """

    domain: NameLook
    mta_sts: NameLook
    tls_rpt: NameLook
    host: NameLook
    between: tuple[str, ...] = ()
    beside: NameLook | None = None
    caa: Answer | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything seen of one mail domain in one look, which began at `at` (UTC) and took `seconds`.

    `unnamed` is a fetch without User-Agent from an address that serves the policy; None where there is no such address,
    or no time was left.
    `families` are the address families looked at. `probed_at` is when the MX hosts were probed and `probed_by` the
    evidence file that says so, empty when this run did it. `smtp_open`: some connection to port 25 succeeded in that
    run; without one, silence on port 25 may be the looking machine's own firewall. `standing`: where the answers come
    from, looked at only where a first publication may be to come or the domain has no MX; else None. `direct`:
    connections went to the addresses that DNS names, not where a rehearsal led them, so that these say something.
    """

    domain: str
    at: datetime
    families: tuple[str, ...]
    mta_sts: Answer
    tls_rpt: Answer
    mx: Answer
    authorities: tuple[ServerAnswer, ...]
    authority_trouble: str
    policy_host: tuple[Answer, ...]
    fetches: tuple[PolicyFetch, ...]
    hosts: tuple[MxHost, ...]
    rua: tuple[RuaLook, ...]
    caa: Answer
    smtp_open: bool
    probed_at: datetime
    probed_by: str = ""
    desired: Desired | None = None
    seconds: float = 0.0
    unnamed: PolicyFetch | None = None
    standing: Standing | None = None
    direct: bool = False
