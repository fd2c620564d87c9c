"""The id of a publication (RFC 8461 s3.1; uniqueness over time is ours)."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from mtasts.policy.policy_id import belongs, first_desired, hash_part, policy_id
from mtasts.protocol.mta_sts import read_txt, render_txt

TEXT = "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmax_age: 86400\r\n"
NOW = datetime(2026, 3, 14, 10, 15, 9, tzinfo=UTC)
TIMES = st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9999, 12, 31), timezones=st.just(UTC))


def test_is_the_time_and_the_start_of_the_hash():
    """The id is 14 digits of UTC time, then the first hex digits of the SHA-256 of the text."""
    digest = hashlib.sha256(TEXT.encode()).hexdigest()

    assert f"20260314101509{digest[:16]}" == policy_id(NOW, TEXT)


def test_time_is_utc_whatever_the_zone():
    """A machine in another zone makes the same id."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7)))

    assert policy_id(NOW, TEXT) == policy_id(elsewhere, TEXT)


def test_a_returning_text_gets_another_id():
    """testing -> enforce -> testing: the third publication has the first one's hash, but not its id."""
    first, third = policy_id(NOW, TEXT), policy_id(NOW + timedelta(seconds=1), TEXT)

    assert first != third
    assert hash_part(first) == hash_part(third)


def test_another_text_does_not_belong():
    """One changed byte is enough to see from outside that TXT and body do not belong together."""
    id_ = policy_id(NOW, TEXT)

    assert belongs(id_, TEXT) is True
    assert belongs(id_, TEXT.replace("86400", "86401")) is False


def test_foreign_ids_say_nothing():
    """An id that was not made here is neither right nor wrong."""
    for foreign in ("", "1", "20260314101509", "20260314T101509Z", "x" * 30, policy_id(NOW, TEXT) + "0"):
        assert belongs(foreign, TEXT) is None
        assert hash_part(foreign) is None
        assert first_desired(foreign) is None


def test_digits_that_are_no_time():
    """Thirty fitting characters with a thirteenth month are not read as a time."""
    assert first_desired("20261301000000" + "0" * 16) is None


@given(TIMES, st.text())
def test_every_id_is_a_legal_record(now, text):
    """Whatever the text and time, the id passes the record's own grammar and gives its time back."""
    id_ = policy_id(now, text)

    assert read_txt(render_txt(id_)).value.id == id_
    assert belongs(id_, text) is True
    assert first_desired(id_) == now.replace(microsecond=0)
