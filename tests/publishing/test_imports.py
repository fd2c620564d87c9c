"""Everything that is published can be imported by its id: by the real engine, into another program's state."""

import json
import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE
from tests.publishing.stage import ROOT, Run

_NO_IMPORT = "aws:acm/certificateValidation:CertificateValidation"


def standing(stage) -> list[dict]:
    """What the stack's state holds of both clouds, each with the id that an import of it gives."""
    backend = Path(stage.cloud["PULUMI_BACKEND_URL"].removeprefix("file://"))
    (state,) = (backend / ".pulumi" / "stacks").rglob("staging.json")
    held = json.loads(state.read_text())["checkpoint"]["latest"]["resources"]
    things = []
    for entry in held:
        if entry["type"].startswith(("aws:", "cloudflare:")) and entry["type"] != _NO_IMPORT:
            inputs, name = entry["inputs"], entry["urn"].rpartition("::")[2]
            id_ = f"{inputs['zoneId']}/{entry['id']}" if entry["type"].startswith("cloudflare:") else entry["id"]
            things.append({"type": entry["type"], "name": name, "id": id_, "inputs": inputs})
    return things


def run(stage, folder: Path) -> Run:
    done = subprocess.run(
        [sys.executable, "-m", "tests.publishing.importing", str(folder), stage.environment["MTASTS_ENGINE"]],
        cwd=ROOT,
        env={**stage.environment, **stage.cloud},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def test_another_program_takes_over_all_that_is_published(published, tmp_path):
    """Each type by its id; what no provider reads back is changed in place in the same run; nobody sees it."""
    things = standing(published)
    folder = tmp_path / "imports"
    folder.mkdir()
    (folder / "things.json").write_text(json.dumps(things))
    before = published.events()

    done = run(published, folder)

    assert done.code == 0, done.out + done.err
    steps = [line.split(maxsplit=1) for line in done.out.splitlines()]
    imported = {name for op, name in steps if op == "import"}
    assert imported == {thing["name"] for thing in things}
    types = {thing["name"]: thing["type"] for thing in things}
    changed = {types[name] for op, name in steps if op == "update"}
    # `content`, `publish`, and `allowOverwrite` of the validation records.
    unread = {"s3/bucketObjectv2:BucketObjectv2", "cloudfront/function:Function", "route53/record:Record"}
    assert changed <= {f"aws:{each}" for each in unread}
    assert {op for op, name in steps if name in types} <= {"import", "update", "same"}
    # The policy files are uploaded once more, each as a new version of the same text.
    texts = [event["value"]["text"] for event in published.events()[len(before) :] if event["kind"] == "body"]
    assert {event["kind"] for event in published.events()[len(before) :]} <= {"body"}
    assert set(texts) <= {published.body(domain).decode() for domain in ("example.com", "example.net")}

    again = run(published, folder)

    assert again.code == 0, again.out + again.err
    assert {line.split()[0] for line in again.out.splitlines() if line.split()[-1] in types} == {"same"}
