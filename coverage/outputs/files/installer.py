"""The installer's schedule: where each camera goes, how it is turned, and what it costs, as one CSV."""

from typing import Any

import pandas as pd

from camgap.coverage.outputs.money import phase_name
from camgap.coverage.outputs.run import Run

COLUMNS = (
    "rank", "phase", "action", "mount", "mount_kind", "moved_to", "street", "lon", "lat", "azimuth_deg", "tilt_deg",
    "height_m", "hfov_deg", "range_m", "model", "model_name", "price", "currency",
)  # fmt: skip


def installer_schedule(run: Run, table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per action, columns :data:`COLUMNS`.

    `mount` is the place of a new camera, else the id of the camera that is acted upon. Azimuths are clockwise from true
    north, tilt is below the horizon, the range is that of the view planned; what the run does not state is empty.

    Parameters
    ----------
    table : DataFrame
        The plan's :func:`~camgap.coverage.outputs.money.schedule`.
    """
    models, cameras, ranges = run.models, _cameras(run), _ranges(run)
    rows = []
    for site in table.to_dict("records"):
        model = models.get(site["model"], {})
        known = ({str(k): v for k, v in site.items()}, model, cameras.get(site["id"], {}))
        rows.append(
            (
                site["rank"], phase_name(run, site["phase"]), site.get("action", "new"), site["id"], site["kind"],
                site.get("to", ""), site["street"], round(site["lon"], 7), round(site["lat"], 7), site["azimuth"],
                _first(known, "tilt"), _first(known, "height_m"), _first(known, "hfov"),
                ranges.get(site["rank"], _first(known, "range_m")), site["model"], model.get("name", ""), site["cost"],
                run.currency,
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _first(known: tuple[dict[str, Any], ...], key: str) -> Any:
    """Return what the site itself, else its model, else the camera that stands there says; None where none does."""
    return next((one[key] for one in known if not pd.isna(one.get(key))), None)


def _cameras(run: Run) -> dict[str, dict[str, Any]]:
    """Return the optics of the cameras that stand, by id where only one has it; their range today is not the plan's."""
    cameras = run.layers["cameras"].drop_duplicates("id", keep=False)
    columns = [c for c in ("tilt", "height_m", "hfov") if c in cameras]
    return {str(row["id"]): {str(k): v for k, v in row.items()} for row in cameras[["id", *columns]].to_dict("records")}


def _ranges(run: Run) -> dict[int, float]:
    """Return how far the planned views reach, by rank [m]."""
    views = run.layers["views"]
    if "range_m" not in views:
        return {}
    planned = views[views["role"] == "proposed"].groupby("rank")["range_m"].max().round(1)
    return {int(str(rank)): float(metres) for rank, metres in planned.items()}
