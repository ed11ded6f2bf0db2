"""The headings that columns of a file may have: control columns, synonyms, and those that nothing comes of.

Headings are compared `squeeze`d: without case, blanks and punctuation.
"""

from __future__ import annotations

import re
import unicodedata

from services.bulk.row_actions import row_columns
from services.cognito.attributes import STANDARD

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
        "user principal name",
        "upn",
        "användarnamn",
        "brugernavn",
        "brukernavn",
        "gebruikersnaam",
        "nom d'utilisateur",
        "nombre de usuario",
        "nome utente",
    ),
    "email": (
        "email work",
        "work email address",
        "work contact work email",
        "business email",
        "business email address",
        "company email",
        "corporate email",
        "official email",
        "office email",
        "primary email address",
        "dienstliche e-mail",
        "e-mail dienstlich",
        "geschäftliche e-mail",
        "e-mail geschäftlich",
        "mailadresse",
        "邮箱",
        "电子邮件",
        "电子邮箱",
        "이메일",
        "e-posta",
        "e-posta adresi",
        "sähköposti",
        "sähköpostiosoite",
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
        "legal first name",
        "given names",
        "first names",
        "etunimi",
        "keresztnév",
        "utónév",
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
        "legal last name",
        "last names",
        "surnames",
        "sukunimi",
        "soyad",
        "soyadı",
        "vezetéknév",
        "családnév",
        "prezime",
        "priimek",
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
    "name": (
        "full name",
        "display name",
        "complete name",
        "person",
        "vollständiger name",
        "姓名",
        "氏名",
        "legal name",
    ),
    "nickname": ("nick",),
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

BESIDE_ITS_OTHER: dict[str, str] = {
    "nom": "family_name",
    "nome": "given_name",
    "ad": "given_name",
    "adı": "given_name",
    "ime": "given_name",
}
"""Headings (squeezed) of a first or last name that say so only beside a column of the other one: some people
are called so, and in other languages they are the whole name."""

CHANGED_AT_SIGN_IN = frozenset(
    (
        "changepasswordatnextsignin",
        "changepasswordatnextlogin",
        "changepasswordatnextlogon",
        "changepasswordatlogon",
        "changepasswordonnextsignin",
        "mustchangepassword",
        "usermustchangepassword",
        "forcechangepassword",
        "forcechangepasswordnextsignin",
        "forcepasswordchange",
        "passwordchangerequired",
        "requirepasswordchange",
    )
)
"""Headings (squeezed) of what other programs call a temporary password: a column beside it says so."""

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


_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def squeeze(heading: str) -> str:
    """A heading as headings are compared: without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", heading).casefold())


def looks_like_address(cell: str) -> bool:
    """Whether a cell holds an e-mail address, and so is no heading."""
    return bool(_ADDRESS.search(cell))


def all_synonyms() -> dict[str, tuple[str, ...]]:
    """What each column may also be called: `SYNONYMS`, and those that actions bring."""
    return {**SYNONYMS, **{column.name: column.synonyms for column in row_columns().values()}}


_MARKS = re.compile(
    r"\[(?:required|optional|(?:read|upload) only|must be [^\]]*|unique|"
    r"surname|department|city|state|country|mobile|mail|(?-i:[a-z]+[A-Z]\w*))\]|\*|\b(?:required|mandatory|optional|pflichtfeld|obligatoire|obligatorio|obbligatorio|verplicht|"
    r"obligatorisk)\b|^\s*attributes\.",
    re.IGNORECASE,
)
"""What forms and programs add to headings: “E-mail *”, “First name [Required]”, “First name [givenName]”
(Entra), “Attributes.email”. What else stands in brackets says whose it is: “E-mail [manager]”."""


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


def meaning_of(cell: str) -> str:
    """The column that a heading means in any pool, by its name or a synonym; empty for other words."""
    if len(cell) >= 60 or not cell:
        return ""
    word = cell.strip().casefold()
    return word if word.startswith("custom:") else _MEANINGS.get(word) or _MEANINGS.get(squeeze(word), "")


_MEANINGS = {
    form: name
    for name, words in {**dict.fromkeys((*CONTROL, *STANDARD), ()), **all_synonyms()}.items()
    for word in (name, *words)
    for form in (word, squeeze(word), word.replace(" ", "_"), word.replace(" ", "-"), word.replace("_", " "))
}
HEADING_WORDS = frozenset(_MEANINGS)
"""Every heading that is known in any pool, in small letters, as it is usually written."""
_KNOWN = frozenset(
    {squeeze(word) for name, words in all_synonyms().items() for word in (name, *words)}
    | {squeeze(name) for name in (*CONTROL, *STANDARD)}
    | set(READ_ONLY)
    | set(HEADER_ONLY)
)
