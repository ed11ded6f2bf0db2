"""Names of groups in a file, settled against the groups of the pool.

Accents may stand apart in one of the two, and lists are written in more ways than one: where the parts
are groups and the whole isn't, it is a list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable
from dataclasses import replace

from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.bulk.cells.alphabets import as_latin
from services.bulk.cells.damage_checks import damage
from services.bulk.files.headings import looks_like_address
from services.bulk.model import CheckedRow, Heading, Problem, ProblemSeverity, Row
from services.cognito.written import nfc, yes_or_no

_LISTED = re.compile(r"[,|/\n、，；·•]|\\[nrt]")
"""What parts the names of a list, beside ; and line breaks: also a line break written out."""
_JOINED = re.compile(r"[+&=]|\\[nrt]")
"""Signs that stand in names of groups too: a list only where every part is a group."""
_WORD = re.compile(r"\w+")
_LONG = 5
"""From so many letters on, words that differ in one of them are hardly two: sales-de, sales-se are."""
_WORDS_FOR_NONE = (
    "kein keine keiner keins ohne aucun aucune ninguno ninguna nessuno nessuna nenhum nenhuma geen ingen "
    "inga inget brak žádná žádný nincs yok"
)
_WORDS_FOR_ALL = "all alle alla everyone everybody anyone todos tous tutti nobody noone niemand personne"
_WORDS_OF_FORMS = "pending ok okay done"
_NO_GROUP = frozenset(f"{_WORDS_FOR_NONE} {_WORDS_FOR_ALL} {_WORDS_OF_FORMS}".split())
"""Words that are looked for in groups alone: elsewhere they may be names."""
_LEFT_BEHIND = ",|/、，；·•*=! "
_LEFT_OVER = f"{_LEFT_BEHIND}+-~"
"""What stands before or behind a name where a list or a note was cut; some signs before it only (C++)."""
_TICKED = re.compile(r"\s*=\s*(?:1|x|y|yes|ja|true)\Z", re.IGNORECASE)
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe63\uff0d]")
_BRACKETS = re.compile(r"[\[{(].*[\]})]|\d+;#.*", re.DOTALL)


def with_stored_groups(
    rows: Iterable[CheckedRow], groups: Collection[str], heading: Heading
) -> list[CheckedRow]:
    """Rows whose groups are written as the pool has them; a list that isn't one of its groups is said."""
    stored = {nfc(name): name for name in groups}
    plain = all(name == nfc(name) for name in groups)

    def settled(row: Row, problems: list[Problem]) -> CheckedRow:
        if row.groups is None:
            return row, problems
        column = heading("all_groups" if row.whole_memberships else "groups")
        found = _without_known(problems, row.groups, stored, column)
        if plain and all(name in stored for name in row.groups):
            return row, found
        names: list[str] = []
        for name in row.groups:
            parts = [] if name in stored else [part.strip() for part in _LISTED.split(name) if part.strip()]
            if parts and parts != [name] and all(part in stored for part in parts):
                names += parts
                as_list = f"a list of {len(parts)} groups" if len(parts) > 1 else f"“{parts[0]}”"
                what = f"“{name}” was read as {as_list}."
                found.append(Problem(row.number, column, what, "", ProblemSeverity.WARNING))
            else:
                names.append(name)
        groups_of_row = tuple(dict.fromkeys(stored.get(name, name) for name in names))
        return replace(row, groups=groups_of_row), found

    return [settled(row, problems) for row, problems in rows]


def _without_known(
    problems: list[Problem], names: Iterable[str], stored: Collection[str], column: str
) -> list[Problem]:
    """The problems without those about groups that the pool has: whatever they look like, they are meant."""
    if not any(problem.kind and problem.column == column for problem in problems):
        return list(problems)
    known = {
        found.what
        for name in names
        if name in stored and (found := damage("groups", name, column.casefold())) is not None
    }
    return [problem for problem in problems if not (problem.column == column and problem.what in known)]


def _looks(name: str) -> str:
    """What names of groups that are easily mistaken have in common."""
    bare = _TICKED.sub("", name).lstrip(_LEFT_OVER).rstrip(_LEFT_BEHIND)
    return _DASHES.sub("-", as_latin(bare or name)).casefold()


def _taken_out(group: str) -> str:
    """What to do about a name with a - in front."""
    return f"Write {group}, with the action remove_from_groups where people are to be taken out of it."


def _left_over(name: str, groups: Container[str]) -> str:
    """What is left over from a list or a note before or behind a name; empty when nothing is."""
    group, equals, note = name.partition("=")
    if equals and group.strip() in groups:
        return f"={note}"
    if ticked := _TICKED.search(name):
        return ticked[0].strip()
    return name[0] if name[0] in _LEFT_OVER else name[-1] if name[-1] in _LEFT_BEHIND else ""


def _differ_in_a_slip(name: str, group: str) -> bool:
    """Whether it is in one long word that two names, a letter apart and in small letters, differ."""
    pairs = list(zip(_WORD.findall(name), _WORD.findall(group), strict=False))
    unlike = [(word, meant) for word, meant in pairs if word != meant]
    return len(unlike) == 1 and all(len(word) >= _LONG and word.isalpha() for word in unlike[0])


def _is_list(name: str, groups: Container[str]) -> bool:
    if _BRACKETS.fullmatch(name) or len([part for part in _LISTED.split(name) if part.strip()]) > 1:
        return True
    parts = [part.strip() for part in _JOINED.split(name) if part.strip()]
    return len(parts) > 1 and all(part in groups for part in parts)


def no_new_group(name: str, groups: Container[str] = (), twin: str = "") -> tuple[str, str] | None:
    """Why a group of this name isn't made from a file, and what to do; None when nothing speaks against it.

    It looks like a list of the pool's `groups`, like a word for nothing, like what a spreadsheet did to a
    cell, or like `twin`, a group that differs in letters or signs alone.
    """
    if _is_list(name, groups):
        return (
            f"“{name}” looks like a list and no group.",
            "Put ; between names of groups. If it is one group, create it first on the Groups page.",
        )
    if looks_like_address(name):
        return (
            f"“{name}” is an e-mail address, and isn't made a group.",
            "Check that the cell stands in the right column.",
        )
    if twin:
        return (
            f"“{name}” isn't made a group: it looks like “{twin}”, which there is, and has other letters "
            "or signs.",
            f"{_taken_out(twin) if name == f'-{twin}' else f'Write it as {twin}.'} If it is another group, "
            "create it first on the Groups page.",
        )
    if sign := _left_over(name, groups):
        return (
            f"“{name}” isn't made a group: “{sign}” may be left over from a list or a note.",
            "Write the name alone. If it is the group's name, create it first on the Groups page.",
        )
    found = damage("groups", name)
    if found is not None:
        return f"“{name}” isn't made a group. {found.what}", found.fix
    if name.casefold() in _NO_GROUP or yes_or_no(name) is not None:
        return (
            f"“{name}” is a word for yes, no, all or none, or of a form, and isn't made a group.",
            "If nothing is meant, leave the cell empty. If it is a group, create it on the Groups page.",
        )
    return None


class NewGroups:
    """The groups that one plan makes: none that could be mistaken for another of them."""

    def __init__(self, groups: Collection[str]) -> None:
        """`groups`: those of the pool."""
        self._groups = frozenset(groups)
        self._looking: dict[str, list[str]] = {}
        for group in groups:
            self._looking.setdefault(_looks(group), []).append(group)
        self._made: dict[str, str] = {}
        self._names = {group: group.casefold() for group in groups}
        self._slips: dict[str, str] = {}

    def refused(self, name: str) -> tuple[str, str] | None:
        """What speaks against a group of this name by itself, or beside those of the pool, and what to do."""
        alike = self._looking.get(_looks(name), ())
        twin = next((group for group in alike if group.casefold() != name.casefold()), "")
        return no_new_group(name, self._groups, twin)

    def why_not(self, name: str) -> tuple[str, str] | None:
        """Why no group of this name is made, and what to do; None when nothing speaks against it."""
        if refused := self.refused(name):
            return refused
        first = self._made.setdefault(_looks(name), name)
        if first == name:
            self._names[name] = name.casefold()
            return None
        what = f"“{name}” isn't made a group: another row writes “{first}”, and the two are easily mistaken."
        return what, "Write both alike. If they are two groups, create them first on the Groups page."

    def slip(self, name: str) -> tuple[str, str] | None:
        """What is to be said of a new group whose name is close to that of another: it may be a slip."""
        if name not in self._slips:
            self._slips[name] = self._close(name)
        meant = self._slips[name]
        if not meant:
            return None
        return f"“{name}” will be a new group, beside “{meant}”.", f"Write it as {meant}, if that is meant."

    def _close(self, name: str) -> str:
        """The group of whose name one letter of a long word is missing, too many or another in `name`."""
        word = name.casefold()
        near = process.extract_iter(word, self._names, scorer=OSA.distance, score_cutoff=1)
        return next((group for meant, _, group in near if _differ_in_a_slip(word, meant)), "")
