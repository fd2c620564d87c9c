"""The policies folder on disk: what is read, what is a problem, and what cannot be looked at."""

import os
import socket
from contextlib import chdir
from pathlib import Path

import pytest

from mtasts.errors import CannotLook
from mtasts.live.files import read_file, read_folder, read_stack, stack_names, strays
from mtasts.policy.config import Loaded

REPO = Path(__file__).parent.parent.parent
REST = "mx: [mx1.example.com]\ntls_rpt: {rua: ['mailto:a@example.com']}\ndns: {provider: route53, zone: Z1}\n"


@pytest.fixture
def stack(tmp_path):
    """A stack with one right file; gives its folder."""
    folder = tmp_path / "policies" / "prod"
    folder.mkdir(parents=True)
    (folder / "example.com.yaml").write_text("domain: example.com\n" + REST)
    return folder


def problems(folder):
    return [str(problem).removeprefix(f"{folder}/") for problem in read_stack(folder.parent, folder.name).problems]


def test_the_examples_of_the_staging_stack_are_right():
    """Two domains, one at each DNS service, on hosts of their own, in testing: what `make demo` publishes."""
    loaded = read_stack(REPO / "policies", "staging")
    assert loaded.problems == loaded.warnings == ()
    assert [(p.domain, p.dns.provider, p.mode) for p in loaded.policies] == [
        ("example.com", "route53", "testing"),
        ("example.net", "cloudflare", "testing"),
    ]
    assert len({p.host_group for p in loaded.policies}) == 2


def test_the_example_of_the_prod_stack_is_right_once_it_is_copied(tmp_path):
    """And until then it is not read, so that nobody publishes example.org."""
    assert read_stack(REPO / "policies", "prod") == Loaded((), ())
    for name, copy in (("_defaults.yaml", "_defaults.yaml"), ("example.org.yaml.example", "example.org.yaml")):
        (tmp_path / copy).write_bytes((REPO / "policies" / "prod" / name).read_bytes())
    loaded = read_folder(tmp_path)
    assert loaded.problems == loaded.warnings == ()
    assert [policy.domain for policy in loaded.policies] == ["example.org"]


def test_a_stack_is_a_folder(stack):
    """Files beside it and hidden folders are none."""
    (stack.parent / ".git").mkdir()
    (stack.parent / "schema.json").write_text("{}")
    (stack.parent / "staging").mkdir()
    assert stack_names(stack.parent) == ("prod", "staging")


def test_the_defaults_lie_beneath(stack):
    """`_defaults.yaml` is no domain."""
    (stack / "_defaults.yaml").write_text("owner: mail team\n")
    (policy,) = read_stack(stack.parent, "prod").policies
    assert policy.owner == "mail team"
    assert policy.source == str(stack / "example.com.yaml")


def test_other_files_are_no_domains(stack):
    """Hidden files, notes and examples are passed over."""
    for name in (".example.net.yaml.swp", ".hidden.yaml", "README.md", "example.net.yaml.example", "CODEOWNERS"):
        (stack / name).write_text("rubbish: [")
    assert problems(stack) == []


@pytest.mark.parametrize("name", ["example.net.yml", "example.net.YAML"])
def test_an_ending_that_would_be_passed_over_is_a_problem(stack, name):
    """A domain that is silently not published is worse than one that is refused."""
    (stack / name).write_text("domain: example.net\n" + REST)
    assert problems(stack) == [f"{name}:1:1: file: is ignored because of its file extension; rename it to end in .yaml"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"domain: example.net\nnotes: caf\xe9\n", "2:11: file: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        (b"\xff\xfed\x00", "1:1: file: byte 0xff is not UTF-8; save the file as UTF-8"),
        (b"", "1:1: yaml: the file is empty"),
        (
            b"a" * 300_000,
            "1:1: file: the file has 262144 characters, more than the 65536 that one mail domain may take",
        ),
        (b"\xc3\xa9" * 200_000, "1:1: file: the file has 131072 characters, more than the 65536 that one mail domain"),
        (b"a" + b"\xc3\xa9" * 200_000, "1:1: file: the file has 131072 characters, more than the 65536"),
        (b"domain: example.net\x00\n", '1:20: yaml: the character "\\x00" is not allowed in YAML'),
    ],
)
def test_what_is_no_text_is_a_problem_at_its_place(stack, content, expected):
    """Not an exception, and the other files are still read."""
    (stack / "example.net.yaml").write_bytes(content)
    (problem,) = problems(stack)
    assert problem.startswith(f"example.net.yaml:{expected}")
    assert [policy.domain for policy in read_stack(stack.parent, "prod").policies] == ["example.com"]


def test_defaults_that_are_no_text_are_one_problem(stack):
    """The domains above them are not judged without them."""
    (stack / "_defaults.yaml").write_bytes(b"\xff")
    assert problems(stack) == ["_defaults.yaml:1:1: file: byte 0xff is not UTF-8; save the file as UTF-8"]


def test_a_byte_order_mark_is_harmless(stack):
    """Some editors write one."""
    (stack / "example.com.yaml").write_text("domain: example.com\n" + REST, encoding="utf-8-sig")
    assert problems(stack) == []


def test_what_cannot_be_looked_at(stack, tmp_path):
    """One line that names the thing, and the way out."""
    policies = stack.parent
    with pytest.raises(CannotLook, match="no policies folder at") as caught:
        read_stack(tmp_path / "nowhere", "prod")
    assert caught.value.hint
    with pytest.raises(CannotLook, match="no stack dev in") as caught:
        read_stack(policies, "dev")
    assert caught.value.hint == "stacks there: prod; a stack is a folder"
    (policies / "dev").mkdir()
    (policies / "dev" / "_defaults.yaml").write_text("ttl: 300\n")
    assert read_stack(policies, "dev") == Loaded((), ())
    with pytest.raises(CannotLook, match=r"cannot read .*: No such file"):
        read_file(stack / "missing.yaml")


def test_what_is_no_file_is_a_problem_of_its_own_name(stack, tmp_path):
    """A folder, a link, a socket under a file's name: the other domains are read all the same."""
    (stack / "folder.example.yaml").mkdir()
    (stack / "gone.example.yaml").symlink_to(tmp_path / "gone")
    (stack / "link.example.yaml").symlink_to(stack / "example.com.yaml")
    with socket.socket(socket.AF_UNIX) as server, chdir(stack):
        server.bind("socket.example.yaml")
    assert problems(stack) == [
        "folder.example.yaml:1:1: file: is a folder; put the file itself there",
        "gone.example.yaml:1:1: file: is a symbolic link; put the file itself there",
        "link.example.yaml:1:1: file: is a symbolic link; put the file itself there",
        "socket.example.yaml:1:1: file: cannot be read: No such device or address",
    ]
    assert [policy.domain for policy in read_stack(stack.parent, "prod").policies] == ["example.com"]


@pytest.mark.parametrize("linked", [False, True])
def test_defaults_that_are_no_file_are_the_only_problem(stack, tmp_path, linked):
    """No domain is judged without its defaults."""
    defaults = stack / "_defaults.yaml"
    if linked:
        defaults.symlink_to(tmp_path / "elsewhere.yaml")
    else:
        defaults.mkdir()
    what = "symbolic link" if linked else "folder"
    assert problems(stack) == [f"_defaults.yaml:1:1: file: is a {what}; put the file itself there"]
    assert read_stack(stack.parent, "prod").policies == ()


def test_a_named_pipe_does_not_hang(stack):
    """It reads as empty."""
    os.mkfifo(stack / "example.net.yaml")
    assert problems(stack) == ["example.net.yaml:1:1: yaml: the file is empty"]


def test_one_file_above_its_defaults(stack):
    """Or the defaults alone."""
    (stack / "_defaults.yaml").write_text("owner: mail team\nttl: 1\n")
    (stack / "broken.yaml").write_text("[")
    assert [str(p).removeprefix(f"{stack}/") for p in read_file(stack / "example.com.yaml").problems] == [
        "_defaults.yaml:2:6: ttl: 1 is less than 30 s, the least allowed"
    ]
    assert read_file(stack / "_defaults.yaml").problems == read_file(stack / "example.com.yaml").problems


def test_files_beside_the_stacks_are_problems(stack):
    """Nothing would read them."""
    (stack.parent / "example.net.yaml").write_text("x")
    (stack.parent / "_defaults.yaml").write_text("x")
    (stack.parent / "a.yml").write_text("x")
    assert [str(problem).removeprefix(f"{stack.parent}/") for problem in strays(stack.parent)] == [
        f"{name}:1:1: file: is in no stack's folder, so that nothing reads it; move it into one"
        for name in ("example.net.yaml", "_defaults.yaml", "a.yml")
    ]


def test_a_hostile_file_name_stays_on_its_line(stack):
    """Line feeds and escape characters in a name are shown, not obeyed."""
    (stack / "a\n\x1b[31m.yaml").write_text("[")
    (problem,) = problems(stack)
    assert problem.startswith("a\\n\\x1b[31m.yaml:")
