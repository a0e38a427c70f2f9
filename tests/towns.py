"""Towns for the tests of scoring and siting: one drawn by hand, and random ones."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely
from reference import PLANE, network_of

from camgap.config.project import load_settings
from camgap.coverage.buildings import Buildings
from camgap.coverage.cameras import Views
from camgap.coverage.heads import heads_of
from camgap.coverage.intervals import Stretches
from camgap.coverage.scoring.report import Report, score
from camgap.coverage.settings import CameraModel, ScoreSettings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import Pieces, look
from camgap.coverage.siting.choices import Choices
from camgap.coverage.streets import Segments, StreetNetwork

FloatArray = npt.NDArray[np.float64]

QUALITY = load_settings().quality
HALL, TOWER = shapely.box(20, 10, 80, 90), shapely.box(120, 10, 180, 90)


@dataclass(frozen=True)
class Town:
    """Streets, buildings and cameras; by night, if it is said which stretches are lit."""

    network: StreetNetwork
    buildings: Buildings
    views: Views
    lit: Stretches | None = None

    @property
    def scene(self) -> Scene:
        scene = Scene.of(self.network, self.buildings)
        return scene if self.lit is None else replace(scene, segments=scene.segments.darkened(self.lit))

    @property
    def n_cameras(self) -> int:
        return int(self.views.camera.max(initial=-1)) + 1

    def measured(self, settings: ScoreSettings | None = None, districts=None) -> Report:
        return score(
            self.network, self.scene, self.views, self.n_cameras, settings or ScoreSettings(), districts
        )  # fmt: skip

    def with_views(self, views: Views) -> "Town":
        return replace(self, views=views)


def hand_drawn_town() -> Town:
    """Return the town of this map; the street axis runs through the edges in the order of their numbers.

           x=0                  100                 200
    y=100   A---- 3 North St ----B---- 4 North St ----C
                ############     |     ############
                ############  5 Mid    ############
                ## Hall ####     |     ## Tower ###
            2                    |
    y=0     D---- 1 Main St -----E---- 2 Main St -----F
                  v 2          < 0 >        < 1        \\  6 (service, no name)
    y=-30                                              G

    Camera 0 at E looks east to 50 m and, with a second lens, west to 20 m. Camera 1 at (150, 0) looks west to 80 m,
    past E into the mouth of Mid Lane, of which the Tower hides all but the first 50/3 m. Camera 2 at (50, 5), in front
    of the Hall, looks south: field of view 90°, range 30 m.
    """
    a, b, c, d, e, f, g = (0, 100), (100, 100), (200, 100), (0, 0), (100, 0), (200, 0), (200, -30)
    network = network_of([[d, e], [e, f], [a, b], [b, c], [e, b], [f, g]])
    network.edges["name"] = ["Main Street", "Main Street", "North Street", "North Street", "Mid Lane", ""]
    network.edges["highway"] = ["primary", "primary", "residential", "residential", "residential", "service"]
    views = views_of(
        [(100, 0, 90, 60, 50, 0), (100, 0, 270, 60, 20, 0), (150, 0, 270, 60, 80, 1), (50, 5, 180, 90, 30, 2)]
    )
    return Town(network, buildings_of([HALL, TOWER]), views)


def views_of(rows: list[tuple[float, float, float, float, float, int]]) -> Views:
    """Return views of rows x, y, azimuth, hfov, far, camera; they see from their feet on."""
    x, y, azimuth, hfov, far, camera = np.array(rows, dtype=np.float64).reshape(-1, 6).T
    return Views(np.column_stack([x, y]), azimuth, hfov, np.zeros(len(x)), far, camera.astype(np.int64))


def buildings_of(footprints) -> Buildings:
    polygons = np.array(list(footprints), dtype=object)
    return Buildings(PLANE, polygons, np.arange(len(polygons)), np.full(len(polygons), np.nan))


def random_town(rng: np.random.Generator, blocks: int = 2, n_views: int = 4) -> Town:
    """Return a shaken grid of some streets and buildings with random views; no two directions are equal."""
    corner = {
        (i, j): tuple((100.0 * np.array([i, j]) + rng.uniform(-25, 25, 2)).tolist())
        for i in range(blocks + 1)
        for j in range(blocks + 1)
    }
    lines = []
    for (i, j), start in corner.items():
        for end in ((i + 1, j), (i, j + 1)):
            if end in corner and rng.uniform() < 0.8:
                middle = (np.array(start) + corner[end]) / 2 + rng.uniform(-8, 8, 2)
                lines.append(
                    [start, tuple(middle.tolist()), corner[end]] if rng.uniform() < 0.5 else [start, corner[end]]
                )
    if not lines:
        lines = [[corner[0, 0], corner[1, 1]]]
    network = network_of(lines)
    network.edges["highway"] = rng.choice(["primary", "residential", "service"], len(lines))
    network.edges["name"] = rng.choice(["Elm", "Oak", "Ash", ""], len(lines))
    homes = [
        shapely.affinity.rotate(shapely.box(x - w, y - d, x + w, y + d), turn)
        for x, y, w, d, turn in zip(
            *rng.uniform(0, 100 * blocks, (2, 3 * blocks)), *rng.uniform(5, 18, (2, 3 * blocks)),
            rng.uniform(0, 90, 3 * blocks), strict=True,
        )
    ]  # fmt: skip
    return Town(network, buildings_of(homes), random_views(rng, network, buildings_of(homes), n_views))


def random_views(rng: np.random.Generator, network: StreetNetwork, buildings: Buildings, n: int) -> Views:
    """Return views beside random points of streets, outside the buildings."""
    xy = network.points_at(rng.uniform(0, network.length, n)) + rng.uniform(-6, 6, (n, 2))
    xy = xy[~buildings.reach(xy, 0.1)]
    k = len(xy)
    far = rng.uniform(15, 90, k)
    return Views(xy, rng.uniform(0, 360, k), rng.uniform(20, 360, k), far * rng.choice([0, 0.2], k), far, np.arange(k))


def model(name: str, hfov: float = 360.0, far: float = 60.0, price: float = 1.0, near: float = 0.0) -> CameraModel:
    return CameraModel(id=name, name=name, hfov=hfov, range_m=far, near_m=near, price=price)


def choices_of(
    town: Town, sites: FloatArray, models: tuple[CameraModel, ...], steps: int = 36, per_mount: int = 1
) -> Choices:
    """Return the covering problem of a town with the given mounts."""
    scene = town.scene
    lenses = lenses_of(models)
    pieces = look(scene, sites, np.full(len(sites), lenses.far.max()))
    return Choices.of_models(scene, sites, pieces, models, lenses, steps, per_mount)


def lenses_of(models: tuple[CameraModel, ...]) -> Views:
    """Return what models see at "detect" by day, one view each."""
    return heads_of(models).views(25.0, QUALITY)[0]


def set_cover(sets: list[set[int]], sizes: list[float], models: tuple[CameraModel, ...] = (), per_mount: int = 1):
    """Return a covering problem of abstract sets: mount i sees the street pieces ``sets[i]``, of the given lengths."""
    ends = np.cumsum([0.0, *sizes])
    rows = len(sizes)
    xy = np.column_stack([ends[:-1], np.zeros(rows), ends[1:], np.zeros(rows)])
    scene = Scene(Segments(xy, np.arange(rows), ends[:-1], ends[1:]), np.empty((0, 4)))
    segment = np.array([s for seen in sets for s in sorted(seen)], dtype=np.int64)
    ptr = np.concatenate([[0], np.cumsum([len(seen) for seen in sets])]).astype(np.int64)
    pieces = Pieces(ptr, segment, np.zeros(len(segment)), np.ones(len(segment)))
    sites = np.column_stack([np.arange(len(sets)) + 0.5, np.full(len(sets), 1.0)])
    models = models or (model("all-round", far=1e3),)
    return Choices.of_models(scene, sites, pieces, models, lenses_of(models), 4, per_mount)
