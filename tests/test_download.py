"""Downloading a place: against a server on this machine that plays Nominatim and Overpass."""

import json
import socket
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import numpy as np
import osmnx
import pytest
import shapely

from camgap.coverage.errors import AreaError, DownloadError, InputError, OutputError, SettingsError
from camgap.coverage.inputs.area import read_polygons
from camgap.coverage.inputs.download import fetch, outline_beside
from camgap.coverage.inputs.osm import read_osm

BOX = (10.0, 50.0, 10.01, 50.01)
OUTLINE = {"type": "Polygon", "coordinates": [[[10, 50], [10.01, 50], [10.01, 50.01], [10, 50]]]}
STATUS = "Connected as: 1\nCurrent time: 2024-01-01T00:00:00Z\nRate limit: 2\n\n2 slots available now.\n"


def node(number, lon, lat, **tags):
    return {"type": "node", "id": number, "lon": lon, "lat": lat} | ({"tags": tags} if tags else {})


def way(number, *nodes, **tags):
    return {"type": "way", "id": number, "nodes": list(nodes)} | ({"tags": tags} if tags else {})


TOWN = {
    "version": 0.6,
    "osm3s": {"timestamp_osm_base": "2024-05-06T07:08:09Z"},
    "elements": [  # ways before their nodes and a node twice, as Overpass may send them
        {
            "type": "relation",
            "id": 5,
            "members": [{"type": "way", "ref": 72, "role": "outer"}, {"type": "way", "ref": 73, "role": "inner"}],
            "tags": {"type": "multipolygon", "building": "yes"},
        },
        way(71, 3, 2, 1, highway="residential", name="Straße <1>"),
        way(72, 11, 12, 13, 14, 11),
        way(73, 21, 22, 23, 21),
        *(node(n, 10 + n / 1000, 50.001) for n in (3, 2, 1, 2)),
        node(11, 10.001, 50.002), node(12, 10.002, 50.002), node(13, 10.002, 50.003), node(14, 10.001, 50.003),
        node(21, 10.0012, 50.0022), node(22, 10.0016, 50.0022), node(23, 10.0016, 50.0026),
        node(31, 10.003, 50.002, man_made="surveillance", surveillance="public"),
        node(32, 10.004, 50.002, highway="street_lamp"),
    ],
}  # fmt: skip


@pytest.fixture
def server(monkeypatch):
    """Play Nominatim and Overpass; ``asked`` lists the requests, ``overpass`` and ``nominatim`` are the answers."""

    class Play(BaseHTTPRequestHandler):
        def answer(self, text, code=200):
            self.send_response(code)
            self.end_headers()
            self.wfile.write(text.encode())

        def do_GET(self):
            path, query = urlparse(self.path).path, parse_qs(urlparse(self.path).query)
            if path.endswith("/status"):
                return self.answer(STATUS)
            web.asked.append(query["q"][0])
            return self.answer(json.dumps(web.nominatim))

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            web.asked.append(parse_qs(body)["data"][0])
            return self.answer(*web.overpass)

        def log_message(self, *_):
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Play)
    web.asked = []
    web.overpass = (json.dumps(TOWN), 200)
    web.nominatim = [
        {
            "osm_id": 1, "lat": "50.0", "lon": "10.0", "importance": 0.5, "display_name": "Town",
            "boundingbox": ["50.0", "50.01", "10.0", "10.01"], "geojson": OUTLINE,
        }
    ]  # fmt: skip
    thread = threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{web.server_port}"
    monkeypatch.setattr(osmnx.settings, "overpass_url", f"{address}/api")
    monkeypatch.setattr(osmnx.settings, "nominatim_url", address)
    monkeypatch.setattr(time, "sleep", lambda _: None)  # osmnx is polite to servers that are not ours
    yield web
    web.shutdown()
    web.server_close()


def test_a_box_is_downloaded_with_its_surroundings_and_read_as_it_is_in_openstreetmap(server, tmp_path):
    out = tmp_path / "new" / "town.osm.pbf"
    assert fetch(bbox=BOX, out=out, cache=tmp_path / "cache") == out
    extract = read_osm([out])
    assert extract.ways.refs.tolist() == [3, 2, 1]
    assert extract.ways.tags == [{"highway": "residential", "name": "Straße <1>"}]
    assert extract.ways.lonlat[:, 0] == pytest.approx([10.003, 10.002, 10.001])
    assert extract.buildings.ids.tolist() == [-5]
    assert len(extract.buildings.polygons[0].interiors) == 1
    assert extract.cameras["id"].tolist() == [31]
    assert extract.poles["kind"].tolist() == ["street_lamp"]
    assert extract.bounds == pytest.approx(BOX)
    assert extract.date == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert not outline_beside(out).exists()

    (query,) = server.asked
    ring = np.array(query.split("poly:'")[1].split("'")[0].split(), dtype=float).reshape(-1, 2)  # lat lon
    assert (ring.min(axis=0), ring.max(axis=0)) == (
        pytest.approx([50.0 - 0.00449, 10.0 - 0.00699], abs=2e-5),
        pytest.approx([50.01 + 0.00449, 10.01 + 0.00699], abs=2e-5),
    )
    for key in ("highway", "building", "surveillance", "'man_made'='surveillance'", "'power'='pole'"):
        assert key in query


def test_the_second_download_asks_nobody(server, tmp_path):
    first = fetch(place="Town", out=tmp_path / "a.osm", cache=tmp_path / "cache")
    assert len(server.asked) == 2
    second = fetch(place="Town", out=tmp_path / "b.osm", cache=tmp_path / "cache")
    assert len(server.asked) == 2
    assert first.read_bytes() == second.read_bytes()
    fetch(bbox=(10.0, 50.0, 10.02, 50.01), out=tmp_path / "c.osm", cache=tmp_path / "cache")
    assert len(server.asked) == 3


def test_a_place_gives_its_outline_beside_the_file(server, tmp_path):
    out = fetch(place="Town", cache=tmp_path)
    assert out.parent == tmp_path
    assert server.asked[0] == "Town"
    outline = read_polygons(outline_beside(out))
    assert outline["name"].tolist() == ["Town"]
    assert outline.geometry[0].equals(shapely.Polygon(OUTLINE["coordinates"][0]))
    assert read_osm([out]).bounds == pytest.approx(BOX)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("town.osm.pbf", "town.area.geojson"), ("Town.OSM", "Town.area.geojson"), ("town.pbf", "town.area.geojson")],
)
def test_the_outline_is_named_after_the_file(tmp_path, name, expected):
    assert outline_beside(tmp_path / name) == tmp_path / expected


def test_what_osmnx_changes_for_itself_is_put_back(server, tmp_path):
    before = (osmnx.settings.use_cache, osmnx.settings.cache_folder, osmnx.settings.cache_only_mode, socket.getaddrinfo)
    fetch(bbox=BOX, out=tmp_path / "town.osm", cache=tmp_path / "cache")
    after = (osmnx.settings.use_cache, osmnx.settings.cache_folder, osmnx.settings.cache_only_mode, socket.getaddrinfo)
    assert before == after


def test_without_a_network_the_error_comes_at_once_and_nothing_is_written(server, tmp_path, monkeypatch):
    monkeypatch.setattr(osmnx.settings, "overpass_url", "http://127.0.0.1:9/api")
    monkeypatch.setattr(osmnx.settings, "nominatim_url", "http://127.0.0.1:9")
    for asked in ({"bbox": BOX}, {"place": "Town"}):
        with pytest.raises(
            DownloadError, match=r"no network, or (Overpass|Nominatim) did not answer .*; give --osm FILE"
        ):
            fetch(**asked, out=tmp_path / "town.osm", cache=tmp_path / "cache")
    assert list(tmp_path.rglob("*.*")) == []


def test_an_unknown_place_and_a_place_without_an_outline_are_refused(server, tmp_path):
    server.nominatim = []
    with pytest.raises(DownloadError, match=r"place 'Nowhere': not found .* give --bbox"):
        fetch(place="Nowhere", out=tmp_path / "town.osm", cache=tmp_path / "cache")
    server.nominatim = [
        {"geojson": {"type": "Point", "coordinates": [10, 50]}, "importance": 1, "boundingbox": [0, 0, 0, 0]}
    ]
    with pytest.raises(DownloadError, match="knows no outline of it"):
        fetch(place="Statue", out=tmp_path / "town.osm", cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (('{"elements": [], "remark": "runtime error: Query timed out"}', 200), "Overpass gave up on the query"),
        (("<html>rate limited</html>", 400), "did not answer as expected"),
        (("not json", 200), "did not answer as expected"),
        (('{"elements": []}', 200), "has no street there"),
    ],
)
def test_answers_that_are_no_town_leave_no_file(server, tmp_path, answer, match):
    server.overpass = answer
    out = tmp_path / "town.osm.pbf"
    with pytest.raises(DownloadError, match=match) as error:
        fetch(bbox=BOX, out=out, cache=tmp_path / "cache")
    assert "\n" not in str(error.value)
    assert not out.exists()


def test_a_damaged_answer_in_the_cache_is_named(server, tmp_path):
    fetch(bbox=BOX, out=tmp_path / "town.osm", cache=tmp_path / "cache")
    (kept,) = (tmp_path / "cache").rglob("*.json")
    kept.write_text(kept.read_text()[:100])
    with pytest.raises(DownloadError, match=r"damaged; delete it"):
        fetch(bbox=BOX, out=tmp_path / "town.osm", cache=tmp_path / "cache")


def test_impossible_requests_are_refused_before_anybody_is_asked(server, tmp_path):
    with pytest.raises(SettingsError, match="exactly one of them"):
        fetch(out=tmp_path / "town.osm")
    with pytest.raises(SettingsError, match="exactly one of them"):
        fetch(place="Town", bbox=BOX, out=tmp_path / "town.osm")
    with pytest.raises(AreaError, match="west is not less than east"):
        fetch(bbox=(10.01, 50.0, 10.0, 50.01), out=tmp_path / "town.osm", cache=tmp_path)
    with pytest.raises(DownloadError, match=r"km² are too much for one download"):
        fetch(bbox=(10.0, 50.0, 11.0, 51.0), out=tmp_path / "town.osm", cache=tmp_path)
    with pytest.raises(InputError, match="not an OpenStreetMap file by its name"):
        fetch(bbox=BOX, out=tmp_path / "town.txt", cache=tmp_path)
    assert server.asked == []


def test_a_file_that_cannot_be_written_is_said_so_and_leaves_nothing_half_done(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        fetch(bbox=BOX, out=tmp_path / "file" / "town.osm", cache=tmp_path / "cache")
    with pytest.raises(OutputError, match="cannot be kept there"):
        fetch(bbox=BOX, out=tmp_path / "town.osm", cache=tmp_path / "file")
    assert not list(tmp_path.rglob("*.part"))
