"""The activity log for people: what was done in words, what changed, and the log as a CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any

from services.cognito.actions import ACTIONS
from services.cognito.actions.base import REPLACED
from services.cognito.attributes import STANDARD
from services.cognito.models import UserStatus
from services.cognito.status import STATUS_TEXTS
from services.csv_safe import write_csv
from services.roles import ActorSource, Permission
from services.store.activity import Activity, ActivityFilter, ActivityResult
from services.store.columns import is_id
from services.store.log_chain import LogCheck
from services.store.store import Store
from services.words import counted, file_time, minute

OWN_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "protect_group": "Changed who may hand out a group",
        "save_plan": "Kept a plan",
        "delete_plan": "Threw a plan away",
        "start_job": "Started a job",
        "change_setting": "Changed a setting",
        "erase_traces": "Erased the traces of a person",
        "back_up": "Backed the database up",
        "restore": "Restored the database from a backup",
        "clean_up": "Erased what is kept no longer",
        "change_audit_rules": "Changed the audit rules of a pool",
        "resume_job": "Went on with a job",
        "pause_job": "Paused a job",
        "stop_job": "Stopped a job",
        "take_passwords": "Took temporary passwords away",
        "add_connection": "Added a connection",
        "change_connection": "Changed a connection",
        "remove_connection": "Removed a connection",
        "test_connection": "Tested a connection",
        "add_notice_channel": "Added a channel for notices",
        "change_notice_channel": "Changed a channel for notices",
        "remove_notice_channel": "Removed a channel for notices",
        "add_schedule": "Planned work by schedule",
        "change_schedule": "Changed work by schedule",
        "pause_schedule": "Let a schedule rest",
        "resume_schedule": "Let a schedule go on",
        "run_schedule": "Had a schedule run at once",
        "delete_schedule": "Deleted a schedule",
        "scheduled_run": "Did work by schedule",
        "take_snapshot": "Took a snapshot of a pool",
        "delete_snapshot": "Deleted a snapshot",
        "add_pool": "Added a pool",
        "change_pool": "Changed a pool",
        "remove_pool": "Removed a pool",
        "add_application": "Added an application",
        "change_application": "Changed an application",
        "remove_application": "Removed an application",
        "download_file": "Downloaded a file",
        "export_configuration": "Exported the configuration",
        "import_configuration": "Imported a configuration",
        "finding_accepted": "Accepted findings",
        "finding_withdrawn": "Took the acceptance of findings back",
        "finding_assigned": "Assigned findings",
        "finding_remark": "Remarked on findings",
        "start_review": "Started a review",
        "decide_review": "Decided in a review",
        "answer_review": "Decided what nobody had answered in a review",
        "delegate_review": "Handed part of a review over",
        "close_review": "Closed and signed off a review",
        "export_review": "Exported the report of a review",
        "save_search": "Saved a search",
        "save_question": "Saved a question",
        "delete_question": "Deleted a question",
        "delete_search": "Deleted a saved search",
        "login_test": "Tried a login",
        "sign_in": "Signed in",
        "sign_out": "Signed out",
        "add_sign_in_provider": "Added a provider of company sign-in",
        "change_sign_in_provider": "Changed a provider of company sign-in",
        "remove_sign_in_provider": "Removed a provider of company sign-in",
        "operator.arrived": "Came by their company account for the first time",
        "operator.renewed": "Got their role and name from their company account",
        "operator.set_up": "Made the first administrator",
        "operator.add": "Added an operator",
        "operator.change": "Changed an operator's name or e-mail address",
        "operator.role": "Changed an operator's role",
        "operator.disable": "Disabled an operator",
        "operator.enable": "Enabled an operator",
        "operator.altered": "Tried to sign in with a record changed past the console",
        "operator.confirm": "Confirmed an operator whose record was changed past the console",
        "operator.reset_password": "Reset an operator's password",
        "operator.change_password": "Changed their own password",
        "operator.code": "Gave a second factor",
        "operator.second_factor": "Set up a second factor",
        "operator.second_factor_removed": "Removed a second factor",
        "operator.passkey": "Added a passkey",
        "operator.passkey_removed": "Removed a passkey",
        "operator.proved": "Gave their second factor again",
        "operator.recovery_code": "Signed in with a recovery code",
        "operator.recovery_codes": "Made new recovery codes",
        "operator.slowed": "Slowed sign-in down after wrong tries",
        "operator.link": "Made a link for a new password",
        "operator.release": "Ended an operator's waiting time",
        "operator.revoke_session": "Ended a session",
    }
)
"""What the log calls what operators do in the console itself; changes to a pool know their own titles."""

RESULT_TITLES: Mapping[ActivityResult, str] = MappingProxyType(
    {
        ActivityResult.DONE: "Done",
        ActivityResult.FAILED: "Failed",
        ActivityResult.UNKNOWN: "Unknown",
        ActivityResult.INTENDED: "Not finished",
    }
)
RESULT_MEANINGS: Mapping[ActivityResult, str] = MappingProxyType(
    {
        ActivityResult.DONE: "It took effect.",
        ActivityResult.FAILED: "It was refused; nothing was changed.",
        ActivityResult.UNKNOWN: "No answer came: it may or may not have taken effect. Look at the person.",
        ActivityResult.INTENDED: "It was begun and no end was written: still running, or the console died.",
    }
)


def log_words(found: LogCheck, zone: tzinfo | None = None) -> list[str]:
    """What a check of the log found, a sentence each: whether it is intact, then what isn't.

    Its own times are those of `zone`; without one they are in UTC and say so.
    """
    head = found.head
    lines = counted(found.lines, "line")
    if found.intact:
        said = [f"Log intact: {lines}, none altered, removed or moved since they were written."]
    else:
        said = [f"LOG BROKEN: {counted(found.broken, 'place')} not as the console wrote it. {lines} read."]
        said += [broken.what for broken in found.breaks]
        if found.broken > len(found.breaks):
            said.append(f"Only the first {len(found.breaks):,} of them are named here.")
    if head.removed and head.removed_before:
        before = minute(head.removed_before, zone)
        said.append(f"{counted(head.removed, 'line')} from before {before} went with clean-up.")
    if found.erased:
        said.append(f"Of {counted(found.erased, 'line')} the traces of a person were erased on request.")
    if head.inherited:
        since = minute(head.began_at, zone)
        said.append(f"{counted(head.inherited, 'line')} of earlier releases: proved since {since}.")
    return said


HEADER = (
    "time_utc",
    "operator",
    "role",
    "origin",
    "action",
    "what",
    "pool",
    "target_kind",
    "target",
    "target_id",
    "result",
    "changes",
    "error_code",
    "error",
    "reason",
    "ticket",
    "identified",
    "job_id",
    "finished_utc",
    "before_json",
    "after_json",
    "line_id",
)
_GONE = ("deleted", "removed")
_IDENTIFIER = re.compile(r"[a-z_]+")
_DELIVERY = "delivery"
_TITLES = {_DELIVERY: "sent by", "sub": "user ID", "bytes": "size in bytes"}
"""Facts that people call otherwise (docs/words.md)."""
_MEDIA = {"EMAIL": "e-mail", "SMS": "SMS"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing that changed, in words; an empty side means that there was or is nothing."""

    field: str
    before: str
    after: str

    def __str__(self) -> str:
        if self.before and self.after:
            return f"{self.field}: {self.before} → {self.after}"
        return f"{self.field}: {self.after}" if self.after else f"{self.field}: {self.before} → nothing"


class ActivityReader:
    """Reads the log for whoever `who` names; reading needs READ, the export EXPORT."""

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def page(self, filters: ActivityFilter, *, limit: int, before_id: str = "") -> list[Activity]:
        """At most `limit` lines, newest first, older than the line `before_id`."""
        self._who().require(Permission.READ)
        return self._store.activity.search(limit=limit, before_id=before_id, **filters)

    def count(self, filters: ActivityFilter) -> int:
        """How many lines of the log fit the filters."""
        self._who().require(Permission.READ)
        return self._store.activity.count(**filters)

    def line(self, id: str) -> Activity:
        """The line of the log with this ID. Raises `RecordNotFound`, or `NotAllowed`."""
        self._who().require(Permission.READ)
        return self._store.activity.get(id)

    def csv(self, filters: ActivityFilter) -> bytes:
        """Every line that fits, newest first, as a formula-safe CSV."""
        self._who().require(Permission.EXPORT)
        return write_csv(HEADER, map(csv_row, self._store.activity.iter_all(**filters)))


def action_titles() -> dict[str, str]:
    """What each action of the log is called, changes to a pool first."""
    return {**{name: kind.logged for name, kind in ACTIONS.items()}, **OWN_TITLES}


def action_title(action: str) -> str:
    """What an action is called; made from its name when nobody knows it."""
    kind = ACTIONS.get(action)
    known = kind.logged if kind else OWN_TITLES.get(action)
    return known or action.replace("_", " ").replace(".", " ").capitalize()


def changes_of(line: Activity) -> tuple[FieldChange, ...]:
    """What changed, field by field.

    Facts that were only read beforehand and stayed as they were are left out, except of something
    that was deleted: there they say what was lost. Ids of the console's own say nothing to people; they
    stand in the facts of the export.
    """
    if "member" in line.after and "group" in line.after:
        return _membership(line)
    gone = any(line.after.get(name) is True for name in _GONE)
    after = {name: value for name, value in line.after.items() if name not in (*_GONE, REPLACED)}
    before = {**line.after.get(REPLACED, {}), **line.before}
    known = _flat(after)
    return tuple(
        difference for difference in field_changes(before, after) if gone or difference.field in known
    )


def _membership(line: Activity) -> tuple[FieldChange, ...]:
    """A membership says its group: "member: no → yes" alone would say nothing."""
    words: dict[object, str] = {True: "in it", False: "not in it"}
    was, now = (words.get(facts.get("member"), "") for facts in (line.before, line.after))
    return (FieldChange(f"group {line.after['group']}", was, now),) if was != now else ()


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Where two sets of facts differ, field by field, in words."""
    old, new = _flat(before), _flat(after)
    return tuple(
        FieldChange(name, old.get(name, ""), new.get(name, ""))
        for name in {**old, **new}
        if old.get(name, "") != new.get(name, "")
    )


def summary_of(line: Activity) -> str:
    """What changed, or why nothing did, in one line."""
    if line.error:
        return line.error
    return "; ".join(map(str, changes_of(line)))


def ticket_text(line: Activity) -> str:
    """One line of the log as text for a ticket: when, who, what, to whom, what changed, where it stands."""
    parts = [
        file_time(line.at),
        f"{line.operator_name} ({line.role}): {action_title(line.action)}"
        + (f", {line.target_name}" if line.target_name else "")
        + (f" in {line.pool}" if line.pool else ""),
        f"Result: {RESULT_TITLES[line.result].lower()}",
    ]
    named = (
        ("Changes", "; ".join(map(str, changes_of(line)))),
        ("Error", line.error),
        ("Reason", line.reason),
        ("Ticket", line.ticket),
        ("Caller identified by", line.identified),
        ("Line in the activity log", line.id),
    )
    return "\n".join((*parts, *(f"{title}: {text}" for title, text in named if text)))


def csv_row(line: Activity) -> list[str]:
    """One line of the log as cells under `HEADER`."""
    return [
        _time(line.at),
        line.operator_name,
        line.role,
        line.origin,
        line.action,
        action_title(line.action),
        line.pool,
        line.target_kind,
        line.target_name,
        line.target_id,
        str(line.result),
        "; ".join(map(str, changes_of(line))),
        line.error_code,
        line.error,
        line.reason,
        line.ticket,
        line.identified,
        line.job_id,
        _time(line.finished_at),
        _json(line.before),
        _json(line.after),
        line.id,
    ]


def _flat(facts: Mapping[str, Any]) -> dict[str, str]:
    """Facts as title → text; nested ones (attributes, imported items) stand side by side."""
    return dict(_pairs(facts))


def _pairs(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in facts.items():
        if isinstance(value, Mapping) and name == "attributes":
            yield from ((_attribute_title(key), _text("", item)) for key, item in value.items())
        elif isinstance(value, Mapping) and name != "group roles":
            yield from _pairs(value, f"{prefix}{name}, ")
        elif not is_id(value):
            yield prefix + _title(name), _text(name, value)


def _title(name: str) -> str:
    if name in _TITLES:
        return _TITLES[name]
    return name.replace("_", " ") if _IDENTIFIER.fullmatch(name) else name


def _attribute_title(name: str) -> str:
    return STANDARD[name].title if name in STANDARD else name


def _text(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "status" and value in UserStatus.__members__:
        return STATUS_TEXTS[UserStatus(value)].title
    if name == _DELIVERY and isinstance(value, list | tuple):
        return ", ".join(_MEDIA.get(item, str(item)) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text('', item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_member(item) for item in value)
    return str(value)


def _member(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("name") or ", ".join(map(str, value.values())))
    if isinstance(value, list | tuple):  # a rule: a group and the role it gives
        return " → ".join(map(str, value))
    return str(value)


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _json(facts: Mapping[str, Any]) -> str:
    return json.dumps(dict(facts), ensure_ascii=False, sort_keys=True) if facts else ""
