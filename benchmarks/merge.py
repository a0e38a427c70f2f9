"""Time `camgap merge` on three made-up databases of one city: python benchmarks/merge.py [rows per database].

Every camera stands in one to three of the databases: under its device id, or a few metres off under another number
and turned by some degrees. One pole in ten carries two heads.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from camgap.coverage.inputs.merge import merge_cameras
from camgap.coverage.inputs.merged_file import read_all_for_merge
from camgap.coverage.outputs.merged import write_merged
from camgap.coverage.settings import CameraSource


def write_databases(folder: Path, n: int, seed: int = 4) -> list[Path]:
    """Write three databases of `n` rows each."""
    rng = np.random.default_rng(seed)
    cameras = int(1.25 * n)
    grid = int(np.ceil(np.sqrt(cameras)))
    at = np.stack(np.divmod(np.arange(cameras), grid), axis=1) * 40 / 111_200
    heading = rng.integers(0, 360, cameras)
    second = np.flatnonzero(rng.random(cameras - 1) < 0.1)  # the camera after these hangs on the same pole
    at[second + 1], heading[second + 1] = at[second], (heading[second] + 180) % 360
    files = []
    for number in range(3):
        held = np.sort(rng.choice(cameras, n, replace=False))
        place = at[held] + rng.normal(0, 2 / 111_200, (n, 2))
        turned = (heading[held] + rng.integers(-8, 9, n)) % 360
        known = rng.random(n) < 0.5
        lines = ["device_id,name,longitude,latitude,type,azimuth,height,status"]
        for k, camera in enumerate(held.tolist()):
            name = f"51040200001320{camera:06d}" if known[k] else f"DB{number}-{k:07d}"
            lines.append(
                f"{name},Street {camera // 20},{101.7 + place[k, 0]:.7f},{26.5 + place[k, 1]:.7f},fixed,{turned[k]},"
                f"{3 + camera % 4},online"
            )
        files.append(folder / f"database{number}.csv")
        files[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return files


def main() -> None:
    """Print how long reading, merging and writing take, and what came of the rows."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        files = write_databases(Path(name), n)
        start, cpu = time.perf_counter(), sum(os.times()[:4])
        read = read_all_for_merge([CameraSource(file=str(file)) for file in files])
        was_read = time.perf_counter()
        merged = merge_cameras([cameras for cameras, _ in read], None, {c.source: told for c, told in read})
        was_merged = time.perf_counter()
        write_merged(merged, Path(name) / "merged.gpkg")
        end = time.perf_counter()
    counts = ", ".join(f"{key} {count:,}" for key, count in merged.counts.items())
    print(f"3 x {n:,} rows: {counts}")
    print(f"read {was_read - start:.1f} s, merge {was_merged - was_read:.1f} s, write {end - was_merged:.1f} s, "
          f"in all {end - start:.1f} s, CPU of all processes {sum(os.times()[:4]) - cpu:.1f} s")  # fmt: skip


if __name__ == "__main__":
    main()
