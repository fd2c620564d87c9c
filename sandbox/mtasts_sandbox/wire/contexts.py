"""Server TLS contexts, made once per certificate."""

import os
import ssl
import tempfile
import warnings
from collections import OrderedDict

# A context is some 50 KiB; a fleet's most used ones stay.
_KEPT = 512

# CloudFront's names of the lowest version; what each also says of ciphers is left to OpenSSL's own defaults.
_MINIMUM = {
    "SSLv3": ssl.TLSVersion.TLSv1,
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1_2016": ssl.TLSVersion.TLSv1,
    "TLSv1.1_2016": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2_2018": ssl.TLSVersion.TLSv1_2,
    "TLSv1.2_2019": ssl.TLSVersion.TLSv1_2,
    "TLSv1.2_2021": ssl.TLSVersion.TLSv1_2,
    "TLSv1.2_2025": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3_2025": ssl.TLSVersion.TLSv1_3,
}


def minimum_version(name: str) -> ssl.TLSVersion:
    """The lowest TLS version of a CloudFront security policy; an unknown name is taken for the one we publish with."""
    return _MINIMUM.get(name, ssl.TLSVersion.TLSv1_2)


class Contexts:
    """The contexts in use, the least recently used thrown out."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ssl.TLSVersion, ssl.TLSVersion | None], ssl.SSLContext] = OrderedDict()

    def get(
        self, chain_pem: str, key_pem: str, minimum: ssl.TLSVersion, maximum: ssl.TLSVersion | None = None
    ) -> ssl.SSLContext:
        """The context for this certificate. Raises ssl.SSLError when certificate and key do not fit each other."""
        key = (chain_pem, minimum, maximum)
        context = self._kept.get(key)
        if context is None:
            context = _new(chain_pem, key_pem, minimum, maximum)
            self._kept[key] = context
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return context


def _new(chain_pem: str, key_pem: str, minimum: ssl.TLSVersion, maximum: ssl.TLSVersion | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if minimum < ssl.TLSVersion.TLSv1_2:
        # OpenSSL 3 has TLS 1.0 and 1.1 only at its lowest security level (their SHA-1 signatures).
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        # Python calls the old versions deprecated; to show them is the point.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = minimum
        if maximum is not None:
            context.maximum_version = maximum
    # The ssl module reads certificates from files only; this one is ours alone (0600) and gone at once.
    descriptor, path = tempfile.mkstemp(prefix="mtasts-edge-", suffix=".pem")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key_pem + chain_pem)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)  # noqa: PTH108 - beside mkstemp's path
    return context
