"""The command itself: help, unknown words, exit codes, one line for what went wrong."""

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from mtasts.cli.dispatch import VERBS
from mtasts_pulumi.engine.version import SDK, dotted
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
MTASTS = Path(sys.executable).with_name("mtasts")


def mtasts(*words: str, environ: Mapping[str, str] | None = None, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LANG": "C.UTF-8", **(environ or {})}
    return subprocess.run(
        [str(MTASTS), *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_help_lists_every_verb() -> None:
    """One line for each, and how to learn more."""
    done = mtasts("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for verb, (_, line) in VERBS.items():
        assert f"{verb} " in done.stdout
        assert line in done.stdout
    assert mtasts().stdout == done.stdout


def test_help_is_a_verb_and_other_words_are_answered() -> None:
    """`help`, `help VERB`, and what was meant by a word that is none."""
    assert mtasts("help").stdout == mtasts("--help").stdout
    assert mtasts("help", "verify").stdout == mtasts("verify", "--help").stdout
    assert mtasts("help", "reports", "import").stdout == mtasts("reports", "import", "--help").stdout
    for words, meant in (
        (["verfy"], "verify"),
        (["reports", "imprt"], "import"),
        (["sandbox", "stauts"], "status"),
        (["preview", "--stak", "prod"], "--stack"),
        (["sandbox", "env", "--unsett"], "--unset"),
    ):
        done = mtasts(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith(f"; did you mean {meant}?\n"), done.stderr


def test_what_a_server_said_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """Also in the lines that end a run."""
    done = mtasts("verify", "a\x1b]0;x\x07.example", "--explain", "\x1b[2J")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    done = mtasts("ready", "example.com", "--stack", "\x1b[2J\u202e\nmtasts: ready", "--policies", str(tmp_path))
    assert done.returncode == 2
    assert "\\x1b[2J\\u202e" in done.stderr
    assert "\nmtasts: ready" not in done.stderr


def test_files_that_are_not_valid_are_told_whole(tmp_path: Path) -> None:
    """Every verb that judges by them says every problem and ends with 1, as `validate` does."""
    stack = tmp_path / "policies" / "staging"
    stack.mkdir(parents=True)
    (stack / "example.com.yaml").write_text("domain: example.com\nmode: enforced\nmx: [10 mx1.example.com]\n")
    told = mtasts("validate", str(tmp_path / "policies"))
    problems = told.stdout.splitlines()
    assert (told.returncode, len(problems)) == (1, 5), told.stdout
    words = ["--stack", "staging", "--policies", str(tmp_path / "policies")]
    for verb in (["verify"], ["ready", "--all"], ["promote", "example.com"], ["rollback", "example.com"], ["preview"]):
        done = mtasts(*verb, *words)
        assert (done.returncode, done.stdout) == (1, ""), (verb, done.stderr)
        assert set(problems) <= set(done.stderr.splitlines()), (verb, done.stderr)


def test_help_loads_nothing_that_it_does_not_need() -> None:
    """A verb's needs are imported for that verb only: bench/startup.py measures it."""
    command = [sys.executable, "-X", "importtime", str(MTASTS), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    ours = {name for name in loaded if name.startswith("mtasts.")}
    line = {"mtasts.cli", "mtasts.cli.main", "mtasts.cli.dispatch", "mtasts.cli.parser", "mtasts.cli.screen"}
    text = {"mtasts.render", "mtasts.render.fold", "mtasts.render.escape", "mtasts.render.runner"}
    assert ours <= line | text | {"mtasts.errors", "mtasts.version"}, ours
    packages = {name.partition(".")[0] for name in loaded} & set(third_party())
    assert packages == set()


def third_party() -> set[str]:
    """The import names of everything installed beside the standard library."""
    return {name for name in importlib.metadata.packages_distributions() if not name.startswith(("mtasts", "_"))}


@pytest.mark.parametrize("verb", list(VERBS))
def test_each_verb_explains_itself(verb: str) -> None:
    """`mtasts VERB --help` works for each, without the engine's SDK or other heavy imports."""
    done = mtasts(verb, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: mtasts {verb}")


@pytest.mark.parametrize("words", [["nonsense"], ["up", "--nonsense"], ["--nonsense"], ["up", "--parallel", "x"]])
def test_usage(words: list[str]) -> None:
    """A word nobody knows: exit 2, told on stderr."""
    done = mtasts(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: mtasts" in done.stderr


def bad_situations(tmp: Path) -> dict[str, tuple[list[str], dict[str, str], str, str]]:
    """name -> (words, environment, what the message names, what the hint says)."""
    up = ["up", "--yes", "--stack", "staging"]
    clouds = {"AWS_PROFILE": "x", "CLOUDFLARE_API_TOKEN": "x"}
    for name in ("empty/staging", "backend", "nothing"):
        (tmp / name).mkdir(parents=True)
    old = tmp / "old-pulumi"
    old.write_text("#!/bin/sh\necho v3.100.0\n")
    old.chmod(0o755)
    backend = {"PULUMI_BACKEND_URL": f"file://{tmp}/backend", "PULUMI_CONFIG_PASSPHRASE": ""}
    whole = {**clouds, **backend}
    gone = {"PULUMI_DEBUG_PROVIDERS": "aws:1,cloudflare:1", **backend}
    # Of several plugins that are missing the engine names the one that it comes upon first, and that differs.
    one_provider = tmp / "route53" / "staging"
    one_provider.mkdir(parents=True)
    for name in ("_defaults.yaml", "example.com.yaml"):
        (one_provider / name).write_bytes((ROOT / "policies" / "staging" / name).read_bytes())
    create = [*up, "--create", "--policies", str(one_provider.parent)]
    return {
        "which stack": (["up", "--yes"], {}, "which stack?", "prod, staging"),
        "no such stack": (["up", "--yes", "--stack", "nope"], {}, "no such stack: nope", "prod, staging"),
        "no policies folder": ([*up, "--policies", "/nonexistent"], {}, "/nonexistent", "folder"),
        "no project": ([*up, "--project", str(tmp / "nothing")], {}, "no Pulumi.yaml in", "--project DIR"),
        "no AWS": (up, {}, "no AWS credentials", "--sandbox"),
        "no Cloudflare": (up, {"AWS_PROFILE": "x"}, "no Cloudflare credentials, which example.net", "API_TOKEN"),
        "wrong engine": (up, {**whole, "MTASTS_ENGINE": str(old)}, "is 3.100.0, older than", "engine --build"),
        "missing engine": (up, {**whole, "MTASTS_ENGINE": "/nonexistent"}, "MTASTS_ENGINE names", "unset it"),
        "no backend folder": (up, {**whole, "PULUMI_BACKEND_URL": "file:///none"}, "file:///none", "BACKEND_URL"),
        "no sandbox": ([*up, "--sandbox"], {"MTASTS_SANDBOX_DIR": f"{tmp}/nothing"}, "no sandbox runs on", "up"),
        "sandbox gone": (up, gone, "does not answer on 127.0.0.1:1", "mtasts sandbox up"),
        "no terminal": (["up", "--stack", "staging"], clouds, "there is no terminal", "--yes"),
        "not created": (up, whole, "no such stack in the state backend: staging", "--create"),
        "no plugin": (create, whole, "provider plugin aws is not installed", "--sandbox"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "situation",
    [
        "which stack", "no such stack", "no policies folder", "no project", "no AWS",
        "no Cloudflare", "wrong engine", "missing engine", "no backend folder", "no sandbox", "sandbox gone",
        "no terminal", "not created", "no plugin",
    ],
)  # fmt: skip
def test_bad_situation(tmp_path: Path, engine: Path, situation: str) -> None:
    """One clear line that names the thing, the way out, exit code 2; no traceback, unless --debug asks for it."""
    words, environ, names, hint = bad_situations(tmp_path)[situation]
    home = tmp_path / "home"
    home.mkdir()
    quiet = {"HOME": str(home), "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true", "MTASTS_ENGINE": str(engine)}
    cwd = copy_of_project(tmp_path)  # `--create` writes the salt of a real stack into its settings
    done = mtasts(*words, environ={**quiet, **environ}, cwd=cwd)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    told = [line for line in done.stderr.splitlines() if line.startswith(("mtasts: ", "  hint: "))]
    assert len(told) == 2, done.stderr
    assert names in told[0]
    assert hint in told[1]
    assert "Traceback" not in done.stderr
    assert "Traceback" in mtasts(*words, "--debug", environ={**quiet, **environ}, cwd=cwd).stderr


def copy_of_project(folder: Path) -> Path:
    """The project with a link to its policies."""
    project = folder / "project"
    project.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.prod.yaml", "__main__.py"):
        (project / name).write_bytes((ROOT / name).read_bytes())
    (project / "policies").symlink_to(ROOT / "policies")
    return project


def test_invalid_policies_touch_nothing(tmp_path: Path) -> None:
    """Each problem at its place, exit 1 (it is not as it should be), before engine or clouds are looked for."""
    project = copy_of_project(tmp_path)
    folder = tmp_path / "policies" / "staging"
    folder.mkdir(parents=True)
    for name in ("_defaults.yaml", "example.com.yaml", "example.net.yaml"):
        text = (ROOT / "policies" / "staging" / name).read_text()
        (folder / name).write_text(text.replace("mode: testing", "mode: no"))
    words = ["up", "--yes", "--stack", "staging", "--policies", str(folder.parent)]
    done = mtasts(*words, environ={"MTASTS_ENGINE": "/nonexistent"}, cwd=project)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count(f"{folder}/example.") == 2
    assert done.stderr.splitlines()[-2:] == [
        "mtasts: why not the others: no file of the stack is right",
        "mtasts: 2 problems in policies; nothing was touched",
    ]


def test_version() -> None:
    """Said, and the SDK is the one that the engine is driven with."""
    assert mtasts("--version").stdout.startswith("mtasts ")
    import importlib.metadata

    assert importlib.metadata.version("pulumi") == dotted(SDK)


def test_closed_pipe_is_quiet() -> None:
    """`mtasts --help | head -1` complains about nothing."""
    shell = f"{MTASTS} --help | head -c 10"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "usage: mta", "")


def test_a_closed_pipe_is_no_success() -> None:
    """A finding that nobody could read: not 0, as for what was found to be right."""
    read, write = os.pipe()
    os.close(read)
    try:
        command = [str(MTASTS), "lint", "tlsrpt", "v=TLSRPTv1; rua=ftp:x"]
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_the_shell_closed(tmp_path: Path, closed: str) -> None:
    """Nothing breaks, and what is meant for stderr does not come out on stdout."""
    (tmp_path / "policies" / "prod").mkdir(parents=True)
    shell = f"{MTASTS} validate {tmp_path / 'policies'} --format json {closed}"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert "internal error" not in done.stderr
    assert " >&-" in f" {closed}" or json.loads(done.stdout)["valid"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk without room")
def test_a_full_disk_is_said() -> None:
    """One line, exit code 2, and no success for a result that is nowhere."""
    shell = f"{MTASTS} lint txt --json -- 'v=STSv1; id=1;' > /dev/full"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "mtasts: cannot write: No space left on device")
