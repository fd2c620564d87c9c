"""A hosting backend that another distribution brings by its entry point makes the components' resources."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE
from tests.publishing.stage import ROOT

EXAMPLE = Path(__file__).with_name("example")
# What is asked in one process that has the distribution, since the backends are found when it begins.
ASKED = """
import json
from types import SimpleNamespace

from mtasts_pulumi.engine.failures import problems
from mtasts_pulumi.engine.placed import places_of
from mtasts_pulumi.engine.steps import Step
from mtasts_pulumi.hosting.backend import hosts_taken_away
from tests.components.conftest import CLOUDFLARE, Publication

SITE = "example:web/site:Site"
publication = Publication().add("example.com", CLOUDFLARE)
publication.hosting = "examplehosting"
made = {one.name: one for one in publication.registered()}
site = made["shared-distribution"]
told = {"types": {name: one.type for name, one in made.items() if one.type.startswith(("example:", "aws:"))}}
told["file"] = made["example.com-policy"].inputs["shelf"], made["example.com-policy"].retained
told["leads to"] = made["example.com-host-cname"].inputs["content"]
told["proof"] = made["example.com-validation"].inputs["name"]
told["waits"] = sorted(urn.rsplit("::", 1)[-1] for urn in site.depends_on)
told["what"] = Step("create", f"urn:pulumi:s::p::{SITE}::shared-distribution", SITE, None, site.inputs, False).what
resource = {"type": SITE, "urn": "urn::shared-distribution", "inputs": site.inputs}
told["group"] = places_of({"resources": [resource]})["example.com"].host_group
lost = SimpleNamespace(type=SITE, name="shared-distribution", old_inputs=site.inputs, new_inputs={"names": []})
told["taken away"] = hosts_taken_away(lost)
problem, = problems([(f"urn:pulumi:s::p::{SITE}::shared-distribution", "creating: W-77: 9 of 9")], {}, destroying=False)
told["problem"] = [problem.message, problem.hint]
print(json.dumps(told))
"""


def installed(site: Path, value: str) -> Path:
    """The folder of an installed distribution, as an installer writes it."""
    for module in ("example_hosting.py", "example_hosting_backend.py"):
        shutil.copy(EXAMPLE / module, site)
    told = site / "example_hosting-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: example-hosting\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[mtasts.hosting]\nexamplehosting = {value}\n")
    return site


def python(site: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_components_and_readers_go_by_the_record_and_its_module(tmp_path: Path) -> None:
    done = python(installed(tmp_path, "example_hosting:HOSTING"), "-c", ASKED)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "types": {
            "policies-bucket": "example:web/shelf:Shelf",
            "shared-certificate": "example:web/certificate:Certificate",
            "shared-distribution": "example:web/site:Site",
            "example.com-policy": "example:web/file:File",
        },
        "file": ["policies", True],
        "leads to": "site.example.net",
        "proof": "_p.mta-sts.example.com",
        "waits": ["example.com-validation", "shared-certificate"],
        "what": "site",
        "group": "shared",
        "taken away": ["mta-sts.example.com"],
        "problem": ["shared-distribution: the site is full (W-77: 9 of 9)", "make it larger"],
    }


def test_a_value_that_is_not_a_record_is_named(tmp_path: Path) -> None:
    done = python(installed(tmp_path, "example_hosting:SITE"), "-m", "mtasts", "validate", "policies")
    assert done.returncode == 2, done.stdout
    assert "the hosting backend examplehosting: example_hosting:SITE is not a Hosting" in done.stderr
    assert "update or uninstall example-hosting, which brings it" in done.stderr
