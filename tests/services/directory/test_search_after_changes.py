"""A search after changes made here finds what one in a snapshot taken anew would find."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cognito import actions
from services.directory import search_index
from services.directory.filtering import Order
from services.directory.patching import Patch
from services.directory.search import Terms, search
from services.directory.search_index import SearchIndex, index_of
from services.directory.search_query import Query, parse
from services.directory.snapshot import Snapshot
from services.directory.snapshot_patch import patched_snapshot
from tests.services.directory.pool_stub import START, somebody
from tests.services.directory.test_search import APPLICATIONS, pools, queries, snapshot

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


@pytest.mark.parametrize("one_by_one", [True, False])
@settings(max_examples=30, deadline=None)
@given(st.data(), queries, st.sampled_from(Order))
def test_patched_and_fresh_agree(one_by_one, data, query, order):
    users, memberships = data.draw(pools())
    base = snapshot(users, memberships, groups=("billing", "Audit", "Übersicht", "empty", "new"))
    view = patched_snapshot(base, data.draw(patches(users)))
    terms = Terms(START, APPLICATIONS)
    index_of(base)
    limit, search_index.SORTED_IN = search_index.SORTED_IN, 100 if one_by_one else 0
    try:
        found = search(view, query, order, terms)
    finally:
        search_index.SORTED_IN = limit
    fresh = replace(view, base=None, changed=frozenset())
    again = search(fresh, query, order, terms)
    assert index_of(view).people(found.rows) == index_of(fresh).people(again.rows)
    assert (found.by_state, found.doubts) == (again.by_state, again.doubts)
    assert index_of(view).texts.to_pylist() == SearchIndex(fresh).texts.to_pylist()


def test_texts_of_people_who_did_not_change_are_shared() -> None:
    base = snapshot([somebody(number) for number in range(10)])
    before = index_of(base).texts.chunk(0)
    view = patched_snapshot(base, [patch(actions.CreateGroup(name="x"))])
    assert index_of(view).texts.chunk(0).equals(before)


def test_a_table_that_was_put_together_otherwise_is_indexed_anew() -> None:
    users = [somebody(number) for number in range(4)]
    base = snapshot(users)
    other = snapshot([replace(users[3], enabled=False), *users[:3]])
    odd = Snapshot(base.about, other.users, base.groups, base.memberships, base, frozenset({users[3].sub}))
    found = search(odd, parse("is:disabled"))
    assert [one.user.sub for one in index_of(odd).people(found.rows)] == [users[3].sub]
    assert len(search(odd, Query())) == 4
