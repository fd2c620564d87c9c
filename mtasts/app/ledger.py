"""The ledger of a stack's mail domains: what was published when, read from its bucket, a named bucket, or a file."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from mtasts.app.stack_state import NoState, Published, stack_state
from mtasts.errors import CannotLook
from mtasts.history.adopted import with_adopted
from mtasts.history.eras import Publication
from mtasts.history.ledger import with_history
from mtasts.live.ledger import read_ledger
from mtasts.live.project import choose_stack, find_project, stack_settings
from mtasts.live.publications import read_publications
from mtasts.live.s3 import settings_of
from mtasts.policy.config import DomainPolicy

# Of the time there is. The bucket is read in what is left; and an engine that hangs is killed before we give up.
_ENGINES_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was published when, by mail domain, oldest first; a domain without any publication is not in it.

    `read` is False when there was no place to read it from: then nothing is known, which is not the same as nothing
    having been published. `where` names the place, or says why there is none.
    """

    publications: Mapping[str, tuple[Publication, ...]]
    read: bool
    where: str

    def of(self, domain: str) -> tuple[Publication, ...]:
        """The publications of one mail domain."""
        return self.publications.get(domain, ())

    @property
    def trouble(self) -> str:
        """A line for people where there was nothing to read from, "" where there was."""
        return "" if self.read else f"no ledger: {self.where}"


@dataclass(frozen=True, slots=True)
class LedgerRequest:
    """Where to read the ledger: `source` is `s3://BUCKET` or a file, "" for the bucket of the stack.

    `stack`: "" for $PULUMI_STACK. `project`: a folder in the project, None for the working directory. `environ`: the
    process's, or a sandbox's over it. `seconds`: give up after that, None for never.
    """

    environ: Mapping[str, str] = field(repr=False)  # it holds secrets
    source: str = ""
    stack: str = ""
    project: Path | None = None
    seconds: float | None = None


def open_ledger(
    request: LedgerRequest, domains: Collection[str] | None, policies: Iterable[DomainPolicy] = ()
) -> Ledger:
    """The publications of these mail domains, None for all.

    `policies`: their files, where there are any: they tell the TTLs of the TXT records, and what was adopted. Raises
    CannotLook when what is named, or the stack's bucket, cannot be read, or not in time.
    """
    if domains is not None and not domains:  # a stack without a mail domain may never have been published
        return Ledger({}, True, "no mail domain was asked for")
    files = {policy.domain: policy for policy in policies if domains is None or policy.domain in domains}
    if request.seconds is None:
        return _read(request, domains, files)
    return _within(request.seconds, lambda: _read(request, domains, files))


def _within(seconds: float, read: Callable[[], Ledger]) -> Ledger:
    """What `read` gives in time. A thread cannot be stopped: one that is late is left, and ends with the program."""
    answers: SimpleQueue[Ledger | Exception] = SimpleQueue()

    def answer() -> None:
        try:
            answers.put(read())
        except Exception as error:
            answers.put(error)

    Thread(target=answer, daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except Empty:
        raise CannotLook(f"no answer in {seconds:.0f} s") from None
    if isinstance(found, Exception):
        raise found
    return found


_Files = Mapping[str, DomainPolicy]


def _read(request: LedgerRequest, domains: Collection[str] | None, files: _Files) -> Ledger:
    if request.source and not request.source.startswith("s3://"):
        found = read_publications(Path(request.source))
        wanted = {domain: found[domain] for domain in found if domains is None or domain in domains}
        return Ledger(_with_adopted(wanted, files), True, request.source)
    if request.source:
        return _of_bucket(request, Published(request.source.removeprefix("s3://"), ()), {}, domains, files)
    try:
        published, config = _of_stack(request)
    except _NoStackError as none:
        return Ledger({}, False, none.reason)
    if not published.bucket:
        return Ledger(_with_adopted({}, files), True, "nothing was published from this stack")
    return _of_bucket(request, published, config, domains, files)


def _of_bucket(
    request: LedgerRequest,
    published: Published,
    config: Mapping[str, Any],
    domains: Collection[str] | None,
    files: _Files,
) -> Ledger:
    location = f"s3://{published.bucket}"
    settings = settings_of(request.environ, config)
    ttls = {domain: policy.ttl for domain, policy in files.items()}
    served = _with_adopted(read_ledger(location, domains, ttls=ttls, seconds=request.seconds, **settings), files)
    return Ledger({domain: with_history(texts, published.updates) for domain, texts in served.items()}, True, location)


def _with_adopted(served: Mapping[str, tuple[Publication, ...]], files: _Files) -> dict[str, tuple[Publication, ...]]:
    """What was published, with what the domains published before they came here, as far as their files tell."""
    adopted = {
        domain: with_adopted(served.get(domain, ()), policy.adopted, timedelta(seconds=policy.ttl))
        for domain, policy in files.items()
        if policy.adopted is not None
    }
    return {**served, **{domain: texts for domain, texts in adopted.items() if texts}}


class _NoStackError(Exception):
    """There is no project or stack here whose bucket could be asked for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _of_stack(request: LedgerRequest) -> tuple[Published, Mapping[str, Any]]:
    """What the stack published, and its settings."""
    try:
        project = find_project(request.project or Path.cwd())
        stack = choose_stack(project, request.stack, request.environ)
    except CannotLook as error:
        raise _NoStackError(error.message) from None
    config = stack_settings(project, stack).get("config")
    seconds = None if request.seconds is None else _ENGINES_SHARE * request.seconds
    try:
        published = stack_state().published(project, stack, request.environ, seconds)
    except NoState as error:
        raise _NoStackError(error.message) from None
    return published, config if isinstance(config, dict) else {}
