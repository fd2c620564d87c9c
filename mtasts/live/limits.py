"""Limits of looks at mail domains."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`timeout`: seconds for one step at one address. `total`: for a whole domain, the queues included."""

    timeout: float = 10.0
    total: float = 60.0
    domains: int = 64  # looked at at the same time
    connections: int = 200
    per_address: int = 8

    @classmethod
    def of_step(cls, timeout: float) -> "Limits":
        """`timeout` seconds for one step; a domain as a whole gets six of them."""
        return cls(timeout=timeout, total=6 * timeout)


USUAL = Limits()
