"""Fixtures that every folder may use: the engine's binary, and an environment that touches nothing of the user's."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests import needs

# The same inputs every time: a change is judged by what it changed, not by luck. To search further, here or at night:
# pytest --hypothesis-profile=search
# No clock decides: on a busy machine an example takes as long as it takes.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", _UNHURRIED, derandomize=False)
settings.register_profile("steady", _UNHURRIED, derandomize=True)
settings.load_profile("steady")
# Hypothesis also tries constants that stand in the project's modules that are loaded by then. Which ones are, depends
# on the tests that ran before in the same worker; so a steady run does without. (tests/test_conftest.py)
_constants_of_modules = providers._get_local_constants
providers._get_local_constants = lambda: (
    providers._local_constants if settings.default.derandomize else _constants_of_modules()
)


needs.search_sbin(os.environ)
# Run by `nohup` or in the background of a script, the tests ignore SIGINT, and what they start would inherit that. One
# that does nothing is ignored here as well, and is the default again in what is started.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, lambda *_: None)


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker that tests/needs.py explains."""
    config.addinivalue_line("markers", "needs(*what): programs and the like without which this test is left out")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a test out, or fail it in CI, when this machine lacks what it needs."""
    wanted = [need for marker in item.iter_markers("needs") for need in marker.args]
    reason = needs.missing(wanted)
    if reason and os.environ.get(needs.EVERYTHING):
        pytest.fail(f"{reason}, and {needs.EVERYTHING} is set", pytrace=False)
    if reason:
        pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was left out, and how to have it."""
    skipped = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", []) if report.longrepr]
    lines = needs.closing_block([reason.removeprefix("Skipped: ") for reason in skipped])
    if lines:
        terminalreporter.section("left out")
        for line in lines:
            terminalreporter.write_line(line)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: packed ones hold the time, and workers must agree on the names of tests."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def engine() -> Path:
    """The Pulumi engine, obtained if it is not there: a test that needs it is never skipped."""
    from mtasts_pulumi.engine.find import find_engine
    from mtasts_pulumi.verbs.progress import PlainProgress

    return find_engine(PlainProgress())


@pytest.fixture
def clean_environment(tmp_path: Path, engine: Path) -> Mapping[str, str]:
    """An environment for a command: an empty HOME, a file backend of its own, no clouds, the engine named."""
    backend = tmp_path / "backend"
    backend.mkdir()
    home = tmp_path / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "MTASTS_ENGINE": str(engine),
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
