"""DKIM key records (RFC 6376 s3.6.1): text in, a `DkimKey` out, or the reason why it is none.

The service types are a list, of which one is enough: `s=email:tlsrpt` serves both. RFC 8460 s3 adds `tlsrpt`.
"""

import base64
import binascii
import re
from dataclasses import dataclass

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_LIMIT = 8192  # ours: 16 384 bits of RSA need less


class NoKey(ValueError):  # noqa: N818 - what it is about, as callers read it
    """Why a record is no key that can be used; the message goes on "the key ..."."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A key and what it may be used for; None stands for all."""

    kind: str  # "rsa" or "ed25519"
    public: bytes  # RSA: DER; Ed25519: 32 bytes
    hashes: tuple[str, ...] | None
    services: tuple[str, ...] | None
    own_domain_only: bool  # t=s: the signature's i= has the very domain of d=

    def why_not(self, algorithm: str, services: frozenset[str], *, subdomain: bool) -> str:
        """Why it is no key for such a signature; "" if it is. `algorithm` is the signature's a=, such as rsa-sha256.

        `subdomain`: i= is a subdomain of d=.
        """
        kind, _, hashed = algorithm.partition("-")
        if self.kind != kind:
            return f"is of type {self.kind}, the signature is {algorithm}"
        if self.hashes is not None and hashed not in self.hashes:
            return f"is not for {hashed}, only for {':'.join(self.hashes)} (h=)"
        if self.services is not None and not {"*", *services} & set(self.services):
            return f"is not for {' or '.join(sorted(services))}, only for {':'.join(self.services)} (s=)"
        if self.own_domain_only and subdomain:
            return "is not for subdomains (t=s), which i= names"
        return ""


def read_key(text: str) -> DkimKey:
    """Read a TXT. Tags may come in any order but v=, which is first; unknown ones, and g= of RFC 4871, mean nothing.

    Raises NoKey.
    """
    tags = _tags(text)
    if "v" in tags and (tags["v"] != "DKIM1" or next(iter(tags)) != "v"):
        raise NoKey("is not a DKIM record: v=DKIM1 is not its first tag")
    if "p" not in tags:
        raise NoKey("has no p=")
    packed = "".join(tags["p"].split())
    if not packed:
        raise NoKey("is revoked (its p= is empty)")
    kind = tags.get("k", "rsa").lower()
    if kind not in ("rsa", "ed25519"):
        raise NoKey(f"has an unknown key type: k={kind[:20]}")
    try:
        public = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        raise NoKey("is damaged: its p= is not base64") from None
    if kind == "ed25519" and len(public) != 32:
        raise NoKey(f"is damaged: {len(public)} bytes, and Ed25519 has 32")
    flags = _list(tags.get("t", ""))
    return DkimKey(kind, public, _list(tags.get("h", "")) or None, _list(tags.get("s", "")) or None, "s" in flags)


def _tags(text: str) -> dict[str, str]:
    """Tag -> value (RFC 6376 s3.2), in order."""
    if len(text) > _LIMIT:
        raise NoKey(f"is longer than {_LIMIT} characters")
    found: dict[str, str] = {}
    for spec in text.split(";"):
        if not spec.strip():
            continue
        name, equals, value = spec.partition("=")
        name = name.strip()
        if not equals or not _TAG.fullmatch(name):
            raise NoKey("is not a list of tags")
        if name in found:
            raise NoKey(f"has the tag {name}= twice")
        found[name] = value.strip()
    return found


def _list(value: str) -> tuple[str, ...]:
    words = (word.strip().lower() for word in value.split(":"))
    return tuple(word for word in words if word)
