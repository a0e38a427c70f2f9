"""The plan as a workbook with live formulas: schedule, bill of materials, budget by year, assumptions.

Every amount beyond the sites' own prices is a formula, so that a changed price, phase or yearly cost changes the sums.
The values the formulas have now are stored with them, for programs that do not calculate.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from camgap.coverage.outputs.money import Terms, budget, phase_names
from camgap.coverage.outputs.run import Run
from camgap.coverage.outputs.safe_cells import plain_text

COLUMNS = (  # heading, key of a site, width, number format
    ("no.", "rank", 6, "0"), ("mount", "id", 16, ""), ("kind", "kind", 14, ""), ("street", "street", 26, ""),
    ("longitude", "lon", 12, "0.000000"), ("latitude", "lat", 12, "0.000000"), ("azimuth [°]", "azimuth", 10, "0"),
    ("tilt [°]", "tilt", 8, "0.0"), ("height [m]", "height_m", 9, "0.0"), ("model", "model", 18, ""),
    ("item", "item", 20, ""), ("price", "cost", 12, "#,##0.00"), ("adds [m]", "gain_m", 10, "#,##0.0"),
    ("covered then", "cumulative_share", 12, "0.0%"), ("year built", "phase", 8, "0"),
    ("yearly", "yearly", 12, "#,##0.00"), ("phase", "phase_name", 14, ""),
)  # fmt: skip
KEYS = tuple(key for _, key, *_ in COLUMNS)
MONEY = "#,##0.00"


def write_workbook(path: Path, run: Run, terms: Terms, table: pd.DataFrame) -> None:
    """Write the workbook of a plan; `table` is its :func:`~camgap.coverage.outputs.money.schedule` on these terms."""
    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    )
    book.set_properties({"title": "camgap plan", "created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
    book.set_calc_mode("auto")
    _Sheets(book, run, terms, table).write()
    book.close()


class _Sheets:
    """The four sheets; cells of one refer to the others."""

    def __init__(self, book: Any, run: Run, terms: Terms, table: pd.DataFrame) -> None:
        self.book, self.run, self.terms, self.table = book, run, terms, table
        self.last = max(len(table), 1) + 1  # last row of the schedule, as the sheet counts
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.bold = book.add_format({"bold": True, "top": 1, "num_format": MONEY})
        self.money = book.add_format({"num_format": MONEY})
        self.input = book.add_format({"bg_color": "#FFF2CC", "num_format": MONEY})
        own = phase_names(run) or [str(n + 1) for n in range(terms.parts)]
        self.names = [*own, *["–"] * (terms.years - len(own))]  # of what is built in each year
        self.items = sorted(set(table["item"])) if len(table) else []

    def column(self, key: str) -> str:
        """Return a column of the schedule as an absolute range."""
        letter = xl_rowcol_to_cell(0, KEYS.index(key)).rstrip("1")
        return f"Schedule!${letter}$2:${letter}${self.last}"

    def write(self) -> None:
        self.schedule()
        self.materials()
        self.budget()
        self.assumptions()

    def sheet(self, name: str, heads: tuple[str, ...], widths: tuple[int, ...]) -> Any:
        sheet = self.book.add_worksheet(name)
        for i, (head, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.write_string(0, i, head, self.head)
            sheet.set_column(i, i, width)
        sheet.freeze_panes(1, 0)
        return sheet

    def schedule(self) -> None:
        sheet = self.sheet("Schedule", tuple(c[0] for c in COLUMNS), tuple(c[2] for c in COLUMNS))
        formats = [self.book.add_format({"num_format": f or "General"}) for *_, f in COLUMNS]
        models = self.run.models
        for row, site in enumerate(self.table.to_dict("records"), start=1):
            for column, (_, key, _, _) in enumerate(COLUMNS):
                if key in ("yearly", "phase_name"):
                    (self.yearly if key == "yearly" else self.phase)(sheet, row, column, site)
                    continue
                value = site.get(key)
                value = (
                    models.get(site["model"], {}).get(key) if value is None and key in ("tilt", "height_m") else value
                )
                if value is None or value != value:
                    continue
                if isinstance(value, str):
                    sheet.write_string(row, column, plain_text(value), formats[column])
                else:
                    sheet.write_number(row, column, value, formats[column])

    def yearly(self, sheet: Any, row: int, column: int, site: Mapping[Any, Any]) -> None:
        """Write a site's yearly cost: that of its item in sheet Materials; nothing where a camera stands already."""
        items, item = f"Materials!$A$2:$A${len(self.items) + 1}", xl_rowcol_to_cell(row, KEYS.index("item"))
        formula = f"=SUMPRODUCT(--EXACT({items},{item}),{items.replace('$A', '$F')})"
        sheet.write_formula(row, column, formula, self.money, site["yearly"])

    def phase(self, sheet: Any, row: int, column: int, site: Mapping[Any, Any]) -> None:
        """Write the name sheet Budget gives to the phase that is built in a site's year."""
        year = xl_rowcol_to_cell(row, KEYS.index("phase"))
        formula = f"=INDEX(Budget!$G$2:$G${self.terms.years + 1},{year})"
        sheet.write_formula(row, column, formula, None, plain_text(self.names[site["phase"] - 1]))

    def materials(self) -> None:
        heads = ("item", "name", "pieces", "unit price", "sum", "yearly cost of one")
        sheet = self.sheet("Materials", heads, (20, 30, 8, 12, 14, 14))
        used = self.items
        for row, item in enumerate(used, start=1):
            own = self.table[self.table["item"] == item]
            model = self.run.models.get(own["model"].iloc[0], {})
            sheet.write_string(row, 0, plain_text(item))
            sheet.write_string(row, 1, plain_text(model.get("name", "")))
            sheet.write_formula(row, 2, f"=SUMPRODUCT(--EXACT({self.column('item')},A{row + 1}))", None, len(own))
            total = float(own["cost"].sum())
            sheet.write_formula(row, 3, f"=E{row + 1}/C{row + 1}", self.money, total / len(own))
            formula = f"=SUMPRODUCT(--EXACT({self.column('item')},A{row + 1}),{self.column('cost')})"
            sheet.write_formula(row, 4, formula, self.money, total)
            sheet.write_number(row, 5, float(own["yearly"].mean()), self.input)
        end = len(used) + 1
        sheet.write_string(end, 0, "total", self.bold)
        sheet.write_formula(end, 2, f"=SUM(C2:C{max(end, 2)})" if used else "=0", self.bold, len(self.table))
        total = float(self.table["cost"].sum()) if len(self.table) else 0.0
        sheet.write_formula(end, 4, f"=SUM(E2:E{max(end, 2)})" if used else "=0", self.bold, total)

    def budget(self) -> None:
        sheet = self.sheet(
            "Budget",
            ("year", "cameras", "capital", "upkeep", "total", "total so far", "phase"),
            (8, 9, 14, 14, 14, 14, 14),
        )
        costs, so_far = budget(self.table, self.terms), 0.0
        for row, cost in enumerate(costs.to_dict("records"), start=1):
            n, so_far = row + 1, so_far + cost["total"]
            phase, price = self.column("phase"), self.column("cost")
            sheet.write_number(row, 0, cost["year"])
            built = int((self.table["phase"] == cost["year"]).sum())
            sheet.write_formula(row, 1, f"=COUNTIF({phase},A{n})", None, built)
            sheet.write_formula(row, 2, f"=SUMIF({phase},A{n},{price})", self.money, cost["capital"])
            running = f'=SUMIF({phase},"<="&A{n},{self.column("yearly")})'
            sheet.write_formula(row, 3, running, self.money, cost["upkeep"])
            sheet.write_formula(row, 4, f"=C{n}+D{n}", self.money, cost["total"])
            sheet.write_formula(row, 5, f"=SUM(E$2:E{n})", self.money, so_far)
            sheet.write_string(row, 6, plain_text(self.names[row - 1]))
        end = len(costs) + 1
        sheet.write_string(end, 0, "total", self.bold)
        for column, key in ((1, None), (2, "capital"), (3, "upkeep"), (4, "total")):
            letter = "ABCDE"[column]
            value = float(costs[key].sum()) if key else len(self.table)
            sheet.write_formula(end, column, f"=SUM({letter}2:{letter}{end})", self.bold, value)

    def assumptions(self) -> None:
        sheet = self.sheet("Assumptions", ("what", "value", "note"), (34, 16, 80))
        spent, limit = float(self.run.result.get("spent", 0.0)), self.run.result.get("budget")
        sheet.write_string(1, 0, "yearly cost of new cameras")
        sheet.write_string(
            1,
            2,
            "yellow cells of sheet Materials: change them there, the budget follows; none on top for standing cameras",
        )
        sheet.write_string(2, 0, "currency")
        sheet.write_string(2, 1, plain_text(self.run.currency))
        sheet.write_string(3, 0, "budget of the run")
        if limit is not None:
            sheet.write_number(3, 1, limit, self.money)
        sheet.write_string(4, 0, "capital of the run (result.json)")
        sheet.write_number(4, 1, spent, self.money)
        sheet.write_string(5, 0, "capital of this workbook")
        sheet.write_formula(5, 1, f"=SUM({self.column('cost')})", self.money, spent)
        sheet.write_string(6, 0, "difference")
        sheet.write_formula(6, 1, "=B6-B5", self.money, 0.0)
        sheet.write_string(6, 2, "0 as long as no price was changed")
        sheet.write_string(7, 0, "phases")
        sheet.write_string(
            7,
            2,
            "one a year; to build in another year, change column year built of sheet Schedule",
        )
        sheet.write_string(8, 0, "streets and buildings")
        sheet.write_string(8, 2, "© OpenStreetMap contributors, Open Database Licence 1.0")
