"""What the stack's outputs say of a domain after a run that did all, a part, or nothing of what was wanted."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.proto.resource_pb2 import Result
from pulumi.runtime.rpc import UNKNOWN
from pulumi.runtime.settings import SETTINGS, get_monitor

from mtasts.policy.policy_id import policy_id
from mtasts.protocol.mta_sts import render_txt
from mtasts_pulumi.done import watch
from mtasts_pulumi.published import Seen, entry, outputs_before, served_before, settled

TEXT = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmax_age: 1209600\r\n"
OLD = TEXT.replace("enforce", "testing")
ID, OLD_ID = (policy_id(datetime(2026, 3, 14, tzinfo=UTC), text) for text in (TEXT, OLD))
RPT = "v=TLSRPTv1; rua=mailto:tls@example.com"


def told(mode, id_, rpt=RPT):
    return {
        "mode": mode,
        "id": id_,
        "policyHost": "mta-sts.example.com",
        "policyUrl": "https://mta-sts.example.com/.well-known/mta-sts.txt",
        "records": {"_mta-sts.example.com": render_txt(id_)} | ({"_smtp._tls.example.com": rpt} if rpt else {}),
    }


BEFORE = told("testing", OLD_ID)


@pytest.mark.parametrize(
    ("txt", "tls_rpt", "before", "expected"),
    [
        (render_txt(ID), RPT, {}, told("enforce", ID)),
        (render_txt(ID), RPT, BEFORE, told("enforce", ID)),
        (render_txt(ID), None, BEFORE, told("enforce", ID, None)),
        # its record failed or was not reached: what was said before still holds, but for what was reached
        (None, None, BEFORE, BEFORE),
        (None, "v=TLSRPTv1; rua=mailto:b@example.com", BEFORE,
         told("testing", OLD_ID, "v=TLSRPTv1; rua=mailto:b@example.com")),
        # a run with --target left the record as it was
        (render_txt(OLD_ID), RPT, BEFORE, BEFORE),
        # first publication
        (None, None, {}, None),
        (None, RPT, {}, None),
        # what was said before is not what the record says, or is no statement at all
        (render_txt(OLD_ID), RPT, told("enforce", ID), None),
        (None, None, {"mode": "testing", "id": UNKNOWN}, None),
        (None, None, {"mode": UNKNOWN, "id": OLD_ID}, None),
        (None, None, {"mode": 3, "id": ["x"], "records": "y"}, None),
    ],
)  # fmt: skip
def test_an_entry_says_what_is_published(txt, tls_rpt, before, expected):
    """Never what was only wanted; no entry for a domain whose record was never there."""
    assert entry(Seen("example.com", "enforce", TEXT, txt, tls_rpt), before) == expected


def test_an_id_that_was_taken_over_is_the_one_that_was_to_be_published():
    """It does not tell its text, as one of ours does; another one by hand is still not what was wanted."""
    txt = render_txt("20240101000000Z")
    seen = Seen("example.com", "enforce", TEXT, txt, RPT, "20240101000000Z")
    assert (seen.reached, entry(seen, {})) == (True, told("enforce", "20240101000000Z"))
    assert not Seen("example.com", "enforce", TEXT, txt, RPT).reached
    assert not Seen("example.com", "enforce", TEXT, render_txt("1"), RPT, "20240101000000Z").reached
    assert Seen("example.com", "enforce", TEXT, render_txt(ID), RPT, "20240101000000Z").reached


def test_only_what_is_known_is_told():
    """A failed resource's outputs raise (SDK up to 3.270) or are not known (from 3.271 on): neither becomes a text."""

    async def look():
        def output(value=None, known=True, error=None):
            future, is_known = asyncio.get_running_loop().create_future(), asyncio.get_running_loop().create_future()
            future.set_exception(error) if error else future.set_result(value)
            is_known.set_result(known)
            return pulumi.Output(set(), future, is_known)

        return [
            await settled(output("a")),
            await settled(output(UNKNOWN, known=False)),
            await settled(output(error=RuntimeError("failed"))),
            await settled(None),
        ]

    assert asyncio.run(look()) == ["a", None, None, None]


def test_what_the_engine_skipped_is_not_told():
    """It answers with what a preview would say, known and as it was wanted; only the answer itself says so."""

    class Monitor(mocks.MockMonitor):
        def RegisterResource(self, request):  # noqa: N802 - gRPC's name
            return SimpleNamespace(urn=request, result=Result.SUCCESS, unknown=request == "skipped")

    async def look(preview):
        async def made(urn):
            resource = pulumi.Resource.__new__(pulumi.Resource)
            resource.__dict__["urn"] = pulumi.Output.from_input(get_monitor().RegisterResource(urn).urn)
            value, known = asyncio.get_running_loop().create_future(), asyncio.get_running_loop().create_future()
            value.set_result("as wanted")
            known.set_result(True)
            return pulumi.Output({resource}, value, known)

        mocks.set_mocks(None, preview=preview, monitor=Monitor(None))
        watch()
        watch()
        there, skipped = await made("made"), await made("skipped")
        return [await settled(there), await settled(skipped), await settled(pulumi.Output.concat(there, skipped))]

    assert asyncio.run(look(preview=False)) == ["as wanted", None, None]
    assert asyncio.run(look(preview=True)) == ["as wanted", "as wanted", "as wantedas wanted"]


SERVED = {
    "distribution": "d111111abcdef8.cloudfront.net",
    "zone": "Z2FDTNDATAQYW2",
    "names": ["a.example", "b.example"],
}


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ({"hosts": {"fleet": SERVED}}, SERVED),
        ({"hosts": {"fleet": SERVED | {"names": ["a.example", UNKNOWN, 3]}}}, SERVED | {"names": ["a.example"]}),
        ({}, None),
        ({"hosts": {"other": SERVED}}, None),
        ({"hosts": {"fleet": SERVED | {"distribution": UNKNOWN}}}, None),
        ({"hosts": {"fleet": SERVED | {"zone": ""}}}, None),
        ({"hosts": {"fleet": SERVED | {"names": "a.example"}}}, None),
        ({"hosts": {"fleet": "x"}}, None),
        ({"hosts": ["fleet"]}, None),
    ],
)
def test_what_a_host_served_is_told_whole_or_not_at_all(before, expected):
    """An older stack, another group, an unknown value: then every member waits for the host of this run."""
    assert served_before(before, "fleet") == expected


class _Busy(mocks.Mocks):
    """An engine that is writing its state the first times it is asked for it."""

    def __init__(self, times: int) -> None:
        self.times = times

    def new_resource(self, args):
        raise AssertionError(f"{args.name} is registered")

    def call(self, args):
        assert args.token == "pulumi:pulumi:readStackOutputs"
        assert args.args["name"].endswith("/mtasts/test")
        self.times -= 1
        if self.times >= 0:
            raise RuntimeError("failed to load checkpoint: EOF")
        return {"outputs": {"bucket": "policies-1"}}, []


@pytest.mark.parametrize("times", [0, 2])
def test_an_engine_that_writes_its_state_is_asked_again(times):
    """A read in the middle of a write is no reason to know nothing of what is published."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    mocks.set_mocks(_Busy(times), project="mtasts", stack="test")

    try:
        assert asyncio.get_event_loop().run_until_complete(outputs_before()) == {"bucket": "policies-1"}
    finally:
        SETTINGS.rpc_manager.clear()  # the stack's own registration waits in this loop; a later test would wait for it
