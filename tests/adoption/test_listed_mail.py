"""Which names of a source take mail: by MX, by address, by a wildcard that reaches them."""

import pytest

from mtasts.adoption.estate import Listed, Listing
from mtasts.adoption.listed_mail import listed_mail
from mtasts.adoption.survey import StandingRecord


@pytest.mark.parametrize(
    ("name", "takes"),
    [
        ("a.example", True),
        ("null.a.example", False),  # RFC 7505
        ("web.a.example", True),  # RFC 5321 s5.1
        ("text.a.example", False),  # it exists, so that no wildcard reaches it
        ("between.a.example", False),  # so does what has something below it
        ("new.a.example", True),
        ("x.new.a.example", True),
        ("x.between.a.example", False),
        ("x.b.example", False),
    ],
)
def test_what_takes_mail(name, takes):
    records = [
        ("a.example", "MX", ("10 mx.a.example",)),
        ("*.a.example", "MX", ("10 mx.a.example",)),
        ("null.a.example", "MX", ("0 ",)),
        ("web.a.example", "AAAA", ()),
        ("text.a.example", "TXT", ()),
        ("x1.between.a.example", "TXT", ()),
    ]
    listing = Listing(tuple(Listed(StandingRecord(*record), "z") for record in records))
    assert listed_mail(listing).taken(name) is takes
