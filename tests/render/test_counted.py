"""Few changes are listed, many counted by kind."""

from mtasts.words.counted import listed

MANY = [
    *((f"TXT _mta-sts.d{number}.example", "create") for number in range(3)),
    ("CNAME mta-sts.d1.example", "create"),
    *([("certificate", "create")] * 2),
    ("bucket", "create"),
    *([("response headers policy", "create")] * 2),
    ("certificate", "delete"),
]


def test_few_are_listed_in_their_order():
    """Each with what is done to it."""
    assert listed(MANY[3:5], 6) == "CNAME mta-sts.d1.example create, certificate create"


def test_many_are_counted_by_kind():
    """The most of a kind first, for each thing that is done."""
    assert listed(MANY, 6) == (
        "create 4 records, 2 certificates, 2 response headers policies, 1 bucket; delete 1 certificate"
    )
