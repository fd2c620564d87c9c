"""One DKIM signature of a mail: valid, or a reason in words. dkimpy canonicalises and hashes; the key is judged here.

dkimpy 1.1.8 knows one service type a key, not the list of RFC 6376 s3.6.1, needs PyNaCl for Ed25519, takes rsa-sha1
(RFC 8301 s3.1 forbids it) and signatures that leave From out (RFC 6376 s6.1.1 does), and gives no reason for most of
what it refuses.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mtasts.protocol.dkim_key import DkimKey, NoKey, read_key
from mtasts.words.moments import at

_MINIMUM_KEY_BITS = 1024  # RFC 8301 s3.2
_SERVICES = frozenset({"email", "tlsrpt"})  # RFC 8460 s3: tlsrpt is not asked for
_ALGORITHMS = ("rsa-sha256", "ed25519-sha256")
_DKIMPY_BYTES = re.compile(r"\bb'([^']*)'")

Keys = Callable[[str], Sequence[str]]


class NotValid(Exception):  # noqa: N818 - named for what it tells the caller
    """Why a signature proves nothing."""


def signer(message: Any, index: int, keys: Keys) -> str:
    """The domain whose signature number `index` (from 0) of a dkimpy message holds.

    `keys` gives the TXT records at a name, none if there are none. Raises NotValid, and what `keys` raises; dkimpy may
    raise anything for hostile input.
    """
    import dkim  # noqa: PLC0415 - takes 60 ms to load

    try:
        fields, covered, headers = message.verify_headerprep(index)
    except dkim.DKIMException as error:
        raise NotValid(f"signature {index + 1}: {_plain(message, error)}") from None
    tags: dict[str, str] = {
        name.decode("ascii", "replace"): value.decode("ascii", "replace") for name, value in fields.items()
    }
    domain, selector = tags["d"].lower(), tags["s"].lower()
    where = f"signature {index + 1}, of {domain}"
    if "l" in tags:
        raise NotValid(f"{where}: covers only a part of the mail (l=)")
    if tags["a"] not in _ALGORITHMS:
        raise NotValid(f"{where}: {tags['a']} proves nothing any more (RFC 8301 s3.1)")
    if b"from" not in covered:
        raise NotValid(f"{where}: does not cover From (RFC 6376 s6.1.1)")
    name = f"{selector}._domainkey.{domain}"
    reason = f"there is no key at {name}"
    for text in keys(name):
        reason = _against(message, fields, list(covered), headers[index], tags, text)
        if not reason:
            return domain
    raise NotValid(f"{where}: {reason}")


def _against(message: Any, fields: Any, covered: list[bytes], header: Any, tags: dict[str, str], text: str) -> str:
    """Why a signature does not hold with the key of this record; "" if it does."""
    import dkim  # noqa: PLC0415

    selector = f"{tags['s'].lower()}._domainkey"
    try:
        key = read_key(text)
        identity = tags.get("i", "").rpartition("@")[2].lower()
        unfit = key.why_not(tags["a"], _SERVICES, subdomain=identity not in ("", tags["d"].lower()))
        if unfit:
            return f"the key {selector} {unfit}"
        opened = _open(message, key)
    except NoKey as error:
        return f"the key {selector} {error}"
    try:
        valid = message.verify_sig_process(fields, covered, header, None)
    except dkim.DKIMException as error:
        return _plain(message, error)
    if opened is not None:
        valid = opened.valid
    return "" if valid else "the headers that it covers were changed, or the key was"


class _Ed25519:
    """An Ed25519 key as dkimpy asks it; it cannot be told of a failure without PyNaCl, so the answer is kept."""

    def __init__(self, public: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(public)
        self.valid = False

    def verify(self, digest: bytes, signature: bytes) -> None:
        """Whether the signature is of this key."""
        try:
            self._key.verify(signature, digest)
        except InvalidSignature:
            return
        self.valid = True


def _open(message: Any, key: DkimKey) -> _Ed25519 | None:
    """Give dkimpy the key. Raises NoKey if it is damaged or too short."""
    from dkim.crypto import UnparsableKeyError, parse_public_key  # noqa: PLC0415

    message.ktag = key.kind.encode()
    if key.kind == "ed25519":
        message.pk, message.keysize = _Ed25519(key.public), 256
        return message.pk  # type: ignore[no-any-return]
    try:
        message.pk = parse_public_key(key.public)
    # The parser raises beyond its own error for damaged DER.
    except (UnparsableKeyError, IndexError, ValueError, TypeError):
        raise NoKey("is damaged: its p= is not an RSA key") from None
    message.keysize = message.pk["modulus"].bit_length()
    if message.keysize < _MINIMUM_KEY_BITS:
        raise NoKey(f"has {message.keysize} bits, fewer than {_MINIMUM_KEY_BITS} (RFC 8301 s3.2)")
    return None


def _plain(message: Any, error: Exception) -> str:
    """What dkimpy says, in words for people."""
    from dkim.util import DuplicateTag, InvalidTagSpec  # noqa: PLC0415

    said = " ".join(_DKIMPY_BYTES.sub(r"\1", str(error)).split())
    cause = error.args[0] if error.args else None
    if isinstance(cause, DuplicateTag):
        return f"has the tag {said[:20]}= twice"
    if isinstance(cause, InvalidTagSpec):
        return f"is not a list of tags: {said[:100]}"
    if said.startswith("body hash mismatch"):
        return "the body was changed after signing (body hash mismatch)"
    expires = getattr(message, "signature_fields", {}).get(b"x", b"")
    if said.startswith("x= value is past") and expires.isdigit() and len(expires) < 12:
        return f"expired {at(datetime.fromtimestamp(int(expires), UTC))} (x=)"
    return said[:150] or type(error).__name__
