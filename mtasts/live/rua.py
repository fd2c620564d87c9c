"""Tests if a reporting address can work: its mail domain takes mail, the https endpoint answers. Posts nothing."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import h11

from mtasts.live import tls
from mtasts.live.network import Network
from mtasts.live.reach import connection_trouble
from mtasts.live.resolver import Resolver
from mtasts.live.sample import sample, unanswered
from mtasts.live.stream import Stream
from mtasts.protocol.names import BadName, to_a_labels
from mtasts.verify.model import LookOutcome, MxHost, RuaLook
from mtasts.words.counted import few

ADDRESS_LIMIT = 4  # addresses of an https endpoint that are asked, one after another until one answers

Hosts = Callable[[str], Awaitable[tuple[MxHost, ...] | str]]


async def look_at_rua(uri: str, hosts: Hosts, resolver: Resolver, network: Network, *, timeout: float) -> RuaLook:  # noqa: ASYNC109
    """Look at one rua URI. `hosts` gives the probed MX hosts of a mail domain, or why there are none."""
    scheme, _, rest = uri.partition(":")
    try:
        if scheme.lower() == "mailto":
            return _mailbox(uri, await hosts(_domain(rest)))
        if scheme.lower() == "https":
            return await _endpoint(uri, resolver, network, timeout)
    except BadName as error:
        return RuaLook(uri, LookOutcome.FAILED, f"its domain {error}")
    except ValueError as error:
        return RuaLook(uri, LookOutcome.FAILED, f"cannot be read: {error}")
    return RuaLook(uri, LookOutcome.FAILED, "is neither mailto: nor https:")


def mailbox_domain(uri: str) -> str | None:
    """The mail domain of a `mailto:` URI as A-labels, None for anything else."""
    scheme, _, rest = uri.partition(":")
    try:
        return _domain(rest) if scheme.lower() == "mailto" else None
    except BadName:
        return None


def _domain(rest: str) -> str:
    return to_a_labels(unquote(rest.split("?", maxsplit=1)[0]).rpartition("@")[2])


def _mailbox(uri: str, hosts: tuple[MxHost, ...] | str) -> RuaLook:
    if isinstance(hosts, str):
        unknown = hosts.startswith("DNS trouble")
        return RuaLook(uri, LookOutcome.UNREACHABLE if unknown else LookOutcome.FAILED, hosts)
    probes, names = [probe for host in hosts for probe in host.probes], [host.name for host in hosts]
    serving = [probe for probe in probes if probe.greeting and probe.outcome is not LookOutcome.UNREACHABLE]
    if serving:
        return RuaLook(uri, LookOutcome.OK, f"{serving[0].host} takes mail for it")
    if unseen := _not_looked_at(hosts):
        return RuaLook(uri, LookOutcome.UNREACHABLE, f"no MX host of its domain that was asked answers; {unseen}")
    if not probes:
        return RuaLook(uri, LookOutcome.FAILED, f"no MX host of its domain has an address ({few(names, 4)})")
    refused = [probe for probe in probes if probe.outcome is LookOutcome.FAILED and probe.problems]
    text = f"no MX host of its domain answers: {(refused or probes)[0].problems[0].text}"
    silent = all(trouble.code == "connect-timeout" for probe in refused for trouble in probe.problems[:1])
    return RuaLook(uri, LookOutcome.UNREACHABLE if silent else LookOutcome.FAILED, text)


def _not_looked_at(hosts: tuple[MxHost, ...]) -> str:
    """The hosts and addresses that nobody looked at, one of which may take mail; empty when there is none."""
    missing = []
    for host in hosts:
        missing += [f"{host.name}: {text}" for text in host.untold]
        missing += [f"{host.name} [{probe.address}]" for probe in host.probes if not probe.tried]
    return f"not known: {few(missing, 4)}" if missing else ""


async def _endpoint(uri: str, resolver: Resolver, network: Network, timeout: float) -> RuaLook:  # noqa: ASYNC109
    parts = urlsplit(uri)
    host = to_a_labels(parts.hostname or "")
    answers = await resolver.addresses(host)
    addresses, rest = sample(answers, ADDRESS_LIMIT)
    untold = unanswered(answers)
    if not addresses:
        if not untold:
            return RuaLook(uri, LookOutcome.FAILED, f"{host} has no address in DNS")
        return RuaLook(uri, LookOutcome.UNREACHABLE, f"DNS did not say where {host} is ({untold})")
    last = RuaLook(uri, LookOutcome.FAILED, "no answer")
    for address in addresses:
        try:
            async with asyncio.timeout(timeout):
                where = network.outside(host, address, parts.port or 443)
                status = await _head(where, host, parts.path or "/", network)
        except TimeoutError:
            last = RuaLook(uri, LookOutcome.FAILED, f"{host} [{address}] does not answer in time")
        except OSError as error:
            outcome, trouble = connection_trouble(error, f"{host} [{address}]", "")
            last = RuaLook(uri, outcome, trouble.text)
        except h11.RemoteProtocolError:
            last = RuaLook(uri, LookOutcome.FAILED, f"{host} [{address}] does not speak HTTP")
        else:
            # A collector may answer only POST; any status shows that somebody is there.
            broken = status >= 500
            text = f"answers with status {status}"
            return RuaLook(uri, LookOutcome.FAILED if broken else LookOutcome.OK, text)
    unseen = [f"[{address}]" for address in rest] + [f"({untold})"] * bool(untold)
    # A reporter may get through to what was not asked.
    return (
        replace(last, outcome=LookOutcome.UNREACHABLE, text=f"{last.text}; not known: {few(unseen, 4)}")
        if unseen
        else last
    )


async def _head(where: tuple[str, int], host: str, path: str, network: Network) -> int:
    """Status of a HEAD request. The certificate is not judged: reporters may ignore its errors (RFC 8460 s3)."""
    async with await Stream.connect(*where) as stream:
        await stream.start_tls(tls.looking(), host)
        connection = h11.Connection(h11.CLIENT)
        target = path.encode("ascii", "replace").decode("ascii").replace(" ", "%20")
        headers = [("Host", host), ("User-Agent", "mtasts (TLS-RPT endpoint check)"), ("Connection", "close")]
        try:
            head = connection.send(h11.Request(method="HEAD", target=target, headers=headers)) or b""
        except h11.LocalProtocolError as error:
            raise ValueError(str(error)) from None
        await stream.write(head)
        with contextlib.suppress(h11.LocalProtocolError):
            connection.send(h11.EndOfMessage())
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await stream.read())
            elif isinstance(event, h11.Response):
                return event.status_code
            elif not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("no answer")
