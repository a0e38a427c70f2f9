"""The quality report: what it finds, that its bands are true, and that its page is safe."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import camgap
from camgap.cli import app
from camgap.coverage.errors import OutputError
from camgap.coverage.inputs.inventory import read_cameras
from camgap.coverage.intervals import union
from camgap.coverage.outputs.quality_report import page_text, quality_tables
from camgap.coverage.quality.doubt import AT_THE_MOUNT, Doubt, field_costs
from camgap.coverage.quality.report import assess
from camgap.coverage.scoring.draws import FIELDS

EAST = 1 / 111_320  # a metre in degrees, where the equator is
HEADER = "device_id,name,lon,lat,type,azimuth,hfov,range,near,height,status,tilt"


@pytest.fixture
def street(tmp_path, write_osm):
    """Return a function from rows to a study: a straight street of 400 m along the equator, no buildings."""
    ends = {1: (10.0, 0.0), 2: (10 + 400 * EAST, 0.0), 3: (10.0, 300 * EAST), 4: (10.0, -300 * EAST)}
    footway = [3, 4]  # counts as no street, gives the town its width
    osm = write_osm(ends, {1: ([1, 2], {"highway": "residential"}), 2: (footway, {"highway": "footway"})})

    def load(*rows: str, **settings):
        cameras = tmp_path / "cameras.csv"
        cameras.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        return camgap.load(osm=osm, cameras=str(cameras), **settings)

    load.osm = osm
    load.cameras = tmp_path / "cameras.csv"
    return load


def row(
    name, metres=200.0, azimuth="", hfov="", reach="", near="", height="", status="", kind="fixed", title="", tilt=""
):
    return f"{name},{title},{10 + metres * EAST!r},0.0,{kind},{azimuth},{hfov},{reach},{near},{height},{status},{tilt}"


FULL = {"azimuth": "90", "hfov": "60", "reach": "50", "near": "0", "height": "5", "status": "working"}


def test_a_camera_that_says_everything_has_no_band(street):
    study = street(row("A", **FULL), level="detect")
    for cost in field_costs(study, draws=20):
        assert (cost.low_m, cost.high_m) == pytest.approx((cost.covered_m, cost.covered_m))
        assert cost.covered_m == pytest.approx(50, abs=0.1)
        assert cost.cameras == (1 if cost.field == "light" else 0)  # nobody states how far a camera's own light reaches
    assert Doubt(study, 20).marginal_widths() == pytest.approx([0.0], abs=1e-9)


@pytest.mark.parametrize(("rules", "p"), [({}, 0.95 * 0.95), ({"unknown": 0.4}, 0.4 * 0.95)])
def test_an_unknown_status_is_all_or_nothing_by_the_rules_of_upkeep(street, rules, p):
    over = {f"upkeep.online.{word}": chance for word, chance in rules.items()}
    doubt = Doubt(street(row("A", **FULL | {"status": ""}), **over), draws=400)
    lengths = doubt.lengths(("status",))
    seen = lengths > 0
    assert lengths[seen] == pytest.approx(50, abs=0.1)
    assert seen.mean() == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 400))


def test_bands_and_upkeep_say_the_same_of_a_camera_of_unknown_status(street):
    study = street(row("A", 50, **FULL | {"status": ""}), row("B", 250, **FULL), draws=600)
    own = study.settings.model_copy(update={"upkeep": study.settings.upkeep.model_copy(update={"cameras": {"A": 0.3}})})
    study = replace(study, settings=own)
    day = camgap.score(study).bands.day_m
    assert (day > 75).mean() == pytest.approx(study.upkeep.cameras["p"][0], abs=4 * np.sqrt(0.3 * 0.7 / 600))
    assert (day > 49).all(), "a camera that is said to work is taken to work in every draw"


def test_an_unknown_azimuth_sees_the_street_as_often_as_its_field_of_view_is_wide(street):
    doubt = Doubt(street(row("A", **FULL | {"azimuth": ""})), draws=600)
    lengths = doubt.lengths(("azimuth",))
    share = 2 * 60 / 360  # one of the two ends of the street lies within 60°
    assert (lengths > 1).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 600))
    assert lengths.max() == pytest.approx(50, abs=0.1)


def test_an_unknown_range_is_drawn_between_its_limits(street):
    doubt = Doubt(street(row("A", **FULL | {"reach": "", "hfov": "78"})), draws=400)
    cost = doubt.cost("range")
    widths = (cost.low_m, cost.high_m)
    near = 0.0  # stated
    depths = [(1920 + share * 1920) / (50 * np.tan(np.radians(39))) for share in (0.05, 0.95)]
    drop, down = 5 - 1.6, np.radians(15)
    assert widths == pytest.approx([(d - drop * np.sin(down)) / np.cos(down) - 4.12 + near for d in depths], rel=0.04)


def test_equal_seeds_give_equal_bands(street):
    study = street(row("A"), row("B", 230))
    assert field_costs(study, draws=30) == field_costs(study, draws=30)
    other = street(row("A"), row("B", 230), seed=1)
    assert not np.array_equal(Doubt(study, 30).lengths(("azimuth",)), Doubt(other, 30).lengths(("azimuth",)))


def test_what_a_camera_adds_is_the_union_with_it_less_the_union_without(street):
    study = street(row("A", 150), row("B", 180, azimuth="90"), row("C", 260, kind="ptz"), row("D", 150))
    doubt = Doubt(study, draws=40)
    adds = np.zeros((40, 4))
    for k in range(40):
        drawn = doubt.draw(AT_THE_MOUNT, k)
        for i in range(4):
            others, own = doubt.base.owner != i, drawn.owner == i
            without = union(doubt.base.start[others], doubt.base.end[others]).length
            start = np.concatenate([doubt.base.start[others], drawn.start[own]])
            adds[k, i] = union(start, np.concatenate([doubt.base.end[others], drawn.end[own]])).length - without
    low, high = np.quantile(adds, (0.05, 0.95), axis=0)
    assert doubt.marginal_widths() == pytest.approx(high - low, abs=1e-6)
    assert (high - low).max() > 10


def test_the_draws_start_from_the_score(street):
    study = street(row("A"), row("B", 230, azimuth="270"))
    assert Doubt(study, 5).covered_m == pytest.approx(camgap.score(study).covered_m, abs=1e-9)


def test_findings_name_their_rows(street):
    crowd = [row(f"P{k}", 300, azimuth="90") for k in range(5)]
    study = street(row("A", azimuth="east-ish"), row("B", 20, status="offline"), "C,,,,fixed,,,,,,,", *crowd)
    found = {(f.row, f.what, f.detail.split(" at ")[0]) for f in assess(study.lists, study, draws=5).findings}
    assert {
        (2, "impossible_value", "azimuth: east-ish"),
        (3, "not_working", ""),
        (4, "set_aside", "no_coordinates"),
        (5, "pile_up", "5 cameras"),
        (9, "pile_up", "5 cameras"),
    } <= found


def test_completeness_counts_what_lists_state_by_source_and_district(street, tmp_path):
    ring = [[9.9, -0.1], [10 + 100 * EAST, -0.1], [10 + 100 * EAST, 0.1], [9.9, 0.1], [9.9, -0.1]]
    shape = {"type": "Feature", "properties": {"name": "West"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (tmp_path / "d.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [shape]}))
    study = street(row("A", 50, azimuth="90"), row("B", 60), row("C", 300), districts=str(tmp_path / "d.geojson"))
    table = assess(study.lists, study, draws=5).completeness
    azimuth = table[table["field"] == "azimuth"].set_index(["by", "group"])["share"]
    assert azimuth["all", "all cameras"] == pytest.approx(1 / 3)
    assert azimuth["source", "cameras.csv"] == pytest.approx(1 / 3)
    assert azimuth["district", "West"] == 0.5
    assert azimuth["district", "outside all districts"] == 0


def test_the_command_writes_page_table_and_json_and_nothing_runs_in_them(street, tmp_path):
    street(row("<script>alert(1)</script>", azimuth="=cmd()"))
    page = tmp_path / "report.html"
    args = ["check", "--osm", str(street.osm), "--cameras", str(street.cameras), "--report", str(page)]
    result = CliRunner().invoke(app, [*args, "--json"])
    assert result.exit_code == 0, result.output
    text = page.read_text("utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "http" not in text.replace("http-equiv", "")
    rows = list(csv.DictReader((tmp_path / "report.findings.csv").read_text("utf-8-sig").splitlines()))
    assert [r["what"] for r in rows] == ["impossible_value"]
    said = json.loads((tmp_path / "report.quality.json").read_text("utf-8"))
    assert json.loads(result.stdout)["quality"] == said
    assert {c["field"] for c in said["costs"]} == set(FIELDS)
    again = CliRunner().invoke(app, args)
    assert isinstance(again.exception, OutputError)


def test_without_streets_the_report_says_that_costs_are_not_known(street, tmp_path):
    street(row("A"))
    page = tmp_path / "report.html"
    result = CliRunner().invoke(app, ["check", "--cameras", str(street.cameras), "--report", str(page)])
    assert result.exit_code == 0, result.output
    assert "Not computed: give a street network" in page.read_text("utf-8")


def test_failed_addresses_of_a_real_list_are_found(real_data):
    lists = (read_cameras(real_data("seongnam-cctv-2018.csv")),)
    found = assess(lists, None).findings
    assert sum(f.what == "pile_up" and f.detail.startswith("22 cameras at 127.124681 37.376691") for f in found) == 22


def test_a_row_is_stale_by_its_latest_date_of_any_kind(tmp_path):
    path = tmp_path / "c.csv"
    rows = [
        "A,1,1,2010,2019-05,",
        "B,1,2,2010,,",
        "C,1,3,,,2019-06-30",
        "D,1,4,,2014-05,",
        "E,1,5,,,2014-07-01",
        "F,1,6,,,",
    ]
    path.write_text("id,lon,lat,install date,last inspection,last updated\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = assess((read_cameras(path),), None).findings
    assert [(f.id, f.detail) for f in found if f.what == "stale"] == [("B", "2010"), ("D", "2014-05")]


@pytest.mark.parametrize(
    ("day", "stale"), [("", set()), ("2018-12-31", set()), ("2019-06-30", {"A"}), ("2024-01-01", {"A", "B"})]
)
def test_ages_are_counted_to_the_newest_row_or_to_a_stated_day(tmp_path, day, stale):
    path = tmp_path / "c.csv"
    path.write_text("id,lon,lat,last updated\nA,1,1,2014-05-01\nB,1,2,2014-12-01\nC,1,3,\n", encoding="utf-8")
    quality = assess((read_cameras(path),), None, day=day)
    assert {f.id for f in quality.findings if f.what == "stale"} == stale
    assert (quality.day, quality.day_of) == ((day, "stated") if day else ("2014-12-01", "of the newest row"))
    assert quality.rows[["dated", "oldest", "newest"]].to_numpy().tolist() == [[2, "2014-05-01", "2014-12-01"]]


def test_the_command_takes_the_day_that_ages_are_counted_to(tmp_path):
    (tmp_path / "c.csv").write_text("id,lon,lat,last updated\nA,1,1,2014-05-01\n", encoding="utf-8")
    args = ["check", "--cameras", str(tmp_path / "c.csv"), "--report", str(tmp_path / "r.html"), "--json", "--as-of"]
    said = json.loads(CliRunner().invoke(app, [*args, "2026-01-31"]).stdout)["quality"]
    assert (said["ages_to"], said["findings_by_kind"]) == ({"day": "2026-01-31", "of": "stated"}, {"stale": 1})
    wrong = CliRunner().invoke(app, [*args, "31.1.2026"])
    assert "--as-of '31.1.2026': expected a day, e.g. 2026-01-31" in str(wrong.exception)


def test_ages_are_counted_to_the_street_data_where_that_is_newer(street):
    study = replace(street("A,,10.0018,0,fixed,,,,,,,"), data_date="2021-03-01T00:00:00")
    lists = [replace(study.lists[0], records=study.lists[0].records.assign(date="2015-01-01"))]
    quality = assess(lists, study, draws=5)
    assert (quality.day, quality.day_of) == ("2021-03-01", "of the street data")
    assert [f.detail for f in quality.findings if f.what == "stale"] == ["2015-01-01"]


def test_a_row_written_twice_and_points_that_rows_share_are_found(tmp_path):
    rows = ["Bank,1,1,90", "Bank,1,1,90", "Bank,1,1,180", "Pole,1,2,90", "Pole,1,2,270", "Hall,1,3,", "Hall 2,1,3,90"]
    (tmp_path / "c.csv").write_text("name,lon,lat,azimuth\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = {(f.row, f.what): f.detail for f in assess((read_cameras(tmp_path / "c.csv"),), None).findings}
    assert {key: text for key, text in found.items() if key[1] in ("repeated_row", "shared_point")} == {
        (2, "repeated_row"): "as 3", (3, "repeated_row"): "as 2",
        (4, "shared_point"): "3 cameras at 1.000000 1.000000",
        (7, "shared_point"): "2 cameras at 1.000000 3.000000", (8, "shared_point"): "2 cameras at 1.000000 3.000000",
    }  # fmt: skip


@pytest.mark.parametrize(("digits", "detail"), [(2, "2 decimals: 1,100 m"), (3, "3 decimals: 100 m"), (4, None)])
def test_a_list_with_few_decimals_throughout_is_called_coarse(tmp_path, digits, detail):
    rows = [f"{10 + k / 7:.{digits}f},{50 + k / 9:.{digits}f}" for k in range(1, 7)]
    (tmp_path / "c.csv").write_text("lon,lat\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = [f.detail for f in assess((read_cameras(tmp_path / "c.csv"),), None).findings if f.what == "coarse_place"]
    assert found == ([detail] * 6 if detail else [])


def test_rows_and_findings_agree_on_what_is_set_aside(street):
    study = street(row("A"), row("far", 9000), row("B", 20, status="offline"), "C,,,,fixed,,,,,,,")
    quality = assess(study.lists, study, draws=5)
    (counts,) = quality.rows.to_dict("records")
    assert {k: counts[k] for k in ("read", "usable", "used", "set_aside")} == {
        "read": 4, "usable": 3, "used": 1, "set_aside": 3,
    }  # fmt: skip
    assert sum(f.what == "set_aside" for f in quality.findings) == 3


def test_a_score_outside_of_its_own_band_is_said_and_the_median_quoted(street):
    study = street(*(row(f"C{k}", 20 + 40 * k) for k in range(10)))
    quality = assess(study.lists, study, draws=40)
    low, high = quality.together_m
    assert low < quality.median_m < high < quality.covered_m
    text = page_text(quality)
    assert f"half of the draws above {quality.median_m / 1000:,.2f} km" in text
    assert "The score lies above this band" in text
    assert "lies" not in page_text(replace(quality, covered_m=quality.median_m))
    assert any(cells[0] == "all a visit can settle" for cells in quality_tables(quality)[-1].rows)


def test_a_score_says_how_many_of_its_cameras_are_piled_up(street):
    from camgap.coverage.outputs.results import score_result
    from camgap.coverage.outputs.tables.score import score_tables

    study = street(*(row(f"P{k}", 300) for k in range(5)), row("A"), draws=0)
    said = score_result(study, camgap.score(study))
    assert said["cameras"]["at_one_point"] == 5
    assert "5 stand at exactly one point with others of their list" in str(score_tables(said)[0].rows)
    alone = street(row("A"), draws=0)
    assert "doubtful places" not in str(score_tables(score_result(alone, camgap.score(alone)))[0].rows)


def test_what_dates_a_list_states_is_counted(real_data):
    table = assess((read_cameras(real_data("seongnam-cctv-2018.csv")),), None).completeness
    stated = table[table["by"] == "all"].set_index("field")["stated"]
    assert (stated["date"], stated["installed"]) == (1564, 0)
