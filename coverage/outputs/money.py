"""Phases and costs of a plan over the years; every figure follows from the sites' prices and declared terms."""

from dataclasses import dataclass

import pandas as pd

from camgap.coverage.errors import SettingsError
from camgap.coverage.outputs.run import Run

MOST_YEARS = 50


@dataclass(frozen=True)
class Terms:
    """How a plan is built and paid.

    Parameters
    ----------
    phases : int
        Parts the plan is built in, one a year.
    years : int
        Years over which costs are summed, the building years among them.
    upkeep : float
        Yearly cost of a camera as a share of its price, from the year it is built on. 0.10 is an assumption; published
        systems paid between a tenth and a sixth (19 cameras: 1,053 GBP each a year; one deployable unit: 7,000 GBP).

    Raises
    ------
    SettingsError
        If a term makes no sense.
    """

    phases: int = 3
    years: int = 5
    upkeep: float = 0.10

    def __post_init__(self) -> None:
        if not 1 <= self.years <= MOST_YEARS:
            raise SettingsError(f"--years {self.years}: expected 1 to {MOST_YEARS}")
        if not 1 <= self.phases <= self.years:
            raise SettingsError(
                f"--phases {self.phases}: expected 1 to {self.years}, one a year of --years {self.years}"
            )
        if not 0 <= self.upkeep <= 10:
            raise SettingsError(f"--upkeep {self.upkeep}: expected a share of the price a year, 0 to 10, e.g. 0.1")


def schedule(run: Run, terms: Terms) -> pd.DataFrame:
    """Return the proposed cameras with the phase their plan gives them, else in order of rank, as much money in each.

    Without phases of its own a plan is cut so: a camera belongs to the phase in which the middle of its cost lies.

    Returns
    -------
    DataFrame
        The columns of result.json's ``sites`` and ``phase`` (1, 2 ...); empty where nothing is proposed.
    """
    if not run.sites:
        return pd.DataFrame(columns=["rank", "cost", "phase", "gain_m", "cumulative_share", "model"])
    table = pd.DataFrame(run.sites)
    named = {phase["name"]: number for number, phase in enumerate(run.result.get("phases") or (), start=1)}
    if len(named) > 1:
        table["phase"] = table["phase"].map(named).astype(int)
    else:
        spent = table["cost"].cumsum()
        middle = (spent - table["cost"] / 2) / spent.iloc[-1]
        table["phase"] = (middle * terms.phases).astype(int).clip(upper=terms.phases - 1) + 1
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
    upkeep = capital.cumsum() * terms.upkeep
    return pd.DataFrame({"year": list(years), "capital": capital, "upkeep": upkeep, "total": capital + upkeep})
