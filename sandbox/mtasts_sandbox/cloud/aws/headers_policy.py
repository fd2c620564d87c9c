"""The headers that a CloudFront response headers policy sets."""

from collections.abc import Mapping
from typing import Any


def headers_of(policy: Mapping[str, Any]) -> dict[str, str]:
    """The headers that a response headers policy sets, from its inputs."""
    security: dict[str, Any] = policy.get("securityHeadersConfig", {})
    headers = {item["header"]: item["value"] for item in policy.get("customHeadersConfig", {}).get("items", [])}
    if hsts := security.get("strictTransportSecurity"):
        value = f"max-age={int(hsts['accessControlMaxAgeSec'])}"
        value += "; includeSubDomains" if hsts.get("includeSubdomains") else ""
        headers["Strict-Transport-Security"] = value + ("; preload" if hsts.get("preload") else "")
    if "contentTypeOptions" in security:
        headers["X-Content-Type-Options"] = "nosniff"
    if frame := security.get("frameOptions"):
        headers["X-Frame-Options"] = frame["frameOption"]
    if referrer := security.get("referrerPolicy"):
        headers["Referrer-Policy"] = referrer["referrerPolicy"]
    if content := security.get("contentSecurityPolicy"):
        headers["Content-Security-Policy"] = content["contentSecurityPolicy"]
    if xss := security.get("xssProtection"):
        value = "1" if xss["protection"] else "0"
        value += "; mode=block" if xss.get("modeBlock") else ""
        headers["X-XSS-Protection"] = value + (f"; report={xss['reportUri']}" if xss.get("reportUri") else "")
    return headers
