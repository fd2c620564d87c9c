"""Shell completion as a script: what may follow at each place of the command line. Pure; words of ours only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Value(StrEnum):
    """What an option takes."""

    NONE = ""
    ANY = "any"
    FILE = "file"
    STACK = "stack"


@dataclass(frozen=True, slots=True)
class Option:
    """One option by all its names; `choices`: the only values it takes, if there are such."""

    names: tuple[str, ...]
    help: str
    value: Value
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A place on the command line: `path` is "", "verify" or "reports import"; `words` are its verbs, with their help.

    `files`: whether its arguments can be files.
    """

    path: str
    options: tuple[Option, ...]
    words: tuple[tuple[str, str], ...]
    files: bool


def bash(commands: Sequence[Command]) -> str:
    """For `eval "$(mtasts completion bash)"`, or a file in bash-completion's folder."""
    values, words = [], []
    for command in commands:
        for option in command.options:
            if reply := _bash_reply(option):
                values.append(f"    {_at(command, option.names)}) {reply}; return;;")
        names = [name for option in command.options for name in option.names]
        words.append(f"    {_quoted(command.path)}) verbs={_words(command)} options={_quoted(' '.join(names))};;")
    return _BASH.format(paths=_paths(commands), values="\n".join(values), words="\n".join(words))


def zsh(commands: Sequence[Command]) -> str:
    """For a file `_mtasts` in a folder of $fpath, or `eval "$(mtasts completion zsh)"` after compinit."""
    values, words = [], []
    for command in commands:
        for option in command.options:
            if reply := _zsh_reply(option):
                values.append(f"    {_at(command, option.names)}) {reply}; return;;")
        verbs = " ".join(_quoted(f"{word}:{_plain(what)}") for word, what in command.words)
        options = " ".join(_quoted(f"{name}:{_plain(o.help)}") for o in command.options for name in o.names)
        words.append(f"    {_quoted(command.path)}) verbs=({verbs}) options=({options});;")
    return _ZSH.format(paths=_paths(commands), values="\n".join(values), words="\n".join(words))


def fish(commands: Sequence[Command]) -> str:
    """For ~/.config/fish/completions/mtasts.fish, or `mtasts completion fish | source`."""
    paths = " ".join(_quoted(command.path) for command in commands if command.path)
    return _FISH.format(paths=paths, lines="\n".join(line for command in commands for line in _fish_lines(command)))


def _fish_lines(command: Command) -> Iterator[str]:
    at = f"complete -c mtasts -n {_quoted(f'__mtasts_at {_quoted(command.path)}')}"
    if not command.files:
        yield f"{at} -f"
    for word, what in command.words:
        yield f"{at} -a {word} -d {_quoted(_plain(what))}"
    for option in command.options:
        names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
        takes = {
            Value.NONE: "",
            Value.ANY: " -x",
            Value.FILE: " -rF",
            Value.STACK: " -x -a '(__mtasts_stacks)'",
        }[option.value]
        takes = f" -x -a {_quoted(' '.join(option.choices))}" if option.choices else takes
        yield f"{at} {names}{takes} -d {_quoted(_plain(option.help))}"


def _bash_reply(option: Option) -> str:
    if option.choices:
        return f"_mtasts_reply {_quoted(' '.join(option.choices))}"
    return {
        Value.NONE: "",
        Value.ANY: "compopt +o default 2>/dev/null",
        Value.FILE: ":",  # nothing of ours: then bash completes files
        Value.STACK: '_mtasts_reply "$(_mtasts_stacks)"',
    }[option.value]


def _zsh_reply(option: Option) -> str:
    if option.choices:
        return f"compadd -- {' '.join(map(_quoted, option.choices))}"
    return {
        Value.NONE: "",
        Value.ANY: "_message value",
        Value.FILE: "_files",
        Value.STACK: 'compadd -- ${(f)"$(_mtasts_stacks)"}',
    }[option.value]


def _at(command: Command, names: Sequence[str]) -> str:
    return "|".join(_quoted(f"{command.path}:{name}") for name in names)


def _paths(commands: Sequence[Command]) -> str:
    return "|".join(_quoted(command.path) for command in commands if command.path)


def _words(command: Command) -> str:
    return _quoted(" ".join(word for word, _ in command.words))


def _quoted(text: str) -> str:
    # No word of ours has a quote, a backslash or a line break in it; what has one would end the script's string.
    return "'" + "".join(char if char.isprintable() and char not in "'\\" else " " for char in text) + "'"


def _plain(text: str) -> str:
    """A help text for a list: without colons, which zsh's lists are parted by, in one line of bounded length."""
    return " ".join(text.replace(":", ",").replace("'", "").split())[:80]


_STACKS = 'for folder in "${MTASTS_POLICIES:-policies}"/*/; do [ -d "$folder" ] && basename "$folder"; done'

_BASH = (
    """\
# bash completion of mtasts, made by `mtasts completion bash`
_mtasts_reply() {{
  COMPREPLY=($(compgen -W "$1" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
_mtasts_stacks() {{
  local folder
  """
    + _STACKS.replace("{", "{{").replace("}", "}}")
    + """
}}
_mtasts() {{
  local path='' word verbs='' options='' number
  for ((number = 1; number < COMP_CWORD; number++)); do
    word="${{path:+$path }}${{COMP_WORDS[number]}}"
    case "$word" in
    {paths}) path=$word;;
    esac
  done
  COMPREPLY=()
  case "$path:${{COMP_WORDS[COMP_CWORD-1]}}" in
{values}
  esac
  case "$path" in
{words}
  esac
  if [[ ${{COMP_WORDS[COMP_CWORD]}} == -* ]]; then
    _mtasts_reply "$options"
  else
    _mtasts_reply "$verbs"
  fi
}}
complete -o default -F _mtasts mtasts
"""
)

_ZSH = (
    """\
#compdef mtasts
# zsh completion of mtasts, made by `mtasts completion zsh`
_mtasts_stacks() {{
  setopt localoptions nullglob
  local folder
  """
    + _STACKS.replace("{", "{{").replace("}", "}}")
    + """
}}
_mtasts() {{
  local at='' word number
  local -a verbs options
  for ((number = 2; number < CURRENT; number++)); do
    word="${{at:+$at }}${{words[number]}}"
    case "$word" in
    {paths}) at=$word;;
    esac
  done
  case "$at:${{words[CURRENT-1]}}" in
{values}
  esac
  case "$at" in
{words}
  esac
  if [[ ${{words[CURRENT]}} == -* ]]; then
    _describe -o option options
  elif (( $#verbs )); then
    _describe verb verbs
  else
    _files
  fi
}}
if [[ $funcstack[1] == _mtasts ]]; then
  _mtasts "$@"
else
  compdef _mtasts mtasts
fi
"""
)

_FISH = """\
# fish completion of mtasts, made by `mtasts completion fish`
function __mtasts_stacks
  set -l folder policies
  set -q MTASTS_POLICIES; and set folder $MTASTS_POLICIES
  for stack in $folder/*/
    basename $stack
  end
end
function __mtasts_at
  set -l path
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim "$path $word")
    contains -- $longer {paths}; and set path $longer
  end
  test "$path" = "$argv"
end
{lines}
"""
