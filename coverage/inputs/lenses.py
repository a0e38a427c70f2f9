"""What each camera of a list looks like through its lens: its own figures, else its data sheet's, else its preset's.

Every figure that is not the list's own is counted.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from camgap.coverage import optics
from camgap.coverage.heads import Heads, heads_of
from camgap.coverage.inputs.directions import Heading
from camgap.coverage.settings import CameraModel, CameraSettings, Lens, Preset

FloatArray = npt.NDArray[np.float64]

_OWN = ("hfov", "pixels", "range_m", "near_m", "height", "tilt", "vfov", "ir_m")  # columns of a list's records
_TELLING = 6  # letters and digits of a model's name that is looked for behind a maker's
_FIELD = {"height": "height_m", "ir_m": "light_m"}
_SHOWN = {
    "hfov": "hfov", "pixels": "range", "range_m": "range", "near_m": "near", "height_m": "height", "tilt": "tilt",
    "light_m": "light",
}  # fmt: skip


def lenses_of(records: pd.DataFrame, settings: CameraSettings) -> tuple[Heads, list[list[str]]]:
    """Return each camera's head, at the origin: what its list says, else its model's data sheet, else its preset.

    A camera of stated range is a flat sector unless height and tilt are known as well. A stated height gives that
    sector its drop and, with the tilt assumed, its dead zone; without one, or if nothing of a short range were left,
    neither is assumed.
    """
    sheets = _sheets(records, settings)
    filled: list[list[str]] = []
    lenses = []
    own_columns = {name: _column(records, name) for name in _OWN}
    focal, sensor = _column(records, "focal_mm"), _column(records, "sensor_mm")
    unlit = (records["light"] == "none").tolist() if "light" in records else [False] * len(records)
    for i, kind in enumerate(records["kind"]):
        own = {name: float(column[i]) for name, column in own_columns.items() if not np.isnan(column[i])}
        if unlit[i]:
            own.setdefault("ir_m", 0.0)  # a range that is stated all the same, by a visit for one, wins
        preset, sheet = settings.presets[kind], sheets[i]
        lens, taken = _completed(own, sheet, preset, _formula(focal[i], sensor[i], settings))
        lenses.append(lens)
        filled.append(taken)
    heads = heads_of(lenses)
    given = {name: ~np.isnan(records[name].to_numpy(np.float64)) for name in ("range_m", "near_m", "height", "tilt")}
    guessed = np.array(["height" in taken or "tilt" in taken for taken in filled], dtype=bool)
    flat = ~heads.sector & guessed & given["range_m"]  # a stated range is a distance on the plan: no shape is guessed
    blank = flat & (~given["height"] | _none_left(heads, records["range_m"].to_numpy(np.float64)))
    upright = flat & (blank | given["near_m"]) & ~given["tilt"]  # nothing depends on their tilt
    for i in np.flatnonzero(flat).tolist():
        unused = ["height"] * bool(blank[i]) + ["tilt"] * bool(upright[i])
        filled[i] = [name for name in filled[i] if name not in unused]
    return replace(
        heads, sector=heads.sector | flat, height=np.where(blank, np.nan, heads.height),
        tilt=np.where(upright, np.nan, heads.tilt), lens=np.where(given["height"], heads.height, np.nan),
    ), filled  # fmt: skip


def _column(records: pd.DataFrame, name: str) -> list[float]:
    """Return the numbers of a column, NaN where there is none."""
    return records[name].tolist() if name in records else [np.nan] * len(records)


def _none_left(heads: Heads, range_m: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell where the dead zone on the ground is all there is to a range [m]."""
    near = optics.edge_distance(heads.height, heads.tilt + heads.vfov / 2)
    return np.asarray(range_m <= near)


def _formula(focal_mm: float, sensor_mm: float, settings: CameraSettings) -> tuple[float, list[str]] | None:
    """Return the field of view [°] by the lens formula, and what to count; None without a focal length."""
    if np.isnan(focal_mm):
        return None
    assumed = np.isnan(sensor_mm)
    fov = float(optics.pinhole_fov(focal_mm, settings.sensor_mm if assumed else sensor_mm))
    return fov, ["hfov_lens", "sensor"] if assumed else ["hfov_lens"]


def _completed(
    own: dict[str, float], sheet: Lens | None, preset: Preset, formula: tuple[float, list[str]] | None
) -> tuple[Lens, list[str]]:
    """Return a lens of a camera's own figures, completed, and the fields that were not its own.

    The order of trust for the field of view: the list, the data sheet, the lens formula, the preset. A range without
    pixels is where 25 px/m are left; pixels then are not taken from elsewhere.
    """
    figures: dict[str, Any] = {_FIELD.get(name, name): value for name, value in own.items()}
    taken: list[str] = []
    for source, mark in ((sheet, "_sheet"), (preset, "")):
        if source is None:
            continue
        if source is preset and formula and "hfov" not in figures:
            figures["hfov"] = formula[0]
            taken += formula[1]
        optics_known = "pixels" in figures or "range_m" in figures
        for name in ("hfov", "pixels", "range_m", "lens_fov", "vfov", "near_m", "height_m", "tilt", "light_m"):
            value = getattr(source, name)
            if name in figures or value is None or (name in ("pixels", "range_m") and optics_known):
                continue
            if name in ("lens_fov", "vfov") and figures["hfov"] != source.hfov:
                continue
            figures[name] = value
            if name in _SHOWN:
                taken.append(_SHOWN[name] + mark)
    figures["pixels"] = int(figures["pixels"]) if "pixels" in figures else None
    if figures.get("near_m", 0.0) >= figures.get("range_m", np.inf):
        del figures["near_m"]  # a preset's dead zone may be longer than a camera's own short range
    return Lens(**figures), list(dict.fromkeys(taken))


def unknown_models(records: pd.DataFrame, settings: CameraSettings) -> dict[str, int]:
    """Return the models that are stated and not in the catalogue, with the number of their cameras."""
    if "model" not in records:
        return {}
    sheets = _sheets(records, settings)
    missed = Counter(str(m) for m, sheet in zip(records["model"], sheets, strict=True) if m and sheet is None)
    return dict(sorted(missed.items(), key=lambda item: (-item[1], item[0])))


def _sheets(records: pd.DataFrame, settings: CameraSettings) -> list[CameraModel | None]:
    """Return the data sheet of each camera whose model is in the catalogue.

    The maker's name may stand before a model, and a focal length that has a column of its own may be missing behind it.
    """
    if "model" not in records:
        return [None] * len(records)
    words = [(_words(word), sheet) for sheet in settings.sheets for word in (sheet.id, sheet.name, *sheet.aliases)]
    words.sort(key=lambda known: -len("".join(known[0])))  # the longest name that fits says most
    focal = _column(records, "focal_mm")
    found: dict[tuple[str, str], CameraModel | None] = {}
    out = []
    for model, mm in zip(records["model"], focal, strict=True):
        key = (str(model or ""), "" if np.isnan(mm) else f" {mm:g}mm")
        if key not in found:
            sheet = _sheet_named(key[0], words)
            found[key] = _sheet_named("".join(key), words) if sheet is None and key[0] else sheet
        out.append(found[key])
    return out


def _sheet_named(model: str, known: Sequence[tuple[list[str], CameraModel]]) -> CameraModel | None:
    """Return the first sheet whose name is the model's, or its end after other words such as the maker's."""
    spelled = _words(model)
    plain = "".join(spelled)
    ends = {"".join(spelled[i:]) for i in range(len(spelled))}
    for name, sheet in known:
        word = "".join(name)
        if word and (word == plain or (word in ends and len(word) >= _TELLING and re.search(r"\d", word))):
            return sheet
    return None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def heads_by_camera(
    records: pd.DataFrame, lens: Heads, xy: FloatArray, azimuth: FloatArray, settings: CameraSettings
) -> Heads:
    """Turn a lens per camera into a head for each direction it looks in.

    Parameters
    ----------
    lens : Heads
        Of :func:`lenses_of`.
    xy : float64 array, shape (n, 2)
        Easting, northing of the cameras [m].
    azimuth : float64 array, shape (n,)
        Where the cameras look that do not say [°]; NaN where such a camera turns all round.
    """
    looks: list[_Look] = []
    turning = (records["kind"] == "panning").tolist()
    homeless = (records["home"] == "no").tolist() if "home" in records else [False] * len(records)
    for i, headings in enumerate(records["headings"]):
        if not headings and np.isnan(azimuth[i]):
            looks.append(_turning(i, lens.hfov[i]))
        elif headings and turning[i]:
            looks += _positions(i, headings, lens.hfov[i], settings, homeless[i])
        else:
            given: Sequence[Heading] = headings or (Heading(azimuth[i], None),)
            looks += [_look(i, heading, lens.hfov[i]) for heading in given]
    row = np.array([look.camera for look in looks], dtype=np.int64)
    return replace(
        lens.take(row), xy=xy[row].reshape(-1, 2), camera=row, azimuth=np.array([look.azimuth for look in looks]),
        hfov=np.array([look.hfov for look in looks]),
        sector=lens.sector[row] | np.array([look.swept for look in looks], dtype=bool),
        sometimes=np.array([look.sometimes for look in looks], dtype=bool),
        dwell=np.array([look.dwell for look in looks], dtype=np.float64),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Look:
    """One direction a camera looks in."""

    camera: int
    azimuth: float
    hfov: float
    swept: bool = False  # the angle is given as a whole, not by the lens: a flat sector
    sometimes: bool = False
    dwell: float = 1.0


def _turning(camera: int, hfov: float, share: float = 1.0) -> _Look:
    """Return the full circle of a head that turns evenly for a share of the time."""
    return _Look(camera, 0.0, 360.0, True, True, share * min(hfov / 360.0, 1.0))


def _positions(
    camera: int, headings: Sequence[Heading], hfov: float, settings: CameraSettings, homeless: bool
) -> list[_Look]:
    """Return what a moving head with headings looks at: one is its home, several are a tour, an angle is swept.

    The one heading of a head that is said to have no home is where it looks at times: it turns evenly.
    """
    if len(headings) == 1 and headings[0].span is None:
        if homeless:
            return [_turning(camera, hfov)]
        home = _Look(camera, headings[0].azimuth, hfov, dwell=settings.home_share)
        return [home, _turning(camera, hfov, 1.0 - settings.home_share)]
    stay = settings.dwell_s / (len(headings) * (settings.dwell_s + settings.move_s)) if len(headings) > 1 else 1.0
    return [
        replace(look, sometimes=True, dwell=stay * min(hfov / look.hfov, 1.0))
        for look in (_look(camera, heading, hfov) for heading in headings)
    ]


def _look(camera: int, heading: Heading, hfov: float) -> _Look:
    """Return a heading as a look; an angle that is given as a whole is not the lens' own."""
    return _Look(camera, heading.azimuth, hfov if heading.span is None else heading.span, heading.span is not None)
