"""A report as a document: sections of text, tables and pictures, written as one HTML file or as Markdown."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from influence_sim.experiment.folders import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.table import Table

FORMATS = ("html", "md")
PICTURE_FORMATS = ("svg", "png")
PICTURES = "figures"
"""Folder of pictures, beside a report in Markdown."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; a ``note`` is set smaller."""

    text: str
    note: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table, cell by cell; ``numeric`` columns stand to the right, a ``folded`` one is opened by the reader."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    folded: bool = False

    @classmethod
    def of(cls, table: Table, *, folded: bool = False) -> Grid:
        """Return what a table for the terminal says."""
        columns = [[str(cell) for cell in column.cells] for column in table.columns]
        return cls(
            title=" ".join(str(part) for part in (table.title or "", table.caption or "") if part),
            head=tuple(str(column.header) for column in table.columns),
            rows=tuple(zip(*columns, strict=True)),
            numeric=tuple(column.justify == "right" for column in table.columns),
            folded=folded,
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """What is to be typed, or stands in a file."""

    text: str
    title: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its file's name, what it shows in words for those who do not see it, and how it is drawn."""

    name: str
    alt: str
    caption: str
    draw: Callable[[], Figure]


type Block = Text | Grid | Listing | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def anchor(self) -> str:
        """What links to it say."""
        return "-".join(self.title.lower().split())


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Attributes
    ----------
    title, subtitle
        What it is about.
    answer
        The headline, sentence by sentence.
    facts
        What is to be known at a glance, by name.
    sections
        Its parts.
    """

    title: str
    subtitle: str
    answer: tuple[str, ...]
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...] = field(default=())

    @property
    def pictures(self) -> Iterator[Picture]:
        """All pictures, in order."""
        return (block for section in self.sections for block in section.blocks if isinstance(block, Picture))


def to_html(document: Document) -> str:
    """Return a document as one HTML file that needs no other and asks no network for anything."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("influence_sim.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = lambda block: type(block).__name__
    environment.filters["uri"] = _uri
    return environment.get_template("page.html.j2").render(document=document) + "\n"


def _uri(picture: Picture) -> str:
    # As an image each has its own names inside, and nothing in it can reach out.
    return "data:image/svg+xml;base64," + base64.b64encode(_drawn(picture, "svg")).decode()


def _drawn(picture: Picture, kind: str) -> bytes:
    from influence_sim.figures.style import encoded

    return encoded(picture.draw(), kind, dpi=100 if kind == "svg" else 150)


def to_markdown(document: Document, kind: str = "svg") -> str:
    """Return a document as Markdown whose pictures, of a ``kind``, stand in the folder :data:`PICTURES`."""
    return "\n".join(_lines(document, kind)) + "\n"


def _lines(document: Document, kind: str) -> Iterator[str]:
    yield f"# {_plain(document.title)}"
    yield ""
    if document.subtitle:
        yield from (_plain(document.subtitle), "")
    yield from (f"**{_plain(' '.join(document.answer))}**", "")
    for name, fact in document.facts:
        yield f"- {name}: {_plain(fact)}"
    for section in document.sections:
        yield from ("", f"## {section.title}", "")
        for block in section.blocks:
            yield from _block_lines(block, kind)
            yield ""


def _block_lines(block: Block, kind: str) -> Iterable[str]:
    match block:
        case Text():
            return [_plain(block.text)]
        case Picture():
            return [f"![{_plain(block.alt)}]({PICTURES}/{block.name}.{kind})", "", f"*{_plain(block.caption)}*"]
        case Listing():
            # Longer than any fence inside.
            fence = "`" * max(3, *(len(ticks) + 1 for ticks in re.findall("`+", block.text)), 3)
            return [*([block.title, ""] if block.title else []), f"{fence}text", block.text.rstrip("\n"), fence]
        case Grid():
            return [*([f"{_plain(block.title)}:", ""] if block.title else []), *_grid_lines(block)]


def _plain(text: str) -> str:
    """Return a line of Markdown that shows a text as it is."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))


def _grid_lines(grid: Grid) -> Iterator[str]:
    def row(cells: Sequence[str]) -> str:
        return "| " + " | ".join(_plain(cell) for cell in cells) + " |"

    yield row(grid.head)
    yield "| " + " | ".join("---:" if numeric else "---" for numeric in grid.numeric) + " |"
    yield from map(row, grid.rows)


def write_document(
    document: Document, folder: str | Path, *, form: str = "html", pictures: Sequence[str] = ()
) -> list[Path]:
    """Write a document into a folder; each file appears whole or not at all.

    Parameters
    ----------
    folder
        Where; made if it does not exist.
    form
        ``html`` (``report.html``) or ``md`` (``report.md``, with pictures beside it).
    pictures
        In which formats (``svg``, ``png``) to write each picture by itself, into the folder ``figures``.

    Returns
    -------
    list
        The files, the report first.

    Raises
    ------
    ValueError
        If a format is unknown, or the extra ``viz`` is missing.
    OSError
        If the folder cannot be made or written to.
    """
    from influence_sim.figures.style import check_drawable

    check_formats(form, pictures)
    check_drawable()
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    kinds = list(pictures) or (["svg"] if form == "md" else [])
    text = to_html(document) if form == "html" else to_markdown(document, kinds[0])
    written = [target / f"report.{form}"]
    for kind in kinds:
        (target / PICTURES).mkdir(exist_ok=True)
        for picture in document.pictures:
            written.append(target / PICTURES / f"{picture.name}.{kind}")
            write_whole(written[-1], _drawn(picture, kind))
    # The report comes last: what it shows is there.
    write_whole(written[0], text.encode())
    return written


def check_formats(form: str, pictures: Sequence[str] = ()) -> None:
    """Raise a ValueError of one line if a format is unknown."""
    if form not in FORMATS:
        raise ValueError(f"format {form!r}: must be one of {', '.join(FORMATS)}")
    for kind in pictures:
        if kind not in PICTURE_FORMATS:
            raise ValueError(f"figures {kind!r}: must be of {', '.join(PICTURE_FORMATS)}")
