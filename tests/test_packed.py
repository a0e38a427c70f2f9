"""The packed layers of a map page: what goes in comes out, in few bytes."""

import base64

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon

from camgap.coverage.errors import InputError
from camgap.maps.packed import Number, Text, pack, varints, zigzag

STEP = 1e-6


def read_varints(text: str) -> list[int]:
    """Read a base64 stream the slow, obvious way."""
    values, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append(value)
            value = shift = 0
    return values


def unfold(value: int) -> int:
    return -(value + 1) // 2 if value % 2 else value // 2


def unpack(packed):
    """Return the parts of every feature, as lists of (x, y) in degrees, and the columns."""
    stream = iter(read_varints(packed["shape"]))
    parts, x, y = [], 0, 0
    for _ in range(packed["parts"]):
        part = []
        for _ in range(next(stream)):
            x, y = x + unfold(next(stream)), y + unfold(next(stream))
            part.append((x * packed["step"], y * packed["step"]))
        parts.append(part)
    assert next(stream, None) is None
    assert sum(map(len, parts)) == packed["points"]
    owner = range(packed["parts"])
    if "owner" in packed:
        owner = np.cumsum([unfold(v) for v in read_varints(packed["owner"])]).tolist()
    features = [[] for _ in range(packed["count"])]
    for feature, part in zip(owner, parts, strict=True):
        features[feature].append(part)
    columns = {}
    for name, column in packed["columns"].items():
        codes = read_varints(column["codes"])
        if "table" in column:
            columns[name] = [column["table"][code] for code in codes]
        else:
            columns[name] = [unfold(code - 1) * column["step"] if code else None for code in codes]
    return features, columns


def frame(geometry, **columns):
    return gpd.GeoDataFrame({"n": range(len(geometry)), **columns}, geometry=list(geometry), crs=4326)


places = st.tuples(st.floats(-179, 179), st.floats(-84, 84))
micro = st.integers(-10_000, 10_000)
nearby = st.lists(st.tuples(micro, micro), min_size=2, max_size=9, unique=True)


@st.composite
def lines(draw):
    x, y = draw(places)
    return LineString([(x + dx * STEP, y + dy * STEP) for dx, dy in draw(nearby)])


@given(st.lists(st.integers(0, 2**62), max_size=40))
def test_varints_hold_any_non_negative_integer(values):
    text = base64.b64encode(varints(np.array(values, dtype=np.int64))).decode()
    assert read_varints(text) == values


@given(st.lists(st.integers(-(2**61), 2**61), min_size=1))
def test_zigzag_keeps_every_integer_and_small_ones_small(values):
    folded = zigzag(np.array(values, dtype=np.int64)).tolist()
    assert [unfold(v) for v in folded] == values
    assert zigzag(np.array([0, -1, 1, -2])).tolist() == [0, 1, 2, 3]


@given(st.lists(st.lists(lines(), min_size=1, max_size=3).map(MultiLineString), min_size=1, max_size=12))
@settings(deadline=None)
def test_lines_come_out_where_they_went_in_with_their_own_columns(shapes):
    features, columns = unpack(pack(frame(shapes), "line", {"n": Number()}, STEP))
    assert sorted(columns["n"]) == list(range(len(shapes)))
    for parts, n in zip(features, columns["n"], strict=True):
        drawn = MultiLineString(parts)
        assert len(drawn.geoms) == len(shapes[int(n)].geoms)
        # half a step of rounding each way, and less than a step of simplification
        assert shapely.hausdorff_distance(drawn, shapes[int(n)]) <= 1.8 * STEP


@given(st.lists(places, min_size=1, max_size=30))
def test_points_are_off_by_at_most_half_a_step(points):
    features, columns = unpack(pack(frame([Point(p) for p in points]), "point", {"n": Number()}, STEP))
    for parts, n in zip(features, columns["n"], strict=True):
        assert parts[0][0] == pytest.approx(points[int(n)], abs=0.5001 * STEP)


def test_a_polygon_keeps_its_hole_and_runs_round_it_the_other_way():
    square, hole = (
        [(0, 0), (0, 0.01), (0.01, 0.01), (0.01, 0)],
        [(0.002, 0.002), (0.002, 0.004), (0.004, 0.004), (0.004, 0.002)],
    )
    features, _ = unpack(pack(frame([Polygon(square, [hole])]), "area", {}, STEP))
    outer, inner = features[0]
    assert len(outer) == len(inner) == 4  # closing points are left out
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(inner).is_ccw
    assert Polygon(outer, [inner]).area == pytest.approx(0.01**2 - 0.002**2, rel=1e-9)


def test_several_parts_of_a_feature_share_one_row_of_columns():
    two = MultiPolygon([shapely.box(0, 0, 0.001, 0.001), shapely.box(0.5, 0.5, 0.501, 0.501)])
    between = shapely.box(0.2, 0.2, 0.201, 0.201)
    packed = pack(frame([two, between], name=["two", "between"]), "area", {"name": Text()}, STEP)
    features, columns = unpack(packed)
    assert packed["count"] == 2
    assert packed["parts"] == 3
    assert dict(zip(columns["name"], map(len, features), strict=True)) == {"two": 2, "between": 1}


def test_a_feature_without_geometry_keeps_its_row():
    features, columns = unpack(pack(frame([None, Point(1, 1), Point()]), "point", {"n": Number()}, STEP))
    assert columns["n"] == [1, 0, 2]
    assert [len(parts) for parts in features] == [1, 0, 0]


def test_an_empty_layer_is_a_layer():
    packed = pack(frame([]), "line", {"n": Number()}, STEP)
    assert unpack(packed) == ([], {"n": []})


def test_texts_are_kept_once_and_numbers_to_their_step_and_nothing_stays_nothing():
    shapes = [Point(i * 1e-5, 0) for i in range(4)]
    layer = frame(shapes, street=["南京路", "", None, "南京路"], length=[12.34, -0.06, float("nan"), 1e7])
    packed = pack(layer, "point", {"street": Text(), "length": Number(0.1)}, STEP)
    assert packed["columns"]["street"]["table"] == ["南京路", ""]
    _, columns = unpack(packed)
    assert columns["street"] == ["南京路", "", "", "南京路"]
    assert columns["length"] == [pytest.approx(12.3), pytest.approx(-0.1), None, pytest.approx(1e7)]


def test_neighbours_on_the_ground_are_neighbours_in_the_stream():
    rng = np.random.default_rng(3)
    spots = rng.random((4000, 2))
    features, _ = unpack(pack(frame([Point(p) for p in spots]), "point", {}, STEP))
    there = np.array([parts[0][0] for parts in features])
    hops = np.hypot(*np.diff(there, axis=0).T)
    assert np.median(hops) < 0.02  # a random order would hop 0.5


@pytest.mark.parametrize(
    ("layer", "kind", "columns", "message"),
    [
        (frame([Point(0, 0)]), "point", {"rank": Number()}, "lacks the column 'rank'; it has n, geometry"),
        (frame([Point(0, 0)]), "line", {}, "row 0: a Point stands where a line is expected"),
        (frame([Point(0, 0), Point(np.inf, 0)]), "point", {}, "row 1: a coordinate is not a finite number"),
        (
            frame([Point(0, 0)], cost=["dear"]),
            "point",
            {"cost": Number()},
            "column 'cost' holds something that is not a number",
        ),
    ],
)
def test_what_cannot_be_drawn_is_named(layer, kind, columns, message):
    with pytest.raises(InputError, match=message):
        pack(layer, kind, columns, STEP)
