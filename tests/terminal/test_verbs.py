"""What a person sees while the verbs work: the bar, the lines above it, Ctrl-C, and what stays on the screen."""

import re
import shlex
import shutil
import signal
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.publishing.stage import MTASTS, ROOT
from tests.terminal.conftest import Seat
from tests.terminal.screen import SIZES, Terminal

pytestmark = pytest.mark.xdist_group("terminal")

_COUNT = r"(\d+/\d+) domains"
_CLOCK = r"\d domains (\d:\d\d:\d\d)"
# A run is held while its policy is published, until the test has seen what it came for: no machine is too slow for it.
_HELD = ("stale-edge", str(PATIENCE))


def publishing(seen: Terminal) -> bool:
    """Whether the policy file is being written: after the plan, and before it is served."""
    return re.search(r"up staging [^\n]*example\.com: pol", seen.raw) is not None


@pytest.mark.parametrize("size", SIZES)
def test_preview(seat: Seat, size: tuple[int, int]) -> None:
    """The clock runs; then the table stands alone."""
    mode = seat.flip()
    with seat.run_verb(size, "preview") as terminal:
        assert terminal.end() == 0, terminal.text

    terminal.drew_rightly()
    assert len(terminal.moved(_CLOCK)) > 1
    assert f"-> {mode}" in " ".join(terminal.text.split())
    assert re.fullmatch(r"staging: 1 domain would change, 1 unchanged \(.* s\)", terminal.lines[-1])


@pytest.mark.parametrize("size", SIZES)
def test_up(seat: Seat, size: tuple[int, int]) -> None:
    """The bar counts the domains and says what is being done, in one line of any width, also while it changes."""
    mode, before = seat.flip(), seat.id("example.com")
    seat.fault(*_HELD)
    columns, lines = size
    with seat.run_verb(size, "up") as terminal:
        terminal.until(publishing)
        # Not the height: the emulator drops lines at the top and leaves the cursor where it was.
        terminal.resize(columns + 30, lines)
        terminal.resize(columns, lines)
        seat.fault("clear")
        assert terminal.end() == 0, terminal.text

    terminal.drew_rightly()
    assert terminal.moved(_COUNT)[0] == "0/2"
    assert terminal.moved(_COUNT)[-1] == "2/2"
    assert f"-> {mode}" in " ".join(terminal.text.split())
    assert re.fullmatch(r"staging: 1 domain changed, 1 unchanged \(.* s\)", terminal.lines[-1])
    assert f"mode: {mode}".encode() in seat.body("example.com")
    for whole in (before, seat.id("example.com"), "_mta-sts.example.com"):
        assert whole in terminal.text.split(), terminal.text


@pytest.mark.parametrize(("presses", "signals"), [(1, 0), (2, 0), (0, 1)], ids=["ctrl-c", "ctrl-c twice", "sigterm"])
def test_interrupted(seat: Seat, presses: int, signals: int) -> None:
    """What was begun is finished and said, the rest is not begun; 130, and the next run goes on from there."""
    mode = seat.flip()
    seat.fault(*_HELD)
    with seat.run_verb((100, 40), "up") as terminal:
        terminal.until(publishing)
        for press in range(1, presses + 1):
            terminal.type("\x03")
            terminal.until(lambda seen, press=press: seen.text.count("interrupted: the engine finishes") == press)
        for _ in range(signals):
            terminal.signal(signal.SIGTERM)
            terminal.until(lambda seen: "interrupted: the engine finishes" in seen.text)
        seat.fault("clear")
        assert terminal.end() == 130, terminal.text

    terminal.drew_rightly()
    assert terminal.text.count("interrupted: the engine finishes what it has begun, then stops; please wait") == max(
        presses, signals
    )
    hint = re.search(r"hint: `mtasts ([^`]+)` again goes on from here$", " ".join(terminal.text.split()))
    assert hint, terminal.text
    done = seat.mtasts(*shlex.split(hint[1]))
    assert done.code == 0, done.err
    assert f"mode: {mode}".encode() in seat.body("example.com")


def test_a_line_stays_a_line_in_a_pipe(seat: Seat, tmp_path: Path) -> None:
    """Whatever $COLUMNS says: no line goes on in the next, and none is cut."""
    (tmp_path / "domains").write_text(
        "example.com\na-name-that-is-long.for-a-mail-domain.of-some-department.example.com\n"
    )
    seat.environment["COLUMNS"] = "40"
    try:
        one = seat.mtasts("verify", "--sandbox", "example.com")
        many = seat.mtasts("verify", "--sandbox", "--from", str(tmp_path / "domains"))
        preview = seat.mtasts("preview", "--stack", "staging", "--sandbox", "--policies", str(seat.policies))
    finally:
        del seat.environment["COLUMNS"]
    assert any(len(line) > 80 for line in one.out.splitlines())
    for said in (one.out, many.out, preview.out):
        assert "…" not in said
        # What goes on from a line before is set in and begins with no mark, label, name or code.
        assert not [line for line in said.splitlines() if line.startswith(" " * 16) and "→" not in line], said
    assert many.out.splitlines()[-1].startswith("2 domains in ")


@pytest.mark.parametrize("size", SIZES)
def test_verify_many(seat: Seat, size: tuple[int, int], tmp_path: Path) -> None:
    """The verdicts come above the bar, each whole, while it counts."""
    names = ["example.com", "example.net", *(f"d{number}.example.com" for number in range(30))]
    (tmp_path / "domains").write_text("\n".join(names))
    with seat.sit(size, "verify", "--sandbox", "--from", str(tmp_path / "domains")) as terminal:
        assert terminal.end() == 1, terminal.text

    terminal.drew_rightly()
    assert terminal.moved(r"(\d+)/32")[-1] == "32"
    for name in names:
        assert re.search(rf"(?m)^\S* ?{re.escape(name)}\b", terminal.text), (name, terminal.text)


@pytest.mark.parametrize("size", SIZES)
def test_reports_import(size: tuple[int, int], tmp_path: Path) -> None:
    """The bar counts; what is refused is listed after it."""
    pile = tmp_path / "pile"
    shutil.copytree(ROOT / "tests" / "cases" / "reports", pile)
    for number in range(200):
        (pile / f"not-a-report-{number}.json").write_text(f"{{{number}")
    words = [str(MTASTS), "reports", "import", str(pile), "--store", str(tmp_path / "store"), "--no-dkim"]
    with Terminal(words, {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}, size) as terminal:
        assert terminal.end() == 1, terminal.text

    terminal.drew_rightly()
    assert len(terminal.moved(r"(\d+) reports")) > 1
    assert terminal.text.count("refused:") >= 200


def test_demo(seat: Seat, tmp_path: Path) -> None:
    """Both rounds with a bar each, then the panels."""
    environment = {key: value for key, value in seat.environment.items() if key != "MTASTS_SANDBOX_DIR"}
    with Terminal([str(MTASTS), "demo"], {**environment, "HOME": str(tmp_path)}, (100, 40), ROOT) as terminal:
        assert terminal.end() == 0, terminal.text

    assert terminal.most_bars == 1
    assert terminal.moved(_COUNT)[-1] == "2/2"
    assert terminal.lines[-1].startswith("Body first, then the TXT")


def test_destroy(seat: Seat) -> None:
    """A retired stack goes, with a bar; afterwards it is published again for those who come."""
    for domain in ("example.com", "example.net"):
        seat.edit(domain, mode="none")
    assert seat.up().code == 0
    early = ("--remove-before-date", "example.com", "--remove-before-date", "example.net")
    with seat.run_verb((120, 40), "destroy", *early) as terminal:
        assert terminal.end() == 0, terminal.text

    terminal.drew_rightly()
    assert len(terminal.moved(_CLOCK)) > 1
    assert re.fullmatch(r"staging: 2 domains taken down, 0 unchanged \(.* s\)", terminal.lines[-1])
    for domain in ("example.com", "example.net"):
        seat.edit(domain, mode="testing")
    assert seat.up().code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("help", "verify"),
        ("help", "lint"),
        ("help", "reports", "import"),
        ("sandbox", "--help"),
        ("preview", "--stak", "staging"),
        ("validate", "{policies}"),
        ("validate", "{policies}/staging/no-such-file-of-that-name.yaml"),
        ("lint", "txt", "--", "v=STSv1;"),
        ("verify", "--explain", "mx-covered"),
        ("sandbox", "status"),
        ("sandbox", "fault", "list"),
        ("init", "example.com", "--stack", "staging", "--policies", "{policies}", "--sandbox"),
        # At a given time: the dates in it must be the same in both runs.
        (
            *("rollback", "example.com", "--policies", "{policies}", "--no-ledger", "--dry-run", "--to", "none"),
            *("--as-of", "2030-01-01"),
        ),
        ("ready", "example.com", "--stack", "staging", "--policies", "{policies}", "--store", "{policies}/none"),
    ],
    ids=" ".join,
)
def test_no_word_is_split_on_a_narrow_terminal(seat: Seat, words: tuple[str, ...]) -> None:
    """Each word of 58 characters at most that comes out of a pipe stands whole on a terminal of 60 columns."""
    words = tuple(word.format(policies=seat.policies) for word in words)
    piped = seat.mtasts(*words)
    with seat.sit((60, 24), *words) as terminal:
        assert terminal.end() == piped.code, terminal.text

    said = {word for word in (piped.out + piped.err).split() if len(word) <= 58}
    # In a usage line argparse itself chooses where to break, and between the brackets of an option, too.
    shown = set(terminal.text.split())
    assert {word for word in said - shown if "[" not in word and "]" not in word} == set(), terminal.text
