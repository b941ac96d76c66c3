"""The shape of a firestorm: peak, time to the peak, half-life and area of made-up volumes, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import isolates, make

from influence_sim.experiment.anatomy import storm_table

DAY = 24


def stormy(volume, storms, burn_in_days=0, companies=1):
    """Return the table of storms of worlds whose watch has seen ``volume``, shape (hours, rows)."""
    volume = np.asarray(volume).reshape(len(volume), -1)
    replicates = volume.shape[1] // companies
    worlds = make(isolates(3), levers=({},) * companies, replicates=replicates, burn_in_days=burn_in_days)
    worlds.watch.volume = [hour.astype(np.int32) for hour in volume]
    worlds.watch.hour = len(volume)
    worlds.watch.storms = np.array(storms, float).T
    return storm_table(worlds)


def storm(row=0, began=100, broke_out=102, ended=200, expected=0.0, reproduction=1.5, exposed=0.02):
    return [row, began, broke_out, ended, expected, reproduction, exposed]


def only(table):
    return {name: column[0] for name, column in table.items()}


def test_a_block_of_ten_hours():
    """Twelve an hour for ten hours from hour 100 on: the mean of six hours rises by 2 an hour, stays, and falls."""
    volume = np.zeros(300, int)
    volume[100:110] = 12
    found = only(stormy(volume, [storm(expected=0.5)]))
    assert found["peak"] == 12
    # The first six full hours end with hour 105; hours 107 to 112 hold half as much as hours 104 to 109.
    assert found["hours_to_peak"] == 6
    assert found["half_life"] == (112 - 105)
    assert found["hours"] == 101
    assert found["area"] == pytest.approx(120 - 0.5 * 101)
    assert found["begin"] == pytest.approx(100 / 24)
    assert (found["reproduction"], found["exposed"]) == (1.5, 0.02)


def test_an_exponential_decay_has_its_half_life():
    """Half as many every nine hours, from a single hour's outburst on: so do means of six hours, once it is past."""
    hours = np.arange(400)
    volume = np.where(hours >= 100, np.rint(1e6 * 2.0 ** (-(hours - 100) / 9)), 0)
    found = only(stormy(volume, [storm(ended=399)]))
    assert found["hours_to_peak"] == 6
    assert found["half_life"] == 9
    assert found["peak"] == pytest.approx(1e6 * np.mean(2.0 ** (-np.arange(6) / 9)), rel=1e-5)
    assert found["area"] == pytest.approx(1e6 / (1 - 2 ** (-1 / 9)), rel=1e-5)


def test_a_triangle():
    """Up by one an hour for twenty hours, down again: the worst six hours are the three on either side of the top."""
    volume = np.zeros(300, int)
    volume[100:120], volume[120:139] = np.arange(1, 21), np.arange(19, 0, -1)
    found = only(stormy(volume, [storm()]))
    assert found["peak"] == pytest.approx((17 + 18 + 19 + 20 + 19 + 18) / 6)
    assert found["hours_to_peak"] == 22
    assert found["area"] == 20**2
    half = next(end for end in range(121, 300) if volume[end - 5 : end + 1].mean() <= found["peak"] / 2)
    assert found["half_life"] == half - 121


def test_hours_before_the_burst_count_in_the_means_and_not_in_the_area():
    volume = np.zeros(300, int)
    volume[97:103] = 6
    found = only(stormy(volume, [storm(began=101)]))
    assert found["peak"] == 6
    assert found["hours_to_peak"] == 2
    assert found["area"] == 12


@pytest.mark.parametrize("hours", [105, 140])
def test_a_storm_that_still_rages_has_no_end_and_perhaps_no_half_life(hours):
    volume = np.zeros(hours, int)
    volume[100:104] = 10
    found = only(stormy(volume, [storm(ended=np.nan)]))
    assert np.isnan(found["hours"])
    assert np.isnan(found["half_life"]) == (hours == 105)
    assert found["area"] == 40


def test_of_two_peaks_the_higher_one_counts_and_of_equal_ones_the_first():
    volume = np.zeros(400, int)
    volume[100], volume[130], volume[160] = 60, 90, 90
    found = only(stormy(volume, [storm(ended=300)]))
    assert found["peak"] == 15
    assert found["hours_to_peak"] == 31
    assert found["half_life"] == 6


def test_storms_of_the_burn_in_are_left_out_and_rows_are_worlds_and_companies():
    volume = np.zeros((900, 6), int)
    volume[600:604] = np.arange(1, 7)
    storms = [storm(5, 600, 602, 700), storm(1, 478, 480, 700), storm(2, 470, 479, 700)]
    table = stormy(volume, storms, burn_in_days=20, companies=3)
    # World by world, in whatever order they broke out.
    assert table["world"].tolist() == [0, 1]
    assert table["company"].tolist() == [1, 2]
    np.testing.assert_allclose(table["begin"], [-2 / DAY, 5])
    np.testing.assert_allclose(table["peak"], [4 * 2 / 6, 4 * 6 / 6])


def test_without_storms_the_table_is_empty():
    table = stormy(np.zeros(50, int), np.empty((0, 7)))
    assert all(column.size == 0 for column in table.values())
