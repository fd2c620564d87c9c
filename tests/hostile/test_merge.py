"""A change is judged as what its merge gives, or not at all: whatever happens on both sides meanwhile."""

import json

import pytest

from tests.hostile.conftest import COM, DEFAULTS, ORG
from tests.repositories import domain_file

NET = "policies/prod/example.net.yaml"
ENFORCE = domain_file(mode="enforce", max_age="1d")


def on_main(repo, files):
    """Somebody merges something else meanwhile; we stand on main then."""
    repo.switch("main")
    return repo.commit(files)


def test_defaults_of_the_change_reach_a_domain_that_the_base_got_later(repo, diff):
    """The branch has no such domain; what is merged publishes it in enforce, as its first policy."""
    repo.commit({DEFAULTS: "ttl: 300\nmode: enforce\n", COM: domain_file(mode="testing", max_age="2d")})
    on_main(repo, {NET: domain_file("example.net")})

    done = diff()

    assert done.code == 1
    assert done.out.startswith("example.net, testing -> enforce: not now.")


def test_a_domain_of_the_change_begins_below_the_defaults_of_the_base(repo, diff):
    """Nothing in the branch says enforce; the merge does."""
    repo.commit({NET: domain_file("example.net")})
    on_main(repo, {DEFAULTS: "ttl: 300\nmode: enforce\n"})

    done = diff()

    assert done.code == 1
    assert "first-mode" in done.out


def test_what_the_base_published_since_is_not_undone(repo, diff):
    """The branch still has the old text of a domain; git takes the newer one."""
    repo.commit({ORG: domain_file("example.org", mode="testing", max_age="2d")})
    on_main(repo, {COM: ENFORCE})

    done = diff("--format", "json")

    assert [one["domain"] for one in json.loads(done.out)["details"]["domains"]] == ["example.org"]


def test_a_branch_that_has_the_base_taken_in_is_judged_whole(repo, diff):
    """The remedy that is printed opens what it says."""
    repo.commit({COM: domain_file(mode="testing", max_age="2d")})
    on_main(repo, {COM: domain_file(mode="testing", max_age="1d", owner="others")})
    assert "base-moved" in diff().out
    repo.switch("change")
    repo.git("merge", "-q", "--no-ff", "-s", "ours", "-m", "take main in", "main")

    done = diff()

    assert done.code == 0
    assert done.out.startswith("example.com, max_age 1 day -> 2 days: no rule forbids it.")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({COM: domain_file(mode="testing", max_age="2d")}, {COM: domain_file(mode="testing", max_age="3d")}),
        ({COM: domain_file(mode="testing", max_age="2d")}, {COM: None}),
        ({COM: None}, {COM: ENFORCE}),
        ({DEFAULTS: "ttl: 600\n"}, {DEFAULTS: "ttl: 300\nowner: others\n"}),
        ({NET: domain_file("example.net")}, {NET: domain_file("example.net", owner="others")}),
        # Git would merge these: other lines of one file, far enough apart.
        (
            {COM: "# above\n\n\n" + domain_file(mode="testing", max_age="1d")},
            {COM: domain_file(mode="testing", max_age="1d") + "\n\n\nnotes: below\n"},
        ),
    ],
)
def test_a_file_that_both_sides_change(repo, diff, ours, theirs):
    """Closed, by the name of the file, whether or not git would find a text for it."""
    repo.commit(ours)
    on_main(repo, theirs)

    done = diff()

    assert done.code == 1
    assert f"{next(iter(ours))}:1:1: base-moved: the base branch and this change have both changed it" in done.out


def test_an_edit_that_would_follow_a_rename(repo, diff):
    """Git moves it into the renamed file, so that its own path says nothing of it."""
    repo.commit({COM: ENFORCE})
    repo.switch("main")
    repo.git("mv", COM, "policies/prod/EXAMPLE.COM.yaml")
    repo.commit({})

    done = diff()

    assert done.code == 1
    assert f"{COM}:1:1: base-moved" in done.out


def test_a_file_that_would_follow_its_folder(repo, diff):
    """The base renames a stack, the change adds a file to the old one: which stack gets it is not ours to guess."""
    repo.commit({NET: domain_file("example.net")})
    repo.switch("main")
    repo.git("mv", "policies/prod", "policies/live")
    repo.commit({})

    done = diff()

    assert done.code == 1
    assert "base-moved" in done.out


def test_a_folder_from_outside_that_becomes_a_stack(repo, diff):
    """The change makes a stack of a folder of drafts; a draft that the base gets meanwhile would be published."""
    drafts = {f"drafts/d{n}.example.yaml": domain_file(f"d{n}.example") for n in range(3)}
    on_main(repo, drafts)
    repo.git("checkout", "-q", "-B", "change")
    repo.git("mv", "drafts", "policies/staging")
    repo.commit({})
    on_main(repo, {"drafts/e.example.yaml": domain_file("e.example", mode="enforce")})
    repo.git("config", "merge.directoryRenames", "true")

    done = diff()

    assert done.code == 1
    assert "base-moved" in done.out


def test_attributes_and_settings_of_this_machine_merge_nothing(repo, diff):
    """A driver that would take both sides' lines, or one side's whole: neither has a say."""
    repo.commit({COM: domain_file(mode="testing", max_age="2d")})
    on_main(repo, {COM: domain_file(mode="testing", max_age="3d"), ".gitattributes": "*.yaml merge=union\n"})
    (repo.folder / ".git/info/attributes").write_text("*.yaml merge=mine\n")
    repo.git("config", "merge.mine.driver", "touch ran; exit 0")

    done = diff()

    assert done.code == 1
    assert f"{COM}:1:1: base-moved" in done.out
    assert not (repo.folder / "ran").exists()


def test_conflicts_elsewhere(repo, diff):
    """What cannot be merged is not judged as if it could."""
    repo.commit({COM: domain_file(mode="testing", max_age="2d"), "README.md": "ours\n"})
    on_main(repo, {"README.md": "theirs\n"})

    done = diff()

    assert done.code == 1
    assert ".:1:1: base-moved: files outside the policies conflict" in done.out


def test_histories_that_cross(repo, diff):
    """Two merge bases: closed until the base branch is taken in, and open then."""
    first = repo.commit({COM: domain_file(mode="testing", max_age="2d")})
    other = on_main(repo, {ORG: domain_file("example.org", mode="testing", max_age="2d")})
    repo.git("merge", "-q", "-m", "cross", first)
    repo.switch("change")
    repo.git("merge", "-q", "-m", "cross", other)
    repo.commit({COM: domain_file(mode="testing", max_age="3d")})
    assert len(repo.git("merge-base", "--all", "main", "change").split()) == 2

    done = diff()

    assert done.code == 1
    assert (
        "policies:1:1: base-moved: the histories of the base branch and of this change cross (2 merge bases)"
        in done.out
    )
    repo.git("merge", "-q", "-m", "take main in", "main")
    assert diff().out.startswith("example.com, max_age 2 days -> 3 days: no rule forbids it.")


def test_nothing_in_common(repo, diff):
    """A history of its own is merged by nobody."""
    repo.git("checkout", "-q", "--orphan", "alone")
    repo.commit({COM: ENFORCE})

    done = diff(head="alone")

    assert (done.code, done.out) == (2, "")
    assert "have no commit in common" in done.err


def test_grafts_and_replacements_do_not_count(repo, diff):
    """They would make the change seem to begin from the newest commit, and undo what the base did."""
    head = repo.commit({COM: ENFORCE})
    tip = on_main(repo, {COM: domain_file(mode="testing", max_age="3d")})
    (repo.folder / ".git/info/grafts").write_text(f"{head} {tip}\n")
    repo.git("replace", "--graft", head, tip)

    assert "base-moved" in diff().out


def test_a_git_that_cannot_merge(repo, diff, tmp_path, monkeypatch):
    """Which version can is said, with the other way out; what needs no merge is judged."""
    real = repo.git("--exec-path")
    old = tmp_path / "bin/git"
    old.parent.mkdir()
    old.write_text(f'#!/bin/sh\ncase "$*" in *version) echo git version 2.37.9;; *) exec {real}/git "$@";; esac\n')
    old.chmod(0o755)
    repo.commit({COM: domain_file(mode="testing", max_age="2d")})
    monkeypatch.setenv("PATH", str(old.parent), prepend=":")
    assert diff().code == 0
    on_main(repo, {ORG: None})

    done = diff()

    assert (done.code, done.out) == (2, "")
    assert "git 2.37 cannot tell what a merge gives; 2.38 can" in done.err


def test_nothing_is_written_where_it_is_looked(repo, diff):
    """A merge makes objects, and none of them in this repository."""
    repo.commit({COM: domain_file(mode="testing", max_age="2d")})
    on_main(repo, {ORG: domain_file("example.org", mode="testing", max_age="2d")})
    before = sorted((repo.folder / ".git").rglob("*"))

    assert diff().code == 0
    assert sorted((repo.folder / ".git").rglob("*")) == before


def test_files_in_the_folder_are_not_taken_for_the_merge(repo, diff):
    """A look before committing, while the base has gone on: take it in first."""
    repo.write({COM: domain_file(mode="testing", max_age="2d")})
    assert diff("--worktree", head="HEAD").out.startswith("example.com, max_age 1 day -> 2 days")
    repo.git("stash", "-q")
    on_main(repo, {ORG: domain_file("example.org", mode="testing", max_age="2d")})
    repo.switch("change")
    repo.git("stash", "pop", "-q")

    done = diff("--worktree", head="HEAD")

    assert done.code == 1
    assert "policies:1:1: base-moved: the base branch has changed policies since" in done.out
