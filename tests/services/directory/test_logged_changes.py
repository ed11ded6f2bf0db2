"""What the activity log alone knows of a pool is told as changes, or said to be lacking."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.cognito.actions import AddToGroup, DisableUser
from services.cognito.models import UserPool
from services.directory import logged_changes
from services.directory.logged_changes import logged_since
from services.directory.snapshot import SnapshotAbout
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.columns import utc_now
from services.store.store import Store

MAX = Actor("op", "Max", Role.MANAGER, Origin.JOB)
POOL = UserPool("eu-west-1_memory", "Memory", verified_before_update=frozenset({"email"}))


def about(taken_at: datetime | None = None) -> SnapshotAbout:
    at = taken_at or utc_now()
    return SnapshotAbout("s", "|eu-west-1|eu-west-1_memory", "memory", POOL, at, at)


def new(action: str, pool: str = "memory") -> NewActivity:
    return NewActivity(MAX, action, pool, "user", "sub-1", "ann")


def log(store: Store, action: str, after: dict[str, Any], pool: str = "memory") -> None:
    store.activity.record(new(action, pool), after=after)


def test_changes_are_told_oldest_first_with_what_waits_for_verification(store: Store) -> None:
    log(store, "disable_user", {"enabled": False})
    log(store, "add_to_group", {"member": True, "group": "staff"})
    told, lacking = logged_since(store, about())
    assert [type(patch.change) for patch in told] == [DisableUser, AddToGroup]
    assert {patch.held_back for patch in told} == {frozenset({"email"})}
    assert not lacking


def test_what_shows_in_no_list_and_other_pools_are_left_out(store: Store) -> None:
    log(store, "sign_out_user", {})
    log(store, "disable_user", {"enabled": False}, pool="another")
    assert logged_since(store, about()) == ([], False)


def test_what_was_done_before_the_reading_began_is_in_it_already(store: Store) -> None:
    log(store, "disable_user", {"enabled": False})
    assert logged_since(store, about(utc_now() + timedelta(minutes=2))) == ([], False)


def test_a_line_that_does_not_say_enough_is_lacking(store: Store) -> None:
    log(store, "update_attributes", {"found": "an earlier try had taken effect"})
    assert logged_since(store, about()) == ([], True)


def test_too_many_lines_are_not_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logged_changes, "READ_AT_MOST", 1)
    for _ in range(2):
        log(store, "disable_user", {"enabled": False})
    assert logged_since(store, about()) == ([], True)


def test_a_change_without_an_answer_is_lacking_and_one_under_way_is_not(store: Store) -> None:
    line = store.activity.intend(new("disable_user"))
    assert logged_since(store, about()) == ([], False)
    store.activity.finish(line, ActivityResult.UNKNOWN, error="No answer came.")
    assert logged_since(store, about()) == ([], True)
