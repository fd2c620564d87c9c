"""`mtasts adopt --from` by its words: what it shows, what it refuses, and that it never writes without a look."""

import json

import pytest

from mtasts.cli.main import main
from tests.adoption.estates import OCTODNS, STATE, ZONES


def run(capsys, tmp_path, *words):
    code = main(["adopt", *map(str, words), "--stack", "prod", "--policies", str(tmp_path)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_table_of_a_zone_file(capsys, tmp_path):
    code, out, err = run(capsys, tmp_path, "--from-zone", ZONES, "--offline")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "12 domains with MTA-STS or TLS-RPT, 0 of them with a file"
    assert "nobody looked" in lines[1]
    assert lines[3].startswith("  mail     dept.corp.example: has no MX of its own")
    assert list(tmp_path.iterdir()) == []


def test_both_spellings_are_one(capsys, tmp_path):
    assert run(capsys, tmp_path, "--from", "zone", ZONES, "--offline") == run(
        capsys, tmp_path, "--from-zone", ZONES, "--offline"
    )


def test_what_was_not_read_is_said_and_gives_1(capsys, tmp_path):
    code, out, err = run(capsys, tmp_path, "--from", "terraform", STATE, "--offline", "--json")
    assert code == 1
    assert "private zone Z0INSIDE1EXAMPLE" in err
    told = json.loads(out)
    assert (told["schema"], len(told["domains"]), len(told["unread"])) == ("mtasts-estate", 12, 1)
    (shop,) = [one for one in told["domains"] if one["domain"] == "shop.example"]
    assert shop["zone"] == {"provider": "route53", "id": "Z0SHOP1EXAMPLE", "name": "shop.example"}
    assert shop["records"][0]["address"] == "module.mta_sts.aws_route53_record.txt"
    assert "terraform state rm" in told["releases"][0]["snippet"]


def test_the_filter_for_octodns_is_shown(capsys, tmp_path):
    code, out, _ = run(capsys, tmp_path, "--from", "octodns", OCTODNS, "--offline", "shop.example")
    assert code == 0
    assert "class: octodns.processor.filter.NameRejectlistFilter" in out
    assert out.startswith("1 domain with")
    assert "dept.corp.example" not in out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--offline", "shop.example"], "--offline is for sources"),
        (["--from", "bind", "x"], "none of zone, octodns, terraform"),
        (["--from", "zone", "nowhere.zone"], "nowhere.zone: No such file"),
        ([], "no mail domain is named"),
        (["--from-zone", ZONES, "other.example", "--offline"], "nothing of other.example"),
    ],
)
def test_words_that_are_wrong(capsys, tmp_path, words, why):
    code, _, err = run(capsys, tmp_path, *words)
    assert code == 2
    assert why in err


def test_a_stack_is_named(capsys, tmp_path, monkeypatch):
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    assert main(["adopt", "--from-zone", str(ZONES), "--offline", "--policies", str(tmp_path)]) == 2
    assert "say --stack S" in capsys.readouterr().err


def test_names_in_a_source_cannot_steer_a_terminal(capsys, tmp_path):
    zone = tmp_path / "a.example.zone"
    zone.write_text('_mta-sts CNAME a\\027[2J.example.\n_mta-sts.\x1b]0;x TXT "v=STSv1; id=1;"\n')
    _, out, err = run(capsys, tmp_path, "--from-zone", zone, "--offline")
    assert "\x1b" not in out + err
