"""How Cloudflare's API is asked: its address, and the token that opens it."""

import urllib.request
from collections.abc import Mapping

_API = "https://api.cloudflare.com/client/v4"


def api_request(path: str, environ: Mapping[str, str]) -> urllib.request.Request | None:
    """A GET of `path` (which begins with a slash); None without a token, and where it would go in clear text.

    $CLOUDFLARE_BASE_URL names another API: the sandbox's, on loopback.
    """
    token, base = environ.get("CLOUDFLARE_API_TOKEN", ""), environ.get("CLOUDFLARE_BASE_URL") or _API
    if not token or not base.startswith(("https://", "http://127.0.0.1:")):
        return None
    url = f"{base.rstrip('/')}{path}"
    return urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - the scheme is checked
