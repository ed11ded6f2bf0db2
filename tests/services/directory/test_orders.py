"""An order stays what sorting everybody anew would give, whoever changes, comes or goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory import orders
from services.directory.orders import Orders, Rows
from services.directory.people_order import PeopleOrder

NAMES = ["", "Ann", "ann", "Zoë", "Zora", "'t Hooft", "Åsa", "李"]


class Stub:
    """People by number, with a name and when they were created; given in two pieces."""

    def __init__(self, people: dict[int, tuple[str, int]]) -> None:
        self.people = people

    def fetch(self, names: Iterable[str], rows: Rows | None) -> Iterator[pa.RecordBatch]:
        wanted = [row for row in self.people if rows is None or row in rows]
        for part in (wanted[:2], wanted[2:]):
            columns = {
                "row": pa.array(part, pa.int32()),
                "name": pa.array([self.people[row][0] for row in part], pa.string()),
                "created": pa.array([self.people[row][1] for row in part], pa.timestamp("us", "UTC")),
                "username": pa.array([f"user{row}" for row in part], pa.string()),
            }
            yield pa.record_batch({name: columns[name] for name in ("row", *names) if name in columns})


facts = st.tuples(st.sampled_from(NAMES), st.integers(0, 3))
people = st.dictionaries(st.integers(0, 12), facts, max_size=9)
newcomers = st.dictionaries(st.integers(13, 16), facts)


@pytest.mark.parametrize("one_by_one", [True, False])
@given(
    people,
    people,
    newcomers,
    st.sets(st.integers(0, 12)),
    st.sampled_from([PeopleOrder.NAME, PeopleOrder.NEWEST]),
)
def test_an_order_follows_changes(
    one_by_one: bool,
    before: dict[int, tuple[str, int]],
    changed: dict[int, tuple[str, int]],
    new: dict[int, tuple[str, int]],
    gone: set[int],
    order: PeopleOrder,
) -> None:
    stub = Stub(dict(before))
    kept = Orders(stub.fetch)
    kept.get(order)
    changed = {row: changed[row] for row in changed if row in before} | new
    stub.people |= changed
    for row in gone:
        stub.people.pop(row, None)
    limit, orders.SORTED_IN = orders.SORTED_IN, 100 if one_by_one else 0
    try:
        kept.replace({*changed, *gone})
    finally:
        orders.SORTED_IN = limit
    assert kept.get(order).tolist() == Orders(stub.fetch).get(order).tolist()


def test_names_come_before_signs_and_the_nameless_last() -> None:
    made = Orders(Stub({n: (name, 0) for n, name in enumerate(["", "'t Hooft", "Zora", "Åsa"])}).fetch)
    assert made.get(PeopleOrder.NAME).tolist() == [3, 2, 1, 0]
    assert made.get(PeopleOrder.STATUS) is made.get(PeopleOrder.NAME)


def test_nobody_is_an_order_too() -> None:
    assert np.array_equal(Orders(Stub({}).fetch).get(PeopleOrder.NEWEST), [])
