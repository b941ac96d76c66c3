"""A claim's file says all of it, and what is wrong with one is said in a line."""

import re
from pathlib import Path

import pytest
from small_claims import ANSWERED, write

import influence_sim as ins
from influence_sim.claims.claim import read_claim, read_claims, shipped_claims
from influence_sim.claims.conditions import mapped

CLAIMS = read_claims(shipped_claims())

ESSAYS = {
    1: "000 001 004", 2: "000", 3: "004", 4: "000", 5: "000", 6: "000", 7: "000", 8: "000", 9: "000", 10: "000 001",
    11: "001", 12: "001", 13: "001", 14: "001", 15: "002", 16: "002", 17: "002", 18: "002", 19: "002", 20: "002",
    21: "002 comments", 22: "002 comments", 23: "002 comments", 24: "002 comments", 25: "002 comments", 26: "003",
    27: "003", 28: "003", 29: "003", 30: "004", 31: "004", 32: "004", 33: "004", 34: "004", 35: "004",
}  # fmt: skip


def test_all_claims_of_the_essays_are_there():
    cited = {claim.number: re.findall(r"00\d(?: comments)?", " ".join(claim.essays)) for claim in CLAIMS}
    wanted = {n: re.findall(r"00\d(?: comments)?", essays) for n, essays in ESSAYS.items()}
    assert cited == wanted


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.scenario.name)
def test_a_claim_says_what_decides_it(claim):
    assert all(claim.says for claim in CLAIMS)
    assert 4 <= len(mapped(claim)) <= 25
    assert any(part.expected == "more" for part in claim.parts), "where nothing happens it would hold"
    # At the defaults, not at values that were chosen for the claim.
    assert claim.scenario.parameters == {}
    assert claim.scenario.costs == ins.Scenario().costs


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.scenario.name)
def test_rivals_do_what_the_catalogue_says(claim):
    # Levers that a claim sets, and its map, are those of the focal company alone.
    changed = {*claim.scenario.levers, *(key.split(".")[1] for key in claim.map if key.startswith("levers."))}
    assert not changed & {company.strategy for company in claim.scenario.companies}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parts": [ANSWERED | {"measure": "luck"}]}, "claim.parts.0.measure = 'luck': there is no measure 'luck'"),
        ({"parts": [ANSWERED | {"more": "anwsers"}]}, "there is no strategy 'anwsers': did you mean answers?"),
        ({"parts": [ANSWERED | {"is": "less"}]}, "claim.parts.0.is = 'less': must be"),
        ({"parts": [ANSWERED | {"times": -1.0}]}, "claim.parts.0.times = -1.0: must be a number more than 0"),
        ({"control": '"parameters.reply_trus" = 0.0'}, "there is no such constant; did you mean reply_trust?"),
        ({"sides": '[claim.sides.late]\nstrategy = "silent"\ndays = [5, 5]\n'}, "must be two days, the earlier first"),
        (
            {
                "sides": '[claim.sides.late]\nstrategy = "silent"\ndays = [5, 50]\n',
                "parts": [ANSWERED | {"less": "late"}],
            },
            "days = [5, 50]: must end within the 12 days",
        ),
        ({"extra": '"parameters.bystander" = [0.1, 7.0]\n'}, "parameters.bystander = 7.0 is out of range"),
        ({"extra": "\n[claim.mop]\n"}, "claim.mop: there is no such key; did you mean map?"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_with_its_place(tmp_path: Path, changes, said):
    file = write(tmp_path, 1, *changes.pop("parts", ()), **changes)
    with pytest.raises(ins.ScenarioError) as caught:
        read_claim(file)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_a_scenario_is_no_claim_and_numbers_differ(tmp_path: Path):
    scenario = tmp_path / "plain.toml"
    scenario.write_text("days = 10\n", encoding="utf-8")
    with pytest.raises(ins.ScenarioError, match="has no table"):
        read_claim(scenario)
    scenario.unlink()
    with pytest.raises(ins.ScenarioError, match="holds no claim"):
        read_claims(tmp_path)
    write(tmp_path, 1)
    (tmp_path / "again.toml").write_bytes((tmp_path / "01.toml").read_bytes())
    with pytest.raises(ins.ScenarioError, match=r"claim 1 stands in 01\.toml, too"):
        read_claims(tmp_path)
