"""Body first, seen, then the TXT (RFC 8461 s8.1): what the engine asks of the world before it changes a name.

The hooks are thin; what they decide is in plain functions with tests of their own. They run on the program's event
loop, beside every other registration, so all waiting is asynchronous.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Optional

import pulumi

from mtasts.live.https import fetch_at, fetch_policy
from mtasts.live.network import Network
from mtasts.policy.desired import DesiredState
from mtasts.policy.policy_id import belongs
from mtasts.policy.published_names import ID_METADATA
from mtasts.protocol.mta_sts import Mode, policy_host, read_policy, txt_name
from mtasts.verify.findings import served
from mtasts.verify.model import LookOutcome, PolicyFetch
from mtasts.words.durations import span
from mtasts_pulumi.engine.failures import MOVES_HOOK
from mtasts_pulumi.hosting.backend import hosts_taken_away

_ONE_LOOK = 10.0  # seconds; senders give up after 4 to 60 (RFC 8461 s3.3 allows a minute)
_SHORTEST_LOOK = 0.5
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 15.0

Look = Callable[[str, float], Awaitable[Sequence[PolicyFetch]]]


class NotServed(Exception):  # noqa: N818 - what the engine prints after "before hook failed:"
    """The world does not look as it must before the record may change; the record was left as it is."""


class NotRead(NotServed):
    """Nobody can tell what the policy host serves."""


class ReadBack:
    """Looks at policy hosts as a sender does, before a TXT names a new publication and before a name is taken away.

    `network` says how to reach them, `deadline` how many seconds a new body may take until every address serves it.
    `early`: mail domains that somebody wants to go at once, even where nobody can tell what they serve. `released`:
    those that another tool publishes, of which only the name on the host is left here: `Removal` judges those.
    One for a whole program is enough; several do not get into each other's way: the engine wants the name of a hook to
    be unique, so each hook is named after the one thing that it guards. Raises ValueError when `deadline` is not
    positive.
    """

    def __init__(
        self,
        network: Network = Network(),  # noqa: B008 - frozen
        deadline: float = 300,
        early: Collection[str] = (),
        released: Collection[str] = (),
    ):
        if deadline <= 0:
            raise ValueError(f"the read-back deadline is {deadline} s; it must be more than 0")
        self._network = network
        self._deadline = deadline
        self._early = frozenset(early)
        self._released = frozenset(released)

    def before_txt(
        self, zone: str, domain: str, text: str, after: Sequence[pulumi.Resource]
    ) -> pulumi.ResourceHookBinding:
        """For the `_mta-sts` record in `zone`: created or updated only once `domain` is seen to serve `text`.

        The deadline begins when the last of `after`, all that the record depends on, is there. It does not begin when
        the engine gets round to the record: read-backs that wait hold the engine's workers, and those behind them
        would wait for as long again.
        """
        there = pulumi.Output.all(*(resource.urn for resource in after)).apply(lambda _: time.monotonic())

        async def see_served(_: pulumi.ResourceHookArgs) -> None:
            began = await there.future()
            await until_served(domain, text, self._look, self._deadline, began)

        hook = pulumi.ResourceHook(f"{zone} {txt_name(domain)} served", see_served)
        return pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])

    def before_text(self, zone: str, desired: DesiredState) -> pulumi.ResourceHookBinding:
        """For a domain's policy file: it is written only together with the id that was made for its text, or with the
        id that it had before it was taken over.

        A run with `--target` may leave the id out, and the new text would go live under the id of the old one.
        """

        async def see_own_id(args: pulumi.ResourceHookArgs) -> None:
            own_id(desired.domain, args.new_inputs or {}, desired)

        hook = pulumi.ResourceHook(f"{zone} {desired.policy_host} text", see_own_id)
        return pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])

    def before_host_moves(
        self, zone: str, domain: str, text: str, target: pulumi.Input[str]
    ) -> pulumi.ResourceHookBinding:
        """For a record in `zone` that leads the policy host of a domain elsewhere: to the web host named `target`, and
        only once that is seen to serve `text` to whoever asks for the policy host.

        The name may then lead to the one or the other, as long as resolvers keep it: both answer the same bytes.
        """

        async def see_served_there(_: pulumi.ResourceHookArgs) -> None:
            there = await pulumi.Output.from_input(target).future()

            async def look(domain: str, timeout: float) -> Sequence[PolicyFetch]:  # noqa: ASYNC109 - passed on
                return await fetch_at(domain, str(there), self._network, timeout=timeout)

            left = f"so {policy_host(domain)} was left as it is"
            await until_served(domain, text, look, self._deadline, told=(f"the policy was not seen at {there}", left))

        hook = pulumi.ResourceHook(f"{zone} {policy_host(domain)}{MOVES_HOOK}", see_served_there)
        return pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])

    def before_names_go(self, host: str) -> pulumi.ResourceHookBinding:
        """For the distribution that serves `host`: a name goes only once it is seen to serve `none` or nothing.

        Shared hosts lose a name by an update, which `protect` does not stop.
        """
        hook = pulumi.ResourceHook(f"{host} names", self._see_retired)
        return pulumi.ResourceHookBinding(before_update=[hook])

    async def _see_retired(self, args: pulumi.ResourceHookArgs) -> None:
        domains = [host.removeprefix("mta-sts.") for host in hosts_taken_away(args)]
        await asyncio.gather(*(self._see_one_retired(domain) for domain in domains if domain not in self._released))

    async def _see_one_retired(self, domain: str) -> None:
        try:
            await see_retired(domain, self._look, self._deadline)
        except NotRead as error:
            if domain not in self._early:
                raise
            pulumi.log.warn(f"{error} - taken away all the same, as asked")

    async def _look(self, domain: str, timeout: float) -> Sequence[PolicyFetch]:  # noqa: ASYNC109 - passed on
        return await fetch_policy(domain, self._network, timeout=timeout)


def own_id(domain: str, inputs: Mapping[str, Any], desired: Optional[DesiredState] = None) -> None:
    """Raise NotServed when the policy file's `inputs` hold a text and, in the metadata, the id of another text.

    `desired`: what is wanted, which may be a text that was taken over, under the id that it had.
    """
    published, text = str((inputs.get("metadata") or {}).get(ID_METADATA)), str(inputs.get("content"))
    taken_over = desired is not None and (published, text) == (desired.adopted_id, desired.text)
    if not taken_over and belongs(published, text) is not True:
        raise NotServed(
            f"{domain}: the new policy text would go live under the id of another text, {published}; senders would not"
            " fetch it. It was left as it was. Was the run limited by --target or --exclude? Run it without"
        )


async def until_served(
    domain: str,
    text: str,
    look: Look,
    deadline: float,
    began: Optional[float] = None,
    told: tuple[str, str] = ("the new policy was not seen", "so its TXT was left as it is"),
) -> None:
    """Return once every address of the policy host that can be reached from here serves `text`, byte for byte.

    Looks again with growing pauses until `deadline` seconds after `began` (of time.monotonic; now, when not given) have
    passed, then raises NotServed with what was seen last. Looks once in any case. `told`: what was not seen, and what
    was left as it is for that.
    """
    body = text.encode()
    end = (time.monotonic() if began is None else began) + deadline
    pause = _FIRST_PAUSE
    whole = patience = min(_ONE_LOOK, deadline)
    reason = ""
    while True:
        started = time.monotonic()
        unlike = not_served(await look(domain, patience), body)
        if unlike is None:
            return
        # Near the deadline a look has less time. One that used it up saw nothing: what was seen before says more. DNS
        # alone gets half of it.
        if not reason or patience == whole or time.monotonic() - started < patience / 2:
            reason = unlike
        if time.monotonic() + pause >= end:
            raise NotServed(f"{domain}: {told[0]} within {deadline:g} s, {told[1]}: {reason}; fix that and run again")
        await asyncio.sleep(pause)
        pause = min(pause * 1.6, _LONGEST_PAUSE)
        patience = min(_ONE_LOOK, max(end - time.monotonic(), _SHORTEST_LOOK))


def not_served(seen: Sequence[PolicyFetch], body: bytes) -> Optional[str]:
    """Why `seen` does not prove that `body` is served at every address, or None when it does.

    An address that cannot be reached from here (no IPv6 in this network) is left out, but one at least must answer.
    What nobody tried, an address beyond a bound or a family that DNS did not tell, may serve anything.
    """
    reached = [fetch for fetch in seen if not _out_of_reach(fetch)]
    for fetch in reached:
        if fetch.outcome is LookOutcome.UNREACHABLE:
            return f"{fetch.host} [{fetch.address}] was {fetch.problem}"
        if fetch.outcome is not LookOutcome.OK:
            return fetch.problem
        if fetch.body != body:
            return f"{fetch.host} [{fetch.address}] still serves another policy ({_kind(fetch.body)})"
    if not reached:
        return seen[0].problem if seen else "the policy host has no address"
    return None


def _out_of_reach(fetch: PolicyFetch) -> bool:
    """This machine has no way there; a sender may have one."""
    return fetch.outcome is LookOutcome.UNREACHABLE and fetch.tried


async def see_retired(domain: str, look: Look, deadline: float = _ONE_LOOK) -> None:
    """Return once `domain` is seen to serve `none` or no policy at all (RFC 8461 s8.3).

    Raises NotServed when it serves a policy that senders would hold on to, and NotRead when nobody can tell by
    `deadline` seconds: what does not answer may serve one. Looks again until then, with growing pauses.
    """
    end = time.monotonic() + deadline
    pause = _FIRST_PAUSE
    while True:
        seen = await look(domain, min(_ONE_LOOK, max(end - time.monotonic(), _SHORTEST_LOOK)))
        for fetch in seen:
            policy = read_policy(fetch.body).value if _gave_a_body(fetch) else None
            if policy is not None and policy.mode is not Mode.NONE:
                raise NotServed(
                    f"{domain}: it is to lose its policy host, but still publishes mode {policy.mode}; senders would go"
                    " on holding mail to what they have cached. Publish `mode: none` first and keep it until every"
                    " max_age ever served has passed (RFC 8461 s8.3); nothing was taken away"
                )
        unread = not_read(seen)
        if unread is None:
            return
        if time.monotonic() + pause >= end:
            raise NotRead(
                f"{domain}: it is to lose its policy host, and nobody can tell what that serves: {unread}; nothing was"
                f" taken away. Run it again when it answers, or with --remove-before-date {domain} if it never will"
            )
        await asyncio.sleep(pause)
        pause = min(pause * 1.6, _LONGEST_PAUSE)


def not_read(seen: Sequence[PolicyFetch]) -> Optional[str]:
    """Why `seen` does not show what the policy host serves at every address, or None when it does.

    It serves nothing where DNS says that there is no such name, or where it answers, over a proven connection, that
    there is no such page.
    """
    reached = [fetch for fetch in seen if not _out_of_reach(fetch)]
    for fetch in reached or seen:
        gone = any(trouble.code == "host-absent" for trouble in fetch.problems)
        refused = fetch.status is not None and 300 <= fetch.status < 500
        if not (gone or refused or _gave_a_body(fetch)):
            return fetch.problem
    return None if seen else "the policy host has no address"


def _gave_a_body(fetch: PolicyFetch) -> bool:
    """A whole body came over a proven connection, if perhaps of a media type that not every sender takes."""
    return fetch.outcome is LookOutcome.OK or served(fetch)


def _kind(body: bytes) -> str:
    policy = read_policy(body).value
    return f"mode {policy.mode}, max_age {policy.max_age} ({span(policy.max_age)})" if policy else "not a valid policy"
