"""Take over mail domains that have MTA-STS already, with no moment in which a sender sees anything worse.

Looks at DNS, policy host, certificate and MX hosts as a sender does, and at the accounts as far as there are
credentials; shows who serves what today, what becomes of each record and in which order the policy host moves. Then it
writes policies/<stack>/<domain>.yaml, which says what is taken over, asks, and publishes as `mtasts up` does: what
stands there goes into the engine's state and is not deleted. At the end it looks again, and shows before and after side
by side. Run again after anything that went wrong it goes on; when all is done it has nothing to do.

With --from it finds the domains of a whole estate in what another tool has, looks at all of them, proposes host groups
within the quotas and writes all files that can be; it shows what is odd, and publishes nothing.

exit codes: 0 taken over, or nothing to do; 1: something is in the way, something was not taken over, or a sender sees
something worse than before; 2: could not look.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtasts.cli.options import look as looking
from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook
from mtasts.providers import PROVIDERS
from mtasts_pulumi.verbs import estate
from mtasts_pulumi.verbs.desk import Shape, TerminalDesk, asks

if TYPE_CHECKING:
    from mtasts.app.adopt.plan import Adoption
    from mtasts_pulumi.engine.first_look import FirstLook
    from mtasts_pulumi.engine.outcome import Outcome
    from mtasts_pulumi.publish.adopt import Adopted, Planned
    from mtasts_pulumi.publish.request import PublishRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options, named as those of `init` and `up` are."""
    parser.add_argument("domains", metavar="DOMAIN", nargs="*", help="the mail domains")
    parser.add_argument("-s", "--stack", help="a folder under policies/ ($PULUMI_STACK); there is no default")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--dry-run", action="store_true", help="look and plan; write and change nothing")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--create", action="store_true", help="make the stack in the state backend if it is not there")
    parser.add_argument("--json", action="store_true", help="the result as JSON (docs/reference/adopt-json.md)")
    parser.add_argument("--dns-provider", choices=list(PROVIDERS), help="where the domains' zones are")
    parser.add_argument("--zone", metavar="ID", help="the zone's id at that provider, the same for all")
    estate.add_arguments(parser)
    looking.add_network_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Look, plan, show; write, ask, publish, look again."""
    # Late: what looks and what publishes cost half a second, of no use to `--help`.
    from mtasts.app.look import mail_domains
    from mtasts_pulumi.publish.adopt import AdoptOptions, carry_out_adoption, plan_adoption

    if args.zone and not args.dns_provider:
        raise CannotLook("--zone is an id at a provider, and none is named", "say --dns-provider, too")
    if estate.asked(args):
        return estate.run(args)
    if not args.domains:
        raise CannotLook("no mail domain is named", "say which, or where they are listed: --from KIND PATH")
    domains = mail_domains(args.domains)
    request = _request(args)
    options = AdoptOptions(looking.network_of(args), looking.limits_of(args), args.dns_provider or "", args.zone or "")
    planned = plan_adoption(domains, request, options)
    _show_plans(planned, text=not args.json)
    code = _judged(planned)
    if code or args.dry_run or not planned.due:
        return _end(planned, None, "in the way" if code else "planned" if planned.due else "nothing to do", code, args)
    desk = _AdoptDesk(Shape("" if args.json else "text", args.debug, place=request.place))
    adopted = carry_out_adoption(planned, request, desk)
    return _told(planned, adopted, request, args)


def _request(args: argparse.Namespace) -> "PublishRequest":
    from mtasts.cli.next_command import place
    from mtasts_pulumi.publish.request import PublishRequest

    return PublishRequest(
        operation="up",
        environ=dict(os.environ),
        project=args.project,
        stack=args.stack,
        policies=args.policies,
        sandbox=args.sandbox,
        asking=not args.dry_run and asks("adopt", yes=args.yes, sandbox=args.sandbox),
        create=args.create,
        place=tuple(place(args)),
    )


@dataclass(frozen=True)
class _AdoptDesk(TerminalDesk):
    """Asks under the name of this verb."""

    def planned(self, plan: "Outcome", look: "FirstLook") -> None:
        """What is in mode enforce was so before: nobody has to be told that it goes there."""
        del plan
        for line in look.notes:
            self.note(line)

    def agrees(self, operation: str, stack: str, plan: "Outcome | None" = None) -> bool:
        """Nothing is asked where nothing would change."""
        del operation
        return (plan is not None and not plan.changed and not plan.problems) or super().agrees("adopt", stack, plan)


def _show_plans(planned: "Planned", *, text: bool) -> None:
    from mtasts.render.adoption.text import plan_lines

    for each in planned.adoptions if text else ():
        if each in planned.due:
            for line in plan_lines(each.plan, each.seen, _where(planned, each)):
                say(line)
        else:
            say(f"{each.domain}: nothing to do: stack {planned.stack.short} publishes it")


def _where(planned: "Planned", each: "Adoption") -> str:
    from mtasts.app.adopt.plan import Come

    title = PROVIDERS[each.seen.provider].title if each.seen.provider else "a DNS provider that is not known"
    fate = "is there" if each.come is not Come.NEW else "is to be written" if each.text else "is not written"
    file = f"{each.path} {fate}"
    return f"into stack {planned.stack.short}, zone {each.seen.zone or 'not known'} at {title}; {file}"


def _judged(planned: "Planned") -> int:
    """The exit code for what is in the way, and the line that says so; 0 for nothing."""
    hindered = planned.hindered
    if not hindered:
        return 0
    found = [obstacle for each in hindered for obstacle in each.plan.obstacles]
    count = len(planned.due)
    talk(
        f"mtasts: {len(hindered)} of {count} domain{'' if count == 1 else 's'} cannot be taken over as it is;"
        " nothing was written or touched"
    )
    for each in hindered:
        for obstacle in each.plan.obstacles:
            talk(f"mtasts: {obstacle.text}")
            talk(f"  hint: {obstacle.remedy}")
    return 2 if all(obstacle.unknown for obstacle in found) else 1


def _told(planned: "Planned", adopted: "Adopted", request: "PublishRequest", args: argparse.Namespace) -> int:
    """Tell what was done, and what a sender sees now; the exit code."""
    from mtasts.render.adoption.text import compared_lines
    from mtasts_pulumi.verbs.publication import tell

    code = tell(adopted.result, request, Shape("" if args.json else "text", args.debug, place=request.place))
    worse = [line for each in adopted.after for line in each.worse]
    for each in adopted.after if not args.json else ():
        for line in compared_lines(each):
            say(line)
    for line in worse:
        talk(f"mtasts: worse than before: {line}")
    for line in _old_hosts(planned, adopted):
        talk(f"next: {line}")
    code = code or (1 if worse else 0)
    word = "not all taken over" if code else "taken over" if adopted.after else "nothing to do"
    return _end(planned, adopted, word, code, args)


def _old_hosts(planned: "Planned", adopted: "Adopted") -> Iterator[str]:
    """What becomes of the old policy hosts whose names have moved; an alias's old distribution is told by its move."""
    from mtasts.adoption.plan import old_host_line

    surveys = {each.domain: each.seen for each in planned.due}
    for each in adopted.after:
        seen = surveys[each.domain]
        if each.moved and not seen.accounts.holders and (line := old_host_line(seen, datetime.now(UTC))):
            yield line


def _end(planned: "Planned", adopted: "Adopted | None", word: str, code: int, args: argparse.Namespace) -> int:
    """Print the document where it is asked for; the exit code."""
    if args.json:
        from mtasts.render.adoption.document import document as whole
        from mtasts.render.adoption.document import domain_value
        from mtasts.render.runner import dumps

        after = {each.domain: each for each in adopted.after} if adopted else {}
        domains = [
            domain_value(
                each.plan,
                each.seen,
                each.come.value,
                {"path": str(each.path), "text": each.text},
                after.get(each.domain),
            )
            for each in planned.adoptions
        ]
        document(dumps(whole(planned.stack.short, word.replace(" ", "-"), domains, _run_of(adopted)), indent=2))
    return code


def _run_of(adopted: "Adopted | None") -> dict[str, Any] | None:
    from mtasts.render.run.document import values
    from mtasts_pulumi.publish.result import Done

    return values(adopted.result.outcome.as_run()) if adopted and isinstance(adopted.result, Done) else None
