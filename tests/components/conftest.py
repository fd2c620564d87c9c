"""The desired state that the component tests start from."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mtasts.live.first_look import Told
from mtasts.live.project import Project
from mtasts_pulumi import FirstLook, MtaStsDomain, PolicyHost, PolicyOrigin, ReadBack, Removal, desired_from
from mtasts_pulumi.engine.removal import LedgerDates
from tests.components.mocks import Registered, register

ROUTE53 = {"provider": "route53", "zone": "Z0123456789EXAMPLE"}
CLOUDFLARE = {"provider": "cloudflare", "zone": "0123456789abcdef0123456789abcdef"}
NAMED = ("provider", "zone", "leaving", "waiting", "host_record", "desired")
PLAIN = ("mode", "max_age", "mx", "rua")


class Publication:
    """Builds a group of mail domains and keeps what was registered."""

    def __init__(self) -> None:
        self.domains: dict[str, dict] = {}
        self.served: dict | None = None
        self.hosting: str | None = None
        self.existing: dict[str, str] | None = None
        self.args = {
            "mode": "testing",
            "max_age": 86400,
            "mx": ["mail.example.com", "*.mx.example.net"],
            "rua": ["mailto:tls-reports@example.org"],
            "ttl": 300,
        }

    def add(self, domain: str, dns: dict, **changes: object) -> "Publication":
        self.domains[domain] = {**self.args, **dns, **changes}
        return self

    def registered(self) -> list[Registered]:
        return register(self._build)

    def _build(self) -> None:
        retired = all(args["mode"] == "none" for args in self.domains.values())
        hosting = {"hosting": self.hosting} if self.hosting else {}
        origin = PolicyOrigin("policies", {"retired": retired, **hosting})
        read_back = ReadBack()
        removal = Removal(LedgerDates(Project(Path(), "mtasts"), "test", {}, {}), origin)
        names = [
            {"domain": domain, **{key: args[key] for key in NAMED if key in args}}
            for domain, args in self.domains.items()
        ]
        both: dict[str, Any] = {"read_back": read_back, "removal": removal}
        if self.existing is not None:
            both["first_look"] = FirstLook(told=Told(existing=self.existing))
        told = {"served": self.served} if self.served else {}
        host = PolicyHost("shared", {"origin": origin, "names": names, **told, **both, "retired": retired})
        shared = {"origin": origin, "host": host, **both, "now": datetime(2026, 3, 14, tzinfo=UTC)}
        for domain, args in self.domains.items():
            plain = {key: args[key] for key in PLAIN}
            rest = {key: value for key, value in args.items() if key not in PLAIN}
            desired = {"desired": desired_from(domain, **plain), **rest}
            MtaStsDomain(domain, {**desired, **shared, "read_back": ReadBack()})


@pytest.fixture
def publication() -> Publication:
    return Publication()
