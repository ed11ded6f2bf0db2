"""What can be a column of the users table: how it is called, shown and exported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from services.cognito.attributes import title_of
from services.cognito.models import UserPool
from services.cognito.status import status_line
from services.directory.people import Person

Kind = Literal["text", "check", "list", "time"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `value` answers with str, bool, list of str, datetime or None, as `kind` says."""

    name: str
    title: str
    kind: Kind
    value: Callable[[Person], Any]


def columns_for(pool: UserPool, attributes: Iterable[str], now: datetime | None = None) -> dict[str, Column]:
    """Every column by name, in the order in which they are offered. `attributes`: those that people have."""
    moment = now or datetime.now(UTC)
    policy = pool.policy
    fixed = (
        Column("name", "Name", "text", lambda one: one.user.name),
        Column("email", "E-mail", "text", lambda one: one.user.email),
        Column("username", "Username", "text", lambda one: one.user.username),
        Column("status", "Status", "text", lambda one: status_line(one.user, policy, moment)),
        Column("enabled", "Enabled", "check", lambda one: one.user.enabled),
        Column("groups", "Groups", "list", lambda one: None if one.groups is None else list(one.groups)),
        Column("created", "Created", "time", lambda one: one.user.created),
        Column("changed", "Changed", "time", lambda one: one.user.changed),
        Column("sub", "User ID (sub)", "text", lambda one: one.user.sub),
    )
    found = {column.name: column for column in fixed}
    names = {one.name for one in pool.schema} | set(attributes)
    # The column "name" falls back to first and last name; the attribute itself has a column too.
    plain = sorted(names - {"email", "sub"}, key=lambda name: (":" in name, title_of(name).casefold()))
    for name in plain:
        key = "attribute:name" if name == "name" else name
        found[key] = Column(key, _title(name), "text", _attribute(name))
    return found


def default_columns(pool: UserPool) -> list[str]:
    """The columns shown until somebody chooses others."""
    who = ["name", "email"] if pool.username_attributes else ["username", "name", "email"]
    return [*who, "status", "enabled", "groups", "created", "changed"]


def _attribute(name: str) -> Callable[[Person], str]:
    return lambda one: one.user.attributes.get(name, "")


def _title(name: str) -> str:
    """Custom attributes keep AWS's name beside ours, since two can read alike."""
    title = title_of(name)
    return f"{title} ({name})" if ":" in name else title
