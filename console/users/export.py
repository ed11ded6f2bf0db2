"""The people shown, as a CSV file that the onboarding page can take back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from console.users.fields import Column
from services.bulk.cells import join_groups
from services.cognito.models import UserPool
from services.csv_safe import Cell, write_csv
from services.directory.people import Person

NAMES = ("name", "given_name", "family_name")
Value = Callable[[Person], Cell]


def build(people: Sequence[Person], columns: Sequence[Column], pool: UserPool, *, complete: bool) -> bytes:
    """The file: always who (sub, and the username where people choose it), then the columns shown.

    Headings are the names of attributes, so that the file can be edited and uploaded. Memberships
    stand under `all_groups`, which means "exactly these", only when `complete`: all of them are known.
    """
    fields: list[tuple[str, Value]] = [("sub", lambda one: one.user.sub)]
    if not pool.username_attributes:
        fields.append(("username", lambda one: one.user.username))
    for column in columns:
        fields += _fields(column, people, complete=complete)
    once = dict(reversed(fields))  # the first of each heading
    header = list(dict.fromkeys(name for name, _ in fields))
    return write_csv(header, ([once[name](one) for name in header] for one in people))


def _fields(column: Column, people: Sequence[Person], *, complete: bool) -> list[tuple[str, Value]]:
    """Headings and cells of one column of the table."""
    if column.name in ("sub", "username"):
        return [(column.name, column.value)]
    if column.name == "name":
        # Shown is what people are called; written are the attributes that it comes from.
        present = [name for name in NAMES if any(one.user.attributes.get(name) for one in people)]
        return [(name, _attribute(name)) for name in present]
    if column.name == "groups":
        return [("all_groups" if complete else "groups", _groups)]
    heading = "name" if column.name == "attribute:name" else column.name
    return [(heading, lambda one: _text(column, one))]


def filename(pool: str) -> str:
    """A name that tells files of different pools and times apart."""
    safe = "".join(char if char.isascii() and char.isalnum() else "-" for char in pool).strip("-") or "pool"
    return f"users-{safe}-{datetime.now(UTC):%Y%m%d-%H%M}.csv"


def _attribute(name: str) -> Value:
    return lambda one: one.user.attributes.get(name, "")


def _groups(person: Person) -> Cell:
    return None if person.groups is None else join_groups(person.groups)


def _text(column: Column, person: Person) -> Cell:
    value = column.value(person)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value if isinstance(value, bool) else str(value)
