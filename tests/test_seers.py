"""Who sees each stretch, against a count metre by metre."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from camgap.coverage.intervals import Intervals, union_by_owner
from camgap.coverage.outputs.seers import seen_columns

IDS = ["a", "b;1", 'c"']


def intervals(rows):
    start, end, owner = (np.array(column) for column in zip(*rows, strict=True)) if rows else (np.empty(0),) * 3
    return union_by_owner(Intervals(start.astype(float), end.astype(float), owner.astype(np.int64)))


def columns(rows, breaks=(0.0, 100.0), turned=()):
    """Owners 0 to 2 are cameras, those `turned` only today; from 3 on they are actions."""
    today = intervals([row for row in rows if row[2] < 3])
    after = intervals([row for row in rows if row[2] not in turned])
    return seen_columns(np.array(breaks), today, after, IDS)


def test_a_stretch_knows_its_seers_and_when_the_proposal_reaches_it():
    # camera "a" sees 10-30; site 1 sees 20-50, site 2 sees 40-60; an edge ends at 45
    stretches, told = columns([(10, 30, 0), (20, 50, 3), (40, 60, 4)], breaks=(0.0, 45.0, 100.0))
    assert stretches.start.tolist() == [10, 20, 30, 40, 45, 50]
    assert stretches.end.tolist() == [20, 30, 40, 45, 50, 60]
    assert told["depth"].tolist() == [1, 2, 1, 2, 2, 1]
    assert told["depth_today"].tolist() == [1, 1, 0, 0, 0, 0]
    assert told["by"].tolist() == ["existing"] * 2 + ["proposed"] * 4
    assert told["step"].tolist() == [0, 0, 1, 1, 1, 2]
    assert told["cameras"].tolist() == ['["a"]', '["a"]', "[]", "[]", "[]", "[]"]
    assert told["sites"].tolist() == ["[]", "[1]", "[1]", "[1, 2]", "[1, 2]", "[2]"]


def test_a_camera_that_is_turned_leaves_what_it_alone_saw():
    # camera "a" sees 0-30 and is turned by action 1, which sees 20-50; camera "b;1" sees 0-10 and stays
    stretches, told = columns([(0, 30, 0), (0, 10, 1), (20, 50, 3)], turned=[0])
    assert stretches.start.tolist() == [0, 10, 20, 30]
    assert told["by"].tolist() == ["existing", "lost", "existing", "proposed"]
    assert told["depth_today"].tolist() == [2, 1, 1, 0]
    assert told["depth"].tolist() == [1, 0, 1, 1]
    assert told["step"].tolist() == [0, 0, 0, 1]
    assert told["cameras"].tolist() == ['["a", "b;1"]', '["a"]', '["a"]', "[]"]
    assert told["sites"].tolist() == ["[]", "[]", "[1]", "[1]"]


def test_ids_with_any_character_come_back_whole():
    _, told = columns([(0, 5, 1), (0, 5, 2)])
    assert json.loads(told["cameras"][0]) == ["b;1", 'c"']


def test_nothing_in_view_is_no_stretch():
    stretches, told = seen_columns(np.array([0.0, 9.0]), Intervals.none(), Intervals.none(), IDS)
    assert len(stretches) == 0
    assert {name: len(column) for name, column in told.items()} == dict.fromkeys(told, 0)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.integers(0, 6)), min_size=1, max_size=12),
    st.sets(st.integers(0, 40)),
    st.sets(st.integers(0, 2)),
)
def test_every_metre_has_the_seers_a_slow_count_finds(rows, breaks, turned):
    spans = [(start, start + length, owner) for start, length, owner in rows]
    stretches, told = columns(spans, breaks=tuple(sorted(map(float, breaks))), turned=turned)
    metres = {}
    for i, (start, end) in enumerate(zip(stretches.start.astype(int), stretches.end.astype(int), strict=True)):
        assert not any(start < b < end for b in breaks)
        for metre in range(start, end):
            assert metre not in metres
            metres[metre] = i
    for metre in range(45):
        owners = sorted({o for s, e, o in spans if s <= metre < e})
        if not owners:
            assert metre not in metres
            continue
        i = metres[metre]
        ranks = [o - 2 for o in owners if o > 2]
        today = [IDS[o] for o in owners if o <= 2]
        assert json.loads(told["cameras"][i]) == today
        assert json.loads(told["sites"][i]) == ranks
        standing = [o for o in owners if o not in turned]
        assert told["depth"][i] == min(3, len(standing))
        assert told["depth_today"][i] == min(3, len(today))
        assert told["step"][i] == (0 if today else ranks[0])
        assert told["by"][i] == ("proposed" if not today else "existing" if standing else "lost")
