"""Strategies that a test registers or offers are forgotten after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from influence_sim import strategies


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(strategies, "_REGISTERED", {})
    strategies._offered.cache_clear()
    yield
    strategies._offered.cache_clear()
