"""Cloudflare.

Quirks, last looked at 2026-11: TXT content is sent in double quotes, else the API's answer differs from it for ever;
names are sent whole, since the API answers with the whole name; ACM's last dots are stripped by the API, so they are
not sent; a proxied policy host would answer with Cloudflare's certificate and loop, so nothing here is proxied.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from mtasts.providers.cause import GONE, TAKEN, TRY_LATER, ZONE, cause
from mtasts.providers.provider import Change, Credentials, DnsProvider, Inputs, Record, Stated, stated, strings

_COMMENT: Final = "managed by mtasts; changes by hand are undone"
_HOST_TTL: Final = 300
_CODES: Final = "Cloudflare API, error codes of DNS records"
_ACCESS: Final = "Cloudflare API, error codes of authentication"


class _Records:
    def txt(self, zone: str, name: str, value: Any, ttl: int, change: Change) -> Record:
        return _record(zone, name, "TXT", change(_quoted, value), ttl)

    def validation(self, zone: str, name: Any, target: Any, change: Change) -> Record:
        return _record(zone, change(_undotted, name), "CNAME", change(_undotted, target), _HOST_TTL)

    def host(self, zone: str, name: str, target: Any, target_zone: Any) -> Sequence[Record]:
        del target_zone  # one CNAME gives both families
        return [self.cname(zone, name, target)]

    def cname(self, zone: str, name: str, target: Any) -> Record:
        return _record(zone, name, "CNAME", target, _HOST_TTL, "cname")

    def read(self, inputs: Inputs) -> Stated:
        content = inputs.get("content")
        return stated(inputs, self.text(content) if isinstance(content, str) else None)

    def text(self, outputs: Any) -> str:
        return str(outputs).strip('"').replace('" "', "")


def _record(zone: str, name: Any, kind: str, content: Any, ttl: int, part: str = "") -> Record:
    inputs = {
        "zoneId": zone,
        "name": name,
        "type": kind,
        "content": content,
        "ttl": float(ttl),
        "proxied": False,
        "comment": _COMMENT,
    }
    return Record(kind, inputs, part)


def _quoted(text: str) -> str:
    return " ".join(f'"{part}"' for part in strings(text))


def _undotted(name: str) -> str:
    return name.rstrip(".")


def _code(*codes: int) -> str:
    return rf'"code"\s*:\s*(?:{"|".join(map(str, codes))})\b'


PROVIDER: Final = DnsProvider(
    key="cloudflare",
    title="Cloudflare",
    zone_id=re.compile(r"[0-9a-f]{32}", re.ASCII),
    zone_id_words="32 hexadecimal digits in lower case",
    zone_id_example="0123456789abcdef0123456789abcdef",
    record_type="cloudflare:index/dnsRecord:DnsRecord",
    text_property="content",
    sdk="pulumi_cloudflare",
    records=_Records(),
    credentials=Credentials(
        package="cloudflare",
        variables=(("CLOUDFLARE_API_TOKEN",), ("CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL")),
        settings=frozenset({"cloudflare:apiToken", "cloudflare:apiKey"}),
        missing="no Cloudflare credentials, which {uses} needs",
        hint="set CLOUDFLARE_API_TOKEN (permission Zone.DNS:Edit on these zones), or the stack's cloudflare:apiToken",
    ),
    causes=(
        cause(_code(81053), "{record} has an A, AAAA or CNAME record already, which is not ours", TAKEN, _CODES),
        cause(_code(81054), "{record} has a CNAME record already, which is not ours", TAKEN, _CODES),
        cause(_code(81057, 81058), "{record} has this very record already, made by somebody else", TAKEN, _CODES),
        cause(_code(81044), "{record} was changed or deleted by hand", GONE, _CODES),
        cause(_code(7000, 7001, 7003), "its DNS zone is not there, or these credentials do not reach it", ZONE, _CODES),
        cause(
            _code(1000, 6003, 6111, 9103, 9106, 9107, 9109, 10000, 10001),
            "Cloudflare does not accept these credentials for this zone",
            "see CLOUDFLARE_API_TOKEN: not expired, no blank or line end in it, permission Zone.DNS:Edit on this zone,"
            " and used from an address that it allows",
            _ACCESS,
            everywhere=True,
        ),
        cause(
            rf"{_code(971, 10429)}|\b429\b",
            "Cloudflare was asked too often",
            TRY_LATER,
            "Cloudflare API, Rate limits",
            everywhere=True,
        ),
    ),
    told=re.compile(r'"code"\s*:\s*(\d+)\s*,\s*"message"\s*:\s*"((?:[^"\\]|\\.)*)"'),
    # The API refuses less (DnsRecord, `ttl`): below it knows only 1, "automatic".
    ttl_least=60,
    name_servers=re.compile(r"[a-z0-9-]+\.ns\.cloudflare\.com"),
    other_names=("cf", "cloud flare"),
    import_id="{zone}/{id}",
    api="mtasts.live.cloudflare",
)
