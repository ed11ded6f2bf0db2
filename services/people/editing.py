"""Editing one person's attributes: what differs, what is wrong with it, and which calls it takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from services.cognito.actions import Change, ClearAttributes, UpdateAttributes
from services.cognito.attributes import rules_for, title_of
from services.cognito.models import User, UserPool
from services.errors import InvalidValue
from services.people.creation import FieldProblem

VERIFIABLE = ("email", "phone_number")


def changed_values(user: User, wanted: Mapping[str, str], pool: UserPool) -> dict[str, str]:
    """The values in `wanted` that differ from what the person has; "" stands for "remove it"."""
    rules = rules_for(pool)
    tidy = {name: rules.tidy(name, value) for name, value in wanted.items()}
    return {name: value for name, value in tidy.items() if value != user.attributes.get(name, "")}


def editing_problems(user: User, edited: Mapping[str, str], pool: UserPool) -> list[FieldProblem]:
    """Everything that keeps `edited` (see `changed_values`) from being sent; empty when it is fine."""
    found = rules_for(pool).row_problems(edited, creating=False, current=user.attributes)
    return [FieldProblem(title_of(name), text) for name, text in found]


def changes_for(
    user: User, edited: Mapping[str, str], pool: UserPool, verified: Collection[str] = ()
) -> list[Change]:
    """The calls that make `edited` true: one for the new values, one for those to be removed.

    A new e-mail address or phone number counts as verified only when it is named in `verified`;
    otherwise it is marked unverified, so that nobody recovers a password through an address that
    nobody checked. Where the pool keeps a new value back until its owner has verified it, that is
    left to the pool (developer guide, "Verifying updates to email addresses and phone numbers").
    """
    values = {name: value for name, value in edited.items() if value}
    for name in VERIFIABLE:
        if name not in values:
            continue
        if name in verified:
            values[f"{name}_verified"] = "true"
        elif name not in pool.verified_before_update and _has(user, f"{name}_verified"):
            values[f"{name}_verified"] = "false"
    emptied = [name for name, value in edited.items() if not value]
    emptied += [
        f"{name}_verified" for name in VERIFIABLE if name in emptied and _has(user, f"{name}_verified")
    ]
    changes: list[Change] = []
    if values:
        changes.append(UpdateAttributes(user.ref, values))
    if emptied:
        changes.append(ClearAttributes(user.ref, tuple(dict.fromkeys(emptied))))
    return changes


def held_back(edited: Mapping[str, str], pool: UserPool, verified: Collection[str] = ()) -> list[str]:
    """The new values that will show only once their owner has entered the code that is sent."""
    return [
        name for name in VERIFIABLE if edited.get(name) and name in pool.verified_before_update - {*verified}
    ]


def changed_meanwhile(titles: Iterable[str]) -> InvalidValue:
    """The error for attributes that somebody else has changed since the form was opened."""
    return InvalidValue(
        f"Somebody else has changed this meanwhile: {', '.join(titles)}. Nothing was sent.",
        "Close the form, look at what is there now, and edit it again.",
    )


def _has(user: User, name: str) -> bool:
    return user.attributes.get(name, "").lower() == "true"
