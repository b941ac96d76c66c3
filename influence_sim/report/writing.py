"""One way to write the report of any result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.experiment.importance import Sensitivity
from influence_sim.experiment.optimum import Optimum
from influence_sim.experiment.phases import PhaseMap
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.robustness import Robustness
from influence_sim.experiment.screening import kept_screens
from influence_sim.experiment.sweep import Sweep
from influence_sim.figures.style import check_drawable
from influence_sim.report.document import Document, write_document

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph


def write_report(
    result: Any,
    folder: str | Path,
    *,
    graph: Graph | None = None,
    form: str = "html",
    pictures: Sequence[str] = (),
    measure: str = "profit",
    typed: str = "",
) -> list[Path]:
    """Write a report of a result: in words, tables and pictures, for people; it opens without any network.

    Parameters
    ----------
    result
        A :class:`Comparison`, :class:`Sweep`, :class:`PhaseMap`, :class:`Robustness`, :class:`Sensitivity` or
        :class:`Optimum`.
    folder
        Where; made if it does not exist. If a screening of assumptions is kept there, it is told.
    graph
        The network of a comparison, if it was given as an object.
    form
        ``html``: one file, ``report.html``; ``md``: ``report.md`` and its pictures beside it.
    pictures
        In which formats (``svg``, ``png``) to write each picture by itself, too, into ``figures``.
    measure
        What the report of a sweep shows.
    typed
        The command that ran it, to be quoted.

    Returns
    -------
    list
        The files, the report first.

    Raises
    ------
    ValueError
        If a format or the measure is unknown, or the extra ``viz`` is missing; one line.
    TypeError
        If there is no report of such a thing.
    OSError
        If the folder cannot be made or written to.
    """
    check_drawable()
    return write_document(_document(result, folder, graph, measure, typed), folder, form=form, pictures=pictures)


def _document(result: Any, folder: str | Path, graph: Graph | None, measure: str, typed: str) -> Document:
    from influence_sim.report import studies
    from influence_sim.report.comparison import comparison_document

    match result:
        case Comparison():
            return comparison_document(result, graph=graph, folder=folder, screens=kept_screens(folder, result))
        case Sweep():
            return studies.sweep_document(result, measure, typed=typed)
        case PhaseMap():
            return studies.phase_document(result, typed=typed)
        case Robustness():
            return studies.robustness_document(result, typed=typed)
        case Sensitivity():
            return studies.sensitivity_document(result, typed=typed)
        case Optimum():
            return studies.optimum_document(result, typed=typed)
    raise TypeError(f"there is no report of a {type(result).__name__}")
