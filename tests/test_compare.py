"""Two runs side by side: exact lengths on the streets both have."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from camgap.coverage.errors import InputError
from camgap.coverage.intervals import Stretches
from camgap.coverage.outputs.compare import compare_runs, comparison_result, minus, read_run
from camgap.coverage.outputs.tables.compare import compare_tables
from camgap.coverage.projection import local_crs

CRS = local_crs(11.0, 48.0)


def write_run(folder, streets, seen, command="score"):
    """Write a run: streets as (osmid, name, highway, points [m]), seen as (edge, start, end)."""
    folder.mkdir()
    lines = [shapely.LineString(points) for *_, points in streets]
    length = sum(line.length for line in lines)
    covered = float(sum(end - start for _, start, end in seen))
    coverage = {"length_m": length, "covered_m": covered, "share": covered / length}
    state = {"coverage": coverage} if command == "score" else {"before": coverage, "after": coverage, "sites": [{}]}
    result = {"command": command, "cameras": {"used": 3}, "data_date": None, **state}
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    frame = gpd.GeoDataFrame(
        {
            "edge": np.arange(len(lines)), "osmid": [s[0] for s in streets], "name": [s[1] for s in streets],
            "highway": [s[2] for s in streets], "length_m": [line.length for line in lines],
        },
        geometry=lines, crs=CRS,
    ).to_crs(4326)  # fmt: skip
    frame.to_file(folder / "coverage.gpkg", layer="streets", driver="GPKG")
    parts = gpd.GeoDataFrame(
        {"edge": [e for e, *_ in seen], "start_m": [a for _, a, _ in seen], "end_m": [b for *_, b in seen]},
        geometry=[shapely.Point(0, 0)] * len(seen), crs=4326,
    )  # fmt: skip
    parts.to_file(folder / "coverage.gpkg", layer="seen", driver="GPKG")
    return folder


ELM = (1, "Elm", "primary", [(0, 0), (100, 0)])
ELM_2 = (1, "Elm", "primary", [(100, 0), (200, 0)])
OAK = (2, "Oak", "residential", [(100, 0), (100, 50)])
NEW = (3, "", "service", [(0, 0), (0, 30)])


@pytest.fixture
def runs(tmp_path):
    a = write_run(tmp_path / "a", [ELM, ELM_2, OAK], [(0, 0.0, 60.0), (2, 0.0, 50.0)])
    b = write_run(tmp_path / "b", [NEW, OAK, ELM_2, ELM], [(3, 40.0, 100.0), (2, 0.0, 10.0), (0, 0.0, 30.0)], "plan")
    return a, b


def test_lengths_by_hand_whatever_the_order_of_the_edges(runs):
    """Elm: [0, 60) then [40, 110) of its 200 m; Oak: 50 m then nothing; a service road is new."""
    result = comparison_result(compare_runs(read_run(runs[0]), read_run(runs[1])))
    common = result["common"]
    assert common["length_m"] == pytest.approx(250, abs=1e-6)
    assert (common["covered_a_m"], common["covered_b_m"]) == pytest.approx((110, 70), abs=1e-6)
    assert (common["gained_m"], common["lost_m"]) == pytest.approx((50, 90), abs=1e-6)
    assert (common["only_a_m"], common["only_b_m"]) == pytest.approx((0, 30), abs=1e-6)
    streets = {row["name"]: row for row in result["by_street"]}
    assert (streets["Elm"]["gained_m"], streets["Elm"]["lost_m"]) == pytest.approx((50, 40), abs=1e-6)
    assert (streets["Oak"]["gained_m"], streets["Oak"]["lost_m"]) == pytest.approx((0, 50), abs=1e-6)
    assert [row["name"] for row in result["by_class"]] == ["primary", "residential"]
    assert (result["a"]["covered_m"], result["b"]["sites"]) == (110, 1)


def test_gaps_that_close_and_open_are_told(tmp_path):
    """Elm's last 30 m are out of sight in the first run only, 20 m of Oak in the second only."""
    a = write_run(tmp_path / "a", [ELM, ELM_2, OAK], [(0, 40.0, 100.0), (1, 0.0, 70.0), (2, 0.0, 50.0)])
    b = write_run(tmp_path / "b", [ELM, ELM_2, OAK], [(0, 40.0, 100.0), (1, 0.0, 100.0), (2, 0.0, 30.0)])
    result = comparison_result(compare_runs(read_run(a), read_run(b)))
    (closed,), (opened,) = result["gaps_closed"], result["gaps_opened"]
    assert (closed["streets"], closed["whole"]) == (["Elm"], True)
    assert (closed["length_m"], closed["changed_m"]) == pytest.approx((30, 30), abs=1e-6)
    assert (opened["streets"], opened["length_m"]) == (["Oak"], pytest.approx(20, abs=1e-6))


def test_a_run_compared_with_itself_changes_nothing(runs):
    result = comparison_result(compare_runs(read_run(runs[0]), read_run(runs[0])))
    assert (result["common"]["gained_m"], result["common"]["lost_m"]) == (0, 0)
    assert (result["gaps_closed"], result["gaps_opened"], result["by_street"]) == ([], [], [])


def test_what_counts_differently_is_told_in_words(runs):
    result = comparison_result(compare_runs(*map(read_run, runs)))
    day = {"level": "detect", "px_per_m": 25.0, "light": "day", "moving": "guaranteed", "target_m": 1.6}
    night = day | {"level": "recognise", "px_per_m": 125.0, "light": "night"}

    def told(one, other):
        rows = compare_tables({**result, "a": result["a"] | {"counted": one}, "b": result["b"] | {"counted": other}})
        return [row[1:3] for row in rows[0].rows if row[0] == "what counts differs"]

    assert told(day, night) == [("level detect, 25 px/m, by day", "level recognise, 125 px/m, by night")]
    assert told(day, day) == []
    assert told(None, day)[0][0] == "not told"


def test_the_other_way_round_gains_are_losses(runs):
    there = compare_runs(read_run(runs[0]), read_run(runs[1]))
    back = compare_runs(read_run(runs[1]), read_run(runs[0]))
    assert (there.gained.length, there.lost.length) == pytest.approx((back.lost.length, back.gained.length))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=8), st.data())
def test_minus_is_what_a_grid_of_metres_says(rows, data):
    other = data.draw(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=8))

    def stretches(pairs):
        from camgap.coverage.intervals import union

        start = np.array([float(a) for a, _ in pairs])
        return union(start, start + np.array([float(b) for _, b in pairs]))

    def grid(s: Stretches):
        at = np.arange(60) + 0.5
        return np.array([bool(((s.start <= x) & (x < s.end)).any()) for x in at])

    found = minus(stretches(rows), stretches(other), 60.0)
    assert (grid(found) == (grid(stretches(rows)) & ~grid(stretches(other)))).all()


def test_runs_of_two_places_and_folders_that_are_no_runs_are_refused(runs, tmp_path):
    far = write_run(tmp_path / "far", [(9, "Ash", "primary", [(900, 0), (999, 0)])], [(0, 0.0, 1.0)])
    with pytest.raises(InputError, match="no street in common"):
        compare_runs(read_run(runs[0]), read_run(far))
    with pytest.raises(InputError, match="is not a run folder"):
        read_run(tmp_path)
    (runs[0] / "result.json").write_text('{"command": "compare"}', encoding="utf-8")
    with pytest.raises(InputError, match="neither a score nor a plan"):
        read_run(runs[0])


def test_a_run_of_an_older_camgap_is_refused_in_one_line(runs):
    old = gpd.GeoDataFrame({"edge": [0]}, geometry=[shapely.Point(0, 0)], crs=4326)
    old.to_file(runs[0] / "coverage.gpkg", layer="seen", driver="GPKG")
    with pytest.raises(InputError, match="layer 'seen' has no column 'start_m'; run it again"):
        read_run(runs[0])


def test_the_command_prints_tables_and_json_and_writes_a_folder_with_a_map(runs, tmp_path):
    from camgap.cli import app

    a, b = map(str, runs)
    out = tmp_path / "difference"
    shown = CliRunner().invoke(app, ["compare", a, b, "--out", str(out)])
    assert shown.exit_code == 0, shown.output
    assert "What changed" in shown.stdout
    assert "Elm" in shown.stdout
    assert {f.name for f in out.iterdir()} == {"result.json", "changes.gpkg", "map.html", "manifest.json"}
    printed = json.loads(CliRunner().invoke(app, ["compare", a, b, "--json"]).stdout)
    assert printed == json.loads((out / "result.json").read_text(encoding="utf-8"))
    lost = gpd.read_file(out / "changes.gpkg", layer="lost")
    assert lost.to_crs(CRS).length.sum() == pytest.approx(90, abs=1e-3)
