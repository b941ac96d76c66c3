"""A unit of an experiment as a NetCDF file, which any tool of the field opens."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.experiment.anatomy import Table
from influence_sim.experiment.folders import StoreError
from influence_sim.experiment.plan import FATES, Plan, Unit
from influence_sim.experiment.runner import TABLES, Outcome

_PACKED: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True, "fletcher32": True}


def packed(plan: Plan, unit: Unit, outcome: Outcome) -> bytes:
    """Return the file of a unit."""
    shape = (unit.replicates, len(plan.fates), len(plan.strategies))
    labels = {name: ((name,), np.array(entries)) for name, entries in _labels(plan).items()}
    companies = labels["company"][1]
    world = ("replicate", "fate", "strategy")
    values, switches = outcome.values, outcome.switches
    variables: dict[str, tuple[tuple[str, ...], NDArray[Any]]] = {
        "replicate": (("replicate",), np.arange(unit.first, unit.first + unit.replicates)),
        **labels,
        "from": (("from",), companies),
        "to": (("to",), np.array([*companies, "nobody"])),
        "day": (("day",), np.arange(values.shape[2])),
        "value": ((*world, "company", "day", "measure"), values.reshape(*shape, *values.shape[1:])),
        "switches": ((*world, "from", "to"), switches.reshape(*shape, *switches.shape[1:])),
    }
    for table in TABLES:
        for column, entries in getattr(outcome, table).items():
            variables[f"{table}.{column}"] = ((table,), entries)
    attributes = dict(zip(("point", "seed"), _belongs(plan, unit), strict=True))
    return _netcdf(variables, attributes)


def unpacked(file: Path, plan: Plan, unit: Unit) -> Outcome:
    """Read the file of a unit.

    Raises
    ------
    StoreError
        If it is damaged, or of another unit.
    """
    import h5py

    try:
        # xarray takes ten times as long to open it, and says more than a line where it cannot.
        if not file.is_file():
            raise StoreError(f"{file}: is no regular file; remove it and run it again (--resume)")
        with h5py.File(file) as data:
            _check_within(file, data)
            wanted = _labels(plan)
            labels = {name: tuple(data[name].asstr()[...]) for name in wanted}
            if (labels, data.attrs["point"], data.attrs["seed"]) != (wanted, *_belongs(plan, unit)):
                what = "is of another experiment or point"
                raise StoreError(f"{file}: {what}; delete it and run it again (--resume)")
            values, switches = data["value"][...], data["switches"][...]
            tables: dict[str, Table] = {name: {} for name in TABLES}
            for variable in data:
                name, _, column = variable.partition(".")
                if column:
                    tables[name][column] = _entries(data[variable])
    except StoreError:
        raise
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{file}: is damaged ({fault_of(error)}); delete it and run it again (--resume)") from None
    return Outcome(values.reshape(-1, *values.shape[3:]), switches.reshape(-1, *switches.shape[3:]), **tables)


def _check_within(file: Path, data: Any) -> None:
    """Raise a StoreError unless all that a file holds stands in it, and not in another."""
    import h5py

    for name in data:
        if not isinstance(data.get(name, getlink=True), h5py.HardLink) or getattr(data[name], "external", None):
            raise StoreError(f"{file}: refers to other files; remove it and run it again (--resume)")


def is_whole(file: Path) -> bool:
    """Return whether a unit's file is as long as it says it is."""
    import h5py

    try:
        if not file.is_file():
            return False
        with h5py.File(file) as data:
            return "value" in data
    except OSError:
        return False


def _belongs(plan: Plan, unit: Unit) -> tuple[str, str]:
    """Return where a unit belongs, as its file says it: the point, and the seed."""
    return json.dumps(dict(plan.points[unit.point]), sort_keys=True), str(plan.seed)


def _labels(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return what the axes of a unit's values are called, as its file says it."""
    labels = {
        "fate": tuple(FATES[spared] for spared in plan.fates),
        "strategy": plan.strategies,
        "company": tuple(plan.scenario.company_names),
        "measure": plan.measures,
    }
    # HDF5 ends a text at its first zero.
    return {axis: tuple(name.partition("\0")[0] for name in names) for axis, names in labels.items()}


def _netcdf(variables: Mapping[str, tuple[tuple[str, ...], NDArray[Any]]], attributes: Mapping[str, str]) -> bytes:
    """Return a NetCDF file of variables with their dimensions.

    It is made in memory: HDF5 does not survive a disk that becomes full.
    """
    import h5netcdf
    import h5py

    made = io.BytesIO()
    with h5netcdf.File(made, "w") as file:
        file.attrs.update(attributes)
        for name, (dimensions, entries) in variables.items():
            for dimension, size in zip(dimensions, entries.shape, strict=True):
                if dimension not in file.dimensions:
                    file.dimensions[dimension] = size
            kind = {"U": h5py.string_dtype(), "O": h5py.string_dtype(), "b": np.dtype(np.int8)}.get(entries.dtype.kind)
            packed = _PACKED if entries.ndim > 1 else {}
            variable = file.create_variable(name, dimensions, kind or entries.dtype, **packed)
            if entries.size:
                variable[...] = entries.astype(object if entries.dtype.kind == "U" else kind or entries.dtype)
            if entries.dtype.kind == "b":
                variable.attrs["dtype"] = "bool"
    return made.getvalue()


def _entries(variable: Any) -> NDArray[Any]:
    """Return a variable of a NetCDF file, which has no truth values and names them in an attribute."""
    entries = np.asarray(variable.asstr() if variable.dtype.kind == "O" else variable)
    return entries.astype(bool) if variable.attrs.get("dtype") == "bool" else entries


def fault_of(error: Exception) -> str:
    """Return in a few words why a file cannot be read or written; HDF5 has more to say than fits a line."""
    code = getattr(error, "errno", None)
    return os.strerror(code).lower() if code else str(error).splitlines()[0].partition(" (")[0]
