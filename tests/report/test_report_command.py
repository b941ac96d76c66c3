"""``report`` and ``--report`` from the command line: what is written, and what is said when it cannot be."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

QUICK = ["--replicates", "2", "--jobs", "1", "--quiet"]
TINY = """
days = 4
burn_in_days = 1
title = "A tiny market"
[network]
consumers = 150
mean_degree = 6
"""


def run(*words, cwd):
    return subprocess.run(
        [sys.executable, "-m", "influence_sim", *map(str, words)], capture_output=True, text=True, cwd=cwd, timeout=300
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder with the results of every kind of experiment, in folders of their own."""
    place = tmp_path_factory.mktemp("kept")
    (place / "tiny.toml").write_text(TINY)
    one, two = ["--vary", "costs.margin=5,10"], ["--vary", "budget=10,20"]
    for name, words in {
        "compared": ["compare", "tiny.toml", "-s", "broadcast,dialogue", *QUICK],
        "swept": ["sweep", "tiny.toml", *one, *QUICK],
        "mapped": ["phases", "tiny.toml", *one, *two, *QUICK],
        "robust": ["robustness", "tiny.toml", *one, "--sample", "grid", "--fails", "profit<100", *QUICK],
        "sensitive": ["sensitivity", "tiny.toml", "--only", "margin,post", "--trajectories", "2", *QUICK],
        "run": ["run", "tiny.toml", *QUICK],
        "sought": [
            "optimise",
            "tiny.toml",
            "--vary",
            "reply_capacity=0:5",
            "--maximise",
            "profit",
            "--trials",
            "3",
            "--fresh",
            "2",
            *QUICK,
        ],
    }.items():
        done = run(*words, "--out", name, "--report", cwd=place)
        assert done.returncode == 0, done.stderr
        assert (place / name / "report.html").stat().st_size > 10_000
    return place


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("compared", "The strategies side by side"),
        ("swept", "sweep of costs.margin: profit"),
        ("mapped", "phase map over costs.margin, budget: profit"),
        ("robust", "robustness over costs.margin: profit"),
        ("sensitive", "sensitivity (morris) of 2 keys"),
        ("run", "How every company fares"),
    ],
)
def test_a_report_written_later_says_what_that_of_the_experiment_said(kept, tmp_path, name, said):
    done = run("report", kept / name, "--to", tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("written to ")
    now, then = ((place / "report.html").read_text() for place in (tmp_path, kept / name))
    assert said in now
    assert said in then

    def tables(text):
        """What is between the answer and how to run it again."""
        return re.findall(r"<td.*?</td>", text[: text.index("How to run it again</h2>")])

    if name != "sensitive":
        assert tables(now) == tables(then)
    assert len(tables(now)) == len(tables(then)) > 3


@pytest.mark.slow
def test_the_report_of_a_study_quotes_what_was_typed(kept):
    text = (kept / "mapped" / "report.html").read_text()
    assert "influence-sim phases tiny.toml --vary costs.margin=5,10 --vary budget=10,20" in text


@pytest.mark.slow
def test_markdown_and_pictures(kept, tmp_path):
    done = run("report", kept / "compared", "--format", "md", "--figures", "png,svg", "--to", tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "report.md").read_text()
    shown = re.findall(r"\((figures/[^)]+)\)", text)
    assert len(shown) >= 4
    assert all((tmp_path / name).stat().st_size > 1000 for name in shown)
    assert {file.suffix for file in (tmp_path / "figures").iterdir()} == {".png", ".svg"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "{kept}/sought"], "holds a search; optimise … --out"),
        (["report", "nowhere"], "nowhere: there is no such folder"),
        (["report", "{kept}/compared", "--format", "pdf"], "must be one of html, md"),
        (["report", "{kept}/compared", "--figures", "bmp"], "must be of svg, png"),
        (["report", "{kept}/compared", "--screen", "1"], "--screen 1: two paths or more are needed"),
        (["report", "{kept}/swept", "--screen", "2"], "holds no comparison"),
        (["report", "{kept}/swept", "--measure", "mood"], "there is no measure 'mood'"),
        (["compare", "quiet_year", "--report"], "--report needs a folder: add --out DIR"),
        (["phases", "quiet_year", "--vary", "budget=1,2", "--report"], "--report needs a folder: add --out DIR"),
    ],
)
def test_mistakes_end_in_one_line(kept, tmp_path, words, said):
    done = run(*(word.format(kept=kept) for word in words), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_an_unfinished_experiment_has_no_report(kept, tmp_path):
    import shutil

    shutil.copytree(kept / "compared", tmp_path / "half")
    next((tmp_path / "half" / "worlds").iterdir()).unlink()
    done = run("report", "half", cwd=tmp_path)
    assert done.returncode == 2
    assert "unfinished experiment" in done.stderr
