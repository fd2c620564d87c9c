"""One mail domain: its policy file, the id of it, and the two TXT records, in the order that loses no mail."""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, Optional

import pulumi

from mtasts.changes.moves import mark_name, mark_text
from mtasts.policy import published_names as names
from mtasts.policy.desired import DesiredState
from mtasts.policy.policy_id import policy_id
from mtasts.protocol.mta_sts import Mode, render_txt
from mtasts.verify.standing import Creates
from mtasts_pulumi.dns import NONE, Existing, Home, Place, homes, text, txt
from mtasts_pulumi.first_look import FirstLook
from mtasts_pulumi.hosting.backend import PolicyFile
from mtasts_pulumi.policy_host import Leading
from mtasts_pulumi.policy_origin import KeptPolicies
from mtasts_pulumi.read_back import ReadBack
from mtasts_pulumi.removal import Removal

_MARK_TTL = 300


class MtaStsDomainArgs(Place):
    """What one mail domain publishes."""

    desired: DesiredState
    """The policy text and the records: of a policy file (`desired_state`), or of plain values (`desired_from`)."""
    ttl: int
    """Seconds, of both TXT records."""
    arrived: NotRequired[bool]
    """While it moves: whether the delegation is seen to lead to the new zone."""
    published: NotRequired[bool]
    """Whether its `_mta-sts` TXT was there before this run (so it is, if not given): False lets what a failed first
    publication left behind be taken back. The TXT protects itself."""
    taken_over: NotRequired[bool]
    """True until its `_mta-sts` TXT is seen to be this program's, for a domain that published before: its first id is
    then that of `desired`, which DNS has."""
    waiting: NotRequired[bool]
    """True while another distribution answers for its policy host (`HostName`): the policy file is put beside it, and
    nothing is announced. Never for a domain whose `_mta-sts` TXT this program has made or taken over."""
    origin: KeptPolicies
    """Where the policy file is put."""
    host: Leading
    """What serves it."""
    read_back: ReadBack
    """Sees the policy served before the TXT may name it."""
    removal: NotRequired[Removal]
    """Holds the TXT until no sender can hold an older policy; without it the mode alone decides."""
    first_look: NotRequired[FirstLook]
    """Sees that nobody else's record stands at the names before anything is created; without it nobody looks."""
    now: datetime
    """When this run began, aware: the time in the id if the policy text is new."""


class MtaStsDomain(pulumi.ComponentResource):
    """Publishes MTA-STS and TLS-RPT for one mail domain.

    Order, on first publication and on every change (RFC 8461 s8.1): `_smtp._tls` TXT; policy file; read back over
    HTTPS at its public name as a sender does; only then the `_mta-sts` TXT with its new id. On deletion the reverse:
    the TXT goes first, and the policy file stays in the bucket, which is the ledger. While the mode is not `none` the
    engine refuses to delete any of it (s8.3): senders would go on enforcing what they have cached.
    """

    id: pulumi.Output[str]
    """The id of the publication."""
    txt: pulumi.Output[str]
    """The text of the `_mta-sts` record."""
    policy_url: pulumi.Output[str]
    """Where senders fetch the policy."""
    published: Optional[pulumi.Output[str]]
    """The text of the `_mta-sts` record by the record itself: known when it is there, the last that happens; None for
    a domain that waits."""
    tls_rpt: Optional[pulumi.Output[str]]
    """The text of the `_smtp._tls` record by the record itself; None when none is wanted."""
    left: tuple[Optional[pulumi.Output[str]], Optional[pulumi.Output[str]]]
    """While it moves: the texts of `_smtp._tls` and `_mta-sts` in the zone that it leaves."""
    desired: DesiredState
    """What is to be published."""

    def __init__(self, name: str, args: MtaStsDomainArgs, opts: Optional[pulumi.ResourceOptions] = None):
        desired = self.desired = args["desired"]
        protect = desired.mode is not Mode.NONE and args.get("published", True)
        opts = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(protect=protect), opts)
        # Its input lets the state and the engine's events say on which host a domain depends.
        super().__init__(names.DOMAIN_TYPE, name, {names.GROUP_INPUT: args["host"].pulumi_resource_name}, opts)
        self.id = self._publication_id(name, args)
        body = args["origin"].backend.policy(
            self,
            name,
            args["origin"].kept,
            PolicyFile(desired.domain, desired.text, self.id, int(args["ttl"])),
            pulumi.ResourceHookBinding.merge(
                args["read_back"].before_text(args["zone"], desired),
                _first_look(args, f"{name}{names.POLICY}", Creates(host=True), host_types=()),
            ),
        )
        self.txt = self.id.apply(render_txt)
        places = homes(args)
        marks = self._moving(name, places, args) if len(places) > 1 else []
        # What fails in the new zone does not keep a roll-back from the zone that may be the one that answers.
        every = [self._records(name, home, [body, *(marks if home.stays else ())], args) for home in places]
        self.tls_rpt, self.published = every[-1]
        self.left = every[0] if len(places) > 1 else (None, None)
        self.policy_url = pulumi.Output.from_input(desired.policy_url)
        self.register_outputs({"id": self.id, "policyUrl": self.policy_url, "mode": desired.mode.value})

    def _records(
        self, name: str, home: Home, before: Sequence[pulumi.Resource], args: MtaStsDomainArgs
    ) -> tuple[Optional[pulumi.Output[str]], Optional[pulumi.Output[str]]]:
        """The TXTs in one zone, `_mta-sts` after all that it announces is there; gives what they say by themselves."""
        called = home.name(f"{name}{names.MTA_STS}")
        reports = self._tls_rpt(name, home, args)
        reported = text(home, reports[0]) if reports else None
        if args.get("waiting"):
            return reported, None
        after = [*before, *args["host"].reachable(self.desired.domain, home.zone), *reports]
        opts = pulumi.ResourceOptions(parent=self, depends_on=after, hooks=self._hooks(str(called), home, after, args))
        if not home.stays or self.desired.mode is not Mode.NONE:
            opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=home.stays))
        ttl, existing = int(args["ttl"]), _existing(args)
        record = txt(called, home, self.desired.txt_name, self.txt, ttl, opts, existing)
        return reported, text(home, record)

    def _moving(self, name: str, places: Sequence[Home], args: MtaStsDomainArgs) -> list[pulumi.Resource]:
        """What a move needs: the time at which the new zone answered, and a mark in each zone, which says who answers.

        Gives the mark of the new zone.
        """
        arrived = bool(args.get("arrived"))
        began = args["now"].isoformat(timespec="seconds")
        pulumi.Stash(
            f"{name}{names.MOVE}",
            input=f"{names.ARRIVED if arrived else names.WAITING} {began} {args['zone']}",
            opts=pulumi.ResourceOptions(
                parent=self,
                # With the zone: a move that is taken back counts from when the delegation leads to the first one again.
                replacement_trigger=f"{arrived} {args['zone']}",
                ignore_changes=["input"],
                protect=False,
            ),
        )
        marks = [
            txt(
                home.name(f"{name}{names.MARK}"),
                home,
                mark_name(self.desired.domain),
                mark_text(home.zone),
                _MARK_TTL,
                pulumi.ResourceOptions(parent=self, protect=False),
            )
            for home in places
        ]
        return [mark for home, mark in zip(places, marks, strict=True) if home.stays]

    def _hooks(
        self, name: str, home: Home, before: Sequence[pulumi.Resource], args: MtaStsDomainArgs
    ) -> pulumi.ResourceHookBinding:
        merge = pulumi.ResourceHookBinding.merge
        hooks = args["read_back"].before_txt(home.zone, self.desired.domain, self.desired.text, before)
        if look := _first_look(args, name, Creates(mta_sts=True)):
            hooks = merge(hooks, look)  # after the body is seen: what was made during that wait shows
        if "removal" in args:
            hooks = merge(hooks, args["removal"].before_txt_goes(self.desired.domain, home.zone))
        return hooks

    def _publication_id(self, name: str, args: MtaStsDomainArgs) -> pulumi.Output[str]:
        """Kept in the engine's state and renewed if and only if the text changes, also when an old text returns.

        A text that was taken over begins with the id that it had; when it returns, it gets another one as any does.
        """
        text = self.desired.text
        first = self.desired.adopted_id if args.get("taken_over") else None
        stash = pulumi.Stash(
            f"{name}{names.ID}",
            input=first or policy_id(args["now"], text),
            opts=pulumi.ResourceOptions(
                parent=self,
                replacement_trigger=text,
                ignore_changes=["input"],
                # A protected resource cannot be replaced, and replacing is how the id is renewed.
                protect=False,
            ),
        )
        return stash.output.apply(str)

    def _tls_rpt(self, name: str, home: Home, args: MtaStsDomainArgs) -> list[pulumi.CustomResource]:
        value = self.desired.tls_rpt_value
        if value is None:
            return []
        called = home.name(f"{name}{names.TLS_RPT}")
        return [
            txt(
                called,
                home,
                self.desired.tls_rpt_name,
                value,
                int(args["ttl"]),
                # Reports may stop at any time without harm to mail, and its TXT may have to be replaced.
                pulumi.ResourceOptions(
                    parent=self,
                    protect=False,
                    hooks=_first_look(args, str(called), Creates(tls_rpt=True)),
                ),
                _existing(args),
            )
        ]


def _existing(args: MtaStsDomainArgs) -> Existing:
    return args["first_look"].existing if "first_look" in args else NONE


def _first_look(
    args: MtaStsDomainArgs, resource_name: str, creates: Creates, host_types: Sequence[str] = ("A", "AAAA")
) -> Optional[pulumi.ResourceHookBinding]:
    look = args.get("first_look")
    if look is None:
        return None
    if "leaving" in args:
        return look.unless_refused(args["desired"].domain)
    return look.before(resource_name, [args["desired"].domain], creates, host_types)
