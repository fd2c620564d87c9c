"""Every command that the product names as a way out: run here after breaking what it is for, or listed with the reason.

The commands are found in the sources, so that a new one fails here until it is run, too.
"""

import ast
import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from mtasts.cli import next_command as _again
from tests.publishing.stage import ROOT
from tests.remedies.conftest import Broken

BOUND = 180  # seconds that no run of the engine takes
pytestmark = pytest.mark.xdist_group("remedies")
_NAMED = re.compile(r"`((?:mtasts|pulumi|eval)\b[^`]*)`")

# Run as somebody who was told to, by tests that stand where the matter is.
ELSEWHERE = {
    "mtasts adopt": "tests/publishing/test_adopt_plan.py",
    "mtasts adopt DOMAIN": "tests/publishing/test_aliases.py",
    "mtasts bot propose --stack S": "tests/cli/verbs/test_bot.py",
    "mtasts bot settle": "tests/cli/verbs/test_bot.py",
    "mtasts bot settle --stack S": "tests/cli/verbs/test_bot.py",
    "mtasts completion bash": "tests/cli/verbs/test_completion.py",
    "mtasts completion fish": "tests/cli/verbs/test_completion.py",
    "mtasts completion zsh": "tests/cli/verbs/test_completion.py",
    "mtasts destroy --stack {}": "tests/publishing/test_removal.py",
    "mtasts doctor --role ARN": "tests/app/doctor/test_rights.py",
    "mtasts engine": "tests/mtasts_pulumi/engine/test_find.py",
    "mtasts gate": "tests/cli/verbs/test_gate.py",
    "mtasts init": "tests/cli/verbs/test_init.py",
    "mtasts new": "tests/installation/test_new_project.py",
    "mtasts mx --swap": "tests/publishing/test_rollout.py",
    "mtasts mx DOMAIN --add HOST": "tests/cli/verbs/test_mx.py",
    "mtasts new DIR": "tests/app/project/test_new.py",
    "mtasts probe --key FILE": "tests/hostile/test_probe_evidence.py",
    "mtasts probe --make-key FILE": "tests/hostile/test_probe_evidence.py",
    "mtasts notify": "tests/cli/verbs/test_notify.py",
    "mtasts promote": "tests/publishing/test_rollout.py",
    "mtasts promote DOMAIN": "tests/publishing/test_rollout.py",
    "mtasts ready": "tests/cli/verbs/test_ready.py",
    "mtasts ready DOMAIN": "tests/cli/verbs/test_ready.py",
    "mtasts ready {}": "tests/cli/verbs/test_ready.py",
    "mtasts ready {} --stack {}": "tests/cli/verbs/test_ready.py",
    "mtasts release {}": "tests/publishing/test_release.py",
    "mtasts reports import --domain DOMAIN": "tests/cli/verbs/reports/test_explain.py",
    "mtasts reports reindex --store {}": "tests/hostile/test_store_access.py",
    "mtasts retire DOMAIN": "tests/publishing/test_rollout.py",
    "mtasts sandbox distribution list": "tests/mtasts_sandbox/verbs/test_sandbox.py",
    "mtasts sandbox fault list": "tests/mtasts_sandbox/verbs/test_sandbox.py",
    "mtasts sandbox mail list": "tests/mtasts_sandbox/verbs/test_sandbox.py",
    "mtasts sandbox web list": "tests/mtasts_sandbox/verbs/test_sandbox.py",
    "mtasts sandbox worker list": "tests/mtasts_sandbox/verbs/test_sandbox.py",
    "mtasts stacks": "tests/cli/verbs/test_stacks.py",
    "mtasts up --refresh": "tests/remedies/test_hand_changes.py",
    "mtasts up --stack {} --create": "tests/publishing/test_drive_killed.py",
    "mtasts preview --stack {}": "tests/installation/test_new_project.py",
    "mtasts upgrade": "tests/installation/test_new_project.py",
    "mtasts {} --stack {}": "tests/publishing/test_drive_killed.py",
}
# Named, but no way out of anything; or what cannot be run here, with the reason.
NOT_RUN = {
    "mtasts bot": "says who wrote the pull request",
    "mtasts comment": "says who takes a file",
    "mtasts help VERB": "says where the help is",
    "mtasts engine --build": "builds the engine for minutes; CI builds it on a fresh machine",
    "mtasts ledger --json": "says what a file is",
    "mtasts probe": "says who writes a file; `mtasts probe DOMAIN... --out FILE` is run",
    "mtasts reports": "says whose folder it is",
    "mtasts sandbox": "says whose option it is",
    "mtasts {}": "names the verb that was given",
    "mtasts:accounts": "a setting of the stack",
    "mtasts:{}": "a setting of the stack",
    "mtasts:{}: N": "a line of the stack's settings",
    "pulumi login": "the engine's, of a backend that is not there",
    "pulumi plugin install resource {0}": "the engine's, needs the network",
    "pulumi stack import": "the engine's, of a backend whose versions only its owner has",
    "pulumi up --replace": "needs the engine's Python host; mtasts does the same for an id, in test_hand_changes.py",
    "pulumi whoami -v": "the engine's, of a backend that is not there",
}


def named() -> dict[str, set[str]]:
    """The commands in the texts of the product, doc strings left out, with the files that name them."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    packages = (ROOT / "mtasts", ROOT / "components" / "mtasts_pulumi", ROOT / "sandbox" / "mtasts_sandbox")
    for path in sorted(path for package in packages for path in package.rglob("*.py")):
        text = path.read_text()
        tree, calls = ast.parse(text), "cli.next_command import" in text  # a pipeline's `command` is another thing
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        parts |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            for command in _NAMED.findall("" if id(node) in parts else _text(node)):
                found[command].add(path.relative_to(ROOT).as_posix())
            if (
                calls
                and isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == _again.command.__name__
            ):
                words = [_text(word) or "{}" for word in node.args[1:] if not isinstance(word, ast.Starred)]
                found[" ".join(["mtasts", *words])].add(path.relative_to(ROOT).as_posix())
    return found


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def bare(command: str) -> str:
    """Verb and options, without what a person puts in: the same command may be named longer or shorter."""
    return " ".join(word for word in command.split() if word != "{}" and not word.rstrip(".").isupper())


def told(run, command):
    """The way out, as it was printed on a terminal or in a comment: its words after `mtasts`."""
    printed = run.out + run.err
    assert f"`{command}`" in printed or f"<code>{command}</code>" in printed, printed
    return command.split()[1:]


def no_sandbox(stage, tmp_path):
    """Nothing runs; it is started, asked, hung up and begun anew by what each refusal says."""
    alone = Broken(tmp_path)
    alone.environment["MTASTS_SANDBOX_DIR"] = str(tmp_path / "alone")
    refused = alone.mtasts("verify", "example.com", "--sandbox")
    assert refused.code == 2
    try:
        started = alone.mtasts(*told(refused, "mtasts sandbox up"), "--port", "0")
        assert started.code == 0, started.err
        assert alone.mtasts("sandbox", "status").code == 0
        again = alone.mtasts("sandbox", "up", "--certificate-names", "42")
        assert again.code == 2
        assert alone.mtasts(*told(again, "mtasts sandbox down")).code == 0
        down = alone.mtasts("sandbox", "status")
        assert down.code != 0
        told(down, "mtasts sandbox up")
    finally:
        alone.mtasts("sandbox", "down")


def broken_state(stage, tmp_path):
    """The sandbox's own memory cannot be read; forgetting it is the way out."""
    alone = Broken(tmp_path)
    folder = tmp_path / "alone"
    alone.environment["MTASTS_SANDBOX_DIR"] = str(folder)
    try:
        assert alone.mtasts("sandbox", "up", "--port", "0").code == 0
        assert alone.mtasts("sandbox", "down").code == 0
        (store,) = (path for path in folder.rglob("*") if path.is_file() and path.read_bytes()[:6] == b"SQLite")
        store.write_bytes(b"no data base at all" * 400)
        refused = alone.mtasts("sandbox", "up", "--port", "0")
        assert refused.code == 2
        assert alone.mtasts(*told(refused, "mtasts sandbox reset")).code == 0
        assert alone.mtasts("sandbox", "up", "--port", "0").code == 0
    finally:
        alone.mtasts("sandbox", "down")


def other_shell(stage, tmp_path):
    """The shell still names a sandbox that is gone; its environment is taken anew."""
    stale = {**stage.environment, **stage.cloud, "PULUMI_DEBUG_PROVIDERS": "aws:1,cloudflare:1"}
    refused = _with(stage, stale).mtasts("preview", "--stack", "staging", "--policies", str(stage.policies))
    assert refused.code == 2
    told(refused, 'eval "$(mtasts sandbox env)"')
    lines = stage.mtasts("sandbox", "env").out
    fresh = dict(re.findall(r"^export (\w+)='?(.*?)'?;?$", lines, re.MULTILINE))
    assert fresh["PULUMI_DEBUG_PROVIDERS"] != stale["PULUMI_DEBUG_PROVIDERS"]
    done = _with(stage, {**stale, **fresh}).mtasts("preview", "--stack", "staging", "--policies", str(stage.policies))
    assert done.code == 0, done.err


def _with(stage, environment):
    other = object.__new__(Broken)
    other.__dict__ = {**stage.__dict__, "environment": environment}
    return other


def no_zone(stage, tmp_path):
    """A record of a zone that the sandbox does not have."""
    refused = stage.mtasts("sandbox", "record", "a.new.example", "A", "192.0.2.1")
    assert refused.code == 2
    words = told(refused, "mtasts sandbox zone add NAME PROVIDER ZONEID")
    given = {"NAME": "new.example", "PROVIDER": "route53", "ZONEID": "ZNEWEXAMPLE"}
    assert stage.mtasts(*(given.get(word, word) for word in words)).code == 0
    assert stage.mtasts("sandbox", "record", "a.new.example", "A", "192.0.2.1").code == 0


def invalid_file(stage, tmp_path):
    """A file with two mistakes: a comment names the command that lists both, at their places."""
    path = stage.policies / "staging" / "example.net.yaml"
    kept = path.read_text()
    path.write_text(kept.replace("mode: testing", "mode: test").replace("max_age: 1d", "max_age: 1 day"))
    try:
        where = ("--stack", "staging", "--policies", str(stage.policies))
        refused = stage.mtasts("preview", "--sandbox", *where, "--format", "markdown")
        assert refused.code == 1
        listed = stage.mtasts(*told(refused, "mtasts validate"), str(stage.policies))
        assert listed.code == 1
        assert ("mode" in listed.out + listed.err, "max_age" in listed.out + listed.err) == (True, True)
    finally:
        path.write_text(kept)
    assert stage.mtasts("validate", str(stage.policies)).code == 0


def no_evidence(stage, tmp_path):
    """A file that is no evidence of MX probes: it is made anew."""
    file = tmp_path / "probes.json"
    file.write_text("{}")
    look = ("verify", "example.com", "--sandbox", "--probe-evidence", str(file))
    refused = stage.mtasts(*look)
    assert refused.code == 2
    given = {"DOMAIN...": "example.com", "FILE": str(file)}
    words = (given.get(word, word) for word in told(refused, "mtasts probe DOMAIN... --out FILE"))
    assert stage.mtasts(*words, "--sandbox").code in (0, 1)
    assert stage.mtasts(*look).code in (0, 1)


def judged_by_hand(stage, tmp_path):
    """What `explain` and the checks say to judge: a record, a policy, a report address, a host against a pattern."""
    explained = stage.mtasts("verify", "--explain", "text-as-desired")
    assert explained.code == 0, explained.err
    file = tmp_path / "policy.txt"
    file.write_bytes(stage.body("example.com"))
    for kind, *text in (
        ("txt", stage.txt("example.com")),
        ("policy", str(file)),
        ("tlsrpt", stage.txts("_smtp._tls.example.com")[0]),
        ("mx", "mx1.example.com", "*.example.com"),
    ):
        judged = stage.mtasts("lint", kind, *text)
        assert judged.code == 0, (kind, judged.out, judged.err)


def drafted(stage, tmp_path):
    """What `init` says to do next with its draft, as it prints it."""
    (tmp_path / "new" / "staging").mkdir(parents=True)
    stage.record("example.com", "MX", "10 mx1.example.com.")
    where = ("--sandbox", "--policies", str(tmp_path / "new"), "--stack", "staging")
    made = stage.mtasts("init", "example.com", *where, "--dns-provider", "route53", "--zone", "Z0123456789EXAMPLECOM")
    assert made.code == 0, made.err
    path = tmp_path / "new" / "staging" / "example.com.yaml"
    checked = stage.mtasts(*told(made, f"mtasts validate {path}"))
    assert checked.code == 0, checked.err
    looked = stage.mtasts(*told(made, "mtasts verify example.com"), "--sandbox")
    assert looked.code in (0, 1), looked.err
    stage.record("example.com", "MX")


def published_before(stage, tmp_path):
    """What was published, of a ledger that is refused as not the whole."""
    shown = stage.mtasts("ledger", "example.com", *stage.where(), "--json")
    assert shown.code == 0, shown.err
    assert json.loads(shown.out)[-1]["id"] == stage.id("example.com")


def foreign_lock(stage, tmp_path):
    """Another machine died in the middle of a run, or goes on: only a person can know."""
    backend = Path(stage.cloud["PULUMI_BACKEND_URL"].removeprefix("file://"))
    lock = backend / ".pulumi" / "locks" / "organization" / "mtasts" / "staging" / "0.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    held = {"pid": 4711, "username": "ci", "hostname": "elsewhere", "timestamp": "2026-11-24T07:53:14Z"}
    lock.write_text(json.dumps(held))
    refused = stage.mtasts("up", *stage.where(), "--yes")
    assert refused.code == 2
    assert "ci@elsewhere" in refused.err
    where = f"--policies {stage.policies} --sandbox"
    done = stage.mtasts(*told(refused, f"mtasts state unlock --stack staging {where}"), "--yes")
    assert done.code == 0, done.err
    assert stage.up().code == 0


REPORT = {
    "organization-name": "Example Mail",
    "date-range": {"start-datetime": "2026-11-20T00:00:00Z", "end-datetime": "2026-11-20T23:59:59Z"},
    "contact-info": "reports@mail.example",
    "report-id": "2026-11-20T00:00:00Z_example.com",
    "policies": [
        {
            "policy": {"policy-type": "no-policy-found", "policy-domain": "example.com"},
            "summary": {"total-successful-session-count": 7, "total-failure-session-count": 0},
        }
    ],
}


def looked_after(stage, tmp_path):
    """What `doctor` says of a project that was only begun: each printed step is done, then nothing is open."""
    alone = Broken(tmp_path / "alone")
    alone.environment.update(MTASTS_ENGINE=stage.environment["MTASTS_ENGINE"], MTASTS_READ_BACK_DEADLINE="60")
    (alone.policies / "staging" / "example.net.yaml").unlink()
    reports = tmp_path / "reports"
    alone.environment["MTASTS_REPORTS"] = str(reports)
    where = ("--sandbox", "--policies", str(alone.policies), "--stack", "staging")

    def open_lines():
        looked = alone.mtasts("doctor", *where, "--json")
        assert looked.code == (0 if looked.json["ok"] else 1), looked.err
        return {one["subject"]: one for one in looked.json["found"] if one["step"]}

    def step(subject, command):
        told = open_lines()[subject]["step"]
        assert f"`{command}`" in told, told
        return command.split()[1:]

    try:
        alone.start()
        alone.edit("example.com", mode="tseting")
        listed = alone.mtasts(*step("stack staging", f"mtasts validate {alone.policies}"))
        assert (listed.code, "tseting" in listed.out) == (1, True)
        alone.edit("example.com", mode="testing")
        alone.record("example.com", "MX", "10 mx1.example.com.")
        assert alone.mtasts("sandbox", "mail", "add", "mx1.example.com").code == 0
        made = f"mtasts up --stack staging --create --policies {alone.policies} --sandbox"
        published = alone.mtasts(*step("state of staging", made), "--yes")
        assert published.code == 0, published.err
        report = tmp_path / "report.json"
        report.write_text(json.dumps(REPORT))
        words = step("reports", "mtasts reports import PATH")
        imported = alone.mtasts(*(str(report) if word == "PATH" else word for word in words), "--no-dkim")
        assert imported.code == 0, imported.err
        assert set(open_lines()) <= {"forge"}  # the checkout may have no remote on one
        assert alone.mtasts("doctor", *where).code == (1 if open_lines() else 0)
    finally:
        alone.stop()


def damaged_state(stage, tmp_path):
    """A full disk left the state half-written: the last good one is put back, and the run goes on from it."""
    backend = Path(stage.cloud["PULUMI_BACKEND_URL"].removeprefix("file://"))
    (state,) = (backend / ".pulumi" / "stacks").rglob("staging.json")
    state.write_bytes(state.read_bytes()[:-100])
    refused = stage.mtasts("up", *stage.where(), "--yes")
    assert refused.code == 2
    where = f"--policies {stage.policies} --sandbox"
    done = stage.mtasts(*told(refused, f"mtasts state repair --stack staging {where}"), "--yes")
    assert done.code == 0, done.err
    again = stage.mtasts(*told(done, f"mtasts up --refresh --stack staging {where}"), "--yes", "--json")
    assert again.code == 0, again.err
    assert set(again.json["changes"]) == {"same"}


def merged(stage, tmp_path):
    """What the preview says `up` will do, it does; then there is nothing left."""
    stage.edit("example.com", ttl=600)
    try:
        planned = stage.mtasts("preview", *stage.where(), "--format", "markdown")
        assert stage.mtasts(*told(planned, "mtasts up"), *stage.where(), "--yes").code == 0
        assert stage.run("mtasts preview --expect-no-changes").code == 0
    finally:
        stage.edit("example.com", ttl=300)
        assert stage.up().code == 0


RUN = {
    'eval "$(mtasts sandbox env)"': other_shell,
    "mtasts ledger DOMAIN": published_before,
    "mtasts lint mx HOST PATTERN": judged_by_hand,
    "mtasts lint policy": judged_by_hand,
    "mtasts lint policy FILE": judged_by_hand,
    "mtasts lint tlsrpt": judged_by_hand,
    "mtasts lint txt": judged_by_hand,
    "mtasts probe DOMAIN... --out FILE": no_evidence,
    "mtasts reports import PATH": looked_after,
    "mtasts sandbox down": no_sandbox,
    "mtasts sandbox reset": broken_state,
    "mtasts sandbox status": no_sandbox,
    "mtasts sandbox up": no_sandbox,
    "mtasts sandbox zone add NAME PROVIDER ZONEID": no_zone,
    "mtasts state repair --stack {}": damaged_state,
    "mtasts state unlock --stack {}": foreign_lock,
    "mtasts up": merged,
    "mtasts up --refresh --stack {}": damaged_state,
    "mtasts validate": invalid_file,
    "mtasts validate {}": drafted,
    "mtasts verify": drafted,
    "mtasts verify --explain CODE": judged_by_hand,
    "mtasts verify DOMAIN": drafted,
    "mtasts verify {}": drafted,
}


def test_every_command_that_is_named_is_run_or_has_its_reason():
    """A new way out needs a new test; one that is named no more leaves the tables."""
    known = {*RUN, *ELSEWHERE, *NOT_RUN}
    found = named()
    run = {bare(command) for command in (*RUN, *ELSEWHERE)}
    new = {
        command: sorted(files)
        for command, files in found.items()
        if command not in known and not any(f"{longer} ".startswith(f"{bare(command)} ") for longer in run)
    }
    assert not new, f"run it in tests/remedies, or say where that is done, or why not: {new}"
    assert not known - set(found)
    assert all((ROOT / path).is_file() for path in ELSEWHERE.values())


@pytest.mark.parametrize("scenario", dict.fromkeys(RUN.values()), ids=lambda scenario: scenario.__name__)
def test_the_way_out(broken, scenario, tmp_path):
    """Broken as it can be in the sandbox, and repaired by the command that was printed."""
    scenario(broken, tmp_path)
