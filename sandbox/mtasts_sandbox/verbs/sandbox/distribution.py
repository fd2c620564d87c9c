"""CloudFront distributions beside the engine: distribution add ALIAS --policy FILE; disable ID; enable ID; list."""

import argparse
from pathlib import Path

from mtasts.cli.screen import document
from mtasts_sandbox.verbs.sandbox.common import add_dir_argument, not_understood, policy_of, running_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox distribution`."""
    add_dir_argument(parser)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="the policy that it serves, byte for byte")
    parser.add_argument(
        "--account", choices=("own", "other"), default="own", help="whose it is; one of another account is not told of"
    )
    parser.add_argument(
        "--record", choices=("alias", "cname"), default="", help="publish where ALIAS is, by such a record"
    )


def run(args: argparse.Namespace) -> int:
    """Make one, switch one, or list them."""
    sandbox = running_of(args)
    match args.words:
        case [] | ["list"]:
            for each in sandbox.status()["distributions"]:
                state = "enabled" if each["enabled"] else "disabled"
                document(" ".join([each["id"], each["domain"], each["account"], state, *each["aliases"]]))
        case ["add", alias]:
            stranger = args.account == "other"
            made = sandbox.add_distribution(alias, policy_of(args.policy), stranger=stranger, record=args.record)
            document(" ".join(made))
        case [("disable" | "enable") as verb, id_]:
            sandbox.switch_distribution(id_, enabled=verb == "enable")
        case words:
            usage = "distribution add ALIAS --policy FILE, distribution disable ID, enable ID, or distribution list"
            raise not_understood("distribution", words, usage)
    return 0
