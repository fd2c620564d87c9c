"""Zone files as people and providers write them are read; what would open, make or hide something is said, by line."""

import pytest

from mtasts.adoption.estate import find
from mtasts.errors import CannotLook
from mtasts.live.estate.zone_files import UNREAD_LIMIT, read_zone, read_zone_files
from tests.adoption.estates import DOMAINS, ZONES


def said(text, origin="shop.example"):
    """{(name, type): (values, ttl, line)} and [(line, why)] of a file."""
    listing = read_zone(text, "a.zone", origin)
    records = {
        (one.record.name, one.record.kind): (one.record.values, one.record.ttl, int(one.place.partition(":")[2]))
        for one in listing.records
    }
    return records, [(int(one.place.partition(":")[2] or 0), one.why) for one in listing.unread]


def test_every_form_of_an_entry():
    """Names left out, TTL and class in either order, strings cut and in brackets, comments, units, TYPE16."""
    records, unread = said(
        """$TTL 1h
@ IN SOA ns1 host ( 1 2 3 4 ; comment
  300 )
_mta-sts 60 IN TXT "v=STSv1; " "id=1;"
         IN 120 A 192.0.2.1
_smtp._tls TXT ( "v=TLSRPTv1; "   ; in two lines
   "rua=mailto:a@b.example" )
MTA-STS.sub IN CNAME Web.Host.example.
_mta-sts.x TYPE16 \\# 4 03616263
$ORIGIN other.example.
@ MX 10 mx1
_mta-sts TXT v=STSv1\\;\\ id=1\\;
"""
    )
    assert unread == []
    assert records == {
        ("_mta-sts.shop.example", "TXT"): (("v=STSv1; id=1;",), 60, 4),
        ("_mta-sts.shop.example", "A"): (("192.0.2.1",), 120, 5),
        ("_smtp._tls.shop.example", "TXT"): (("v=TLSRPTv1; rua=mailto:a@b.example",), 3600, 6),
        ("mta-sts.sub.shop.example", "CNAME"): (("web.host.example",), 3600, 8),
        ("_mta-sts.x.shop.example", "TXT"): (("abc",), 3600, 9),
        ("other.example", "MX"): (("10 mx1.other.example",), 3600, 11),
        ("_mta-sts.other.example", "TXT"): (("v=STSv1; id=1;",), 3600, 12),
    }


@pytest.mark.parametrize(
    ("before", "ttl"),
    [
        ("", None),
        ("@ SOA a b 1 2 3 4 900\n", 900),  # before RFC 2308, and still in use
        ("$TTL 60\n@ SOA a b 1 2 3 4 900\n", 60),
        ("@ 600 MX 1 a\n", 600),  # RFC 1035 s5.1: the last one that was given
    ],
)
def test_the_ttl_of_an_entry_that_has_none(before, ttl):
    records, _ = said(f'{before}_mta-sts TXT "v=STSv1; id=1;"\n')
    assert records["_mta-sts.shop.example", "TXT"][1] == ttl


def test_two_records_are_one_set_with_both_values_and_the_least_ttl():
    records, _ = said('_mta-sts 60 TXT "a"\n_mta-sts 30 TXT "b"\n')
    assert records == {("_mta-sts.shop.example", "TXT"): (("a", "b"), 30, 1)}


def test_what_is_wrong_is_said_by_line_and_the_rest_is_read():
    """A quote or a bracket that is never closed, an entry without a value, types that only one product knows."""
    records, unread = said(
        """_mta-sts TXT "v=STSv1; id=1;
shop MX 10
a ALIAS b
_mta-sts.a FROB x
mta-sts.a A 999.1.1.1
mta-sts.b A 192.0.2.1 )
mta-sts.c 4294967296 A 192.0.2.1
_mta-sts.d TXT "v=STSv1; id=1;"
"""
    )
    assert [line for line, _ in unread] == [1, 2, 5, 6, 7]
    assert "2^31-1" in unread[-1][1]
    assert records["mta-sts.c.shop.example", "A"][1] == 0
    assert records["_mta-sts.d.shop.example", "TXT"][2] == 8
    _, unread = said('_mta-sts TXT ( "v=STSv1; id=1;"\nmta-sts A 192.0.2.1\n')
    assert unread


def test_an_entry_that_cannot_be_read_gives_its_name_to_none():
    """The blank in front of the next entry would make it the record of another name."""
    records, unread = said('_mta-sts TXT "a"\n..bad TXT x\n  TXT "b"\n', "")
    assert records == {}
    assert [line for line, _ in unread] == [1, 2, 3]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("$INCLUDE other.zone", "other files are not opened"),
        ("$INCLUDE /dev/zero sub", "other files are not opened"),
        ("$GENERATE 1-99999999 a$ A 192.0.2.1", "names that it makes are not read"),
        ("$ORIGIN", "says nothing"),
        ("$TTL much", "cannot be read"),
        ("$FROB 1", "cannot be read"),
    ],
)
def test_directives_that_are_not_followed_are_said(line, why):
    records, unread = said(f'{line}\n_mta-sts TXT "a"\n')
    assert ("_mta-sts.shop.example", "TXT") in records
    assert [number for number, text in unread if why in text] == [1]


def test_a_file_without_origin_is_named_after_its_zone(tmp_path):
    """`db.shop.example`, `shop.example.zone`: else relative names are said, never guessed."""
    for name in ("db.shop.example", "shop.example.zone", "shop.example.db.signed", "shop.example"):
        (tmp_path / name).write_text('_mta-sts TXT "v=STSv1; id=1;"\r\n')
        (one,) = read_zone_files(tmp_path / name).records
        assert (one.record.name, one.apex) == ("_mta-sts.shop.example", "shop.example")
    (tmp_path / "zone").write_text('_mta-sts TXT "v=STSv1; id=1;"\n')
    listing = read_zone_files(tmp_path / "zone")
    assert listing.records == ()
    assert "relative to an $ORIGIN" in listing.unread[0].why


def test_of_other_names_only_the_names_are_kept_and_of_other_classes_nothing():
    records, unread = said('_mta-sts CH TXT "v=STSv1; id=1;"\nwww TXT "x"\n@ CAA 0 issue "ca.example"\nw A 192.0.2.1\n')
    assert unread == []
    assert {key: values for key, (values, _, _) in records.items()} == {
        ("www.shop.example", "TXT"): (),
        ("shop.example", "CAA"): (),
        ("w.shop.example", "A"): (),
    }


def test_a_file_of_rubbish_costs_a_bounded_answer():
    listing = read_zone("\n".join(f"a{n} MX" for n in range(3 * UNREAD_LIMIT)), "a.zone", "shop.example")
    assert len(listing.unread) == UNREAD_LIMIT + 1
    assert listing.unread[-1].why == f"and {2 * UNREAD_LIMIT} more entries that could not be read"
    assert read_zone('\x00\x01((("', "a.zone", "").records == ()


def test_a_folder_is_read_whole_and_links_are_not_followed(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "shop.example.zone").write_text('_mta-sts TXT "v=STSv1; id=1;"\n')
    (tmp_path / "news.example.zone").write_text('_mta-sts TXT "v=STSv1; id=1;"\n')
    (tmp_path / "again.example.zone").symlink_to(tmp_path / "news.example.zone")
    (tmp_path / "more").symlink_to(tmp_path / "a")
    (tmp_path / ".hidden.example.zone").write_text('_mta-sts TXT "v=STSv1; id=1;"\n')
    names = [one.record.name for one in read_zone_files(tmp_path).records]
    assert names == ["_mta-sts.shop.example", "_mta-sts.news.example"]


@pytest.mark.parametrize("what", ["missing", "empty", "folder without files"])
def test_nothing_to_read_is_said(tmp_path, what):
    place = tmp_path / "x"
    if what == "empty":
        place.write_text("")
        assert read_zone_files(place).records == ()
        return
    if what != "missing":
        place.mkdir()
    with pytest.raises(CannotLook, match="x"):
        read_zone_files(place)


def test_the_estate():
    """Twelve domains, two zones of them in files of their own, the others in one."""
    found, wrong = find(read_zone_files(ZONES))
    assert tuple(one.domain for one in found) == DOMAINS
    assert wrong == ()
    news = next(one for one in found if one.domain == "news.shop.example")
    assert (news.apex, news.zones) == ("shop.example", ())
