"""Signatures of evidence files: Ed25519 (RFC 8032) over their values, and the text form of public keys. Pure.

What is signed is CONTEXT and then the document without `signature`, as JSON with sorted keys, no spaces and ASCII only.
The reader makes these bytes from the values that it goes on with, so nothing is used that was not signed.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

# Before every message, so that the key signs nothing that could be taken for another thing.
CONTEXT = b"mtasts probe evidence 2\n"
_KIND = "ed25519:"


class BadKey(ValueError):  # noqa: N818 - what it is about
    """Not a key of the kind that signs evidence; the message says why."""


def new_key() -> tuple[bytes, str]:
    """A private key as PEM (PKCS #8, no passphrase), and its public key in text."""
    private = Ed25519PrivateKey.generate()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), _public_text(private)


def read_private_key(pem: str) -> Ed25519PrivateKey:
    """Raises BadKey."""
    try:
        private = load_pem_private_key(pem.encode("utf-8"), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("is not a private key in PEM without a passphrase") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise BadKey("is a private key of another kind than Ed25519")
    return private


def read_public_keys(text: str) -> frozenset[str]:
    """The public keys in a text, which whitespace or commas part, each as `ed25519:BASE64`. Raises BadKey."""
    keys = [word for word in re.split(r"[\s,]+", text) if word]
    for key in keys:
        if not key.startswith(_KIND) or len(_bytes(key.removeprefix(_KIND))) != 32:
            raise BadKey(f"{key!r:.80} is not a public key: {_KIND} and 32 bytes in Base64")
    return frozenset(keys)


def signature_of(document: Mapping[str, Any], private: Ed25519PrivateKey) -> dict[str, str]:
    """What belongs under `signature` in the document."""
    value = private.sign(_signed_bytes(document))
    return {"key": _public_text(private), "value": base64.b64encode(value).decode("ascii")}


def signed_by(document: Mapping[str, Any], keys: frozenset[str]) -> bool:
    """The document bears a valid signature of one of these keys. Raises ValueError or RecursionError for odd values."""
    key, value = signature_parts(document)
    if key not in keys:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(key.removeprefix(_KIND))).verify(
            _bytes(value), _signed_bytes(document)
        )
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def signature_parts(document: Mapping[str, Any]) -> tuple[str, str]:
    """The key that the document names and the signature, both as text; empty where there is none."""
    signature = document.get("signature")
    if not isinstance(signature, dict):
        return "", ""
    key, value = signature.get("key"), signature.get("value")
    return (key, value) if isinstance(key, str) and isinstance(value, str) else ("", "")


def _signed_bytes(document: Mapping[str, Any]) -> bytes:
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    text = json.dumps(unsigned, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return CONTEXT + text.encode("ascii")


def _public_text(private: Ed25519PrivateKey) -> str:
    return _KIND + base64.b64encode(private.public_key().public_bytes_raw()).decode("ascii")


def _bytes(text: str) -> bytes:
    """Of Base64; empty for anything else."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
