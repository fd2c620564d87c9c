"""`mtasts adopt --from`: what a state lists is looked at in the sandbox, grouped, drafted and written."""

import json
import re

from tests.publishing.test_adopt_plan import elsewhere

ENFORCE = "version: STSv1\nmode: enforce\nmx: mx1.{0}\nmax_age: 604800\n"


def zone_of(stage, domain: str) -> tuple[str, str]:
    """Provider and zone id by the domain's file."""
    text = (stage.policies / "staging" / f"{domain}.yaml").read_text()
    found = re.search(r"provider: (\w+)\s+zone: \"?(\w+)", text)
    assert found
    return found[1], found[2]


def record(domain: str, zone: str, name: str, kind: str, value: str) -> dict:
    values = {
        "zone_id": zone,
        "name": f"{name}{domain}",
        "type": kind,
        "ttl": 300,
        "records": [value],
        "id": f"{zone}_x",
    }
    return {
        "mode": "managed", "type": "aws_route53_record", "name": f"r_{kind.lower()}",
        "instances": [{"index_key": domain, "attributes": values}],
    }  # fmt: skip


def test_an_estate_is_found_and_its_files_are_written(stage, tmp_path):
    """Two domains whose zone only the state knows: a group, the defaults, files that pass; a second run writes none.

    What is in the way of one domain keeps no other one back. The state's own records come with their way out.
    """
    provider, zone = zone_of(stage, "example.com")
    assert provider == "route53"
    stage.add("shop.example.com", like="example.com", mode="testing")
    for domain in ("example.com", "shop.example.com"):
        elsewhere(stage, tmp_path, domain, id_="7", text=ENFORCE.format(domain))
    for defaults in stage.policies.rglob("_defaults.yaml"):
        defaults.unlink()
    (stage.policies / "staging" / "example.net.yaml").unlink()
    resources = [
        record(domain, zone, name, kind, value)
        for domain in ("example.com", "shop.example.com", "gone.example.com")
        for name, kind, value in (("_mta-sts.", "TXT", "v=STSv1; id=7;"), ("mta-sts.", "A", "192.0.2.1"))
    ]
    state = tmp_path / "terraform.tfstate"
    state.write_text(json.dumps({"version": 4, "resources": resources}))
    words = (
        "adopt",
        "--from",
        "terraform",
        str(state),
        "--stack",
        "staging",
        "--sandbox",
        "--policies",
        str(stage.policies),
    )

    tried = stage.mtasts(*words, "--dry-run", "--json")
    assert not list((stage.policies / "staging").iterdir())
    run = stage.mtasts(*words, "--json")

    assert run.code == 1, run.err  # gone.example.com is in the way, and only it
    told = json.loads(run.out)
    assert [one["host_group"] for one in tried.json["domains"]] == [one["host_group"] for one in told["domains"]]
    assert [one["domain"] for one in told["domains"]] == ["example.com", "gone.example.com", "shop.example.com"]
    assert list(told["obstacles"]) == ["gone.example.com"]
    groups = {one["domain"]: one["host_group"] for one in told["domains"]}
    assert groups == {"example.com": "shared-1", "gone.example.com": None, "shop.example.com": "shared-1"}
    written = {path.name: path.read_text() for path in (stage.policies / "staging").iterdir()}
    assert set(written) == {"_defaults.yaml", "example.com.yaml", "shop.example.com.yaml"}
    assert f'zone: "{zone}"' in written["_defaults.yaml"]
    assert '- "mailto:old@example.net"' in written["_defaults.yaml"]
    text = written["shop.example.com.yaml"]
    assert "host_group: shared-1\nmode: enforce\n" in text
    assert 'adopted:\n  id: "7"\n' in text
    assert "tls_rpt" not in text
    assert "zone:" not in text
    odd = [(one["harm"], one["code"], one["domains"]) for one in told["odd"]]
    assert odd[0] == ("mail", "mx-not-covered", ["shop.example.com"])
    # The web server went on to serve the other domain's host alone.
    assert ("policy", "policy-not-served", ["example.com"]) in odd
    assert ("reports", "dead-rua", ["example.com", "shop.example.com"]) in odd
    assert ("work", "id-shared", ["example.com", "gone.example.com", "shop.example.com"]) in odd
    assert "module" not in told["releases"][0]["snippet"]
    assert "removed {\n" in told["releases"][0]["snippet"]

    valid = stage.mtasts("validate", str(stage.policies / "staging"))
    assert valid.code == 0, valid.err + valid.out

    again = stage.mtasts(*words)
    assert again.code == 1
    assert "written" not in again.err
    assert "2 of them with a file" in again.out
    assert {path.name: path.read_text() for path in (stage.policies / "staging").iterdir()} == written
