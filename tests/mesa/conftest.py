from __future__ import annotations

import multiprocessing

import pytest


@pytest.fixture
def start_method():
    """Mesa's batch_run sets the start method of the whole process; put it back."""
    before = multiprocessing.get_start_method(allow_none=True)
    yield
    multiprocessing.set_start_method(before, force=True)
