"""Bands: no doubt, no width; equal seeds, equal bytes; and towns whose cameras nobody knows."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import network_of
from towns import QUALITY

import camgap
from camgap.config.project import load_settings
from camgap.coverage.errors import SettingsError
from camgap.coverage.heads import Heads, Inventory, heads_of
from camgap.coverage.inputs.directions import parse_headings
from camgap.coverage.intervals import Stretches
from camgap.coverage.scoring.bands import measure_bands
from camgap.coverage.scoring.draws import FIELDS, Doubts, Sampler
from camgap.coverage.settings import BandSettings, Lens
from camgap.coverage.sight.scene import Scene, walls_of
from camgap.coverage.sight.views import seen_by

LENSES = (Lens(hfov=78, pixels=2560, height_m=5, tilt=15, light_m=30), Lens(hfov=360, range_m=40))
seeds = st.integers(0, 2**32 - 1)


def town(seed: int, cameras: int) -> tuple[Scene, Heads]:
    rng = np.random.default_rng(seed)
    network = network_of([[tuple(p) for p in rng.uniform(0, 200, (2, 2))] for _ in range(15)])
    homes = np.array([shapely.box(x, y, x + 15, y + 10) for x, y in rng.uniform(0, 190, (8, 2))], object)
    heads = heads_of([LENSES[i % 2] for i in range(cameras)])
    xy = np.stack([rng.uniform(0, 200, 2) for _ in range(cameras)])
    return Scene(network.segments, walls_of(homes)), replace(heads, xy=xy, azimuth=np.arange(cameras) * 37.0 % 360)


def doubts(cameras: int, *unknown: str, spread: float = 0.0) -> Doubts:
    every, none = np.ones(cameras, dtype=bool), np.zeros(cameras, dtype=bool)
    return Doubts({name: every if name in unknown else none for name in FIELDS}, np.full(cameras, spread))


def bands(scene: Scene, heads: Heads, what: Doubts, draws: int = 30, seed: int = 0, light: str = "day"):
    chosen, quality = BandSettings(draws=draws, seed=seed), QUALITY.model_copy(update={"light": light})
    return measure_bands(Sampler.around(scene, heads, what, quality, chosen, lambda xy, cameras: xy))


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_with_everything_known_all_draws_are_the_score(seed):
    scene, heads = town(seed, 6)
    found = bands(scene, heads, doubts(6), draws=5)
    seen = seen_by(scene, heads.views(25, QUALITY)[0])
    score = shapely.union_all([shapely.box(a, 0, b, 1) for a, b in zip(seen.start, seen.end, strict=True)]).area
    assert found.day_m == pytest.approx(np.full(5, score), abs=1e-6)
    one = found.scenarios["day"]
    assert (one.low_m, one.middle_m, one.high_m) == pytest.approx((score, score, score), abs=1e-6)
    assert (found.p == 1).all()


@settings(max_examples=15, deadline=None)
@given(seeds, st.sampled_from(["day", "night"]))
def test_the_mean_of_the_draws_is_the_integral_of_their_probability_by_the_light_that_counts(seed, light):
    scene, heads = town(seed, 6)
    found = bands(scene, heads, doubts(6, *FIELDS), light=light)
    assert found.light == light
    assert ((found.end - found.start) * found.p).sum() == pytest.approx(found.metres(light).mean(), abs=1e-6)
    assert ((found.p > 0) & (found.p <= 1)).all()
    assert (found.night_m <= found.day_m + 1e-6).all()


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(1, 5))
def test_a_further_camera_never_lowers_the_probability_anywhere(seed, fewer):
    scene, heads = town(seed, 6)
    more = bands(scene, heads, doubts(6, *FIELDS))
    less = bands(scene, heads.take(np.arange(fewer)), doubts(fewer, *FIELDS))
    grown = Stretches(more.start, more.end)
    at = (less.start + less.end) / 2
    row = np.searchsorted(grown.start, at, side="right") - 1
    assert len(at) == 0 or (row >= 0).all()
    assert (more.p[row] >= less.p - 1e-12).all()


def test_equal_seeds_give_equal_bytes_and_others_do_not():
    scene, heads = town(1, 8)
    one, same, other = (bands(scene, heads, doubts(8, *FIELDS), seed=seed) for seed in (3, 3, 4))
    assert one.day_m.tobytes() == same.day_m.tobytes()
    assert one.p.tobytes() == same.p.tobytes()
    assert one.day_m.tobytes() != other.day_m.tobytes()


def test_an_unknown_azimuth_is_an_even_one_and_never_a_full_circle():
    """One camera on a long street: of all headings, the street is in view at 78° of each of its two sides."""
    network = network_of([[(-300.0, 0.0), (300.0, 0.0)]])
    heads = heads_of([Lens(hfov=78, range_m=50)])
    found = bands(Scene(network.segments, np.empty((0, 4))), heads, doubts(1, "azimuth"), draws=2000)
    assert set(np.round(found.day_m, 6)) == {0.0, 50.0}
    assert (found.day_m > 0).mean() == pytest.approx(2 * 78 / 360, abs=0.03)
    one = found.scenarios["day"]
    assert (one.low_m, one.middle_m, one.high_m) == pytest.approx((0, found.scenarios["day"].middle_m, 50))


def drawn(lens: Lens, *unknown: str, **columns: float) -> Heads:
    """Return 200 draws of one camera, a head per draw."""
    network = network_of([[(-300.0, 0.0), (300.0, 0.0)]])
    head = replace(heads_of([lens]), **{name: np.array([value]) for name, value in columns.items()})
    scene = Scene(network.segments, np.empty((0, 4)))
    sampler = Sampler.around(scene, head, doubts(1, *unknown), QUALITY, BandSettings(), lambda xy, cameras: xy)
    heads = [sampler.draw(number)[0] for number in range(200)]
    return Heads(*(np.concatenate([getattr(one, c.name) for one in heads]) for c in fields(Heads)))


@pytest.mark.parametrize("flat", [False, True])
def test_a_lens_that_is_not_known_keeps_the_pixels_that_are(flat):
    lens = Lens(hfov=78, pixels=2560) if flat else LENSES[0]
    heads = drawn(lens, "hfov")
    assert (heads.hfov.min(), heads.hfov.max()) == pytest.approx((54, 98), abs=1)
    assert heads.focal_px * 2 * np.tan(np.radians(heads.hfov / 2)) == pytest.approx(np.full(200, 2560))


@pytest.mark.parametrize("flat", [False, True])
def test_a_stated_range_holds_whatever_the_lens(flat):
    heads = drawn(Lens(hfov=78, range_m=60) if flat else Lens(hfov=78, range_m=60, height_m=5, tilt=15), "hfov")
    assert (heads.hfov.min(), heads.hfov.max()) == pytest.approx((54, 98), abs=1)
    assert heads.focal_px == pytest.approx(np.full(200, 60 * 25))


def test_an_angle_given_as_a_whole_stays_while_the_lens_under_it_varies():
    heads = drawn(Lens(hfov=78, pixels=2560), "hfov", hfov=180.0)
    assert (heads.hfov == 180).all()
    assert (heads.fov.min(), heads.fov.max()) == pytest.approx((54, 98), abs=1)
    assert heads.focal_px * 2 * np.tan(np.radians(heads.fov / 2)) == pytest.approx(np.full(200, 2560))
    fisheye = drawn(Lens(hfov=360, lens_fov=181, pixels=3000), "hfov")
    assert len(np.unique(fisheye.focal_px)) == len(np.unique(fisheye.hfov)) == 1


@pytest.mark.parametrize("lens", [*LENSES, Lens(hfov=98, pixels=1920), Lens(hfov=60, range_m=50, height_m=5, tilt=15)])
def test_every_draw_is_seen_as_far_as_it_reaches(lens):
    network = network_of([[(-400.0, 3.0), (400.0, 3.0)]])
    scene, head = Scene(network.segments, np.empty((0, 4))), replace(heads_of([lens]), azimuth=np.array([80.0]))
    unknown = doubts(1, "hfov", "range", "height", "tilt")
    sampler = Sampler.around(scene, head, unknown, QUALITY, BandSettings(), lambda xy, cameras: xy)
    for number in range(50):
        heads, place, works = sampler.draw(number)
        fresh = seen_by(scene, heads.views(QUALITY.px_per_m, QUALITY)[0])
        expected = (fresh.end - fresh.start).sum()
        assert sampler.seen(heads, place, works, night=False).length == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("text", "spread"), [("NE", 22.5), ("东南", 22.5), ("NNE", 11.25), ("45", 0), ("0-90", 0)])
def test_compass_points_carry_half_their_step(text, spread):
    assert parse_headings(text)[0].spread == spread


def test_a_compass_point_is_varied_by_half_its_step():
    scene, heads = town(2, 4)
    sampler = Sampler.around(
        scene, heads, doubts(4, spread=22.5), QUALITY, BandSettings(draws=1), lambda xy, cameras: xy
    )
    off = np.concatenate([(sampler.draw(i)[0].azimuth - heads.azimuth + 180) % 360 - 180 for i in range(400)])
    assert np.abs(off).max() <= 22.5
    assert np.abs(off).mean() == pytest.approx(11.25, rel=0.06)


def test_an_inventory_says_what_is_not_known_of_its_cameras():
    table = pd.DataFrame(
        {
            "filled": ["azimuth,hfov", "", "range"],
            "moved_m": [0.0, 2.0, 0.0],
            "status": ["unknown", "working", "working"],
            "spread": [0.0, 22.5, 0.0],
        }
    )
    found = Doubts.of(Inventory(table, heads_of([LENSES[0]] * 3), None))  # type: ignore[arg-type]
    assert {name: np.flatnonzero(known).tolist() for name, known in found.unknown.items() if known.any()} == {
        "azimuth": [0], "hfov": [0], "range": [2], "position": [1], "status": [0],
    }  # fmt: skip
    assert found.only("azimuth").spread.tolist() == [0, 22.5, 0]
    assert not found.only("azimuth").unknown["range"].any()
    assert found.extended(4).unknown["azimuth"].tolist() == [True, False, False, False]


@pytest.mark.parametrize(
    ("town_file", "cameras"),
    [("munich-centre.osm.pbf", "osm"), ("baltimore-southeast.osm.pbf", "baltimore-cctv-2014.csv")],
)
def test_real_inventories_get_a_band_and_not_one_confident_number(town_file, cameras, real_data):
    source = cameras if cameras == "osm" else str(real_data(cameras))
    study = camgap.load(osm=real_data(town_file), cameras=source, draws=50)
    report = camgap.score(study)
    low, median, high = report.bands.quantiles(report.bands.day_m)
    assert low < median < high
    assert high - low > 0.1 * median
    for light in ("day", "night"):
        one, drawn = report.bands.scenarios[light], report.bands.metres(light)
        assert one.low_m <= drawn.min()
        assert drawn.max() <= one.high_m
        assert one.low_m <= one.middle_m <= one.high_m
        assert one.low_m <= report.quality.at("detect")[f"{light}_m"] + 1e-6 <= one.high_m + 2e-6


@settings(max_examples=15, deadline=None)
@given(seeds, st.lists(st.sampled_from(FIELDS), unique=True), st.sampled_from([0.0, 22.5]))
def test_no_draw_lies_outside_the_scenarios(seed, unknown, spread):
    scene, heads = town(seed, 6)
    found = bands(scene, heads, doubts(6, *unknown, spread=spread))
    for light, one in found.scenarios.items():
        assert one.low_m <= found.metres(light).min() <= found.metres(light).max() <= one.high_m
        assert one.low_m <= one.middle_m <= one.high_m


def test_each_unknown_takes_its_worst_its_middle_and_its_best_value():
    """A camera 5 m beside a street looks at it squarely: with H across, 2 * 5 * tan(H / 2) of it is in view."""
    network = network_of([[(-300.0, 5.0), (300.0, 5.0)]])
    scene, head = Scene(network.segments, np.empty((0, 4))), heads_of([Lens(hfov=78, range_m=50)])
    one = bands(scene, head, doubts(1, "hfov")).scenarios["day"]
    assert [one.low_m, one.middle_m, one.high_m] == pytest.approx(10 * np.tan(np.radians([27, 38, 49])))
    tilted = heads_of([Lens(hfov=78, pixels=2560, height_m=5, tilt=15)])
    for field in ("height", "tilt", "hfov", "range"):
        one = bands(scene, replace(tilted, azimuth=np.array([60.0])), doubts(1, field)).scenarios["day"]
        assert one.low_m < one.middle_m < one.high_m, field
    unlit = network.segments.darkened(Stretches(np.empty(0), np.empty(0)))
    scene = Scene(unlit, np.empty((0, 4)))
    dark = bands(scene, replace(tilted, azimuth=np.array([60.0])), doubts(1, "light")).scenarios
    assert dark["day"].low_m == dark["day"].high_m
    assert dark["night"].low_m < dark["night"].high_m


def test_a_range_that_runs_backwards_is_refused():
    with pytest.raises(SettingsError, match=r"bands: pixels runs from 3840 to 1920; write the lower end first: \[1920"):
        load_settings(**{"bands.pixels": (3840, 1920)})


def test_what_the_score_assumes_is_always_among_what_is_drawn():
    """Of a moving head the score assumes no light, though lights are drawn from 15 m on."""
    light = drawn(Lens(hfov=65, pixels=1920, light_m=0), "light").light_m
    assert (light.min(), light.max()) == pytest.approx((0, 50), abs=1)


def test_no_draws_no_bands():
    assert load_settings(draws=0).bands.draws == 0
