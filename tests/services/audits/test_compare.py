"""Two snapshots compared: against a slow reading, and with nothing claimed that wasn't read."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audits.compare import compare
from services.audits.differences import DifferenceKind, Differences
from services.cognito.models import Group, UserStatus
from services.cognito.status import STATUS_TEXTS
from services.directory.pool import pool_of
from services.directory.snapshot import Completeness
from services.errors import InvalidValue
from tests.services.audits.made_pools import T0, World, changed_worlds, person, world
from tests.services.audits.test_matrix import large

LATER = T0 + timedelta(days=30)


def told(found: Differences) -> set[tuple[str, ...]]:
    names = ("kind", "sub", "what", "before", "after")
    return set(found.lines[list(names)].itertuples(index=False, name=None))


def slow(before: World, after: World) -> set[tuple[str, ...]]:
    """By hand, one person at a time."""
    found: set[tuple[str, ...]] = set()
    for sub in before.people.keys() | after.people.keys():
        old, new = before.people.get(sub), after.people.get(sub)
        was, now = before.held.get(sub, set()), after.held.get(sub, set())
        if old is None or new is None:
            kind = DifferenceKind.JOINED if old is None else DifferenceKind.LEFT
            join = "; ".join(sorted(was | now, key=str.casefold))
            found.add((kind, sub, "person", "" if old is None else join, join if old is None else ""))
            continue
        found |= {(DifferenceKind.GAINED, sub, name, "not a member", "member") for name in now - was}
        found |= {(DifferenceKind.LOST, sub, name, "member", "not a member") for name in was - now}
        for name in old.attributes.keys() | new.attributes.keys():
            values = old.attributes.get(name, ""), new.attributes.get(name, "")
            if values[0] != values[1]:
                found.add((DifferenceKind.ATTRIBUTE, sub, name, *values))
        if old.status != new.status:
            titles = [STATUS_TEXTS[read.status].title for read in (old, new)]
            found.add((DifferenceKind.STATUS, sub, "status", *titles))
        if old.enabled != new.enabled:
            words = ("disabled", "enabled")
            found.add((DifferenceKind.ENABLED, sub, "enabled", words[old.enabled], words[new.enabled]))
    found |= {
        (DifferenceKind.GROUP_GONE, "", name, "", "") for name in before.groups.keys() - after.groups.keys()
    }
    return found


@settings(max_examples=20)
@given(changed_worlds())
def test_the_differences_are_those_of_comparing_person_by_person(both: tuple[World, World]) -> None:
    before, after = both
    found = compare(before.snapshot(), after.snapshot(LATER))
    assert told(found) == slow(before, after)
    assert DifferenceKind.UNTOLD not in found.counts
    assert len(found) == len(found.lines)


@settings(max_examples=20)
@given(
    changed_worlds(),
    st.sampled_from(["older", "newer"]),
    st.sampled_from(["users", "groups", "members", "?"]),
)
def test_a_gap_takes_claims_back_and_never_adds_any(both: tuple[World, World], side: str, gap: str) -> None:
    before, after = both
    partly = {
        "users": Completeness(("x",), users_known=False),
        "groups": Completeness(("x",), groups_known=False),
        "members": Completeness(("x",), unread_groups=frozenset({"billing", "Ops"})),
        "?": Completeness(("x",)),
    }[gap]
    sides = {"older": (partly, None), "newer": (None, partly)}[side]
    found = compare(before.snapshot(T0, sides[0]), after.snapshot(LATER, sides[1]))
    claims = told(found)
    certain = {line for line in claims if line[0] != DifferenceKind.UNTOLD}
    truth = slow(before, after)
    assert certain <= truth
    # what is no longer claimed is still there, as something that can't be told
    silent = {(line[1], line[2]) for line in truth} - {(line[1], line[2]) for line in claims}
    assert not silent
    kinds = {line[0] for line in certain}
    if gap in ("users", "?"):
        assert not kinds & ({DifferenceKind.LEFT} if side == "newer" else set())
    if gap == "members" and side == "newer":
        assert not {
            line for line in certain if line[0] == DifferenceKind.LOST and line[2] in ("billing", "Ops")
        }


def test_nobody_has_left_because_a_page_of_users_failed() -> None:
    before, after = world({1: ("billing",), 2: ()}), world({2: ()}, ("billing",))
    partly = Completeness(("Page 3 of the users failed.",), users_known=False)
    found = compare(before.snapshot(), after.snapshot(LATER, partly))
    assert found.counts == {DifferenceKind.UNTOLD: 1}
    line = found.lines.iloc[0]
    assert line["person"] == "p1@example.com"
    assert line["remark"] == "Left, or only not seen now. People may be missing from the newer snapshot."
    assert "Page 3 of the users failed." in found.statements[1]
    assert len(found) == 0


def test_whoever_was_created_between_the_two_has_joined_even_if_the_older_is_incomplete() -> None:
    before, after = world({}), world({1: (), 2: ()})
    after.people["sub-1"] = person(1, created=T0 + timedelta(days=1))
    partly = Completeness(("x",), users_known=False)
    found = compare(before.snapshot(T0, partly), after.snapshot(LATER))
    assert dict(zip(found.lines["sub"], found.lines["kind"], strict=True)) == {
        "sub-1": DifferenceKind.JOINED,
        "sub-2": DifferenceKind.UNTOLD,
    }


def test_somebody_created_anew_under_the_same_name_is_pointed_out() -> None:
    before, after = world({1: ("billing",)}), world({}, ("billing",))
    after.people["new"] = replace(person(1), sub="new")
    found = compare(before.snapshot(), after.snapshot(LATER))
    assert found.counts == {DifferenceKind.JOINED: 1, DifferenceKind.LEFT: 1}
    assert all("Same username on both sides" in remark for remark in found.lines["remark"])


def test_changes_of_groups_are_named_fact_by_fact() -> None:
    before, after = world({}, ("billing",)), world({}, ("billing", "Ops"))
    after.groups["billing"] = Group("billing", "New words", 3, "arn:aws:iam::1:role/x")
    found = compare(before.snapshot(), after.snapshot(LATER))
    assert told(found) == {
        (DifferenceKind.GROUP_NEW, "", "Ops", "", ""),
        (DifferenceKind.GROUP_CHANGED, "", "billing: description", "", "New words"),
        (DifferenceKind.GROUP_CHANGED, "", "billing: precedence", "", "3"),
        (DifferenceKind.GROUP_CHANGED, "", "billing: role_arn", "", "arn:aws:iam::1:role/x"),
    }


def test_an_empty_value_is_no_value() -> None:
    before, after = world({1: ()}), world({1: ()})
    before.people["sub-1"] = person(1, attributes={"email": "a@x.example", "nickname": ""})
    after.people["sub-1"] = person(1, attributes={"email": "a@x.example"})
    assert compare(before.snapshot(), after.snapshot(LATER)).lines.empty


def test_snapshots_of_different_pools_are_not_compared() -> None:
    read = world({1: ()}).read()
    before = pool_of(read)
    other = pool_of(replace(read, about=replace(read.about, pool_key="other", pool_name="customers")))
    with pytest.raises(InvalidValue, match="different pools: made and customers"):
        compare(before, other)


def test_the_table_to_hand_over_has_every_line() -> None:
    before, after = world({1: ("billing",)}), world({1: ()}, ("billing",))
    after.people["sub-1"] = person(1, status=UserStatus.RESET_REQUIRED)
    found = compare(before.snapshot(), after.snapshot(LATER))
    table = found.table()
    rows = [dict(zip(table.header, line, strict=True)) for line in table.rows()]
    assert [row["Difference"] for row in rows] == ["group lost", "status changed"]
    assert rows[0]["Person"] == "p1@example.com"
    assert list(found.summary().rows()) == [("group lost", 1), ("status changed", 1)]


def test_in_a_large_pool_only_the_newcomers_differ() -> None:
    older, newer = large(20_000, 40, 3), large(20_050, 40, 3)
    found = compare(older, newer)
    assert found.counts == {DifferenceKind.JOINED: 50}


def test_twenty_thousand_people_are_compared_as_one_by_one() -> None:
    rng = random.Random(7)
    names = ("billing", "Ops", "auditors")
    before = world({number: tuple(rng.sample(names, rng.randrange(3))) for number in range(20_000)}, names)
    after = before.copy()
    for number in rng.sample(range(20_000), 600):
        sub = f"sub-{number}"
        match rng.randrange(4):
            case 0:
                del after.people[sub], after.held[sub]
            case 1:
                after.held[sub] = set(rng.sample(names, rng.randrange(3)))
            case 2:
                after.people[sub] = person(number, enabled=False, attributes={"email": f"{number}@x.example"})
            case _:
                after.people[f"new-{number}"] = replace(person(number + 50_000), sub=f"new-{number}")
                after.held[f"new-{number}"] = {"Ops"}
    assert told(compare(before.snapshot(), after.snapshot(LATER))) == slow(before, after)
