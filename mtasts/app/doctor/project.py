"""The things on this machine: the distributions, the project's files, its stacks."""

import importlib.metadata
import shlex
from collections.abc import Iterator

from mtasts.app.doctor.set_up import SetUp
from mtasts.app.validate import validate
from mtasts.render.doctor import Found, State
from mtasts.words.counted import few, number

_DISTRIBUTIONS = ("mtasts", "mtasts-pulumi", "mtasts-sandbox")


def distributions(setup: SetUp) -> Iterator[Found]:
    """Our own: they belong together only in one version."""
    del setup
    found = {name: version for name in _DISTRIBUTIONS if (version := _version(name))}
    told = ", ".join(f"{name} {version}" for name, version in found.items())
    if len(set(found.values())) > 1:
        step = "install them all in one version: `pip install -r requirements.txt`"
        yield Found("distributions", State.WRONG, f"{told}: not of one version", step)
    elif "mtasts-pulumi" not in found:
        says = f"{told}, without mtasts-pulumi: it can look and judge, and publish nothing"
        yield Found("distributions", State.MISSING, says, "`pip install mtasts-pulumi`")
    else:
        yield Found("distributions", State.OK, told)


def project(setup: SetUp) -> Iterator[Found]:
    """The folder with Pulumi.yaml and a program."""
    if setup.project is None:
        yield Found("project", State.MISSING, setup.trouble, "`mtasts new DIR` makes one; --project names one")
    else:
        yield Found("project", State.OK, f"{setup.project.name} in {setup.project.root}")


def stacks(setup: SetUp) -> Iterator[Found]:
    """Each stack's files: are they valid, and is there a domain?"""
    if setup.project is None:
        return
    policies = setup.project.policies(setup.environ)
    if not setup.stacks:
        step = f"make {policies}/STACK/DOMAIN.yaml: `mtasts init DOMAIN` drafts it"
        yield Found("stacks", State.MISSING, f"no stack in {policies}", step)
    for stack, loaded in setup.stacks.items():
        subject = f"stack {stack}"
        problems = validate(policies, stack).problems if (policies / stack).is_dir() else ()
        if problems:
            says = f"{number(len(problems), 'problem')}, first: {problems[0]}"
            step = f"`mtasts validate {shlex.quote(str(policies))}` lists them all"
            yield Found(subject, State.WRONG, says, step)
        elif not loaded.policies:
            yield Found(subject, State.NOTE, "no mail domain: nothing to do")
        else:
            names = few([policy.domain for policy in loaded.policies], 4)
            yield Found(subject, State.OK, f"{number(len(loaded.policies), 'mail domain')}, valid: {names}")


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
