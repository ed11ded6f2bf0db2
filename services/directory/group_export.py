"""The members of a group as a CSV that spreadsheets open safely and the onboarding page reads back."""

from __future__ import annotations

from collections.abc import Iterable

from services.cognito.models import User
from services.csv_safe import write_csv

HEADER = (
    "sub",
    "username",
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "groups",
    "enabled",
    "status",
    "created",
    "changed",
)


def members_csv(group: str, users: Iterable[User]) -> bytes:
    """One line per member; `groups` holds this group only. Times are UTC, ISO 8601."""
    return write_csv(HEADER, (_row(group, user) for user in users))


def _row(group: str, user: User) -> list[str | bool]:
    given = user.attributes
    return [
        user.sub,
        user.username,
        user.email,
        given.get("phone_number", ""),
        given.get("name", ""),
        given.get("given_name", ""),
        given.get("family_name", ""),
        group,
        user.enabled,
        str(user.status),
        user.created.isoformat(timespec="seconds"),
        user.changed.isoformat(timespec="seconds"),
    ]
