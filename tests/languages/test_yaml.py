"""Programs in Pulumi YAML, run by the engine with the language host of Pulumi YAML that others wrote."""

import copy
import json

import pytest
import yaml

from mtasts.policy.policy_id import belongs
from tests.languages.project import EXAMPLES, Project

pytestmark = pytest.mark.needs("yaml-host")


@pytest.fixture
def project(tmp_path, stage, engine, yaml_host):
    """The example, beside a running sandbox."""
    folder = tmp_path / "program"
    folder.mkdir()
    return Program(folder, stage, engine, [yaml_host])


class Program(Project):
    """The example in YAML, and variants of it."""

    def __init__(self, *place) -> None:
        self.told = yaml.safe_load((EXAMPLES / "yaml/Pulumi.yaml").read_text())
        self.vary = copy.deepcopy(self.told)
        self.net["dns"], self.com["dns"] = dict(self.net["dns"]), dict(self.com["dns"])
        place[0].joinpath("Pulumi.yaml").write_text((EXAMPLES / "yaml/Pulumi.yaml").read_text())
        super().__init__(*place)

    @property
    def net(self) -> dict:
        return self.vary["resources"]["net"]["properties"]

    @property
    def com(self) -> dict:
        return self.vary["resources"]["com"]["properties"]

    def write(self) -> None:
        # Pulumi YAML takes no aliases.
        (self.folder / "Pulumi.yaml").write_text(json.dumps(self.vary))

    def wrong(self, name: str, **inputs: object) -> str:
        """What the engine says of these inputs of a domain. None takes one away."""
        before = copy.deepcopy(self.vary)
        properties = self.vary["resources"][name]["properties"]
        properties.update(inputs)
        for key in [key for key, value in inputs.items() if value is None]:
            del properties[key]
        self.write()
        done = self.preview()
        self.vary = before
        assert done.code != 0, done.out
        assert "Traceback" not in done.out
        return done.out + done.err


def test_from_the_first_publication_to_the_end(project):
    """The order, the read-back, the id that stays, the ledger that holds: from YAML as from our own program."""
    stage = project.stage

    first = project.up()

    assert first.code == 0, first.out
    assert stage.body("example.com").startswith(b"version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\n")
    assert stage.body("example.net").endswith(b"mode: testing\r\nmx: *.mx.example.net\r\nmax_age: 604800\r\n")
    for domain in ("example.com", "example.net"):
        assert belongs(stage.id(domain), stage.body(domain).decode()) is True
        assert stage.txts(f"_smtp._tls.{domain}") == ["v=TLSRPTv1; rua=mailto:tls-reports@example.com"]
        seen = stage.seen(domain)
        assert seen.index("host body") < seen.index("mta-sts txt")
    assert project.resource("net-mta-sts")["inputs"]["ttl"] == 600
    published = stage.id("example.com"), stage.id("example.net")

    again = project.up("--expect-no-changes")

    assert again.code == 0, again.out
    assert (stage.id("example.com"), stage.id("example.net")) == published

    # The edge serves the old text for longer than the one waits, and shorter than the other does.
    stage.fault("stale-edge", "20")
    project.com.update(mode="enforce", readBackDeadline=3)
    project.net.update(maxAge=86400.0)
    project.write()
    stale = project.up("--continue-on-error")

    assert stale.code != 0
    assert "the new policy was not seen within 3 s, so its TXT was left as it is" in stale.out
    assert "Traceback" not in stale.out + stale.err
    assert stage.id("example.com") == published[0]
    assert stage.id("example.net") != published[1]

    project.com["readBackDeadline"] = 120
    project.write()
    repaired = project.up()

    assert repaired.code == 0, repaired.out
    assert stage.id("example.com") != published[0]
    assert b"mode: enforce" in stage.body("example.com")

    gone = project.vary["resources"].pop("net"), project.vary["outputs"].pop("net")
    project.write()
    held = project.up()

    assert held.code != 0
    assert "example.net: not removed: what is published is" in held.out
    assert stage.txt("example.net") is not None

    project.vary["resources"]["net"], project.vary["outputs"]["net"] = gone
    project.net["mode"] = project.com["mode"] = "none"
    project.vary["resources"]["hosting"]["properties"]["retired"] = True
    project.write()
    retired = project.up()
    words = ("destroy", "--yes", "--skip-preview", "--run-program", "--stack", "dev")
    early = project.pulumi(*words)
    at_own_risk = project.pulumi(*words, MTASTS_REMOVE_BEFORE_DATE="example.com example.net")

    assert retired.code == 0, retired.out
    assert early.code != 0
    assert "not removed" in early.out
    assert at_own_risk.code == 0, at_own_risk.out
    assert stage.txt("example.com") is None
    assert [one for one in project.resources() if one.get("custom")] == []


def test_outputs_of_other_resources(project):
    """Each input may be an output; what a preview does not know of it is unknown, and what is made waits for it."""
    project.net.update(
        mode={"fn::secret": "testing"},
        maxAge={"fn::secret": 604800},
        ttl={"fn::secret": 900},
        rua=["https://${hosting.hosting.hostGroups.shared.distributionName}/tls", "mailto:tls-reports@example.com"],
        dns={"provider": {"fn::secret": "cloudflare"}, "zone": {"fn::secret": "0123456789abcdef0123456789abcdef"}},
        hostGroup={"fn::secret": "shared"},
    )
    project.com.update(domain={"fn::secret": "example.com"}, mx={"fn::secret": ["mx1.example.com"]})
    project.write()

    preview = project.preview("--json")
    done = project.up()

    assert preview.code == 0, preview.err
    steps = {step["urn"].rpartition("::")[2]: step for step in json.loads(preview.out)["steps"] if "newState" in step}
    assert "until-up" not in preview.out
    assert steps["net-tls-rpt"]["newState"]["inputs"]["content"] == "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    assert "not known in this preview: rua" in preview.out
    assert done.code == 0, done.out
    host = project.resource("shared-distribution")
    (record,) = project.stage.txts("_smtp._tls.example.net")
    assert record == f"v=TLSRPTv1; rua=https://{host['outputs']['domainName']}/tls,mailto:tls-reports@example.com"
    assert project.resource("hosting")["urn"] in project.resource("net-tls-rpt")["dependencies"]
    assert project.resource("example.net-host-cname")["urn"] in project.resource("net-mta-sts")["dependencies"]
    assert project.resource("hosting-bucket-policy")["urn"] in project.resource("com-distribution")["dependencies"]
    assert (
        project.stage.body("example.com")
        == b"version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\nmax_age: 86400\r\n"
    )
    assert project.resource("net-mta-sts")["inputs"]["ttl"] == 900


def test_what_cannot_be_published(project):
    """One error names the input and what is wrong with it; nothing is made."""
    said = project.wrong("net", mx=["10 mx.example.net", "mx"], ttl=5, maxAge=1.5, rua=["http://reports.example.com"])
    for part in (
        "property mx with value",
        '"10 mx.example.net" has a preference',
        '"mx" has one label',
        "property ttl with value",  # how the value is quoted is another in each engine
        "has a problem: 5 is less than 30 s, the least allowed",
        "has a problem: must be a whole number of seconds, not 1.5",
        "property rua with value",
    ):
        assert part in said, (part, said)
    assert "is missing; mode testing needs" in project.wrong("net", mx=[])
    assert 'TESTING ("testing"), ENFORCE' in project.wrong("net", mode="strict")
    assert "Missing required property 'hosting'" in project.wrong("net", hosting=None)
    assert 'has no host group "other"; it has: shared' in project.wrong("net", hostGroup="other")
    assert 'example.com is not in the host group "shared"' in project.wrong("com", hostGroup="shared")
    assert "give the zone's id, not its name" in project.wrong(
        "com", dns={"provider": "route53", "zone": "example.com"}
    )

    project.vary["resources"]["again"] = copy.deepcopy(project.vary["resources"]["com"])
    project.vary["resources"]["more"] = {"type": "mtasts:PolicyHosting"}
    twice = project.wrong("com")
    del project.vary["resources"]["again"]
    second = project.wrong("com")

    assert "is the PolicyHosting of this stack already" in second
    assert (
        "example.com is published by the MailDomain" in twice or "is the PolicyHosting of this stack already" in twice
    )
    assert project.resources() == []
