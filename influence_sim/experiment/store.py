"""The folder in which an experiment keeps what came of its worlds, unit by unit, as they are done.

``experiment.json`` says what is run; ``worlds/`` has a NetCDF file per unit, each of which appears whole or not at all.
Whatever is killed, an experiment goes on from the units that are there.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from influence_sim.experiment.anatomy import Table
from influence_sim.experiment.plan import Plan, Unit, manifest, plan_of
from influence_sim.experiment.runner import TABLES, Outcome

FORMAT = 1
"""Version of the layout; raised when older versions of the library could not read it."""
_DESCRIPTION, _WORLDS = "experiment.json", "worlds"
_COMPRESSION = {"zlib": True, "complevel": 1, "shuffle": True}


class StoreError(ValueError):
    """A folder holds something else than what is asked of it; one line says what and what to do."""


class Store:
    """The units of one experiment in a folder.

    Parameters
    ----------
    folder
        Where; made if it does not exist.
    plan
        What is run.
    resume
        Whether to go on from what is there; otherwise an unfinished experiment in the folder is an error.
    unit
        Replicates per unit; one that goes on keeps its own.

    Raises
    ------
    StoreError
        If the folder holds another experiment, or an unfinished one that is not to be resumed.
    """

    def __init__(self, folder: str | Path, plan: Plan, *, resume: bool, unit: int) -> None:
        self.folder, self.plan = Path(folder), plan
        found = _description(self.folder)
        if found is not None and resume:
            if found["digest"] != plan.digest:
                what = "scenario, what is varied, strategies, seed or graph differ"
                raise StoreError(f"{folder}: holds another experiment ({what}); name another folder")
            unit = found["replicates_per_unit"]
            self.manifest = found["manifest"] | {"replicates": plan.replicates}
            self.manifest.pop("stopping", None)
        else:
            if found is not None and not (self.folder / "manifest.json").exists():
                done = len(list((self.folder / _WORLDS).glob("*.nc")))
                what = f"holds an unfinished experiment, {done} parts of it done"
                raise StoreError(f"{folder}: {what}; --resume finishes it, or name another folder")
            shutil.rmtree(self.folder / _WORLDS, ignore_errors=True)
            self.manifest = manifest(plan)
        self.replicates_per_unit = unit
        (self.folder / _WORLDS).mkdir(parents=True, exist_ok=True)
        (self.folder / "manifest.json").unlink(missing_ok=True)
        self._describe()

    @classmethod
    def open(cls, folder: str | Path) -> Store:
        """Return the store that a folder holds, to read it.

        Raises
        ------
        StoreError
            If it holds none, or an unfinished one.
        """
        place = Path(folder)
        found = _description(place)
        if found is None:
            raise StoreError(f"{folder}: holds no results; they come from compare or sweep with --out")
        self = cls.__new__(cls)
        self.folder, self.manifest = place, found["manifest"]
        self.plan, self.replicates_per_unit = plan_of(found["manifest"]), found["replicates_per_unit"]
        if missing := self.missing():
            total = len(self.units)
            raise StoreError(f"{folder}: {len(missing)} of {total} parts are missing; --resume finishes the experiment")
        return self

    @property
    def units(self) -> list[Unit]:
        """All units of the experiment, in order."""
        return self.plan.units(self.replicates_per_unit)

    def missing(self) -> list[Unit]:
        """Return the units that are not kept yet."""
        return [unit for unit in self.units if not self._file(unit).exists()]

    def extend(self, replicates: int) -> None:
        """Plan more replicates."""
        self.plan = replace(self.plan, replicates=replicates)
        self.note("replicates", replicates)

    def note(self, key: str, value: Any) -> None:
        """Add something to the manifest."""
        self.manifest = {**self.manifest, key: value}
        self._describe()

    def _describe(self) -> None:
        text = {
            "format": FORMAT,
            "digest": self.plan.digest,
            "replicates_per_unit": self.replicates_per_unit,
            "manifest": self.manifest,
        }
        write_whole(self.folder / _DESCRIPTION, json.dumps(text, indent=2, ensure_ascii=False) + "\n")

    def abandon(self) -> bool:
        """Remove what was begun if nothing is kept yet; return whether anything is."""
        if any((self.folder / _WORLDS).iterdir()):
            return True
        (self.folder / _WORLDS).rmdir()
        (self.folder / _DESCRIPTION).unlink()
        # A folder that holds something else is not ours.
        with suppress(OSError):
            self.folder.rmdir()
        return False

    def keep(self, unit: Unit, outcome: Outcome) -> None:
        """Write a unit; the file appears whole or not at all."""
        import xarray as xr

        plan = self.plan
        shape = (unit.replicates, len(plan.fates), len(plan.strategies))
        companies = list(plan.scenario.company_names)
        world = ("replicate", "fate", "strategy")
        values = outcome.values.reshape(*shape, *outcome.values.shape[1:])
        variables: dict[str, Any] = {
            "value": ((*world, "company", "day", "measure"), values),
            "switches": ((*world, "from", "to"), outcome.switches.reshape(*shape, *outcome.switches.shape[1:])),
        }
        for name in TABLES:
            for column, entries in getattr(outcome, name).items():
                variables[f"{name}.{column}"] = ((name,), entries)
        coordinates = {
            "replicate": np.arange(unit.first, unit.first + unit.replicates),
            "fate": ["spared" if spared else "struck" for spared in plan.fates],
            "strategy": list(plan.strategies),
            "company": companies,
            "from": companies,
            "to": [*companies, "nobody"],
            "measure": list(plan.measures),
            "day": np.arange(outcome.values.shape[2]),
        }
        attributes = {"point": json.dumps(dict(plan.points[unit.point]), sort_keys=True), "seed": str(plan.seed)}
        data = xr.Dataset(variables, coordinates, attributes)
        file = self._file(unit)
        draft = file.with_suffix(f".{os.getpid()}.draft")
        encoding = {"value": _COMPRESSION, "switches": _COMPRESSION}
        try:
            data.to_netcdf(draft, engine="h5netcdf", encoding=encoding)
            _sync(draft)
            os.replace(draft, file)
        finally:
            draft.unlink(missing_ok=True)

    def outcome(self, unit: Unit) -> Outcome:
        """Read a unit."""
        import xarray as xr

        with xr.open_dataset(self._file(unit), engine="h5netcdf") as data:
            values, switches = data["value"].to_numpy(), data["switches"].to_numpy()
            tables: dict[str, Table] = {name: {} for name in TABLES}
            for variable in map(str, data.data_vars):
                name, _, column = variable.partition(".")
                if column:
                    tables[name][column] = data[variable].to_numpy()
        return Outcome(values.reshape(-1, *values.shape[3:]), switches.reshape(-1, *switches.shape[3:]), **tables)

    def of_point(self, point: int) -> list[tuple[Unit, Outcome]]:
        """Read the units of a point."""
        return [(unit, self.outcome(unit)) for unit in self.units if unit.point == point]

    def _file(self, unit: Unit) -> Path:
        last = unit.first + unit.replicates - 1
        return self.folder / _WORLDS / f"point-{unit.point:06}-replicates-{unit.first:06}-{last:06}.nc"


class Memory:
    """The units of an experiment that is not written down."""

    def __init__(self, plan: Plan, unit: int) -> None:
        self.plan, self.manifest, self._unit = plan, manifest(plan), unit
        self._kept: dict[Unit, Outcome] = {}

    @property
    def units(self) -> list[Unit]:
        """All units of the experiment, in order."""
        return self.plan.units(self._unit)

    def extend(self, replicates: int) -> None:
        """Plan more replicates."""
        self.plan = replace(self.plan, replicates=replicates)
        self.note("replicates", replicates)

    def note(self, key: str, value: Any) -> None:
        """Add something to the manifest."""
        self.manifest = {**self.manifest, key: value}

    def missing(self) -> list[Unit]:
        """Return the units that are not kept yet."""
        return [unit for unit in self.units if unit not in self._kept]

    def keep(self, unit: Unit, outcome: Outcome) -> None:
        """Keep a unit."""
        self._kept[unit] = outcome

    def abandon(self) -> bool:
        """Return whether anything will be left of what was begun: nothing."""
        return False

    def of_point(self, point: int) -> list[tuple[Unit, Outcome]]:
        """Return the units of a point."""
        return [(unit, self._kept[unit]) for unit in self.units if unit.point == point]


def write_whole(file: Path, text: str) -> None:
    """Write a text file that appears whole or not at all."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        _sync(draft)
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def _sync(file: Path) -> None:
    """Wait until a file's content is on the disk, so that no renamed file is empty after a crash."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def _description(folder: Path) -> dict[str, Any] | None:
    file = folder / _DESCRIPTION
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as error:
        raise StoreError(f"{file}: cannot be read: {error}") from None
    if not isinstance(found, dict) or "digest" not in found:
        raise StoreError(f"{file}: is no description of an experiment")
    if found.get("format", 0) > FORMAT:
        raise StoreError(f"{file}: was written by a newer version of influence_sim; update it to read this")
    return found
