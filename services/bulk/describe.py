"""Steps in words, before and after they are done."""

from __future__ import annotations

from collections.abc import Sequence

from services.bulk.model import Step
from services.cognito.attributes import title_of
from services.cognito.changes import (
    AddToGroup,
    Change,
    ClearAttributes,
    CreateGroup,
    RemoveFromGroup,
    SetPassword,
    UpdateAttributes,
)

_WORDS = {
    "create_user": ("create the person", "created"),
    "enable_user": ("enable", "enabled"),
    "disable_user": ("disable", "disabled"),
    "delete_user": ("delete", "deleted"),
    "reset_password": ("reset the password", "password reset"),
    "confirm_user": ("confirm", "confirmed"),
    "sign_out_user": ("sign out everywhere", "signed out everywhere"),
    "resend_invitation": ("send the invitation again", "invitation sent again"),
}


def wanted(change: Change) -> str:
    """What a change is going to do: “add to group billing”."""
    return _said(change, 0)


def done(change: Change) -> str:
    """What a change has done: “added to group billing”."""
    return _said(change, 1)


def _said(change: Change, tense: int) -> str:
    match change:
        case RemoveFromGroup():
            return f"{('remove', 'removed')[tense]} from group {change.group}"
        case AddToGroup():
            return f"{('add', 'added')[tense]} to group {change.group}"
        case UpdateAttributes():
            return f"{('change', 'changed')[tense]} {_titles(list(change.attributes))}"
        case ClearAttributes():
            return f"{('clear', 'cleared')[tense]} {_titles(change.names)}"
        case SetPassword():
            kind = "permanent" if change.permanent else "temporary"
            return f"set a {kind} password" if tense == 0 else f"{kind} password set"
        case CreateGroup():
            return f"{('create', 'created')[tense]} group {change.name}"
        case _:
            return _WORDS.get(change.action, (change.action, change.action))[tense]


def sentence(parts: Sequence[str]) -> str:
    """Parts as one sentence with a capital and a full stop; empty for none."""
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def difference(step: Step) -> list[tuple[str, str, str]]:
    """What a step changes, as (what, before, after) in words; nothing secret."""
    change = step.change
    if isinstance(change, AddToGroup):
        member = ("not in", "in")
        added = not isinstance(change, RemoveFromGroup)
        return [(f"group {change.group}", member[not added], member[added])]
    found: list[tuple[str, str, str]] = []
    after = step.after.get("attributes") or {}
    before = step.before.get("attributes") or {}
    for name in after:
        found.append((title_of(name), str(before.get(name) or ""), str(after[name] or "")))
    for name, value in step.after.items():
        if name != "attributes":
            found.append((name.replace("_", " "), _plain(step.before.get(name)), _plain(value)))
    return found


def _plain(value: object) -> str:
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _titles(names: Sequence[str]) -> str:
    return " and ".join(title_of(name).lower() for name in names[:3]) + (
        f" and {len(names) - 3} more" if len(names) > 3 else ""
    )
