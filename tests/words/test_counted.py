"""Few changes are listed, many counted by kind."""

from mtasts.words.counted import few, listed, number

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


def test_a_few_and_how_many_more():
    """Whatever they are; nothing is left out silently."""
    assert few(("a", "b"), 2) == "a, b"
    assert few((1, 2, 3), 2, "; ") == "1; 2 and 1 more"
    assert few((), 2) == ""


def test_plurals():
    """Of the nouns that are counted here; a phrase goes by its last word."""
    assert [number(count, "report entry") for count in (1, 2)] == ["1 report entry", "2 report entries"]
    assert [number(count, "more day") for count in (0, 1, 2)] == ["0 more days", "1 more day", "2 more days"]
