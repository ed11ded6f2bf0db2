"""Two snapshots of one pool: who joined and left, which memberships, attributes and states changed.

    found = compare(older, newer)
    found.lines[found.lines["kind"] == Kind.GAINED]

Nobody has "left" because a page of the newer snapshot failed, and no group is "lost" because its
members could not be read: such lines are of the kind `UNTOLD` and say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from services.audits.columns import (
    Numbers,
    column,
    groups_known,
    incidence,
    labels,
    names,
    positions,
    status_title,
    truths,
    unread_groups,
    usernames,
    users_known,
)
from services.audits.differences import MEMBER, OUTSIDE, Differences, Kind, block, lines_of, together
from services.audits.tables import stamp
from services.directory.snapshot import Snapshot
from services.errors import InvalidValue

UNREAD_PEOPLE = "People may be missing from the {which} snapshot."
UNREAD_MEMBERS = "Not all members of this group could be read for the {which} snapshot."


@dataclass(frozen=True)
class _Pair:
    """Two snapshots, and where the same people stand in both."""

    older: Snapshot
    newer: Snapshot
    old_rows: Numbers
    new_rows: Numbers


def compare(older: Snapshot, newer: Snapshot) -> Differences:
    """Everything that differs. Raises `InvalidValue` for snapshots of different pools."""
    if older.about.pool_key != newer.about.pool_key:
        raise InvalidValue(
            f"These are snapshots of different pools: {older.about.pool_name} and {newer.about.pool_name}.",
            "Choose two of the same pool.",
        )
    place = positions(older.users["sub"], newer.users["sub"])
    kept = np.flatnonzero(place >= 0)
    both = _Pair(older, newer, kept, place[kept])
    parts = [
        _joined(both),
        _left(both, np.flatnonzero(place < 0)),
        *_memberships(both),
        *_attributes(both),
        _states(both),
        _enabled(both),
        _groups(older, newer),
    ]
    title = f"{stamp(older.about.taken_at)} → {stamp(newer.about.taken_at)}"
    complete = older.completeness.complete and newer.completeness.complete
    return Differences(title, _twins(together(parts)), statements(older, newer), complete)


def statements(older: Snapshot, newer: Snapshot) -> tuple[str, ...]:
    """How far each of the two can be trusted."""
    return tuple(
        f"{which} snapshot, {stamp(one.about.taken_at)}: {one.completeness.sentence}"
        for which, one in (("Older", older), ("Newer", newer))
    )


def _who(snapshot: Snapshot, rows: Numbers) -> dict[str, list[str]]:
    users = snapshot.users.take(pa.array(rows))
    return {
        "sub": users["sub"].to_pylist(),
        "username": usernames(users).to_pylist(),
        "person": labels(users).to_pylist(),
        "name": names(users).to_pylist(),
    }


def _held(snapshot: Snapshot, rows: Numbers) -> list[str]:
    held = incidence(snapshot)
    return ["; ".join(held.of(row)) for row in rows.tolist()]


def _joined(both: _Pair) -> pd.DataFrame:
    fresh = np.ones(len(both.newer), np.bool_)
    fresh[both.new_rows] = False
    rows = np.flatnonzero(fresh)
    after = _held(both.newer, rows) if len(rows) else []
    found = block(Kind.JOINED, len(rows), **_who(both.newer, rows), what="person", after=after)
    if users_known(both.older):
        return found
    # Whoever was created after the older reading began can't have been overlooked by it.
    created = both.newer.users["created"].take(pa.array(rows))
    sure = pc.fill_null(pc.greater(created, pa.scalar(both.older.about.taken_at, created.type)), False)
    unsure = ~np.asarray(sure.to_numpy(zero_copy_only=False), np.bool_)
    found.loc[unsure, "kind"] = str(Kind.UNTOLD)
    found.loc[unsure, "remark"] = f"Joined, or only not seen before. {UNREAD_PEOPLE.format(which='older')}"
    return found


def _left(both: _Pair, rows: Numbers) -> pd.DataFrame:
    before = _held(both.older, rows) if len(rows) else []
    who = _who(both.older, rows)
    if users_known(both.newer):
        return block(Kind.LEFT, len(rows), **who, what="person", before=before)
    remark = f"Left, or only not seen now. {UNREAD_PEOPLE.format(which='newer')}"
    return block(Kind.UNTOLD, len(rows), **who, what="person", before=before, remark=remark)


def _memberships(both: _Pair) -> list[pd.DataFrame]:
    """Groups gained and lost by people who are in both snapshots."""
    every = tuple(sorted({*both.older.group_names, *both.newer.group_names}, key=str.casefold))
    width = max(1, len(every))
    old = _pairs(both.older, every, both.old_rows, width)
    new = _pairs(both.newer, every, both.new_rows, width)
    gained, lost = np.setdiff1d(new, old), np.setdiff1d(old, new)
    return [
        _membership_lines(both, gained, every, Kind.GAINED),
        _membership_lines(both, lost, every, Kind.LOST),
    ]


def _pairs(snapshot: Snapshot, every: Sequence[str], rows: Numbers, width: int) -> Numbers:
    """Memberships of the people at `rows` as numbers: their place among `rows` × width + group."""
    held = incidence(snapshot, every)
    place = np.full(len(snapshot), -1, np.int64)
    place[rows] = np.arange(len(rows))
    people = place[held.people]
    known = people >= 0
    found: Numbers = people[known] * width + held.groups[known]
    return found


def _membership_lines(both: _Pair, pairs: Numbers, every: Sequence[str], kind: Kind) -> pd.DataFrame:
    people, groups = np.divmod(pairs, max(1, len(every)))
    gained = kind is Kind.GAINED
    doubted = unread_groups(both.older if gained else both.newer, every)
    which = "older" if gained else "newer"
    sure = (OUTSIDE, MEMBER) if gained else (MEMBER, OUTSIDE)
    what = [every[one] for one in groups.tolist()]
    found = block(
        kind,
        len(pairs),
        **_who(both.newer, both.new_rows[people]),
        what=what,
        before=sure[0],
        after=sure[1],
    )
    unsure = found["what"].isin(doubted).to_numpy()
    found.loc[unsure, "kind"] = str(Kind.UNTOLD)
    found.loc[unsure, "before" if gained else "after"] = "?"
    found.loc[unsure, "remark"] = (
        f"{'Gained, or in it before' if gained else 'Lost, or still in it'}. "
        + UNREAD_MEMBERS.format(which=which)
    )
    return found


def _attributes(both: _Pair) -> list[pd.DataFrame]:
    every = sorted({*both.older.attributes, *both.newer.attributes})
    return [one for name in every if len(one := _changed(both, name))]


def _changed(both: _Pair, name: str) -> pd.DataFrame:
    old, new = _values(both, name)
    rows = np.flatnonzero(np.asarray(pc.not_equal(old, new).to_numpy(zero_copy_only=False), np.bool_))
    if not len(rows):
        return lines_of([])
    picked = pa.array(rows)
    return block(
        Kind.ATTRIBUTE,
        len(rows),
        **_who(both.newer, both.new_rows[rows]),
        what=name,
        before=old.take(picked).to_pylist(),
        after=new.take(picked).to_pylist(),
    )


def _values(both: _Pair, name: str) -> tuple[pa.Array, pa.Array]:
    """One column of the people in both; no value and an empty one are the same."""
    old = column(both.older.users, name).take(pa.array(both.old_rows))
    new = column(both.newer.users, name).take(pa.array(both.new_rows))
    return pc.fill_null(old, ""), pc.fill_null(new, "")


def _states(both: _Pair) -> pd.DataFrame:
    found = _changed(both, "status").assign(kind=str(Kind.STATUS))
    for side in ("before", "after"):
        found[side] = found[side].map(status_title)
    return found


def _enabled(both: _Pair) -> pd.DataFrame:
    old, new = truths(both.older.users)[both.old_rows], truths(both.newer.users)[both.new_rows]
    rows = np.flatnonzero(old != new)
    words = {True: "enabled", False: "disabled"}
    return block(
        Kind.ENABLED,
        len(rows),
        **_who(both.newer, both.new_rows[rows]),
        what="enabled",
        before=[words[one] for one in old[rows].tolist()],
        after=[words[one] for one in new[rows].tolist()],
    )


_GROUP_FACTS = ("description", "precedence", "role_arn")


def _groups(older: Snapshot, newer: Snapshot) -> pd.DataFrame:
    old, new = _facts(older), _facts(newer)
    lines = []
    for name in sorted(old.keys() | new.keys(), key=str.casefold):
        if name not in old:
            lines.append(_one_sided(name, Kind.GROUP_NEW, older, "older"))
        elif name not in new:
            lines.append(_one_sided(name, Kind.GROUP_GONE, newer, "newer"))
        else:
            lines += [
                {"kind": Kind.GROUP_CHANGED, "what": f"{name}: {fact}", "before": was, "after": now}
                for fact, was, now in zip(_GROUP_FACTS, old[name], new[name], strict=True)
                if was != now
            ]
    return lines_of([{**line, "kind": str(line["kind"])} for line in lines])


def _one_sided(name: str, kind: Kind, lacking: Snapshot, which: str) -> dict[str, str]:
    if groups_known(lacking):
        return {"kind": kind, "what": name}
    remark = f"{kind.capitalize()}, or only not seen. Groups may be missing from the {which} snapshot."
    return {"kind": Kind.UNTOLD, "what": name, "remark": remark}


def _facts(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    groups = snapshot.groups.to_pylist()
    return {
        one["name"]: tuple("" if one[fact] is None else str(one[fact]) for fact in _GROUP_FACTS)
        for one in groups
    }


def _twins(lines: pd.DataFrame) -> pd.DataFrame:
    """Say of somebody who left and joined under the same username that it may be one person."""
    left = lines[lines["kind"] == str(Kind.LEFT)]
    joined = lines[lines["kind"] == str(Kind.JOINED)]
    same = set(left["username"]) & set(joined["username"])
    if same:
        for part, word in ((left, "deleted and created anew"), (joined, "created anew after a deletion")):
            hit = part.index[part["username"].isin(same)]
            lines.loc[hit, "remark"] = f"Same username on both sides: {word}."
    return lines
