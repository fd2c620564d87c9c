"""`mtasts`: finds the verb's module, runs it, and turns what went wrong into one line and an exit code.

Exit codes everywhere: 0 as asked; 1 looked, and it is not as it should be; 2 could not look.
"""

import argparse
import importlib
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from mtasts.errors import CannotLook, NotValid

# verb -> (module, one line of help). A module has `add_arguments(parser)` and `run(args) -> int` and is imported
# only for its own verb, so that `mtasts --help` costs no more than argparse.
VERBS = {
    "validate": ("mtasts.cli.validate", "check policies/*.yaml, offline"),
    "lint": ("mtasts.cli.lint", "judge a TXT record or a policy file from anywhere"),
    "preview": ("mtasts.cli.preview", "show what `up` would change"),
    "up": ("mtasts.cli.up", "publish: policy host, policy file, then the TXT records"),
    "destroy": ("mtasts.cli.destroy", "take a stack down; refused for domains not retired"),
    "verify": ("mtasts.cli.verify", "look at a mail domain exactly as a sender does"),
    "probe": ("mtasts.cli.probe", "probe MX hosts only, into a dated evidence file"),
    "init": ("mtasts.cli.init", "write a domain's YAML from what it serves now"),
    "ready": ("mtasts.cli.ready", "is a domain ready for enforce? reports, ledger and a look, judged"),
    "reports": ("mtasts.cli.reports", "TLS-RPT reports: import, summary, html, metrics, explain, serve"),
    "promote": ("mtasts.cli.promote", "edit the YAML: testing -> enforce, then up the max_age ladder"),
    "rollback": ("mtasts.cli.rollback", "edit the YAML: out of enforce, at once"),
    "mx": ("mtasts.cli.mx", "MX hosts come and go: the dated plan, and the next edit"),
    "retire": ("mtasts.cli.retire", "out of MTA-STS for good: mode none, wait, remove"),
    "ledger": ("mtasts.cli.ledger", "what was published when, and until when senders hold it"),
    "diff": ("mtasts.cli.diff", "what a proposed change means for mail, from git alone"),
    "gate": ("mtasts.cli.gate", "may a proposed change be merged? judged by the base branch"),
    "comment": ("mtasts.cli.comment", "say on the pull request what diff, gate and preview found"),
    "notify": ("mtasts.cli.notify", "tell a channel which verdicts have changed"),
    "sandbox": ("mtasts.cli.sandbox", "the embedded cloud on loopback: up, down, status, env, reset"),
    "engine": ("mtasts.cli.engine", "find the Pulumi engine, or obtain it"),
    "demo": ("mtasts.cli.demo", "publish two example domains in the sandbox and flip one"),
    "completion": ("mtasts.cli.completion", "a script that completes all this in bash, zsh or fish"),
}


_READER_LEFT = 141  # as shells count: 128 + SIGPIPE. Not 0: what was found did not come out, and it may have been bad


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (`sys.argv` by default) and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    # What stands behind `--` is a text to judge, not an option.
    options = words[: words.index("--")] if "--" in words else words
    debug = "--debug" in options
    try:
        return _run([word for word in options if word != "--debug"] + words[len(options) :])
    except CannotLook as error:
        if debug:
            raise
        return _cannot(error)
    except NotValid as error:
        from mtasts.cli._stacks import tell_problems

        tell_problems(error.problems)
        return 1
    except BrokenPipeError:
        # The reader of our output left (`| head`); the interpreter must not complain while it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_LEFT
    except KeyboardInterrupt:
        print("mtasts: interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        if debug:
            raise
        if isinstance(error, ModuleNotFoundError):
            from mtasts.extras import lacking

            missing = lacking(error)
            if missing:
                return _cannot(missing)
        from mtasts.render.escape import terminal

        print(f"mtasts: internal error: {type(error).__name__}: {terminal(str(error))}", file=sys.stderr)
        print("  hint: please report it with the output of the same command and --debug", file=sys.stderr)
        return 2


def _cannot(error: CannotLook) -> int:
    from mtasts.render.escape import terminal

    # Both may hold what a server said.
    print(f"mtasts: {terminal(error.message)}", file=sys.stderr)
    if error.hint:
        print(f"  hint: {terminal(error.hint)}", file=sys.stderr)
    return 2


def _run(words: list[str]) -> int:
    if words and words[0] == "help":
        words = [*words[1:], "--help"]
    verb = words[0] if words else ""
    if verb in VERBS:
        return int(importlib.import_module(VERBS[verb][0]).run(parser_of(verb).parse_args(words[1:])))
    _overview().parse_args(words or ["--help"])
    return 0


class Parser(argparse.ArgumentParser):
    """Answers a word that is none of its choices with the one that was meant."""

    def error(self, message: str) -> NoReturn:
        """End with 2, usage and message on stderr."""
        from mtasts.render.escape import terminal

        if found := _CHOICE.search(message):
            from difflib import get_close_matches

            near = get_close_matches(found[1], re.findall(r"[\w-]+", found[2]), n=1, cutoff=0.6)
            message += f"; did you mean {near[0]}?" if near else ""
        super().error(terminal(message))


# How argparse words it: (choose from 'a', 'b'), since Python 3.12 (choose from a, b).
_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")


def parser_of(verb: str) -> Parser:
    """The parser of one verb."""
    module = importlib.import_module(VERBS[verb][0])
    parser = Parser(
        prog=f"mtasts {verb}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    return parser


def _overview() -> argparse.ArgumentParser:
    width = max(map(len, VERBS))
    listing = "\n".join(f"  {verb:<{width}}  {line}" for verb, (_, line) in VERBS.items())
    parser = Parser(
        prog="mtasts",
        description="MTA-STS and TLS-RPT as code: publish in the safe order, and know when it is safe to enforce.",
        epilog=f"verbs:\n{listing}\n\n`mtasts help VERB` explains one. --debug, with any, shows the traceback.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=_version())
    parser.add_argument("verb", choices=list(VERBS), metavar="VERB")
    return parser


def _version() -> str:
    return "mtasts 0.1.0"
