"""The workbook's formulas, calculated anew: by a small reader of its few functions, and by LibreOffice if here."""

import re
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

from camgap.coverage.errors import SettingsError
from camgap.coverage.outputs.files.workbook import write_workbook
from camgap.coverage.outputs.money import USUAL_UPKEEP, Terms, budget, schedule
from camgap.coverage.outputs.run import Run

MODELS = [
    {"id": "bullet", "name": "Bullet 4 MP", "price": 1000.0, "yearly": 150.0},
    {"id": "dome", "name": "Dome, no yearly cost stated", "price": 700.5},
]


def site(rank, action, model, cost, phase=""):
    return {
        "rank": rank, "id": f"M{rank}", "kind": "pole", "street": "Street", "lon": 10.0, "lat": 50.0, "azimuth": 90.0,
        "model": model, "cost": cost, "gain_m": 100.0 - rank, "cumulative_share": 0.1 * rank, "action": action,
        "phase": phase,
    }  # fmt: skip


def run(sites, phases=()):
    result = {
        "sites": sites, "models": MODELS, "currency": "EUR", "budget": 9000.0, "spent": sum(s["cost"] for s in sites),
        "before": {}, "phases": [{"name": name} for name in phases],
    }  # fmt: skip
    return Run(Path(), result, {}, {})


MIXED = [
    site(1, "new", "bullet", 1000.0),
    site(2, "reaim", "", 150.0),
    site(3, "new", "dome", 700.5),
    site(4, "upgrade", "bullet", 700.0),
    site(5, "new", "bullet", 1000.0),
    site(6, "repair", "", 400.0),
]
RUNS = {
    "mixed": run(MIXED),
    "phased": run([{**s, "phase": "2028" if s["rank"] > 3 else "2027"} for s in MIXED], ("2027", "2028")),
    "free": run([site(1, "new", "dome", 0.0), site(2, "new", "dome", 0.0)]),
    "nothing": run([]),
}


# --- a reader of the functions the workbook uses ---


class Sheets:
    """Values of a workbook's cells, calculated from its formulas alone; stored values are not looked at."""

    def __init__(self, path):
        self.book = openpyxl.load_workbook(path)

    def cells(self, text, here):
        sheet, _, area = text.rpartition("!")
        area = (self.book[sheet] if sheet else here)[area.replace("$", "")]
        rows = area if isinstance(area, tuple) else ((area,),)
        return [self.value(cell) for row in rows for cell in (row if isinstance(row, tuple) else (row,))]

    def value(self, cell):
        if cell.data_type != "f":
            return cell.value
        return self.evaluate(cell.value[1:], cell.parent)

    def evaluate(self, text, here):
        number = lambda v: v if isinstance(v, int | float) else 0.0  # noqa: E731
        if found := re.fullmatch(r"SUM\(([^()]+)\)", text):
            return sum(map(number, self.cells(found[1], here)))
        if found := re.fullmatch(r"SUMPRODUCT\(--EXACT\(([^(),]+),([^(),]+)\)(?:,([^(),]+))?\)", text):
            one, other = self.cells(found[1], here), self.cells(found[2], here)[0]
            weights = self.cells(found[3], here) if found[3] else [1] * len(one)
            return sum(number(w) for v, w in zip(one, weights, strict=True) if (v or "") == (other or ""))
        if found := re.fullmatch(r"INDEX\(([^(),]+),([A-Z]+\d+)\)", text):
            return self.cells(found[1], here)[self.cells(found[2], here)[0] - 1]
        if found := re.fullmatch(r"COUNTIF\(([^(),]+),([A-Z]+\d+)\)", text):
            wanted = self.cells(found[2], here)[0]
            return sum(v == wanted for v in self.cells(found[1], here))
        if found := re.fullmatch(r'SUMIF\(([^(),]+),("<="&)?([A-Z]+\d+),([^(),]+)\)', text):
            bound = self.cells(found[3], here)[0]
            pairs = zip(self.cells(found[1], here), self.cells(found[4], here), strict=True)
            return sum(number(w) for v, w in pairs if v is not None and (v <= bound if found[2] else v == bound))
        if found := re.fullmatch(r"([A-Z]+\d+)([-+/])([A-Z]+\d+)", text):
            a, b = (number(self.cells(found[i], here)[0]) for i in (1, 3))
            return {"+": a + b, "-": a - b, "/": a / b if b else 0.0}[found[2]]
        return float(text)


@pytest.fixture(params=RUNS)
def named(request):
    return request.param


@pytest.fixture(params=[Terms(), Terms(phases=2, years=7, upkeep=0.25)], ids=["own", "share"])
def terms(request):
    return request.param


@pytest.fixture
def book(named, terms, tmp_path):
    write_workbook(tmp_path / "plan.xlsx", RUNS[named], terms, schedule(RUNS[named], terms))
    return tmp_path / "plan.xlsx"


def formulas(path):
    book = openpyxl.load_workbook(path)
    return [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]


def assert_totals(read, named, terms):
    """Assert that sums of a workbook, read(sheet, cell), are the run's own."""
    plan = RUNS[named].result
    sites, costs = plan["sites"], budget(schedule(RUNS[named], terms), terms)
    last = len(costs) + 2
    assert read("Assumptions", "B6") == pytest.approx(plan["spent"])
    assert read("Assumptions", "B7") == pytest.approx(0.0)
    assert read("Budget", f"B{last}") == len(sites)
    for letter, key in zip("CDE", ("capital", "upkeep", "total"), strict=True):
        assert read("Budget", f"{letter}{last}") == pytest.approx(costs[key].sum()), key
        for i, value in enumerate(costs[key]):
            assert read("Budget", f"{letter}{i + 2}") == pytest.approx(value), (key, i)
    assert read("Budget", f"F{last - 1}") == pytest.approx(costs["total"].sum())
    names = [s["phase"] or read("Schedule", f"O{row}") for row, s in enumerate(sites, start=2)]
    assert [str(read("Schedule", f"Q{row}")) for row in range(2, len(sites) + 2)] == [str(name) for name in names]
    items = {s["model"] if s["action"] == "new" else f"{s['action']} {s['model']}".strip() for s in sites}
    assert read("Materials", f"C{len(items) + 2}") == len(sites)
    assert read("Materials", f"E{len(items) + 2}") == pytest.approx(plan["spent"])


def test_formulas_say_what_the_plan_says(book, named, terms):
    sheets = Sheets(book)
    assert_totals(lambda sheet, cell: sheets.value(sheets.book[sheet][cell]), named, terms)


def test_every_stored_value_is_what_its_formula_gives(book):
    sheets, stored = Sheets(book), openpyxl.load_workbook(book, data_only=True)
    cells = formulas(book)
    assert len(cells) > 15
    for cell in cells:
        kept = stored[cell.parent.title][cell.coordinate].value
        assert kept == pytest.approx(sheets.value(sheets.book[cell.parent.title][cell.coordinate])), cell.value


def test_a_changed_price_changes_the_sums(tmp_path):
    write_workbook(tmp_path / "plan.xlsx", RUNS["mixed"], Terms(), schedule(RUNS["mixed"], Terms()))
    sheets = Sheets(tmp_path / "plan.xlsx")
    heads = {cell.value: cell.column_letter for cell in sheets.book["Schedule"][1]}
    sheets.book["Schedule"][f"{heads['price']}2"].value = 1500.0
    assert sheets.value(sheets.book["Assumptions"]["B7"]) == pytest.approx(500.0)
    sheets.book["Materials"]["F2"].value = 0.0
    assert sheets.value(sheets.book["Budget"]["D7"]) < budget(schedule(RUNS["mixed"], Terms()), Terms())["upkeep"].sum()


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not here")
@pytest.mark.parametrize("named", ["mixed", "phased"])
def test_libreoffice_calculates_the_same(named, tmp_path):
    write_workbook(tmp_path / "plan.xlsx", RUNS[named], Terms(), schedule(RUNS[named], Terms()))
    openpyxl.load_workbook(tmp_path / "plan.xlsx").save(tmp_path / "bare.xlsx")  # formulas without their stored values
    profile, out = (tmp_path / "profile").as_uri(), tmp_path / "calculated"
    command = [
        "soffice",
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(out),
    ]
    subprocess.run([*command, str(tmp_path / "bare.xlsx")], check=True, capture_output=True, timeout=300)
    stored = openpyxl.load_workbook(out / "bare.xlsx", data_only=True)
    assert_totals(lambda sheet, cell: stored[sheet][cell].value, named, Terms())


# --- money ---


def test_upkeep_is_that_of_new_cameras_as_their_models_state_it():
    table = schedule(RUNS["mixed"], Terms(phases=1))
    assert table["yearly"].tolist() == [150.0, 0.0, pytest.approx(USUAL_UPKEEP * 700.5), 0.0, 150.0, 0.0]
    assert schedule(RUNS["mixed"], Terms(upkeep=0.25))["yearly"].tolist() == [250.0, 0.0, 175.125, 0.0, 250.0, 0.0]
    free = run([site(1, "new", "free", 700.0)])
    free.result["models"] = [{"id": "free", "name": "Upkeep is the state's", "price": 700.0, "yearly": 0.0}]
    assert schedule(free, Terms())["yearly"].tolist() == [0.0]
    costs = budget(table, Terms(phases=1, years=3))
    assert costs["capital"].tolist() == [3950.5, 0.0, 0.0]
    assert costs["upkeep"].tolist() == [pytest.approx(370.05)] * 3


def test_phases_are_the_plans_own_and_none_of_their_money_is_lost():
    terms = Terms(years=2, phases=2)
    table = schedule(RUNS["phased"], terms)
    assert table["phase"].tolist() == [1, 1, 1, 2, 2, 2]
    assert budget(table, terms)["capital"].tolist() == [1850.5, 2100.0]
    with pytest.raises(SettingsError, match="--years 1: the plan has 2 phases, one a year; give --years 2 or more"):
        schedule(RUNS["phased"], Terms(years=1, phases=1))
    with pytest.raises(
        SettingsError, match=r"--phases 4: the plan has 2 phases of its own \(2027, 2028\); leave it out"
    ):
        schedule(RUNS["phased"], Terms(phases=4))


def test_a_plan_that_costs_nothing_is_cut_by_number():
    assert schedule(RUNS["free"], Terms(phases=2))["phase"].tolist() == [1, 2]


def test_a_short_time_has_no_more_parts_than_years():
    assert set(schedule(RUNS["mixed"], Terms(years=2))["phase"]) == {1, 2}
    assert set(schedule(RUNS["mixed"], Terms())["phase"]) == {1, 2, 3}
    with pytest.raises(SettingsError, match="--phases 3: expected 1 to 2"):
        Terms(phases=3, years=2)
