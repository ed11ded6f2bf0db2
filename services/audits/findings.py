"""Findings with the people behind them, as tables for pages, files and reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from services.audits.rule import About, Result, State
from services.cognito.models import PersonRef, UserStatus
from services.cognito.status import STATUS_TEXTS
from services.directory.snapshot import Snapshot
from services.errors import RecordNotFound

STATE_WORDS = {
    State.FOUND: "Found",
    State.CLEAN: "Nothing found",
    State.INCOMPLETE: "Could not be evaluated",
    State.UNANSWERED: "Not answered",
}

_ATTRIBUTES = ("name", "given_name", "family_name", "email", "phone_number")


def frame(result: Result, snapshot: Snapshot, places: list[int] | slice | None = None) -> pd.DataFrame:
    """Findings (those at `places`, or all) with who is meant, one row each.

    Columns: those of `Result.findings`, then name, label, username, email, status (in words), enabled,
    created, changed. Empty or null where no person is meant.
    """
    found = result.findings if places is None else result.findings.iloc[places]
    found = found.reset_index(drop=True)
    people = _people(snapshot, found["sub"])
    names = [_name(*parts) for parts in zip(*(people[one] for one in _ATTRIBUTES[:3]), strict=True)]
    labels = [
        email or phone or username
        for email, phone, username in zip(
            people["email"], people["phone_number"], people["username"], strict=True
        )
    ]
    return found.assign(
        name=pd.Series(names, dtype=object),
        label=pd.Series(labels, dtype=object),
        username=pd.Series(people["username"], dtype=object),
        email=pd.Series(people["email"], dtype=object),
        status=pd.Series([_words(one) for one in people["status"]], dtype=object),
        enabled=pd.Series(people["enabled"], dtype=object),
        created=_moments(people["created"]),
        changed=_moments(people["changed"]),
    )


def counted(result: Result) -> str:
    """How many were found, in words: "1 group, 6 people"; "" when nothing was."""
    names = {
        About.PEOPLE: ("person", "people"),
        About.GROUPS: ("group", "groups"),
        About.APPLICATIONS: ("application", "applications"),
    }
    order = sorted(About, key=lambda one: one is not result.rule.about)
    # groups of people who were found are no findings themselves
    shown = [one for one in order if one is result.rule.about or one is About.PEOPLE]
    parts = [
        f"{count:,} {names[one][count != 1]}" for one in shown if (count := result.numbers[one])
    ]  # fmt: skip
    at_least = "at least " if result.at_least and parts else ""
    return at_least + ", ".join(parts)


def refs(snapshot: Snapshot, subs: Collection[str]) -> list[PersonRef]:
    """References to these people, in the order given. Raises `RecordNotFound` if one isn't there."""
    people = _people(snapshot, list(subs))
    made = []
    for sub, username, email, phone in zip(
        subs, people["username"], people["email"], people["phone_number"], strict=True
    ):
        if not username:
            raise RecordNotFound(
                "Somebody chosen is not in this snapshot. Nothing was changed.",
                "Read the pool again and choose anew.",
            )
        made.append(PersonRef(username=username, sub=sub, label=email or phone or username))
    return made


def _people(snapshot: Snapshot, subs: Iterable[str]) -> dict[str, list[Any]]:
    """Columns of the people with these subs, in that order; "" or None for a sub that isn't there."""
    wanted = pa.array(list(subs), pa.string())
    places = pc.index_in(wanted, value_set=snapshot.users["sub"].combine_chunks())
    chosen = snapshot.users.select(
        [name for name in ("username", "status", "enabled", "created", "changed", *_ATTRIBUTES)
         if name in snapshot.users.column_names]
    ).take(places)  # fmt: skip
    columns: dict[str, list[Any]] = {}
    for name in ("username", "status", *_ATTRIBUTES):
        values = chosen[name].to_pylist() if name in chosen.column_names else [None] * len(wanted)
        columns[name] = [value or "" for value in values]
    for name in ("enabled", "created", "changed"):
        columns[name] = chosen[name].to_pylist()
    return columns


def _name(name: str, given: str, family: str) -> str:
    return name or " ".join(part for part in (given, family) if part)


def _words(status: str) -> str:
    return STATUS_TEXTS[UserStatus(status)].title if status in UserStatus.__members__ else status


def _moments(values: list[Any]) -> pd.Series:
    return pd.Series(pd.to_datetime(pd.Series(values, dtype=object), utc=True)).astype("datetime64[ms, UTC]")
