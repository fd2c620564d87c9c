"""`mtasts up` on a terminal, outside the sandbox: where it publishes, the plan, what was not asked, the question."""

import pytest

from tests.publishing.stage import ROOT
from tests.terminal.screen import Terminal

QUESTION = "up staging now? [y/N]"


@pytest.fixture
def real(stage):
    """What `mtasts sandbox env` gives but for the word that it is a sandbox, so that a person is asked."""
    environment = {**stage.environment, **stage.cloud, "MTASTS_POLICIES": str(stage.policies)}
    del environment["MTASTS_SANDBOX_DIR"]
    return environment


def asked(stage, environment, answer: str) -> tuple[int, str]:
    words = stage.command("up", "--stack", "staging", "--create")
    with Terminal(words, environment, (160, 60), ROOT) as person:
        person.until(lambda seen: QUESTION in seen.text)
        shown = person.text
        person.type(f"{answer}\n")
        return person.end(), shown


def test_the_plan_is_shown_before_the_question(stage, real):
    """No is no, and nothing was made; yes publishes; a record in the way and a flip are told before the answer."""
    stage.edit("example.net", mode="enforce")
    code, shown = asked(stage, real, "n")
    assert code == 1
    assert stage.txt("example.com") is None
    assert shown.index("publishing stack staging to providers attached on loopback") < shown.index("example.com")
    assert shown.index("TXT _mta-sts.example.com create") < shown.index(QUESTION)
    assert "example.net: new -> enforce: `up` has not asked whether it is ready; `mtasts ready example.net" in shown

    done = stage.mtasts("sandbox", "record", "_mta-sts.example.net", "TXT", "v=STSv1; id=1;")
    assert done.code == 0, done.err
    code, shown = asked(stage, real, "yes")
    assert code == 1
    assert "_mta-sts.example.net has a record that this stack did not make" in shown[: shown.index(QUESTION)]
    assert "-> enforce" not in shown
    assert stage.txt("example.com") is not None
    assert stage.txts("_mta-sts.example.net") == ["v=STSv1; id=1;"]


def test_without_a_terminal_somebody_has_to_say_yes(stage, real, monkeypatch):
    """Before anything is looked at; `destroy` as well."""
    with monkeypatch.context() as patch:
        patch.setattr(stage, "environment", real)
        done = {verb: stage.mtasts(verb, "--stack", "staging") for verb in ("up", "destroy")}
    for verb, run in done.items():
        assert run.code == 2
        assert f"`mtasts {verb}` asks before it changes anything" in run.err
