"""Changes that somebody proposes to slip past the gate, each with the verdict that it must get.

The real command over a real repository, and a fleet that was published: a branch for each change. A change that flips a
domain has no evidence for it, so every one that is open here is open for what it is.
"""

from collections.abc import Callable

import pytest

from tests.hostile.fleet import Change, Fleet, file_of, run, text_of
from tests.publishing.stage import Run

pytestmark = pytest.mark.xdist_group("hostile-gate")

OPEN, CLOSED, UNREADABLE = 0, 1, 2
DEFAULTS = "policies/staging/_defaults.yaml"
DECIDES = "This changes how policies are published: code owners must approve"
INVALID = "The files are not valid."
NOTHING = "Nothing changes for mail"
UNPROVEN = "enforce-unproven: the verdict is not ready"
LINE_ENDS = {"NEL": "\u0085", "LS": "\u2028", "PS": "\u2029", "CR": "\r", "VT": "\v", "FF": "\f"}


def _submodule(change: Change) -> None:
    path = file_of("gamma")
    change.repo.git("rm", "-q", "--cached", path)
    (change.at / path).unlink()
    commit = change.repo.git("rev-parse", "HEAD")
    change.repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
    change.repo.git("commit", "-q", "-m", "a submodule")
    change.repo.git("checkout", "-qf", "HEAD")


def _again(change: Change, **values: str) -> None:
    """Taken away in one commit, there again in the next."""
    change.remove("gamma").commit().write(file_of("gamma"), text_of("gamma", **values))


def _stack(change: Change, name: str) -> None:
    change.write("policies/prod/_defaults.yaml", (change.at / DEFAULTS).read_text())
    change.move(file_of(name), f"policies/prod/{name}.example.yaml")


def _longer(name: str, before: str, after: str) -> Callable[[Change], object]:
    return lambda change: change.edit(name, f"max_age: {before}", f"max_age: {after}")


def _without_hosts(name: str) -> str:
    return text_of(name).replace(f"mx:\n  - mx1.{name}.example\n  - mx2.{name}.example\n", "")


NEW = text_of("zeta")
ENFORCE = text_of("zeta", mode="enforce")
IDN = "policies/staging/b\u00fccher.example.yaml"
A_LABEL = "policies/staging/xn--bcher-kva.example.yaml"

# What is proposed -> what is done, how it comes out, words of the answer.
POLICIES: dict[str, tuple[Callable[[Change], object], int, str]] = {
    # Into enforce
    "flip": (lambda c: c.flip(), CLOSED, UNPROVEN),
    "flip through the defaults": (
        lambda c: c.edit("gamma", "mode: testing\n", "").add(DEFAULTS, "mode: enforce\n"),
        CLOSED,
        UNPROVEN,
    ),
    "flip behind an anchor": (lambda c: c.edit("gamma", "mode: testing", "mode: &m enforce"), CLOSED, UNPROVEN),
    "flip by a merge key": (
        lambda c: c.write(file_of("gamma"), f"x: &x {{mode: enforce}}\n<<: *x\n{text_of('gamma')}"),
        CLOSED,
        INVALID,
    ),
    "flip by a second key": (lambda c: c.add("gamma", "mode: enforce\n"), CLOSED, INVALID),
    "flip by a key that looks alike": (lambda c: c.add("gamma", "m\u043ede: enforce\n"), CLOSED, INVALID),
    "flip in a second document": (
        lambda c: c.add("gamma", f"---\n{text_of('gamma', mode='enforce')}"),
        CLOSED,
        INVALID,
    ),
    "flip in quotes": (lambda c: c.edit("gamma", "mode: testing", 'mode: "enf\\u006frce"'), CLOSED, UNPROVEN),
    "flip with a tag": (lambda c: c.edit("gamma", "mode: testing", "mode: !!str enforce"), CLOSED, ""),
    "flip in a renamed file": (
        lambda c: c.move(file_of("gamma"), "policies/staging/GAMMA.EXAMPLE.yaml").edit(
            "policies/staging/GAMMA.EXAMPLE.yaml", "mode: testing", "mode: enforce"
        ),
        CLOSED,
        "",
    ),
    "flip in a twin of another case": (
        lambda c: c.write("policies/staging/Gamma.Example.yaml", text_of("gamma", mode="enforce")),
        CLOSED,
        INVALID,
    ),
    "flip in a twin in another stack": (
        lambda c: c.write("policies/prod/gamma.example.yaml", text_of("gamma", mode="enforce")),
        CLOSED,
        "",
    ),
    "flip after a removal": (lambda c: _again(c, mode="enforce"), CLOSED, UNPROVEN),
    "flip after a removal, as adopted": (
        lambda c: _again(c, mode="enforce", rollout="{adopted: it was so before}"),
        CLOSED,
        UNPROVEN,
    ),
    "flip and back": (lambda c: c.flip().commit().edit("gamma", "mode: enforce", "mode: testing"), OPEN, NOTHING),
    "flip with a bar of its own": (
        lambda c: c.flip().add("gamma", "rollout: {window: 7, reporters: 1, sessions: 1, days: 1}\n"),
        CLOSED,
        UNPROVEN,
    ),
    "flip with a bar in the defaults": (
        lambda c: c.flip().add(DEFAULTS, "rollout: {window: 7, reporters: 1, sessions: 1, days: 1}\n"),
        CLOSED,
        UNPROVEN,
    ),
    "flip that lifts a hold": (
        lambda c: c.flip("delta").edit("delta", "rollout: {hold: the backup MX moves}\n", ""),
        CLOSED,
        "held: `hold` forbids it: the backup MX moves",
    ),
    "flip with a year": (lambda c: c.flip().edit("gamma", "1d", "31557600"), CLOSED, "enforce-max-age"),
    "flip with a first rung of its own": (
        lambda c: c.flip().edit("gamma", "1d", "52w").add("gamma", "rollout: {first_max_age: 52w}\n"),
        CLOSED,
        "enforce-max-age",
    ),
    "flip without reports": (lambda c: c.flip().add("gamma", "tls_rpt: {rua: []}\n"), CLOSED, "block no-tls-rpt"),
    "flip from none": (lambda c: c.edit("omega", "mode: none", "mode: enforce"), CLOSED, "first-mode"),
    "first policy in enforce": (lambda c: c.write(file_of("zeta"), ENFORCE), CLOSED, "first-mode"),
    "first policy in enforce, adopted": (
        lambda c: c.write(file_of("zeta"), f"{ENFORCE}rollout: {{adopted: it was so before}}\n"),
        CLOSED,
        "first-mode: `adopted` says that this policy is live already",
    ),
    "first policy in enforce, IDN": (
        lambda c: c.write(IDN, text_of("zeta", domain="b\u00fccher.example", mode="enforce")),
        CLOSED,
        "first-mode",
    ),
    "one IDN twice": (
        lambda c: c.write(IDN, text_of("zeta", domain="b\u00fccher.example")).write(
            A_LABEL, text_of("zeta", domain="xn--bcher-kva.example", mode="enforce")
        ),
        CLOSED,
        INVALID,
    ),
    **{
        f"flip behind the line end {name}": (
            lambda c, end=end: c.repo.write(
                {file_of("gamma"): text_of("gamma").replace("mode: testing", f"# x{end}mode: enforce").encode()}
            ),
            CLOSED,
            "",
        )
        for name, end in LINE_ENDS.items()
    },
    # In enforce
    "longer max_age": (_longer("alpha", "1d", "7d"), CLOSED, "ladder-too-soon"),
    "max_age of a year": (_longer("alpha", "1d", "31557600"), CLOSED, "ladder-skipped"),
    "longer max_age through the defaults": (
        lambda c: c.edit("alpha", "max_age: 1d\n", "").add(DEFAULTS, "max_age: 7d\n"),
        CLOSED,
        "ladder-too-soon",
    ),
    "no reports in enforce": (lambda c: c.add("alpha", "tls_rpt: {rua: []}\n"), CLOSED, "block no-tls-rpt"),
    "no reports through the defaults": (
        lambda c: c.edit(DEFAULTS, "[mailto:tls@example.com]", "[]"),
        CLOSED,
        "block no-tls-rpt",
    ),
    "an mx goes too early": (lambda c: c.edit("alpha", "  - mx2.alpha.example\n", ""), CLOSED, "mx-removed-too-early"),
    "an mx goes through the defaults": (
        lambda c: c.write(file_of("alpha"), _without_hosts("alpha")).add(DEFAULTS, "mx: [mx1.alpha.example]\n"),
        CLOSED,
        "mx-removed-too-early",
    ),
    "an mx is replaced by a stranger's": (
        lambda c: c.edit("alpha", "mx2.alpha.example", "mx.other.example"),
        CLOSED,
        "mx-removed-too-early",
    ),
    # From one place to another
    "to another zone": (lambda c: c.edit("alpha", "zone: ZALPHA", "zone: ZOTHER"), CLOSED, "moved: the records"),
    "to another provider": (
        lambda c: c.edit("alpha", "route53, zone: ZALPHA", "cloudflare, zone: 0123456789abcdef0123456789abcde1"),
        CLOSED,
        "moved: the records",
    ),
    "to another host group": (lambda c: c.edit("alpha", "host_group: alpha", "host_group: beta"), CLOSED, "moved: the"),
    "to another stack": (lambda c: _stack(c, "alpha"), CLOSED, "removal-mode"),
    "to another stack, in testing": (lambda c: _stack(c, "gamma"), CLOSED, "removal-mode"),
    "the stack is renamed": (lambda c: c.move("policies/staging", "policies/production"), CLOSED, "removal-mode"),
    "the folder is renamed": (lambda c: c.move("policies", "policy"), CLOSED, "removal-mode"),
    "the folder is a link": (lambda c: c.move("policies", "real").link("policies", "real"), UNREADABLE, ""),
    "the stack is a link": (
        lambda c: c.move("policies/staging", "policies/.hidden").link("policies/staging", ".hidden"),
        CLOSED,
        INVALID,
    ),
    "a file is a link": (
        lambda c: c.write("other.yaml", text_of("gamma", mode="enforce")).link(file_of("gamma"), "../../other.yaml"),
        CLOSED,
        INVALID,
    ),
    "a file is a submodule": (_submodule, CLOSED, INVALID),
    "a file that is not UTF-8": (
        lambda c: c.repo.write({file_of("gamma"): text_of("gamma", mode="enforce").encode("utf-16")}),
        CLOSED,
        INVALID,
    ),
    "a folder under a file's name": (
        lambda c: c.write("policies/staging/x.example.yaml/readme", "x\n"),
        CLOSED,
        INVALID,
    ),
    "bytes that a checkout changes": (
        lambda c: c.write(".gitattributes", "policies/** ident\n"),
        CLOSED,
        "the attribute ident changes its bytes on checkout",
    ),
    "bytes that a checkout of the stack changes": (
        lambda c: c.write("policies/staging/.gitattributes", "*.yaml eol=crlf\n"),
        CLOSED,
        "the attribute eol=crlf changes its bytes on checkout",
    ),
    # The end
    "an enforcing domain is removed": (lambda c: c.remove("alpha"), CLOSED, "removal-mode"),
    "a testing domain is removed": (lambda c: c.remove("gamma"), CLOSED, "removal-mode"),
    "everything is removed": (lambda c: [c.remove(name) for name in ("alpha", "gamma")], CLOSED, "removal-mode"),
    "a file becomes an example": (lambda c: c.move(file_of("alpha"), file_of("alpha") + ".example"), CLOSED, ""),
    # What is as it should be
    "enforce to testing": (lambda c: c.edit("alpha", "enforce", "testing"), OPEN, "alpha.example, enforce -> testing"),
    "enforce to none": (lambda c: c.edit("alpha", "enforce", "none"), OPEN, "alpha.example, enforce -> none"),
    "testing to none": (lambda c: c.edit("gamma", "testing", "none"), OPEN, "gamma.example, testing -> none"),
    "a shorter max_age": (_longer("beta", "7d", "1d"), OPEN, "beta.example, max_age 1 week -> 1 day"),
    "one mx more": (lambda c: c.edit("alpha", "mx:\n", "mx:\n  - mx3.alpha.example\n"), OPEN, "mx + mx3.alpha.example"),
    "a longer max_age in testing": (_longer("gamma", "1d", "31557600"), OPEN, ""),
    "no reports in testing": (lambda c: c.add("gamma", "tls_rpt: {rua: []}\n"), OPEN, "warn no-tls-rpt"),
    "first policy in testing": (lambda c: c.write(file_of("zeta"), NEW), OPEN, "first policy, mode testing"),
    "a lower bar": (lambda c: c.add("gamma", "rollout: {reporters: 1}\n"), OPEN, "the bar gets lower"),
    "a hold is lifted": (lambda c: c.edit("delta", "rollout: {hold: the backup MX moves}\n", ""), OPEN, "gets lower"),
    "words": (
        lambda c: c.write("docs/rollout.md", "other\n").write("tests/test_y.py", "").add("README.md", "x"),
        OPEN,
        NOTHING,
    ),
}

# What decides how policies are published and judged: in a change of its own for the code owners.
CODE: dict[str, Callable[[Change], object]] = {
    **{
        f"edit {path}": (lambda c, path=path: c.add(path, "# other\n"))
        for path in (
            ".ci/run",
            ".github/CODEOWNERS",
            ".github/workflows/deploy.yml",
            ".gitlab-ci.yml",
            "Makefile",
            "Pulumi.staging.yaml",
            "Pulumi.yaml",
            "__main__.py",
            "components/mtasts_pulumi/read_back.py",
            "mtasts/__init__.py",
            "policies/defaults.schema.json",
            "policies/schema.json",
            "pyproject.toml",
            "requirements.lock",
            "install.sh",
        )
    },
    **{
        f"new {path}": (lambda c, path=path: c.write(path, "# new\n"))
        for path in (
            ".gitattributes",
            ".github/actions/setup/action.yml",
            ".gitlab/CODEOWNERS",
            ".gitmodules",
            ".pulumi/settings.yaml",
            "CODEOWNERS",
            "README.md.d/x",
            "Pulumi.prod.yaml",
            "docs/CODEOWNERS",
            "json.py",
            "mtasts/live/git.py",
            "requirements-dev.lock",
            "scripts/deploy.sh",
            "setup.cfg",
            "sitecustomize.py",
            "tests/.gitattributes",
            "\U0001f4a9\u202e.py",
        )
    },
    "code is renamed away": lambda c: c.move("components/mtasts_pulumi/read_back.py", "docs/read_back.py"),
    "words become code": lambda c: c.move("tests/test_x.py", "components/test_x.py"),
    "code is copied": lambda c: c.write("dnspython.py", (c.at / "mtasts/__init__.py").read_text()),
    "code is deleted": lambda c: c.remove("install.sh"),
    "code can be run": lambda c: c.executable("install.sh"),
    "code is a link": lambda c: c.link("__main__.py", "docs/rollout.md"),
    "words are a folder": lambda c: c.remove("README.md").write("README.md/x.py", ""),
    "documents are a link": lambda c: c.move("docs", "tests/docs").link("docs", "tests/docs"),
    "code in an earlier commit": lambda c: c.add("__main__.py", "# other\n").commit().write("README.md", "x\n"),
}


@pytest.fixture
def gate(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Propose a change and have it judged: the answer with all white space as single blanks."""

    def judged(name: str, change: Callable[[Change], object], *words: str, verb: str = "gate", **more: object) -> Run:
        branch = fleet.propose("".join(letter if letter.isalnum() else "-" for letter in name), change)
        asked = fleet.gate(branch, *(words or ("--sandbox",)), **more)  # type: ignore[arg-type]
        done = run(asked, fleet.environment, capsys)
        return Run(done.code, " ".join(done.out.split()), " ".join(done.err.split()))

    return judged


@pytest.mark.parametrize("name", POLICIES)
def test_a_change_of_policies(gate: Callable[..., Run], name: str) -> None:
    """Closed by the rule that is meant, or open for what it is."""
    change, code, says = POLICIES[name]

    done = gate(name, change)

    assert (done.code, says in done.out) == (code, True), done


@pytest.mark.parametrize("name", CODE)
def test_a_change_of_what_publishes(gate: Callable[..., Run], name: str) -> None:
    """Alone it is for the code owners, and said so first; with a step that binds harder it closes the gate."""

    def narrower(change: Change) -> None:
        CODE[name](change)
        change.edit("alpha", "  - mx2.alpha.example\n", "")

    alone, both = gate(name, CODE[name]), gate(f"{name}, and less mx", narrower)

    assert (alone.code, alone.out.startswith(DECIDES)) == (OPEN, True), alone
    assert (both.code, both.out.startswith(DECIDES)) == (CLOSED, True), both
    assert "not now. code-changed: the same change edits how policies are published:" in both.out


def test_a_way_back_is_not_held_up_by_code(gate: Callable[..., Run]) -> None:
    """It is said first all the same."""
    done = gate("back with code", lambda c: c.add("__main__.py", "#\n").edit("alpha", "enforce", "testing"))

    assert done.code == OPEN
    assert done.out.startswith(f"{DECIDES} __main__.py. alpha.example, enforce -> testing: the gate is open.")
