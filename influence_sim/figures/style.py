"""How pictures look: colours that everybody can tell apart, and never colour alone."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from influence_sim.extras import needs_extra

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000", "#777777")
"""Okabe and Ito's colours, which people who see few colours can tell apart, but for yellow, which is lost on white."""
LINES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1.5, 1.5)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
AGAINST, NEITHER, FOR = "#D55E00", "#E4E4E4", "#0072B2"
INK, PALE = "#333333", "#BBBBBB"
"""Text and axes, and what stands behind."""

_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "influence_sim",
    "font.size": 9,
    "axes.edgecolor": "#999999",
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": "#666666",
    "ytick.color": "#666666",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.parse_math": False,  # a dollar in a name is a dollar
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
    "figure.constrained_layout.use": True,
}


@dataclass(frozen=True, slots=True)
class Look:
    """How a strategy is drawn, wherever it is drawn."""

    colour: str
    line: Any
    marker: str


def short(name: str, most: int = 28) -> str:
    """Return a name that fits beside a picture."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def looks(strategies: Sequence[str]) -> dict[str, Look]:
    """Return how each strategy is drawn: by its place, so that it looks the same in all pictures of a result."""
    return {
        name: Look(COLOURS[place % len(COLOURS)], LINES[place % len(LINES)], MARKERS[place % len(MARKERS)])
        for place, name in enumerate(strategies)
    }


@cache
def attitudes() -> LinearSegmentedColormap:
    """Return the colours of attitudes: vermilion against, grey between, blue for the company."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("attitude", [AGAINST, NEITHER, FOR])


def check_drawable() -> None:
    """Raise a ValueError of one line if pictures cannot be drawn here."""
    try:
        import igraph  # noqa: F401
        import jinja2  # noqa: F401
        import matplotlib  # noqa: F401
    except ImportError:
        raise ValueError(needs_extra("what is drawn", "viz")) from None


@contextmanager
def in_style() -> Iterator[None]:
    """Draw in the common style within the block."""
    import matplotlib

    with matplotlib.rc_context(_SETTINGS):
        yield


def encoded(figure: Figure, kind: str = "svg", dpi: int = 150) -> bytes:
    """Return a figure as a file of a ``kind`` (svg, png or pdf); the same figure gives the same bytes."""
    dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}
    file = io.BytesIO()
    with in_style(), warnings.catch_warnings():
        # What the font lacks is shown as a box; names too long for their place are cut.
        warnings.filterwarnings("ignore", "Glyph|constrained_layout not applied", UserWarning)
        figure.savefig(file, format=kind, dpi=dpi, metadata=dated[kind])
    return file.getvalue()
