"""The lines of an estate fold at blanks into 80 columns, name few domains, and say that there are more."""

from mtasts.adoption.odd import Harm, Oddity
from mtasts.adoption.owners import InState, Tool, terraform_release
from mtasts.render.adoption.estate import group_lines, odd_lines, oddity_values, release_lines
from mtasts.render.fold import folded

DOMAINS = tuple(f"d{number}.example" for number in range(500))


def test_the_table_fits_a_terminal_and_counts_what_it_does_not_name():
    odd = (
        Oddity(Harm.MAIL, "mx-not-covered", "no mx pattern covers mx2.d0.example: " + "word " * 30, ("d0.example",)),
        Oddity(Harm.REPORTS, "dead-rua", "reports go nowhere", DOMAINS),
    )
    lines = list(odd_lines(odd))
    assert lines[0] == "odd: 2 things, the most harmful first"
    assert lines[2] == "  reports  d0.example, d1.example, d2.example and 497 more: reports go nowhere"
    pieces = folded(lines[1], 80, None)
    assert len(pieces) > 1
    assert all(len(piece) <= 80 for piece in pieces)
    assert all(piece.startswith(" " * 11) for piece in pieces[1:])
    assert list(odd_lines(())) == ["odd: nothing"]
    many = [Oddity(Harm.WORK, "ttl", f"text {number}", ("a.example",)) for number in range(1000)]
    assert list(odd_lines(many))[-1] == "  and 800 more (--json has all)"
    assert len(oddity_values(odd)[1]["domains"]) == 500


def test_groups_are_named_with_their_size():
    groups = dict.fromkeys(DOMAINS[:10], "shared-1") | {"z.example": ""}
    assert list(group_lines(groups)) == [
        "host groups: 2 for 11 domains",
        "  shared-1  10 domains: d0.example, d1.example, d2.example, d3.example and 6 more",
        "  z.example  1 domain: z.example",
    ]
    assert list(group_lines({})) == []


def test_a_snippet_stands_as_it_is():
    release = terraform_release([InState("aws_route53_record.txt", "TXT", "_mta-sts.a.example")])
    lines = list(release_lines(Tool.TERRAFORM, release))
    at = lines.index("    removed {")
    assert lines[at : at + 6] == [
        "    removed {",
        "      from = aws_route53_record.txt",
        "",
        "      lifecycle {",
        "        destroy = false",
        "      }",
    ]
