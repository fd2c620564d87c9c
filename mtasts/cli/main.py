"""`mtasts`: runs one verb, and turns what went wrong into one line and an exit code.

Exit codes everywhere: 0 as asked; 1 looked, and it is not as it should be; 2 could not look.
"""

import errno
import os
import signal
import sys
from collections.abc import Sequence

from mtasts.cli import dispatch
from mtasts.cli.parser import Parser
from mtasts.cli.screen import talk
from mtasts.errors import CannotLook, NotValid
from mtasts.render.escape import terminal
from mtasts.version import version

_READER_LEFT = 141  # as shells count: 128 + SIGPIPE. Not 0: what was found did not come out, and it may have been bad


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (`sys.argv` by default) and return its exit code."""
    _open_what_is_closed()
    words = list(sys.argv[1:] if argv is None else argv)
    # What stands behind `--` is a text to judge, not an option.
    options = words[: words.index("--")] if "--" in words else words
    debug = "--debug" in options
    try:
        return _run([word for word in options if word != "--debug"] + words[len(options) :], debug)
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
    # Both may hold what a server said, which must not begin a line of its own either.
    talk(f"mtasts: {terminal(error.message)}")
    if error.hint:
        talk(f"  hint: {terminal(error.hint)}")
    return 2


def _run(words: list[str], debug: bool) -> int:
    if words and words[0] == "help":
        words = [*(word for word in words[1:] if word != "help"), "--help"]
    if words and (words[0] in dispatch.VERBS or words[0] in dispatch.installed()):
        code = dispatch.run(words, debug=debug)
        sys.stdout.flush()  # what cannot be written is said here; at exit the interpreter would complain in its way
        return code
    _overview().parse_args(words or ["--help"])
    return 0


def _overview() -> Parser:
    verbs = dispatch.installed()
    width = max(map(len, verbs))
    listing = "\n".join(f"  {name:<{width}}  {terminal(verb.line)}" for name, verb in verbs.items())
    parser = Parser(
        prog="mtasts",
        description="MTA-STS and TLS-RPT as code: publish in the safe order, and know when it is safe to enforce.",
        epilog=f"verbs:\n{listing}\n\n`mtasts help VERB` explains one. --debug, with any, shows the traceback.",
    )
    parser.add_argument("--version", action="version", version=f"mtasts {version()}")
    parser.add_argument("verb", choices=list(verbs), metavar="VERB")
    return parser
