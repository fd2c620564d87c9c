"""AWS's own HTTP API on loopback, answered by moto over the same state (for boto3 and the aws command).

S3, IAM and Route 53 take changes, which are kept like the provider's own: this is how drift is made, and how the
ledger is read. Where moto checks nothing, our own rules come first: batches of records (route53_api), moves of aliases
(cloudfront_api). CloudFront and ACM are read-only otherwise, STS says whose credentials these are. Signatures are not
verified.
"""

import asyncio
import re
from collections.abc import Mapping

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber

from mtasts_sandbox.cloud import accounts
from mtasts_sandbox.cloud.aws import cloudfront_api, route53_api, sts_api
from mtasts_sandbox.cloud.cloud import Cloud
from mtasts_sandbox.cloud.cloudflare import api as cloudflare_api

_HEAD_LIMIT, _BODY_LIMIT = 64 * 1024, 16 * 1024 * 1024
_PATIENCE = 60.0  # seconds for a whole request, and between two on one connection
_CONNECTIONS = 64
# The service is in the signature: Credential=KEY/20260314/us-east-1/s3/aws4_request
_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_CHANGING = ("s3", "route53", "iam")
_READING = ("acm", "cloudfront")
# Every identity may ask who it is.
_CALLER = re.compile(rb"(?:^|&)Action=GetCallerIdentity(?:&|$)")
_READ_TARGET = re.compile(r"CertificateManager\.(Describe|Get|List)")
# What IAM is asked stands in the body, as a form.
_READ_ACTION = re.compile(rb"(?:^|&)Action=(Get|List|Simulate)")


class AwsApi:
    """The HTTP server; `port` is the real one after `start`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._stubber = BotocoreStubber()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self, port: int) -> None:
        """Listen on 127.0.0.1. Raises OSError."""
        self._server = await asyncio.start_server(self._connection, "127.0.0.1", port, limit=_HEAD_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop."""
        if self._server is not None:
            self._server.close()
            for task in list(self._tasks):
                task.cancel()
            await self._server.wait_closed()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= _CONNECTIONS:
            writer.transport.abort()
            return
        self._tasks.add(task)
        try:
            while True:
                async with asyncio.timeout(_PATIENCE):
                    if not await self._exchange(reader, writer):
                        break
        except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # this connection only
        finally:
            self._tasks.discard(task)
            writer.transport.abort() if task.cancelling() else writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its response; False when there is no other."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ", 2)
        pairs = [line.split(":", 1) for line in lines]
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await _body(reader, headers)
        status, answer_headers, answer = self._answer(method, target, headers, body)
        payload = answer.encode() if isinstance(answer, str) else answer
        given = {name.lower() for name in answer_headers}
        lines = [f"HTTP/1.1 {status} {'OK' if status < 400 else 'Error'}"]
        lines += [f"{name}: {_plain(str(value))}" for name, value in answer_headers.items()]
        if "content-length" not in given:
            lines.append(f"content-length: {len(payload)}")
        writer.write("\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n")
        if method != "HEAD" and status not in (204, 304):
            writer.write(payload)
        await writer.drain()
        return headers.get("connection", "").lower() != "close"

    def _answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], str | bytes]:
        if target.startswith(cloudflare_api.PREFIX):
            account = accounts.of_token(headers.get("authorization", ""))
            return cloudflare_api.answer(self._cloud, method, target, body, account)
        scope = _SCOPE.search(headers.get("authorization", ""))
        key, region, service = scope.groups() if scope else ("", "us-east-1", "s3")
        told = None
        if service == "sts" and (accounts.of_key(key) or not _CALLER.search(body)):
            return sts_api.answer(self._cloud, key, body)
        if service == "cloudfront":
            told = cloudfront_api.answer(self._cloud, method, target, headers, body)
        if service == "route53":
            told = route53_api.refused(self._cloud, target, accounts.of_key(key))
            told = told or route53_api.answer(self._cloud, method, target, body)
        if told is not None:
            return told
        read_only = (
            method in ("GET", "HEAD")
            or bool(_READ_TARGET.match(headers.get("x-amz-target", "")))
            or (service == "iam" and bool(_READ_ACTION.search(body)))
        )
        asks_who = service == "sts" and _CALLER.search(body) is not None
        if not asks_who and (service not in _CHANGING + _READING or (service in _READING and not read_only)):
            message = f"the sandbox's API does not do this for {service}; change it through the provider"
            return 501, {"content-type": "text/plain"}, message
        host = f"{service}.amazonaws.com" if service != "acm" else f"acm.{region}.amazonaws.com"
        wire_headers = HTTPHeaders()
        for name, value in headers.items():
            if name not in ("host", "transfer-encoding", "content-length"):
                wire_headers[name] = value
        wire_headers["host"] = host
        wire_headers["content-length"] = str(len(body))
        request = AWSPreparedRequest(method, f"https://{host}{target}", wire_headers, body, stream_output=False)
        if service == "route53" and not read_only:
            self._cloud.route53.prepare()
        response = self._stubber.process_request(request)
        if not read_only:
            self._cloud.absorb(service)
        return response or (404, {}, "not found")


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", "").lower():
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= _BODY_LIMIT:
            raise ValueError("too long")
        return await reader.readexactly(length)
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        if size < 0 or len(body) + size > _BODY_LIMIT:
            raise ValueError("too long")
        body += await reader.readexactly(size)
        await reader.readline()
    while (await reader.readline()).strip():
        pass  # trailers
    return body


def _plain(text: str) -> str:
    return "".join(character for character in text if character >= " " and character != "\x7f")
