"""The gate reads what a commit has; attributes can make a checkout other bytes, which nobody has judged then."""

import pytest

from tests.hostile.conftest import COM, ORG
from tests.repositories import domain_file

RULES = "policies/prod/.gitattributes"
# One text for who reads the commit, another one where `Ö` is a backslash: there, the quotes end before `mode`.
TWO_FACED = """\
domain: example.com
max_age: 1d
mx:
  - mx1.example.com
tls_rpt:
  rua:
    - mailto:tls@example.com
dns:
  provider: route53
  zone: Z1
owner: "Team Ö"
notes: "
mode: enforce
# "
"""


def commit_raw(repo, files):
    """Just these bytes, whatever the attributes in force would make of them."""
    for path, text in files.items():
        blob = repo.git("hash-object", "-w", "--no-filters", "--stdin", stdin=text.encode())
        repo.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    repo.git("commit", "-q", "-m", "change")


def refused(done, path, attribute):
    assert done.code == 1, done
    assert done.out.startswith("The files are not valid. ")
    assert f"{path}:1:1: file: the attribute {attribute} changes its bytes on checkout" in done.out


def test_a_file_that_says_one_thing_and_is_checked_out_as_another(repo, diff):
    """Nothing changes for mail in the commit, and the checkout publishes enforce: closed."""
    commit_raw(repo, {RULES: "*.yaml working-tree-encoding=ISO646-SE\n", COM: TWO_FACED})

    refused(diff(), COM, "working-tree-encoding=ISO646-SE")


@pytest.mark.parametrize(
    ("where", "rules", "shown"),
    [
        (RULES, "example.com.yaml working-tree-encoding=UTF-16", "working-tree-encoding=UTF-16"),
        ("policies/.gitattributes", "prod/*.yaml filter=lfs diff=lfs merge=lfs -text", "filter=lfs"),
        (".gitattributes", "*.yaml ident", "ident"),
        (".gitattributes", "policies/** text eol=crlf", "eol=crlf"),
        (".gitattributes", "*.yaml export-subst", "export-subst"),
        (".gitattributes", "/policies export-ignore\n/policies/** export-ignore", "export-ignore"),
        # A macro, by way of which no line names the file and the attribute together.
        (".gitattributes", "[attr]odd filter=odd\n*com.yaml odd", "filter=odd"),
        # The word that git prints for what is not said.
        (".gitattributes", "*.yaml filter=unspecified", "filter=unspecified"),
        # Quoted, with an escape.
        (".gitattributes", '"policies/prod/\\145xample.com.yaml" ident', "ident"),
    ],
)
def test_attributes_that_change_bytes(repo, diff, where, rules, shown):
    """At every level, however they are said."""
    commit_raw(repo, {where: f"{rules}\n"})

    refused(diff(), COM, shown)


@pytest.mark.parametrize(
    "rules",
    [
        "* text=auto",
        "*.yaml text eol=lf",
        "*.yaml -text -filter -ident !working-tree-encoding",
        "*.yaml binary",
        "*.yaml diff=yaml merge=union linguist-language=YAML whitespace=trailing-space",
        "*.png filter=lfs diff=lfs merge=lfs -text",
        "policies/prod/*.yaml ident\n*.yaml filter=lfs\npolicies/prod/*.yaml -ident -filter",
    ],
)
def test_attributes_that_change_none(repo, diff, rules):
    """The last rule that fits counts, also where folders deeper down say more; other files' are their own matter."""
    above, _, own = rules.rpartition("\n")
    repo.commit({".gitattributes": f"{above}\n", "policies/.gitattributes": own.replace("policies/", "") + "\n"})

    assert diff().code == 0


def test_a_project_below_the_root(repo, diff, tmp_path):
    """The repository's own attributes reach down to it."""
    repo.commit({f"dns/mail/{COM}": domain_file(), ".gitattributes": "dns/** filter=x\n"})

    refused(diff("--policies", "dns/mail/policies"), f"dns/mail/{COM}", "filter=x")


def test_attributes_of_the_base_and_a_file_of_the_change(repo, diff):
    """They came apart, and meet in the merge."""
    repo.commit({COM: domain_file(mode="testing", max_age="2d")})
    repo.switch("main")
    repo.commit({".gitattributes": "*.yaml filter=lfs\n"})

    refused(diff(), COM, "filter=lfs")
    repo.git("checkout", "-q", "-B", "fix")
    repo.commit({".gitattributes": None})
    assert diff(head="fix").code == 0


def test_what_this_machine_is_set_to_does_not_count(repo, diff, tmp_path):
    """The commit is judged alike everywhere; what a checkout here would be is asked where it is published."""
    rules = tmp_path / "attributes"
    rules.write_text("*.yaml filter=odd\n")
    (repo.folder / ".git/info/attributes").write_text("*.yaml filter=odd\n")
    repo.git("config", "core.attributesFile", str(rules))
    repo.write({".gitattributes": "*.yaml filter=odd\n"})

    assert diff().code == 0


def test_attribute_files_that_are_links(repo, diff):
    """Some versions of git follow them; what is at the other end is not in the commit."""
    (repo.folder / RULES).symlink_to("../../rules")
    repo.commit({})

    done = diff()

    assert done.code == 1
    assert f"{RULES}:1:1: file: is a symbolic link" in done.out


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("policies/prod/.GitAttributes", "is .gitattributes to a disk that does not know case"),
        ("policies/prod/Example.org.yaml", "is policies/prod/Example.org.yaml to a disk that does not know case"),
        ("policies/Prod/example.net.yaml", "is policies/Prod to a disk that does not know case"),
    ],
)
def test_names_that_are_one_to_some_disks(repo, diff, path, says):
    """There one of them lies over the other."""
    repo.commit({path: domain_file("example.net") if path.endswith(".yaml") else "*.yaml ident\n"})

    done = diff()

    assert done.code == 1
    assert says in done.out
    assert (repo.folder / ORG).exists()
