"""What the components cost over a bare Pulumi program that registers the same resources by hand.

    python -m bench.publish [--domains 1,100,1000] [--rounds 3] [--group 100] [--json FILE]

Both sides run on the real engine against one sandbox in its own process, alternating in one run: preview of an empty
stack, first up, up after one domain's mode was flipped, preview with nothing to do. The bare side reads the same
desired state from a JSON file, so it parses no YAML, validates nothing, and reads nothing back: what is measured is all
that this project adds. Prints the medians and the ratios ours / bare, by the clock and of processor time (of program
and engine, the sandbox left out), which hardly moves with what else the machine does. From 1,000 domains on one round.
"""

import argparse
import importlib
import json
import os
import platform
import resource
import runpy
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from pulumi import automation

from bench.bare import program as bare_program
from mtasts.live.files import read_stack
from mtasts.policy.desired import desired_state
from mtasts_pulumi.engine.command import Engine
from mtasts_pulumi.engine.find import find_engine
from mtasts_sandbox import client

ROOT = Path(__file__).resolve().parent.parent
STEPS = ("preview of nothing published", "first up", "up after one flip", "preview with nothing to do")
_ONE_ROUND = 1000  # domains, from which on a round takes a quarter of an hour
_ZONES = {"route53": "Z0123456789BENCH", "cloudflare": "0123456789abcdef0123456789abcdef"}


def write_policies(folder: Path, count: int, group: int) -> None:
    """`count` mail domains, half on each DNS provider, in shared host groups of `group`."""
    stack = folder / "bench"
    stack.mkdir(parents=True)
    (stack / "_defaults.yaml").write_text("tls_rpt: {rua: ['mailto:tls-reports@example.org']}\nttl: 300\n")
    for number in range(count):
        provider = "route53" if number % 2 else "cloudflare"
        domain = f"d{number:04}.{provider}.example"
        (stack / f"{domain}.yaml").write_text(
            f"domain: {domain}\nmode: testing\nmx: [mx1.{domain}, mx2.{domain}]\n"
            f"dns: {{provider: {provider}, zone: {_ZONES[provider]}}}\nhost_group: group-{number // group}\n"
        )


def flip(folder: Path) -> None:
    """testing -> enforce -> testing of the first domain."""
    path = sorted((folder / "bench").glob("d*.yaml"))[0]
    text = path.read_text()
    old, new = ("testing", "enforce") if "mode: testing" in text else ("enforce", "testing")
    path.write_text(text.replace(f"mode: {old}", f"mode: {new}"))


def ours(policies: Path) -> Callable[[], None]:
    """The project's own program, unmodified."""
    os.environ["MTASTS_POLICIES"] = str(policies)
    return lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__") and None


def bare(policies: Path, wanted: Path) -> Callable[[], None]:
    """The same resources by hand; what they shall be is computed before the clock starts."""
    loaded = read_stack(policies, "bench")
    assert not loaded.problems, loaded.problems[0]
    entries = [
        {
            "domain": policy.domain,
            "group": policy.host_group,
            "provider": policy.dns.provider,
            "zone": policy.dns.zone,
            "ttl": policy.ttl,
            "text": desired_state(policy).text,
            "tls_rpt": desired_state(policy).tls_rpt_value,
            "retired": policy.mode == "none",
        }
        for policy in loaded.policies
    ]
    wanted.write_text(json.dumps(entries))
    return lambda: bare_program(wanted)


def stack(
    program: Callable[[], None], side: str, count: int, environment: dict[str, str], home: Path
) -> automation.Stack:
    """A new stack of its own, in the sandbox's file backend, driven by the same engine for both sides."""
    work = home / f"{side}-{count}"
    work.mkdir(parents=True)
    settings = automation.ProjectSettings(name="mtasts", runtime="python")
    options = automation.LocalWorkspaceOptions(
        work_dir=str(work),
        env_vars={**environment, "PULUMI_BACKEND_URL": f"file://{work}"},
        pulumi_command=Engine(find_engine()),
        project_settings=settings,
    )
    made = automation.create_or_select_stack("bench", project_name="mtasts", program=program, opts=options)
    made.set_config("aws:region", automation.ConfigValue("eu-central-1"))
    made.set_config("mtasts:namesPerCertificate", automation.ConfigValue("100"))
    return made


Cost = tuple[float, float]  # seconds by the clock, and of processor time


def timed(step: Callable[[], object]) -> Cost:
    """What `step` takes, in this process and in those it waits for."""
    start = time.perf_counter(), processor()
    step()
    return time.perf_counter() - start[0], processor() - start[1]


def processor() -> float:
    """Processor seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def warm() -> None:
    """Import both SDKs before the clock starts: both sides need them, and whoever ran first would pay for both."""
    for module in ("pulumi_cloudflare", *(f"pulumi_aws.{name}" for name in ("acm", "cloudfront", "route53", "s3"))):
        importlib.import_module(module)


def one_round(
    count: int, group: int, order: Sequence[str], home: Path, skip_checkpoints: bool
) -> dict[str, list[Cost]]:
    """All steps once on both sides, each in an empty sandbox of its own, taking turns in `order`."""
    sides = {}
    for side in order:
        policies = home / f"policies-{side}-{count}"
        write_policies(policies, count, group)
        sandbox, _ = client.up(home / f"sandbox-{side}-{count}", ephemeral=True, certificate_names=100)
        for provider, zone in _ZONES.items():
            sandbox.add_zone(f"{provider}.example", provider, zone)
        environment = {**sandbox.environment(), "PULUMI_SKIP_CHECKPOINTS": "true" if skip_checkpoints else "false"}
        sides[side] = (policies, sandbox, environment)
    costs: dict[str, list[Cost]] = {side: [] for side in order}
    try:
        stacks = {}
        for side in order:
            policies, _, environment = sides[side]
            made = ours(policies) if side == "ours" else bare(policies, home / f"wanted-{count}.json")
            stacks[side] = stack(made, side, count, environment, home)
        for step in range(len(STEPS)):
            for side in order:
                policies, _, environment = sides[side]
                os.environ.update(environment | {"MTASTS_POLICIES": str(policies)})
                if step == 2:
                    flip(policies)
                    if side == "bare":
                        bare(policies, home / f"wanted-{count}.json")
                run = stacks[side].preview if step in {0, 3} else stacks[side].up
                costs[side].append(timed(run))
                clock, used = costs[side][-1]
                print(f"  {count:>5} {STEPS[step]:<28} {side:<5} {clock:8.2f} s {used:8.2f} s", file=sys.stderr)
    finally:
        for _, sandbox, _ in sides.values():
            client.down(sandbox.state_dir)
    return costs


def compared(rounds: Sequence[dict[str, list[Cost]]], step: int) -> list[float]:
    """Medians of ours and bare and of their ratio, by the clock and of processor time."""
    figures = []
    for kind in (0, 1):
        mine = [round_["ours"][step][kind] for round_ in rounds]
        other = [round_["bare"][step][kind] for round_ in rounds]
        ratio = statistics.median(a / b for a, b in zip(mine, other, strict=True))
        figures += [statistics.median(mine), statistics.median(other), ratio]
    return figures


def main() -> int:
    """Measure, print a table, write JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", default="1,100,1000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--group", type=int, default=100, help="domains in one host group")
    parser.add_argument("--checkpoints", action="store_true", help="write a checkpoint a step, as a first `up` does")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    warm()
    results = []
    for count in map(int, args.domains.split(",")):
        rounds = []
        for number in range(args.rounds if count < _ONE_ROUND else 1):
            order = ("ours", "bare") if number % 2 == 0 else ("bare", "ours")
            with tempfile.TemporaryDirectory(prefix="mtasts-bench-") as home:
                rounds.append(one_round(count, args.group, order, Path(home), not args.checkpoints))
        results += [(count, name, *compared(rounds, step)) for step, name in enumerate(STEPS)]
    print(f"Python {platform.python_version()}, pulumi {version('pulumi')}, {os.cpu_count()} CPUs")
    print(f"{'':>37}{'by the clock':>27}{'processor time':>27}")
    print(f"{'domains':>7}  {'step':<28}" + f"{'ours':>10}{'bare':>10}{'ratio':>7}" * 2)
    for domains, name, *figures in results:
        cells = "".join(
            f"{mine:>8.2f} s{other:>8.2f} s{ratio:>7.2f}" for mine, other, ratio in (figures[:3], figures[3:])
        )
        print(f"{domains:>7}  {name:<28}{cells}")
    if args.json:
        keys = ("domains", "step", "ours_s", "bare_s", "ratio", "ours_cpu_s", "bare_cpu_s", "cpu_ratio")
        args.json.write_text(json.dumps([dict(zip(keys, row, strict=True)) for row in results], indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
