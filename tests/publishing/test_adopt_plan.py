"""`mtasts adopt` of one domain: what it sees in the accounts, what it refuses, and what a person is shown and asked."""

import pytest

from mtasts.protocol.mta_sts import Mode, Policy, render_policy
from tests.publishing.stage import ROOT
from tests.terminal.screen import Terminal

BY_HAND = "20240101000000Z"
SERVED = render_policy(Policy(Mode.ENFORCE, 604800, ("mx1.example.com", "mx2.example.com"))).replace("\r\n", "\n")

OLD = "127.0.64.7"


def elsewhere(stage, tmp_path, domain: str, *, id_: str = BY_HAND, text: str = SERVED) -> str:
    """The domain's policy on somebody else's web server, its records made by hand; gives the server's address."""
    stage.remove(domain)
    file = tmp_path / f"{domain}.txt"
    file.write_text(text, newline="")
    added = stage.mtasts(
        "sandbox", "web", "add", "old", "--policy", str(file), "--host", f"mta-sts.{domain}", "--address", OLD
    )
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


def asked(stage, answer: str) -> tuple[int, str]:
    """The verb on a terminal, outside of the sandbox so that it asks."""
    environment = {**stage.environment, **stage.cloud, "MTASTS_POLICIES": str(stage.policies)}
    del environment["MTASTS_SANDBOX_DIR"]
    words = stage.command("adopt", "example.com", "--stack", "staging", "--create")
    with Terminal(words, environment, (160, 90), ROOT) as person:
        person.until(lambda seen: "adopt staging now? [y/N]" in seen.text)
        shown = person.text
        person.type(f"{answer}\n")
        return person.end(), shown + person.text


def test_taken_over_by_a_person(stage, tmp_path):
    """Not while another domain would change; "no" leaves the file and nothing else; "yes" goes on from there."""
    elsewhere(stage, tmp_path, "example.com")
    file = stage.policies / "staging" / "example.com.yaml"

    beside = adopt(stage, "example.com", "--json")
    assert (beside.code, beside.json["result"]) == (1, "not-all-taken-over")
    assert "1 other domain would change too (example.net); nothing was touched" in beside.err
    assert "`mtasts up` first" in beside.err
    assert stage.addresses("mta-sts.example.com") == [OLD]

    stage.remove("example.net")
    written = file.read_text()
    code, shown = asked(stage, "n")
    assert code == 1
    assert "TXT _mta-sts.example.com take over" in shown
    assert (file.read_text(), stage.addresses("mta-sts.example.com")) == (written, [OLD])

    code, shown = asked(stage, "yes")
    assert code == 0, shown
    assert "example.com: what a sender sees, before and after" in shown
    assert f"= id         {BY_HAND}" in shown
    assert "= every check ends as before" in shown
    assert (stage.id("example.com"), stage.body("example.com")) == (BY_HAND, SERVED.encode())
    assert stage.addresses("mta-sts.example.com") != [OLD]

    again = adopt(stage, "example.com", "--json")
    assert (again.code, again.json["result"], again.json["run"]) == (0, "nothing-to-do", None)
    assert again.json["domains"][0]["state"] == "ours"
    assert "example.com: nothing to do" in adopt(stage, "example.com").out
