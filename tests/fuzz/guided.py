"""Readers under Atheris, which looks for bytes that reach new lines: ``python tests/fuzz/guided.py scenario 600``.

Atheris is not installed with the rest (``pip install atheris``; Linux only). The first word names a reader, the number
says for how many seconds; what the reader fails on is written to a file, and named.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["influence_sim", "tomllib", "networkx.readwrite"]):
    import influence_sim as ins
    from influence_sim.data.tables import DataError, read_table
    from influence_sim.experiment.posterior import read_posterior

READERS = {
    "scenario": ("case.toml", ins.Scenario.load, ins.ScenarioError),
    "edges": ("case.txt", ins.read, ins.NetworkError),
    "graphml": ("case.graphml", ins.read, ins.NetworkError),
    "gml": ("case.gml", ins.read, ins.NetworkError),
    "csv": ("case.csv", read_table, DataError),
    "jsonl": ("case.jsonl", read_table, DataError),
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

    atheris.Setup([sys.argv[0], f"-max_total_time={sys.argv[2]}", "-max_len=2000", "-timeout=20"], case)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
