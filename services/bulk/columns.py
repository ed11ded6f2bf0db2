"""Which column of a file means what: tolerant recognition, which people can correct.

A heading is compared without case, spaces and punctuation, against the names of the pool's
attributes, the control columns and the synonyms in use. What isn't recognised is ignored and said.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.bulk.model import Problem
from services.bulk.repeated_headings import RepeatedHeading, titles_of
from services.bulk.row_actions import row_columns
from services.cognito.attributes import STANDARD, form_fields
from services.cognito.models import UserPool

# The names that columns may have: control columns, synonyms, and headings that are known but not used.

CONTROL: dict[str, tuple[str, str]] = {
    "action": ("what to do", "upsert, create, update, disable, … Empty: the action chosen for the file."),
    "username": ("username", "Who is meant. In pools that sign in by e-mail, use email instead."),
    "email": ("e-mail", "Who is meant, or the new address when sub or username says who."),
    "phone_number": ("phone number", "With + and country code, digits only: +4915112345678."),
    "sub": ("sub", "Cognito's lasting identifier of a person; the surest way to say who is meant."),
    "groups": ("groups to be in", "Group names with ; between them. Memberships that aren't named stay."),
    "all_groups": (
        "all groups",
        "Exactly the groups the person should be in, with ; between them: others are removed. - for none.",
    ),
    "enabled": ("enabled", "true or false."),
    "temporary_password": ("temporary password", "To be changed at the first sign-in. Empty: made for you."),
    "password": ("password", "Permanent: the person isn't asked to change it."),
    "delivery": ("invitation by", "none, email, sms or email+sms."),
    "last_day": (
        "last day",
        "When somebody leaves, such as 2026-11-30: they are seen off at the end of that day.",
    ),
    "note": ("note", "Kept with the results; not sent to Cognito."),
}

SYNONYMS: dict[str, tuple[str, ...]] = {
    "action": ("operation", "command", "what to do", "aktion"),
    "username": (
        "usuario",
        "identifiant",
        "логин",
        "имя пользователя",
        "ユーザー名",
        "user name",
        "user",
        "user id",
        "login",
        "login name",
        "account",
        "cognito:username",
        "benutzername",
        "samaccountname",
        "användarnamn",
        "brugernavn",
        "brukernavn",
        "gebruikersnaam",
        "nom d'utilisateur",
        "nombre de usuario",
        "nome utente",
    ),
    "email": (
        "adres e-mail",
        "adresse électronique",
        "электронная почта",
        "эл. почта",
        "メールアドレス",
        "e-mail",
        "mail",
        "email address",
        "e-mail address",
        "mail address",
        "work email",
        "primary email",
        "user email",
        "email id",
        "e-mail-adresse",
        "emailadresse",
        "courriel",
        "correo",
        "correo electronico",
        "correo electrónico",
        "e-post",
        "e-mailadres",
        "adresse e-mail",
        "posta elettronica",
    ),
    "phone_number": (
        "móvil",
        "téléphone portable",
        "nr telefonu",
        "телефон",
        "電話番号",
        "phone",
        "phone no",
        "telephone",
        "telephone number",
        "tel",
        "mobile",
        "mobile phone",
        "mobile number",
        "cell",
        "cell phone",
        "telefon",
        "telefonnummer",
        "handy",
        "teléfono",
        "telefono",
        "téléphone",
        "telefoonnummer",
        "mobil",
    ),
    "sub": ("user sub", "cognito sub", "subject"),
    "given_name": (
        "jméno",
        "имя",
        "名",
        "first name",
        "forename",
        "given",
        "vorname",
        "prenom",
        "prénom",
        "nombre",
        "förnamn",
        "fornavn",
        "voornaam",
        "imię",
    ),
    "family_name": (
        "příjmení",
        "фамилия",
        "姓",
        "last name",
        "surname",
        "family",
        "nachname",
        "nom de famille",
        "apellido",
        "apellidos",
        "sn",
        "efternamn",
        "efternavn",
        "etternavn",
        "achternaam",
        "cognome",
        "sobrenome",
        "nazwisko",
    ),
    "middle_name": ("second name", "middle initial"),
    "name": ("full name", "display name", "complete name", "person", "vollständiger name"),
    "nickname": ("nick",),
    "preferred_username": ("preferred name", "alias"),
    "birthdate": (
        "birthday",
        "birth date",
        "date of birth",
        "dob",
        "geburtsdatum",
        "födelsedatum",
        "date de naissance",
        "fecha de nacimiento",
        "data di nascita",
        "geboortedatum",
    ),
    "gender": ("sex", "geschlecht"),
    "zoneinfo": ("time zone", "timezone", "zeitzone"),
    "locale": ("language", "lang", "sprache"),
    "address": ("postal address", "street address", "adresse", "anschrift"),
    "picture": ("photo", "avatar", "picture url"),
    "website": ("web site", "homepage", "url"),
    "profile": ("profile url",),
    "email_verified": ("e-mail verified", "verified email", "email confirmed"),
    "phone_number_verified": ("phone verified", "verified phone"),
    "groups": (
        "group",
        "group name",
        "group names",
        "memberships",
        "member of",
        "gruppen",
        "gruppe",
        "grupper",
        "groupes",
        "grupos",
        "gruppi",
        "groepen",
    ),
    "all_groups": ("groups (all)", "groups exactly", "exact groups"),
    "enabled": ("is enabled", "account enabled", "aktiv"),
    "temporary_password": (
        "temp password",
        "initial password",
        "first password",
        "start password",
        "one time password",
        "startpasswort",
    ),
    "password": ("permanent password", "passwort", "kennwort"),
    "delivery": ("delivery medium", "invite by", "invitation", "send invitation"),
    "last_day": (
        "last working day",
        "last day of work",
        "leaving date",
        "leave date",
        "leaves on",
        "exit date",
        "termination date",
        "letzter tag",
        "letzter arbeitstag",
        "austritt",
        "austrittsdatum",
        "dernier jour",
        "date de départ",
        "date de sortie",
        "último día",
        "fecha de baja",
        "sista dag",
        "sidste dag",
        "siste dag",
        "laatste werkdag",
        "ultimo giorno",
    ),
    "note": ("notes", "comment", "comments", "remark", "remarks", "ticket", "bemerkung"),
}

READ_ONLY: dict[str, str] = {
    "status": "Cognito sets the status itself; it is only shown in exports.",
    "userstatus": "Cognito sets the status itself; it is only shown in exports.",
    "created": "The date of creation can't be changed.",
    "awsstatus": "Cognito sets the status itself; it is only shown in exports.",
    "completeness": "What an export says of itself; not used.",
    "usercreatedate": "The date of creation can't be changed.",
    "changed": "The date of the last change can't be changed.",
    "userlastmodifieddate": "The date of the last change can't be changed.",
    "outcome": "A result of an earlier run; not used.",
    "message": "A result of an earlier run; not used.",
    "code": "A result of an earlier run; not used.",
    "row": "The row number of an earlier file; not used.",
    "howtofix": "A result of an earlier run; not used.",
    "problem": "What was wrong with the row in an earlier run; not used.",
}
"""Headings that exports and result files have and that nothing is done with (squeezed → why)."""

HEADER_ONLY: dict[str, str] = {
    "cognitomfaenabled": "Part of AWS's import format; sign-in factors aren't set from a file.",
    "passwordhash": "Only AWS's own import jobs can take password hashes.",
    "updatedat": "Cognito keeps this date itself.",
}
"""Headings of AWS's own import jobs that an ordinary run can't use."""

REPORTS: tuple[frozenset[str], ...] = (
    frozenset({"severity", "rule", "detail"}),
    frozenset({"membership", "decision", "reviewer"}),
    frozenset({"person", "name", "username", "status", "completeness"}),
    frozenset({"row", "who", "outcome", "message", "code"}),
    frozenset({"who", "name", "username", "temporarypassword"}),
)
"""Headings (squeezed) that tell a report of this console: findings, reviews, tables of who has access,
results of a run (whose actions are done), passwords handed over."""

REPORT_USES = frozenset({"sub", "username", "email", "phone_number"})
"""What a report's columns may mean unasked: who is meant. Its other cells are findings about people."""


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


_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def squeeze(heading: str) -> str:
    """A heading as headings are compared: without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", heading).casefold())


def looks_like_address(cell: str) -> bool:
    """Whether a cell holds an e-mail address, and so is no heading."""
    return bool(_ADDRESS.search(cell))


def _synonyms() -> dict[str, tuple[str, ...]]:
    return {**SYNONYMS, **{column.name: column.synonyms for column in row_columns().values()}}


_MARKS = re.compile(
    r"\[[^\]]*\]|\*|\b(?:required|mandatory|optional|pflichtfeld|obligatoire|obligatorio|obbligatorio|verplicht|"
    r"obligatorisk)\b|^\s*attributes\.",
    re.IGNORECASE,
)
"""What forms and programs add to headings: “E-mail *”, “First name [Required]”, “Attributes.email”."""


def plain_heading(heading: str) -> str:
    """A heading as it is compared, without what forms and programs add to it."""
    return squeeze(_MARKS.sub(" ", heading))


def is_heading(cell: str) -> bool:
    """Whether a cell is the heading of a column that files of people have, in any pool."""
    if len(cell) >= 60:
        return False
    return bool({squeeze(cell), plain_heading(cell)} & _KNOWN) or cell.strip().casefold().startswith(
        "custom:"
    )


_KNOWN = frozenset(
    {squeeze(word) for name, words in _synonyms().items() for word in (name, *words)}
    | {squeeze(name) for name in (*CONTROL, *STANDARD)}
    | set(READ_ONLY)
    | set(HEADER_ONLY)
)


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


def recognise(header: Sequence[str], pool: UserPool, repeated: tuple[RepeatedHeading, ...] = ()) -> ColumnMap:
    """What each heading means for this pool. Nothing is guessed beyond name and synonym.

    `repeated` are those of `header` that were told apart because the file repeats them.
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
    synonyms = {squeeze(word): target for target, words in _synonyms().items() for word in words}
    columns = [
        _tied(i, heading, tied[squeeze(heading)], known)
        if squeeze(heading) in tied
        else _recognise(i, heading, known, names, synonyms)
        for i, heading in enumerate(titles)
    ]
    columns = _last_name_beside_first(columns)
    if any(marks <= {squeeze(heading) for heading in titles} for marks in REPORTS):
        columns = [_of_report(column) for column in columns]
    for repetition in repeated:
        for place, name in zip(repetition.places, repetition.names, strict=True):
            columns[place] = _told_apart(replace(columns[place], heading=name), repetition)
    return ColumnMap(tuple(_one_each(columns)), targets, repeated)


_BESIDE_LAST_NAMES = frozenset({"vorname", "vornamen"})


def _last_name_beside_first(columns: list[FileColumn]) -> list[FileColumn]:
    """In German a “Name” beside a “Vorname” is the last name, where there is no other one."""
    beside = any(squeeze(column.heading) in _BESIDE_LAST_NAMES for column in columns)
    if not beside or any(column.target == "family_name" for column in columns):
        return columns
    remark = "Beside “Vorname” it is taken for the last name."
    return [
        replace(column, target="family_name", how="synonym", remark=remark)
        if column.heading == "Name"
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
