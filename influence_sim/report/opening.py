"""The report of whatever a study has kept in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from influence_sim.experiment.folders import StoreError, check_format
from influence_sim.experiment.importance import read_sensitivity
from influence_sim.experiment.opening import open_results
from influence_sim.experiment.phases import phase_map
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.robustness import robustness
from influence_sim.files import NoFileError, UnreadableFileError, read_json
from influence_sim.report.document import Document
from influence_sim.report.studies import phase_document, robustness_document, sensitivity_document, sweep_document


def study_document(folder: str | Path, measure: str) -> Document | Comparison:
    """Return the report of a study's folder, or the comparison that it holds.

    Parameters
    ----------
    folder
        What was given as ``out``.
    measure
        Which one to show where the study was not of one.

    Raises
    ------
    StoreError
        If the folder holds no results, or none that a report can be made of afterwards; one line.
    """
    about = _manifest(Path(folder))
    try:
        return _of_study(folder, about, measure)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise StoreError(f"{folder}: its manifest.json is damaged ({error}); run the experiment again") from None


def _of_study(folder: str | Path, about: Mapping[str, Any], measure: str) -> Document | Comparison:
    if "sensitivity" in about:
        return sensitivity_document(read_sensitivity(folder))
    if "optimise" in about:
        raise StoreError(f"{folder}: holds a search; optimise … --out {folder} --resume --report writes its report")
    result = open_results(folder)
    if isinstance(result, Comparison):
        return result
    if "phases" in about:
        return phase_document(phase_map(result, about["phases"]["measure"]))
    if "robustness" in about:
        return robustness_document(robustness(result, **about["robustness"]))
    return sweep_document(result, measure)


def _manifest(folder: Path) -> dict[str, Any]:
    """Return what the tables in a folder say of themselves; nothing if there are none."""
    file = folder / "manifest.json"
    try:
        found = read_json(file)
    except NoFileError:
        return {}
    except UnreadableFileError as error:
        raise StoreError(f"{file}: {error}; run the experiment again") from None
    if not isinstance(found, dict):
        raise StoreError(f"{file}: is no manifest; run the experiment again")
    check_format(found, file)
    return found
