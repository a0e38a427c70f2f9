"""No result takes the place of a file it is made of, whether or not it may replace an earlier result."""

import pytest
from typer.testing import CliRunner

from camgap.cli import app
from camgap.coverage.errors import OutputError
from camgap.coverage.outputs.targets import refuse_inputs

CAMERAS = "device_id,lon,lat\nCAM-000001,10.0,0.001\n"


@pytest.fixture
def town(tmp_path, write_osm):
    write_osm({1: (10.0, 0.0), 2: (10.004, 0.0)}, {1: ([1, 2], {"highway": "residential"})}).rename(tmp_path / "t.osm")
    for name in ("cams.csv", "cams.findings.csv", "other.csv", "run/cams.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(CAMERAS, "utf-8")
    (tmp_path / "run/manifest.json").write_text("{}", "utf-8")
    (tmp_path / "visits.csv").write_text("source,camera,date,initials\n", "utf-8")
    (tmp_path / "area.geojson").write_text('{"type":"FeatureCollection","features":[]}', "utf-8")
    (tmp_path / "camgap.csv").write_text('[inputs]\nosm = "t.osm"\n', "utf-8")  # a project file of an odd name
    return tmp_path


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("check --cameras cams.findings.csv --report cams.html", "cams.findings.csv"),
        ("merge cams.csv other.csv --out other.csv", "other.csv"),
        ("merge cams.csv ./run/../other.csv --out other.csv", "other.csv"),
        ("visits --osm t.osm --cameras cams.csv --out cams.csv", "cams.csv"),
        ("visits --osm t.osm --cameras cams.csv --overrides visits.csv --out visits.csv", "visits.csv"),
        ("visits --config camgap.csv --cameras cams.csv --out camgap.csv", "camgap.csv"),
        ("score --osm t.osm --cameras run/cams.csv --draws 0 --out run", "run/cams.csv"),
        ("plan --osm t.osm --cameras run/cams.csv --draws 0 --sites 1 --out run", "run/cams.csv"),
        ("compare run run --out run", "run/cams.csv"),
        ("map run --out run/manifest.json", "run/manifest.json"),
    ],
)
@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_no_command_writes_over_what_it_reads(town, monkeypatch, command, file, more):
    monkeypatch.chdir(town)
    before = (town / file).read_bytes()
    done = CliRunner().invoke(app, [*command.split(), *more])
    assert isinstance(done.exception, OutputError)
    assert "is never replaced by a result; choose another name" in str(done.exception)
    assert (town / file).read_bytes() == before


def test_a_report_beside_its_list_leaves_the_list_alone(town, monkeypatch):
    monkeypatch.chdir(town)
    done = CliRunner().invoke(app, ["check", "--cameras", "other.csv", "--report", "other.html"])
    assert done.exit_code == 0, done.output
    assert (town / "other.csv").read_text("utf-8") == CAMERAS
    assert (town / "other.findings.csv").is_file()


def test_an_input_is_known_by_any_of_its_names(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / "link.csv").symlink_to("a.csv")
    (tmp_path / "hard.csv").hardlink_to(tmp_path / "a.csv")
    for name in ("a.csv", "link.csv", "hard.csv"):
        with pytest.raises(OutputError, match="is read here"):
            refuse_inputs(tmp_path / name, [tmp_path / "a.csv"])
    with pytest.raises(OutputError, match=r"holds .*a\.csv"):
        refuse_inputs(tmp_path, [tmp_path / "a.csv"])
    refuse_inputs(tmp_path / "b.csv", [tmp_path / "a.csv"])
