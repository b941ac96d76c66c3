"""What the pages say of the comparison is what it wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.peers.table import as_markdown

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("page", ["README.md", "docs/performance.md"])
def test_the_table_is_that_of_the_last_comparison(page: str) -> None:
    found = json.loads((ROOT / "docs" / "peers.json").read_text(encoding="utf-8"))
    text = (ROOT / page).read_text(encoding="utf-8")
    assert as_markdown(found) in text
    assert found["machine"]["date"] in text
