"""What is published is what was found: three claims are run again, and controls of all are looked at."""

import json
import re
from pathlib import Path

import pytest

from influence_sim.claims.claim import read_claims, shipped_claims
from influence_sim.claims.results import RESULTS_FILE, as_json
from influence_sim.claims.run import FULL, Effort, put_to_the_test
from influence_sim.report.claims import headline, page, picture_name

ROOT = Path(__file__).parents[2]
CLAIMS = {claim.number: claim for claim in read_claims(shipped_claims())}
PUBLISHED = json.loads((ROOT / "experiments" / "claims" / RESULTS_FILE).read_text(encoding="utf-8"))
OF = {claim["claim"]: claim for claim in PUBLISHED["claims"]}
AT_DEFAULTS = Effort(FULL.replicates, FULL.checks, 0, 0, 0)
CHEAP = (5, 17, 29)

NUMBERS = pytest.mark.parametrize("number", OF)


def test_all_claims_are_published_with_how_they_were_found():
    assert list(OF) == list(CLAIMS)
    assert {**PUBLISHED["effort"]} == {name: getattr(FULL, name) for name in FULL.__slots__}
    assert sum(PUBLISHED["summary"].values()) == len(OF)


@NUMBERS
def test_a_verdict_is_published_of_what_the_file_asks(number):
    claim, found = CLAIMS[number], OF[number]
    assert re.fullmatch(r"holds|fails|depends on .+|not separable at this precision", found["verdict"])
    assert (found["says"], found["experiment"], found["essays"]) == (claim.says, claim.test, claim.essays)
    assert [part["measure"] for part in found["parts"]] == [part.measure for part in claim.parts]
    assert found["map"]["keys"] == list(claim.map)
    assert found["share"]["points"] >= 190


@NUMBERS
def test_without_its_mechanism_nothing_is_left_of_a_claim(number):
    # Deleting what nobody notices hides it, so a difference may turn; as claimed it must not be.
    for part, known in zip(OF[number]["parts"], CLAIMS[number].parts, strict=True):
        left = part["without_mechanism"]
        if known.expected == "more" and left["difference"] is not None:
            assert left["difference"] < part["counts"] or left["low"] <= 0, part["claimed"]
    assert OF[number]["without_mechanism"] != "as claimed"


@NUMBERS
def test_where_nothing_happens_no_claim_holds(number):
    assert OF[number]["where_nothing_happens"] != "as claimed"


@pytest.fixture(scope="module")
def again():
    return put_to_the_test([CLAIMS[number] for number in CHEAP], AT_DEFAULTS)


@pytest.mark.slow
def test_three_claims_come_out_again_as_they_were_published(again):
    for found in as_json(again)["claims"]:
        published = OF[found["claim"]]
        assert found["parts"] == published["parts"]


@pytest.mark.slow
@pytest.mark.parametrize("number", CHEAP)
def test_with_sides_exchanged_a_verdict_is_exchanged(number, again):
    claim = CLAIMS[number]
    parts = [part.model_copy(update={"more": part.less, "less": part.more}) for part in claim.parts]
    turned = put_to_the_test([claim.model_copy(update={"parts": parts})], AT_DEFAULTS).found[0]
    found = next(one for one in again.found if one.claim is claim)
    for one, other in zip(found.effects, turned.effects, strict=True):
        assert one.difference.mean == -other.difference.mean
        assert not (one.holds and other.holds)
    if found.here == "as claimed":
        assert turned.here == "not as claimed"


def test_the_page_is_what_was_found():
    docs = ROOT / "docs"
    assert (docs / "claims.md").read_text(encoding="utf-8") == page(PUBLISHED)
    assert all((docs / picture_name(claim)).is_file() for claim in PUBLISHED["claims"])


def test_the_readme_says_how_many_hold_and_fail():
    assert headline(PUBLISHED) in " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
