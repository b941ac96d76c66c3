"""The command that starts the page: it checks everything first, says where the page is, and ends with Ctrl-C."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from influence_sim.cli import app

NO_EXTRA = """
import sys
sys.modules["solara"] = None
from influence_sim.cli import main
main()
"""


def refusal(*words):
    """The line in which the command says why it does not start."""
    found = CliRunner().invoke(app, ["dashboard", "--no-browser", *words])
    assert found.exit_code == 2
    assert found.stdout == ""
    assert found.stderr.count("\n") == 1
    return found.stderr


def test_what_cannot_be_played_is_said_before_a_page_is_opened(tmp_path):
    assert "nowhere: there is no such file" in refusal("nowhere")
    assert "there is no strategy 'dialog'" in refusal("-s", "dialog")
    assert "one to 3 can be shown side by side, not 4" in refusal("-s", "silent,silent,silent,silent")
    assert "nobody.txt" in refusal("--graph", str(tmp_path / "nobody.txt"))
    assert "--reverse turns directed lines round" in refusal("--graph", "x", "--reverse")
    assert "port 70000: must lie in 0..65535" in refusal("--port", "70000")
    assert "plugin.py" in refusal("--plugin", str(tmp_path / "plugin.py"))


def test_a_port_that_is_taken_is_said_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal("--port", str(port))
    assert f"cannot listen on 127.0.0.1, port {port}: address already in use; name another --port" in said


def test_without_the_extra_it_says_what_to_install():
    found = subprocess.run(
        [sys.executable, "-c", NO_EXTRA, "dashboard", "--no-browser", "--port", "0"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert found.returncode == 2
    assert found.stderr == (
        "influence-sim: the page needs the extra page: uv run --extra page in a clone, "
        "or pip install 'influence-sim[page]'\n"
    )


@pytest.mark.slow
def test_it_says_where_the_page_is_and_ends_in_order():
    words = ["dashboard", "quiet_year", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "influence_sim", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            said = running.stdout.readline()
            address = re.fullmatch(r"The page is at (http://127\.0\.0\.1:\d+) \(Ctrl-C ends it\)\n", said)[1]
            with urlopen(address, timeout=30) as page:
                assert "influence_sim" in page.read().decode()
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=30)
        finally:
            running.kill()
    assert (out, err, running.returncode) == ("stopped\n", "", 0)
