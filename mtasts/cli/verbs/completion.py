"""Print a script that completes verbs, options and values of this command in a shell.

bash   eval "$(mtasts completion bash)"            in ~/.bashrc
zsh    eval "$(mtasts completion zsh)"             in ~/.zshrc, after compinit
fish   mtasts completion fish | source             in ~/.config/fish/config.fish
"""

import argparse
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli import dispatch
from mtasts.cli.screen import document

if TYPE_CHECKING:
    from mtasts.render.completion import Command, Option

_SHELLS = ("bash", "zsh", "fish")
# What stands for a file or folder in the help of an option.
_FILES = ("FILE", "DIR", "PATH")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shell."""
    parser.add_argument("shell", choices=_SHELLS, help="the shell that will read the script")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    from mtasts.render import completion

    document(getattr(completion, args.shell)(tuple(commands())), end="")
    return 0


def commands() -> "Iterator[Command]":
    """Every place of the command line, from the parsers themselves."""
    from mtasts.render.completion import Command, Option, Value

    verbs = tuple((name, verb.line) for name, verb in dispatch.installed().items())
    general = (Option(("-h", "--help"), "explain", Value.NONE), Option(("--version",), "say which one", Value.NONE))
    yield Command("", general, (*verbs, ("help", "explain a verb")), files=False)
    yield Command("help", (), verbs, files=False)
    for name, _ in verbs:
        yield from _tree((name,))


def _tree(path: tuple[str, ...]) -> "Iterator[Command]":
    """A verb and, of a group, those below it."""
    yield from _commands(" ".join(path), dispatch.parser_of(*path), of_group := dispatch.below(dispatch.find(path)))
    for name in of_group:
        yield from _tree((*path, name))


def _commands(path: str, parser: argparse.ArgumentParser, group: Collection[str] = ()) -> "Iterator[Command]":
    from mtasts.render.completion import Command

    below: dict[str, argparse.ArgumentParser] = {}
    words: list[tuple[str, str]] = []
    options, files = [], False
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            below = dict(action.choices)
            told = {str(one.dest): str(one.help or "") for one in action._choices_actions}
            words += [(name, told.get(name, "")) for name in below]
        elif action.help == argparse.SUPPRESS:
            continue
        elif action.option_strings:
            options.append(_option(action))
        elif action.choices:
            words += [(str(choice), str(action.help or "")) for choice in action.choices]
        else:
            files |= _takes_files(action)
    yield Command(path, tuple(options), tuple(words), files=files)
    for name, child in below.items():
        if name not in group:
            yield from _commands(f"{path} {name}", child)


def _option(action: argparse.Action) -> "Option":
    from mtasts.render.completion import Option, Value

    value = Value.ANY
    if action.nargs == 0:
        value = Value.NONE
    elif "--stack" in action.option_strings:
        value = Value.STACK
    elif _takes_files(action):
        value = Value.FILE
    choices = tuple(str(choice) for choice in action.choices or ())
    return Option(tuple(action.option_strings), str(action.help or ""), value, choices)


def _takes_files(action: argparse.Action) -> bool:
    return action.type is Path or any(word in str(action.metavar or "") for word in _FILES)
