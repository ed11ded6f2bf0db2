"""AWS's standard attributes: how the console calls them, how they are typed in, and their limits.

Source: Cognito developer guide, "Working with user attributes" (OpenID Connect standard claims,
2,048 characters, formats of phone number, birthdate and updated_at) and DescribeUserPool's schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from services.cognito.models import SchemaAttribute

LONGEST_VALUE = 2048
"""Characters in a standard attribute, bytes (UTF-8) in a custom one."""


class Widget(StrEnum):
    """How a value is typed in."""

    TEXT = "text"
    LONG_TEXT = "long text"
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    DATETIME = "datetime"
    NUMBER = "number"
    CHECKBOX = "checkbox"


@dataclass(frozen=True, slots=True)
class StandardText:
    """A standard attribute in words."""

    title: str
    widget: Widget
    help: str
    example: str = ""


_T = StandardText
STANDARD: Mapping[str, StandardText] = MappingProxyType(
    {
        "email": _T("E-mail address", Widget.EMAIL, "Where invitations and codes go.", "ann.ek@example.com"),
        "email_verified": _T(
            "E-mail verified",
            Widget.CHECKBOX,
            "Tick only if you know that the address is theirs: codes for a new password go there.",
        ),
        "phone_number": _T(
            "Phone number",
            Widget.PHONE,
            "Plus sign, country code, then digits only, without spaces.",
            "+46701234567",
        ),
        "phone_number_verified": _T(
            "Phone number verified",
            Widget.CHECKBOX,
            "Tick only if you know that the number is theirs: codes for a new password go there.",
        ),
        "given_name": _T("First name", Widget.TEXT, "Given name, as the person writes it.", "Ann"),
        "family_name": _T("Last name", Widget.TEXT, "Family name, as the person writes it.", "Ek"),
        "name": _T("Full name", Widget.TEXT, "The whole name, as it should be shown.", "Ann Ek"),
        "middle_name": _T("Middle name", Widget.TEXT, "Further names between first and last."),
        "nickname": _T("Nickname", Widget.TEXT, "What they like to be called."),
        "preferred_username": _T(
            "Preferred username",
            Widget.TEXT,
            "A name of their own choice; some pools let people sign in with it.",
        ),
        "birthdate": _T("Date of birth", Widget.DATE, "Year-month-day.", "1990-12-31"),
        "gender": _T("Gender", Widget.TEXT, "Free text."),
        "address": _T("Postal address", Widget.LONG_TEXT, "Street, postal code, town, country."),
        "locale": _T("Language", Widget.TEXT, "Language and country as a code.", "sv-SE"),
        "zoneinfo": _T("Time zone", Widget.TEXT, "Name of the time zone.", "Europe/Stockholm"),
        "picture": _T("Picture", Widget.TEXT, "Web address of a picture."),
        "profile": _T("Profile page", Widget.TEXT, "Web address of their profile."),
        "website": _T("Website", Widget.TEXT, "Web address of their own site."),
        "updated_at": _T(
            "Profile updated at", Widget.NUMBER, "Seconds since 1 January 1970; usually set by applications."
        ),
        "sub": _T("User ID (sub)", Widget.TEXT, "Given by Cognito; it never changes."),
        "identities": _T("Linked sign-ins", Widget.LONG_TEXT, "Kept by Cognito for outside providers."),
    }
)
"""Every standard attribute, in the order in which a form shows them."""

NEVER_WRITTEN = frozenset({"sub", "identities"})
"""Attributes that only Cognito itself sets."""

_NUMBERS = {"updated_at": SchemaAttribute("updated_at", "Number", min_value=0)}
_BOOLEANS = {name: SchemaAttribute(name, "Boolean") for name in ("email_verified", "phone_number_verified")}
_TEXTS = {
    "sub": SchemaAttribute("sub", required=True, mutable=False, min_length=1, max_length=LONGEST_VALUE),
    "birthdate": SchemaAttribute("birthdate", min_length=10, max_length=10),
}

STANDARD_SCHEMA: tuple[SchemaAttribute, ...] = tuple(
    (_NUMBERS | _BOOLEANS | _TEXTS).get(name) or SchemaAttribute(name, min_length=0, max_length=LONGEST_VALUE)
    for name in STANDARD
    if name != "identities"
)
"""The schema of a pool that defines nothing of its own (all optional but `sub`)."""
