"""Names with the spelling that people know beside them: in every form for people, in none for machines."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.policy.draft import draft
from mtasts.protocol.names import to_a_labels, to_u_labels
from mtasts.render.ci import verify as verify_ci
from mtasts.render.ci.comment import comment
from mtasts.render.ci.notice import changes
from mtasts.render.ci.parts import Block, Part, PartState, to_json
from mtasts.render.run.document import values
from mtasts.render.verify import document as verify_json
from mtasts.render.verify.text import compact, full
from mtasts.verify.run_checks import judge
from mtasts.words.names import with_u_labels
from mtasts_pulumi.engine.outcome import DomainRow, Outcome
from mtasts_pulumi.engine.steps import ResourceFacts, Step
from mtasts_pulumi.verbs.display import show
from tests.verify.scenes import NOW, good, mail_host, probed

A, U = "xn--mller-kva.example", "müller.example"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (A, f"{A} ({U})"),
        ("example.com", "example.com"),
        (f"*.{A}", f"*.{A} (*.{U})"),
        (f"mx1.{A} [192.0.2.1]", f"mx1.{A} (mx1.{U}) [192.0.2.1]"),
        (f"3 domains, such as {A}", f"3 domains, such as {A} ({U})"),
        (f"_25._tcp.mx.{A}", f"_25._tcp.mx.{A}"),  # no host name, so nothing is claimed
        ("xn--ls8h.example", "xn--ls8h.example"),  # an emoji: in use, and no U-label of IDNA 2008
        ("xn--a.example", "xn--a.example"),  # decodes to nothing
        ("axn--mller-kva.example", "axn--mller-kva.example"),
        ("", ""),
        ("xn--", "xn--"),
    ],
)
def test_the_spelling_that_people_know_stands_behind(text: str, shown: str) -> None:
    """The A-labels stay, as they are what everything else goes by."""
    assert with_u_labels(text) == shown


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4).map(".".join) | st.text("xn--a1.*@ü ", max_size=60))
def test_any_text_is_taken_and_a_u_label_always_leads_back(text: str) -> None:
    """Nothing raises, the text is all there, and what is shown beside a name is that name."""
    shown = with_u_labels(text)
    assert shown.startswith(text[:1])
    try:
        name = to_a_labels(text)
    except ValueError:
        return
    assert to_a_labels(to_u_labels(name)) == name


def test_every_form_of_verify_for_people_has_it_and_json_has_not() -> None:
    """The domain and its MX hosts."""
    host = mail_host(f"mx.{A}", probed(f"mx.{A}", "192.0.2.25"))
    verdict = judge(replace(good(), domain=A, hosts=(host,)), NOW)
    whole = shown_text(full(verdict, NOW))
    assert f"{A} ({U})" in whole
    assert f"mx.{A} (mx.{U})" in whole
    assert f"{A} ({U})" in shown_text(compact(verdict))
    assert "m\\u00fc" not in json.dumps(verify_json.domain_value(verdict))
    assert verify_json.domain_value(verdict)["domain"] == A
    assert U not in verify_ci.junit(verdict)
    assert U not in "\n".join(verify_ci.commands(verdict))


def shown_text(shown: object) -> str:
    """As a terminal of 200 columns gets it."""
    from rich.console import Console

    console = Console(width=200, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


def test_comments_and_messages_about_a_domain_have_it_and_the_part_has_not() -> None:
    """The part is what machines read; a comment and a webhook's line are made of it for people."""
    part = Part("gate", "prod", "Gate", PartState.BLOCKED, "x", "", (Block(A, PartState.BLOCKED, "too early"),))
    assert f"<b>{A} ({U})</b>" in comment([part], limit=60_000, rest="elsewhere")
    assert U not in to_json([part])
    found, told = changes([part], {})
    assert any(f"{A} ({U})" in change.line for change in found)
    assert not any(U in key for key in told)


def test_a_drafted_file_has_it_as_a_comment() -> None:
    """Beside the domain and each mx; the values are what is published."""
    text = draft(A, [f"mx.{A}", "mx.example.net"], None, ["mailto:a@example.net"], None).text
    assert f"domain: {A}  # {U}\n" in text
    assert f'  - "mx.{A}"  # mx.{U}\n' in text
    assert '  - "mx.example.net"\n' in text


def test_the_table_of_a_run_has_it_and_its_json_has_not(capsys: pytest.CaptureFixture[str]) -> None:
    """`preview`, `up` and `destroy`."""
    urn = f"urn:pulumi:prod::mtasts::cloudflare:index/dnsRecord:DnsRecord::{A}-mta-sts"
    nothing, step = (
        ResourceFacts(),
        Step("create", urn, "cloudflare:index/dnsRecord:DnsRecord", None, {}, protected=False),
    )
    row = DomainRow(A, nothing, nothing, (step,), "create", failed=False)
    outcome = Outcome("preview", "prod", "succeeded", (row,), (), (), (), {}, 1.0)
    show(outcome)
    assert f"{A} ({U})" in capsys.readouterr().out
    assert "m\\u00fc" not in json.dumps(values(outcome.as_run()))
