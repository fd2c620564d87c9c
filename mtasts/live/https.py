"""The policy, fetched from every address of the policy host as a sender fetches it (RFC 8461 s3.3).

One implementation for `verify` and for the read-back before a TXT changes. It never raises for anything the network
does and costs at most its deadline, whatever a hostile server sends.
"""

import asyncio
import time
from dataclasses import dataclass, field, replace

import h11

from mtasts.live import tls
from mtasts.live.network import Network
from mtasts.live.reach import connection_trouble
from mtasts.live.resolver import Resolver
from mtasts.live.sample import left_out, sample, unanswered
from mtasts.live.stream import Stream
from mtasts.protocol.mta_sts import POLICY_BYTES_LIMIT, WELL_KNOWN_PATH, policy_host
from mtasts.verify.model import Answer, AnswerKind, LookOutcome, PolicyFetch, Trouble

HTTPS_PORT = 443
HEADER_LIMIT = 16 * 1024  # bytes of unfinished head or chunk line kept, looked at after each read of up to 16 KiB
ADDRESS_LIMIT = 16  # addresses of one policy host that are asked
OWN_ADDRESS_LIMIT = 64  # of a policy host of ours: a record changes only once every address was seen
_INTERIM_LIMIT = 4  # 1xx answers before the real one
FETCH_ERROR = "sts-policy-fetch-error"
INVALID = "sts-policy-invalid"


async def fetch_policy(domain: str, network: Network, *, timeout: float) -> tuple[PolicyFetch, ...]:  # noqa: ASYNC109 - one budget for all steps, with a result at its end
    """The policy of `domain` (A-labels) from each address of its policy host, within `timeout` seconds in all.

    An address family that DNS did not tell is a PolicyFetch without an address, and so is a name without any.
    Raises CannotLook only for what is wrong on this side: no resolver, no CA certificates.
    """
    host = policy_host(domain)
    started = time.monotonic()
    resolver = Resolver(network, timeout=min(3.0, timeout / 4))
    try:
        answers = await resolver.addresses(host, within=timeout / 2)
    finally:
        # Also when whoever asked gives up: the loop, which may be somebody else's, watches its sockets.
        resolver.close()
    left = max(0.1, timeout - (time.monotonic() - started))
    return await fetch_from(host, answers, network, timeout=left, limit=OWN_ADDRESS_LIMIT)


async def fetch_at(domain: str, web_host: str, network: Network, *, timeout: float) -> tuple[PolicyFetch, ...]:  # noqa: ASYNC109 - as above
    """The policy of `domain` from each address of `web_host`, as if the policy host led there; else as fetch_policy.

    SNI and Host are those of the policy host.
    """
    started = time.monotonic()
    resolver = Resolver(network, timeout=min(3.0, timeout / 4))
    try:
        answers = await resolver.addresses(web_host, within=timeout / 2)
    finally:
        resolver.close()
    if not any(answer.found for answer in answers):
        return (_no_address(web_host, answers),)
    left = max(0.1, timeout - (time.monotonic() - started))
    return await fetch_from(policy_host(domain), answers, network, timeout=left, limit=OWN_ADDRESS_LIMIT)


async def fetch_from(
    host: str,
    answers: tuple[Answer, ...],
    network: Network,
    *,
    timeout: float,  # noqa: ASYNC109 - as above
    limit: int = ADDRESS_LIMIT,
) -> tuple[PolicyFetch, ...]:
    """The policy from each address in `answers` (A and AAAA of `host`), at the same time, within `timeout` seconds.

    Addresses beyond `limit` are named as not looked at, a family that DNS did not tell as a fetch without an address.
    """
    addresses, rest = sample(answers, limit)
    if not addresses:
        return (_no_address(host, answers),)
    fetched = await asyncio.gather(*(_fetch(host, address, network, timeout) for address in addresses))
    passed_over = (PolicyFetch(host, address, LookOutcome.UNREACHABLE, (left_out(limit),)) for address in rest)
    unknown = (_no_address(host, (answer,)) for answer in answers if answer.kind is AnswerKind.TROUBLE)
    return (*fetched, *passed_over, *unknown)


async def fetch_unnamed(host: str, address: str, network: Network, *, timeout: float) -> PolicyFetch:  # noqa: ASYNC109 - as above
    """The policy from one address by a client that does not name itself: some senders send no User-Agent."""
    return await _fetch(host, address, network, timeout, named=False)


def _no_address(host: str, answers: tuple[Answer, ...]) -> PolicyFetch:
    if unknown := unanswered(answers):
        text = f"DNS did not say where {host} is ({unknown})"
        return PolicyFetch(host, "", LookOutcome.FAILED, (Trouble("dns-trouble", text, FETCH_ERROR),))
    text = f"{host} has no address in DNS"
    return PolicyFetch(host, "", LookOutcome.FAILED, (Trouble("host-absent", text, FETCH_ERROR),))


async def _fetch(host: str, address: str, network: Network, timeout: float, *, named: bool = True) -> PolicyFetch:  # noqa: ASYNC109
    seen = PolicyFetch(host, address, LookOutcome.FAILED)
    looker = _Fetch(host, address, network, seen, named=named)
    started = time.monotonic()
    try:
        async with asyncio.timeout(timeout):
            await looker.run()
    except TimeoutError:
        step = looker.step
        code = "connect-timeout" if step == "connecting" else "too-slow"
        looker.fail(code, f"no complete answer within {timeout:g} s (stuck at {step})", FETCH_ERROR)
    except OSError as error:
        outcome, trouble = connection_trouble(error, f"{host} [{address}]", FETCH_ERROR)
        looker.seen = replace(looker.seen, outcome=outcome, problems=(*looker.seen.problems, trouble))
    except ValueError:
        looker.fail("bad-name", f"{host} is not a name that TLS can carry", FETCH_ERROR)
    return replace(looker.seen, seconds=time.monotonic() - started)


@dataclass(slots=True)
class _Fetch:
    """One fetch under way: what is seen so far, and the step it is at, so that a time-out can name it."""

    host: str
    address: str
    network: Network
    seen: PolicyFetch
    step: str = "connecting"
    named: bool = True
    body: bytearray = field(default_factory=bytearray)

    def fail(self, code: str, text: str, result_type: str) -> None:
        trouble = Trouble(code, text, result_type)
        self.seen = replace(self.seen, outcome=LookOutcome.FAILED, problems=(*self.seen.problems, trouble))

    async def connect(self) -> Stream:
        return await Stream.connect(*self.network.outside(self.host, self.address, HTTPS_PORT))

    async def run(self) -> None:
        context = tls.verifying(self.network.ca_file, alpn="http/1.1")
        async with await self.connect() as stream:
            self.step = "the TLS handshake"
            shake = await tls.shake(stream, self.host, context, self.connect, "policy")
            self.seen = replace(
                self.seen, tls_version=shake.version, certificate=shake.certificate, problems=shake.problems
            )
            if stream.tls is None or shake.problems:
                return  # A sender stops here; nothing read over an unproven connection is worth showing.
            self.step = "the HTTP answer"
            await self._get(stream)

    async def _get(self, stream: Stream) -> None:
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEADER_LIMIT)
        try:
            await stream.write(_request(connection, self.host, named=self.named))
            response = await self._response(connection, stream)
            if response is None:
                return
            self._judge_head(response)
            await self._read_body(connection, stream)
        except h11.RemoteProtocolError as error:
            self.fail("http-malformed", f"not a readable HTTP answer: {error}", FETCH_ERROR)
        self._finish()

    async def _response(self, connection: h11.Connection, stream: Stream) -> h11.Response | None:
        interim = 0
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                data = await stream.read()
                connection.receive_data(data)
                if not data and connection.their_state is h11.SEND_RESPONSE and not connection.trailing_data[0]:
                    self.fail("http-malformed", "the connection closed without an HTTP answer", FETCH_ERROR)
                    return None
            elif isinstance(event, h11.InformationalResponse):
                interim += 1
                if interim > _INTERIM_LIMIT:
                    self.fail("http-malformed", "interim answers without end", FETCH_ERROR)
                    return None
            elif isinstance(event, h11.Response):
                return event
            else:
                self.fail("http-malformed", "the connection closed without an HTTP answer", FETCH_ERROR)
                return None

    def _judge_head(self, response: h11.Response) -> None:
        media_type = _header(response, b"content-type")
        location = _header(response, b"location")
        self.seen = replace(self.seen, status=response.status_code, media_type=media_type, location=location)
        if 300 <= response.status_code < 400:
            where = f" to {location}" if location else ""
            self.fail(
                "redirect", f"status {response.status_code}, a redirect{where}; senders do not follow it", FETCH_ERROR
            )
        elif response.status_code != 200:
            self.fail("http-status", f"status {response.status_code} instead of 200", FETCH_ERROR)
            return
        else:
            if not is_plain_text(media_type):
                shown = f"is {media_type}" if media_type else "is missing"
                self.fail("media-type", f"the media type {shown}; senders may refuse anything but text/plain", INVALID)
            encoding = _header(response, b"content-encoding").strip().lower()
            if encoding not in ("", "identity"):
                self.fail(
                    "content-encoding", f"the body is compressed ({encoding}) although nobody asked for it", INVALID
                )

    async def _read_body(self, connection: h11.Connection, stream: Stream) -> None:
        while len(self.body) <= POLICY_BYTES_LIMIT:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await stream.read())
            elif isinstance(event, h11.Data):
                self.body += event.data
            else:
                return
        if self.seen.status == 200:
            self.fail(
                "too-large", f"the body is larger than {POLICY_BYTES_LIMIT} bytes; senders stop there", FETCH_ERROR
            )

    def _finish(self) -> None:
        outcome = LookOutcome.FAILED if self.seen.problems else LookOutcome.OK
        self.seen = replace(self.seen, outcome=outcome, body=bytes(self.body[:POLICY_BYTES_LIMIT]))


def is_plain_text(media_type: str) -> bool:
    """RFC 8461 s3.3: text/plain, of any parameters but a charset other than UTF-8 or US-ASCII."""
    kind, *parameters = (part.strip().lower() for part in media_type.split(";"))
    if kind != "text/plain":
        return False
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "us-ascii"):
            return False
    return True


def _request(connection: h11.Connection, host: str, *, named: bool) -> bytes:
    agent = [("User-Agent", "mtasts (MTA-STS policy fetch; RFC 8461)")] if named else []
    headers = [
        ("Host", host),
        *agent,
        ("Accept", "text/plain"),
        ("Accept-Encoding", "identity"),
        ("Connection", "close"),
    ]
    head = connection.send(h11.Request(method="GET", target=WELL_KNOWN_PATH, headers=headers)) or b""
    return head + (connection.send(h11.EndOfMessage()) or b"")


def _header(response: h11.Response, wanted: bytes) -> str:
    """The first header of this name, as Latin-1; at most 1000 characters."""
    for name, value in response.headers:
        if name == wanted:
            return value.decode("latin-1")[:1000]
    return ""
