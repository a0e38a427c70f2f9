"""Feed every reader damaged files: python benchmarks/fuzz.py [minutes in all] [seed] [reader ...].

A file must be read with its rows accounted for, or refused in one line by camgap's own error family, within 20 s and
2 GB. Each reader runs in a process of its own, so that a crash in compiled code is noticed too; whatever does not hold
is kept as a file, and printed.
"""

import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

SECONDS, MEMORY = 20, 2 * 1024**3
TESTS = Path(__file__).resolve().parents[1] / "tests"
OSM = """<osm version="0.6">
<node id="1" version="1" lon="11.0" lat="48.0"/><node id="3" version="1" lon="11.01" lat="48.01"/>
<node id="2" version="1" lon="11.01" lat="48.0"><tag k="man_made" v="surveillance"/>
<tag k="camera:direction" v="90;N"/></node>
<way id="4" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="5" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="building" v="yes"/></way>
<relation id="6" version="1"><member type="way" ref="5" role="outer"/><tag k="type" v="multipolygon"/>
<tag k="building" v="yes"/></relation></osm>
"""
VISITS = (
    "source,camera,azimuth,height_m,tilt,fov,pixels,status,note,date,initials\r\n"
    "cameras.csv,id:51040200001320000001,NE,5 m,20,90,4MP,working,=x,2026-11-03,ab\r\n"
    'c,"at:1.0000000,2.0000000",90,,,,,removed,,03.11.2026,A.B.\r\n'
)
EVENTS = (
    "date,time,type,longitude,latitude,n\n2019-01-31,22:30,SHOOTING,-76.60,39.30,1\n01/31/2019,1:05 PM,x,-76.6,39.3,\n"
)
POLYGONS = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"name": "A"},
         "geometry": {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}}
    ],
}  # fmt: skip
DIALECT = """
title = "Own"
crs = "GCJ-02"
ignore = ["x"]
[columns]
azimuth = ["Richtung"]
[codes.azimuth]
1 = "N"
[units]
height = "ft"
"""
PROJECT = """
budget = 5
[inputs]
cameras = ["a.csv"]
[quality]
level = "detect"
[plan.prices]
bullet-4mm = 3
[phases]
a = 1
"""


def seeds(folder: Path) -> dict[str, bytes]:
    """Return a sound file for every kind that is read."""
    import geopandas as gpd
    import openpyxl
    import osmium
    import shapely
    import test_fuzz_readers as known

    book = openpyxl.Workbook()
    for row in (["lon", "lat", "id", "height"], [1.5, 2.5, "a", "3 m"], [1.6, 2.5, "b", None]):
        book.active.append(row)
    book.save(folder / "deflated.xlsx")
    with zipfile.ZipFile(folder / "deflated.xlsx") as archive, zipfile.ZipFile(folder / "s.xlsx", "w") as stored:
        for name in archive.namelist():
            stored.writestr(name, archive.read(name))
    frame = gpd.GeoDataFrame({"id": ["a"], "azimuth": ["N"]}, geometry=[shapely.Point(1, 2)], crs=4326)
    for name in ("s.gpkg", "s.shp", "s.fgb"):
        frame.to_file(folder / name)
    with zipfile.ZipFile(folder / "s.zip", "w") as archive:
        for suffix in ("shp", "shx", "dbf", "prj"):
            archive.write(folder / f"s.{suffix}", f"s.{suffix}")
    (folder / "s.osm").write_text(OSM, encoding="utf-8")
    with osmium.SimpleWriter(str(folder / "s.pbf")) as writer:
        for thing in osmium.FileProcessor(str(folder / "s.osm")):
            writer.add(thing)
    return {
        **known.SEEDS, "kmz": known.packed(doc_kml=known.SEEDS["kml"]), "visits": VISITS.encode(),
        "events": EVENTS.encode(), "polygons": json.dumps(POLYGONS).encode(), "osm": OSM.encode(),
        "dialect": DIALECT.encode(), "project": PROJECT.encode(),
        **{name: (folder / f"s.{name}").read_bytes() for name in ("xlsx", "gpkg", "fgb", "zip", "pbf")},
    }  # fmt: skip


def read_as(form: str) -> tuple[str, Callable[[Path], object]]:
    """Return the ending a form's files have, and what reads and checks them."""
    import test_fuzz_readers as known

    from camgap.config.project import load_settings
    from camgap.coverage.inputs.area import read_polygons
    from camgap.coverage.inputs.demand import read_events
    from camgap.coverage.inputs.dialects import dialect_named
    from camgap.coverage.inputs.inventory import read_cameras
    from camgap.coverage.inputs.osm import read_osm
    from camgap.coverage.inputs.overrides import overrides_result, read_overrides
    from camgap.coverage.settings import DemandSettings

    def visits(path: Path) -> None:
        found = read_overrides([path])
        json.dumps(overrides_result(found), allow_nan=False)

    others: dict[str, tuple[str, Callable[[Path], object]]] = {
        "visits": (".csv", visits),
        "events": (".csv", lambda path: read_events(path, DemandSettings())),
        "polygons": (".geojson", read_polygons),
        "osm": (".osm", lambda path: read_osm([path])),
        "pbf": (".osm.pbf", lambda path: read_osm([path])),
        "dialect": (".toml", lambda path: dialect_named(str(path))),
        "project": (".toml", load_settings),
    }
    return others.get(form, (f".{form}", lambda path: known.assert_accounted(read_cameras(path))))


def damaged(data: bytes, rng: random.Random, tokens: list[bytes]) -> bytes:
    """Return bytes with one or more pieces overwritten, cut out, doubled, moved, or bits flipped."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4, 8))):
        at, size = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 4, 16, 200))
        piece = data[at : at + size]
        filler = rng.choice([*tokens, rng.randbytes(rng.randint(1, 6)), piece * rng.choice((2, 50))])
        to = rng.randrange(len(data) + 1)
        changed = [
            data[:at] + filler + data[at + size :], data[:at] + data[at + size :], data[:at] + filler + data[at:],
            data[:to] + piece + data[to:], data[:at],
            data[:at] + bytes(b ^ (1 << rng.randrange(8)) for b in piece[:1]) + data[at + 1 :],
        ]  # fmt: skip
        data = rng.choices(changed, weights=(4, 3, 4, 2, 0.3, 4))[0]
    return data


def one_reader(form: str, seconds: float, seed: int, folder: Path) -> int:
    """Fuzz one reader; print what was tried and what did not hold."""
    import test_fuzz_readers as known

    from camgap.coverage.errors import CamgapError

    class TooLongError(Exception):
        pass

    def alarm(*_: object) -> None:
        raise TooLongError

    sound = seeds(folder)[form]
    suffix, read = read_as(form)
    read_path = folder / f"case{suffix}"
    read_path.write_bytes(sound)
    read(read_path)  # the seed itself is sound; what is loaded by this does not count as memory of a case
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    resource.setrlimit(resource.RLIMIT_AS, (used + 6 * 1024**3, resource.RLIM_INFINITY))
    signal.signal(signal.SIGALRM, alarm)
    rng, tried, wrong = random.Random(f"{form} {seed}"), Counter[str](), Counter[str]()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = damaged(sound, rng, known.TOKENS)
        read_path.write_bytes(data)
        fault = ""
        signal.alarm(SECONDS)
        try:
            read(read_path)
            tried["read"] += 1
        except CamgapError as error:
            tried["refused"] += 1
            fault = "a refusal of several lines" if "\n" in str(error) or len(str(error)) > 1000 else ""
        except TooLongError:
            fault = f"more than {SECONDS} s"
        except BaseException as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            fault = f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
        finally:
            signal.alarm(0)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if most > used + MEMORY:
            fault, used = "more than 2 GB", most
        if fault:
            wrong[fault] += 1
            if wrong[fault] == 1:
                kept = Path(tempfile.gettempdir()) / f"camgap-fuzz-{form}-{len(wrong)}{suffix}"
                kept.write_bytes(data)
                print(f"  {form}: {fault}\n    {kept}", flush=True)
    print(f"{form}: {tried.total():,} files, {tried['read']:,} read, {tried['refused']:,} refused, "
          f"{wrong.total():,} wrong in {len(wrong)} ways", flush=True)  # fmt: skip
    return len(wrong)


def main() -> None:
    """Share the time among the readers."""
    sys.path.insert(0, str(TESTS))
    if len(sys.argv) > 1 and sys.argv[1] == "--one":
        form, seconds, seed, folder = sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5])
        raise SystemExit(min(one_reader(form, seconds, seed, folder), 1))
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    with tempfile.TemporaryDirectory(prefix="camgap-fuzz-") as name:
        forms = sys.argv[3:] or list(seeds(Path(name)))
        print(f"{len(forms)} readers, {minutes:g} minutes, seed {seed}", flush=True)
        failed = []
        for form in forms:
            folder = Path(tempfile.mkdtemp(dir=name))
            share = str(60 * minutes / len(forms))
            done = subprocess.run([sys.executable, __file__, "--one", form, share, str(seed), str(folder)], check=False)
            if done.returncode:
                failed.append(form)
            if done.returncode < 0:  # killed by a signal: compiled code crashed on the file that is still there
                case = next(folder.glob("case.*"))
                kept = Path(tempfile.gettempdir()) / f"camgap-fuzz-{form}-crash{''.join(case.suffixes)}"
                kept.write_bytes(case.read_bytes())
                print(f"{form}: killed by signal {-done.returncode}\n    {kept}", flush=True)
    print("nothing wrong" if not failed else f"wrong: {', '.join(failed)}")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
