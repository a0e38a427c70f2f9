"""Phases and costs of a plan over the years; every figure follows from the sites' prices and declared terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from camgap.coverage.errors import SettingsError
from camgap.coverage.outputs.run import Run

MOST_YEARS = 50
USUAL_PHASES = 3
USUAL_UPKEEP = 0.10  # of the price a year, where a model states no yearly cost: an assumption; published systems paid
# between a tenth and a sixth (19 cameras: 1,053 GBP each a year; one deployable unit: 7,000 GBP)


@dataclass(frozen=True)
class Terms:
    """How a plan is built and paid.

    Parameters
    ----------
    phases : int, optional
        Parts the plan is built in, one a year, where it has no phases of its own; three, or as many as there are years,
        if not given.
    years : int
        Years over which costs are summed, the building years among them.
    upkeep : float, optional
        Yearly cost of a new camera as a share of its price, from the year it is built on. If not given, what its model
        states (``yearly``), or :data:`USUAL_UPKEEP` where it states nothing.

    Raises
    ------
    SettingsError
        If a term makes no sense.
    """

    phases: int | None = None
    years: int = 5
    upkeep: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.years <= MOST_YEARS:
            raise SettingsError(f"--years {self.years}: expected 1 to {MOST_YEARS}")
        if self.phases is not None and not 1 <= self.phases <= self.years:
            raise SettingsError(
                f"--phases {self.phases}: expected 1 to {self.years}, one a year of --years {self.years}"
            )
        if self.upkeep is not None and not 0 <= self.upkeep <= 10:
            raise SettingsError(f"--upkeep {self.upkeep}: expected a share of the price a year, 0 to 10, e.g. 0.1")

    @property
    def parts(self) -> int:
        """Number of parts, given or not."""
        return min(USUAL_PHASES, self.years) if self.phases is None else self.phases

    def yearly(self, model: Mapping[str, Any], price: float) -> float:
        """Return what a new camera of a model costs a year."""
        if self.upkeep is not None:
            return self.upkeep * price
        stated = model.get("yearly")
        return USUAL_UPKEEP * price if stated is None else float(stated)


def phase_names(run: Run) -> list[str]:
    """Return the names of a plan's own phases, in order; none where it has fewer than two."""
    names = [str(phase["name"]) for phase in run.result.get("phases") or ()]
    return names if len(names) > 1 else []


def phase_name(run: Run, phase: int) -> str:
    """Return the name of the n-th phase: the plan's own, else its number."""
    names = phase_names(run)
    return names[phase - 1] if names else str(phase)


def schedule(run: Run, terms: Terms) -> pd.DataFrame:
    """Return the proposed measures with the phase their plan gives them, else in order of rank, as much money in each.

    Without phases of its own a plan is cut so: a camera belongs to the phase in which the middle of its cost lies.

    Returns
    -------
    DataFrame
        The columns of result.json's ``sites``, and ``phase`` (1, 2 ...), ``item`` (what is bought: the model of a new
        camera, else the action and the model if any), ``yearly`` (running cost on top of today's; cameras that stand
        already cost no more than before); empty where nothing is proposed.

    Raises
    ------
    SettingsError
        If the plan has phases of its own and ``terms.phases`` is another number, or more of them than ``terms.years``.
    """
    if not run.sites:
        return pd.DataFrame(columns=["rank", "cost", "phase", "gain_m", "cumulative_share", "model", "item", "yearly"])
    table, names, models = pd.DataFrame(run.sites), phase_names(run), run.models
    if len(names) > terms.years:
        raise SettingsError(
            f"--years {terms.years}: the plan has {len(names)} phases, one a year; give --years {len(names)} or more"
        )
    if names and terms.phases not in (None, len(names)):
        raise SettingsError(
            f"--phases {terms.phases}: the plan has {len(names)} phases of its own ({', '.join(names)}); leave it out"
        )
    if names:
        table["phase"] = [names.index(str(name)) + 1 for name in table["phase"]]
    else:
        cost = table["cost"] if table["cost"].sum() > 0 else pd.Series(1.0, table.index)
        middle = (cost.cumsum() - cost / 2) / cost.sum()
        table["phase"] = (middle * terms.parts).astype(int).clip(upper=terms.parts - 1) + 1
    action = table["action"] if "action" in table else pd.Series("new", table.index)
    new = action == "new"
    table["item"] = table["model"].where(new, (action + " " + table["model"].fillna("")).str.strip())
    yearly = [terms.yearly(models.get(m, {}), c) for m, c in zip(table["model"], table["cost"], strict=True)]
    table["yearly"] = pd.Series(yearly, table.index).where(new, 0.0)
    return table


def budget(table: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """Return what every year costs: ``year``, ``capital``, ``upkeep``, ``total``.

    Parameters
    ----------
    table : DataFrame
        Of :func:`schedule`; phase 1 is built in year 1.
    """
    years = range(1, terms.years + 1)
    capital = pd.Series([float(table.loc[table["phase"] == y, "cost"].sum()) for y in years], dtype=float)
    upkeep = pd.Series([float(table.loc[table["phase"] <= y, "yearly"].sum()) for y in years], dtype=float)
    return pd.DataFrame({"year": list(years), "capital": capital, "upkeep": upkeep, "total": capital + upkeep})
