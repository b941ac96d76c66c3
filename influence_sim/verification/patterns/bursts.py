"""Bursts after news and after a delay, all judged by extremes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from influence_sim.verification.findings import Finding, Ground, Size
from influence_sim.verification.patterns.bands import extremes, mean
from influence_sim.verification.patterns.data import Burst, airline_bursts, burst, news_bursts, present_folder
from influence_sim.verification.patterns.worlds import complaint_after

# People and worlds after an incident: of 16,000, as many complain of a delay in an hour as of an airline in the data.
AFTER_NEWS = {Size.SMALL: (8_000, 6), Size.FULL: (8_000, 48)}
AFTER_DELAY = {Size.SMALL: (16_000, 5), Size.FULL: (16_000, 48)}

NEWS = {"kind": "scandal", "duration_days": 1}
"""News of one moment, as in the data; what else there is to say is as usual for a scandal."""
DELAY = {"kind": "delay"}

NEWS_DATA = "Higgs boson: De Domenico et al. 2013; searches for Ben & Jerry's: Google Trends 2020"
AIRLINE_DATA = "complaints about five airlines, February 2015: CrowdFlower"
HOURLY_DATA = "Higgs boson: De Domenico et al. 2013; five airlines: CrowdFlower 2015"

TOLD_EVENLY = "people speak within hours and stop at night; here an experience is told at any hour of the next 24 alike"


def news_burst(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare what is said after news of one moment with real bursts."""
    ours, real = _bursts(NEWS, *AFTER_NEWS[size], parameters), news_bursts(present_folder()).values()
    yield _above_half("after news", ours)
    yield _burst("after news: the day after, over the worst 24 hours", "after", real, ours, NEWS_DATA)
    yield _burst("after news: five days around the peak, over the worst 24 hours", "area", real, ours, NEWS_DATA)


def complaint_burst(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare complaints after a delay with those about airlines in winter storms."""
    ours, real = _bursts(DELAY, *AFTER_DELAY[size], parameters), airline_bursts(present_folder()).values()
    yield _above_half("after a delay", ours)
    yield _burst("after a delay: the day after, over the worst 24 hours", "after", real, ours, AIRLINE_DATA)


def _bursts(incident: Mapping[str, object], people: int, worlds: int, parameters: Mapping[str, float]) -> list[Burst]:
    return [burst(volume) for volume in complaint_after(incident, people, worlds, parameters)]


def _above_half(what: str, ours: list[Burst]) -> Finding:
    real = [*news_bursts(present_folder()).values(), *airline_bursts(present_folder()).values()]
    return _burst(f"{what}: hours above half of the peak", "above_half", real, ours, HOURLY_DATA, TOLD_EVENLY)


def _burst(
    what: str, name: str, real: Iterable[Burst], ours: list[Burst], source: str, known_miss: str = ""
) -> Finding:
    band = extremes(getattr(one, name) for one in real)
    got = mean([getattr(one, name) for one in ours])
    return Finding(what, *band, *got, ground=Ground.VALIDATED, source=source, known_miss=known_miss)
