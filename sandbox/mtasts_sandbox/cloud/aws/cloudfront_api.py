"""The part of CloudFront's HTTP API that changes or tells aliases, and a disabled distribution; moto tells the rest.

PUT /2020-05-31/distribution/ID/associate-alias?Alias=
PUT /2020-05-31/distribution/ID/config        aliases and enabled; all else of the configuration stays as it is
GET /2020-05-31/conflicting-alias?DistributionId=&Alias=
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from mtasts_sandbox.cloud.cloud import Cloud
from mtasts_sandbox.cloud.errors import ApiError

Answer = tuple[int, dict[str, str], str]
_NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
_ALIASES = re.compile(r"<Aliases\b[^>]*>(.*?)</Aliases>", re.DOTALL)
_ENABLED = re.compile(r"<Enabled>(true|false)</Enabled>")
_ITEM = re.compile(r"<CNAME\b[^>]*>([^<]*)</CNAME>")


def answer(cloud: Cloud, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
    """Status, headers and body; None for what is left to moto. A change is kept."""
    parts = urlsplit(target)
    path, query = [unquote(part) for part in parts.path.strip("/").split("/")][1:], parse_qs(parts.query)
    try:
        match method, path:
            case "PUT", ["distribution", id_, "associate-alias"]:
                cloud.aliases.associate(query.get("Alias", [""])[0], id_)
                told = ""
            case "PUT", ["distribution", id_, "config"]:
                _update(cloud, id_, headers.get("if-match", ""), body.decode("utf-8", "replace"))
                told = ""
            case "GET", ["conflicting-alias"]:
                told = _conflicts(cloud, query.get("Alias", [""])[0], query.get("DistributionId", [""])[0])
            case _:
                return None
    except ApiError as error:
        cloud.rollback()
        return error.status, {"content-type": "text/xml"}, _error(error)
    cloud.commit()
    return 200, {"content-type": "text/xml"}, told


def _update(cloud: Cloud, id_: str, etag: str, body: str) -> None:
    given, enabled = _ALIASES.search(body), _ENABLED.search(_bare(body))
    aliases = _ITEM.findall(given[1]) if given else []
    cloud.aliases.update(id_, etag, aliases, enabled=enabled is None or enabled[1] == "true")


def _bare(body: str) -> str:
    """The configuration without the parts that have an `Enabled` of their own."""
    for part in ("Origins", "DefaultCacheBehavior", "CacheBehaviors", "Logging", "OriginGroups"):
        body = re.sub(rf"<{part}\b[^>]*>.*?</{part}>", "", body, flags=re.DOTALL)
    return body


def _conflicts(cloud: Cloud, alias: str, distribution_id: str) -> str:
    found = cloud.aliases.conflicting(alias, distribution_id)
    items = "".join(
        f"<ConflictingAlias>{''.join(f'<{key}>{escape(each[key])}</{key}>' for key in each)}</ConflictingAlias>"
        for each in found
    )
    quantity = f"<MaxItems>100</MaxItems><Quantity>{len(found)}</Quantity>"
    return f'<ConflictingAliasesList xmlns="{_NAMESPACE}">{quantity}<Items>{items}</Items></ConflictingAliasesList>'


def _error(error: ApiError) -> str:
    told = f"<Type>Sender</Type><Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    return f'<ErrorResponse xmlns="{_NAMESPACE}"><Error>{told}</Error><RequestId>sandbox</RequestId></ErrorResponse>'
