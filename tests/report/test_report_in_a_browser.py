"""A report opened in a real browser that is cut off from every network, on the screen and on paper.

With INFLUENCE_SIM_SCREENSHOTS=docs the pictures of docs/reports.md are taken anew (of the main job, not a small one).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from chromium import browser_page

import influence_sim as ins

SCREENSHOTS = os.environ.get("INFLUENCE_SIM_SCREENSHOTS")
SHOWN = ("over-time", "differences-in-the-same-worlds", "the-biggest-firestorm", "where-the-network-burned")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    if SCREENSHOTS:
        return ins.write_report(ins.compare("shipping_delay", jobs=2), tmp_path_factory.mktemp("report"))[0]
    values = {"days": 20, "incident.day": 5, "burn_in_days": 20, "incident.severity": 0.9, "network.consumers": 800}
    scenario = ins.Scenario.load("shipping_delay").with_values(values)
    result = ins.compare(scenario, ["broadcast", "dialogue"], replicates=3)
    return ins.write_report(result, tmp_path_factory.mktemp("report"))[0]


@pytest.mark.slow
def test_it_opens_offline_whole_and_without_a_complaint(report):
    with browser_page(offline=True, viewport={"width": 1280, "height": 900}) as page:
        page.goto(report.as_uri())
        assert [one for one in page.requests if not one.startswith("data:")] == [report.as_uri()]
        assert page.complaints == []
        shown = page.eval_on_selector_all("img", "all => all.map(one => [one.naturalWidth, one.alt.length])")
        assert len(shown) == 7
        assert all(width > 300 and words > 60 for width, words in shown)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
        page.click("nav a:has-text('Who went where')")
        assert page.url.endswith("#who-went-where")
    if SCREENSHOTS:
        shoot(report)


def shoot(report):
    """Take the pictures of the docs anew."""
    target = Path(SCREENSHOTS) / "reports"
    target.mkdir(exist_ok=True)
    with browser_page(offline=True, viewport={"width": 1000, "height": 700}) as page:
        page.goto(report.as_uri())
        page.screenshot(path=target / "top.png")
        for name in SHOWN:
            page.locator(f"#{name}").screenshot(path=target / f"{name}.png")


@pytest.mark.slow
def test_it_fits_a_telephone(report):
    with browser_page(offline=True, viewport={"width": 390, "height": 800}) as page:
        page.goto(report.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.slow
def test_on_paper_what_was_folded_is_open(report):
    with browser_page(offline=True) as page:
        page.goto(report.as_uri())
        assert not page.locator("details").first.evaluate("one => one.open")
        paper = page.pdf(format="A4")
        assert paper.startswith(b"%PDF")
        assert page.locator("details").first.evaluate("one => one.open")
        page.emulate_media(media="print")
        assert not page.locator("nav").is_visible()
