"""Write policies/<stack>/<domain>.yaml for mail domains, from what each serves now.

A domain without MTA-STS gets mode testing and its MX hosts by full name; one that has it keeps mode, max_age and mx as
served, and is told what differs from advice. Its DNS provider is known by its name servers, the zone's id is asked for
where AWS or Cloudflare credentials are there. Never overwrites a file. The result passes `mtasts validate`.

exit codes: 0 all written; 2 for one at least: could not look, or nothing that can be published came of it.
"""

import argparse
import os
from pathlib import Path

from mtasts.cli.options import look as looking
from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook
from mtasts.providers import PROVIDERS
from mtasts.render.escape import terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("domains", metavar="DOMAIN", nargs="+", help="the mail domains")
    parser.add_argument("--stack", metavar="S", default="", help="the stack's folder ($PULUMI_STACK, or the only one)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="the policies folder (default: policies)")
    parser.add_argument("--dns-provider", choices=list(PROVIDERS), help="where the domains' zones are")
    parser.add_argument("--zone", metavar="ID", help="the zone's id at that provider, the same for all")
    parser.add_argument(
        "--rua",
        metavar="URI",
        action="append",
        default=[],
        help="where reports shall go, if none is published; repeatable",
    )
    looking.add_network_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Look, draft, check, write, domain by domain. Raises CannotLook for words that are wrong."""
    # Late: what looks brings DNS, TLS and certificates, 0.3 s, which no `--help` should wait for.
    from mtasts.app.init import InitRequest, init, stack_of
    from mtasts.app.look import mail_domains

    if args.zone and not args.dns_provider:
        raise CannotLook("--zone is an id at a provider, and none is named", "say --dns-provider, too")
    domains = mail_domains(args.domains)
    policies = looking.policies_folder(args.policies)
    request = InitRequest(
        folder=policies / stack_of(policies, args.stack, os.environ),
        network=looking.network_of(args),
        environ=looking.environment_of(args),
        limits=looking.limits_of(args),
        dns_provider=args.dns_provider or "",
        zone=args.zone or "",
        rua=args.rua,
    )
    code = 0
    for domain in domains:
        try:
            written = init(domain, request)
        except CannotLook as error:
            talk(f"mtasts: {terminal(error.message)}")
            talk(f"  hint: {terminal(error.hint)}")
            code = 2
            continue
        document(str(written.path))
        for remark in written.draft.remarks:
            say(f"  {terminal(remark)}")
        talk(f"next: read it, then `mtasts validate {written.path}` and `mtasts verify {domain}`")
    return code
