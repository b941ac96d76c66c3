"""A folder of results that is damaged or made up is read or refused in one line, and nothing in it is run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from fuzzing import broken, many
from hypothesis import given
from hypothesis import strategies as st

import influence_sim as ins
from influence_sim.experiment.importance import read_sensitivity
from influence_sim.report.opening import study_document


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    place = tmp_path_factory.mktemp("kept")
    values = {"days": 3, "burn_in_days": 1, "network.consumers": 60, "network.mean_degree": 4}
    scenario = ins.Scenario().with_values(values)
    ins.compare(scenario, ["silent", "dialogue"], replicates=2, out=place / "good").write(place / "good")
    return place


def damaged(kept: Path, name: str, data: bytes) -> Path:
    folder = kept / "bad"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept / "good", folder)
    (folder / name).write_bytes(data)
    return folder


def opened(folder):
    """Whatever can be asked of it, or the error in one line."""
    said = ""
    try:
        result = ins.open_results(folder)
        if isinstance(result, ins.Comparison):
            return result.values.shape, repr(result), len(result.estimates)
        return len(result), [found.values.shape for _, found in result]
    except ins.StoreError as error:
        said = str(error)
    assert said.isprintable()
    assert folder.name in said
    return None


def parts(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.nc"))


def test_description(kept):
    good = (kept / "good" / "experiment.json").read_bytes()

    @many
    @given(data=broken(good, packed=False))
    def case(data):
        opened(damaged(kept, "experiment.json", data))

    case()


KEY = st.sampled_from(["format", "finished", "replicates_per_unit", "manifest", "asked"])
SAID = st.sampled_from(
    ["scenario", "points", "compared", "replicates", "seed", "measures", "counterfactual", "posterior", "graph"]
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**6) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def test_entries_of_the_description(kept):
    good = json.loads((kept / "good" / "experiment.json").read_text())

    @many
    @given(entry=KEY | SAID, value=VALUE)
    def case(entry, value):
        changed = json.loads(json.dumps(good))
        (changed if entry in good else changed["manifest"])[entry] = value
        opened(damaged(kept, "experiment.json", json.dumps(changed).encode()))

    case()


def test_worlds(kept):
    name = parts(kept / "good")[0]
    good = (kept / "good" / name).read_bytes()

    @many
    @given(data=broken(good, packed=False))
    def case(data):
        opened(damaged(kept, name, data))

    case()


def test_manifests_of_studies(kept):
    good = (kept / "good" / "manifest.json").read_bytes()
    study = {**json.loads(good), "sensitivity": {"method": "morris"}, "phases": {"measure": "profit"}}

    @many
    @given(data=broken(good, json.dumps(study).encode(), packed=False))
    def case(data):
        folder = damaged(kept, "manifest.json", data)
        said = ""
        try:
            study_document(folder, "profit")
        except ValueError as error:
            said = str(error)
        assert len(said.splitlines()) <= 1

    case()


def test_what_a_newer_version_wrote_is_refused_politely(kept):
    good = json.loads((kept / "good" / "experiment.json").read_text())
    folder = damaged(kept, "experiment.json", json.dumps({**good, "format": good["format"] + 1}).encode())
    with pytest.raises(
        ins.StoreError, match=r"was written by a newer version of influence_sim; update it to read this"
    ):
        ins.open_results(folder)


def test_nothing_in_a_folder_is_unpickled(kept):
    """An array of objects would run code when it is loaded; here it is no result, and stays unread."""
    bomb = kept / "ran"

    class Bomb:
        def __reduce__(self):
            return Path.touch, (bomb,)

    folder = damaged(kept, "manifest.json", (kept / "good" / "manifest.json").read_bytes())
    for name in [*parts(folder), "experiment.json", "sensitivity.csv"]:
        np.save(folder / "array.npy", np.array([Bomb()], object), allow_pickle=True)
        (folder / name).write_bytes((folder / "array.npy").read_bytes())
    opened(folder)
    with pytest.raises(ValueError, match="holds no sensitivity analysis"):
        read_sensitivity(folder)
    assert not bomb.exists()
