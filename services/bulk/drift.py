"""The check before a plan is carried out: is everything that a row's steps rely on still so?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.bulk.model import RowPlan
from services.bulk.reading import NamedPeople, People
from services.cognito.actions import Facts
from services.cognito.attributes import title_of
from services.cognito.identities import identities_in
from services.cognito.models import User
from services.cognito.people import NameKind


def wanted_for(rows: Iterable[RowPlan]) -> NamedPeople:
    """The people who have to be read again to check that rows are still as planned."""
    wanted = NamedPeople()
    for row in rows:
        basis = row.basis
        if basis.get("exists"):
            wanted.add((NameKind.SUB, str(basis["sub"])))
        elif basis:
            username = str(basis.get("username", ""))
            wanted.add(*((kind, str(basis.get(kind, ""))) for kind in (NameKind.EMAIL, NameKind.PHONE)))
            if username not in (basis.get("email"), basis.get("phone_number")):
                wanted.add((NameKind.USERNAME, username))
    return wanted


def groups_for(rows: Iterable[RowPlan]) -> set[str]:
    """The groups whose members have to be read again to check that rows are still as planned."""
    return {name for row in rows for name in row.basis.get("groups", ())}


def changed_meanwhile(row: RowPlan, people: People) -> list[str]:
    """What is no longer as the plan found it, as sentences; empty when the row can go ahead."""
    basis = row.basis
    if not basis:
        return []
    if not basis.get("exists"):
        return _created(basis, people)
    user = people.with_sub(str(basis["sub"]))
    if user is None:
        return [f"{row.label} is not in the pool any more."]
    return [
        *_status(basis, user),
        *_attributes(basis, user),
        *_identities(basis, user),
        *_groups(basis, user, people),
    ]


def _created(basis: Facts, people: People) -> list[str]:
    holders = [people.with_username(str(basis.get("username", "")))]
    for kind in (NameKind.EMAIL, NameKind.PHONE):
        holders += people.in_any_case(kind, str(basis.get(kind) or ""))
    somebody = next((user for user in holders if user is not None), None)
    return [f"{somebody.label} was created meanwhile."] if somebody else []


def _status(basis: Facts, user: User) -> list[str]:
    found = []
    if "enabled" in basis and basis["enabled"] != user.enabled:
        found.append(f"The person was {'enabled' if user.enabled else 'disabled'} meanwhile.")
    if "status" in basis and basis["status"] != str(user.status):
        found.append(f"The status was {basis['status']} and is {user.status} now.")
    return found


def _attributes(basis: Facts, user: User) -> list[str]:
    return [
        f"{title_of(name)} was {_quoted(before)} and is {_quoted(user.attributes.get(name))} now."
        for name, before in basis.get("attributes", {}).items()
        if (before or None) != (user.attributes.get(name) or None)
    ]


def _identities(basis: Facts, user: User) -> list[str]:
    linked = {identity.username for identity in identities_in(user.attributes.get("identities", ""))}
    return [
        f"The person was {'unlinked from' if was_linked else 'linked with'} {name} meanwhile."
        for name, was_linked in basis.get("identities", {}).items()
        if (name in linked) != was_linked
    ]


def _groups(basis: Facts, user: User, people: People) -> list[str]:
    found = []
    for name, was_member in basis.get("groups", {}).items():
        if name not in people.groups:
            if was_member:
                found.append(f"The group {name} was deleted meanwhile.")
        elif people.is_member(user, name) != was_member:
            found.append(f"The person was {'removed from' if was_member else 'added to'} {name} meanwhile.")
    return found


def _quoted(value: Any) -> str:
    return f"“{value}”" if value else "empty"
