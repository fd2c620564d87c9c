"""`mtasts adopt` looks, plans and refuses: seen in the sandbox's cloud and its accounts, nothing written or touched."""

import pytest

from mtasts.protocol.mta_sts import Mode, Policy, render_policy

BY_HAND = "20240101000000Z"
SERVED = render_policy(Policy(Mode.ENFORCE, 604800, ("mx1.example.com", "mx2.example.com"))).replace("\r\n", "\n")


def elsewhere(stage, tmp_path, domain: str, *, id_: str = BY_HAND, text: str = SERVED) -> str:
    """The domain's policy on somebody else's web server, its records made by hand; gives the server's address."""
    stage.remove(domain)
    file = tmp_path / f"{domain}.txt"
    file.write_text(text, newline="")
    added = stage.mtasts("sandbox", "web", "add", "old", "--policy", str(file), "--host", f"mta-sts.{domain}")
    assert added.code == 0, added.err
    address = added.out.strip()
    records: dict[str, tuple[str, ...]] = {
        f"_mta-sts.{domain}": ("TXT", f"v=STSv1; id={id_};"),
        f"mta-sts.{domain}": ("A", address),
    }
    records[f"_smtp._tls.{domain}"] = ("TXT", "v=TLSRPTv1;rua=mailto:old@example.net")
    for host in ("mx1", "mx2"):
        assert stage.mtasts("sandbox", "mail", "add", f"{host}.{domain}").code == 0
    mx = ("MX", f"10 mx1.{domain}.", f"20 mx2.{domain}.")
    for name, (kind, *value) in {domain: mx, **records}.items():
        done = stage.mtasts("sandbox", "record", name, kind, *value)
        assert done.code == 0, done.err
    return address


def adopt(stage, *words: str):
    return stage.mtasts("adopt", *words, "--stack", "staging", "--sandbox", "--policies", str(stage.policies))


def test_a_plan_from_the_accounts(stage, tmp_path):
    """Both providers: who serves what, each record's fate with its real id, and the file that would be written."""
    address = elsewhere(stage, tmp_path, "example.com", id_="7")

    run = adopt(stage, "example.com", "--dry-run", "--json")

    assert run.code == 0, run.err
    assert run.json["result"] == "planned"
    (told,) = run.json["domains"]
    assert (told["state"], told["obstacles"], told["accounts"]["unseen"]) == ("new", [], [])
    assert (told["today"]["id"], told["today"]["mode"], told["today"]["addresses"]) == ("7", "enforce", [address])
    zone = told["zone"]
    assert [(each["kind"], each["name"], each["fate"], each["id"]) for each in told["records"][:4]] == [
        ("TXT", "_mta-sts.example.com", "taken over as it is", f"{zone}__mta-sts.example.com_TXT"),
        ("TXT", "_smtp._tls.example.com", "changed in place", f"{zone}__smtp._tls.example.com_TXT"),
        ("A", "mta-sts.example.com", "changed in place", f"{zone}_mta-sts.example.com_A"),
        ("AAAA", "mta-sts.example.com", "made new", ""),
    ]
    assert 'adopted:\n  id: "7"\n' in told["file"]["text"]
    assert any("a single character set by hand" in line for line in told["to_know"])
    assert not (stage.policies / "staging" / "example.com.yaml").exists()

    shown = adopt(stage, "example.com", "--dry-run")
    assert shown.code == 0, shown.err
    assert "TXT   _mta-sts.example.com (id" in shown.out
    assert "senders  nothing changes" in shown.out


def test_what_is_in_the_way_is_told_at_once(stage, tmp_path):
    """For each domain all of it, a line each with what to do; nothing is written; one that is right is not begun."""
    elsewhere(stage, tmp_path, "example.com", text=SERVED.replace("mode: ", "mode "))
    done = stage.mtasts("sandbox", "record", "_mta-sts.example.net", "TXT", "v=STSv1; id=1;")
    assert done.code == 0, done.err
    stage.add("example.com", like="example.net", mode="testing")
    (stage.policies / "other").mkdir()
    (stage.policies / "staging" / "example.com.yaml").rename(stage.policies / "other" / "example.com.yaml")

    run = adopt(stage, "example.com", "example.net", "--json")

    assert run.code == 1
    codes = [[each["code"] for each in told["obstacles"]] for told in run.json["domains"]]
    assert codes == [["two-stacks", "policy-invalid"], ["file-exists", "no-mail"]]
    assert "line 2" in run.err
    assert "2 of 2 domains cannot be taken over as it is; nothing was written or touched" in run.err
    assert stage.txts("_mta-sts.example.com") == [f"v=STSv1; id={BY_HAND};"]


@pytest.mark.parametrize("words", [["--zone", "Z1"], ["--dns-provider", "route53", "--zone", "Z0NOTTHERE"]])
def test_a_zone_that_is_not_there(stage, tmp_path, words):
    """A zone id without its provider; one that the account does not have."""
    elsewhere(stage, tmp_path, "example.com")
    run = adopt(stage, "example.com", "--dry-run", *words)
    assert run.code == (2 if len(words) == 2 else 1)
    assert ("none is named" if len(words) == 2 else "has no zone Z0NOTTHERE; it has example.com (") in run.err


def test_without_a_terminal_somebody_has_to_say_yes(stage):
    """Before anything is looked at."""
    environment = dict(stage.environment)
    stage.environment = {**environment, **stage.cloud, "MTASTS_POLICIES": str(stage.policies)}
    del stage.environment["MTASTS_SANDBOX_DIR"]
    run = stage.mtasts("adopt", "example.com", "--stack", "staging")
    stage.environment = environment
    assert (run.code, "`mtasts adopt` asks before it changes anything" in run.err) == (2, True)
