"""The wheel, in an empty environment without any extra, runs the main job; what needs an extra says so."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def run(*words, cwd):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, cwd=cwd, timeout=600)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The command, installed from the wheel that is built from the source archive."""
    if shutil.which("uv") is None:
        pytest.skip("there is no uv on the path to build with")
    place = tmp_path_factory.mktemp("wheel")
    built = run("uv", "build", "--quiet", "--python", sys.executable, "--out-dir", place / "dist", ROOT, cwd=place)
    assert built.returncode == 0, built.stderr
    (wheel,) = (place / "dist").glob("*.whl")
    (archive,) = (place / "dist").glob("*.tar.gz")
    assert archive.stat().st_size < 10_000_000
    made = run("uv", "venv", "--quiet", "--python", sys.executable, place / "empty", cwd=place)
    assert made.returncode == 0, made.stderr
    python = place / "empty" / "bin" / "python"
    done = run("uv", "pip", "install", "--quiet", "--python", python, wheel, cwd=place)
    assert done.returncode == 0, done.stderr
    return python.with_name("influence-sim")


def named(requirements):
    """Return the packages that requirements name, this one left out."""
    return {re.match(r"[\w-]+", one)[0].lower() for one in requirements} - {"influence-sim"}


@pytest.mark.slow
def test_the_core_brings_its_own_packages_and_none_of_an_extra(program, tmp_path):
    found = run("uv", "pip", "list", "--format", "json", "--python", program.with_name("python"), cwd=tmp_path)
    there = {one["name"].lower() for one in json.loads(found.stdout)}
    core = named(PROJECT["dependencies"])
    extras = named(line for lines in PROJECT["optional-dependencies"].values() for line in lines)
    assert core < there
    assert there & (extras - core) == set(), "an extra came along"


@pytest.mark.slow
def test_the_main_job_runs_without_any_extra(program, tmp_path):
    done = run(program, "compare", "--days", "50", "--replicates", "1", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Against broadcast, dialogue" in done.stdout or "One world each" in done.stdout
    assert (tmp_path / "out" / "summary.csv").exists()
    assert run(program.with_name("python"), "-m", "influence_sim", "scenarios", cwd=tmp_path).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["compare", "--out", "out", "--report"], "viz"),
        (["dashboard"], "page"),
        (["optimise", "--vary", "reply_capacity=0:2", "--maximise", "profit"], "optimise"),
        (["compare", "--out", "out", "--parquet"], "data"),
        (["compare", "--cluster", "tcp://127.0.0.1:1"], "cluster"),
    ],
)
def test_what_needs_an_extra_says_which(program, tmp_path, words, extra):
    done = run(program, *words, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()[-1:]) == 1
    assert f"pip install 'influence-sim[{extra}]'" in done.stderr
