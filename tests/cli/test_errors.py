"""Every foreseeable mistake ends in one clear line on standard error and exit status 2, before anything is run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from influence_sim.cli import app
from influence_sim.experiment.results import Comparison

TINY = """
days = 5
burn_in_days = 1

[network]
consumers = 60
mean_degree = 4

[[companies]]
name = "us"

[[companies]]
name = "them"

[incident]
day = 2
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The working directory, with a scenario and a graph in it."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.toml").write_text(TINY, encoding="utf-8")
    Path("friends.txt").write_text("a b\nb c\n", encoding="utf-8")
    return tmp_path


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def the_line(*words: object) -> str:
    """Return the one line on standard error of a command that must be refused."""
    result = call(*words)
    assert result.exit_code == 2, (result.exit_code, result.stderr)
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


SCENARIOS = {
    "malformed TOML": ("days = \n", ["not valid TOML", "line 1"]),
    "no TOML at all": (b"\xff\xfe", ["not UTF-8 text"]),
    "an unknown key": (
        TINY.replace("day = 2", "day = 2\nsevrity = 0.3"),
        ["incident.sevrity", "did you mean severity"],
    ),
    "an unknown table": (TINY + "[incidnet]\nday = 2\n", ["incidnet", "did you mean incident"]),
    "a probability above 1": (TINY + "severity = 1.5\n", ["incident.severity = 1.5", "0 to 1"]),
    "a probability below 0": (TINY.replace('"us"', '"us"\nfailure_rate = -0.1'), ["companies.0.failure_rate = -0.1"]),
    "text where a number is needed": (TINY.replace("60", '"many"'), ["network.consumers = 'many'", "whole number"]),
    "a number where text is needed": (TINY.replace('"us"', "3"), ["companies.0.name = 3", "text"]),
    "a fraction where a whole number is needed": (TINY.replace("60", "60.5"), ["consumers = 60.5", "whole number"]),
    "a number that is none": (TINY.replace("= 4", "= nan"), ["network.mean_degree = nan"]),
    "no days": (TINY.replace("days = 5", "days = 0", 1), ["days = 0", "from 1"]),
    "an incident after the horizon": (TINY.replace("day = 2", "day = 5"), ["incident.day = 5", "0..4"]),
    "an incident that lasts too long": (
        TINY + "duration_days = 4\n",
        ["incident: lasts until day 6", "within the 5 days"],
    ),
    "an incident of nobody": (TINY + 'company = "thme"\n', ["incident.company = 'thme'", "us, them"]),
    "two companies of one name": (TINY.replace("them", "us"), ["companies", "differ"]),
    "a company's unknown strategy": (
        TINY.replace('"us"', '"us"\nstrategy = "dialoge"'),
        ["companies.0.strategy = 'dialoge'", "did you mean dialogue"],
    ),
    "an unknown lever": (TINY + "[levers.mine]\nempaty = 1\n", ["levers.mine.empaty", "no such lever"]),
    "a lever out of range": (TINY + "[levers.mine]\nempathy = 2\n", ["levers.mine.empathy = 2", "0..1"]),
    "a lever that is on or off": (
        TINY + "[levers.mine]\nreply_priority = 0.5\n",
        ["levers.mine.reply_priority = 0.5", "must be 0 or 1"],
    ),
    "an unknown constant": (
        TINY + "[parameters]\nvisibilty = 0.1\n",
        ["parameters.visibilty", "did you mean visibility"],
    ),
    "a constant out of range": (TINY + "[parameters]\nvisibility = 2\n", ["parameters.visibility = 2", "0.001..1"]),
    "a graph without its path": (TINY.replace("[network]", '[network]\nkind = "file"'), ["network", "path"]),
    "an unknown kind of network": (TINY.replace("[network]", '[network]\nkind = "ring"'), ["network.kind = 'ring'"]),
}


class TestScenarios:
    @pytest.mark.parametrize(("content", "pieces"), SCENARIOS.values(), ids=SCENARIOS)
    @pytest.mark.parametrize("command", ["compare", "run", "validate", "strategies"])
    def test_a_fault_is_told_in_one_line_with_file_key_and_value(self, folder, command, content, pieces):
        path = folder / "faulty.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        line = the_line(command, "faulty.toml")
        assert "faulty.toml: " in line
        for piece in pieces:
            assert piece in line

    @pytest.mark.parametrize("command", ["compare", "run", "validate", "strategies"])
    @pytest.mark.parametrize("name", ["nowhere.toml", "nowhere", "tiny.toml/deeper.toml"])
    def test_a_missing_scenario_is_told_with_what_there_is(self, folder, command, name):
        line = the_line(command, name)
        assert name in line
        assert "shipping_delay" in line or "not a directory" in line.lower()

    @pytest.mark.parametrize(
        ("name", "meant"),
        [("shiping_delay", "shipping_delay"), ("tiyn.toml", "tiny.toml"), ("deeper/../tiny.tml", "tiny.toml")],
    )
    def test_a_misspelt_scenario_is_told_with_the_nearest(self, folder, name, meant):
        Path("deeper").mkdir()
        assert the_line("validate", name).endswith(f"; did you mean {meant}?")

    @pytest.mark.parametrize("command", ["compare", "validate"])
    def test_a_folder_is_no_scenario(self, folder, command):
        assert "is a directory" in the_line(command, folder).lower()

    @pytest.mark.parametrize("command", ["compare", "validate"])
    def test_a_name_that_no_file_can_have_is_told(self, folder, command):
        assert "too long" in the_line(command, "x" * 5000)

    def test_days_before_the_incident_are_refused(self, folder):
        line = the_line("compare", "tiny.toml", "--days", 2)
        assert "incident.day = 2" in line
        assert "0..1" in line


OPTIONS = {
    "unknown strategy": (["--strategies", "silent,dialoge"], ["'dialoge'", "did you mean dialogue?"]),
    "strategy like no other": (["--strategies", "xyz"], ["'xyz'", "silent, broadcast, dialogue"]),
    "no strategy": (["--strategies", " , "], ["strategies", "at least one"]),
    "a strategy twice": (["--strategies", "silent,silent"], ["silent", "twice"]),
    "no replicates": (["--replicates", 0], ["replicates = 0", "at least 1"]),
    "negative replicates": (["--replicates", -3], ["replicates = -3", "at least 1"]),
    "no jobs": (["--jobs", 0], ["jobs = 0", "at least 1"]),
    "no batch": (["--batch", 0], ["batch = 0", "at least 1"]),
    "no days": (["--days", 0], ["days = 0", "from 1"]),
    "negative days": (["--days", -1], ["days = -1", "from 1"]),
    "missing graph": (["--graph", "nowhere.txt"], ["nowhere.txt", "there is no such file"]),
    "a folder for a graph": (["--graph", "."], ["cannot be read"]),
    "directed without a graph": (["--directed"], ["--directed", "--graph FILE"]),
    "reverse without a graph": (["--reverse"], ["--reverse", "--graph FILE"]),
    "header without a graph": (["--no-header"], ["header", "--graph FILE"]),
    "a misspelt graph": (["--graph", "freinds.txt"], ["freinds.txt", "did you mean friends.txt?"]),
    "reverse without a direction": (["--graph", "friends.txt", "--reverse"], ["--reverse", "--directed"]),
    "reverse against a direction": (
        ["--graph", "friends.txt", "--reverse", "--undirected"],
        ["--reverse", "--directed"],
    ),
}


class TestOptions:
    @pytest.mark.parametrize(("options", "pieces"), OPTIONS.values(), ids=OPTIONS)
    def test_a_value_that_cannot_be_is_refused_in_one_line(self, folder, options, pieces):
        line = the_line("compare", "tiny.toml", *options)
        for piece in pieces:
            assert piece in line

    @pytest.mark.parametrize(
        "options", [["--replicates", 0], ["--jobs", 0], ["--batch", -1], ["--strategy", "dialoge"]]
    )
    def test_run_refuses_them_too(self, folder, options):
        the_line("run", "tiny.toml", *options)

    def test_a_strategy_of_another_scenario_is_unknown(self, folder):
        Path("other.toml").write_text(TINY + "[levers.mine]\nempathy = 1\n", encoding="utf-8")
        assert call("compare", "other.toml", "-s", "mine", "-r", 1, "--jobs", 1).exit_code == 0
        assert "'mine'" in the_line("compare", "tiny.toml", "-s", "mine")

    @pytest.mark.parametrize(
        "words",
        [
            ["nonsense"],
            ["compare", "--nonsense"],
            ["compare", "tiny.toml", "tiny.toml"],
            ["compare", "tiny.toml", "--replicates", "many"],
            ["compare", "tiny.toml", "--days"],
            ["compare", "tiny.toml", "--seed", "1.5"],
            ["validate"],
            ["scenarios", "tiny.toml"],
        ],
    )
    def test_what_the_command_line_does_not_know_is_refused(self, folder, words):
        assert re.search(r" \(see .+ --help\)$", the_line(*words))

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["-r", "two"], "'-r': must be a whole number, not 'two'"),
            (["--seed", "1.5"], "'--seed': must be a whole number, not '1.5'"),
        ],
    )
    def test_a_value_that_is_no_number_is_shown(self, folder, options, said):
        assert said in the_line("compare", "tiny.toml", *options)

    @pytest.mark.parametrize(
        "words",
        [
            ["phases", "tiny.toml", "--vary", "incident.severity=0.2,0.8"],
            ["sweep", "tiny.toml", "--vary", "incident.severity=0.2,0.8"],
            ["compare", "tiny.toml", "--until-separated"],
        ],
    )
    def test_a_misspelt_measure_is_told_with_the_nearest(self, folder, words):
        assert the_line(*words, "--measure", "loyality").endswith("no measure 'loyality'; did you mean loyalty?")

    def test_a_report_of_a_file_is_told(self, folder):
        assert "tiny.toml: is a file, not a folder; results come from" in the_line("report", "tiny.toml")

    def test_a_file_is_no_folder_for_results(self, folder):
        line = the_line("compare", "tiny.toml", "--out", "tiny.toml")
        assert "tiny.toml: is a file, where a folder is needed" in line

    @pytest.mark.parametrize("words", [["verify", "--size", "big"], ["verify", "--only", "nothing"]])
    def test_wrong_checks_are_refused_before_any_is_run(self, words):
        assert "must be small or full" in the_line(*words) or "there is no check 'nothing'" in the_line(*words)

    @pytest.mark.parametrize("words", [["verify"], ["claims", "--out", "new"]])
    def test_no_processes_are_refused_before_a_folder_is_made(self, folder, words):
        assert the_line(*words, "--jobs", 0) == "influence-sim: jobs = 0: must be at least 1"
        assert not Path("new").exists()

    def test_nothing_that_a_terminal_would_obey_comes_back(self, folder):
        assert "\\x1b[2J" in the_line("verify", "--only", "\x1b[2J")


GRAPHS = {
    "a line with one column": ("a b\nb c\nlonely\n", ["line 3", "'lonely'"]),
    "a line with a column too many": ("a b\nb c d\n", ["line 2", "'b c d'"]),
    "one node": ("a a\n", ["at least 2", "got 1"]),
    "self-loops only": ("a a\nb b\n", ["no edge"]),
    "nothing": ("", ["empty"]),
    "comments only": ("# nobody\n", ["no edges"]),
}


class TestGraphs:
    @pytest.mark.parametrize(("content", "pieces"), GRAPHS.values(), ids=GRAPHS)
    def test_a_graph_that_cannot_be_used_is_told_with_file_line_and_text(self, folder, content, pieces):
        Path("graph.txt").write_text(content, encoding="utf-8")
        line = the_line("compare", "tiny.toml", "--graph", "graph.txt")
        for piece in ["graph.txt", *pieces]:
            assert piece in line

    @pytest.mark.parametrize(("options", "people"), [([], 3), (["--header"], 3), (["--no-header"], 5)])
    def test_a_header_is_recognised_told_and_decided_by_an_option(self, folder, options, people):
        Path("graph.txt").write_text("source,target\nann,bob\nbob,cid\n", encoding="utf-8")
        result = call("compare", "tiny.toml", "--graph", "graph.txt", *options, "-r", 1, "--jobs", 1, "--out", "out")
        assert f"{people} people" in result.stderr
        assert ("line 1 is taken for a header" in result.stderr) == (people == 3)
        # The folder can be resumed: it says how the file was read.
        again = ["compare", "tiny.toml", "--graph", "graph.txt", *options, "-r", 1, "--jobs", 1, "--out", "out"]
        assert call(*again, "--resume").exit_code == 0

    def test_a_graph_of_two_is_enough(self, folder):
        Path("graph.txt").write_text("a b\n", encoding="utf-8")
        assert call("compare", "tiny.toml", "--graph", "graph.txt", "-r", 1, "--jobs", 1).exit_code == 0

    def test_a_scenario_whose_graph_is_missing_cannot_be_run(self, folder):
        text = TINY.replace("[network]", '[network]\nkind = "file"\npath = "nowhere.txt"')
        Path("faulty.toml").write_text(text, encoding="utf-8")
        assert "nowhere.txt" in the_line("compare", "faulty.toml")


def tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def without_time(text: str) -> str:
    return re.sub(r'"time": "[^"]*"', "", text)


class TestOutputFolder:
    @pytest.mark.parametrize("out", ["friends.txt", "friends.txt/out", "friends.txt/deep/out"])
    def test_a_file_in_the_way_is_told_before_anything_is_run(self, folder, out):
        before = tree(folder)
        line = the_line("compare", "tiny.toml", "--out", out)
        assert out in line
        assert tree(folder) == before

    def test_a_link_to_nowhere_is_told(self, folder):
        Path("link").symlink_to("nowhere")
        assert "link" in the_line("compare", "tiny.toml", "--out", "link")

    @pytest.mark.parametrize("options", [["--graph", "nowhere.txt"], ["--graph", "loop.txt"], ["-r", 0], ["-s", "xyz"]])
    @pytest.mark.parametrize("out", ["out", "new/deep/out"])
    def test_nothing_is_left_behind_when_something_else_is_wrong(self, folder, options, out):
        Path("loop.txt").write_text("a a\n", encoding="utf-8")
        before = tree(folder)
        the_line("compare", "tiny.toml", "--out", out, *options)
        assert tree(folder) == before

    def test_a_folder_that_was_there_keeps_what_it_holds(self, folder):
        Path("out").mkdir()
        Path("out", "daily.csv").write_text("precious", encoding="utf-8")
        before = tree(folder)
        the_line("compare", "tiny.toml", "--out", "out", "--graph", "nowhere.txt")
        assert tree(folder) == before

    @pytest.mark.parametrize("options", [[], ["--json"]])
    @pytest.mark.parametrize("command", ["compare", "run"])
    @pytest.mark.parametrize(
        ("error", "status", "line"),
        [
            (
                OSError(28, "No space left on device", "out/daily.csv"),
                2,
                "out/daily.csv: no space left on device; make room there; --resume writes again",
            ),
            (KeyboardInterrupt(), 130, "interrupted while writing to out; --resume writes again"),
        ],
        ids=["full", "Ctrl-C"],
    )
    def test_writing_that_fails_in_the_end_is_told_in_one_line_below_the_answer(
        self, folder, monkeypatch, command, options, error, status, line
    ):
        def fail(self, folder, parquet):
            raise error

        words = (command, "tiny.toml", "-q", "-r", 1, "--jobs", 1, *options)
        answer = call(*words).stdout
        monkeypatch.setattr(Comparison, "write", fail)
        result = call(*words, "--out", "out")
        assert result.exit_code == status
        assert result.stderr == f"influence-sim: {line}\n"
        assert without_time(result.stdout) == without_time(answer)
        assert "loyalty" in answer

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
    @pytest.mark.parametrize("words", [["scenarios"], ["explain", "dialogue"], ["--help"]])
    def test_no_answer_ends_in_a_page_of_python(self, words):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "influence_sim", *words], stdout=full, stderr=subprocess.PIPE, timeout=60
            )
        assert (done.returncode, done.stderr) == (2, b"influence-sim: standard output: no space left on device\n")

    def test_who_closes_the_output_wants_none(self):
        shell = [f"{sys.executable} -m influence_sim scenarios >&-"]
        done = subprocess.run(shell, shell=True, stderr=subprocess.PIPE, timeout=60)
        assert (done.returncode, done.stderr) == (0, b"")

    @pytest.mark.parametrize("words", [["compare", "tiny.toml", "--out", ""], ["claims", "--only", ""]])
    def test_an_empty_word_is_no_place_and_no_number(self, folder, words):
        before = sorted(Path().iterdir())
        result = call(*words)
        assert result.exit_code == 2
        assert "empty" in result.stderr
        assert len(result.stderr.splitlines()) == 1
        assert sorted(Path().iterdir()) == before

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
    def test_an_answer_that_cannot_be_printed_is_written(self, folder):
        words = ["compare", "tiny.toml", "-q", "-r", "1", "--jobs", "1", "--out", "out"]
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "influence_sim", *words], stdout=full, stderr=subprocess.PIPE, timeout=60
            )
        assert done.returncode == 2
        assert done.stderr == b"influence-sim: standard output: no space left on device; make room there\n"
        assert Path("out", "manifest.json").exists()

    def test_a_reader_who_leaves_does_not_lose_the_files(self, folder):
        words = ["compare", "tiny.toml", "-q", "-r", "1", "--jobs", "1", "--out", "out"]
        with subprocess.Popen(
            [sys.executable, "-m", "influence_sim", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            process.stdout.close()
            error = process.stderr.read()
        assert error == b""
        assert Path("out", "manifest.json").exists()

    def test_a_folder_in_the_way_of_a_file_is_told_before_anything_is_run(self, folder):
        Path("out", "summary.csv").mkdir(parents=True)
        line = the_line("compare", "tiny.toml", "--out", "out", "-r", 1, "--jobs", 1)
        assert str(Path("out", "summary.csv")) in line


class TestValidate:
    def test_a_valid_file_is_said_to_be_valid(self, folder):
        result = call("validate", "tiny.toml")
        assert result.exit_code == 0
        assert result.stderr == ""
        assert result.stdout == "tiny.toml: is valid: 2 companies, 5 days, a delay on day 2\n"

    def test_each_fault_has_its_line(self, folder):
        Path("faulty.toml").write_text(
            TINY.replace("days = 5", "days = 0", 1)
            .replace("60", '"many"')
            .replace("name = ", "nmae = ")
            .replace("day = 2", "day = 2\nseverity = 1.5"),
            encoding="utf-8",
        )
        result = call("validate", "faulty.toml")
        assert result.exit_code == 2
        assert result.stdout == ""
        lines = result.stderr.splitlines()
        assert all(line.startswith("faulty.toml: ") for line in lines)
        keys = {line.split()[1].rstrip(":") for line in lines}
        assert keys == {
            "days",
            "network.consumers",
            "incident.severity",
            *(f"companies.{k}.{name}" for k in (0, 1) for name in ("name", "nmae")),
        }
        assert len(lines) == len(keys)

    def test_faults_between_keys_have_their_lines_too(self, folder):
        Path("faulty.toml").write_text(
            TINY.replace('"us"', '"us"\nstrategy = "dialoge"').replace("day = 2", "day = 7")
            + "[parameters]\nvisibility = 7.0\nrepst = 0.1\n",
            encoding="utf-8",
        )
        lines = call("validate", "faulty.toml").stderr.splitlines()
        assert len(lines) == 4
        for key in ("companies.0.strategy", "incident.day", "parameters.visibility", "parameters.repst"):
            assert sum(key in line for line in lines) == 1

    def test_no_fault_hides_another(self, folder):
        """Wrong by itself, unknown, and wrong between keys that are right: all at once, each once, in order."""
        Path("faulty.toml").write_text(
            """
budget = -1
focal = "nobody"
[network]
consumers = "many"
[[companies]]
name = "a"
strategy = "brodcast"
[[companies]]
name = "b"
strategy = "x"
[incident]
day = 200
[incidnt]
[levers.x]
reply_capasity = 1
empathy = 2
apology = "much"
[[schedule.y]]
day = 3
levers = { clam = 1 }
[[schedule.z]]
day = 3
strategy = "nope"
[parameters]
need_intervall = 3
visibility = "low"
""",
            encoding="utf-8",
        )
        lines = call("validate", "faulty.toml").stderr.splitlines()
        assert [line.split()[1].rstrip(":") for line in lines] == [
            "budget",
            "focal",
            "network.consumers",
            "companies.0.strategy",
            "incident.day",
            "levers.x.reply_capasity",
            "levers.x.empathy",
            "levers.x.apology",
            "schedule.y.0.levers.clam",
            "schedule.z.0.strategy",
            "parameters.need_intervall",
            "parameters.visibility",
            "incidnt",
        ]

    def test_of_what_hangs_on_a_fault_nothing_is_said(self, folder):
        """Which days, companies and strategies there would be is not known."""
        Path("faulty.toml").write_text(
            'days = 0\nfocal = "us"\nlevers = 3\n[[companies]]\nnmae = "us"\nname = "us"\nstrategy = "mine"\n'
            '[incident]\nday = 200\ncompany = "us"\n',
            encoding="utf-8",
        )
        lines = call("validate", "faulty.toml").stderr.splitlines()
        assert [line.split()[1].rstrip(":") for line in lines] == ["days", "companies.0.nmae", "levers"]

    def test_a_horizon_cut_short_is_named(self, folder):
        line = the_line("compare", "scandal", "--days", 5)
        assert line.endswith("incident.day = 45: must be a day before the horizon (days = 5), 0..4")

    def test_every_file_is_checked_whatever_the_others_hold(self, folder):
        Path("faulty.toml").write_text("days = 0\n", encoding="utf-8")
        result = call("validate", "faulty.toml", "tiny.toml", "nowhere.toml", "quiet_year")
        assert result.exit_code == 2
        assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["tiny.toml", "quiet_year"]
        assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["faulty.toml", "nowhere.toml"]
        assert "no incident" in result.stdout

    @pytest.mark.parametrize(
        "network",
        [
            'kind = "small_world"\nconsumers = 60\nmean_degree = 5',
            'kind = "heavy_tailed"\nconsumers = 60\nmean_degree = 59',
            'kind = "stochastic_block"\nconsumers = 60\nmean_degree = 30',
            'kind = "stochastic_block"\nconsumers = 60\nblocks = 100\nmean_degree = 4',
            'kind = "file"\npath = "nowhere.txt"',
        ],
    )
    def test_what_is_valid_can_be_run(self, folder, network):
        Path("odd.toml").write_text(TINY.replace("consumers = 60\nmean_degree = 4", network), encoding="utf-8")
        valid = call("validate", "odd.toml").exit_code == 0
        runs = call("compare", "odd.toml", "-r", 1, "--jobs", 1).exit_code == 0
        assert valid == runs


@pytest.mark.parametrize(
    ("words", "piece"),
    [
        (["compare", "nowhere.toml"], "nowhere.toml"),
        (["compare", "tiny.toml", "--replicates", "0"], "replicates = 0"),
        (["compare", "tiny.toml", "--out", "friends.txt"], "friends.txt"),
    ],
)
def test_a_process_says_it_too(folder, words, piece):
    command = [sys.executable, "-m", "influence_sim", *words]
    done = subprocess.run(command, capture_output=True, timeout=60, env=os.environ | {"PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 2
    assert done.stdout == b""
    assert len(done.stderr.splitlines()) == 1
    assert piece in done.stderr.decode("utf-8")


def test_a_person_whom_nobody_knows_is_found_by_validate_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("tiny.toml").write_text(
        "days = 6\n[network]\nconsumers = 60\nmean_degree = 4\n[incident]\nhit = [60]\n", encoding="utf-8"
    )
    for command in (["validate", "tiny.toml"], ["compare", "tiny.toml", "-q", "-r", "1", "--jobs", "1"]):
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 2
        (line,) = result.stderr.splitlines()
        assert "tiny: incident.hit: there is nobody called 60" in line
