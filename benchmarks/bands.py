"""What a draw of the band costs once everything has been looked at, beside looking anew each time.

    python benchmarks/bands.py TOWN.osm.pbf [cameras] [draws]

The cameras stand at random places beside the town's streets, and nothing is known of them.
"""

import sys
import time

import numpy as np

import camgap
from camgap.coverage.heads import heads_of
from camgap.coverage.inputs.facades import move_to_facades
from camgap.coverage.scoring.bands import measure_bands
from camgap.coverage.scoring.draws import FIELDS, Doubts, Sampler


def main() -> None:
    """Measure and print."""
    town, cameras, draws = sys.argv[1], *(int(a) for a in (*sys.argv[2:], *("1000", "200")[len(sys.argv) - 2 :]))
    study = camgap.load(osm=town, draws=draws)
    rng = np.random.default_rng(0)
    at = study.network.points_at(rng.uniform(0, study.network.length, cameras)) + rng.uniform(-5, 5, (cameras, 2))
    placed = move_to_facades(at, np.full(cameras, np.nan), study.buildings, 0.1, 50.0)
    heads = heads_of([study.settings.cameras.presets["unknown"]] * cameras)
    heads = type(heads)(**{**{n: getattr(heads, n) for n in heads.__dataclass_fields__}, "xy": placed.xy})
    every = np.ones(cameras, dtype=bool)
    doubts = Doubts(dict.fromkeys(FIELDS, every), np.zeros(cameras), np.full(cameras, 0.9))

    def sampler() -> Sampler:
        return Sampler.around(
            study.scene, heads, doubts, study.settings.quality, study.settings.bands, lambda xy, _: xy
        )  # fmt: skip

    measure_bands(sampler())  # compile
    start = time.perf_counter()
    looked = sampler()
    once = time.perf_counter()
    bands = measure_bands(looked)
    done = time.perf_counter()
    low, median, high = bands.quantiles(bands.day_m)
    print(f"{cameras} cameras, {draws} draws by day and by night: look {once - start:.2f} s, draws {done - once:.2f} s")
    print(f"covered {low / 1000:.2f} to {high / 1000:.2f} km, median {median / 1000:.2f} km")
    print(f"looking anew for each draw would take {draws * (once - start) / (done - start):.0f} times as long")


if __name__ == "__main__":
    main()
