"""An empty database in memory for a pool's tables, and the expressions of SQL that they need."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
from duckdb.func import ARROW
from duckdb.sqltypes import VARCHAR

from services.cognito.models import UserStatus
from services.directory.filtering import STATES, state_for
from services.directory.folding import casefold, fold, loose_keys
from services.directory.person_state import PersonState
from services.directory.snapshot import PERSON_COLUMNS
from services.processors import on_all

THREADS = 2
_BYTES = 512_000_000
_BYTES_PER_PERSON = 1_500
_TEXT = VARCHAR
_VECTORS = ARROW


def database(people: int) -> duckdb.DuckDBPyConnection:
    """An empty database for so many people, which never touches a file (what doesn't fit is an error).

    Its functions make texts comparable: `folded(text)` (without accents and case), `casefolded(text)`,
    `name_key(text)` (as `loose`, for any text).
    """
    with on_all():  # its threads compute without Python
        made = duckdb.connect(
            config={
                "threads": THREADS,
                "memory_limit": f"{(_BYTES + people * _BYTES_PER_PERSON) // 1_000_000}MB",
                "temp_directory": "",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
    made.execute("SET GLOBAL TimeZone = 'UTC'")
    made.execute("SET enable_external_access = false")
    for name, function in (("folded", fold), ("casefolded", casefold), ("name_key", loose_keys)):
        made.create_function(name, function, [_TEXT], _TEXT, type=_VECTORS)
    return made


def macros(days: int) -> tuple[str, str]:
    """What `services.cognito.status` and `filtering.state_of` say of one person, for all of them."""
    cases = " ".join(
        f"WHEN '{rule.status}' THEN '{state}'::state"
        for state, rule in STATES.items()
        if rule.status and rule.expired is False
    )
    temporary = UserStatus.FORCE_CHANGE_PASSWORD
    over, unsure = state_for(temporary, True), state_for(temporary, None)
    invited = f"status = '{temporary}'"
    valid = f"to_hours({24 * days})"
    return (
        "CREATE OR REPLACE MACRO invitation_expiry(status, invited_from) AS "
        f"CASE WHEN {invited} THEN invited_from + {valid} END",
        "CREATE OR REPLACE MACRO state_at(status, invited_from, invited_until, moment) AS "
        # (what depends on the moment alone is worked out once)
        f"CASE WHEN {invited} AND invited_from <= moment - {valid} "
        f"THEN CASE WHEN invited_until <= moment - {valid} "
        f"THEN '{over}'::state ELSE '{unsure}'::state END "
        f"ELSE CASE status {cases} ELSE '{PersonState.OTHER}'::state END END",
    )


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def is_plain(column: str) -> str:
    """SQL: whether a text is ASCII alone (as many bytes as characters); `lower` is all its folding then."""
    return f"(strlen({column}) = length({column}))"


def lowered(column: str, function: str) -> str:
    """SQL: `folded` or `casefolded` of a text, quickly: the function isn't asked of ASCII, nor of nulls."""
    return f"CASE WHEN NOT {is_plain(column)} THEN {function}({column}) ELSE lower({column}) END"


def loose(column: str) -> str:
    """SQL: a name as `services.cognito.people.loose_key` writes it."""
    return lowered(column, "name_key")


def column_names(attributes: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """The column of each attribute. The engine doesn't tell `custom:Team` from `custom:team`."""
    used = {name.casefold() for name in (*PERSON_COLUMNS, *taken)}
    columns: dict[str, str] = {}
    for attribute in sorted(set(attributes)):
        name, number = attribute, 2
        while name.casefold() in used:
            name, number = f"{attribute} ({number})", number + 1
        used.add(name.casefold())
        columns[attribute] = name
    return columns
