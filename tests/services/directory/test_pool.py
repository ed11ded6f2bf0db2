"""A pool as tables: what went in comes out, states as told of one person, nothing outside is reached."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import product

import duckdb
import pyarrow as pa
import pytest

from services.cognito.models import Group, PasswordPolicy, User, UserPool, UserStatus
from services.cognito.status import invitation_expiry, invited_between
from services.directory.filtering import state_of
from services.directory.people import Person
from services.directory.pool import PoolTables, pool_of, quoted
from services.directory.snapshot import TIME, Completeness, SnapshotAbout, snapshot_of
from tests.services.directory.pool_stub import START, somebody

POOL = UserPool("eu-west-1_tables", "Tables", policy=PasswordPolicy(temporary_days=5))
GROUPS = ("billing", "Audit", "Übersicht", "empty")


def tables(users, memberships=None, groups=GROUPS, pool=POOL, **completeness) -> PoolTables:
    about = SnapshotAbout(
        "t1", "memory", "staff", pool, START, START, completeness=Completeness(**completeness)
    )
    return pool_of(snapshot_of(about, users, [Group(name) for name in groups], memberships or {}))


def read(user: User, groups: tuple[str, ...] = ()) -> Person:
    """Somebody as a snapshot holds them: the sub is an attribute, too."""
    return Person(replace(user, attributes={"sub": user.sub, **user.attributes}), groups)


def test_people_come_out_as_they_went_in_with_their_groups_in_the_order_asked_for():
    users = [somebody(number, **{"custom:team": f"Team {number}", "name": "Zoë"}) for number in range(5)]
    pool = tables(users, {users[1].sub: ["billing", "Audit"], users[3].sub: ["Übersicht"]})
    expected = [read(users[3], ("Übersicht",)), read(users[1], ("Audit", "billing")), read(users[0])]
    assert pool.people([3, 1, 0]) == expected
    assert len(pool) == 5
    assert pool.group_names == ("Audit", "billing", "empty", "Übersicht")


def test_more_people_than_are_loaded_at_a_time_keep_their_order_and_groups(monkeypatch):
    monkeypatch.setattr("services.directory.pool.BATCH_ROWS", 3)
    users = [somebody(number) for number in range(10)]
    pool = tables(users, {user.sub: ["billing", "Audit"][: number % 3] for number, user in enumerate(users)})
    assert [person.user.sub for person in pool.people(range(10))] == [user.sub for user in users]
    counts = pool.rows("SELECT row, group_count FROM users ORDER BY row")
    assert counts == [(number, number % 3) for number in range(10)]
    found = pool.rows('SELECT row, sub, "group" FROM memberships ORDER BY row, "group"')
    assert found == [
        (number, user.sub, name)
        for number, user in enumerate(users)
        for name in sorted(["billing", "Audit"][: number % 3])
    ]


def test_groups_are_unknown_of_a_pool_whose_groups_could_not_be_read():
    pool = tables([somebody(1)], groups=(), groups_known=False, missing=("Not read.",))
    assert pool.people([0])[0].groups is None
    assert not pool.completeness.complete


def test_states_and_expiries_are_told_as_of_one_person():
    policies = (PasswordPolicy(temporary_days=5), PasswordPolicy(temporary_days=0))
    ages = [timedelta(days=5), timedelta(days=5, seconds=-1), timedelta(days=7), timedelta(0)]
    users = [
        replace(
            somebody(number),
            status=status,
            created=START - age,
            changed=START - other,
            invited_from=None if since is None else START - since,
            invited_until=None if until is None else START - until,
        )
        for number, (status, age, other, since, until) in enumerate(
            product(UserStatus, ages, ages, (None, ages[1], ages[2]), (None, ages[0], ages[3]))
        )
    ]
    for policy in policies:
        pool = tables(users, pool=replace(POOL, policy=policy))
        spans = [invited_between(user) for user in users]
        known = {"row": pa.array(range(len(users)), pa.int32())}
        for number, name in enumerate(("invited_from", "invited_until")):
            known[name] = pa.array([span[number] for span in spans], TIME)
        pool.put_invitations(pa.table(known))
        found = pool.rows(
            "SELECT state_at(status, invited_from, invited_until, $now), "
            "invitation_expiry(status, invited_from) FROM users ORDER BY row",
            now=START,
        )
        assert found == [(state_of(user, policy, START), invitation_expiry(user, policy)) for user in users]


def test_attributes_with_hostile_or_nearly_equal_names_have_columns_of_their_own():
    names = ['custom:a"; DROP TABLE users; --', "custom:Team", "custom:team", "row", "Text", "custom:ä"]
    user = somebody(1, **{name: f"value {number}" for number, name in enumerate(names)})
    pool = tables([user, somebody(2)])
    assert pool.people([0, 1]) == [read(user), read(somebody(2))]
    for number, name in enumerate(names):
        assert pool.rows(f"SELECT {pool.column(name)} FROM users ORDER BY row")[0] == (f"value {number}",)
    assert pool.rows(f"SELECT {pool.column('nobody has it')} FROM users") == [(None,), (None,)]


def test_values_are_bound_whatever_stands_in_them():
    hostile = "'; DELETE FROM users; --"
    pool = tables([somebody(1, name=hostile)])
    assert pool.rows("SELECT count(*) FROM users WHERE name = $name", name=hostile) == [(1,)]
    assert quoted('a"b') == '"a""b"'


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_file('/etc/hostname')",
        "SELECT * FROM '/etc/hostname'",
        "COPY users TO '/tmp/leak.csv'",
        "ATTACH '/tmp/leak.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SET temp_directory = '/tmp'",
    ],
)
def test_no_query_reaches_a_file_or_a_setting(sql):
    with pytest.raises(duckdb.Error):
        tables([somebody(1)]).rows(sql)


def test_many_threads_ask_at_the_same_time():
    users = [somebody(number) for number in range(200)]
    pool = tables(users)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda number: pool.people([number])[0].user.sub, range(200)))
    assert found == [user.sub for user in users]


def test_a_status_nobody_knows_is_unknown_and_a_pair_counts_once():
    snapshot = snapshot_of(
        SnapshotAbout("t2", "memory", "staff", POOL, START, START),
        [somebody(1)],
        [Group("billing")],
        {somebody(1).sub: ["billing", "billing", "gone"], "stranger": ["billing"]},
    )
    odd = snapshot.users.set_column(2, "status", [["NEW_AT_AWS"]])
    pool = pool_of(replace(snapshot, users=odd))
    assert pool.people([0])[0].user.status is UserStatus.UNKNOWN
    assert pool.rows('SELECT "group" FROM memberships ORDER BY 1') == [("billing",), ("gone",)]
    assert pool.group_names == ("billing", "gone")


def test_members_who_are_not_in_the_list_of_people_make_their_group_count_as_not_read():
    here, away = somebody(1), somebody(2)
    pool = tables([here], {here.sub: ["billing"], away.sub: ["billing", "Audit"]})
    assert pool.completeness.unread_groups == {"billing", "Audit"}
    assert "Members of Audit, billing are missing from the list of people." in pool.completeness.sentence
    assert pool.groups_of([0]) == {0: ("billing",)}
