"""Probe MX hosts only: what each address does, what DANE makes of it, and the evidence file of all of it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mtasts.app.verify import Keep
from mtasts.errors import CannotLook
from mtasts.live.limits import USUAL, Limits
from mtasts.live.network import Network
from mtasts.live.observe import Observer
from mtasts.live.text_file import read_text
from mtasts.verify.dane import Judged, judge_host
from mtasts.verify.model import MxHost, MxProbe
from mtasts.verify.probe_file import render_probe_file
from mtasts.verify.probe_signature import BadKey, read_private_key
from mtasts.verify.seen import mail_sighting
from mtasts.words.names import with_u_labels


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """Which mail domains (A-labels), how to look at them, and the key that signs the evidence file; None: unsigned."""

    domains: Sequence[str]
    network: Network = field(default_factory=Network)
    limits: Limits = USUAL
    key: Ed25519PrivateKey | None = None


@dataclass(frozen=True, slots=True)
class Probed:
    """One domain: every probe once, those of its reporting mailboxes with it, what DANE makes of its MX hosts.

    `trouble`: why there is no MX host; `not_known`: a line for each address that nobody knows. Foreign text in both.
    """

    domain: str
    trouble: str
    probes: tuple[MxProbe, ...]
    dane: tuple[Judged, ...]
    not_known: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Every address of every MX host is as enforcement needs it."""
        wrong = any(probe.problems for probe in self.probes) or any(one.stops for one in self.dane)
        return bool(self.probes) and not (self.trouble or self.not_known or wrong)


class Probing:
    """One run: iterate over `domains()`, then ask for the `evidence` file's text."""

    def __init__(self, request: ProbeRequest, keep: Keep) -> None:
        self._request, self._keep = request, keep
        self._made_at = datetime.now(UTC)
        self._seen: list[tuple[str, tuple[MxHost, ...]]] = []
        self._boxes: list[tuple[str, tuple[MxHost, ...]]] = []
        self._smtp_open = False

    async def domains(self) -> AsyncGenerator[Probed, None]:
        """Each domain in the order asked for. `keep` takes what was seen of its MX hosts."""
        observer = Observer(self._request.network, self._request.limits)
        try:
            async for mail in observer.stream_mail(self._request.domains):
                await asyncio.to_thread(self._keep, mail.domain, mail_sighting(self._made_at, mail.hosts))
                hosts = [*mail.hosts, *(host for _, found in mail.boxes for host in found)]
                self._seen.append((mail.domain, mail.hosts))
                self._boxes += mail.boxes
                yield Probed(
                    mail.domain,
                    mail.trouble,
                    # A reporting mailbox in the domain itself names the same hosts once more.
                    tuple(dict.fromkeys(probe for host in hosts for probe in host.probes)),
                    tuple(one for host in mail.hosts for one in judge_host(host, mail.domain, mail.mx, self._made_at)),
                    tuple(f"{with_u_labels(host.name)}: {text}" for host in mail.hosts for text in host.untold),
                )
            self._smtp_open = observer.mail_hosts.any_connected
        finally:
            observer.close()

    def evidence(self) -> str:
        """The evidence file of all that was seen."""
        # A mailbox's domain that was asked for itself is in the file as it was seen then.
        hosts = [*self._seen, *self._boxes]
        return render_probe_file(self._made_at, self._smtp_open, hosts, self._request.key)


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key that signs. Raises CannotLook."""
    try:
        return read_private_key(read_text(path))
    except BadKey as error:
        raise CannotLook(f"{path}: {error}", "make one with `mtasts probe --make-key FILE`") from None
