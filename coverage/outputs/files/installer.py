"""The installer's schedule: where each camera goes, how it is turned, and what it costs, as one CSV."""

from typing import Any

import pandas as pd

from camgap.coverage.outputs.money import Terms, schedule
from camgap.coverage.outputs.run import Run

COLUMNS = (
    "rank", "phase", "action", "mount", "mount_kind", "moved_to", "street", "lon", "lat", "azimuth_deg", "tilt_deg",
    "height_m", "hfov_deg", "range_m", "model", "model_name", "price", "currency",
)  # fmt: skip


def installer_schedule(run: Run, terms: Terms) -> pd.DataFrame:
    """Return one row per action, columns :data:`COLUMNS`.

    `mount` is the place of a new camera, else the id of the camera that is acted upon. Azimuths are clockwise from true
    north, tilt is below the horizon; what the run does not state is empty.
    """
    models, rows = run.models, []
    sites: list[dict[str, Any]] = [{str(k): v for k, v in s.items()} for s in schedule(run, terms).to_dict("records")]
    for site in sites:
        model = models.get(site["model"], {})

        def stated(key: str, site: dict[str, Any] = site, model: dict[str, Any] = model) -> Any:
            value = site.get(key)
            return model.get(key) if value is None else value

        rows.append(
            (
                site["rank"], site["phase"], site.get("action", "new"), site["id"], site["kind"], site.get("to", ""),
                site["street"], round(site["lon"], 7), round(site["lat"], 7), site["azimuth"], stated("tilt"),
                stated("height_m"), stated("hfov"), stated("range_m"), site["model"], model.get("name", ""),
                site["cost"], run.currency,
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))
