"""The figure that all pictures are drawn on."""

from __future__ import annotations

from matplotlib.figure import Figure

from influence_sim.figures.style import encoded


class Drawing(Figure):
    """A figure of Matplotlib that notebooks show, whatever backend is set; its axes and texts may be changed freely."""

    def _repr_png_(self) -> bytes:
        return encoded(self, "png", dpi=100)
