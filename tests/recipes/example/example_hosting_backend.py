"""What makes the resources of the example."""

import pulumi
from example_hosting import CERTIFICATE, FILE, SITE

from mtasts.policy import published_names as names
from mtasts_pulumi.hosting.backend import Certificate, Host, Origin, Proof


def origin(parent, name, /, *, retired, called):
    shelf = _made(
        "example:web/shelf:Shelf", f"{name}{names.BUCKET}", {"title": "policies"}, parent, protect=not retired
    )
    return Origin(shelf.title, {})


def certificate(parent, name, hosts, hooks, /):
    made = _made(CERTIFICATE, f"{name}{names.CERTIFICATE}", {"names": list(hosts)}, parent, hooks=hooks)
    proofs = {host: Proof(pulumi.Output.from_input(f"_p.{host}."), made.id) for host in hosts}
    return Certificate(made.id, proofs)


def host(parent, name, hosts, origin, certificate, proofs, hooks, /, *, protect):
    inputs = {"names": list(hosts), "address": "site.example.net", "zone": "", "certificate": certificate.id}
    site = _made(
        SITE, f"{name}{names.DISTRIBUTION}", inputs, parent, depends_on=list(proofs), hooks=hooks, protect=protect
    )
    return Host(site.address, site.zone, site.names)


def policy(parent, name, origin, policy, hooks, /):
    inputs = {"shelf": origin.bucket, "text": policy.text, "id": policy.id}
    return _made(FILE, f"{name}{names.POLICY}", inputs, parent, hooks=hooks, retain_on_delete=True)


def _made(kind, name, inputs, parent, **options):
    return pulumi.CustomResource(kind, name, inputs, pulumi.ResourceOptions(parent=parent, **options))
