"""The verbs: which there are, how one is found, explained and run.

A verb is a module with `add_arguments(parser)` and `run(args) -> int`; a group of verbs (`reports`) is a module with a
table `VERBS` of its own, of `Verb`s. It is imported only for its own verb, so that `mtasts --help` costs no more than
argparse and the look at what is installed.

Another distribution brings a verb by an entry point of the group `mtasts.verbs`: `NAME = "its.module"`.
"""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import NamedTuple

from mtasts.cli.parser import Parser
from mtasts.errors import CannotLook

GROUP = "mtasts.verbs"


class Verb(NamedTuple):
    """Where a verb is, and its line in the help of what is above it."""

    module: str
    line: str


class Elsewhere(NamedTuple):
    """A verb that a distribution beside this one brings."""

    distribution: str
    line: str


VERBS: dict[str, Verb | Elsewhere] = {
    "new": Verb("mtasts.cli.verbs.new", "make a project of your own: policies, pins, pipelines"),
    "upgrade": Verb(
        "mtasts.cli.verbs.upgrade", "raise a project to another version: its pins, and what a preview says"
    ),
    "setup": Elsewhere("mtasts-pulumi", "what pipelines stand on: buckets, roles, the repository's settings"),
    "validate": Verb("mtasts.cli.verbs.validate", "check policies/*.yaml, offline"),
    "stacks": Verb("mtasts.cli.verbs.stacks", "list the stacks in the order of publication"),
    "doctor": Verb("mtasts.cli.verbs.doctor", "what a set-up lacks, and the next step for each"),
    "lint": Verb("mtasts.cli.verbs.lint", "judge a TXT record or a policy file from anywhere"),
    "preview": Elsewhere("mtasts-pulumi", "show what `up` would change"),
    "up": Elsewhere("mtasts-pulumi", "publish: policy host, policy file, then the TXT records"),
    "state": Elsewhere("mtasts-pulumi", "put a damaged state right, or take away a lock"),
    "release": Elsewhere("mtasts-pulumi", "give a domain's records to another tool, with nothing deleted"),
    "destroy": Elsewhere("mtasts-pulumi", "take a stack down; refused for domains not retired"),
    "verify": Verb("mtasts.cli.verbs.verify", "look at a mail domain exactly as a sender does"),
    "probe": Verb("mtasts.cli.verbs.probe", "probe MX hosts only, into a dated evidence file"),
    "init": Verb("mtasts.cli.verbs.init", "write a domain's YAML from what it serves now"),
    "adopt": Elsewhere("mtasts-pulumi", "take over a domain that has MTA-STS already, with no gap"),
    "ready": Verb("mtasts.cli.verbs.ready", "is a domain ready for enforce? reports, ledger and a look, judged"),
    "reports": Verb("mtasts.cli.verbs.reports", "TLS-RPT reports: import, summary, html, metrics, explain, serve"),
    "promote": Verb("mtasts.cli.verbs.promote", "edit the YAML: testing -> enforce, then up the max_age ladder"),
    "bot": Verb("mtasts.cli.verbs.bot", "each domain's next step as a pull request: settle, propose"),
    "rollback": Verb("mtasts.cli.verbs.rollback", "edit the YAML: out of enforce, at once"),
    "mx": Verb("mtasts.cli.verbs.mx", "MX hosts come and go: the dated plan, and the next edit"),
    "retire": Verb("mtasts.cli.verbs.retire", "out of MTA-STS for good: mode none, wait, remove"),
    "ledger": Verb("mtasts.cli.verbs.ledger", "what was published when, and until when senders hold it"),
    "diff": Verb("mtasts.cli.verbs.diff", "what a proposed change means for mail, from git alone"),
    "gate": Verb("mtasts.cli.verbs.gate", "may a proposed change be merged? judged by the base branch"),
    "comment": Verb("mtasts.cli.verbs.comment", "say on the pull request what diff, gate and preview found"),
    "notify": Verb("mtasts.cli.verbs.notify", "tell a channel which verdicts have changed"),
    "sandbox": Elsewhere("mtasts-sandbox", "the embedded cloud on loopback: up, down, status, env, reset"),
    "engine": Elsewhere("mtasts-pulumi", "find the Pulumi engine, or obtain it"),
    "demo": Elsewhere("mtasts-sandbox", "publish two example domains in the sandbox and flip one"),
    "completion": Verb("mtasts.cli.verbs.completion", "a script that completes all this in bash, zsh or fish"),
    "man": Verb("mtasts.cli.verbs.man", "write the pages of the manual, for `man mtasts`"),
}


def installed() -> dict[str, Verb]:
    """Every verb that can be run here: those of mtasts and of the distributions beside it, then those of others."""
    brought = _brought()
    found = {}
    for name, verb in VERBS.items():
        if isinstance(verb, Verb):
            found[name] = verb
        elif module := brought.get((verb.distribution, name)):
            found[name] = Verb(module, verb.line)
    for (_, name), module in sorted(brought.items()):
        if name not in VERBS:
            found.setdefault(name, Verb(module, _first_line(module)))
    return found


def find(path: Sequence[str]) -> ModuleType:
    """The module of a verb, such as ("reports", "import"). Raises CannotLook when it is not installed; KeyError."""
    first, *rest = path
    verb = VERBS.get(first)
    if not isinstance(verb, Verb):  # only then does it need the look at what is installed, which costs 60 ms
        there = installed()
        if verb is not None and first not in there:
            raise CannotLook(
                f"{first}: is in the distribution {verb.distribution}, which is not installed",
                f"pip install {verb.distribution}",
            )
        verb = there[first]
    module = importlib.import_module(verb.module)
    for name in rest:
        module = importlib.import_module(below(module)[name].module)
    return module


def below(module: ModuleType) -> Mapping[str, Verb]:
    """The verbs of a group; none of a verb that is not one."""
    return getattr(module, "VERBS", {})


def parser_of(*path: str) -> Parser:
    """The parser of a verb or of a group. Raises as find does."""
    module = find(path)
    parser = Parser(prog=f"mtasts {' '.join(path)}", description=module.__doc__)
    if table := below(module):
        verbs = parser.add_subparsers(metavar="VERB", dest="verb", required=True)
        for name, verb in table.items():
            verbs.add_parser(name, help=verb.line)
    else:
        module.add_arguments(parser)
    return parser


def run(words: Sequence[str], *, debug: bool = False) -> int:
    """Run the verb that these words begin with, and return its exit code. Raises KeyError when there is none.

    `debug`: what --debug asks for, which is an option of every verb; a verb finds it as `args.debug`.
    """
    path, rest = [words[0]], [*words[1:]]
    module = find(path)
    while table := below(module):
        if not rest or rest[0] not in table:
            parser = parser_of(*path)
            parser.parse_args(rest)  # explains itself, or says what is wrong with it
            parser.error("its verb comes first")
        path.append(rest.pop(0))
        module = find(path)
    parser = parser_of(*path)
    parser.set_defaults(debug=debug)
    return int(module.run(parser.parse_args(rest)))


def _brought() -> dict[tuple[str, str], str]:
    """(distribution, verb) -> module, of what other distributions bring."""
    from importlib.metadata import entry_points  # 60 ms, which a verb of ours does not need

    return {
        (point.dist.name.lower().replace("_", "-") if point.dist else "", point.name): point.module
        for point in entry_points(group=GROUP)
    }


def _first_line(module: str) -> str:
    """Of its docstring, read without running it; "" when it cannot be read."""
    import ast

    try:
        spec = importlib.util.find_spec(module)
        source = spec.loader.get_source(module) if spec and spec.loader else None  # type: ignore[attr-defined]
        text = ast.get_docstring(ast.parse(source or "")) or ""
    except Exception:  # a foreign distribution that is broken must not take the others with it
        return ""
    return text.partition("\n")[0]
