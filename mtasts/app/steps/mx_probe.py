"""A probe of MX hosts that need not be in DNS yet."""

from collections.abc import Sequence

from mtasts.live.limits import Limits
from mtasts.live.network import Network
from mtasts.live.observe import Observer
from mtasts.verify.model import Answer, AnswerKind, MxHost


async def probe(names: Sequence[str], network: Network, limits: Limits) -> tuple[MxHost, ...]:
    """What MX hosts of these names show to a sender."""
    if not names:
        return ()
    observer = Observer(network, limits)
    try:
        hosts = tuple(f"0 {name}" for name in dict.fromkeys(names))
        return await observer.mail_hosts.of_answer(names[0], Answer(names[0], "MX", AnswerKind.FOUND, hosts))
    finally:
        observer.close()
