"""Shell completion, asked of the shells themselves."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mtasts.cli.dispatch import VERBS
from mtasts.cli.verbs.completion import commands
from tests.patience import PATIENCE

MTASTS = Path(sys.executable).with_name("mtasts")

# The words typed, the last one unfinished; words that must be offered; words that must not.
CASES = [
    ("mtasts ", {"validate", "preview", "reports", "help", "completion"}, {"import", "--json"}),
    ("mtasts ver", {"verify"}, {"validate"}),
    ("mtasts help rep", {"reports"}, {"validate"}),
    ("mtasts reports ", {"import", "summary", "serve"}, {"validate"}),
    ("mtasts reports summary --b", {"--by"}, {"--json"}),
    ("mtasts reports summary --by ", {"day", "mx", "reporter"}, {"--json"}),
    ("mtasts preview --format ", {"text", "json", "markdown"}, {"junit"}),
    ("mtasts up --stack ", {"prod", "staging"}, {"policies"}),
    ("mtasts verify --stack staging --fo", {"--format"}, {"--full"}),
    ("mtasts sandbox ", {"up", "down", "env"}, {"validate"}),
    ("mtasts completion ", {"bash", "zsh", "fish"}, {"validate"}),
    ("mtasts doc", {"doctor"}, {"validate"}),
    ("mtasts doctor --stack ", {"prod", "staging"}, {"policies"}),
    ("mtasts new --ci ", {"github", "gitlab", "forgejo"}, {"prod"}),
    ("mtasts help ", {"doctor", "new", "man"}, {"--json"}),
    ("mtasts validate one", {"one.yaml"}, {"prod"}),
    ("mtasts verify --ca-file on", {"one.yaml"}, {"prod"}),
]


def script(shell: str, folder: Path) -> Path:
    """The script in a file."""
    path = folder / f"completion.{shell}"
    done = subprocess.run(
        [str(MTASTS), "completion", shell], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    path.write_text(done.stdout)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place with two stacks and a file."""
    for stack in ("prod", "staging"):
        (tmp_path / "policies" / stack).mkdir(parents=True)
    (tmp_path / "one.yaml").touch()
    return tmp_path


def ask(words: list[str], folder: Path, **environment: str) -> str:
    """What a shell prints."""
    path = f"{MTASTS.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        words,
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "TERM": "dumb", "LANG": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# `compgen -F` alone does not fall back to files; this does what readline does with `-o default`.
_BASH = """
source "$1"
shopt -u direxpand
read -ra COMP_WORDS <<< "$2"
[[ $2 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
complete -p mtasts | grep -q -- '-o default -F _mtasts' || exit 1
_mtasts mtasts
[[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(("typed", "offered", "not_offered"), CASES)
def test_bash(folder: Path, typed: str, offered: set[str], not_offered: set[str]) -> None:
    """The words that may follow, and files where an argument can be one."""
    bash = shutil.which("bash")
    assert bash
    found = set(ask([bash, "--norc", "-c", _BASH, "bash", str(script("bash", folder)), typed], folder).split())
    assert offered <= found
    assert not found & not_offered


def test_bash_on_a_terminal(folder: Path) -> None:
    """Two presses of the tab key list what may follow, one completes it."""
    from tests.terminal.screen import Terminal

    path = script("bash", folder)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PS1": "$ ", "INPUTRC": "/dev/null"}
    with Terminal(["bash", "--norc", "--noprofile"], environment, (100, 40), folder) as terminal:
        terminal.type(f"source {path}\n")
        terminal.type("mtasts verif\t--stack st\t\n")
        terminal.until(lambda seen: "mtasts verify --stack staging" in seen.text)
        terminal.type("exit\n")
        terminal.end()


@pytest.mark.needs("fish")
@pytest.mark.parametrize(("typed", "offered", "not_offered"), CASES)
def test_fish(folder: Path, typed: str, offered: set[str], not_offered: set[str]) -> None:
    """As fish itself completes it (`complete -C`)."""
    fish = shutil.which("fish")
    assert fish
    said = ask([fish, "--no-config", "-c", f"source {script('fish', folder)}; complete -C {typed!r}"], folder)
    found = {line.partition("\t")[0] for line in said.splitlines()}
    assert offered <= found
    assert not found & not_offered


@pytest.mark.needs("zsh")
@pytest.mark.parametrize(("typed", "offered", "not_offered"), CASES)
def test_zsh(folder: Path, typed: str, offered: set[str], not_offered: set[str]) -> None:
    """Its function is run with zsh's own builtins replaced by ones that print what they were given."""
    zsh = shutil.which("zsh")
    assert zsh
    play = """
    compdef() { :; }
    compadd() { shift; print -rl -- "$@"; }
    _describe() { local name=${@[-1]}; print -rl -- "${(@P)name%%:*}"; }
    _files() { print -rl -- *(N); }
    _message() { :; }
    source $1
    words=(${(z)2}); [[ $2 == *' ' ]] && words+=('')
    CURRENT=$#words
    _mtasts
    """
    said = ask([zsh, "-f", "-c", play, "zsh", str(script("zsh", folder)), typed], folder)
    unfinished = "" if typed.endswith(" ") else typed.rsplit(maxsplit=1)[-1]
    found = {word for word in said.split() if word.startswith(unfinished)}
    assert offered <= found
    assert not found & not_offered


def test_every_verb_and_its_verbs_are_in_it() -> None:
    """From the parsers, so that nothing has to be kept in step by hand."""
    found = {command.path for command in commands()}
    assert set(VERBS) <= found
    assert {"reports import", "sandbox env", "lint mx"} <= found
