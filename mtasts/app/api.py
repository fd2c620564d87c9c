"""The functions that `from mtasts import ...` gives, for programs. docs/reference/python.md shows them at work."""

import asyncio
import os
import warnings
from collections.abc import AsyncGenerator, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import UTC, date, datetime
from pathlib import Path

from mtasts.app.ledger import LedgerRequest, open_ledger
from mtasts.app.look import mail_domains, network_over
from mtasts.app.reports import Query, Row, summary
from mtasts.app.stack_domains import stack_domains
from mtasts.app.verdicts import LookSettings, VerdictRequest, verdicts
from mtasts.app.verify import VerifyRequest, Wanted, findings_of, wanted_of
from mtasts.live.limits import Limits
from mtasts.live.network import Network
from mtasts.verdict.ready import Verdict
from mtasts.verify.findings import Findings


async def verify_domains(
    domains: Iterable[str] = (),
    *,
    stack: str = "",
    policies: Path | str = "policies",
    network: Network | None = None,
    timeout: float = 10.0,  # noqa: ASYNC109 - of each step, with a result at its end
) -> AsyncGenerator[Findings, None]:
    """Look at mail domains as a sender does, and yield what the checks find of each, in the order given.

    With `stack` each is held against its YAML in `policies`/`stack`, and without `domains` these are all of the stack.
    `network`: how to reach the outside, over what the environment says (MTASTS_RESOLVER and the like); `timeout`:
    seconds for one step at one address, and six of them for a domain. Sends no mail and keeps nothing.

    Raises CannotLook for what is not a mail domain or not in the stack, and where this machine cannot look at all;
    NotValid when the stack's policies are not valid. What a domain does not answer is in its findings, as unknown.
    """
    named = mail_domains(domains)
    wanted: list[Wanted] = wanted_of(Path(policies), stack, named) if stack else [(domain, None) for domain in named]
    request = VerifyRequest(wanted, network_over(os.environ, network or Network()), Limits.of_step(timeout))
    async with aclosing(findings_of(request)) as found:
        async for one in found:
            yield one


async def ready_verdicts(
    stack: str,
    domains: Iterable[str] = (),
    *,
    policies: Path | str = "policies",
    store: Path | str = ".mtasts/reports",
    ledger: str = "",
    project: Path | None = None,
    network: Network | None = None,
    timeout: float = 10.0,  # noqa: ASYNC109 - as above
    keep: bool = True,
) -> AsyncGenerator[Verdict, None]:
    """Judge whether mail domains of a stack are ready for their next step towards enforce, and yield each verdict.

    Without `domains` these are all of the stack that have such a step. `store` has the TLS reports, and what was seen
    of MX hosts before; with `keep` what is seen now is kept there, so that a later verdict knows since when nothing has
    changed. `ledger`: where it is read what was published when, `s3://BUCKET` or a file, "" for the bucket of the stack
    of `project` (this folder's by default). `network` and `timeout` are those of `verify_domains`.

    Raises CannotLook for a stack or a domain that is not there and for a store or a ledger that cannot be read,
    NotValid when the policies are not valid. What is missing for a verdict is in its criteria, never a pass.
    """

    def judge() -> Generator[Verdict, None, None]:
        asked = stack_domains(Path(policies), stack, mail_domains(domains), every=False).policies
        look = LookSettings(network_over(os.environ, network or Network()), Limits.of_step(timeout))
        environ = {**os.environ, "MTASTS_POLICIES": str(Path(policies).absolute())}
        source = LedgerRequest(environ, ledger, stack, project)
        published = open_ledger(source, [one.domain for one in asked], asked)
        request = VerdictRequest(datetime.now(UTC), str(store), look, keep)
        yield from verdicts(request, asked, published.publications, warnings.warn)

    # A thread with a loop of its own: the store and the ledger are read there, while the caller's loop runs on.
    thread, found = ThreadPoolExecutor(1, "mtasts-ready"), judge()
    loop = asyncio.get_running_loop()
    try:
        while (verdict := await loop.run_in_executor(thread, next, found, None)) is not None:
            yield verdict
    finally:
        await loop.run_in_executor(thread, found.close)
        thread.shutdown(wait=False)


def report_summary(
    store: Path | str,
    domains: Iterable[str] = (),
    *,
    by: str = "",
    since: date | None = None,
    until: date | None = None,
) -> tuple[Row, ...]:
    """What the TLS reports in a store say, as rows: mappings from a column's name to a text, a number or a truth.

    One row a domain, or with `by` (`day`, `mx`, `reporter`, `result`, `policy`) the rows of each domain. `store` is a
    folder or `s3://BUCKET/PREFIX`; `domains`: all in it if none are named; the UTC days end with today, and are 30, if
    not given. Texts are as reporters wrote them: escape them where they are shown.

    Raises CannotLook for a store that cannot be read, for what is not a domain and for days in disorder, ValueError
    for another `by`.
    """
    return summary(Query(str(store), tuple(domains), since, until), by)
