"""The evidence that verdicts stand on: the store of reports, and the probes that another machine makes."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from mtasts.app.doctor.set_up import SetUp
from mtasts.app.evidence import EvidenceRequest, read_evidence
from mtasts.errors import CannotLook
from mtasts.live.store import open_store
from mtasts.live.store.access import open_to_others
from mtasts.live.store_location import DEFAULT_LOCATION
from mtasts.render.doctor import Found, State
from mtasts.words.counted import number

_PROBES, _KEYS = "MTASTS_PROBES", "MTASTS_PROBE_KEYS"


def reports(setup: SetUp) -> Iterator[Found]:
    """Whether the store can be read, and holds reports of any domain."""
    named = setup.environ.get("MTASTS_REPORTS", "")
    root = setup.project.root if setup.project is not None else setup.start
    location = named or str(root / DEFAULT_LOCATION)
    if not named and not Path(location).exists():
        step = "`mtasts reports import PATH` makes it; MTASTS_REPORTS names another place"
        yield Found("reports", State.MISSING, f"no store in {location}: nothing can become ready", step)
        return
    with open_store(location) as store:
        domains = store.domains()
    if not domains:
        step = "`mtasts reports import PATH` brings some; senders write them a day after the TLS-RPT record is there"
        yield Found("reports", State.MISSING, f"{location} holds none yet", step)
    else:
        yield Found("reports", State.OK, f"{location}, of {number(len(domains), 'domain')}")
    if open_to_others(location):
        says = f"{location} is open to other users of this machine"
        yield Found("reports", State.WIDE, says, f"`chmod -R go= {shlex.quote(location)}`")


def probes(setup: SetUp) -> Iterator[Found]:
    """The file of probes that pipelines take, and the key that it is signed with."""
    named = setup.environ.get(_PROBES, "")
    again = "make it anew where port 25 is open: `mtasts probe --key FILE`"
    if not named:
        yield Found("probes", State.NOTE, f"{_PROBES} is not set: MX hosts are looked at from here")
        return
    if not setup.environ.get(_KEYS):
        says = f"{_PROBES} is set, and {_KEYS} is not: nobody can tell who made them"
        step = "set it to the public key that `mtasts probe --make-key FILE` prints"
        yield Found("probes", State.MISSING, says, step)
        return
    try:
        read = read_evidence(EvidenceRequest(named), setup.environ, setup.now)
    except CannotLook as error:
        yield Found("probes", State.WRONG, error.message, error.hint or again)
        return
    if read.evidence.made_at is None:
        yield Found("probes", State.WRONG, "; ".join(read.notes), again)
    else:
        yield Found("probes", State.OK, f"{named}, made {read.evidence.made_at:%Y-%m-%d %H:%M} UTC, signature checked")
