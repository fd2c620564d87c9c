"""Proposed steps on a forge: a branch and a pull request each, made once, kept up to date, withdrawn.

Each call can be repeated, and may be cut off anywhere: the next run finds what is there and goes on from it. Two runs
at once meet at the branch, which only one of them moves, and at the forge, which takes one pull request a branch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtasts.app.bot.base import Base
from mtasts.live.forge.contract import Forge, Pull
from mtasts.live.git_branch import Branches
from mtasts.render.verdict.promotion import LABEL, mark_of


@dataclass(frozen=True, slots=True)
class Change:
    """One step: the file that says it, what the pull request says.

    `also` are files that the step's meaning rests on (the stack's defaults): when one of them has changed on the base
    branch, the proposal is made again from there.
    """

    branch: str
    path: str
    content: bytes
    message: str
    title: str
    body: str
    also: tuple[str, ...] = ()


@dataclass(slots=True)
class Proposals:
    """The pull requests from branches below `prefix` to the branch `base`, of which `tip` is the newest commit."""

    forge: Forge
    branches: Branches
    base: str
    tip: str
    prefix: str
    heads: Mapping[str, str]
    _fetched: set[str] = field(default_factory=set)

    @classmethod
    def at(cls, base: Base, forge: Forge) -> "Proposals":
        """Those to the base branch that was read."""
        return cls(forge, base.branches, base.name, base.tip, base.prefix, base.heads)

    def open(self) -> tuple[Pull, ...]:
        """The open ones, newest first."""
        return tuple(pull for pull in self.forge.find_pulls(base=self.base) if pull.branch.startswith(self.prefix))

    def declined(self, change: Change, policy: str) -> Pull | None:
        """The pull request in which somebody has declined this very step: closed, not merged, and not by us.

        `policy`: the digest of what is proposed; another policy is another step.
        """
        last = next(iter(self.forge.refused_pulls(branch=change.branch, base=self.base)), None)
        if last is None:
            return None
        mark = mark_of(last.body)
        return last if mark is None or (not mark.withdrawn and mark.policy == policy) else None

    def propose(self, change: Change) -> Pull | None:
        """Push the branch and open its pull request; None when somebody else has moved the branch meanwhile.

        A branch without an open pull request is what a run left that was cut off, or a merge: it is replaced.
        """
        commit = self._commit(change)
        if not self.branches.push(change.branch, commit, self.heads.get(change.branch, "")):
            return None
        return self.forge.open_pull(
            branch=change.branch, base=self.base, title=change.title, body=change.body, labels=[LABEL]
        )

    def renew(self, pull: Pull, change: Change) -> str:
        """Make branch and text of an open one those of `change`; what was done, in a word or two, "" for nothing.

        A branch that somebody else has put something on is theirs, and stays.
        """
        done = []
        if self._stale(change):
            if not self.branches.push(change.branch, self._commit(change), self.heads.get(change.branch, "")):
                return "left: its branch is being moved by somebody else"
            done.append(f"made again from {self.base}")
        if _plain(pull.body) != _plain(self.forge.kept(change.body)) or pull.title != change.title:
            self.forge.update_pull(pull.number, title=change.title, body=change.body)
            done.append("evidence renewed")
        return ", ".join(done)

    def withdraw(self, pull: Pull, body: str) -> str:
        """Close it, with the reason in its text, and delete its branch if nobody else has put something on it.

        What became of the branch, if it stays.
        """
        # The text first: without it, a pull request that is closed says that somebody declined the step.
        self.forge.update_pull(pull.number, body=body)
        self.forge.close_pull(pull.number)
        head = self.heads.get(pull.branch)
        if head is None:
            return ""
        if self._parent(pull.branch) is None:
            return "its branch stays: it has commits of others"
        return "" if self.branches.delete(pull.branch, head) else "its branch stays: somebody has moved it"

    def _commit(self, change: Change) -> str:
        return self.branches.commit(self.tip, change.path, change.content, change.message)

    def _stale(self, change: Change) -> bool:
        """True if our branch proposes something else, or is based on an old state of the base branch."""
        head = self.heads.get(change.branch)
        if head is None:
            return True
        parent = self._parent(change.branch)
        if parent is None:
            return False
        paths = [change.path, *change.also]
        proposed = self.branches.entries(head, [change.path]).get(change.path)
        wanted = self.branches.blob(change.content)
        moved = self.branches.entries(parent, paths) != self.branches.entries(self.tip, paths)
        return moved or proposed is None or proposed.blob != wanted

    def _parent(self, branch: str) -> str | None:
        if branch not in self._fetched:
            self.branches.fetch([branch])
            self._fetched.add(branch)
        return self.branches.own(self.heads[branch])


def _plain(text: str) -> str:
    """Forges trim bodies, and may turn line ends."""
    return text.replace("\r\n", "\n").strip()
