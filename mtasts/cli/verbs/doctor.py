"""Look at what a project is set up with, and say what is missing, what is wrong and what is too wide.

Each line that is open has the one next step. It changes nothing and sends no mail: it asks mail servers whether they
take mail for the reporting addresses, up to RCPT.

exit codes: 0 all is there; 1 something is open, or could not be looked at; 2 could not look at all.
"""

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path

from mtasts.cli.next_command import place
from mtasts.cli.options import look as looking
from mtasts.cli.screen import document, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project, one of its stacks, and the network."""
    parser.add_argument("-s", "--stack", help="look only at this stack")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--role", metavar="ARN", type=_role, help="whose rights at AWS are asked for, not yours")
    parser.add_argument("--json", action="store_true", help="as a JSON object (docs/reference/doctor.md)")
    looking.add_network_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Look and print. Raises CannotLook."""
    from mtasts.app.doctor import examine, read_set_up
    from mtasts.render.doctor import all_well, as_json, as_text

    environ = looking.environment_of(args)
    if args.policies is not None:
        environ["MTASTS_POLICIES"] = str(args.policies)
    setup = read_set_up(
        (args.project or Path()).absolute(),
        args.stack,
        environ,
        datetime.now(UTC),
        looking.network_of(args),
        tuple(place(args)),
        args.role or "",
    )
    found = list(examine(setup, debug=args.debug))
    if args.json:
        document(as_json(found))
    else:
        say(as_text(found), hang=10)
    return 0 if all_well(found) else 1


def _role(text: str) -> str:
    if not re.fullmatch(r"arn:[a-z-]{3,20}:iam::[0-9]{12}:(?:role|user)/[\w+=,.@/-]{1,600}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r:.80} is not the ARN of a role, arn:aws:iam::111122223333:role/NAME")
    return text
