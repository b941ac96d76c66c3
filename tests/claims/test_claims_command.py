"""The command: what it writes, what it says of misuse, and that a killed run is gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_claims import write


def run(*arguments: object, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "influence_sim", "claims", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    write(folder, 1)
    write(folder, 7, {"measure": "trust", "more": "answers", "less": "silent"})
    return folder


def test_it_writes_results_and_a_page_with_pictures(files, tmp_path: Path):
    out = tmp_path / "out"
    done = run("--from", files, "--quick", "--only", "7", "--out", out)
    assert done.returncode == 0, done.stderr
    (claim,) = json.loads((out / "results.json").read_text(encoding="utf-8"))["claims"]
    assert claim["claim"] == 7
    assert claim["verdict"] == f"{claim['at_defaults']} at the defaults"
    text = (out / "claims.md").read_text(encoding="utf-8")
    assert "## Claim 7" in text
    assert "](claims/07.svg)" in text
    assert (out / "claims" / "07.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert "Of 1 claims" in done.stdout


def test_as_json_it_prints_what_it_writes_and_nothing_else(files, tmp_path: Path):
    out = tmp_path / "out"
    done = run("--from", files, "--quick", "--out", out, "--json", "--quiet", "--jobs", "1")
    assert json.loads(done.stdout) == json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "2"], "--only 2: there is no claim 2; there are 1, 7"),
        (["--only", "one"], "--only one: there is no claim one; there are 1, 7"),
        (["--from", "nowhere"], "nowhere: holds no claim; a claim is a scenario file with a table [claim]"),
    ],
)
def test_misuse_is_said_in_a_line(files, tmp_path: Path, arguments, said):
    done = run("--from", files, "--out", tmp_path / "out", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"influence-sim: {said}\n"


def test_results_of_another_run_are_not_replaced(files, tmp_path: Path):
    arguments = ["--from", files, "--quick", "--quiet", "--out", tmp_path / "out"]
    assert run(*arguments).returncode == 0
    before = (tmp_path / "out" / "results.json").read_bytes()
    for other in (["--only", "7"], ["--seed", "2"]):
        done = run(*arguments, *other)
        assert done.returncode == 2
        assert done.stderr.endswith("results.json: holds the results of another run; name another folder (--out DIR)\n")
    assert (tmp_path / "out" / "results.json").read_bytes() == before
    assert run(*arguments).returncode == 0


def test_a_file_in_the_place_of_the_folder_is_named(files, tmp_path: Path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    done = run("--from", files, "--quick", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith(f"influence-sim: {tmp_path / 'out'}: ")
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


@pytest.mark.slow
def test_a_killed_run_is_gone_on_with(files, tmp_path: Path):
    whole, out = tmp_path / "whole", tmp_path / "out"
    arguments = ["--from", files, "--quick", "--quiet", "--jobs", "1"]
    assert run(*arguments, "--out", whole).returncode == 0
    command = [sys.executable, "-m", "influence_sim", "claims", *map(str, arguments), "--out", str(out)]
    running = subprocess.Popen(command)
    while not list(out.glob("trials/*.json")):
        assert running.poll() is None
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert not (out / "results.json").exists()
    assert run(*arguments, "--out", out).returncode == 0
    one, other = (json.loads((folder / "results.json").read_text())["claims"] for folder in (whole, out))
    assert one == other
