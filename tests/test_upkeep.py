"""Upkeep: what fails, what it costs, and what hangs on one camera or pole."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import intervals_of_rows

import camgap
from camgap.config.project import load_settings
from camgap.coverage.errors import SettingsError
from camgap.coverage.outputs.layers import layers_of
from camgap.coverage.outputs.results import plan_result
from camgap.coverage.outputs.tables.plan import plan_tables
from camgap.coverage.outputs.upkeep import upkeep_result
from camgap.coverage.planning import plan_study
from camgap.coverage.scoring.upkeep import Condition, condition_of, poles_of, upkeep, working_chances

MOST, OWNERS = 24, 5
spans = st.tuples(st.integers(0, MOST - 1), st.integers(1, 9)).map(lambda s: (s[0], min(s[0] + s[1], MOST)))
owned = st.lists(st.tuples(spans, st.integers(0, OWNERS - 1)).map(lambda r: (*r[0], r[1])), max_size=14)
RULES = load_settings().upkeep


def table(rows, **columns):
    """Cameras of id, status, x, y."""
    frame = pd.DataFrame(rows, columns=["id", "status", "x", "y"])
    return frame.assign(**columns)


def length_of(rows, owners):
    return len({k for s, e, o in rows if o in owners for k in range(s, e)})


def test_a_working_camera_works_with_the_handbooks_probability_and_a_broken_one_never():
    cameras = table([("a", "working", 0, 0), ("b", "not_working", 9, 0), ("c", "unknown", 18, 0)])
    found = condition_of(cameras, RULES)
    assert found.p == pytest.approx([0.931, 0.0, 0.95 * 0.95], abs=1e-12)
    assert found.known.tolist() == [True, False, False]


def test_inspections_own_columns_and_overrides_win_in_that_order():
    rows = [(name, "working", 9.0 * i, 0.0) for i, name in enumerate("abcdef")]
    seen_as = ["good", "poor", "failed", "", "good", "nonsense"]
    cameras = table(rows, inspection=seen_as, p_working=[np.nan, np.nan, np.nan, 0.7, 0.7, np.nan])
    rules = RULES.model_copy(update={"cameras": {"e": 0.2}})
    found = condition_of(cameras, rules)
    assert found.p == pytest.approx([0.98, 0.49, 0.0, 0.7, 0.2, 0.931], abs=1e-12)
    assert found.known.tolist() == [True, False, False, True, True, True]
    with pytest.raises(SettingsError, match=r"no camera 'aa'; did you mean 'a'\?"):
        condition_of(cameras, RULES.model_copy(update={"cameras": {"aa": 0.2}}))


def test_chances_for_the_bands_follow_the_same_rules_and_need_no_camera_that_is_not_there():
    cameras = table([("a", "working", 0, 0), ("b", "unknown", 9, 0), ("c", "unknown", 18, 0)])
    rules = RULES.model_copy(update={"cameras": {"c": 0.2, "mended later": 0.0}, "pole_power": 0.5})
    assert working_chances(cameras, rules) == pytest.approx([0.931 / 2, 0.9025 / 2, 0.1], abs=1e-12)


def test_the_poles_a_list_names_reach_the_rules(tmp_path, write_osm):
    cameras = tmp_path / "cameras.csv"
    rows = [f"c{i},{11.0005 + 0.0005 * i},48.0,90,60,50,0,{pole}" for i, pole in enumerate(["P1", "P1", "P2"])]
    cameras.write_text("\n".join(["id,lon,lat,azimuth,hfov,range,near,pole id", *rows]) + "\n", encoding="utf-8")
    study = camgap.load(osm=write_osm(*STREET), cameras=[str(cameras)], bbox=(10.99, 47.99, 11.01, 48.01))
    assert study.upkeep.cameras["pole"].tolist() == [0, 0, 1], "37 m apart, but on one pole by name"


def test_what_a_list_says_of_inspections_reaches_the_rules(tmp_path, write_osm):
    cameras = tmp_path / "cameras.csv"
    cameras.write_text(
        "id,lon,lat,azimuth,hfov,range,near,status,巡检结果,availability\n"
        "a,11.0005,48.0,90,60,30,0,working,合格,\nb,11.0010,48.0,90,60,30,0,图像模糊,,\n"
        "c,11.0015,48.0,90,60,30,0,working,failed,\nd,11.0020,48.0,90,60,30,0,working,failed,70 %\n",
        encoding="utf-8",
    )
    study = camgap.load(osm=write_osm(*STREET), cameras=[str(cameras)], bbox=(10.99, 47.99, 11.01, 48.01))
    assert study.inventory.cameras["inspection"].tolist() == ["good", "poor", "failed", "failed"]
    assert study.upkeep.cameras["p"].tolist() == pytest.approx([0.98, 0.49, 0.0, 0.7], abs=1e-12)
    result = upkeep_result(study)
    assert result["by_inspection"] == {"failed": 2, "good": 1, "poor": 1}
    assert result["known_m"] == pytest.approx(30, abs=0.01), "only the first is known to work"


def test_a_rule_left_out_is_named():
    rules = RULES.model_copy(update={"online": {"working": 0.98, "unknown": 0.9}})
    with pytest.raises(SettingsError, match=r"upkeep\.online: there is no probability for 'not_working'"):
        condition_of(table([("a", "working", 0, 0)]), rules)


def test_a_probability_beyond_one_in_a_project_file_is_refused(tmp_path):
    project = tmp_path / "camgap.toml"
    project.write_text("[upkeep.online]\nworking = 98\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"upkeep\.online\.working.*less than or equal to 1"):
        load_settings(project)


def test_poles_are_told_by_name_else_by_distance():
    near = table([(c, "working", x, 0.0) for c, x in zip("abcdef", (0.0, 0.9, 1.8, 50.0, 50.4, 90.0), strict=True)])
    assert poles_of(near, 1.0).tolist() == [0, 0, 0, 1, 1, 2], "a chain of neighbours is one pole"
    assert poles_of(near, 0.5).tolist() == [0, 1, 2, 3, 3, 4]
    named = near.assign(pole=["P1", "P2", "", "P9", "", "P1"])
    assert poles_of(named, 1.0).tolist() == [0, 1, 1, 2, 2, 0]
    assert poles_of(near.iloc[:0], 1.0).tolist() == []


@settings(deadline=None, max_examples=25)
@given(
    owned,
    st.lists(st.sampled_from([0.0, 0.5, 0.931, 1.0]), min_size=OWNERS, max_size=OWNERS),
    st.lists(st.booleans(), min_size=OWNERS, max_size=OWNERS),
    st.lists(st.integers(0, 1), min_size=OWNERS, max_size=OWNERS),
    st.sampled_from([1.0, 0.9, 0.0]),
)
def test_every_number_agrees_with_cameras_and_poles_switched_one_by_one(rows, p, known, pole, power):
    pole = np.unique(pole, return_inverse=True)[1]
    n_poles = int(pole.max()) + 1
    found = upkeep(intervals_of_rows(rows), Condition(np.array(p), np.array(known), pole, power))
    everyone = set(range(OWNERS))
    designed = length_of(rows, everyone)

    def mean(without=frozenset()):
        total = 0.0
        for up in product([0, 1], repeat=OWNERS):
            for on in product([0, 1], repeat=n_poles):
                odds = np.prod([x if u else 1 - x for x, u in zip(p, up, strict=True)])
                odds *= np.prod([power if o else 1 - power for o in on])
                total += odds * length_of(rows, {c for c in everyone - without if up[c] and on[pole[c]]})
        return total

    expected = mean()
    assert found.designed_m == designed
    assert found.expected_m == pytest.approx(expected, abs=1e-9)
    assert found.known_m == length_of(rows, {c for c in everyone if known[c]})
    assert found.cameras["only_m"].tolist() == [designed - length_of(rows, everyone - {c}) for c in range(OWNERS)]
    losses = [expected - mean({c}) for c in range(OWNERS)]
    assert found.cameras["expected_loss_m"].tolist() == pytest.approx(losses, abs=1e-9)
    on_pole = [{c for c in everyone if pole[c] == f} for f in range(n_poles)]
    assert found.poles["only_m"].tolist() == [designed - length_of(rows, everyone - members) for members in on_pole]
    pole_losses = [expected - mean(frozenset(members)) for members in on_pole]
    assert found.poles["expected_loss_m"].tolist() == pytest.approx(pole_losses, abs=1e-9)
    by_hand = [sum(1 for k in range(MOST) if len({key[o] for s, e, o in rows if s <= k < e}) == 1)
               for key in (list(range(OWNERS)), pole)]  # fmt: skip
    assert [found.one_camera_m, found.one_pole_m] == by_hand
    assert found.expected_m <= found.designed_m + 1e-9


STREET = (
    {1: (11.0, 48.0), 2: (11.004, 48.0), 3: (11.0, 48.001)},
    {10: ([3, 1, 2], {"highway": "residential", "name": "Long Street"})},
)


def test_a_broken_camera_counts_as_designed_but_neither_as_expected_nor_as_known(tmp_path, write_osm):
    cameras = tmp_path / "cameras.csv"
    cameras.write_text(
        "id,lon,lat,azimuth,hfov,range,near,status\n"
        "up,11.0005,48.0,90,60,50,0,working\ndown,11.0020,48.0,90,60,40,0,broken\nsomehow,11.0032,48.0,90,60,30,0,\n",
        encoding="utf-8",
    )
    study = camgap.load(osm=write_osm(*STREET), cameras=[str(cameras)], bbox=(10.99, 47.99, 11.01, 48.01))
    result = upkeep_result(study)
    assert result["by_status"] == {"not_working": 1, "unknown": 1, "working": 1}
    assert result["designed_m"] == pytest.approx(120, abs=0.01)
    assert result["expected_m"] == pytest.approx(0.931 * 50 + 0.9025 * 30, abs=0.01)
    assert result["known_m"] == pytest.approx(50, abs=0.01)
    assert camgap.score(study).covered_m == pytest.approx(80, abs=0.01), "the score leaves out what is broken"
    assert [c["id"] for c in result["worst_cameras"]] == ["up", "somehow", "down"], "what is down fails no more"
    assert [c["expected_loss_m"] for c in result["worst_cameras"]] == pytest.approx([46.55, 27.075, 0], abs=0.01)


def test_a_plan_tells_both_states_as_the_objective_expected_measures_them(tmp_path, write_osm):
    cameras = tmp_path / "cameras.csv"
    cameras.write_text(
        "id,lon,lat,azimuth,hfov,range,near,status\n"
        "up,11.0005,48.0,90,60,50,0,working\ndown,11.0020,48.0,90,60,40,0,broken\nsomehow,11.0032,48.0,90,60,30,0,\n",
        encoding="utf-8",
    )
    study = camgap.load(
        osm=write_osm(*STREET), cameras=[str(cameras)], bbox=(10.99, 47.99, 11.01, 48.01), budget=21_000, draws=0,
        **{"plan.objective": "expected", "plan.use_actions": ["new", "repair"], "plan.actions.repair": 1.0},
    )  # fmt: skip
    plan = plan_study(study)
    result = plan_result(study, plan)
    before, after = result["upkeep"]["before"], result["upkeep"]["after"]
    assert {site["action"] for site in result["sites"]} == {"new", "repair"}
    assert before["expected_m"] == pytest.approx(result["plan"]["before"], abs=1e-6)
    assert after["expected_m"] == pytest.approx(result["plan"]["after"], abs=1e-6)
    assert before["designed_m"] == pytest.approx(120, abs=0.01)
    assert after["designed_m"] == pytest.approx(result["after"]["covered_m"], abs=1e-6), "nothing is broken any more"
    assert before["by_status"] == {"not_working": 1, "unknown": 1, "working": 1}
    assert after["by_status"] == {"unknown": 1, "working": 1 + len(result["sites"])}

    streets = layers_of(study, plan.before, plan)["streets"]
    for column, state in (("share_expected_today", before), ("share_expected", after)):
        assert (streets[column] * streets["length_m"]).sum() == pytest.approx(state["expected_m"], abs=1e-6)
    assert (streets["share_expected"] <= streets["share"] + 1e-9).all()

    said = {table.title: table.rows for table in plan_tables(result)}
    assert "Plan: detect (25 px/m, EN 62676-4:2015) by day, 1.6 m above ground, home positions of moving heads" in said
    expected = f"{after['expected_m'] / 1000:,.2f} km"
    assert any(row[0].startswith("expected") and row[3] == expected for row in said["Upkeep"])


def test_a_turned_camera_fails_as_before_and_a_replaced_one_as_a_new_one(tmp_path, write_osm):
    cameras = tmp_path / "cameras.csv"
    cameras.write_text("id,lon,lat,azimuth,hfov,range,near,status\nold,11.0020,48.00001,0,60,50,0,\n", encoding="utf-8")
    for action, status, p in (("reaim", "unknown", 0.3), ("upgrade", "working", 0.931)):
        study = camgap.load(
            osm=write_osm(*STREET), cameras=[str(cameras)], bbox=(10.99, 47.99, 11.01, 48.01), sites=1, draws=0,
            **{"plan.use_actions": [action], "upkeep.cameras.old": 0.3},
        )  # fmt: skip
        plan = plan_study(study)
        assert [site.action for site in plan.sites] == [action]
        assert plan.upkeep.cameras[["id", "status"]].to_numpy().tolist() == [["old", status]]
        assert plan.upkeep.cameras["p"].tolist() == pytest.approx([p], abs=1e-12)
        assert plan.upkeep.expected_m == pytest.approx(p * plan.after.covered_m, abs=1e-6)


def test_in_baltimore_the_expected_length_lies_between_nothing_known_and_the_score(real_data):
    study = camgap.load(
        osm=real_data("baltimore-southeast.osm.pbf"), cameras=[str(real_data("baltimore-cctv-2014.csv"))]
    )
    found = study.upkeep
    assert found.designed_m == pytest.approx(camgap.score(study).covered_m, abs=1e-6)
    assert 0.9025 * found.designed_m - 1e-6 <= found.expected_m < found.designed_m
    assert found.known_m == 0.0, "the list says of no camera that it works"
