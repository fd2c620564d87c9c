"""Every link of every page leads somewhere, to a file of this tree and a heading in it; every command is one."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

from mtasts.cli import dispatch
from tools import site

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(page for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The names by which forges link to the headings of a page."""
    headings = re.findall(r"^#+ +(.+)$", _CODE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """No page points at what was moved or never written."""
    for target in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def in_blocks(page: Path) -> list[str]:
    """The command lines of `mtasts` in a page's blocks of code: without prompt, comment, pipe and redirection."""
    text = page.read_text(encoding="utf-8")
    fenced = [line.removeprefix("$ ") for block in _CODE.findall(text) for line in block.splitlines()]
    lines = [*fenced, *(line.strip() for line in _CODE.sub("", text).splitlines() if line.startswith("    "))]
    found = []
    for line in lines:
        shell = re.sub(r"^(\w+\$ +|[A-Z_]+=\S+ +)|\s#.*$", "", line)
        for part in re.split(r" && |; | \| | > |\)\"", shell):
            if match := re.fullmatch(r"(?:eval \"\$\()?mtasts ([a-z]+( .*)?)", part.strip()):
                found.append(match[1])
    return found


def in_prose(page: Path) -> list[str]:
    """What stands in a page's sentences and tables as `mtasts ...`."""
    prose = _CODE.sub("", page.read_text(encoding="utf-8"))
    return [" ".join(words.split()) for words in re.findall(r"`mtasts ([a-z][^`]*)`", prose)]


def parser_and_rest(command: str, words: list[str]) -> tuple[argparse.ArgumentParser, list[str]]:
    """The parser of a command's verb, and what is left for it; each verb of a group has its own."""
    path, rest = words[:1], words[1:]
    assert path[0] in dispatch.VERBS, command
    while (table := dispatch.below(dispatch.find(path))) and rest and not rest[0].startswith("-"):
        assert rest[0] in table, command
        path.append(rest.pop(0))
    return dispatch.parser_of(*path), rest


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Every option of a verb, those of the verbs beneath it included."""
    options = set(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            options.update(*(options_of(one) for one in action.choices.values()))
    return options


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_are_commands(page: Path) -> None:
    """argparse takes every example as it stands; in sentences, which may leave words out, verb and options exist."""
    for command in in_blocks(page) if page.name != "cli.md" else ():  # that one holds `--help` itself
        if re.search(r"\[|\w\.\.\.", command):  # a synopsis
            continue
        parser, rest = parser_and_rest(command, shlex.split(command))
        try:
            parser.parse_args(rest)
        except SystemExit:
            pytest.fail(f"{page.name}: mtasts {command}")
    for command in in_prose(page):
        first, *more = command.split()
        if first == "help":
            continue
        for verb in first.split("|"):
            parser, rest = parser_and_rest(command, [verb, *more])
            given = {match[0] for word in rest if (match := re.match(r"--?[a-z][a-z0-9-]*", word))}
            assert given <= options_of(parser) | {"--debug"}, command


def test_there_are_commands() -> None:
    """The patterns above find something."""
    assert sum(len(in_blocks(page)) for page in PAGES) > 50
    assert sum(len(in_prose(page)) for page in PAGES) > 100


def test_every_decision_is_in_the_index() -> None:
    """One line each, in the order of their names."""
    index = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
    pages = sorted(page.name for page in ROOT.glob("docs/decisions/*.md"))
    assert re.findall(r"^- \[.+\]\(decisions/(.+\.md)\): .", index, re.MULTILINE) == pages


def test_every_page_has_its_place_on_the_site() -> None:
    """A page that no list of tools/site.py names is not found there, and `make site` refuses it."""
    listed = {page for pages in site.CONTENTS.values() for page in pages}
    docs = (page.relative_to(ROOT / "docs") for page in ROOT.glob("docs/**/*.md"))
    lost = [page for page in docs if not {str(page.with_suffix("")), f"{page.parent}/*"} & listed]
    assert lost == []
