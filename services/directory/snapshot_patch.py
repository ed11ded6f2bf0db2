"""Changes made since a snapshot was taken, put on top of its tables without copying what stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.models import User
from services.directory.local_changes import Patch, outdated, patched_groups, patched_person
from services.directory.people import Person, sorted_names
from services.directory.snapshot import MEMBERSHIPS_SCHEMA, PERSON_COLUMNS, Snapshot
from services.directory.snapshot_rows import (
    group_table,
    groups_of,
    replaced,
    rows_with,
    strings,
    user_rows,
    users_of,
    with_columns,
)

SMALL_BATCH = 4_096


def patched_snapshot(snapshot: Snapshot, patches: Sequence[Patch]) -> Snapshot:
    """`snapshot` after `patches`, which are in the order in which they were made."""
    if not patches:
        return snapshot
    work = _Work(snapshot, patches)
    for patch in patches:
        work.apply(patch)
    return work.result()


class _Work:
    """The people touched by some patches, as they become; everybody else stays in the tables."""

    def __init__(self, snapshot: Snapshot, patches: Sequence[Patch]) -> None:
        self._snapshot = snapshot
        self._groups = groups_of(snapshot.groups)
        self._touched = {patch.sub for patch in patches if patch.sub}
        self._gone_groups: set[str] = set()
        self._before = self._read(self._touched)
        self._now: dict[str, Person | None] = dict(self._before)
        for sub in self._touched:
            self._now.setdefault(sub, None)

    def _read(self, subs: set[str]) -> dict[str, Person]:
        users = users_of(rows_with(self._snapshot.users, "sub", subs))
        names: dict[str, list[str]] = {}
        for row in rows_with(self._snapshot.memberships, "sub", subs).to_pylist():
            names.setdefault(row["sub"], []).append(row["group"])
        return {user.sub: Person(user, sorted_names(names.get(user.sub, ()))) for user in users}

    def apply(self, patch: Patch) -> None:
        if not patch.sub:
            self._groups = patched_groups(self._groups, patch)
            if patch.change.ends_group:
                self._lose_group(patch.change.ends_group)
            return
        person = self._now.get(patch.sub)
        if not outdated(person, patch):
            self._now[patch.sub] = patched_person(person, patch)

    def _lose_group(self, name: str) -> None:
        self._gone_groups.add(name)
        for sub, person in self._now.items():
            if person is not None and name in (person.groups or ()):
                rest = tuple(one for one in person.groups or () if one != name)
                self._now[sub] = replace(person, groups=rest)

    def result(self) -> Snapshot:
        old = self._snapshot
        changed = {sub for sub in self._touched if self._now[sub] != self._before.get(sub)}
        lost = rows_with(old.memberships, "group", self._gone_groups)["sub"].to_pylist()
        return replace(
            old,
            users=self._users(
                {sub: one.user for sub in changed if (one := self._now[sub]) is not None}, changed
            ),
            groups=group_table(self._groups) if self._groups != groups_of(old.groups) else old.groups,
            memberships=self._memberships(changed),
            base=old.base or old,
            changed=old.changed | changed | set(lost),
        )

    def _users(self, people: dict[str, User], changed: set[str]) -> pa.Table:
        if not changed:
            return self._snapshot.users
        known = set(PERSON_COLUMNS) | {"sub"}
        wanted = {name for one in people.values() for name in one.attributes if name not in known}
        table = with_columns(self._snapshot.users, sorted(wanted))
        names = [name for name in table.schema.names if name not in PERSON_COLUMNS]
        looked_for = strings(changed)
        left = dict(people)
        batches = []
        for batch in table.to_batches():
            found = pc.is_in(batch.column("sub"), looked_for)
            if not found.true_count:
                batches.append(batch)
                continue
            subs = batch.column("sub").filter(found).to_pylist()
            gone = [sub for sub in subs if sub not in people]
            if gone:
                batch = batch.filter(pc.invert(pc.is_in(batch.column("sub"), strings(gone))))
                found = pc.is_in(batch.column("sub"), looked_for)
            here = [left.pop(sub) for sub in subs if sub in people]
            batches.append(replaced(batch, found, user_rows(here, names)) if here else batch)
        if left:
            _append(batches, user_rows(list(left.values()), names))
        return pa.Table.from_batches(batches, table.schema)

    def _memberships(self, changed: set[str]) -> pa.Table:
        table = self._snapshot.memberships
        if not changed and not self._gone_groups:
            return table
        people, groups = strings(changed), strings(self._gone_groups)
        batches = []
        for batch in table.to_batches():
            hit = pc.or_(pc.is_in(batch.column("sub"), people), pc.is_in(batch.column("group"), groups))
            batches.append(batch.filter(pc.invert(hit)) if hit.true_count else batch)
        pairs = [
            (sub, name) for sub in sorted(changed) if (one := self._now[sub]) for name in one.groups or ()
        ]
        if pairs:
            rows = [pa.array([pair[at] for pair in pairs], pa.string()) for at in (0, 1)]
            _append(batches, pa.record_batch(rows, schema=MEMBERSHIPS_SCHEMA))
        return pa.Table.from_batches(batches, table.schema)


def _append(batches: list[pa.RecordBatch], more: pa.RecordBatch) -> None:
    """Add rows at the end, to the last batch if that is small: changes come one by one."""
    if batches and batches[-1].num_rows < SMALL_BATCH:
        more = pa.concat_batches([batches.pop(), more])
    batches.append(more)
