"""Changes to a pool that only the activity log knows: made before this process began, or by another.

The log keeps what each change did (`after`); that is enough to show it in a snapshot taken before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.cognito import changes
from services.cognito.changes import Change
from services.cognito.models import PersonRef
from services.directory.made_here import SETTLING
from services.directory.patching import Patch
from services.directory.snapshot import SnapshotAbout
from services.store.activity import Activity, ActivityResult
from services.store.columns import utc_now
from services.store.store import Store

READ_AT_MOST = 5_000
"""Lines that are read; with more of them, a view says that it lacks some."""

_STARTED = utc_now()
"""When this process began, so that what was intended before it is no longer under way."""

_NOTHING_TO_SHOW = ("resend_invitation", "sign_out_user")


def logged_since(store: Store, about: SnapshotAbout) -> tuple[list[Patch], bool]:
    """The changes to a pool since its reading began, oldest first; and whether some can't be told."""
    since = about.taken_at - SETTLING
    held_back = about.pool.verified_before_update
    pools = {one.name for one in store.pools.list() if one.pool_id == about.pool.id} | {about.pool_name}
    told: list[Patch] = []
    lacking = False
    for pool in pools:
        if store.activity.count(pool=pool, since=since, result=ActivityResult.DONE) > READ_AT_MOST:
            return [], True
        for line in store.activity.iter_all(pool=pool, since=since, result=ActivityResult.DONE):
            if line.action not in changes.ACTIONS or line.action in _NOTHING_TO_SHOW:
                continue
            change = _change_of(line)
            if change is None:
                lacking = True
            else:
                told.append(Patch(change, line.after, line.finished_at or line.at, held_back))
        lacking = lacking or _is_unsettled(store, pool, since)
    return sorted(told, key=lambda patch: patch.at), lacking


def _is_unsettled(store: Store, pool: str, since: datetime) -> bool:
    """Whether nobody knows if some change took effect: no answer came, or the process ended first."""
    return any(
        line.action in changes.ACTIONS and line.action not in _NOTHING_TO_SHOW
        for result in (ActivityResult.UNKNOWN, ActivityResult.INTENDED)
        for line in store.activity.iter_all(pool=pool, since=since, result=result)
        if result is ActivityResult.UNKNOWN or line.at < _STARTED
    )


def _change_of(line: Activity) -> Change | None:
    """The change that a line is about, as far as showing it needs; None when the line doesn't say enough."""
    kind = changes.ACTIONS[line.action]
    after: Mapping[str, Any] = line.after
    if issubclass(kind, changes.GroupChange):
        return _group_change(kind, line)
    if kind is changes.CreateUser:
        return changes.CreateUser(str(after["username"])) if after.get("sub") else None
    person = PersonRef(line.target_name, line.target_id, line.target_name)
    if issubclass(kind, changes.AddToGroup):
        return kind(person, str(after["group"])) if "group" in after else None
    if kind is changes.UpdateAttributes:
        return changes.UpdateAttributes(person, after["attributes"]) if "attributes" in after else None
    if kind is changes.ClearAttributes:
        return changes.ClearAttributes(person, tuple(after["attributes"])) if "attributes" in after else None
    if kind is changes.SetPassword:
        if "password" not in after:
            return None
        return changes.SetPassword(person, permanent=after["password"] == "permanent")  # noqa: S105
    plain = (
        changes.EnableUser,
        changes.DisableUser,
        changes.DeleteUser,
        changes.ResetPassword,
        changes.ConfirmUser,
    )
    return kind(person) if issubclass(kind, plain) else None


def _group_change(kind: type[changes.GroupChange], line: Activity) -> Change | None:
    if kind is changes.DeleteGroup:
        return changes.DeleteGroup(line.target_id)
    if "description" not in line.after:
        return None
    facts = {"description": str(line.after["description"]), "precedence": line.after.get("precedence")}
    return kind(line.target_id, **facts)
