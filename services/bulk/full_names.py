"""Full names taken apart: “Ek, Ann”, “Dr. Ann Ek” and “EK Ann” are Ann (first name) and Ek (last name).

nameparser knows titles, suffixes and what belongs to a last name (van der Berg). Where the last name begins
is written in a comma or in capitals; otherwise nobody can tell from three names or more: García López, the
last name of José, is written as Maria Ek is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from services.bulk.model import Row
from services.words import counted

if TYPE_CHECKING:
    from nameparser import HumanName

_SHOWN = 5
_WORD = re.compile(r"\w+")
_BETWEEN = frozenset("-–—|/&+")
"""What stands between a name and something else: a department, a second person."""
_WORDS_OF_TITLES = "mr mrs ms miss mx dr prof professor doctor herr frau mme monsieur madame señor señora"
_ONLY_TITLES = frozenset(_WORDS_OF_TITLES.split())
"""Titles that nobody has for a first name."""
_FEWEST_CAPITALS = 3
"""Fewer may be initials: AJ Ek."""


@dataclass(frozen=True, slots=True)
class FullName:
    """A full name in two parts (empty: not in it), `written` from the first to the last.

    `sure` is false where the last name may begin elsewhere.
    """

    first: str
    last: str
    written: str
    sure: bool = True


@lru_cache(maxsize=4096)
def parts_of(full: str) -> FullName:
    """First and last name out of a full one."""
    from nameparser import HumanName  # noqa: PLC0415 - few files hold whole names, and it loads much

    name = HumanName(full)
    if name.title and not (name.first and name.last) and _may_be_first_name(name.title):
        first, _, last = full.partition(" ")
        return FullName(first, last.strip(), full, sure=False)
    words = [*name.first_list, *name.middle_list, *name.last_list]
    strange = bool(_BETWEEN.intersection(full.split()))
    if "," in full and name.first and name.last:
        first, last = " ".join((*name.first_list, *name.middle_list)), str(name.last)
        return FullName(first, last, _written(name, first, last, full), not strange)
    if strange:
        return FullName(str(name.first), str(name.last), full, sure=False)
    if (told := _by_capitals(name, words)) is not None:
        first, last = (" ".join(part) for part in told)
        return FullName(first, last, full)
    sure = all(len(word.rstrip(".")) == 1 for word in name.middle_list) and not _is_capital(words[0])
    return FullName(str(name.first), str(name.last), full, sure or all(map(_is_capital, words)))


def _by_capitals(name: HumanName, words: list[str]) -> tuple[list[str], list[str]] | None:
    """The words of first and last name where only the last name is in capitals; None where that isn't so."""
    count = sum(map(_is_capital, words))
    if count == len(words) or not any(_is_capital(word) and len(word) >= _FEWEST_CAPITALS for word in words):
        return None
    if all(map(_is_capital, words[:count])):
        return words[count:], words[:count]
    if all(map(_is_capital, words[-count:])):
        count = max(count, len(name.last_list))
        return words[:-count], words[-count:]
    return None


def _may_be_first_name(title: str) -> bool:
    """Whether somebody may be called as a title says: King, Prince, Judge."""
    return not title.endswith(".") and title.casefold() not in _ONLY_TITLES


def _is_capital(word: str) -> bool:
    return len(word.rstrip(".")) > 1 and word.isupper()


def _written(name: HumanName, first: str, last: str, full: str) -> str:
    """The name from the first to the last, with all that stands in it; as it is where that would be lost."""
    nickname = f"({name.nickname})" if name.nickname else ""
    parts = (str(name.title), first, last, str(name.suffix), nickname)
    written = " ".join(part for part in parts if part)
    return written if sorted(_WORD.findall(written)) == sorted(_WORD.findall(full)) else full


def split_name(attributes: Mapping[str, str]) -> tuple[str, str]:
    """First and last name as a row gives them: by themselves, or as one full name."""
    first, last = attributes.get("given_name", ""), attributes.get("family_name", "")
    if (first and last) or not attributes.get("name"):
        return first, last
    parts = parts_of(attributes["name"])
    return first or parts.first, last or parts.last


def split_names(attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes with first and last name out of a full one, which is then written “Ann Ek”."""
    values = dict(attributes)
    if not values.get("name"):
        return values
    given = bool(values.get("given_name") and values.get("family_name"))
    first, last = split_name(values)
    if first and last:
        values.setdefault("given_name", first)
        values.setdefault("family_name", last)
        if "," in values["name"]:
            values["name"] = f"{first} {last}" if given else parts_of(values["name"]).written
    return values


def join_names(attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes with a full name, where there is none but both of its parts: first name first."""
    values = dict(attributes)
    first, last = values.get("given_name"), values.get("family_name")
    if first and last and not values.get("name"):
        values["name"] = f"{first} {last}"
    return values


def told_of_joined(rows: Iterable[Row]) -> str:
    """What is put together as the full names of these rows, in a sentence with examples; "" for nothing."""
    made = (join_names(row.attributes).get("name", "") for row in rows if not row.attributes.get("name"))
    names = tuple(dict.fromkeys(name for name in made if name))
    return _told(names, [f"“{name}”" for name in names[:_SHOWN]], "put together")


def is_split(attributes: Mapping[str, str]) -> bool:
    """Whether a first or last name comes out of a full one."""
    return split_names(attributes).keys() > dict(attributes).keys()


def told_of_split(rows: Iterable[Row]) -> str:
    """What splitting makes of the full names of these rows, in a sentence with examples; "" for nothing."""
    names = {row.attributes["name"]: split_name(row.attributes) for row in rows if is_split(row.attributes)}
    examples = [
        f"“{name}” is {first} (first name) and {last} (last name)"
        for name, (first, last) in islice(names.items(), _SHOWN)
    ]
    return _told(names, examples, "split")


def _told(names: Collection[str], examples: Sequence[str], done: str) -> str:
    if not names:
        return ""
    more = f", and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"{counted(len(names), 'full name is', 'full names are')} {done}: {'; '.join(examples)}{more}."
