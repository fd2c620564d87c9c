"""The program and its components used otherwise than by `mtasts up`: with --target, and twice in one program."""

import subprocess
import sys

from mtasts.policy.policy_id import belongs
from tests.patience import PATIENCE
from tests.publishing.stage import ROOT, Run

TWICE = """
from datetime import UTC, datetime
import os
import pulumi
from mtasts_pulumi import MtaStsDomain, PolicyHost, PolicyOrigin, ReadBack, desired_from
from mtasts.live.network import Network


class Publication(pulumi.ComponentResource):
    def __init__(self, name, domain, provider, zone):
        super().__init__("test:index:Publication", name)
        inside = pulumi.ResourceOptions(parent=self)
        origin = PolicyOrigin(f"{name}-policies", {"retired": True}, inside)
        read_back = ReadBack(Network.from_environment(os.environ), deadline=60)
        names = [{"domain": domain, "provider": provider, "zone": zone}]
        host = PolicyHost(
            f"{name}-host", {"origin": origin, "names": names, "read_back": read_back, "retired": True}, inside
        )
        args = {"desired": desired_from(domain, "none", 86400, []), "ttl": 300, "now": datetime.now(UTC)}
        args |= {"provider": provider, "zone": zone, "origin": origin, "host": host, "read_back": read_back}
        MtaStsDomain(domain, args, inside)


Publication("com", "example.com", "route53", "Z0123456789EXAMPLECOM")
Publication("net", "example.net", "cloudflare", "0123456789abcdef0123456789abcdef")
"""


def target(stage, *urns):
    """`pulumi up --target` of these."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.publishing.targeted", "staging", stage.environment["MTASTS_ENGINE"], *urns],
        cwd=ROOT,
        env={**stage.environment, **stage.cloud, "MTASTS_POLICIES": str(stage.policies)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def test_a_target_never_puts_a_new_text_under_the_old_id(published):
    """The policy file alone is refused, others change nothing, and the outputs say what is published."""
    before, body = published.txt("example.com"), published.body("example.com")
    told = published.outputs()
    published.edit("example.com", mode="enforce")
    urns = {step["name"]: step["urn"] for step in published.preview().domain("example.com")["steps"]}

    file_alone = target(published, urns["example.com-policy"])
    record_alone = target(published, urns["example.com-mta-sts"])
    component = target(published, urns["example.com-policy"].rpartition("::")[0].rpartition("$")[0] + "::example.com")
    kept = published.body("example.com"), published.txt("example.com"), published.outputs()
    whole = published.up()

    assert file_alone.code == 1, file_alone.out
    assert "would go live under the id of another text" in file_alone.out
    assert record_alone.code == 0, record_alone.out
    assert component.code == 0, component.out
    assert kept == (body, before, told)
    assert whole.code == 0, whole.err
    assert belongs(published.id("example.com"), published.body("example.com").decode()) is True
    assert b"mode: enforce" in published.body("example.com")


def test_two_instances_in_one_program(stage, tmp_path):
    """Each with an origin, a host and a read-back of its own: both are published, both hooks are there."""
    project = tmp_path / "twice"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: twice\nruntime: python\n")
    (project / "Pulumi.staging.yaml").write_text("config:\n  aws:region: eu-central-1\n")
    (project / "__main__.py").write_text(TWICE)
    done = stage.mtasts(*stage.words("up"), "--project", str(project))

    assert done.code == 0, done.err
    for domain in ("example.com", "example.net"):
        assert belongs(stage.id(domain), stage.body(domain).decode()) is True
