"""What a plan creates of each domain, and an outcome without what was refused: without an engine."""

import asyncio
import contextlib
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from mtasts.errors import CannotLook
from mtasts.live.accounts.ways import Ways
from mtasts.live.first_look import VARIABLE, Told, from_environment
from mtasts.live.network import ConnectTo, Network
from mtasts.policy.desired import HostGroup
from mtasts.verify.standing import Creates, Refusal
from mtasts_pulumi.engine.failures import problems
from mtasts_pulumi.engine.first_look import FirstLook, creates, look_first, seen_twice, without
from mtasts_pulumi.engine.outcome import DomainRow, Outcome, left_standing
from mtasts_pulumi.engine.steps import ResourceFacts, Step
from mtasts_sandbox.wire.dns import DnsServer
from tests.mtasts_sandbox.memory_world import MemoryWorld

WAYS = Ways({}, {})

D, OTHER = "example.com", "example.net"


def record(op: str, name: str, kind: str = "TXT", provider: str = "route53", resource: str = "x") -> Step:
    type_ = {"route53": "aws:route53/record:Record", "cloudflare": "cloudflare:index/dnsRecord:DnsRecord"}[provider]
    inputs = {"name": name, "type": kind}
    return Step(op, f"urn:pulumi:s::p::{type_}::{resource}", type_, None, None if op == "delete" else inputs, False)


def certificate(op: str, *names: str) -> Step:
    type_ = "aws:acm/certificate:Certificate"
    inputs = {"domainName": names[0], "subjectAlternativeNames": list(names[1:])}
    return Step(op, f"urn:pulumi:s::p::{type_}::{names[0]}-certificate", type_, None, inputs, False)


def plan(*steps: Step, shared=(), owned=(), op: str = "create", **more) -> Outcome:
    row = DomainRow(D, ResourceFacts(), ResourceFacts(), tuple(steps), op, failed=False)
    fields = {"problems": (), "notes": (), "changes": {}, "seconds": 0.1, **more}
    return Outcome("preview", "s", "succeeded", (row,), tuple(shared), owned=frozenset(owned), **fields)


@pytest.mark.parametrize(
    ("steps", "shared", "owned", "expected"),
    [
        ([record("create", f"_mta-sts.{D}")], [], [], {D: Creates(mta_sts=True)}),
        ([record("create", f"_mta-sts.{D}.", provider="cloudflare")], [], [], {D: Creates(mta_sts=True)}),
        ([record("create", f"_smtp._tls.{D}")], [], [], {D: Creates(tls_rpt=True)}),
        ([record("update", f"_mta-sts.{D}")], [], [], {}),
        ([record("replace", f"_mta-sts.{D}")], [], [], {}),
        # Made anew beside the one in the state, as a move to another zone does.
        ([record("create", f"_mta-sts.{D}")], [], [f"_mta-sts.{D}"], {}),
        ([], [record("create", f"mta-sts.{D}", "A"), record("create", f"mta-sts.{D}", "AAAA")], [],
         {D: Creates(host=True)}),
        ([], [certificate("create", f"mta-sts.{D}")], [], {D: Creates(certificate=True)}),
        ([], [certificate("replace", f"mta-sts.{OTHER}", f"mta-sts.{D}")], [],
         {D: Creates(certificate=True), OTHER: Creates(certificate=True)}),
        ([], [certificate("same", f"mta-sts.{D}"), certificate("update", f"mta-sts.{OTHER}")], [], {}),
    ],
)  # fmt: skip
def test_what_a_plan_creates(steps, shared, owned, expected):
    """By the records' own names, at either provider; what the state holds already is ours."""
    assert creates(plan(*steps, shared=shared, owned=owned), [D, OTHER]) == expected


def test_without_a_domain_that_is_left_out():
    """Its row is failed and empty; shared steps for it alone are gone, a neighbour's stay; one problem each."""
    shared = [
        record("create", f"mta-sts.{D}", "A", resource=f"{D}-host-a"),
        record("create", f"mta-sts.{OTHER}", "A", resource=f"{OTHER}-host-a"),
        certificate("create", D),
    ]
    look = FirstLook((Refusal(D, "record-exists", "text", "remedy"),), frozenset({D}))
    group = HostGroup(D, (type("Member", (), {"domain": D})(),))
    told = without(plan(record("create", f"_mta-sts.{D}"), shared=shared), look, [group])
    assert told.result == "failed"
    assert [(row.domain, row.op, row.failed, row.steps) for row in told.domains] == [(D, "create", True, ())]
    assert [step.name for step in told.shared] == [f"{OTHER}-host-a"]
    assert [(problem.message, problem.hint) for problem in told.problems] == [("text", "remedy")]
    assert without(plan(), FirstLook(), [group]) == plan()


@contextlib.contextmanager
def served(world: MemoryWorld):
    """The sandbox's DNS server in a thread of its own: what is tested brings its own loop."""
    loop = asyncio.new_event_loop()
    server = DnsServer(world)
    loop.run_until_complete(server.start(0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    here = f"127.0.0.1:{server.port}"
    yield Network(here, None, (ConnectTo.parse(f":53:{here}"),))
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(server.close())
    loop.close()


@pytest.mark.parametrize(
    ("mx", "notes"),
    [
        (
            (),
            [
                f"{D} has no records of its own: when those below it are gone, *.com (MX 10 mx.com.)"
                " answers for it again"
            ],
        ),
        (("10 mx.example.com.",), []),
    ],
)
def test_a_wildcard_that_answers_again_is_noted(mx, notes):
    """When the last record below a name goes, and the domain has none of its own. Nothing is refused for it."""
    world = MemoryWorld()
    world.add_zone("com")
    world.put("*.com", "MX", "10 mx.com.")
    world.put(f"_mta-sts.{D}", "TXT", "v=STSv1; id=a;")
    if mx:
        world.put(D, "MX", *mx)
    with served(world) as network:
        look = look_first(plan(record("delete", f"_mta-sts.{D}"), op="delete"), [], network, WAYS)
    assert (list(look.notes), look.refusals) == (notes, ())


def test_two_records_are_a_failure_and_late_ones_are_not():
    """Of either kind; beside other texts; one, or none yet, is nothing to tell."""
    world = MemoryWorld()
    world.add_zone(D)
    world.add_zone(OTHER)
    world.put(f"_mta-sts.{D}", "TXT", "v=STSv1; id=a;", "v=STSv1; id=b;", "other")
    world.put(
        f"_smtp._tls.{OTHER}", "TXT", "v=TLSRPTv1; rua=mailto:a@example.net", "v=TLSRPTv1; rua=mailto:b@example.net"
    )
    world.put(f"_mta-sts.{OTHER}", "TXT", "v=STSv1; id=a;", "v=STSv1 id=b")
    with served(world) as network:
        found = seen_twice([D, OTHER], network)
    assert [(problem.resource, problem.message.partition(":")[0]) for problem in found] == [
        (D, f"_mta-sts.{D}"),
        (OTHER, f"_smtp._tls.{OTHER}"),
    ]


def test_what_the_program_is_told(tmp_path: Path):
    """A file, whatever it holds; one that cannot be read stops the run, for it may name what must not be begun."""
    look = FirstLook(
        (
            Refusal(D, "record-exists", "text", "remedy"),
            Refusal(OTHER, "x", "first", "do"),
            Refusal(OTHER, "y", "2", ""),
        ),
        frozenset({D}),
        (),
        frozenset({"n"}),
    )
    path = tmp_path / "told.json"
    look.told.write(path)
    assert from_environment({VARIABLE: str(path)}) == Told(
        frozenset({D}), {OTHER: "first. To do: do"}, frozenset({"n"})
    )
    assert from_environment({}) == Told()
    for broken in ("", "[]", json.dumps({"leave_out": 1, "refused": {}, "own": []})):
        path.write_text(broken)
        with pytest.raises(CannotLook, match=VARIABLE):
            from_environment({VARIABLE: str(path)})


def test_the_hooks_line_is_told_as_the_looks():
    """The same message and hint, so that a domain refused twice is told once."""
    text = 'before hook "first-look" failed: text (RFC 8461 s3.1). To do: remedy: with colon'
    (problem,) = problems([("urn:pulumi:s::p::t::x", text)], {}, destroying=False)
    assert (problem.message, problem.hint) == ("text (RFC 8461 s3.1)", "remedy: with colon")


def test_what_a_failed_run_did_not_remove_is_told():
    """The engine removes last: without a failure, or when the domain's own failure is told, there is nothing to add."""
    planned = plan(record("delete", f"_smtp._tls.{D}"), op="update")
    idle = replace(planned, domains=(), result="failed")
    (line,) = left_standing(planned, idle)
    assert line.startswith(f"{D}: what was to be removed is still there")
    assert left_standing(planned, replace(planned, result="failed")) == ()
    assert left_standing(planned, replace(idle, result="succeeded")) == ()
    failed = replace(planned.domains[0], steps=(), failed=True)
    assert left_standing(planned, replace(idle, domains=(failed,))) == ()
