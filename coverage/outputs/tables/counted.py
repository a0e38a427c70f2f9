"""What a plan is to make great, in words: the unit of what its sites and steps add to it."""

from collections.abc import Mapping
from typing import Any

from camgap.coverage.outputs.tables.parts import percent

UNITS = {"mix": "by day and night", "backup": "seen twice", "expected": "expected to be seen"}
SHARES = {**UNITS, "demand": "demand covered", "mix": "counted by day and night"}


class Counted:
    """How gains are told: in metres of street, and beside these in the objective's unit where it is another.

    Parameters
    ----------
    result : mapping
        Of ``camgap plan``; one that does not say what it counts is taken to count length.
    """

    def __init__(self, result: Mapping[str, Any]) -> None:
        plan = result.get("plan", {})
        self.name: str = plan.get("counted", "length")
        self.total: float = plan.get("total") or 1.0

    @property
    def other(self) -> bool:
        """Whether something else than length counts."""
        return self.name != "length"

    @property
    def title(self) -> str:
        """What counts, as the heading of a column."""
        return "demand" if self.name == "demand" else f"m {UNITS[self.name]}"

    @property
    def shares(self) -> str:
        """What counts, as the heading of a column of shares."""
        return SHARES[self.name]

    def short(self, value: float) -> str:
        """Return a value as a cell of a column with that heading."""
        return f"{100 * value / self.total:.2f} %" if self.name == "demand" else f"{value:,.0f}"

    def long(self, part: Mapping[str, Any], key: str) -> str:
        """Return the value of a key in words; in metres of street under the same key with ``_m``."""
        street = f"{part[f'{key}_m']:,.0f} m"
        if not self.other:
            return street
        of = f"{self.short(part[key])} of the demand" if self.name == "demand" else f"{part[key]:,.0f} {self.title}"
        return f"{of} ({street} of street)"

    def share(self, value: float) -> str:
        """Return a value as a share of all that could count."""
        return percent(value / self.total)
