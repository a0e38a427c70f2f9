"""Tables for people, and how numbers are written in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

MOST_ROWS = 10


@dataclass(frozen=True)
class Table:
    """A titled table of ready text; the first `left` columns are words, the others numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1


def km(metres: float) -> str:
    """Return a length for people: 12.34 km."""
    return f"{metres / 1000:,.2f} km"


def percent(share: float) -> str:
    """Return a share for people: 12.3 %."""
    return f"{100 * share:.1f} %"


def at_most(share: float) -> str:
    """Return a share that another does not exceed, rounded up."""
    return percent(ceil(1000 * share - 1e-9) / 1000)


def of_budget(result: Mapping[str, Any]) -> str:
    """Return what the money was limited to, in words."""
    return f"of {result['budget']:,.0f}" if result["budget"] is not None else "no budget given"


def heading(title: str, count: int) -> str:
    """Return the title of a table that shows the first of so many rows."""
    return f"{title} (first {MOST_ROWS} of {count:,})" if count > MOST_ROWS else f"{title} ({count:,})"


def by_name(counts: Mapping[str, int]) -> str:
    """Return numbers with their names, in one line; noughts are left out."""
    return ", ".join(f"{name} {n:,}" for name, n in counts.items() if n)


def stands_at(name: str, action: Mapping[str, Any]) -> str:
    """Return the mount or camera of an action, and where a camera is moved to."""
    return f"{name} to {action['to']}" if action.get("to") else name
