"""The engine's words, made into one line with the thing and the way out."""

import pytest

from mtasts_pulumi.engine.failures import cannot_look, problems

_URN = "urn:pulumi:prod::mtasts::mtasts:index:MtaStsDomain$aws:route53/record:Record::example.com-mta-sts"


def only(text: str, urn: str = _URN, *, mode: str = "", destroying: bool = False) -> tuple[str, str]:
    """Message and hint of the one problem that a diagnostic becomes."""
    published = {urn: f"example.com {mode}"} if mode else {}
    (problem,) = problems([(urn, text)], published, destroying=destroying)
    return problem.message, problem.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions", "no backend"),
        ("error: getting stack configuration: get stack secrets manager: incorrect passphrase", "not this stack's"),
        ("error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or ...", "none is set"),
        ('error: unable to open state directory "file:///x": stat /x: no such file', "B cannot be opened"),
        ('error: read ".pulumi/meta.yaml": blob (x): Get "https://b/": no such host', "B cannot be read: no such"),
        ('error: performing HTTP request: Get "https://api.pulumi.com/api/user": dial tcp: x', "B cannot be reached"),
        ("default: no resource plugin 'pulumi-resource-aws' found in the workspace", "plugin aws is not installed"),
        ("error: project 'p' requires Pulumi version '>=9.0.0' but yours is '3.259.0'", "engine version >=9.0.0"),
    ],
)  # fmt: skip
def test_could_not_look(text: str, message: str) -> None:
    """What keeps the engine from beginning at all has a message and a hint."""
    error = cannot_look(f"stdout:\nUpdating\nstderr:\n{text}\n", "B")
    assert error is not None
    assert message in error.message
    assert error.hint


def test_other_failures_are_not_called_so() -> None:
    """A refused update is no "could not look"."""
    assert cannot_look("error: update failed", "B") is None


def test_read_back_says_what_was_seen() -> None:
    """The hook's own words, without the engine's and without a trace."""
    seen = "example.com: the new policy was not seen within 60 s"
    text = f'before hook "read-back" failed: {seen}\nTraceback (most recent call last):\n  File "x"'
    message, hint = only(text)
    assert message == "example.com-mta-sts: not published: example.com: the new policy was not seen within 60 s"
    assert "the TXT is as it was" in hint


def test_a_domain_whose_date_has_not_come() -> None:
    """The hook's reason, the date in it, and the option; of a living domain the mode is what stands in the way."""
    text = (
        'before hook "removal" failed: example.com: not removed: senders may hold a (enforce, max_age 1 day) until'
        " 2026-11-28 16:12 UTC. MTASTS_REMOVE_BEFORE_DATE=example.com skips this look"
    )
    message, hint = only(text, mode="none")
    assert message == (
        "example.com: not removed: senders may hold a (enforce, max_age 1 day) until 2026-11-28 16:12 UTC"
    )
    assert "--remove-before-date example.com" in hint
    assert only(text, mode="enforce", destroying=True)[0].startswith("example.com: what was last published is mode")


def test_a_record_that_is_not_there_to_be_taken_over() -> None:
    """By its name, and where its zone is written."""
    told = only("resource 'Z9__mta-sts.example.com_TXT' does not exist")
    assert told[0] == "_mta-sts.example.com was to be taken over, and is not in the zone that its file names"
    assert told[1].startswith("see `dns.zone`")


def test_a_policy_host_that_is_not_led_elsewhere() -> None:
    """Nothing has changed for senders, and the next run goes on."""
    seen = "example.com: the policy was not seen at d1.cloudfront.net within 2 s, so mta-sts.example.com was left: x"
    text = f'error: before hook "Z1 mta-sts.example.com moves" failed: {seen}'
    assert only(text, _URN.replace("-mta-sts", "-host-a")) == (
        f"example.com-host-a: not taken over: {seen}",
        "whoever asks is still led to the web host from before; run it again, it goes on from here",
    )


def test_missing_zone() -> None:
    """The provider's own words, and where the zone is written."""
    message, hint = only(
        "1 error occurred:\n\t* creating Route53 Record: NoSuchHostedZone: No hosted zone found with ID: Z9"
    )
    assert message.startswith("example.com-mta-sts: its DNS zone is not there (creating Route53 Record")
    assert "dns: zone" in hint


@pytest.mark.parametrize(
    ("destroying", "begins"), [(False, "example.com: its file is gone, but what"), (True, "example.com: what")]
)
def test_protected(destroying: bool, begins: str) -> None:
    """Why, and the rule's section."""
    text = f'resource "{_URN}" cannot be deleted\nbecause it is protected. To unprotect the resource, ...'
    message, hint = only(text, mode="enforce", destroying=destroying)
    assert message.startswith(begins)
    assert "mode enforce" in message
    assert "RFC 8461 s8.3" in hint


def test_echoes_are_dropped() -> None:
    """One cause is told once, however often the engine and the SDK repeat it."""
    errors = [
        ("", "update failed"),
        (_URN, "boom"),
        (
            "",
            "an unhandled error occurred: python inline source runtime error: fleet: its distribution is as it was"
            " before this run, so nothing is deleted",
        ),
        (_URN, "python inline source runtime error: boom\nTraceback (most recent call last):\n  x"),
    ]
    assert [problem.message for problem in problems(errors, {}, destroying=False)] == ["example.com-mta-sts: boom"]


def test_long_and_broken_texts_stay_one_line() -> None:
    """What a provider sends is shortened with a visible mark, and never breaks the line."""
    message, _ = only("bad\n\tthing " + "x" * 10_000)
    assert message.endswith("…")
    assert len(message) < 600
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "\n", "Traceback (most recent call last):\n", "\x1b[2J", "{0} {match} %s"])
def test_odd_texts_do_not_raise(text: str) -> None:
    """Anything can stand in a diagnostic."""
    problems([("", text), (_URN, text)], {}, destroying=False)
    cannot_look(text, text)


def test_endless_word_of_a_provider() -> None:
    """It is passed over in one go; from each of its letters on it would take an hour."""
    found = problems(
        [("", "A" * 200_000 + " open /state/.pulumi/x.json.tmp: no space left on device")], {}, destroying=False
    )
    assert "no room for the state: /state/.pulumi/x.json.tmp: no space left" in found[0].message
