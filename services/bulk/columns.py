"""Which column of a file means what: tolerant recognition, which people can correct.

A heading is compared without case, spaces and punctuation, against the names of the pool's
attributes, the control columns and the synonyms in use. What isn't recognised is ignored and said.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from services.bulk.files.headings import (
    BESIDE_ITS_OTHER,
    CHANGED_AT_SIGN_IN,
    CONTROL,
    HEADER_ONLY,
    READ_ONLY,
    REPORT_USES,
    REPORTS,
    all_synonyms,
    plain_heading,
    squeeze,
)
from services.bulk.files.repeated_headings import RepeatedHeading, titles_of
from services.bulk.model import Problem
from services.bulk.row_actions import row_columns
from services.cognito.attributes import form_fields
from services.cognito.models import UserPool


def reference(pool: UserPool) -> tuple[ColumnMeaning, ...]:
    """Every column that a file for this pool may have, with its title and a help text."""
    helps = {field.name: field.help for field in form_fields(pool, creating=True)}
    return tuple(
        replace(meaning, help=" ".join(filter(None, (meaning.help, helps.get(meaning.name, "")))))
        for meaning in targets_of(pool)
    )


HEADER_ROW = 1
IGNORE = ""
"""The target of a column that isn't used."""
UNSETTLED = "?"
"""Instead of a target: a person has to say whether the column is used."""


@dataclass(frozen=True, slots=True)
class ColumnMeaning:
    """Something a column can mean: `name` for us, `title` and `help` for people."""

    name: str
    title: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class FileColumn:
    """One column of the file and what it means. `how`: exact, synonym, chosen, unused, unsettled."""

    index: int
    heading: str
    target: str = IGNORE
    how: str = "unused"
    remark: str = ""

    @property
    def meaning(self) -> str:
        """What it means, `UNSETTLED` while a person has to say so."""
        return UNSETTLED if self.how == "unsettled" else self.target


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The meaning of every column of one file."""

    columns: tuple[FileColumn, ...]
    targets: tuple[ColumnMeaning, ...]
    repeated: tuple[RepeatedHeading, ...] = ()

    def assign(self, index: int, target: str) -> ColumnMap:
        """The same map with one column given another meaning (`IGNORE` for none)."""
        changed = tuple(
            replace(column, target=target, how="chosen" if target else "unused", remark="")
            if column.index == index
            else column
            for column in self.columns
        )
        return replace(self, columns=changed)

    @property
    def meanings(self) -> tuple[str, ...]:
        """What each column means, by position (`IGNORE` for nothing, `UNSETTLED`)."""
        return tuple(column.meaning for column in self.columns)

    def with_meanings(self, meanings: Sequence[str]) -> ColumnMap:
        """The same map with the meanings that somebody chose; none, or one that the pool no longer
        knows, leaves a column as it was recognised."""
        known = {IGNORE, *(target.name for target in self.targets)}
        chosen = self
        for column, target in zip(self.columns, meanings, strict=False):
            if target != column.meaning and target in known:
                chosen = chosen.assign(column.index, target)
        return chosen

    def index_of(self, target: str) -> int | None:
        """The position of the column that means `target`, or None."""
        return next((column.index for column in self.columns if column.target == target), None)

    def heading_of(self, target: str) -> str:
        """The heading of the column that means `target`; the target itself when there is none."""
        return next((column.heading for column in self.columns if column.target == target), target)

    @property
    def used(self) -> dict[str, int]:
        """Target → position, for every column that is used."""
        return {column.target: column.index for column in self.columns if column.target}

    @property
    def unused(self) -> tuple[FileColumn, ...]:
        """Columns that will be ignored."""
        return tuple(column for column in self.columns if not column.target)

    def problems(self, *, made: bool = False) -> list[Problem]:
        """What has to be settled before rows can be read: nobody identified, two columns for one thing.

        `made`: usernames are made, so that rows need not say one.
        """
        found = []
        by_target: dict[str, list[str]] = {}
        for column in self.columns:
            if column.target:
                by_target.setdefault(column.target, []).append(column.heading)
        for target, headings in by_target.items():
            if len(headings) > 1:
                names = " and ".join(f"“{heading}”" for heading in headings)
                found.append(
                    Problem(
                        HEADER_ROW,
                        headings[0],
                        f"The columns {names} both mean {target}.",
                        "Choose one of them, and set the other to “not used”.",
                    )
                )
        found += self._unsettled()
        if not made and not by_target.keys() & {"sub", "username", "email", "phone_number"}:
            found.append(
                Problem(
                    HEADER_ROW,
                    "",
                    "No column says who is meant.",
                    "Choose in the column list which one is username, email, phone_number or sub.",
                )
            )
        if {"groups", "all_groups"} <= by_target.keys():
            found.append(
                Problem(
                    HEADER_ROW,
                    by_target["all_groups"][0],
                    "The file has both a groups and an all_groups column.",
                    "Use groups to add people to groups, or all_groups to say exactly which they are in.",
                )
            )
        return found

    def _unsettled(self) -> list[Problem]:
        """Columns of one title that differ, while nobody has said which of them is meant."""
        found = []
        for heading in self.repeated:
            if all(self.columns[place].how == "unsettled" for place in heading.places):
                names = " and ".join(f"“{name}”" for name in heading.names)
                what = f"The columns {names} have one title and differ."
                fix = "Choose which one is meant, or set one to “not used” if none is."
                found.append(Problem(HEADER_ROW, heading.names[0], what, fix))
        return found


def targets_of(pool: UserPool) -> tuple[ColumnMeaning, ...]:
    """Everything that a column can mean for this pool: control columns first, then its attributes."""
    control = tuple(ColumnMeaning(name, title, text) for name, (title, text) in CONTROL.items())
    control += tuple(
        ColumnMeaning(column.name, column.title, column.about) for column in row_columns().values()
    )
    named = {"sub", *(meaning.name for meaning in control)}
    listed = [attribute for attribute in pool.schema if attribute.name not in named]
    alike = Counter(_bare(attribute.name) for attribute in listed)
    attributes = tuple(
        ColumnMeaning(
            attribute.name,
            # names that read alike are told apart by their exact spelling
            attribute.name
            if alike[_bare(attribute.name)] > 1
            else attribute.name.removeprefix("custom:").replace("_", " "),
            _attribute_help(attribute.required),
        )
        for attribute in listed
    )
    return control + attributes


def recognise(
    header: Sequence[str],
    pool: UserPool,
    repeated: tuple[RepeatedHeading, ...] = (),
    empty: Set[int] = frozenset(),
) -> ColumnMap:
    """What each heading means for this pool. Nothing is guessed beyond name and synonym.

    `repeated` are those of `header` that were told apart because the file repeats them; `empty` are the
    places of columns in which nothing stands.
    """
    titles = titles_of(header, repeated)
    targets = targets_of(pool)
    known = {target.name for target in targets}
    names = {squeeze(name): name for name in known}
    tied: dict[str, list[str]] = {}
    for name in sorted(known):
        if _bare(name) not in READ_ONLY:
            names.setdefault(_bare(name), name)
        if name.startswith("custom:"):
            tied.setdefault(_bare(name), []).append(name)
    tied = {bare: fitting for bare, fitting in tied.items() if len(fitting) > 1 and bare not in known}
    synonyms = {squeeze(word): target for target, words in all_synonyms().items() for word in words}
    columns = [
        _tied(i, heading, tied[squeeze(heading)], known)
        if squeeze(heading) in tied
        else _recognise(i, heading, known, names, synonyms)
        for i, heading in enumerate(titles)
    ]
    columns = _parts_of_names(columns)
    columns = _principal_beside_another(_name_beside_another(columns))
    columns = _temporary_where_changed(_filled_beside_empty(columns, empty))
    if any(marks <= {squeeze(heading) for heading in titles} for marks in REPORTS):
        columns = [_of_report(column) for column in columns]
    for repetition in repeated:
        for place, name in zip(repetition.places, repetition.names, strict=True):
            columns[place] = _told_apart(replace(columns[place], heading=name), repetition)
    return ColumnMap(tuple(_one_each(columns)), targets, repeated)


_PRINCIPAL = frozenset({"userprincipalname", "upn"})


def _principal_beside_another(columns: list[FileColumn]) -> list[FileColumn]:
    """Directories write a user principal name beside the name that people sign in with: then it is none."""
    usernames = [column for column in columns if column.target == "username"]
    principal = [column for column in usernames if plain_heading(column.heading) in _PRINCIPAL]
    others = [column for column in usernames if column not in principal]
    if not others:
        return columns
    remark = f"Not used: “{others[0].heading}” is the username. Choose otherwise, if this one is meant."
    return [
        replace(column, target=IGNORE, how="unused", remark=remark) if column in principal else column
        for column in columns
    ]


def _filled_beside_empty(columns: list[FileColumn], empty: Set[int]) -> list[FileColumn]:
    """Of several columns that mean one thing those are used in which something stands, or else the first."""
    used = {column.target: column.index for column in reversed(columns) if column.target}
    used |= {column.target: column.index for column in reversed(columns) if column.index not in empty}
    remark = "Not used: the column is empty, and another one means the same."
    return [
        replace(column, target=IGNORE, how="unused", remark=remark)
        if column.target and column.index in empty and used[column.target] != column.index
        else column
        for column in columns
    ]


def _temporary_where_changed(columns: list[FileColumn]) -> list[FileColumn]:
    """A password that is to be changed at the next sign-in is a temporary one, as another column says."""
    says = next((it for it in columns if plain_heading(it.heading) in CHANGED_AT_SIGN_IN), None)
    there = {column.target for column in columns}
    if says is None or "password" not in there or "temporary_password" in there:
        return columns
    why = f"“{says.heading}” says that it is changed at the next sign-in: taken for a temporary password."
    what = "Temporary passwords are changed at the first sign-in anyway."
    return [
        replace(column, target="temporary_password", how="synonym", remark=why)
        if column.target == "password"
        else replace(column, remark=what)
        if column is says
        else column
        for column in columns
    ]


def _parts_of_names(columns: list[FileColumn]) -> list[FileColumn]:
    """Headings that mean a first or last name beside a column of the other one: “Nom” beside “Prénom”."""
    there = {column.target for column in columns}

    def told(column: FileColumn) -> FileColumn:
        target = BESIDE_ITS_OTHER.get(plain_heading(column.heading), "")
        other = "family_name" if target == "given_name" else "given_name"
        if column.target or not target or target in there or other not in there:
            return column
        return replace(column, target=target, how="synonym", remark="")

    return [told(column) for column in columns]


_BESIDE_LAST_NAMES = frozenset({"vorname", "vornamen"})


def _name_beside_another(columns: list[FileColumn]) -> list[FileColumn]:
    """A “Name” beside a first or a last name alone: in German the last name, else what somebody has to say.

    AWS's own names of attributes mean what they say.
    """
    parts = [column for column in columns if column.target in ("given_name", "family_name")]
    if len({column.target for column in parts}) != 1 or parts[0].heading == parts[0].target:
        return columns
    beside = parts[0].heading
    target, how = "family_name", "synonym"
    remark = f"Beside “{beside}” it is taken for the last name."
    if plain_heading(beside) not in _BESIDE_LAST_NAMES:
        target, how = IGNORE, "unused"
        other = "last" if parts[0].target == "given_name" else "first"
        remark = f"Not used: beside “{beside}” it may be the {other} name or the whole one. Choose which."
    return [
        replace(column, target=target, how=how, remark=remark)
        if column.target == "name" and plain_heading(column.heading) == "name"
        else column
        for column in columns
    ]


def _told_apart(column: FileColumn, repetition: RepeatedHeading) -> FileColumn:
    """One of several columns with the same title: used if it counts; nobody guesses where they differ."""
    if not column.target or column.index == repetition.used:
        return column
    how = "unsettled" if repetition.used is None else "unused"
    return replace(column, target=IGNORE, how=how, remark=repetition.note)


def _of_report(column: FileColumn) -> FileColumn:
    """A report says who; its groups, names and states are what was found, and nothing to be set."""
    if not column.target or column.target in REPORT_USES:
        return column
    remark = "The file is a report of this console; only who is meant is taken from it."
    return replace(column, target=IGNORE, how="unused", remark=remark)


def _bare(name: str) -> str:
    return squeeze(name.removeprefix("custom:"))


def _tied(index: int, heading: str, fitting: Sequence[str], known: set[str]) -> FileColumn:
    """A heading that fits several attributes: the exact name wins, else a person has to choose."""
    if heading in known:
        return FileColumn(index, heading, heading, "exact")
    if f"custom:{heading}" in fitting:
        return FileColumn(index, heading, f"custom:{heading}", "exact")
    return FileColumn(index, heading, remark=f"It fits {' and '.join(fitting)}; choose which one is meant.")


def _recognise(
    index: int, heading: str, known: set[str], names: dict[str, str], synonyms: dict[str, str]
) -> FileColumn:
    if heading in known:
        return FileColumn(index, heading, heading, "exact")
    key = squeeze(heading)
    if key in HEADER_ONLY:
        return FileColumn(index, heading, remark=HEADER_ONLY[key])
    plain = plain_heading(heading)
    target = next(
        (found for word in (key, plain) if (found := names.get(word) or synonyms.get(word, ""))), ""
    )
    if target in known:
        return FileColumn(index, heading, target, "exact" if key == squeeze(target) else "synonym")
    if key in READ_ONLY:
        return FileColumn(index, heading, remark=READ_ONLY[key])
    if target:
        return FileColumn(index, heading, remark=f"This pool has no attribute {target}.")
    if heading.casefold().startswith("custom:"):
        return FileColumn(index, heading, remark="This pool has no such custom attribute.")
    return FileColumn(index, heading, remark=_look_alike(heading, names, synonyms))


def _one_each(columns: Iterable[FileColumn]) -> Iterable[FileColumn]:
    """An exact heading takes the meaning; a synonym beside it is left for the operator to choose."""
    listed = list(columns)
    exact = {column.target for column in listed if column.how == "exact"}
    for column in listed:
        if column.how == "synonym" and column.target in exact:
            yield replace(
                column,
                target=IGNORE,
                how="unused",
                remark=f"Not used: there is a column {column.target} already.",
            )
        else:
            yield column


def _look_alike(heading: str, names: dict[str, str], synonyms: dict[str, str]) -> str:
    """A heading with letters borrowed from another alphabet looks right and isn't: say so."""
    letters = [char for char in heading if char.isalpha()]
    foreign = [char for char in letters if not unicodedata.name(char, "").startswith("LATIN")]
    if not foreign:
        return ""
    key = squeeze(heading.translate(_CONFUSABLE))
    target = names.get(key) or synonyms.get(key, "")
    if not target:
        return ""
    letter = foreign[0]
    return (
        f"Looks like {target}, but “{letter}” is a {unicodedata.name(letter, 'foreign letter').lower()}. "
        "Type the name anew, or choose its meaning here."
    )


_CONFUSABLE = str.maketrans(
    "аеорсухіјѕԁһνοαερικтмнквзАВЕКМНОРСТХΑΒΕΗΙΚΜΝΟΡΤΥΖο",
    "aeopcyxijsdhvoaepiktmhkb3ABEKMHOPCTXABEHIKMNOPTYZo",
)


def _attribute_help(required: bool) -> str:
    return "Required by this pool." if required else ""
