"""An edit of a policy file changes what was asked, on the lines concerned, and not a byte more."""

import difflib
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.policy.config import Source, load
from mtasts.policy.edit import CannotEdit, edit_policy, max_age_text

FILE = """\
# yaml-language-server: $schema=../schema.json
#   Ours since 2019.

domain:   example.com   # the mail domain
mode: 'testing'  # until the new MX is in
max_age:  86400
mx:   # by priority
    - mx1.example.com   # primary
    # the backup, in another town:
    - "mx2.example.com"

dns: { provider: route53,   zone: Z0123456789EXAMPLE }
tls_rpt: {rua: []}
notes: >
    Long text that stands
    on two lines.\x20\x20
# the end
"""


def changed(before, after):
    """The lines that differ, as a diff shows them."""
    lines = difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True))
    return [line for line in lines if line[:1] in "+-"]


def policy(text):
    loaded = load([Source("example.com.yaml", text)])
    assert loaded.problems == ()
    return loaded.policies[0]


def test_mode_and_max_age_keep_quotes_comments_and_columns():
    """Two lines change, and only behind the colon."""
    assert changed(FILE, edit_policy(FILE, mode="enforce", max_age=604800)) == [
        "- mode: 'testing'  # until the new MX is in\n",
        "+ mode: 'enforce'  # until the new MX is in\n",
        "- max_age:  86400\n",
        "+ max_age:  1w\n",
    ]


def test_the_day_of_a_release_is_one_line():
    """Behind the domain, where a reader meets it; a day that is there becomes the one asked for."""
    day = date(2026, 11, 28)
    text = edit_policy(FILE, released=day)
    assert changed(FILE, text) == ["+ released: 2026-11-28\n"]
    assert policy(text).released == day
    assert edit_policy(text, released=day) == text
    assert policy(edit_policy(text, released=date(2026, 11, 29))).released == date(2026, 11, 29)


def test_an_mx_comes_last_and_is_written_as_its_neighbour():
    """With its indentation and its quotes."""
    assert changed(FILE, edit_policy(FILE, add_mx=["MX3.Example.com."])) == ['+     - "mx3.example.com"\n']


def test_a_removed_mx_takes_its_line_and_no_comment_of_another():
    """A comment line above stays; nobody knows whose it is."""
    assert changed(FILE, edit_policy(FILE, remove_mx=["mx1.example.com"])) == ["-     - mx1.example.com   # primary\n"]
    assert changed(FILE, edit_policy(FILE, remove_mx=["mx2.example.com"])) == ['-     - "mx2.example.com"\n']


def test_a_swap_is_one_edit():
    """Added and removed at once."""
    after = edit_policy(FILE, add_mx=["mx9.example.com"], remove_mx=["mx2.example.com"])
    assert changed(FILE, after) == ['-     - "mx2.example.com"\n', '+     - "mx9.example.com"\n']
    assert policy(after).mx == ("mx1.example.com", "mx9.example.com")


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"mode": "testing"},
        {"max_age": 86400},
        {"max_age": "1d"},
        {"max_age": "24h"},
        {"add_mx": ["mx1.example.com"]},
        {"add_mx": ["MX1.EXAMPLE.com.", "mx2.example.com"]},
    ],
)
def test_what_is_so_already_changes_no_byte(same):
    """Also when it is written in another way."""
    assert edit_policy(FILE, **same) == FILE


LEAST = "domain: example.com # ours\n# more\ndns: {provider: route53, zone: Z1}\ntls_rpt: {rua: []}\n"


def test_a_key_that_only_the_defaults_have_is_put_into_the_file():
    """Behind the domain, in the order of the reference, before what follows."""
    after = edit_policy(LEAST, mode="enforce", max_age="2w", add_mx=["*.b.example"], inherited_mx=["a.example"])
    assert after == (
        "domain: example.com # ours\nmode: enforce\nmax_age: 2w\nmx:\n  - a.example\n"
        '  - "*.b.example"\n# more\ndns: {provider: route53, zone: Z1}\ntls_rpt: {rua: []}\n'
    )


def test_an_inherited_list_stays_where_it_is_until_it_changes():
    """Adding what it has does nothing; removing writes out the rest."""
    assert edit_policy(LEAST, add_mx=["A.example"], inherited_mx=["a.example"]) == LEAST
    after = edit_policy(LEAST, remove_mx=["a.example"], inherited_mx=["a.example", "b.example"])
    assert changed(LEAST, after) == ["+ mx:\n", "+   - b.example\n"]


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        ("mx: [a.example, b.example]\n", {"add_mx": ["c.example"]}, "mx: [a.example, b.example, c.example]\n"),
        ("mx: [ a.example ]\n", {"add_mx": ["*.c.example"]}, 'mx: [ a.example, "*.c.example" ]\n'),
        ("mx: ['a.example',]\n", {"add_mx": ["c.example"]}, "mx: ['a.example', 'c.example',]\n"),
        ("mode: none\nmx: []\n", {"add_mx": ["c.example"]}, "mode: none\nmx: [c.example]\n"),
        ("mode: none\nmx: [ ]\n", {"add_mx": ["c.example"]}, "mode: none\nmx: [c.example]\n"),
        ("mx: [a.example, b.example]\n", {"remove_mx": ["b.example"]}, "mx: [a.example]\n"),
        ("mx: [a.example, b.example]\n", {"remove_mx": ["a.example"]}, "mx: [b.example]\n"),
        ("mx: [a.a, b.b, c.c]\n", {"remove_mx": ["a.a", "c.c"]}, "mx: [b.b]\n"),
        ("mx: [a.a, b.b,\n  c.c]\n", {"remove_mx": ["b.b"]}, "mx: [a.a,\n  c.c]\n"),
        ("mx: [\n  a.a, # A\n  b.b # B\n]\n", {"add_mx": ["c.c"]}, "mx: [\n  a.a, # A\n  b.b, # B\n  c.c\n]\n"),
        ("mx: [\n  a.a,\n  b.b, # B\n]\n", {"add_mx": ["c.c"]}, "mx: [\n  a.a,\n  b.b, # B\n  c.c,\n]\n"),
        ("mx: [\n  a.a,\n  # x\n  b.b # B\n]\n", {"remove_mx": ["b.b"]}, "mx: [\n  a.a,\n  # x\n]\n"),
        ("mx: [\n  a.a, # A\n  b.b\n]\n", {"remove_mx": ["a.a"]}, "mx: [\n  b.b\n]\n"),
        ("mx:\n- a.a\n- b.b\n", {"add_mx": ["c.c"]}, "mx:\n- a.a\n- b.b\n- c.c\n"),
        ("mx:\n-   a.a\n", {"add_mx": ["b.b", "1.c"]}, 'mx:\n-   a.a\n-   b.b\n-   "1.c"\n'),
        ("mx:\n  - 'bücher.example'\n  - b.b\n", {"remove_mx": ["xn--bcher-kva.example"]}, "mx:\n  - b.b\n"),
        ("mode:\n  testing\nmx: [a.a]\n", {"mode": "enforce"}, "mode:\n  enforce\nmx: [a.a]\n"),
        ('max_age: "1d" # s\nmx: [a.a]\n', {"max_age": "2w"}, 'max_age: "2w" # s\nmx: [a.a]\n'),
        ('max_age: "1d"\nmx: [a.a]\n', {"max_age": 3600}, "max_age: 3600\nmx: [a.a]\n"),
        ("mx: [a.a]\nmax_age: 60\n", {"mode": "none"}, "mode: none\nmx: [a.a]\nmax_age: 60\n"),
        ("mode: &m testing\nmx: [a.a]\n", {"mode": "enforce"}, "mode: enforce\nmx: [a.a]\n"),
    ],
)
def test_layouts(before, edit, after):
    """Each way to write a list or a value is kept."""
    tail = "dns: {provider: route53, zone: Z1}\ntls_rpt: {rua: []}\n"
    assert edit_policy(f"domain: example.com\n{before}{tail}", **edit) == f"domain: example.com\n{after}{tail}"


JSON = """\
{
  "domain": "example.com",
  "mx": ["a.example"],
  "dns": {"provider": "route53", "zone": "Z1"}, "tls_rpt": {"rua": []}
}
"""


def test_a_file_written_as_json_stays_json():
    """YAML in braces and quotes, a key a line."""
    after = edit_policy(JSON, mode="enforce", max_age=600, add_mx=["*.b.example"], remove_mx=["a.example"])
    assert changed(JSON, after) == [
        '+   "mode": "enforce",\n',
        '+   "max_age": 600,\n',
        '-   "mx": ["a.example"],\n',
        '+   "mx": ["*.b.example"],\n',
    ]


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_stay(eol, mark):
    """New lines end as the others do."""
    lines = ["domain: example.com", "mx:", "- a.example", *LEAST.splitlines()[2:], ""]
    after = edit_policy(mark + eol.join(lines), mode="enforce", add_mx=["b.example"])
    assert after == mark + eol.join([lines[0], "mode: enforce", *lines[1:3], "- b.example", *lines[3:]])


def test_a_file_without_a_last_line_end_gets_none():
    """What is added behind the last line begins one."""
    text = LEAST + "mx:\n  - a.example"
    assert edit_policy(text, add_mx=["b.example"]) == text + "\n  - b.example"
    text = "tls_rpt: {rua: []}\ndns: {provider: route53, zone: Z1}\nmx: [a.a]\ndomain: example.com"
    assert edit_policy(text, mode="none") == text + "\nmode: none"


@pytest.mark.parametrize(
    ("text", "edit", "message"),
    [
        (FILE, {"mode": "enforced"}, 'mode "enforced" is not one of testing, enforce, none'),
        (FILE, {"max_age": "2y"}, 'max_age "2y" is not seconds, or a number with s, m, h, d or w such as 2w'),
        (FILE, {"max_age": -1}, 'max_age "-1" is not seconds, or a number with s, m, h, d or w such as 2w'),
        (FILE, {"max_age": "53w"}, "max_age: 53w (32054400 s) is more than the 31557600 s that RFC 8461 allows"),
        (FILE, {"add_mx": ["a_b.example"]}, 'mx: "a_b.example" has an underscore, which no host name may have'),
        (
            FILE,
            {"remove_mx": ["mx3.example.com"]},
            "mx3.example.com is not in mx, so it cannot be removed; mx has mx1.example.com, mx2.example.com",
        ),
        (
            LEAST + "mx: ['*.example.com']\n",
            {"remove_mx": ["mx3.example.com"]},
            "mx3.example.com is not in mx, so it cannot be removed; *.example.com covers it",
        ),
        (
            FILE,
            {"remove_mx": ["mx1.example.com", "mx2.example.com"]},
            "this would leave no mx, and a policy needs one unless its mode is none (RFC 8461 s3.2)",
        ),
        (
            FILE,
            {"add_mx": ["mx1.example.com"], "remove_mx": ["mx1.example.com"]},
            "mx1.example.com cannot be added and removed at once",
        ),
        (
            LEAST,
            {"add_mx": ["mx1.example.com"]},
            "mx is not in this file; a list here would replace that of _defaults.yaml: write it out first",
        ),
        (
            LEAST + "mx: *all\n",
            {"add_mx": ["mx1.example.com"]},
            'line 5: yaml: * begins an alias in YAML; put a wildcard pattern in quotes, such as "*.example.com"',
        ),
        (
            LEAST + "ttl: &t 300\nnotes: *t\nmx: [a.a]\n",
            {"mode": "none"},
            "line 6: yaml: aliases (*name) are not allowed; write the value out, or move it to _defaults.yaml",
        ),
        (
            LEAST + "mode: |-\n  testing\nmx: [a.a]\n",
            {"mode": "none"},
            "mode is written as a block of text (line 5); write it on one line",
        ),
        (
            LEAST + "mx:\n  -\n    a.a\n  - b.b\n",
            {"remove_mx": ["a.a"]},
            "entry 1 of mx (line 7) is laid out in a way that is not edited safely; change it by hand",
        ),
        ("mode: testing\n", {"mode": "none"}, "line 1: domain: is missing"),
    ],
)
def test_what_cannot_be_edited(text, edit, message):
    """One line that says why."""
    with pytest.raises(CannotEdit) as caught:
        edit_policy(text, **edit)
    assert str(caught.value) == message


def test_a_hundred_mx_are_the_limit():
    """The reader's own words say so."""
    text = LEAST + "mx:\n" + "".join(f"- m{n}.example\n" for n in range(100))
    with pytest.raises(CannotEdit, match=r"mx: has 101 entries; at most 100 are allowed$"):
        edit_policy(text, add_mx=["x.example"])


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(86400, "1d"), (604800, "1w"), (1209600, "2w"), (172800, "2d"), (3600, "3600"), (86401, "86401"), (0, "0")],
)
def test_a_max_age_as_people_write_it(seconds, written):
    """Whole weeks, else whole days, else seconds."""
    assert max_age_text(seconds) == written


# --- any file ---------------------------------------------------------------------------------------------------

HOSTS = ["a.example", "*.b.example", "xn--bcher-kva.example", "c.example", "1.d.example"]
_comment = st.sampled_from(["", "", " # note", "\t# mx: [x.example]", "   #"])
_between = st.sampled_from(["", "", "\n", "# mode: none\n", "\n  # indented - note\n\n"])
_quote = st.sampled_from(["", "'", '"'])


@st.composite
def _mx(draw, hosts):
    written = []
    for host in hosts:
        quote = draw(_quote)
        written.append(f"{quote}{host}{quote}" if quote or host[0].isalpha() else f'"{host}"')
    kind = draw(st.sampled_from(["block", "flow", "lines"]))
    if kind == "flow":
        return f"mx: [{draw(st.sampled_from([', ', ' ,  '])).join(written)}]{draw(_comment)}\n"
    if kind == "lines":
        last = draw(st.sampled_from(["", ","]))
        commas = [","] * (len(written) - 1) + [last]
        rows = "".join(f"   {w}{c}{draw(_comment)}\n" for w, c in zip(written, commas, strict=True))
        return f"mx: [{draw(_comment)}\n{rows}   ]\n"
    dash = draw(st.sampled_from(["- ", "  - ", "    -   "]))
    rows = "".join(f"{draw(_between) if n else ''}{dash}{w}{draw(_comment)}\n" for n, w in enumerate(written))
    return f"mx:{draw(_comment)}\n{rows}"


@st.composite
def _files(draw):
    hosts = draw(st.lists(st.sampled_from(HOSTS), min_size=1, max_size=4, unique=True))
    quote = draw(_quote)
    parts = [
        f"domain: {quote}example.com{quote}{draw(_comment)}\n",
        "dns:\n  provider: route53\n  zone: Z1\n",
        "tls_rpt: { rua:   [] }\n",
        draw(_mx(hosts)),
    ]
    if draw(st.booleans()):
        parts.append(f"mode:  {quote}{draw(st.sampled_from(['testing', 'enforce', 'none']))}{quote}{draw(_comment)}\n")
    if draw(st.booleans()):
        parts.append(f"max_age: {draw(st.sampled_from(['1d', '86400', '2w', '604800']))}{draw(_comment)}\n")
    if draw(st.booleans()):
        parts.append(
            draw(st.sampled_from(["notes: >\n  two\n  lines\n", "notes: |\n  mx:\n   - x\n", "owner: 'é 😀'\n"]))
        )
    text = draw(_between) + "".join(part + draw(_between) for part in draw(st.permutations(parts)))
    text = draw(st.sampled_from(["", "---\n"])) + text
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return text.rstrip("\r\n") if draw(st.integers(0, 4)) == 0 else text


@st.composite
def _edits(draw):
    edit = {}
    if draw(st.booleans()):
        edit["mode"] = draw(st.sampled_from(["testing", "enforce", "none"]))
    if draw(st.booleans()):
        edit["max_age"] = draw(st.sampled_from([86400, 604800, 3600, "2w", "1d"]))
    edit["add_mx"] = draw(st.lists(st.sampled_from(HOSTS), max_size=2, unique=True))
    edit["remove_mx"] = draw(st.lists(st.sampled_from(HOSTS), max_size=2, unique=True))
    return edit


SECONDS = {"2w": 1209600, "1d": 86400}


@given(_files(), _edits())
@settings(max_examples=600)
def test_any_edit_of_any_file(text, edit):
    """It says exactly what was asked, every other line is byte for byte as it was, and comment lines stay."""
    before = policy(text)
    add, remove = edit["add_mx"], edit["remove_mx"]
    left = [mx for mx in dict.fromkeys([*before.mx, *add]) if mx not in remove]
    if set(add) & set(remove) or set(remove) - set(before.mx) or not left:
        with pytest.raises(CannotEdit):
            edit_policy(text, **edit)
        return
    result = edit_policy(text, **edit)
    after = policy(result)
    max_age = edit.get("max_age")
    assert list(after.mx) == left
    assert after.mode == edit.get("mode", before.mode)
    if max_age is not None:
        assert after.max_age == SECONDS.get(max_age, max_age)
    assert (after.domain, after.dns, after.notes, after.owner) == (
        before.domain,
        before.dns,
        before.notes,
        before.owner,
    )
    _only_these_lines(text, result)
    assert edit_policy(result, **(edit | {"remove_mx": []})) == result


def _only_these_lines(before, after):
    """Lines that went or came are of mode, max_age or mx; comments on lines of their own all stay, in order."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    concerned = re.compile(r"(mode|max_age|mx):|\s*(- +)?['\"]?([a-z0-9*][a-z0-9*-]*\.)+example['\"]?\s*,?\s*(#.*)?$")
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for line in (*old[i1:i2], *new[j1:j2]):
            # A last line without an end gets one when a line is put behind it.
            same = line.rstrip("\r\n") in {other.rstrip("\r\n") for other in (*old, *new)}
            assert concerned.match(line) or (same and line in (old[-1], old[-1] + "\n", old[-1] + "\r\n")), line
    assert [line for line in old if line.lstrip().startswith("#")] == [
        line for line in new if line.lstrip().startswith("#")
    ]


@given(st.text() | _files().map(lambda text: text[: len(text) // 2]), _edits())
@settings(max_examples=300)
def test_any_text_is_edited_or_refused(text, edit):
    """Never another exception, and the reason is one line."""
    said = ""
    try:
        edit_policy(text, **edit)
    except CannotEdit as error:
        said = str(error)
    assert said.isprintable()
