"""An import: sources opened, mails judged, reports kept, until all is read or, with `watch`, until interrupted."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime

from mtasts.app.reports.batches import Importing, Progress, Tally
from mtasts.live.intake import Intake
from mtasts.live.network import Network, parse_endpoint
from mtasts.live.sources import ImapSecret, SourceOptions, open_source
from mtasts.live.store import open_store
from mtasts.live.store.access import open_to_others
from mtasts.live.vouchers import NoVoucher, TrustedResults, Voucher


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is read (`sources`, as `open_source` takes them) into which store, and how.

    `domain` is what reports are about that name none; `strict` refuses every deviation from RFC 8460. For mails vouch
    their DKIM signatures, whose keys `resolver` (ADDR:PORT, "" for the system's) gives, or the server `authserv_id`;
    nobody without `dkim`. `everything`: read mailboxes and buckets from the beginning; `mark_seen`: mark the mails that
    were read. `watch`: go on, and look every so many seconds.
    """

    sources: tuple[str, ...]
    store: str
    domain: str = ""
    strict: bool = False
    dkim: bool = True
    authserv_id: str = ""
    resolver: str = ""
    secret: ImapSecret = field(default_factory=ImapSecret)
    mark_seen: bool = False
    everything: bool = False
    watch: float | None = None


def import_reports(
    request: ImportRequest, environ: Mapping[str, str], progress: Progress, clock: Callable[[], datetime]
) -> Tally:
    """Import, and count what was done. Raises CannotLook for a source or a store that cannot be used."""
    network = _network(request.resolver, environ)
    with ExitStack() as opened:
        voucher = opened.enter_context(closing(_voucher(request, network)))
        if others := open_to_others(request.store):
            progress.say(f"note: {others}")
        store = opened.enter_context(open_store(request.store, create=True))
        options = SourceOptions(
            network, store.mark, request.everything, request.secret, request.mark_seen, environ=environ
        )
        # All are opened before anything is read: a slip in the last one costs no half import.
        sources = [opened.enter_context(closing(open_source(name, options))) for name in request.sources]
        importing = Importing(store, Intake(voucher, strict=request.strict, domain=request.domain), clock)
        try:
            importing.run(sources, progress, watch=request.watch)
        except KeyboardInterrupt:
            if not request.watch:
                raise
    return importing.tally


def _network(resolver: str, environ: Mapping[str, str]) -> Network:
    network = Network.from_environment(environ)
    if not resolver:
        return network
    parse_endpoint(resolver, "--resolver")
    return Network(resolver, network.ca_file, network.connect_to, network.families)


def _voucher(request: ImportRequest, network: Network) -> Voucher:
    if not request.dkim:
        return NoVoucher()
    if request.authserv_id:
        return TrustedResults(request.authserv_id)
    from mtasts.live.dkim import DkimVerifier  # noqa: PLC0415 - what asks DNS takes 60 ms to load

    return DkimVerifier(network)
