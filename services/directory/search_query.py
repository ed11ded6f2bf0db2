"""What is searched for: words and conditions, as data and as one line of text.

    parse('ann status:invited group:billing custom:department~sales created:2026-01-01..2026-03-31')

The line is what a terminal takes and what a saved search keeps; `str(query)` writes it, and `parse`
reads back exactly what was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from services.directory.person_state import PersonState
from services.errors import InvalidValue


class AttributeTest(StrEnum):
    """What an attribute has to be like. Accents and case don't count, but for `IS`."""

    IS = "="
    CONTAINS = "~"
    EMPTY = "empty"
    FILLED = "filled"


@dataclass(frozen=True, slots=True)
class AttributeCondition:
    """A condition on one attribute, by its AWS name. `value` is empty for `EMPTY` and `FILLED`."""

    attribute: str
    how: AttributeTest
    value: str = ""


@dataclass(frozen=True, slots=True)
class DayRange:
    """Days in UTC, both included; None leaves that side open."""

    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None

    @property
    def start(self) -> datetime | None:
        """The first moment that counts."""
        return None if self.first is None else datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime | None:
        """The first moment that no longer counts."""
        if self.last is None or self.last == date.max:
            return None
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)

    def __str__(self) -> str:
        first, last = (day.isoformat() if day else "" for day in (self.first, self.last))
        return first if first == last else f"{first}..{last}"


@dataclass(frozen=True, slots=True)
class Query:
    """What people have to fit; empty fields ask for nothing.

    `words`: each must occur somewhere (username, sub, attributes, groups); accents and case don't
    count. `states`: one of these. `enabled`: None for both. `groups`: in every one; `without`: in
    none; `ungrouped`: in no group at all. `application`: the name of one, which lets the person in.
    `domain`: of the e-mail address, subdomains not included.
    """

    words: str = ""
    states: frozenset[PersonState] = frozenset()
    enabled: bool | None = None
    groups: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    ungrouped: bool = False
    application: str = ""
    created: DayRange = field(default_factory=DayRange)
    changed: DayRange = field(default_factory=DayRange)
    attributes: tuple[AttributeCondition, ...] = ()
    domain: str = ""

    def __post_init__(self) -> None:
        # one way to write each query, so that equal ones are equal
        object.__setattr__(self, "words", " ".join(self.words.split()))
        object.__setattr__(self, "domain", self.domain.strip().removeprefix("@").casefold())

    def __bool__(self) -> bool:
        return self != Query()

    def __str__(self) -> str:
        parts = [_word(word) for word in self.words.split()]
        parts += [f"status:{state}" for state in sorted(self.states)]
        if self.enabled is not None:
            parts.append(f"is:{'enabled' if self.enabled else 'disabled'}")
        parts += [f"group:{_quoted(name)}" for name in self.groups]
        parts += [f"-group:{_quoted(name)}" for name in self.without]
        if self.ungrouped:
            parts.append("no:group")
        if self.application:
            parts.append(f"app:{_quoted(self.application)}")
        parts += [
            f"{key}:{between}"
            for key, between in (("created", self.created), ("changed", self.changed))
            if between
        ]
        if self.domain:
            parts.append(f"domain:{_quoted(self.domain)}")
        parts += [_attribute_text(condition) for condition in self.attributes]
        return " ".join(parts)


HELP = (
    f"Words, each found anywhere, and: status:{'|'.join(PersonState)}, "
    "is:enabled, is:disabled, group:NAME, -group:NAME, no:group, app:NAME, created:2026-01-01..2026-03-31, "
    "changed:2026-01-01.., domain:example.org, ATTRIBUTE=VALUE, ATTRIBUTE~PART, no:ATTRIBUTE, has:ATTRIBUTE. "
    'Put "quotation marks" round what holds spaces.'
)
"""How to write a query, for people at a terminal."""

_PIECE = re.compile(r'(?:[^\s"]|"(?:[^"\\]|\\.)*")+|"', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_NAMED = re.compile(r"(status|is|-?group|app|created|changed|domain|no|has):(.*)", re.DOTALL)
_COMPARED = re.compile(r'([a-z_]+|(?:custom|dev|cognito):[^\s=~"\\]*|"(?:[^"\\]|\\.)*")([=~])(.*)', re.DOTALL)
_MISTAKEN = re.compile(
    r"(e-?mail|username|enabled|disabled|name|given_name|family_name|phone|phone_number|sub|custom:\w+)"
    r"(?::|=|~)(.*)",
    re.DOTALL | re.IGNORECASE,
)
"""What looks like a condition and is none: a colon for a sign of comparison, or capital letters."""
_PLAIN = re.compile(r'[^\s"\\]+')


def parse(text: str) -> Query:
    """The query that a line says. Raises `InvalidValue` for a condition that makes no sense."""
    query = Query()
    words: list[str] = []
    for match in _PIECE.finditer(text):
        piece = match[0]
        named, compared = _NAMED.fullmatch(piece), _COMPARED.fullmatch(piece)
        if piece == '"':
            raise InvalidValue("A quotation mark isn't closed.", 'Write "like this".', field="query")
        if named:
            query = _CONDITIONS[named[1]](query, _bare(named[2]))
        elif compared:
            wanted = AttributeCondition(_bare(compared[1]), AttributeTest(compared[2]), _bare(compared[3]))
            query = replace(query, attributes=(*query.attributes, wanted))
        elif mistaken := _MISTAKEN.fullmatch(piece):
            name = mistaken[1].lower()
            raise InvalidValue(
                f"There is no condition “{piece}”.",
                f"Write {name}=VALUE or {name}~PART, is:enabled or is:disabled, or put quotation marks "
                "round the words.",
                field="query",
            )
        else:
            words.append(_bare(piece))
    return replace(query, words=" ".join(words))


def _attribute_text(wanted: AttributeCondition) -> str:
    if wanted.how is AttributeTest.EMPTY:
        return f"no:{_quoted(wanted.attribute)}"
    if wanted.how is AttributeTest.FILLED:
        return f"has:{_quoted(wanted.attribute)}"
    name = wanted.attribute
    plain = _COMPARED.fullmatch(f"{name}=")
    return f"{name if plain and plain[1] == name else _marked(name)}{wanted.how}{_quoted(wanted.value)}"


def _word(word: str) -> str:
    """A word that can't be taken for a condition."""
    conditions = (_NAMED, _COMPARED, _MISTAKEN)
    special = any(condition.fullmatch(word) for condition in conditions) or not _PLAIN.fullmatch(word)
    return _marked(word) if special else word


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else _marked(text)


def _marked(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _bare(text: str) -> str:
    """`text` without the quotation marks round its parts."""
    return _QUOTED.sub(lambda match: re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL), text)


def _status(query: Query, value: str) -> Query:
    if value not in set(PersonState):
        raise InvalidValue(
            f"“{value}” is no status.", f"Use one of: {', '.join(PersonState)}.", field="query"
        )
    return replace(query, states=query.states | {PersonState(value)})


def _is(query: Query, value: str) -> Query:
    if value not in ("enabled", "disabled"):
        raise InvalidValue(f"“is:{value}” means nothing.", "Use is:enabled or is:disabled.", field="query")
    return replace(query, enabled=value == "enabled")


def _no(query: Query, value: str) -> Query:
    if value == "group":
        return replace(query, ungrouped=True)
    return replace(
        query, attributes=(*query.attributes, AttributeCondition(_name(value), AttributeTest.EMPTY))
    )


def _has(query: Query, value: str) -> Query:
    return replace(
        query, attributes=(*query.attributes, AttributeCondition(_name(value), AttributeTest.FILLED))
    )


def _name(value: str) -> str:
    if not value:
        raise InvalidValue(
            "An attribute's name is missing.", "For example no:phone_number or has:email.", field="query"
        )
    return value


def _days(value: str) -> DayRange:
    first, dots, last = value.partition("..")
    try:
        days = [date.fromisoformat(day) if day else None for day in (first, last if dots else first)]
    except ValueError:
        raise InvalidValue(
            f"“{value}” is no span of days.",
            "Write 2026-01-01..2026-03-31; either side may be left out.",
            field="query",
        ) from None
    return DayRange(days[0], days[1])


_CONDITIONS: dict[str, Callable[[Query, str], Query]] = {
    "status": _status,
    "is": _is,
    "group": lambda query, value: replace(query, groups=(*query.groups, value)),
    "-group": lambda query, value: replace(query, without=(*query.without, value)),
    "app": lambda query, value: replace(query, application=value),
    "created": lambda query, value: replace(query, created=_days(value)),
    "changed": lambda query, value: replace(query, changed=_days(value)),
    "domain": lambda query, value: replace(query, domain=value),
    "no": _no,
    "has": _has,
}
