"""Documents: what goes in comes out, safely, in one file that needs no other, or in Markdown with its pictures."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from rich.table import Table

from influence_sim.figures.drawing import Drawing
from influence_sim.report.document import Document, Grid, Listing, Picture, Section, Text, to_html, write_document

HOSTILE = "<script>alert('x')</script> & | [brackets] *stars*"


def line():
    figure = Drawing(figsize=(2, 1))
    figure.subplots().plot([1, 3, 2])
    return figure


DOCUMENT = Document(
    title=f"A title {HOSTILE}",
    subtitle="A question?",
    answer=("It is so.", f"Quite sure. {HOSTILE}"),
    sections=(
        Section("First part", (Text(HOSTILE), Grid("a table", ("name", "value"), (("x|y", "1"),), (False, True)))),
        Section(
            "Second part",
            (
                Picture("line", f"A line {HOSTILE}", "A caption.", line),
                Listing("influence-sim compare", "typed"),
                Grid("all of it", ("n",), tuple((str(n),) for n in range(9)), (True,), folded=True),
            ),
        ),
    ),
    facts=(("seed", "1"),),
)


class Reader(HTMLParser):
    """Tags with their attributes, and text, as a browser would see them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def test_html_shows_everything_and_runs_nothing_that_was_put_in():
    page = Reader(to_html(DOCUMENT))
    text = "".join(page.text)
    for part in (
        HOSTILE,
        "It is so.",
        "A question?",
        "x|y",
        "influence-sim compare",
        "A caption.",
        "all of it (9 rows)",
    ):
        assert part in text
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert scripts == [{}], "the page's own, for printing"
    assert text.count("alert('x')") == to_html(DOCUMENT).count("alert(&#39;x&#39;)") - 1, "once more in an alt text"


def test_html_reaches_out_for_nothing():
    page = Reader(to_html(DOCUMENT))
    links = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")]
    assert links
    assert all(link.startswith(("data:", "#")) for link in links)
    anchors = {attributes["id"] for tag, attributes in page.tags if tag == "section"}
    assert {link[1:] for link in links if link.startswith("#")} == anchors
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


def test_every_picture_says_in_words_what_it_shows():
    images = [attributes for tag, attributes in Reader(to_html(DOCUMENT)).tags if tag == "img"]
    assert [image["alt"] for image in images] == [f"A line {HOSTILE}"]


def test_the_same_document_gives_the_same_bytes(tmp_path):
    one, other = (write_document(DOCUMENT, tmp_path / name, pictures=["png", "svg"]) for name in "ab")
    assert [file.name for file in one] == ["report.html", "line.png", "line.svg"]
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in other]


def test_markdown_has_its_pictures_beside_it(tmp_path):
    report, picture = write_document(DOCUMENT, tmp_path, form="md")
    text = report.read_text()
    found = re.findall(r"^!\[.*\]\(([^)]+)\)$", text, re.MULTILINE)
    assert [tmp_path / name for name in found] == [picture]
    assert picture.read_bytes().startswith(b"<?xml")
    assert "| x\\|y | 1 |" in text
    # What was put in is shown, not obeyed.
    assert "<script>" not in text
    assert r"\<script\>alert('x')\</script\> & \| \[brackets\] \*stars\*" in text
    assert "| --- | ---: |" in text


@pytest.mark.parametrize(("form", "pictures", "said"), [("pdf", [], "html, md"), ("html", ["gif"], "svg, png")])
def test_unknown_formats_are_refused_before_anything_is_written(tmp_path, form, pictures, said):
    with pytest.raises(ValueError, match=said):
        write_document(DOCUMENT, tmp_path / "new", form=form, pictures=pictures)
    assert not (tmp_path / "new").exists()


def test_a_table_for_the_terminal_keeps_its_cells_and_sides():
    table = Table(title="t")
    table.add_column("name")
    table.add_column("n", justify="right")
    table.add_row("a", "1")
    table.add_row("b", "2")
    assert Grid.of(table) == Grid("t", ("name", "n"), (("a", "1"), ("b", "2")), (False, True))
