"""Presets, project files and overrides become frozen settings."""

import math
from pathlib import Path

import pytest

from camgap.config.project import load_settings
from camgap.coverage.errors import SettingsError
from camgap.coverage.heads import heads_of
from camgap.coverage.inputs.placing import KINDS


def project(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "camgap.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_presets_cover_every_kind_and_name_their_source():
    presets = load_settings().cameras.presets
    assert set(KINDS) <= presets.keys()
    assert all(p.source for p in presets.values())


def test_no_preset_and_no_model_turns_a_fixed_camera_into_an_all_round_one():
    settings = load_settings()
    for kind in ("fixed", "dome", "unknown"):
        assert settings.cameras.presets[kind].hfov < 180
        assert settings.cameras.presets[kind].azimuth != "all_round"


@pytest.mark.parametrize(("model", "pixels"), [("bullet-4mm", 2560), ("bullet-2.8mm", 2560), ("bullet-12mm", 2560)])
def test_the_range_of_a_shipped_model_is_where_25_px_per_metre_are_left(model, pixels):
    m = next(m for m in load_settings().plan.models if m.id == model)
    views, _ = heads_of([m]).views(25, load_settings().quality)
    assert views.depth[0] == pytest.approx(pixels / (2 * 25 * math.tan(math.radians(m.hfov / 2))), abs=0.1)


def test_a_project_file_names_prices_and_models(tmp_path):
    path = project(tmp_path, '[plan]\nuse = ["bullet-4mm"]\n[plan.prices]\n"bullet-4mm" = 900\n')
    (model,) = load_settings(path).plan.models
    assert (model.id, model.price) == ("bullet-4mm", 900)


def test_paths_in_a_project_file_are_relative_to_it(tmp_path):
    path = project(tmp_path, '[inputs]\nosm = "a.osm"\ncameras = ["b.csv", "osm"]\narea = "c.geojson"\n')
    inputs = load_settings(path).inputs
    assert inputs.osm == (tmp_path / "a.osm",)
    assert inputs.cameras == (str(tmp_path / "b.csv"), "osm")
    assert inputs.area == tmp_path / "c.geojson"


def test_overrides_win_and_none_means_not_given(tmp_path):
    path = project(tmp_path, "budget = 5\n[plan]\nspacing_m = 20\n")
    settings = load_settings(path, budget=7, spacing_m=None)
    assert (settings.budget, settings.plan.spacing_m) == (7, 20)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[plan]\nspacing = 20\n", ["plan.spacing", "spacing_m"]),
        ("[plan]\nspacing_m = -1\n", ["plan.spacing_m", "greater than 0"]),
        ("[cameras.presets.fixed]\nhfof = 3\n", ["hfof", "hfov"]),
        ("[plan.prices]\nbullet = 3\n", ["bullet", "did you mean"]),
        ('[plan.prices]\n"bullet-4mm" = -3\n', ["plan.prices.bullet-4mm", "a price above 0, not -3"]),
        ('[plan.prices]\n"bullet-4mm" = nan\n', ["plan.prices.bullet-4mm", "not nan"]),
        ('[demand]\nhours = "25-6"\n', ["demand.hours", "'25-6' is no span of hours; write 20-6 for 20:00 to 6:00"]),
        ('[quality]\nlevel = "recognize"\n', ["no quality level 'recognize'", "did you mean 'recognise'?"]),
        ('[plan]\nuse_actions = ["repairs"]\n', ["not 'repairs'", "did you mean 'repair'?"]),
        ('[plan]\nuse = ["bullet-4"]\n', ["bullet-4", "bullet-4mm"]),
        ("plan = 3\n", ["plan"]),
        ("[score]\nmin_gap_m = nan\n", ["min_gap_m"]),
    ],
)
def test_a_wrong_key_or_value_is_named_in_one_line(tmp_path, text, words):
    with pytest.raises(SettingsError) as error:
        load_settings(project(tmp_path, text))
    message = str(error.value)
    assert "\n" not in message
    assert all(word in message for word in ["camgap.toml", *words])


def test_settings_cannot_be_changed_afterwards():
    with pytest.raises(ValueError, match="frozen"):
        load_settings().score.min_gap_m = 3
