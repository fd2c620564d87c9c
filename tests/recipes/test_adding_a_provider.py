"""A DNS provider that another distribution brings by its entry point works everywhere, without a line of ours."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.patience import PATIENCE
from tests.publishing.stage import ROOT

EXAMPLE = Path(__file__).with_name("example") / "example_dns.py"
POLICY = """\
domain: example.com
mode: testing
mx: [mx.example.com]
ttl: 300
tls_rpt: {rua: ["mailto:tls@example.org"]}
dns: {provider: exampledns, zone: zone0001}
"""
# What is asked in one process that has the distribution, since the providers are found when it begins.
ASKED = """
import json
from datetime import UTC, datetime

from mtasts.errors import CannotLook
from mtasts.live.zones import find_zone, provider_of
from mtasts.policy.config import Source, load
from mtasts.policy.schema import POLICY_SCHEMA
from mtasts_pulumi.engine.failures import problems
from mtasts_pulumi.engine.placed import places_of
from mtasts_pulumi.engine.preflight import check_credentials
from mtasts_pulumi.engine.removal import leaving_of
from mtasts_pulumi.engine.steps import Step, facts
from tests.components.conftest import Publication
from tests.recipes.test_adding_a_provider import POLICY, hook_args

ZONE = {"provider": "exampledns", "zone": "zone0001"}
TYPE = "example:dns/recordSet:RecordSet"
told = {"enum": POLICY_SCHEMA["properties"]["dns"]["properties"]["provider"]["enum"]}
policy, = load([Source("example.com.yaml", POLICY)]).policies
made = {one.name: one for one in Publication().add("example.com", ZONE).registered()}
txt = made["example.com-mta-sts"]
told["made"] = {name: one.inputs for name, one in made.items() if one.type == TYPE}
told["version"] = txt.version
told["what"] = Step("create", "urn:pulumi:s::p::x::example.com-mta-sts", TYPE, None, txt.inputs, False).what
told["is record"] = Step("create", "urn", TYPE, None, txt.inputs, False).is_record
told["id"] = facts(txt.inputs, TYPE).id
resource = {"type": TYPE, "urn": "urn::example.com-mta-sts", "inputs": txt.inputs}
told["placed"] = [zone.provider for zone in places_of({"resources": [resource]})["example.com"].zones]
leaving = leaving_of(hook_args(TYPE, txt.inputs))
told["leaving"] = [leaving.domain, leaving.ttl, leaving.zone]
urn = f"urn:pulumi:s::p::mtasts:index:MtaStsDomain${TYPE}::example.com-mta-sts"
problem, = problems([(urn, "creating: E-1042: 429 not here")], {}, destroying=False)
told["problem"] = [problem.message, problem.hint]
try:
    check_credentials([policy], {}, {"AWS_PROFILE": "x", "HOME": "/nonexistent"})
except CannotLook as error:
    told["credentials"] = error.message
told["servers"] = provider_of(["ns1.example-dns.example", "ns2.example-dns.example"])
told["api"] = find_zone("example.com", "exampledns", {})
print(json.dumps(told))
"""


def hook_args(kind: str, inputs: dict) -> SimpleNamespace:
    """As the engine calls a hook before a deletion."""
    return SimpleNamespace(type=kind, name="example.com-mta-sts", old_inputs=inputs)


@pytest.fixture(scope="module")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installed distribution, as an installer writes it."""
    return installed(tmp_path_factory.mktemp("site"), "example_dns:PROVIDER")


def installed(site: Path, value: str) -> Path:
    shutil.copy(EXAMPLE, site)
    told = site / "example_dns-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: example-dns\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[mtasts.dns_providers]\nexampledns = {value}\n")
    return site


def python(site: Path, *words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}", "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_it_works_everywhere(distribution: Path) -> None:
    """Schema, resources, preview text, state, ledger, error hints, credentials, detection by name servers."""
    done = python(distribution, "-c", ASKED)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["enum"] == ["cloudflare", "exampledns", "route53"]
    assert sorted(told["made"]) == [f"example.com-{end}" for end in ("host-cname", "mta-sts", "tls-rpt", "validation")]
    assert told["made"]["example.com-host-cname"] == {
        "managedZone": "zone0001",
        "dnsName": "mta-sts.example.com",
        "rrtype": "CNAME",
        "rrdatas": ["d111111abcdef8.cloudfront.net"],
        "ttl": 600,
    }
    assert told["version"] == "1.0"
    assert (told["what"], told["is record"]) == ("TXT _mta-sts.example.com", True)
    assert told["id"].startswith("20260314000000")
    assert (told["placed"], told["leaving"]) == (["exampledns"], ["example.com", 300, "zone0001"])
    assert told["problem"] == [
        "example.com-mta-sts: Example DNS has no such zone for _mta-sts.example.com (creating: E-1042: 429 not here)",
        "see `dns: zone` of its YAML: the provider's zone id, in the account of these credentials",
    ]
    assert told["credentials"] == "no Example DNS credentials, which example.com needs"
    assert (told["servers"], told["api"]) == ("exampledns", None)


def test_the_command_knows_it(distribution: Path, tmp_path: Path) -> None:
    """`init` offers it, and `validate` judges its zone ids and its TTL, with a guess for another name of it."""
    shown = python(distribution, "-m", "mtasts", "init", "--help")
    assert "--dns-provider {cloudflare,exampledns,route53}" in shown.stdout

    folder = tmp_path / "policies" / "prod"
    folder.mkdir(parents=True)
    (folder / "example.com.yaml").write_text(POLICY)
    right = python(distribution, "-m", "mtasts", "validate", str(folder.parent), cwd=tmp_path)
    assert right.returncode == 0, right.stdout + right.stderr

    wrong = POLICY.replace("zone0001", "zone1").replace("300", "60").replace("exampledns", "example dns")
    (folder / "example.com.yaml").write_text(wrong)
    named = python(distribution, "-m", "mtasts", "validate", str(folder.parent), cwd=tmp_path)
    assert 'did you mean "exampledns"?' in named.stdout
    (folder / "example.com.yaml").write_text(wrong.replace("example dns", "exampledns"))
    judged = python(distribution, "-m", "mtasts", "validate", str(folder.parent), cwd=tmp_path)
    assert judged.returncode == 1
    assert '"zone1" is not a zone id of exampledns: zone and four digits' in judged.stdout
    assert "60 is less than the 120 s that Example DNS allows" in judged.stdout


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("example_dns:NOTHING", "the DNS provider exampledns cannot be loaded"),
        ("example_dns:EXAMPLE", "the DNS provider exampledns cannot be loaded"),
        ("json:dumps", "json:dumps is not a DnsProvider"),
        ("mtasts.providers.route53:PROVIDER", "there are two DNS providers named route53"),
    ],
)
def test_one_that_is_broken_is_named(tmp_path: Path, value: str, said: str) -> None:
    """One line says which distribution to update; nothing is judged without a provider that somebody uses."""
    done = python(installed(tmp_path, value), "-m", "mtasts", "validate", str(ROOT / "policies"))

    assert done.returncode == 2
    assert said in done.stderr
    assert "update or uninstall example-dns, which brings it" in done.stderr
    assert "Traceback" not in done.stderr
