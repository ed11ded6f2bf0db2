"""What people are called and how they stand, as SQL over the tables of a pool.

    pool.arrow(f"SELECT label, name FROM {people_sql(pool)} p WHERE status = 'CONFIRMED'")
    people_at(pool, rows)       # those with these numbers, in this order

The columns: `row`, `sub`, `username`, `email`, `label` (what operators recognise somebody by: e-mail, else
phone number, else username), `name` ("" where there is none), `status` (AWS's word), `title` (where they
stand at present, in the console's words), `enabled`, `created` and `changed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from services.cognito.models import UserStatus
from services.cognito.status import STATUS_TEXTS
from services.directory.filtering import STATE_TITLES
from services.directory.orders import Rows
from services.directory.pool import PoolTables


def people_sql(pool: PoolTables, table: str = "users") -> str:
    """A subquery over `users`, or over a `table` with the same columns."""
    email, phone, name, given, family = (
        f"nullif({pool.column(attribute)}, '')"
        for attribute in ("email", "phone_number", "name", "given_name", "family_name")
    )
    return (
        f"(SELECT row, sub, username, coalesce({email}, '') AS email, "
        f"coalesce({email}, {phone}, username) AS label, "
        f"coalesce({name}, {given} || ' ' || {family}, {given}, {family}, '') AS name, "
        f"status::VARCHAR AS status, {_TITLE} AS title, coalesce(enabled, false) AS enabled, "
        f"created, changed FROM {table})"
    )


def people_at(pool: PoolTables, rows: Sequence[int] | Rows) -> pa.Table:
    """The people with these numbers, in this order; who is gone is left out."""
    return pool.arrow(
        f"SELECT p.* FROM {people_sql(pool)} p JOIN (SELECT unnest($rows::INTEGER[]) AS row, "
        "generate_subscripts($rows::INTEGER[], 1) AS place) USING (row) ORDER BY place",
        rows=[int(row) for row in rows],
    )


def people_with(pool: PoolTables, subs: Sequence[str]) -> list[dict[str, Any]]:
    """Somebody for each of these subs, in this order; all None for a sub that isn't there."""
    found: list[dict[str, Any]] = pool.arrow(
        f"SELECT p.* FROM (SELECT unnest($subs::VARCHAR[]) AS sub, "
        "generate_subscripts($subs::VARCHAR[], 1) AS place) "
        f"LEFT JOIN {people_sql(pool)} p USING (sub) ORDER BY place",
        subs=list(subs),
    ).to_pylist()
    return found


def status_title(status: str) -> str:
    """What the console calls a status of AWS."""
    return STATUS_TEXTS[UserStatus(status) if status in _KNOWN else UserStatus.UNKNOWN].title


_KNOWN = frozenset(str(status) for status in UserStatus)
_TITLE = (
    "CASE state_at(status, invited_from, invited_until, now()) "
    + " ".join(f"WHEN '{state}' THEN '{title}'" for state, title in STATE_TITLES.items())
    + " END"
)
