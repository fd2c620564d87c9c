"""The embedded cloud on loopback: no account, no root, the same program.

  mtasts sandbox up          start it (again with what it held), with a zone for each dns.zone of the policies
  eval "$(mtasts sandbox env)"    then plain `pulumi up`, boto3 and our own verbs use it
  eval "$(mtasts sandbox env --unset)"    the shell uses it no more; keys of its own that it replaced stay lost
  mtasts sandbox fault stale-edge 5    make it misbehave; `fault list` shows how it can, `fault clear` ends it
  mtasts sandbox events --since 12     what became visible to clients, and when
  mtasts sandbox down        stop it and leave nothing running

Exit codes: 0 as asked; 1 `status`: it does not run; 2 it could not be done.
"""

from mtasts.cli.dispatch import Verb

VERBS = {
    "up": Verb("mtasts_sandbox.verbs.sandbox.up", "start the sandbox, or find it running"),
    "down": Verb("mtasts_sandbox.verbs.sandbox.down", "stop it"),
    "status": Verb("mtasts_sandbox.verbs.sandbox.status", "what runs where, and what it holds"),
    "env": Verb("mtasts_sandbox.verbs.sandbox.env", "the environment that makes engine and clients use it, for eval"),
    "reset": Verb("mtasts_sandbox.verbs.sandbox.reset", "forget what it holds, and the engine's state of it"),
    "events": Verb("mtasts_sandbox.verbs.sandbox.events", "what became visible to clients, and when"),
    "zone": Verb(
        "mtasts_sandbox.verbs.sandbox.zone",
        "DNS zones: zone add NAME PROVIDER ZONEID; zone delegate NAME ZONEID; zone list",
    ),
    "record": Verb("mtasts_sandbox.verbs.sandbox.record", "put records into a zone by hand; no VALUE deletes them"),
    "mail": Verb(
        "mtasts_sandbox.verbs.sandbox.mail", "mail servers with STARTTLS: mail add HOST; mail remove HOST; mail list"
    ),
    "web": Verb(
        "mtasts_sandbox.verbs.sandbox.web",
        "web servers of others: web add NAME --policy FILE --host HOST; web remove NAME; web list",
    ),
    "worker": Verb(
        "mtasts_sandbox.verbs.sandbox.worker",
        "Cloudflare Workers: worker add NAME --policy FILE --route PATTERN; worker remove NAME; worker list",
    ),
    "distribution": Verb(
        "mtasts_sandbox.verbs.sandbox.distribution",
        "CloudFront beside the engine: distribution add ALIAS --policy FILE; disable ID; enable ID; list",
    ),
    "fault": Verb("mtasts_sandbox.verbs.sandbox.fault", "fault NAME [VALUE]; fault list; fault clear [NAME]"),
}
