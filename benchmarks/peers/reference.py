"""The C++ reference, compiled where there is a compiler, and the memory's speed as measured by it."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from ctypes import c_double, c_int64, c_uint64, c_void_p
from functools import cache
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).with_name("reference.cpp")
OPTIONS = ["-O3", "-march=native", "-ffast-math", "-std=c++17", "-shared", "-fPIC"]

ARGUMENTS = {
    # pointers are p, whole numbers i, doubles d, seeds u
    "cascade_loop": "ppipidpiup",
    "cascade_skipping": "ppipidiup",
    "linear_threshold": "pppipiiup",
    "sir": "ppipiddup",
    "averaging": "ppipdipp",
    "bounded_confidence": "ppidipp",
    "seconds_per_gather": "i",
    "bytes_per_second": "",
}
TYPES = {"p": c_void_p, "i": c_int64, "d": c_double, "u": c_uint64}


@cache
def library() -> ctypes.CDLL | None:
    """Return the compiled reference, or None where there is no compiler."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder, "reference.so")
        subprocess.run([compiler, *OPTIONS, SOURCE, "-o", built], check=True)
        found = ctypes.CDLL(str(built))
    for name, letters in ARGUMENTS.items():
        function = getattr(found, name)
        function.argtypes = [TYPES[letter] for letter in letters]
        function.restype = c_double if name in ("seconds_per_gather", "bytes_per_second") else None
    return found


def pointer(array: np.ndarray | None) -> int | None:
    """Return where an array's numbers stand."""
    return None if array is None else array.ctypes.data
