"""The JSON Schema (2020-12) of `policies/<stack>/<domain>.yaml`, and of the `_defaults.yaml` beside them.

What `validate` asks of a file's shape. What it says by rules is in rules.py, and for an editor, which has no rules, in
editor_schema.py.
"""

import json
from typing import Any, Final

from mtasts.policy.accounts import ACCOUNT_LENGTH, ACCOUNT_PATTERN
from mtasts.policy.adopted_rule import ADOPTED_SCHEMA
from mtasts.policy.rules import TTL_LEAST, TTL_MOST
from mtasts.policy.setting import DAY_PATTERN, DURATION_PATTERN, END
from mtasts.policy.settings_table import ROLLOUT_SCHEMA
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT
from mtasts.providers import PROVIDERS

Schema = dict[str, Any]

_ZONE: Schema = {
    "provider": {"description": "Who serves the zone.", "type": "string", "enum": list(PROVIDERS)},
    "zone": {
        "description": "The provider's id of the zone: "
        + ", ".join(f"{provider.zone_id_words} for {key}" for key, provider in PROVIDERS.items())
        + ".",
        "type": "string",
        "minLength": 1,
        "maxLength": 64,
        "examples": [provider.zone_id_example for provider in PROVIDERS.values()],
    },
    "account": {
        "description": "The account that has the zone, by its name under `mtasts:accounts` in the stack's settings. "
        "Default: the account of the stack's own credentials.",
        "type": "string",
        "maxLength": ACCOUNT_LENGTH,
        "pattern": f"^{ACCOUNT_PATTERN}{END}",
        "examples": ["customer-dns"],
    },
}

_PROVIDERS_LEAST: Final = "".join(
    f" ({provider.title}: {provider.ttl_least} s)" for provider in PROVIDERS.values() if provider.ttl_least > TTL_LEAST
)

_PROPERTIES: Schema = {
    "mode": {
        "description": "What senders do with an MX host that fails: testing delivers and reports, enforce refuses, "
        "none switches MTA-STS off (the way to retire a domain). Default: testing.",
        "type": "string",
        "enum": ["testing", "enforce", "none"],
        "default": "testing",
    },
    "max_age": {
        "description": "How long senders keep the policy: seconds, or a number with s, m, h, d or w, such as 2w. "
        f"At most {MAX_AGE_LIMIT} s (RFC 8461 s3.2). Default: 2w in mode enforce, else 1d.",
        "type": ["integer", "string"],
        "minimum": 1,
        "maximum": MAX_AGE_LIMIT,
        "pattern": DURATION_PATTERN,
        "examples": ["1d", "2w", 1209600],
    },
    "mx": {
        "description": "The MX hosts of the domain, as their MX records name them. A *. in front stands for exactly "
        "one label and needs quotes in YAML. Needed unless the mode is none.",
        "type": "array",
        "items": {"type": "string"},
        "maxItems": 100,
        "uniqueItems": True,
        "examples": [["mx1.example.com", "mx2.example.com"], ["*.mail.protection.outlook.com"]],
    },
    "tls_rpt": {
        "description": "Where senders report what failed (TLS-RPT, RFC 8460): the _smtp._tls record.",
        "type": "object",
        "properties": {
            "rua": {
                "description": "mailto: or https: URIs. A comma, ! or ; in one is written %2C, %21, %3B. "
                "An empty list makes no _smtp._tls record.",
                "type": "array",
                "items": {"type": "string"},
                "maxItems": 10,
                "uniqueItems": True,
                "examples": [["mailto:tls-reports@example.com"]],
            }
        },
        "required": ["rua"],
        "additionalProperties": False,
    },
    "ttl": {
        "description": "TTL of the TXT records: seconds, or a number with s, m, h, d or w. Keep it small while rolling "
        "out: a roll-back takes hold only after it. "
        f"From {TTL_LEAST} s{_PROVIDERS_LEAST} to {TTL_MOST} s. Default: 300.",
        "type": ["integer", "string"],
        "minimum": TTL_LEAST,
        "maximum": TTL_MOST,
        "pattern": DURATION_PATTERN,
        "default": 300,
        "examples": [300, "1h"],
    },
    "dns": {
        "description": "The DNS zone in which the records are made.",
        "type": "object",
        "properties": {
            **_ZONE,
            "leaving": {
                "description": "While the records move: the zone that they leave. They are published in both until "
                "this is taken out, which waits for the delegation and its TTL.",
                "type": "object",
                "properties": _ZONE,
                "required": ["provider", "zone"],
                "additionalProperties": False,
            },
            "host_record": {
                "description": "cname: a CNAME leads the policy host to its web host, also where the provider's "
                "default is another record (Route 53: A and AAAA aliases). It stays as it is once it is published.",
                "type": "string",
                "enum": ["cname"],
            },
        },
        "additionalProperties": False,
    },
    "host_group": {
        "description": "Domains that name the same group share one policy host (CloudFront distribution and "
        "certificate), at most 100. Default: the domain itself, alone.",
        "type": "string",
        "maxLength": 253,
        "pattern": f"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?{END}",
        "examples": ["shared-1"],
    },
    "owner": {
        "description": "Who answers for the domain. Free text, not published.",
        "type": "string",
        "maxLength": 200,
    },
    "notes": {"description": "Free text, not published.", "type": "string", "maxLength": 4000},
    "rollout": ROLLOUT_SCHEMA,
}

POLICY_SCHEMA: Final[Schema] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "MTA-STS and TLS-RPT of one mail domain",
    "description": "policies/<stack>/<domain>.yaml. What is not given here comes from _defaults.yaml beside it.",
    "type": "object",
    "properties": {
        "domain": {
            "description": "The mail domain, the part behind the @. The file is named after it. A subdomain needs "
            "its own file.",
            "type": "string",
            "examples": ["example.com"],
        },
        **_PROPERTIES,
        "released": {
            "description": "The day on which another tool took the records over (`mtasts release` writes it). Nothing "
            "of the domain is published from here any more, and nothing of it is deleted; its name stays with its "
            "policy host until the file is deleted.",
            "type": "string",
            "pattern": DAY_PATTERN,
            "examples": ["2026-11-28"],
        },
        "adopted": ADOPTED_SCHEMA,
    },
    "required": ["domain"],
    "additionalProperties": False,
}

DEFAULTS_SCHEMA: Final[Schema] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What the mail domains of one stack share",
    "description": "policies/<stack>/_defaults.yaml. Each domain's own file wins over it, key by key.",
    "type": "object",
    "properties": _PROPERTIES,
    "additionalProperties": False,
}


def text_of(schema: Schema) -> str:
    """The file's text: keys in the order of the source, so that a change reads well in a diff."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
