"""The score of the whole demo town against a slow, obvious count: points on streets, rays as shapely lines."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import shapely

import camgap

STEP = 4.0  # [m] between sample points


@pytest.fixture(scope="module")
def study():
    return camgap.load(Path(str(files("camgap.config").joinpath("demo", "camgap.toml"))))


@pytest.fixture(scope="module")
def counted(study):
    """Return, per sample point on the streets, how many cameras see it, and the points' edges."""
    network, views = study.network, study.views
    at = np.arange(STEP / 2, network.length, STEP)
    points = network.points_at(at)
    tree = shapely.STRtree(shapely.points(points))
    view, point = tree.query(shapely.buffer(shapely.points(views.xy), views.far * 1.01), predicate="intersects")
    away = points[point] - views.xy[view]
    distance = np.hypot(*away.T)
    bearing = np.degrees(np.arctan2(away[:, 0], away[:, 1]))
    off_axis = np.abs((bearing - views.azimuth[view] + 180) % 360 - 180)
    in_sector = (distance <= views.far[view]) & (distance >= views.near[view]) & (off_axis <= views.hfov[view] / 2)
    turn, down = np.radians(bearing - views.azimuth[view]), np.radians(views.tilt[view])
    ahead, right, drop = distance * np.cos(turn), distance * np.sin(turn), views.drop[view]
    depth, up = ahead * np.cos(down) + drop * np.sin(down), ahead * np.sin(down) - drop * np.cos(down)
    in_picture = (depth <= views.depth[view]) & (np.abs(right) <= depth * np.tan(np.radians(views.hfov[view] / 2)))
    in_picture &= np.abs(up) <= depth * np.tan(np.radians(views.vfov[view] / 2))
    pictured = np.where(views.is_frame[view], in_picture, in_sector)
    view, point = view[pictured], point[pictured]
    rays = shapely.linestrings(np.stack([views.xy[view], points[point]], axis=1))
    solid = shapely.buffer(study.buildings.footprints, -1e-6)  # a ray may touch a wall, not enter
    ray, _ = shapely.STRtree(solid).query(rays, predicate="intersects")
    clear = np.ones(len(rays), dtype=bool)
    clear[ray] = False
    pairs = np.unique(np.column_stack([views.camera[view[clear]], point[clear]]), axis=0)
    return np.bincount(pairs[:, 1], minlength=len(points)), network.edge_at(at)


def test_the_covered_share_is_what_sampling_finds(study, counted):
    report = camgap.score(study)
    seen = counted[0] > 0
    assert report.share == pytest.approx(seen.mean(), abs=0.004)


def test_overlap_and_classes_are_what_sampling_finds(study, counted):
    report = camgap.score(study)
    depth, edge = counted
    for name, count in (("1", 1), ("2", 2)):
        assert report.depth_m[name] / report.length_m == pytest.approx((depth == count).mean(), abs=0.004)
    highway = study.network.edges["highway"].to_numpy()[edge]
    for row in report.by_class.itertuples():
        own = highway == row.name
        assert row.share == pytest.approx((depth[own] > 0).mean(), abs=0.03)


def test_per_camera_lengths_are_what_sampling_finds(study, counted):
    report = camgap.score(study)
    only = report.cameras["only_m"].sum()
    assert only == pytest.approx((counted[0] == 1).sum() * STEP, rel=0.01)
    assert (report.cameras["only_m"] <= report.cameras["seen_m"] + 1e-6).all()
