"""Polygon files and the study area."""

import json
import logging

import geopandas as gpd
import pytest
import shapely

from camgap.coverage.errors import AreaError
from camgap.coverage.inputs.area import read_polygons, study_area
from camgap.coverage.inputs.osm import read_osm

ROAD = {"highway": "residential"}
NODES = {1: (11.50, 48.10), 2: (11.52, 48.10), 3: (11.52, 48.12), 4: (11.90, 48.50)}
WAYS = {7: ([1, 2, 3], ROAD), 8: ([3, 4, 99], ROAD)}  # the second lost a node
BOUNDS = '<bounds minlon="11.4" minlat="48.0" maxlon="11.6" maxlat="48.2"/>'


@pytest.fixture
def extract(write_osm):
    return read_osm([write_osm(NODES, WAYS)])


def geojson(tmp_path, *rings, name="area.geojson"):
    features = [
        {"type": "Feature", "properties": {"name": f"part {i}"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for i, ring in enumerate(rings)
    ]
    path = tmp_path / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def ring(west, south, east, north):
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def test_the_area_file_wins_over_the_box_and_the_box_over_declared_bounds(write_osm, tmp_path):
    extract = read_osm([write_osm(NODES, WAYS, head=BOUNDS)])
    path = geojson(tmp_path, ring(11.5, 48.1, 11.51, 48.11), ring(11.51, 48.1, 11.52, 48.11))
    box = (11.45, 48.05, 11.55, 48.15)
    from_file = study_area(extract, path, box)
    assert from_file.polygon.equals(shapely.box(11.5, 48.1, 11.52, 48.11))
    assert from_file.source == "polygon file area.geojson"
    from_box = study_area(extract, None, box)
    assert from_box.polygon.equals(shapely.box(*box))
    assert from_box.source == "given bounding box 11.45,48.05,11.55,48.15"
    declared = study_area(extract)
    assert declared.polygon.equals(shapely.box(11.4, 48.0, 11.6, 48.2))
    assert declared.source == "bounds declared in the OSM file"


def test_without_anything_the_hull_of_whole_ways_is_the_area(extract):
    area = study_area(extract)
    assert area.polygon.equals(shapely.Polygon([(11.50, 48.10), (11.52, 48.10), (11.52, 48.12)]))
    assert area.source == "convex hull of the streets that are complete in the OSM file"


def test_a_single_straight_street_without_an_area_is_refused(write_osm):
    with pytest.raises(AreaError, match="enclose no area; give a study area"):
        study_area(read_osm([write_osm(NODES, {7: ([1, 2], ROAD)})]))


@pytest.mark.parametrize("to", [(11.00269, 48.0), (11.0, 48.0018)])
def test_a_street_due_east_or_north_does_not_cut_its_own_area(write_osm, to):
    path = write_osm({1: (11.0, 48.0), 2: to}, {10: ([1, 2], {"highway": "residential"})})
    box = (10.99, 47.99, 11.01, 48.01)
    assert study_area(read_osm([path]), bbox=box).polygon.equals(shapely.box(*box))


def test_bounds_of_the_whole_planet_are_cut_back_to_the_surroundings_of_the_data(write_osm):
    head = '<bounds minlon="-180" minlat="-90" maxlon="180" maxlat="90"/>'
    west, south, east, north = study_area(read_osm([write_osm(NODES, WAYS, head=head)])).polygon.bounds
    assert (west, south, east, north) == pytest.approx((11.40, 48.00, 12.00, 48.60))


@pytest.mark.parametrize(
    ("box", "match"),
    [
        ((11.6, 48.0, 11.4, 48.2), "west is not less than east"),
        ((11.4, 48.2, 11.6, 48.0), "south is not less than north"),
        ((11.4, 48.0, 11.4, 48.2), "west is not less than east"),
        ((11.4, 48.0, 190.0, 48.2), "longitudes lie in -180..180"),
        ((11.4, -91.0, 11.6, 48.2), "latitudes in -90..90"),
        ((11.4, float("nan"), 11.6, 48.2), "not four finite numbers"),
        ((48.0, 11.4, 48.2, 11.6), "longitude and latitude seem to be swapped"),
    ],
)
def test_a_box_that_makes_no_sense_is_refused(extract, box, match):
    with pytest.raises(AreaError, match=match):
        study_area(extract, None, box)


def test_a_polygon_file_with_swapped_axes_is_recognised(extract, tmp_path):
    path = geojson(tmp_path, ring(48.0, 11.4, 48.2, 11.6))
    with pytest.raises(AreaError, match="swapped"):
        study_area(extract, path)


def test_a_self_crossing_polygon_is_refused_with_the_place_of_the_crossing(tmp_path):
    path = geojson(tmp_path, ring(0, 0, 1, 1), [[11.0, 48.0], [11.2, 48.2], [11.2, 48.0], [11.0, 48.2], [11.0, 48.0]])
    with pytest.raises(
        AreaError, match=r"area\.geojson, feature 2: .*self-intersection at 11\.1, 48\.1; redraw it or mend it"
    ):
        read_polygons(path)


def test_other_coordinate_systems_are_turned_into_longitude_and_latitude(tmp_path):
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(11.5, 48.1, 11.6, 48.2)], crs=4326)
    path = tmp_path / "area.gpkg"
    frame.to_crs(25832).to_file(path)
    read = read_polygons(path)
    assert read.crs == "EPSG:4326"
    assert read["name"].tolist() == ["a"]
    assert read.geometry[0].bounds == pytest.approx((11.5, 48.1, 11.6, 48.2), abs=1e-9)


def test_metres_without_a_coordinate_system_are_refused(tmp_path):
    path = geojson(tmp_path, ring(690000, 5330000, 691000, 5331000))
    with pytest.raises(AreaError, match=r"no longitude, latitude; export the file as WGS 84"):
        read_polygons(path)


def test_features_that_are_no_polygons_are_left_out_with_a_word(tmp_path, caplog):
    path = geojson(tmp_path, ring(0, 0, 1, 1))
    collection = json.loads(path.read_text())
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [0, 0]}}
    collection["features"].insert(0, point)
    path.write_text(json.dumps(collection))
    with caplog.at_level(logging.WARNING):
        assert len(read_polygons(path)) == 1
    assert "1 features are no polygons" in caplog.text
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [point]}))
    with pytest.raises(AreaError, match="no polygon in it, but Point"):
        read_polygons(path)


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("gone.geojson", None, "no such file"),
        ("empty.geojson", "", "cannot be read as a polygon file"),
        ("text.geojson", "hello", "cannot be read as a polygon file"),
        ("nothing.geojson", '{"type":"FeatureCollection","features":[]}', "no polygon in it"),
        ("table.csv", "a,b\n1,2\n", "a table without geometry"),
        (
            "words.geojson",
            json.dumps({"type": "Polygon", "coordinates": [[["a", "b"], ["c", "d"], ["e", "f"]]]}),
            "words",
        ),
    ],
)
def test_files_that_hold_no_polygons_are_refused_in_one_line(tmp_path, name, text, match):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(AreaError, match=match) as error:
        read_polygons(path)
    assert "\n" not in str(error.value)


def test_a_polygon_without_area_is_refused(tmp_path):
    path = geojson(tmp_path, [[0, 0], [1, 1], [0, 0], [0, 0]])
    with pytest.raises(AreaError, match=r"feature 1: (has no area|is not a proper polygon)"):
        read_polygons(path)


def test_monaco_declares_its_bounds_so_that_ways_far_outside_do_not_stretch_the_area(real_data):
    extract = read_osm([real_data("monaco.osm.pbf")])
    area = study_area(extract)
    assert area.polygon.bounds == pytest.approx((7.409205, 43.72335, 7.448637, 43.75169))
    assert extract.ways.lonlat[:, 0].min() < 7.409205  # streets do run out of it


def test_a_ring_that_does_not_close_is_refused_in_one_line(tmp_path):
    path = tmp_path / "area.geojson"
    ring = "[[1,1],[2,1],[2,2],[1.5,2.5]]"
    path.write_text(f'{{"type":"Polygon","coordinates":[{ring}]}}', encoding="utf-8")
    with pytest.raises(AreaError, match="closed") as raised:
        read_polygons(path)
    assert "\n" not in str(raised.value)
