"""Receive reports that senders post to `rua=https://...` (RFC 8460 s5.4). A proxy in front of it does TLS.

POST takes a report: 201 after it is safely on disk, 200 if it is known already, 202 if it is kept in quarantine for
you to judge (`mtasts reports quarantine`): reporters are known that never post again, whatever the answer. Nothing that
could be kept is refused: 400 for an empty body, 413 beyond 10 MiB, 503 when the disk does not take it. GET /health
answers 200. Posted reports are unauthenticated: anybody can send good or bad news, so they are stored as `posted` and
never counted as evidence.
"""

import argparse
from datetime import UTC, datetime

from mtasts.cli.options.reports import address
from mtasts.cli.options.store import add_store_argument, store_of
from mtasts.cli.screen import listening, talk
from mtasts.errors import CannotLook
from mtasts.live.store.access import open_to_others
from mtasts.render.escape import terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, where to keep, and the limits."""
    add_store_argument(parser)
    parser.add_argument(
        "--listen", type=address, default=("127.0.0.1", 8460), metavar="ADDR:PORT", help="default 127.0.0.1:8460"
    )
    parser.add_argument("--path", default="", help="take posts at this path only, such as /tls-reports (default: any)")
    parser.add_argument(
        "--domain",
        action="append",
        default=[],
        metavar="DOMAIN",
        help="take reports about this domain; repeatable. If it is one, reports that name none are about it",
    )
    parser.add_argument(
        "--rate",
        type=int,
        default=600,
        metavar="N",
        help="posts a minute of one peer (default 600): more of them wait, then go to quarantine",
    )
    parser.add_argument(
        "--proxy",
        default="127.0.0.1,::1",
        metavar="ADDR,...",
        help="whose X-Forwarded-For is believed (default: 127.0.0.1,::1)",
    )
    parser.add_argument("--quiet", action="store_true", help="no line per post on standard error")


def run(args: argparse.Namespace) -> int:
    """Serve until stopped by SIGINT or SIGTERM."""
    if args.rate < 1:
        raise CannotLook(f"--rate {args.rate}: at least 1 post a minute")
    if args.path and not args.path.startswith("/"):
        raise CannotLook(f"--path {args.path}: a path begins with /")
    from mtasts.app.reports.servers import ReceiveRequest, receive  # an extra, which --help does not need

    store = store_of(args)
    if others := open_to_others(store):
        talk(terminal(f"note: {others}"))
    host, port = args.listen
    request = ReceiveRequest(store, host, port, args.path, frozenset(args.domain), args.rate, args.proxy)
    receive(request, listening, (lambda line: None) if args.quiet else _log)
    return 0


def _log(line: str) -> None:
    talk(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}")
