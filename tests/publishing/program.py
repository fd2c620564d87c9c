"""A Pulumi project that needs no provider: components like the real ones by type, with the engine's own Stash inside.

What it does is said by a JSON file beside it, so that a test can change it between runs and processes.
"""

import json
from pathlib import Path

_PROGRAM = """
import asyncio, json, time
from pathlib import Path
import pulumi

plan = json.loads(Path(__file__).with_name("plan.json").read_text())

class MtaStsDomain(pulumi.ComponentResource):
    def __init__(self, name, value, slow, refuse, protect, opts=None):
        super().__init__("mtasts:index:MtaStsDomain", name, {}, opts)

        async def hook(args):
            Path(__file__).with_name("at-" + args.name).touch()
            end, enough = time.monotonic() + slow, Path(__file__).with_name("enough")
            while time.monotonic() < end and not enough.exists():
                await asyncio.sleep(0.02)
            if refuse:
                raise Exception(refuse)

        body = pulumi.Stash(name + "-policy", input=value, opts=pulumi.ResourceOptions(parent=self))
        before = pulumi.ResourceHook("read back " + name, hook)
        txt = pulumi.Stash(
            name + "-mta-sts",
            input=value,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[body],
                protect=protect,
                hooks=pulumi.ResourceHookBinding(before_create=[before], before_update=[before]),
            ),
        )
        self.register_outputs({"id": txt.output})
        self.txt = txt.output

if plan.get("raise"):
    raise ValueError(plan["raise"])
if plan.get("run_error"):
    raise pulumi.RunError(plan["run_error"])
print("the program speaks")
domains = {}
for name, told in plan["domains"].items():
    domain = MtaStsDomain(
        name, told["value"], told.get("slow", 0), told.get("refuse", ""), told.get("mode", "none") != "none"
    )
    domains[name] = {"mode": told.get("mode", "none"), "id": domain.txt}
    if plan.get("needs_plugin"):
        last = pulumi.ResourceOptions(depends_on=[domain])
        pulumi.CustomResource("nowhere:index:Thing", name + "-thing", {}, last)
pulumi.export("domains", domains)
"""


def write_project(folder: Path, **plan: object) -> Path:
    """Make the project `tiny` in a new folder; see `write_plan`."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(_PROGRAM)
    write_plan(folder, **plan)
    return folder


def write_plan(folder: Path, **plan: object) -> None:
    """`domains={name: {"value", "slow", "refuse", "mode"}}`, or `run_error=`, or `raise=` to fail at once, or
    `needs_plugin=True` for a resource after each domain whose provider plugin is not there.

    What is slow is so for that many seconds, or until a file `enough` is there.
    """
    (folder / "plan.json").write_text(json.dumps({"domains": {}, **plan}))


def read_state(backend: Path, stack: str = "dev") -> dict[str, object]:
    """{resource name: its input}, and under "pending" the names of pending operations."""
    path = backend / ".pulumi" / "stacks" / "tiny" / f"{stack}.json"
    latest = json.loads(path.read_text())["checkpoint"]["latest"] or {}
    found: dict[str, object] = {
        resource["urn"].rsplit("::", 1)[-1]: resource["inputs"]["input"]
        for resource in latest.get("resources", ())
        if resource["type"] == "pulumi:index:Stash"
    }
    found["pending"] = [
        entry["resource"]["urn"].rsplit("::", 1)[-1] for entry in latest.get("pending_operations") or ()
    ]
    return found
