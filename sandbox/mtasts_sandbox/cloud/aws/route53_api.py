"""ChangeResourceRecordSets of Route 53's HTTP API by our own rules: moto takes a CNAME beside other records.

    POST /2013-04-01/hostedzone/ZONE/rrset

Weighted and other routed record sets are left to moto, as everything else is. A zone of another account than the
caller's is refused, and its name is not found.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from mtasts_sandbox.cloud import accounts
from mtasts_sandbox.cloud.aws.route53 import RecordSet
from mtasts_sandbox.cloud.aws.route53_resources import value_problem
from mtasts_sandbox.cloud.cloud import Cloud
from mtasts_sandbox.cloud.context import now, stamp
from mtasts_sandbox.cloud.errors import ApiError

Answer = tuple[int, dict[str, str], str]
_NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"
_IN = {"r": _NAMESPACE}
_OPERATION = "Route 53: ChangeResourceRecordSets"


@dataclass(frozen=True, slots=True)
class _Change:
    action: str  # CREATE, UPSERT or DELETE
    record: RecordSet


def answer(cloud: Cloud, method: str, target: str, body: bytes) -> Answer | None:
    """Status, headers and body; None for what is left to moto. A batch is done as a whole, and kept, or not at all."""
    path = [unquote(part) for part in urlsplit(target).path.strip("/").split("/")]
    if method != "POST" or path[1:2] != ["hostedzone"] or path[3:] not in (["rrset"], ["rrset", ""]):
        return None
    try:
        root = ET.fromstring(body)  # noqa: S314 - of a client on loopback; expat bounds what entities become
    except ET.ParseError:
        return None
    if root.find(".//r:SetIdentifier", _IN) is not None:
        return None
    try:
        # Deletions first: a batch is judged by what is there after it.
        for change in sorted(_changes(root), key=lambda each: each.action != "DELETE"):
            _apply(cloud, path[2], change)
    except ApiError as error:
        cloud.rollback()
        return error.status, {"content-type": "text/xml"}, _error(error)
    cloud.commit()
    info = f"<Id>/change/C{now():%Y%m%d%H%M%S%f}</Id><Status>INSYNC</Status><SubmittedAt>{stamp(now())}</SubmittedAt>"
    told = f"<ChangeInfo>{info}</ChangeInfo>"
    response = f'<ChangeResourceRecordSetsResponse xmlns="{_NAMESPACE}">{told}</ChangeResourceRecordSetsResponse>'
    return 200, {"content-type": "text/xml"}, response


def refused(cloud: Cloud, target: str, account: str) -> Answer | None:
    """What a caller is told of zones outside its `account`, "" for the sandbox's own; None for what it may do."""
    parts = urlsplit(target)
    path = [unquote(part) for part in parts.path.strip("/").split("/")]
    zones = dict(cloud.route53.zones())
    if path[1:2] == ["hostedzone"] and path[2:3] and path[2] in zones and cloud.owner(path[2]) != account:
        error = accounts.denied("", account)
        return error.status, {"content-type": "text/xml"}, _error(error)
    others = [zone for zone in zones if cloud.owner(zone) != account]
    if others and path[1:2] == ["hostedzonesbyname"]:
        asked = parse_qs(parts.query).get("dnsname", [""])[0].rstrip(".").lower()
        return (
            200,
            {"content-type": "text/xml"},
            _by_name([(id_, zones[id_]) for id_ in zones if id_ not in others], asked),
        )
    return None


def _by_name(zones: Sequence[tuple[str, str]], asked: str) -> str:
    """ListHostedZonesByName, from the name asked for on, in one page."""
    ordered = sorted((name.split(".")[::-1], name, id_) for id_, name in zones)
    found = [(name, id_) for labels, name, id_ in ordered if labels >= asked.split(".")[::-1]]
    listed = "".join(
        f"<HostedZone><Id>/hostedzone/{id_}</Id><Name>{name}.</Name><CallerReference>{id_}</CallerReference>"
        "<Config><PrivateZone>false</PrivateZone></Config><ResourceRecordSetCount>2</ResourceRecordSetCount></HostedZone>"
        for name, id_ in found
    )
    told = f"<HostedZones>{listed}</HostedZones><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>"
    return f'<ListHostedZonesByNameResponse xmlns="{_NAMESPACE}">{told}</ListHostedZonesByNameResponse>'


def _apply(cloud: Cloud, zone_id: str, change: _Change) -> None:
    record = change.record
    if change.action == "DELETE":
        cloud.route53.change(zone_id, None, record)
        return
    for value in record.values:
        unquoted = record.type in ("TXT", "SPF") and not (len(value) > 1 and value[0] == value[-1] == '"')
        problem = value_problem(record.type, value)
        if unquoted:
            problem = "InvalidCharacterString (Value should be enclosed in quotation marks)"
        if problem:
            message = f"[Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}'']"
            raise ApiError("", _OPERATION, "InvalidChangeBatch", message)
    cloud.route53.change(zone_id, record, None, overwrite=change.action == "UPSERT")


def _changes(root: ET.Element) -> Iterator[_Change]:
    for change in root.iterfind(".//r:Change", _IN):
        name, kind = _text(change, ".//r:Name"), _text(change, ".//r:Type")
        alias, ttl = change.find(".//r:AliasTarget", _IN), _text(change, ".//r:TTL")
        values = tuple(each.text or "" for each in change.iterfind(".//r:ResourceRecord/r:Value", _IN))
        action = _text(change, "r:Action")
        if (alias is None) == (not values or not ttl.isdigit()):
            message = (
                "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
                f"TrafficPolicyInstanceId], in Change with [Action={action}, Name={name}, Type={kind}]"
            )
            raise ApiError("", _OPERATION, "InvalidInput", message)
        bare = name.rstrip(".").lower().replace("\\052", "*")
        if alias is None:
            yield _Change(action, RecordSet(bare, kind, int(ttl), values))
            continue
        health = _text(alias, "r:EvaluateTargetHealth") == "true"
        where, zone = _text(alias, "r:DNSName").rstrip(".").lower(), _text(alias, "r:HostedZoneId")
        yield _Change(action, RecordSet(bare, kind, None, (), where, zone, health))


def _text(element: ET.Element, path: str) -> str:
    return element.findtext(path, "", _IN).strip()


def _error(error: ApiError) -> str:
    told = f"<Type>Sender</Type><Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    return f'<ErrorResponse xmlns="{_NAMESPACE}"><Error>{told}</Error><RequestId>sandbox</RequestId></ErrorResponse>'
