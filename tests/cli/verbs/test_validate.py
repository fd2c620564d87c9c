"""`mtasts validate` as a user runs it: output, exit codes, formats."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

REST = "mx: [mx1.example.com]\ntls_rpt: {rua: ['mailto:a@example.com']}\ndns: {provider: route53, zone: Z1}\n"


def validate(*arguments, cwd=None):
    command = [sys.executable, "-m", "mtasts", "validate", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd, timeout=PATIENCE)


@pytest.fixture
def project(tmp_path):
    """Two stacks of one right domain each."""
    for stack, domain in (("prod", "example.com"), ("staging", "example.net")):
        folder = tmp_path / "policies" / stack
        folder.mkdir(parents=True)
        (folder / f"{domain}.yaml").write_text(f"domain: {domain}\n" + REST)
    return tmp_path


def test_right_files_give_one_line_and_0(project):
    """How many domains in how many stacks; `policies` is the default."""
    done = validate(cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "2 domains in 2 stacks (prod, staging): valid, no warnings\n",
        "",
    )


def test_a_wrong_file_gives_one_line_a_problem_and_1(project):
    """Sorted by place, across stacks, and nothing else on stdout."""
    (project / "policies/prod/example.com.yaml").write_text("domain: example.com\nmax_age: 40000000\nmode: no\n" + REST)
    (project / "policies/staging/example.net.yaml").write_text("[")
    done = validate(cwd=project)
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [
        "policies/prod/example.com.yaml:2:10: max_age: 40000000 is more than the 31557600 s that RFC 8461 allows",
        'policies/prod/example.com.yaml:3:7: mode: "no" without quotes is a boolean in YAML; write mode: none',
    ]
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr == "3 problems: nothing will be published\n"


def test_a_warning_is_shown_and_forbids_nothing(project):
    """Exit code 0, the warning's line, and its count in the last line."""
    (project / "policies/prod/example.com.yaml").write_text("domain: example.com\nmax_age: 1h\n" + REST)
    done = validate("policies/prod", cwd=project)
    assert (done.returncode, done.stdout) == (
        0,
        "policies/prod/example.com.yaml:2:10: warning: max_age: 3600 is less than a day; Google and others pass over"
        " such a policy\n1 domain in 1 stack (prod): valid, 1 warning\n",
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["policies"], "2 domains in 2 stacks (prod, staging)"),
        (["policies/prod"], "1 domain in 1 stack (prod)"),
        (["policies/prod/example.com.yaml"], "1 domain in 1 stack (prod)"),
        (["--stack", "staging"], "1 domain in 1 stack (staging)"),
        (["policies", "--stack", "prod"], "1 domain in 1 stack (prod)"),
    ],
)
def test_what_path_may_be(project, arguments, line):
    """The policies folder, a stack, a file; or a stack by name."""
    done = validate(*arguments, cwd=project)
    assert (done.returncode, done.stdout) == (0, f"{line}: valid, no warnings\n")


def test_a_stack_can_be_the_current_folder(project):
    """`.` has no name of its own; the stack has."""
    done = validate(".", cwd=project / "policies" / "prod")
    assert done.stdout == "1 domain in 1 stack (prod): valid, no warnings\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "mtasts: no such file or folder: nowhere\n  hint: "),
        (["--stack", "dev"], "mtasts: no stack dev in policies\n  hint: stacks there: prod, staging"),
        (["empty"], "mtasts: no stack in empty\n  hint: copy an example to empty/<stack>/<domain>.yaml"),
        (["policies/prod/example.com.yaml", "--stack", "x"], "mtasts: no policies folder at "),
        (["--format", "xml"], "usage: mtasts validate"),
    ],
)
def test_what_cannot_be_looked_at_is_2(project, arguments, said):
    """One clear line and the way out on stderr, nothing on stdout, no traceback."""
    (project / "empty").mkdir()
    done = validate(*arguments, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert "Traceback" not in done.stderr


def test_no_policies_folder_here_is_2(tmp_path):
    """Run outside a project."""
    done = validate(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("mtasts: no such file or folder: policies\n")


def test_a_stack_without_a_domain_is_noted_when_others_have_some(project):
    """It is no error: a new project has an empty prod."""
    (project / "policies/dev").mkdir()
    (project / "policies/dev/_defaults.yaml").write_text("ttl: 300\n")
    done = validate(cwd=project)
    assert done.returncode == 0
    assert done.stderr == "note: stack dev has no mail domain yet; copy an example to policies/dev/<domain>.yaml\n"
    for words in (["policies/dev"], ["--stack", "dev"], ["--stack", "gone"]):
        (project / "Pulumi.yaml").write_text("name: p\n")
        (project / "__main__.py").touch()
        (project / "Pulumi.gone.yaml").write_text("config: {}\n")
        alone = validate(*words, cwd=project)
        assert (alone.returncode, alone.stdout) == (0, "no mail domain: nothing to do\n"), alone.stderr
        assert alone.stderr.startswith(f"note: stack {Path(words[-1]).name} has no mail domain yet; copy an example to")
        assert "stacks" in json.loads(validate(*words, "--format", "json", cwd=project).stdout)


def test_a_domain_in_two_stacks_and_a_stray_file_are_found(project):
    """Only a look at the whole folder can see them."""
    (project / "policies/staging/example.com.yaml").write_text("domain: example.com\n" + REST)
    (project / "policies/example.org.yaml").write_text("domain: example.org\n" + REST)
    done = validate(cwd=project)
    assert (done.returncode, done.stdout) == (
        1,
        "policies/example.org.yaml:1:1: file: is in no stack's folder, so that nothing reads it; move it into one\n"
        "policies/staging/example.com.yaml:1:1: domain: example.com is published by policies/prod/example.com.yaml too;"
        " a domain belongs to one stack\n",
    )


def test_json(project):
    """As docs/reference/yaml.md documents it."""
    (project / "policies/prod/example.com.yaml").write_text("domain: example.com\nmax_age: 1h\nttl: 1\n" + REST)
    done = validate("--format", "json", cwd=project)
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "valid": False,
        "stacks": [{"stack": "prod", "domains": 0}, {"stack": "staging", "domains": 1}],
        "problems": [
            {
                "path": "policies/prod/example.com.yaml",
                "line": 2,
                "column": 10,
                "severity": "warning",
                "key": "max_age",
                "message": "3600 is less than a day; Google and others pass over such a policy",
            },
            {
                "path": "policies/prod/example.com.yaml",
                "line": 3,
                "column": 6,
                "severity": "error",
                "key": "ttl",
                "message": "1 is less than 30 s, the least allowed",
            },
        ],
        "notes": [],
    }


def test_github_commands_cannot_be_forged(project):
    """Neither by a file's name nor by what a file holds."""
    name = "a%,:\n::error::x.yaml"
    (project / "policies/prod" / name).write_text('domain: example.org\nmode: "100%\\n::error::x"\n' + REST)
    done = validate("policies/prod", "--format", "github", cwd=project)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    path = "policies/prod/a%25%2C%3A\\n%3A%3Aerror%3A%3Ax.yaml"
    assert lines == [
        f"::error file={path},line=1,col=1,title=file::file: the file of example.org must be named example.org.yaml, so"
        " that it is found",
        f'::error file={path},line=2,col=7,title=mode::mode: "100%25\\n::error::x" is not one of testing, enforce,'
        " none",
    ]


def test_hostile_text_stays_on_its_line(project):
    """Escape characters and line feeds in values are shown, not obeyed."""
    (project / "policies/prod/example.com.yaml").write_text('domain: "a\\e[31m\\n\\u202e"\n"k\\n\\e": 1\n' + REST)
    done = validate("policies/prod", cwd=project)
    assert done.returncode == 1
    assert all(
        line.isprintable() and line.startswith("policies/prod/example.com.yaml:") for line in done.stdout.splitlines()
    )
    assert len(done.stdout.splitlines()) == 2


def test_a_hundred_files_well_under_a_second(project):
    """The interpreter's start included. Processor time, so that a busy machine does not fail it."""
    for i in range(99):
        (project / f"policies/prod/d{i}.example.yaml").write_text(f"domain: d{i}.example\n" + REST)
    validate(cwd=project)  # in a fresh clone Python compiles what is loaded, once
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert validate(cwd=project).returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.8


def test_the_summary_line_belongs_to_right_files_in_github_format_too(project):
    """Beside the command that a warning becomes; a wrong file has no such line."""
    path = project / "policies/prod/example.com.yaml"
    path.write_text("domain: example.com\nmax_age: 1h\n" + REST)
    done = validate("policies/prod", "--format", "github", cwd=project)
    assert done.returncode == 0
    assert done.stdout == (
        "::warning file=policies/prod/example.com.yaml,line=2,col=10,title=max_age::max_age: 3600 is less than a day;"
        " Google and others pass over such a policy\n1 domain in 1 stack (prod): valid, 1 warning\n"
    )
    path.write_text("domain: example.com\nttl: 1\n" + REST)
    done = validate("policies/prod", cwd=project)
    assert done.stdout == "policies/prod/example.com.yaml:2:6: ttl: 1 is less than 30 s, the least allowed\n"
    assert done.stderr == "1 problem: nothing will be published\n"


def own_hosts(folder, count):
    """So many domains, each with a policy host of its own."""
    for number in range(count):
        (folder / f"d{number:03}.example.yaml").write_text(f"domain: d{number:03}.example\n" + REST)


def test_quotas_are_counted_by_the_settings_of_the_project(project):
    """101 host groups are refused before anything is made; Pulumi.yaml and Pulumi.<stack>.yaml can say otherwise."""
    own_hosts(project / "policies/prod", 100)
    over = validate(cwd=project)
    assert over.returncode == 1
    assert len(over.stdout.splitlines()) == 1
    assert over.stdout.startswith("policies/prod/example.com.yaml:1:1: host_group: 101 host groups need 101 distribut")

    (project / "__main__.py").touch()
    (project / "Pulumi.yaml").write_text("name: mtasts\nconfig:\n  mtasts:distributionsPerFunction: {default: 200}\n")
    (project / "Pulumi.prod.yaml").write_text(
        "config:\n  mtasts:distributionsPerAccessControl: 101\n  mtasts:distributionsPerHeadersPolicy: '101'\n"
    )
    raised = validate("policies", cwd=project)
    assert (raised.returncode, raised.stderr) == (0, "")

    (project / "Pulumi.prod.yaml").write_text("config: {'mtasts:namesPerCertificate': many}\n")
    wrong = validate("policies", cwd=project)
    assert wrong.returncode == 2
    assert "mtasts:namesPerCertificate is 'many', not a whole number of names a certificate" in wrong.stderr
    assert "Pulumi.prod.yaml" in wrong.stderr
