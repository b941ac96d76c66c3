from __future__ import annotations

import multiprocessing

import pytest


@pytest.fixture
def batch_run():
    """Mesa's batch runner, which sets the start method of the whole process; it is put back."""
    runner = pytest.importorskip("mesa.batchrunner", reason="Mesa 4 has no batch runner")
    before = multiprocessing.get_start_method(allow_none=True)
    yield runner.batch_run
    multiprocessing.set_start_method(before, force=True)
