"""The page on keys names every process and every kind of message with its number, and its examples are right."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from influence_sim.core.draws import Draws, Process
from influence_sim.core.messages import Kind
from influence_sim.core.state import COLUMNS

PAGE = (Path(__file__).parents[2] / "docs" / "draws.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table whose first row begins with ``heading``."""
    table = PAGE.split(f"\n| {heading} |")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def numbered(heading: str) -> set[tuple[str, int]]:
    """Return the names and numbers of a table; a name stands in the second column."""
    found = set()
    for number, name, *_ in rows(heading):
        match = re.match(r"`(\w+)`", name)
        assert match, name
        found.add((match[1], int(number)))
    return found


def test_the_table_of_draws_names_every_process_and_nothing_else():
    assert numbered("number") == {(process.name, process.value) for process in Process}


def test_the_table_of_messages_names_every_kind_and_nothing_else():
    assert numbered("kind") == {(kind.name, kind.value) for kind in Kind}


def test_processes_stand_in_the_order_of_their_numbers():
    numbers = [int(number) for number, *_ in rows("number")]
    assert numbers == sorted(numbers)


def test_the_examples_are_what_the_generator_gives():
    examples = rows("seed")
    assert len(examples) == 4
    for seed, replicate, process, time, ids, bits in examples:
        words = [int(word.replace("−", "-")) for word in (seed, replicate, process, time)]
        keys = [int(word.replace("−", "-")) for word in ids.split(",") if word != "–"]
        stream = Draws.for_replicates(words[0], [words[1]]).at(Process(words[2]), words[3])
        assert f"`{int(stream.bits(0, *keys)[0]):016x}`" == bits


def test_the_columns_of_four_bytes_are_all_named():
    named = re.search(r"4-byte floats: (.*?); so are", PAGE, re.S)
    assert named
    expected = {name for name, column in COLUMNS.items() if np.dtype(column.dtype) == np.float32}
    assert set(re.findall(r"`(\w+)`", named[1])) == expected
