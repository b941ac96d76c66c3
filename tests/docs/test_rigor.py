"""The checklist of rigor has every guideline, says what is not done, and leads to tests that are run."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "rigor.md"
TEXT = PAGE.read_text(encoding="utf-8")
LINKED = sorted(set(re.findall(r"\]\(\.\./(tests/[^)#]+)#(\w+)\)", TEXT)))
GUIDELINES = [
    "Verification: documentation", "unit tests", "code walkthroughs", "debugging walkthroughs", "formal testing",
    "corner cases", "sampled cases", "specific scenarios", "relative values", "Validation: micro-face",
    "Validation: macro-face", "Validation: empirical input", "stylised facts", "real-world data", "cross-validation",
]  # fmt: skip


@pytest.mark.parametrize("guideline", GUIDELINES)
def test_every_guideline_has_its_place(guideline: str):
    assert f"## {guideline}\n" in TEXT or f"| **{guideline}**" in TEXT


def test_every_row_and_every_part_says_what_is_not_done():
    for part in TEXT.split("\n## ")[1:]:
        assert "Not done: " in part or "| not done |" in part, part.splitlines()[0]


def test_no_test_is_linked_without_its_name():
    assert len(LINKED) > 60
    assert "](../tests/" not in re.sub(r"\]\(\.\./tests/[^)#]+#\w+\)", "", TEXT)


@pytest.mark.parametrize(("path", "name"), LINKED)
def test_what_is_linked_is_a_test_that_is_run(path: str, name: str):
    """By pytest's rules of names, and not only in the long runs that have to be asked for."""
    file = PAGE.parents[1] / path
    assert re.fullmatch(r"test_\w+\.py", file.name)
    assert re.match(r"test_|Test", name)
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [
        node
        for parent in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
        for node in parent.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
    ]
    assert len(found) == 1
    assert not any("study" in ast.unparse(one) for one in found[0].decorator_list)
