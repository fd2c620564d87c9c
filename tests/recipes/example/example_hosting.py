"""A hosting backend of another distribution: what it must say of itself. No Pulumi in it."""

import re

from mtasts.providers.cause import cause
from mtasts.providers.hosting import Hosting
from mtasts.providers.provider import Credentials

SITE = "example:web/site:Site"
CERTIFICATE = "example:web/certificate:Certificate"
FILE = "example:web/file:File"

HOSTING = Hosting(
    key="examplehosting",
    title="Example Web",
    policy_type=FILE,
    host_type=SITE,
    certificate_type=CERTIFICATE,
    nouns={FILE: "policy file", SITE: "site", CERTIFICATE: "certificate"},
    host_names=lambda inputs: tuple(inputs.get("names") or ()),
    certificate_names=lambda inputs: tuple(inputs.get("names") or ()),
    another_text=lambda before, after: False,
    credentials=Credentials("example", (("EXAMPLE_TOKEN",),), frozenset(), "no token", "set EXAMPLE_TOKEN"),
    origin_held="a shelf cannot move",
    backend="example_hosting_backend",
    causes=(cause(r"W-77\b", "the site is full", "make it larger", "Example Web, errors"),),
    told=re.compile(r"(W-\d+): (.*)"),
)
