"""The names that columns may have: control columns, synonyms, and headings that are known but not used."""

from __future__ import annotations

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
    "note": ("note", "Kept with the results; not sent to Cognito."),
}

SYNONYMS: dict[str, tuple[str, ...]] = {
    "action": ("operation", "command", "what to do", "aktion"),
    "username": (
        "user name",
        "user",
        "user id",
        "login",
        "login name",
        "account",
        "cognito:username",
        "benutzername",
    ),
    "email": (
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
    ),
    "phone_number": (
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
    ),
    "sub": ("user sub", "cognito sub", "subject"),
    "given_name": ("first name", "forename", "given", "vorname", "prenom", "prénom", "nombre"),
    "family_name": ("last name", "surname", "family", "nachname", "nom de famille", "apellido", "apellidos"),
    "middle_name": ("second name", "middle initial"),
    "name": ("full name", "display name", "complete name", "person", "vollständiger name"),
    "nickname": ("nick",),
    "preferred_username": ("preferred name", "alias"),
    "birthdate": ("birthday", "birth date", "date of birth", "dob", "geburtsdatum"),
    "gender": ("sex", "geschlecht"),
    "zoneinfo": ("time zone", "timezone", "zeitzone"),
    "locale": ("language", "lang", "sprache"),
    "address": ("postal address", "street address", "adresse", "anschrift"),
    "picture": ("photo", "avatar", "picture url"),
    "website": ("web site", "homepage", "url"),
    "profile": ("profile url",),
    "email_verified": ("e-mail verified", "verified email", "email confirmed"),
    "phone_number_verified": ("phone verified", "verified phone"),
    "groups": ("group", "group name", "group names", "memberships", "member of", "gruppen", "gruppe"),
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
