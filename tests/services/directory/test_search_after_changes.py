"""A search after changes made here finds what one in a snapshot taken anew would find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cognito import actions
from services.cognito.models import Group
from services.cognito.status import invited_between
from services.directory import orders
from services.directory.local_changes import Patch, apply_changes, patched_groups, patched_person
from services.directory.people import Person, folded
from services.directory.people_order import PeopleOrder
from services.directory.pool import PoolTables, binding
from services.directory.search import SearchTerms, search
from services.directory.search_query import parse
from services.directory.snapshot import TIME
from services.directory.value_codes import fits_codes
from tests.services.directory.pool_stub import START, somebody
from tests.services.directory.test_search import APPLICATIONS, pools, queries, tables

GROUPS = ("billing", "Audit", "new")


def patch(change: actions.Change, **after: object) -> Patch:
    return Patch(change, MappingProxyType(after), START)


@st.composite
def patches(draw, users):
    """Changes to people who are there, newcomers, groups that come and go."""
    made = []
    for number in range(draw(st.integers(0, 6))):
        kinds = ["person"] * 6 if users else []
        kind = draw(st.sampled_from([*kinds, "new", "group"]))
        if kind == "new":
            attributes = {"sub": f"new-{number}", "name": draw(st.sampled_from(["Zoë", "Adam", ""]))}
            create = actions.CreateUser(f"new{number}", attributes)
            after = {"sub": f"new-{number}", "username": f"new{number}", "status": "CONFIRMED"}
            made.append(patch(create, enabled=True, attributes=attributes, **after))
        elif kind == "group":
            made.append(
                patch(draw(st.sampled_from([actions.DeleteGroup, actions.CreateGroup]))(name="Audit"))
            )
        else:
            ref = draw(st.sampled_from(users)).ref
            made.append(
                patch(
                    draw(
                        st.sampled_from(
                            [
                                actions.DisableUser(ref),
                                actions.DeleteUser(ref),
                                actions.UpdateAttributes(ref, {"name": "Adam Zoë", "custom:new": "x"}),
                                actions.AddToGroup(ref, draw(st.sampled_from(GROUPS))),
                                actions.RemoveFromGroup(ref, "billing"),
                            ]
                        )
                    )
                )
            )
    return made


def afterwards(users, memberships, groups, made) -> PoolTables:
    """A pool read anew after the changes, each made on one person alone."""
    people = {user.sub: Person(user, tuple(sorted(memberships[user.sub]))) for user in users}
    known = tuple(Group(name) for name in groups)
    for performed in made:
        if performed.sub:
            people[performed.sub] = patched_person(people.get(performed.sub), performed)
            if people[performed.sub] is None:
                del people[performed.sub]
            continue
        known = patched_groups(known, performed)
        gone = performed.change.ends_group
        people = {
            sub: replace(person, groups=tuple(name for name in person.groups if name != gone))
            for sub, person in people.items()
        }
    names = {sub: person.groups for sub, person in people.items()}
    fresh = tables([person.user for person in people.values()], names, [group.name for group in known])
    tell_invitations(fresh, people)
    return fresh


def tell_invitations(pool: PoolTables, people: Mapping[str, Person]) -> None:
    """What a reading doesn't know and the log does: when temporary passwords were set."""
    rows = pool.rows("SELECT row, sub FROM users")
    spans = [invited_between(people[sub].user) for _, sub in rows]
    pool.put_invitations(
        pa.table(
            {
                "row": pa.array([row for row, _ in rows], pa.int32()),
                "invited_from": pa.array([first for first, _ in spans], TIME),
                "invited_until": pa.array([last for _, last in spans], TIME),
            }
        )
    )


def lines(pool: PoolTables) -> dict[str, list[str]]:
    """What a search looks at of each person: what is theirs alone, and what their codes stand for."""
    found = {sub: text.split("\n") for sub, text in pool.rows("SELECT sub, text FROM users")}
    for attribute in pool.attributes:
        column, codes = pool.codes(attribute) or ("", None)
        for (value,) in pool.rows(f"SELECT DISTINCT {pool.column(attribute)} FROM users") if codes else ():
            values: dict[str, object] = {}
            where = fits_codes(column, codes.equal(value or ""), binding(values))
            for (sub,) in pool.rows(f"SELECT sub FROM users WHERE {where}", **values):
                found[sub].append(folded(value or ""))
    for group in pool.group_names:
        for person in pool.people(pool.members(group)):
            found[person.user.sub].append(folded(group))
    return {sub: sorted(filter(None, texts)) for sub, texts in found.items()}


@pytest.mark.parametrize("one_by_one", [True, False])
@settings(max_examples=30)
@given(st.data(), queries, st.sampled_from(PeopleOrder))
def test_changed_tables_and_fresh_ones_agree(one_by_one, data, query, order):
    users, memberships = data.draw(pools())
    groups = ("billing", "Audit", "Übersicht", "empty", "new")
    pool = tables(users, memberships, groups)
    terms = SearchTerms(START, APPLICATIONS)
    search(pool, query, order, terms)
    made = data.draw(patches(users))
    limit, orders.SORTED_IN = orders.SORTED_IN, 100 if one_by_one else 0
    try:
        for at in range(0, len(made), 2):
            apply_changes(pool, made[at : at + 2])
    finally:
        orders.SORTED_IN = limit
    fresh = afterwards(users, memberships, groups, made)
    found, again = search(pool, query, order, terms), search(fresh, query, order, terms)
    assert pool.people(found.rows) == fresh.people(again.rows)
    assert (found.by_state, found.total) == (again.by_state, again.total)
    assert set(found.doubts) == set(again.doubts)
    assert lines(pool) == lines(fresh)
    assert pool.rows("SELECT sub, group_count FROM users ORDER BY 1") == fresh.rows(
        "SELECT sub, group_count FROM users ORDER BY 1"
    )


def test_whoever_is_in_a_group_of_the_same_name_again_is_shown_in_it() -> None:
    pool = tables([somebody(1)], {somebody(1).sub: ["Audit"]}, ("Audit",))
    steps = (
        actions.DeleteGroup(name="Audit"),
        actions.CreateGroup(name="Audit"),
        actions.AddToGroup(somebody(1).ref, "Audit"),
    )
    apply_changes(pool, [patch(change) for change in steps])
    assert pool.people([0])[0].groups == ("Audit",)


def test_numbers_of_people_outlast_changes_to_others() -> None:
    pool = tables([somebody(number) for number in range(10)], {somebody(7).sub: ["billing"]})
    rows = search(pool, parse("0000")).rows
    gone, changed = somebody(3).ref, somebody(7).ref
    apply_changes(pool, [patch(actions.DeleteUser(gone)), patch(actions.DisableUser(changed))])
    assert [person.user.sub for person in pool.people(rows)] == [somebody(n).sub for n in range(10) if n != 3]
    assert pool.people([7])[0].groups == ("billing",)
    assert pool.changed == {gone.sub, changed.sub}


def test_a_group_taken_from_many_people_leaves_their_other_groups(monkeypatch) -> None:
    monkeypatch.setattr("services.directory.pool.BATCH_ROWS", 3)
    users = [somebody(number) for number in range(10)]
    pool = tables(users, {person.sub: ["billing", "Audit"] for person in users})
    apply_changes(pool, [patch(actions.DeleteGroup(name="billing"))])
    assert len(search(pool, parse("group:Audit"))) == 10
    assert len(search(pool, parse("billing"))) == len(search(pool, parse("group:billing"))) == 0
    assert "billing" not in pool.group_names
    assert pool.changed == {user.sub for user in users}


def test_an_attribute_that_only_somebody_deleted_had_is_nobodys() -> None:
    alone = replace(somebody(1), attributes={"email": "a@example.org", "custom:team": "blue"})
    pool = tables([alone, somebody(2)])
    assert not search(pool, parse("custom:team~blue")).doubts
    apply_changes(pool, [patch(actions.DeleteUser(alone.ref))])
    assert search(pool, parse("custom:team~blue")).doubts == (
        "Nobody has an attribute called “custom:team”.",
    )


def test_newcomers_who_are_named_alike_are_listed_in_the_order_they_came() -> None:
    pool = tables([somebody(0)])
    made = []
    for number in range(9):
        attributes = {"sub": f"new-{number}", "name": "Adam"}
        after = {"sub": f"new-{number}", "username": f"new{number}", "status": "CONFIRMED"}
        create = actions.CreateUser(f"new{number}", attributes)
        made.append(patch(create, enabled=True, attributes=attributes, **after))
    apply_changes(pool, made)
    found = pool.people(search(pool, parse("adam")).rows)
    assert [person.user.sub for person in found] == [f"new-{number}" for number in range(9)]
