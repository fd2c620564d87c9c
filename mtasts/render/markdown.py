"""Foreign text in the Markdown of GitHub and GitLab, and in the log of a job, without any effect there.

Two things read a comment: the Markdown parser, and after it filters that look at the finished text for @mentions,
#references, addresses and commits. A backslash or an entity stops only the first, since the second sees what it stands
for; so those signs are followed by a space of no width, too (GitHub's and GitLab's documented reference syntax,
cmark-gfm's autolinks). Both leave code spans alone, so a name that people copy belongs in `code`.

Each function takes any `str` and never raises.
"""

import re

from mtasts.render.escape import terminal
from mtasts.render.runner import in_text

_BREAK = "&#8203;"
_SIGNIFICANT = re.compile(
    r"""
    (?P<start>   \A(?:[-+=:/.]|\d{1,9}[.)]) )                       # lists, headings, rules; GitLab's /quick_actions
  | (?P<tracker> \b(?:[A-Z][A-Z0-9_]+|[Gg][Hh])-(?=\d) )             # GH-1, and trackers that a project names itself
  | (?P<commit>  \b(?=[0-9]*[a-fA-F])[0-9a-fA-F]{7,}\b )
  | (?P<site>    \b[wW]{3}(?=\.) )
  | (?P<scheme>  :(?=//|[\w+-]+:) )                                  # https://, and :emoji:
  | (?P<sign>    [@\#!~%$&^*\[{] )                                   # @user #1 !1 ~label %1 $1 &1 *iteration [note {+
  | (?P<inline>  [\\`<>|\]}"'] | (?<![A-Za-z0-9])_ | _(?![A-Za-z0-9]) )
    """,
    re.VERBOSE,
)
_QUOTED = re.compile(r"`([^`\s](?:[^`\n]{0,198}[^`\s])?)`")


def md(text: str) -> str:
    """Text for Markdown or HTML, table cells included, on one line: shows what was given, and does nothing."""
    return _SIGNIFICANT.sub(_inert, terminal(text).strip())


def code(text: str) -> str:
    """A name as a code span, in table cells, too; "" for nothing. Not for use inside HTML tags."""
    shown = workflow_command_safe(text).strip()
    if not shown:
        return ""
    # A pipe ends a table's cell even in a code span; what else could end one is left to entities as well.
    return f"<code>{md(text)}</code>" if re.search(r"[`|\\]", shown) else f"`{shown}`"


def prose(text: str) -> str:
    """Text for Markdown or HTML as `md` gives it, with what stands between backticks as code."""
    pieces = _QUOTED.split(text)
    shown = (f"<code>{md(piece)}</code>" if number % 2 else _spaced(piece) for number, piece in enumerate(pieces))
    return "".join(shown).strip(" ")


def _spaced(text: str) -> str:
    """`md` drops the blanks around a text; between two pieces they count."""
    inner = md(text)
    if not inner:
        return " " if text else ""
    return " " * text.startswith(" ") + inner + " " * text.endswith(" ")


def fence(lines: tuple[str, ...], language: str = "") -> str:
    """A block of code, each line as given; closed whatever is in it."""
    shown = [workflow_command_safe(line) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    marks = "`" * max(3, longest + 1)
    return "\n".join([f"{marks}{language}", *shown, marks])


def workflow_command_safe(text: str) -> str:
    r"""One line for a terminal or a log, which GitHub's runner does not take for a command.

    See `mtasts.render.runner`.
    """
    return in_text(terminal(text))


def _inert(found: re.Match[str]) -> str:
    kind, text = found.lastgroup, found[0]
    if kind == "commit":
        # Seven digits are the shortest name of a commit.
        return _BREAK.join(text[place : place + 6] for place in range(0, len(text), 6))
    if kind in {"tracker", "site", "scheme"}:
        return text + _BREAK
    if kind == "start":
        return text[:-1] + _entity(text[-1]) + _BREAK
    if kind == "sign" and not found.string[found.end() : found.end() + 1].isspace():
        return _entity(text) + _BREAK
    return _entity(text)


def _entity(sign: str) -> str:
    return f"&#{ord(sign)};"
