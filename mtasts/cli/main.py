"""`mtasts`: finds the verb's module, runs it, and turns what went wrong into one line and an exit code.

Exit codes everywhere: 0 as asked; 1 looked, and it is not as it should be; 2 could not look.
"""

import argparse
import errno
import importlib
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from mtasts.cli.screen import talk
from mtasts.errors import CannotLook, NotValid

# verb -> (module, one line of help). A module has `add_arguments(parser)` and `run(args) -> int` and is imported
# only for its own verb, so that `mtasts --help` costs no more than argparse.
VERBS = {
    "validate": ("mtasts.cli.verbs.validate", "check policies/*.yaml, offline"),
    "lint": ("mtasts.cli.verbs.lint", "judge a TXT record or a policy file from anywhere"),
    "preview": ("mtasts_pulumi.verbs.preview", "show what `up` would change"),
    "up": ("mtasts_pulumi.verbs.up", "publish: policy host, policy file, then the TXT records"),
    "state": ("mtasts_pulumi.verbs.state", "put a damaged state right, or take away a lock"),
    "destroy": ("mtasts_pulumi.verbs.destroy", "take a stack down; refused for domains not retired"),
    "verify": ("mtasts.cli.verbs.verify", "look at a mail domain exactly as a sender does"),
    "probe": ("mtasts.cli.verbs.probe", "probe MX hosts only, into a dated evidence file"),
    "init": ("mtasts.cli.verbs.init", "write a domain's YAML from what it serves now"),
    "ready": ("mtasts.cli.verbs.ready", "is a domain ready for enforce? reports, ledger and a look, judged"),
    "reports": ("mtasts.cli.verbs.reports", "TLS-RPT reports: import, summary, html, metrics, explain, serve"),
    "promote": ("mtasts.cli.verbs.promote", "edit the YAML: testing -> enforce, then up the max_age ladder"),
    "bot": ("mtasts.cli.verbs.bot", "each domain's next step as a pull request: settle, propose"),
    "rollback": ("mtasts.cli.verbs.rollback", "edit the YAML: out of enforce, at once"),
    "mx": ("mtasts.cli.verbs.mx", "MX hosts come and go: the dated plan, and the next edit"),
    "retire": ("mtasts.cli.verbs.retire", "out of MTA-STS for good: mode none, wait, remove"),
    "ledger": ("mtasts.cli.verbs.ledger", "what was published when, and until when senders hold it"),
    "diff": ("mtasts.cli.verbs.diff", "what a proposed change means for mail, from git alone"),
    "gate": ("mtasts.cli.verbs.gate", "may a proposed change be merged? judged by the base branch"),
    "comment": ("mtasts.cli.verbs.comment", "say on the pull request what diff, gate and preview found"),
    "notify": ("mtasts.cli.verbs.notify", "tell a channel which verdicts have changed"),
    "sandbox": ("mtasts_sandbox.verbs.sandbox", "the embedded cloud on loopback: up, down, status, env, reset"),
    "engine": ("mtasts_pulumi.verbs.engine", "find the Pulumi engine, or obtain it"),
    "demo": ("mtasts_sandbox.verbs.demo", "publish two example domains in the sandbox and flip one"),
    "completion": ("mtasts.cli.verbs.completion", "a script that completes all this in bash, zsh or fish"),
}


_READER_LEFT = 141  # as shells count: 128 + SIGPIPE. Not 0: what was found did not come out, and it may have been bad


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (`sys.argv` by default) and return its exit code."""
    _open_what_is_closed()
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
        from mtasts.cli.stacks import tell_problems

        tell_problems(error.problems)
        return 1
    except BrokenPipeError:
        # The reader of our output left (`| head`); the interpreter must not complain while it flushes at exit.
        _give_up_on_stdout()
        return _READER_LEFT
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses it twice wants the same, and no traceback
        if "mtasts.cli.bar" in sys.modules:
            sys.modules["mtasts.cli.bar"].take_down()
        talk("mtasts: interrupted")
        return 130
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            _give_up_on_stdout()
            return _cannot(CannotLook(f"cannot write: {error.strerror}", "make room, then run it again"))
        if isinstance(error, ModuleNotFoundError):
            from mtasts.extras import lacking

            missing = lacking(error)
            if missing:
                return _cannot(missing)
        from mtasts.render.escape import terminal

        talk(f"mtasts: internal error: {type(error).__name__}: {terminal(str(error))}")
        talk("  hint: please report it with the output of the same command and --debug")
        return 2


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def _open_what_is_closed() -> None:
    """Stand in for a standard stream that the shell closed (`<&-`, `>&-`).

    Else the next file or socket would get its number, and print() would put on stdout what is meant for stderr.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest number that is free, which is the closed one's.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _give_up_on_stdout() -> None:
    """What is left to write goes nowhere, so that the interpreter does not complain while it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _cannot(error: CannotLook) -> int:
    from mtasts.render.escape import terminal

    # Both may hold what a server said, which must not begin a line of its own either.
    talk(f"mtasts: {terminal(error.message)}")
    if error.hint:
        talk(f"  hint: {terminal(error.hint)}")
    return 2


def _run(words: list[str]) -> int:
    if words and words[0] == "help":
        words = [*(word for word in words[1:] if word != "help"), "--help"]
    verb = words[0] if words else ""
    if verb in VERBS:
        code = int(importlib.import_module(VERBS[verb][0]).run(parser_of(verb).parse_args(words[1:])))
        sys.stdout.flush()  # what cannot be written is said here; at exit the interpreter would complain in its way
        return code
    _overview().parse_args(words or ["--help"])
    return 0


class _Help(argparse.RawDescriptionHelpFormatter):
    """Fills paragraphs, keeps lines that are set in, and breaks at blanks only: a name never at its hyphens."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        from mtasts.render.fold import folded

        return folded(" ".join(text.split()), width, 0)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        from mtasts.render.fold import folded

        lines = re.sub(r"(?<=\S)\n(?=\S)", " ", text.strip("\n")).split("\n")
        return "\n".join(line if line[:1] == " " else "\n".join(folded(line, width, 0)) for line in lines)


class Parser(argparse.ArgumentParser):
    """Answers a word that is none of its choices with the one that was meant."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": _Help, **settings})

    def _print_message(self, message: str, file: Any = None) -> None:
        from mtasts.cli.screen import width
        from mtasts.render.fold import folded

        # An error is one long line for argparse.
        columns = width(sys.stdout if file is sys.stdout else sys.stderr)
        super()._print_message(
            "\n".join(piece for line in message.split("\n") for piece in folded(line, columns)), file
        )

    def error(self, message: str) -> NoReturn:
        """End with 2, usage and message on stderr."""
        from mtasts.render.escape import terminal

        super().error(terminal(message + self._meant(message)))

    def _meant(self, message: str) -> str:
        from difflib import get_close_matches

        if found := _CHOICE.search(message):
            known = re.findall(r"[\w-]+", found[2])
        elif found := _OPTION.search(message):
            known = [*self._options()]
        else:
            return ""
        near = get_close_matches(found[1], known, n=1, cutoff=0.6)
        return f"; did you mean {near[0]}?" if near else ""

    def _options(self) -> Iterator[str]:
        """The options of this parser and those below it: what one of those does not know is reported by this one."""
        yield from (name for name in self._option_string_actions if name.startswith("--"))
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                for parser in action.choices.values():
                    yield from parser._options()


# How argparse words it: (choose from 'a', 'b'), since Python 3.12 (choose from a, b).
_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")
_OPTION = re.compile(r"unrecognized arguments:.*? (--[^\s=]+)")


def parser_of(verb: str) -> Parser:
    """The parser of one verb."""
    module = importlib.import_module(VERBS[verb][0])
    parser = Parser(prog=f"mtasts {verb}", description=module.__doc__)
    module.add_arguments(parser)
    return parser


def _overview() -> argparse.ArgumentParser:
    width = max(map(len, VERBS))
    listing = "\n".join(f"  {verb:<{width}}  {line}" for verb, (_, line) in VERBS.items())
    parser = Parser(
        prog="mtasts",
        description="MTA-STS and TLS-RPT as code: publish in the safe order, and know when it is safe to enforce.",
        epilog=f"verbs:\n{listing}\n\n`mtasts help VERB` explains one. --debug, with any, shows the traceback.",
    )
    parser.add_argument("--version", action="version", version=_version())
    parser.add_argument("verb", choices=list(VERBS), metavar="VERB")
    return parser


def _version() -> str:
    return "mtasts 0.1.0"
