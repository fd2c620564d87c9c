"""Make it misbehave: fault NAME [VALUE]; fault list; fault clear [NAME]."""

import argparse

from mtasts.cli.screen import say, show
from mtasts.errors import CannotLook
from mtasts.render.table import Rows
from mtasts.words.counted import number
from mtasts_sandbox.client import Sandbox
from mtasts_sandbox.verbs.sandbox.common import add_dir_argument, fault_text, not_understood, running_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox fault`."""
    add_dir_argument(parser)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--on", default="*", metavar="WHERE", help="a host (edge, mail), or a pattern of operations")


def run(args: argparse.Namespace) -> int:
    """Switch one on, list them, or switch them off."""
    sandbox = running_of(args)
    match args.words:
        case [] | ["list"]:
            _list_faults(sandbox)
        case ["clear"]:
            _cleared(sandbox.clear(where=None if args.on == "*" else args.on))
        case ["clear", name]:
            _cleared(sandbox.clear(name, None if args.on == "*" else args.on))
        case ["set", name] | [name]:
            sandbox.fault(name, None, args.on)
        case ["set", name, value] | [name, value]:
            sandbox.fault(name, _number(value), args.on)
        case words:
            raise not_understood("fault", words, "fault NAME [VALUE] [--on WHERE], fault list, or fault clear [NAME]")
    return 0


def _cleared(faults: int) -> None:
    say(f"{number(faults, 'fault')} cleared")


def _list_faults(sandbox: Sandbox) -> None:

    status = sandbox.status()
    kinds = Rows(gap=2)
    for kind in sorted(status["kinds"], key=lambda each: str(each["name"])):
        kinds.add_row(kind["name"], kind["value"], kind["what"])
    show(kinds)
    for fault in status["faults"]:
        say(f"on: {fault_text(fault, status)}")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise CannotLook(f"{text!r} is not a number", "`mtasts sandbox fault list` shows what each takes") from None
