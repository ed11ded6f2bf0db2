"""Who made the differences between two snapshots, as far as the activity log of this console knows.

Changes made past the console (in the AWS console, by a program) are not in its log; their lines stay
without a name, and `NOT_HERE` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd

from services.audits.differences import Differences, Kind
from services.cognito.models import UserStatus
from services.cognito.status import STATUS_TEXTS
from services.store.activity import Activity, ActivityResult
from services.store.store import Store

NOT_HERE = "not in this console's log"
PERHAPS = "perhaps "

_STATUS_ACTIONS = frozenset(
    {"set_password", "reset_password", "confirm_user", "resend_invitation", "update_attributes"}
)


@dataclass
class _Log:
    """The lines of the log that matter, newest first, by target."""

    of: dict[str, list[Activity]] = field(default_factory=dict)

    def add(self, key: str, line: Activity) -> None:
        if key:
            self.of.setdefault(key, []).append(line)


def attributed(
    store: Store, found: Differences, pools: Iterable[str], since: datetime, until: datetime
) -> Differences:
    """The differences with `by`, `at` and `activity` for each line.

    `pools`: the names under which this pool is set up here; `since` and `until` (aware): when reading
    the older snapshot began, and when reading the newer one ended.
    """
    log = _read(store, pools, since, until)
    known = [{str(name): cell for name, cell in line.items()} for line in found.lines.to_dict("records")]
    answers = [_answer(log, line) for line in known]
    lines = found.lines.assign(
        by=pd.Series(
            [_by(one, line["kind"]) for one, line in zip(answers, known, strict=True)], dtype=object
        ),
        at=pd.Series([one.at if one else pd.NaT for one in answers], dtype="datetime64[ms, UTC]"),
        activity=pd.Series([one.id if one else "" for one in answers], dtype=object),
    )
    return replace(found, lines=lines)


def pool_names(store: Store, pool_id: str) -> tuple[str, ...]:
    """Every name under which a user pool is set up here: the log goes by name."""
    return tuple(one.name for one in store.pools.list() if one.pool_id == pool_id)


def _read(store: Store, pools: Iterable[str], since: datetime, until: datetime) -> _Log:
    log = _Log()
    for pool in dict.fromkeys(pools):
        for line in store.activity.iter_all(pool=pool, since=since, until=until):
            if line.result in (ActivityResult.DONE, ActivityResult.UNKNOWN):
                log.add(line.target_id, line)
                if line.action == "create_user":
                    log.add(str(line.after.get("sub", "")), line)
    return log


def _by(line: Activity | None, kind: str) -> str:
    if line is None:
        return NOT_HERE if Kind(kind) in _TESTS else ""
    sure = line.result is ActivityResult.DONE
    return f"{'' if sure else PERHAPS}{line.operator_name}"


def _answer(log: _Log, line: Mapping[str, str]) -> Activity | None:
    kind = Kind(line["kind"])
    fits = _TESTS.get(kind)
    if fits is None:
        return None
    about_group = kind in (Kind.GROUP_NEW, Kind.GROUP_GONE, Kind.GROUP_CHANGED)
    key = line["what"].partition(": ")[0] if kind is Kind.GROUP_CHANGED else line["what"]
    own = log.of.get(key if about_group else line["sub"], ())
    found = next((one for one in own if fits(one, line)), None)
    if found is None and kind is Kind.JOINED:
        found = next((one for one in log.of.get(line["username"], ()) if fits(one, line)), None)
    if found is None and kind is Kind.LOST:
        deleted = log.of.get(line["what"], ())
        found = next((one for one in deleted if one.action == "delete_group"), None)
    return found


def _action(*names: str) -> Callable[[Activity, Mapping[str, str]], bool]:
    return lambda one, _: one.action in names


def _membership(action: str) -> Callable[[Activity, Mapping[str, str]], bool]:
    return lambda one, line: one.action == action and _group_of(one) == line["what"]


def _group_of(line: Activity) -> str:
    return str(line.after.get("group") or line.before.get("group") or "")


def _attribute(one: Activity, line: Mapping[str, str]) -> bool:
    """The last change here of this attribute, if the value of now comes from it."""
    if one.action not in ("update_attributes", "clear_attributes"):
        return False
    values = one.after.get("attributes") or one.before.get("attributes") or {}
    name = line["what"]
    if name not in values:
        # changing an address makes Cognito drop its mark of being verified
        return name.removesuffix("_verified") in values and name.endswith("_verified")
    return one.result is ActivityResult.UNKNOWN or str(values[name] or "") == line["after"]


def _status(one: Activity, line: Mapping[str, str]) -> bool:
    if one.action not in _STATUS_ACTIONS:
        return False
    left = str(one.after.get("status") or "")
    if left in UserStatus._value2member_map_:
        return STATUS_TEXTS[UserStatus(left)].title == line["after"]
    return one.action == "resend_invitation"


def _enabled(one: Activity, line: Mapping[str, str]) -> bool:
    return one.action == ("enable_user" if line["after"] == "enabled" else "disable_user")


_TESTS: dict[Kind, Callable[[Activity, Mapping[str, str]], bool]] = {
    Kind.JOINED: _action("create_user"),
    Kind.LEFT: _action("delete_user"),
    Kind.GAINED: _membership("add_to_group"),
    Kind.LOST: _membership("remove_from_group"),
    Kind.ATTRIBUTE: _attribute,
    Kind.STATUS: _status,
    Kind.ENABLED: _enabled,
    Kind.GROUP_NEW: _action("create_group"),
    Kind.GROUP_GONE: _action("delete_group"),
    Kind.GROUP_CHANGED: _action("update_group"),
}
