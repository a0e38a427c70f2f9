"""Whole runs on real extracts: what came in is accounted for, and plans keep their promises."""

import math

import numpy as np
import pytest

import camgap
from camgap.config.project import load_settings
from camgap.coverage.study import Study, check_study

TOWNS = (
    "berlin-unter-den-linden.osm.gz", "monaco.osm.pbf", "munich-centre.osm.pbf", "copenhagen.osm.pbf",
    "baltimore-southeast.osm.pbf", "baltimore-county-northwest.osm.pbf", "nanjing-xinjiekou.osm",
    "zurich-main-roads.osm.bz2",
)  # fmt: skip
LISTS = {
    "baltimore-southeast.osm.pbf": "baltimore-cctv-2014.csv",
    "zurich-main-roads.osm.bz2": "switzerland-osm-surveillance-2023.json",
}


@pytest.fixture(scope="module", params=TOWNS)
def study(request, real_data) -> Study:
    cameras = LISTS.get(request.param)
    return camgap.load(osm=real_data(request.param), cameras=real_data(cameras) if cameras else "osm", sites=15)


def test_every_metre_of_street_is_used_or_set_aside(study):
    account = study.streets
    assert account.used_m == pytest.approx(study.network.length, abs=1e-6)
    assert account.used_m + sum(account.set_aside.values()) == pytest.approx(account.read_m, rel=1e-9)
    assert min(account.set_aside.values(), default=0) >= 0


def test_every_camera_and_building_is_used_or_set_aside(study):
    account = study.inventory.account
    assert account.read == account.used + sum(account.set_aside.values())
    assert account.used == len(study.inventory)
    assert account.read == sum(c.read for c in study.lists)
    buildings = study.buildings
    assert buildings.read == len(np.unique(buildings.ids)) + sum(buildings.set_aside.values())


def test_no_camera_in_use_stands_in_or_on_a_building(study):
    mounts = study.inventory.cameras[["x", "y"]].to_numpy(float)
    if len(mounts):
        assert not study.buildings.reach(mounts, 0.09).any()


def test_covered_and_gaps_make_up_the_network(study):
    report = camgap.score(study)
    gaps = sum(g.length_m for g in report.gaps.listed) + report.gaps.short_m
    assert gaps + report.covered_m == pytest.approx(report.length_m, abs=1e-5)
    assert sum(report.depth_m.values()) == pytest.approx(report.covered_m, abs=1e-5)
    assert report.by_class["covered_m"].sum() == pytest.approx(report.covered_m, abs=1e-5)
    assert report.covered_m <= report.covered_ignoring_buildings_m + 1e-6


def test_a_plan_measures_what_it_promises_within_its_bound(study):
    plan = camgap.plan(study)
    assert len(plan.sites) == 15
    assert plan.gain_m == pytest.approx(sum(s.gain_m for s in plan.sites), abs=1e-5)
    assert plan.gain_m <= plan.upper_bound_gain_m
    assert 0 <= plan.gap < 1
    gains = [s.gain_m for s in plan.sites]
    assert math.isclose(plan.sites[-1].cumulative_share, plan.after.share, abs_tol=1e-9)
    assert all(g > 0 for g in gains)


ROWS = {
    "baltimore-cctv-2014.csv": 614,
    "trafford-cctv-2021.csv": 99,
    "seongnam-cctv-2018.csv": 1564,
    "switzerland-osm-surveillance-2023.json": 2144,
}


@pytest.mark.parametrize(("name", "read"), ROWS.items())
def test_every_row_of_a_real_camera_list_is_accounted_for(real_data, name, read):
    check = check_study(load_settings(cameras=str(real_data(name))))
    (cameras,) = check.lists
    assert cameras.read == read
    assert len(cameras) + len(cameras.rows_set_aside) == read
