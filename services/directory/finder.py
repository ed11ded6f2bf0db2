"""Finding a person by whatever somebody says on the phone: part of a name, a number, a name misheard.

What fits stands in `found`; where nothing does, `near` holds who may be meant: a letter missing or too many,
two changed about, or names that sound alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.cognito.models import User
from services.directory.listing import Directory
from services.directory.lookup import NEAR_UP_TO, candidates
from services.directory.people import folded, storable
from services.directory.pool import PoolTables

_NAMED = ("name", "given_name", "family_name", "email", "username")
_WORD = re.compile(r"[^\W_]+")
_SHORTEST = 3  # a shorter word is near to everything

# What European names are heard as; applied in this order, to a word without accents and capitals.
_SOUNDS = (
    ("ph", "f"),
    ("(.)gh", "$1"),
    ("ck|ch|c|q", "k"),
    ("th|dt", "t"),
    ("sz|z", "s"),
    ("w", "v"),
    ("ay|ey|ei|ai", "ei"),
    ("ie|y|j", "i"),
    ("oe|eu|oi", "o"),
    ("kk", "k"),
    ("ll", "l"),
    ("mm", "m"),
    ("nn", "n"),
    ("pp", "p"),
    ("rr", "r"),
    ("ss", "s"),
    ("tt", "t"),
    ("ff", "f"),
    ("ee", "e"),
    ("aa", "a"),
    ("(.)h", "$1"),
)


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """Who fits, whether there are `more`, and (when nobody does) who may be meant."""

    found: tuple[User, ...] = ()
    more: bool = False
    near: tuple[User, ...] = ()


def find_people(
    directory: Directory, query: str, *, limit: int = 8, snapshot: PoolTables | None = None
) -> PeopleFound:
    """People for what was typed. A large pool is looked through in its `snapshot`.

    Cognito is asked for beginnings only, for whoever isn't in one. Raises the gateway's errors.
    """
    query = query.strip()
    if not query:
        return PeopleFound()
    whole = directory.tables()
    users, more = candidates(directory, query, limit=limit, snapshot=snapshot)
    if not users and whole is None and snapshot is not None:
        users, more = candidates(directory, query, limit=limit)  # they may have come since
    if users:
        return PeopleFound(tuple(users), more)
    tables = snapshot if whole is None else whole
    if tables is None or len(tables) > NEAR_UP_TO:
        return PeopleFound()
    return PeopleFound(near=tuple(_near(tables, query, limit)))


def _near(tables: PoolTables, query: str, limit: int) -> list[User]:
    """Who has, for each word of the query, one that is nearly it or sounds like it; the nearest first."""
    words = [word for word in _WORD.findall(folded(query)) if len(word) >= _SHORTEST]
    if not words:
        return []
    named = " || ' ' || ".join(f"coalesce({tables.column(name)}, '')" for name in _NAMED)
    distances: list[str] = []
    values: dict[str, str] = {}
    for number, word in enumerate(words):
        values |= {f"w{number}": storable(word), f"s{number}": storable(sounds(word))}
        distances.append(
            f"min(CASE WHEN {_SOUNDS_SQL} = $s{number} THEN 0.5 "
            f"WHEN abs(length(word) - {len(word):d}) > {_allowed(word):d} THEN 99 "
            f"ELSE damerau_levenshtein(word, $w{number}) END) AS d{number}"
        )
    fits = " AND ".join(f"d{number} <= {_allowed(word):d}" for number, word in enumerate(words))
    total = " + ".join(f"d{number}" for number in range(len(words)))
    split = f"string_split_regex(folded({named}), '[^\\p{{L}}\\p{{N}}]+')"
    found = tables.rows(
        f"SELECT row FROM (SELECT row, {', '.join(distances)} FROM "  # noqa: S608 - bound and quoted
        f"(SELECT row, unnest({split}) AS word FROM users) "
        f"WHERE word <> '' GROUP BY row) WHERE {fits} ORDER BY {total}, row LIMIT {limit:d}",
        **values,
    )
    return [person.user for person in tables.people([row for (row,) in found])]


def _allowed(word: str) -> int:
    """How many letters of a near name may differ from `word`."""
    return 1 if len(word) < 6 else 2


def sounds(word: str) -> str:
    """What a word without accents and capitals is heard as."""
    for pattern, heard in _SOUNDS:
        word = re.sub(pattern, heard.replace("$1", r"\1"), word)
    return word


def _sounds_sql() -> str:
    made = "word"
    for pattern, heard in _SOUNDS:
        replacement = heard.replace("$1", "\\1")
        made = f"regexp_replace({made}, '{pattern}', '{replacement}', 'g')"
    return made


_SOUNDS_SQL = _sounds_sql()
