"""What was typed at the command line, understood: text -> values and settings."""

from datetime import date
from pathlib import Path
from typing import Any

from camgap.config.project import load_settings
from camgap.coverage.errors import SettingsError
from camgap.coverage.settings import FOOT_CLASSES, Settings


def settings_given(
    config: Path | None,
    osm: list[Path] | None,
    place: str | None,
    bbox: str | None,
    footways: bool = False,
    **over: Any,
) -> Settings:
    """Fill the settings: presets, project file, then what was given here.

    Raises
    ------
    SettingsError
        If something is given twice, or is none of the values it may have.
    """
    if place and osm:
        raise SettingsError("--place and --osm: give one of them, a place to download or a file")
    if footways:
        over["streets.also"] = FOOT_CLASSES
    return load_settings(config, osm=osm, place=place, bbox=box(bbox), **over)


def files_read(settings: Settings, config: Path | None) -> tuple[Path, ...]:
    """Return every file a command reads, its project file among them."""
    from camgap.coverage.study import files_of

    return (*files_of(settings.inputs), *([config] if config else []))


def box(text: str | None) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of a text; degrees of any system."""
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise SettingsError(
            f"--bbox {text!r}: expected four numbers west,south,east,north, e.g. 8.50,47.36,8.56,47.39"
        ) from None
    return west, south, east, north


def at_degrees(text: str | None) -> tuple[float, float] | None:
    """Return longitude, latitude of a LAT,LON text."""
    if text is None:
        return None
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        raise SettingsError(f"--from {text!r}: expected LAT,LON in degrees, e.g. 48.1374,11.5755") from None
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise SettingsError(f"--from {text!r}: latitude lies within 90, longitude within 180 degrees; write LAT,LON")
    return lon, lat


def day(option: str, text: str | None) -> str:
    """Return a day as ISO 8601, "" if none is given."""
    if text is None:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise SettingsError(f"{option} {text!r}: expected a day, e.g. 2026-01-31") from None


def money(option: str, form: str, given: list[str] | None) -> dict[str, float] | None:
    """Return amounts of money by name."""
    if given is None:
        return None
    found: dict[str, float] = {}
    for text in given:
        name, _, amount = text.partition("=")
        if name.strip() in found:
            raise SettingsError(f"{option} {text!r}: {name.strip()} is given twice")
        try:
            found[name.strip()] = float(amount)
        except ValueError:
            raise SettingsError(f"{option} {text!r}: expected {form}") from None
    return found


def shares(option: str, form: str, given: list[str] | None) -> dict[str, float] | None:
    """Return named shares; a name may hold an equals sign."""
    found: dict[str, float] = {}
    for text in given or ():
        name, equals, amount = (part.strip() for part in text.rpartition("="))
        if name in found:
            raise SettingsError(f"{option} {text!r}: {name} is given twice")
        try:
            found[name] = float(amount)
        except ValueError:
            equals = ""
        if not (equals and name and 0 <= found[name] <= 1):
            raise SettingsError(f"{option} {text!r}: expected {form}, a share from 0 to 1")
    return None if given is None else found
