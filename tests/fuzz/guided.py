"""Readers under Atheris, which looks for bytes that reach new lines: ``guided.py scenario 600 FOLDER``.

``.ci/nightly`` runs it, with the Atheris that is tried (Linux only). The first word names a reader, the number says for
how many seconds. What reaches new lines is kept in ``FOLDER/corpus``, and what the reader fails on in ``FOLDER/found``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["influence_sim", "tomllib", "networkx.readwrite"]):
    import influence_sim as ins
    from influence_sim.data.tables import DataError, read_table
    from influence_sim.experiment.folders import StoreError
    from influence_sim.experiment.posterior import read_posterior
    from influence_sim.experiment.store import Store

READERS = {
    "scenario": ("case.toml", ins.Scenario.load, ins.ScenarioError),
    "edges": ("case.txt", ins.read, ins.NetworkError),
    "graphml": ("case.graphml", ins.read, ins.NetworkError),
    "gml": ("case.gml", ins.read, ins.NetworkError),
    "csv": ("case.csv", read_table, DataError),
    "jsonl": ("case.jsonl", read_table, DataError),
    "parquet": ("case.parquet", read_table, DataError),
    "folder": ("experiment.json", lambda file: Store.open(file.parent), StoreError),
    "posterior": ("case.csv", lambda file: read_posterior(file, ins.Scenario()), ValueError),
}


def main() -> None:
    name, read, own = READERS[sys.argv[1]]
    file = Path(tempfile.mkdtemp(prefix="influence_sim_fuzz_")) / name

    def case(data: bytes) -> None:
        file.write_bytes(data)
        said = name
        try:
            read(file)
        except own as error:
            said = str(error)
        assert name in said, said

    folder = Path(sys.argv[3])
    options = [f"-max_total_time={sys.argv[2]}", "-max_len=2000", "-timeout=20"]
    places = [f"-artifact_prefix={folder / 'found' / sys.argv[1]}/", str(folder / "corpus" / sys.argv[1])]
    atheris.Setup([sys.argv[0], *options, *places], case)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
