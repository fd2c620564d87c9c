"""One mail domain that has MTA-STS by other means, in which everything is right, and what may be bent of it."""

from dataclasses import replace
from datetime import timedelta

from mtasts.adoption.survey import Accounts, StandingRecord, Survey
from mtasts.policy.adopted import Adopted
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.protocol.mta_sts import Mode, Policy
from mtasts.verify.findings import view_of
from mtasts.verify.model import Answer, NameLook, Observed, Standing
from mtasts.verify.run_checks import judge
from tests.verify.scenes import DOMAIN, HOST, MX, NOW, RUA, TEXT, absent, found, good

BY_HAND = "20240101000000Z"
TXT = f"v=STSv1; id={BY_HAND};"
RPT = f"v=TLSRPTv1; rua={RUA}"
CLOUDFLARE_ZONE = "0123456789abcdef0123456789abcdef"
MTA_STS_NAME, TLS_RPT_NAME = f"_mta-sts.{DOMAIN}", f"_smtp._tls.{DOMAIN}"
PAGES = "example.github.io"

NO_ACCOUNT = Accounts()


def observed(**changes: object) -> Observed:
    """As senders see it: an id by hand, a policy in enforce, a host behind a CNAME."""
    seen = replace(good(), mta_sts=found(MTA_STS_NAME, "TXT", TXT), tls_rpt=found(TLS_RPT_NAME, "TXT", RPT))
    host = tuple(replace(answer, chain=(PAGES,)) for answer in seen.policy_host)
    return replace(seen, **{"policy_host": host, "desired": None, "caa": absent(HOST, "CAA"), **changes})  # type: ignore[arg-type]


def look(name: str, *answers: Answer, wildcard: str | None = "") -> NameLook:
    """What stands at a name."""
    return NameLook(name, answers, wildcard)


def led_by_cname(target: str = PAGES, name: str = HOST, kind: str = "A") -> NameLook:
    """A CNAME."""
    return look(name, replace(found(name, kind, "192.0.2.1"), chain=(target,)))


def standing(**changes: object) -> Standing:
    """By the zone's own servers."""
    made = Standing(
        domain=look(DOMAIN, found(DOMAIN, "MX", f"10 {MX[0]}")),
        mta_sts=look(MTA_STS_NAME, found(MTA_STS_NAME, "TXT", TXT)),
        tls_rpt=look(TLS_RPT_NAME, found(TLS_RPT_NAME, "TXT", RPT)),
        host=led_by_cname(),
        caa=absent(HOST, "CAA"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def survey(
    seen: Observed | None = None, stands: Standing | None = None, accounts: Accounts = NO_ACCOUNT, **changes: object
) -> Survey:
    """All of it, at Route 53, without credentials."""
    seen = seen or observed()
    view, findings = view_of(seen, NOW, timedelta(days=1)), judge(seen, NOW)
    made = Survey(DOMAIN, view, findings, stands or standing(), accounts, "route53", "Z1")
    return replace(made, **changes)  # type: ignore[arg-type]


def policy(**changes: object) -> DomainPolicy:
    """The domain's file, as it is drafted of `survey()`."""
    served = Policy(Mode.ENFORCE, 1209600, MX)
    made = DomainPolicy(
        domain=DOMAIN, mode=served.mode, max_age=served.max_age, mx=served.mx, rua=(RUA,), ttl=300,
        dns=DnsZone("route53", "Z1"), host_group=DOMAIN, owner="", notes="", source="example.com.yaml",
        adopted=Adopted(BY_HAND, NOW, TEXT), host_record="cname",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def at_cloudflare(name: str, kind: str, value: str, **more: object) -> StandingRecord:
    """A record as Cloudflare's account tells it, its id by type and name."""
    made = StandingRecord(name, kind, (value,), 300, provider="cloudflare", zone=CLOUDFLARE_ZONE, id=f"{kind}-{name}")
    return replace(made, **more)  # type: ignore[arg-type]
