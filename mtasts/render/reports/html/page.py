"""The frame of every page, and the names of the files."""

import base64
import hashlib
import re
from datetime import datetime

from mtasts.render.reports.html.element import Child, Markup, join, tag
from mtasts.render.reports.html.style import STYLE
from mtasts.words.moments import at

# The style sheet by its hash and nothing else: no script, no request, even if something slipped through escaping.
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'none'"

DOMAIN_FOLDER = "domains"

# What a mail domain may look like to be a file's name as it is: no slash, no leading dot, no surprise on any disk.
_PLAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)+", re.ASCII)
_NAME_LIMIT = 200


def file_name(domain: str) -> str:
    """The file of a domain's page. Names come from reports: what is no plain name gets its hash."""
    if len(domain) <= _NAME_LIMIT and _PLAIN.fullmatch(domain):
        return f"{domain}.html"
    return f"x-{hashlib.sha256(domain.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}.html"


def page(title: str, top: Child, body: Child, foot: Child, made: datetime) -> str:
    """A whole document. `made` (UTC) is written in the foot; the same input gives the same bytes."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=Markup(POLICY)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("style", Markup(STYLE)),
    )
    content = tag(
        "body",
        tag("a", "To the content", href="#content", class_="skip"),
        tag("header", top, class_="top"),
        tag("main", body, id="content"),
        tag("footer", foot, tag("p", f"Made {at(made)} by mtasts from the reports in the store.")),
    )
    return "<!doctype html>\n" + join(tag("html", head, content, lang="en")) + "\n"
