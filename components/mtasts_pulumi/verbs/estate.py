"""The part of `adopt` that takes a whole estate: reads sources, shows what is odd, and writes the files."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtasts.cli.options import look as looking
from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.app.adopt.estate import Estate, EstateRequest, SourceKind

_KINDS = ("zone", "octodns", "terraform")
_UNREAD_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that name sources."""
    many = parser.add_argument_group("many domains, from what another tool has")
    many.add_argument(
        "--from",
        dest="sources",
        metavar=("KIND", "PATH"),
        nargs=2,
        action="append",
        default=[],
        help="find the domains in zone files (zone), an octoDNS folder (octodns), or a Terraform or OpenTofu state"
        " (terraform), and write the files of those named, or of all; publishes nothing; repeatable",
    )
    many.add_argument("--from-zone", metavar="FILE", action="append", default=[], help="the same as --from zone FILE")
    many.add_argument("--offline", action="store_true", help="only what the source says: no look, and no file written")


def asked(args: argparse.Namespace) -> bool:
    """Whether sources are named. Raises CannotLook for options that only sources have."""
    if args.offline and not (args.sources or args.from_zone):
        raise CannotLook("--offline is for sources, and none is named", "say --from KIND PATH")
    return bool(args.sources or args.from_zone)


def run(args: argparse.Namespace) -> int:
    """Read, look, show, write."""
    from mtasts.app.adopt.estate import survey_estate, write_estate

    estate = survey_estate(_request(args))
    written: list[Path] = []
    if estate.files and not args.dry_run:
        written = write_estate(estate)
    _tell(estate, args)
    for path in written:
        talk(f"mtasts: written: {path}")
    _next(estate, written, args)
    return 1 if estate.hindered or estate.problems or estate.unread else 0


def _request(args: argparse.Namespace) -> "EstateRequest":
    from mtasts.app.adopt.estate import EstateRequest
    from mtasts.app.adopt.request import AdoptRequest
    from mtasts.app.look import mail_domains
    from mtasts.app.quotas import limits, nearest_project
    from mtasts.policy.quotas import DEFAULT_LIMITS

    stack = args.stack or os.environ.get("PULUMI_STACK", "")
    if not stack or "/" in stack:
        raise CannotLook("which stack the files are for is not said", "say --stack S, a folder under policies/")
    policies = looking.policies_folder(args.policies)
    project = nearest_project(*filter(None, (args.project, policies)))
    adopt = AdoptRequest(
        policies=policies,
        stack=stack,
        network=looking.network_of(args),
        environ=looking.environment_of(args),
        limits=looking.limits_of(args),
        dns_provider=args.dns_provider or "",
        zone=args.zone or "",
    )
    return EstateRequest(
        adopt=adopt,
        sources=tuple(_sources(args)),
        only=frozenset(mail_domains(args.domains)) if args.domains else frozenset(),
        limits=limits(project, stack)
        if project and (project.root / f"Pulumi.{stack}.yaml").exists()
        else DEFAULT_LIMITS,
        offline=args.offline,
    )


def _sources(args: argparse.Namespace) -> "list[tuple[SourceKind, Path]]":
    from mtasts.app.adopt.estate import SourceKind

    named = [*args.sources, *(("zone", file) for file in args.from_zone)]
    for kind, _ in named:
        if kind not in _KINDS:
            raise CannotLook(f"--from {kind}: is none of {', '.join(_KINDS)}", "say what it is, then its path")
    return [(SourceKind(kind), Path(path)) for kind, path in named]


def _tell(estate: "Estate", args: argparse.Namespace) -> None:
    """The result on stdout, and what was not read, or is in the way, on stderr."""
    for one in estate.unread[:_UNREAD_SHOWN]:
        talk(f"mtasts: not read: {one.place}: {one.why}")
    if len(estate.unread) > _UNREAD_SHOWN:
        talk(f"mtasts: and {len(estate.unread) - _UNREAD_SHOWN} more that were not read (--json has all)")
    for each in estate.hindered:
        for obstacle in each.plan.obstacles:
            talk(f"mtasts: no file: {obstacle.text}")
            talk(f"  hint: {obstacle.remedy}")
    for problem in estate.problems:
        talk(f"mtasts: nothing written: {problem}")
    if args.json:
        _print_document(estate)
        return
    _print_text(estate, args)


def _print_text(estate: "Estate", args: argparse.Namespace) -> None:
    from mtasts.render.adoption.estate import group_lines, odd_lines, release_lines
    from mtasts.words.counted import number

    count, filed = number(len(estate.domains), "domain"), len(estate.filed)
    more = f"; {len(estate.without)} names take mail and have none (mtasts init)" if estate.without else ""
    say(f"{count} with MTA-STS or TLS-RPT, {filed} of them with a file{more}")
    if args.offline:
        say("as the source says: nobody looked at what senders see, so that modes, max_age and MX hosts are not judged")
    lines = [*odd_lines(estate.odd), *group_lines(estate.groups)]
    for tool, release in estate.releases:
        lines += release_lines(tool, release)
    for line in lines:
        say(line)


def _next(estate: "Estate", written: list[Path], args: argparse.Namespace) -> None:
    if args.dry_run and estate.files:
        talk(f"mtasts: {len(estate.files)} files would be written")
    if written:
        talk("next: read them, `mtasts validate`, then `mtasts adopt DOMAIN...` for the domains of a group at a time")


def _print_document(estate: "Estate") -> None:
    from mtasts.render.adoption.estate import found_value, oddity_values, release_value
    from mtasts.render.runner import dumps
    from mtasts.verify.plain import plain

    drafts = {each.domain: each.path for each in estate.adoptions}

    def value(domain: str) -> Path | None:
        return estate.filed.get(domain) or drafts.get(domain)

    whole: dict[str, Any] = {
        "schema": "mtasts-estate",
        "version": 1,
        "domains": [
            found_value(
                one,
                estate.groups.get(one.domain),
                value(one.domain),
                estate.files.get(drafts[one.domain], "") if one.domain in drafts else "",
            )
            for one in estate.domains
        ],
        "odd": oddity_values(estate.odd),
        "obstacles": {each.domain: plain(each.plan.obstacles) for each in estate.hindered},
        "problems": [str(problem) for problem in estate.problems],
        "unread": plain(estate.unread),
        "without": list(estate.without),
        "defaults": next((text for path, text in estate.files.items() if path.name.startswith("_")), ""),
        "releases": [release_value(tool, release) for tool, release in estate.releases],
    }
    document(dumps(whole, indent=2))
