"""Processes that run an engine on a stack of a `file://` backend: their records, and removal of dead ones' locks."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from mtasts_pulumi.engine.holders import Fate, Here, Holder, forget, here, read_holders
from mtasts_pulumi.engine.locks import Lock, suspects
from mtasts_pulumi.engine.state import lock_files, ours


def surroundings(project: str, stack: str, environ: Mapping[str, str]) -> tuple[dict[Path, Holder], Here | None]:
    """The engines that are known to run, or to have been killed; and what this process can know of them."""
    folder = ours(environ, "running", project, stack)
    return (read_holders(folder), here(folder.parents[3])) if folder else ({}, None)


def clear(locks: Iterable[Lock], project: str, stack: str, environ: Mapping[str, str]) -> None:
    """Take away these locks on files, and what is kept of their holders."""
    holders, _ = surroundings(project, stack, environ)
    for lock in locks:
        if lock.file is None:
            continue
        # This one only: `pulumi cancel` would take a newcomer's as well. Attributes lie in a file beside it.
        lock.file.unlink(missing_ok=True)
        lock.file.with_name(lock.file.name + ".attrs").unlink(missing_ok=True)
        took = set(suspects(lock, holders.values()))
        forget(file for file, holder in holders.items() if holder in took)


def forget_the_gone(project: str, stack: str, environ: Mapping[str, str]) -> None:
    """Where no lock is left, forget the engines that are gone: their numbers will be those of others."""
    if lock_files(project, stack, environ):
        return
    holders, around = surroundings(project, stack, environ)
    if around is not None:
        forget(file for file, holder in holders.items() if around.fate(holder) is Fate.GONE)
