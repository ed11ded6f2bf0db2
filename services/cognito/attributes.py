"""User attributes: what they are called, how a form asks for them, and what is wrong with a value.

A pool's rules are compiled once (`AttributeRules`), so that a file of 50,000 rows is checked in
seconds. Sources: Cognito developer guide, "Working with user attributes" (types, formats, lengths,
required and immutable attributes), API reference AdminCreateUser and AdminUpdateUserAttributes
(a blank value deletes an attribute). What AWS leaves open (decimals in numbers, the format of
date-times) is let through for AWS to judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache, partial
from types import MappingProxyType
from typing import NamedTuple

from services.cognito import phones
from services.cognito.models import EMPTY, SchemaAttribute, UserPool
from services.cognito.written import address_in, nfc, yes_or_no

# Whether an e-mail address can be used in a pool, fast enough for 50,000 rows.
#
# `email-validator` decides; it takes about 70 µs for an address, so an exact test for the common
# form stands in front of it (everything the test accepts, the library accepts: a property test
# holds that). Reserved domains such as `.local` and `.test` are left to Cognito, which takes them.

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_COMMON = re.compile(
    rf"(?=[^@]*[A-Za-z0-9][^@]*@)(?=.{{1,64}}@)(?=.{{3,254}}\Z){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?=[A-Za-z0-9-]+[A-Za-z]\Z){_LABEL}\Z"
)
_BETWEEN = re.compile(r"[\s,;/|]+")
_KIND_BEFORE = re.compile(r"(?:smtp|sip|mail|e-?mail):(?=[^@\s:]+@[^@\s]+\.\w+\Z)", re.IGNORECASE)
"""How directories mark the kind of an address (Active Directory's proxyAddresses: SMTP:…)."""
LONGEST = 254
"""RFC 5321's limit for an address."""


def email_problem(address: str) -> str:
    """What is wrong with `address`, as a sentence with the way out; an empty string when it is fine."""
    if _COMMON.match(address):
        return ""
    if not address.isascii():
        return (
            "The e-mail address has letters outside plain ASCII (an accent, or a look-alike from another "
            "script); Cognito can't send to it. Retype it; an international domain is written as xn--."
        )
    if len(address) > LONGEST:
        return f"The e-mail address has {len(address)} characters; at most {LONGEST} are possible."
    return _explained(address)


@lru_cache(maxsize=4096)
def _explained(address: str) -> str:
    from email_validator import (  # noqa: PLC0415 - few addresses are odd, and it loads much
        EmailSyntaxError,
        EmailUndeliverableError,
        validate_email,
    )

    if (
        address.count("@") > 1
        and len(parts := [piece for piece in _BETWEEN.split(address) if "@" in piece]) > 1
    ):
        return f"It holds {' and '.join(parts)} with a space or a sign between them; keep one of them."
    if any(character.isspace() for character in address):
        return "The e-mail address contains a space or a line break; take it out."
    if address.count("@") != 1:
        return "An e-mail address has exactly one @; check for a typing error or two addresses in one field."
    if kind := _KIND_BEFORE.match(address):
        rest = address[kind.end() :]
        return f"“{kind[0]}” stands before the e-mail address; if “{rest}” is meant, write that."
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except (EmailSyntaxError, EmailUndeliverableError) as error:
        if "special-use" not in str(error):
            return f"This is not a usable e-mail address. {error}"
    local, _, domain = address.partition("@")
    if not any(map(str.isalnum, local)):
        return "There is no letter and no digit before the @; check for a typing error."
    if len(domain.rpartition(".")[2]) == 1:
        return "After the last point of an e-mail address there are at least two letters; complete it."
    return ""


# AWS's standard attributes: how the console calls them, how they are typed in, and their limits.
#
# Source: Cognito developer guide, "Working with user attributes" (OpenID Connect standard claims,
# 2,048 characters, formats of phone number, birthdate and updated_at) and DescribeUserPool's schema.

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


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_VERIFIED = ("email", "phone_number")

_WIDGETS = {"Number": Widget.NUMBER, "Boolean": Widget.CHECKBOX, "DateTime": Widget.DATETIME}
_TYPE_HELP = {
    "Number": "A number.",
    "Boolean": "Yes or no.",
    "DateTime": "Date and time, such as 2026-03-31T09:00:00Z.",
    "String": "Text.",
}

Check = Callable[[str], str]
"""Answers with what is wrong with a value, or an empty string."""


@dataclass(frozen=True, slots=True)
class FormField:
    """How a form asks for one attribute. Lengths are characters; None where there is no bound."""

    name: str
    title: str
    widget: Widget
    help: str
    example: str
    required: bool
    mutable: bool
    custom: bool
    min_length: int | None
    max_length: int | None
    min_value: int | None
    max_value: int | None


def title_of(name: str) -> str:
    """What the console calls an attribute: “First name” (given_name), “Cost centre” (custom:cost_centre)."""
    known = STANDARD.get(name)
    if known is not None:
        return known.title
    bare = name.split(":", 1)[-1]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare.replace("_", " ").replace("-", " ")).strip()
    return words[:1].upper() + words[1:] if words else name


def form_fields(pool: UserPool, *, creating: bool) -> list[FormField]:
    """The attributes that an operator may set, in a sensible order: required first, then as in `STANDARD`,
    then the pool's own. When editing (`creating` False), immutable ones are left out."""
    order = {name: place for place, name in enumerate(STANDARD)}
    wanted = [
        attribute
        for attribute in pool.schema
        if attribute.name not in NEVER_WRITTEN and (creating or attribute.mutable)
    ]
    wanted.sort(
        key=lambda attribute: (not attribute.required, order.get(attribute.name, len(order)), attribute.name)
    )
    return [form_field(attribute) for attribute in wanted]


def form_field(attribute: SchemaAttribute) -> FormField:
    """How a form asks for `attribute`, with a sentence of help that states its limits."""
    known = STANDARD.get(attribute.name)
    widget = known.widget if known else _WIDGETS.get(attribute.data_type, Widget.TEXT)
    sentences = [
        known.help if known else _TYPE_HELP.get(attribute.data_type, "Text."),
        _limits(attribute, widget),
    ]
    if not attribute.mutable:
        sentences.append("It can't be changed later.")
    return FormField(
        name=attribute.name,
        title=title_of(attribute.name),
        widget=widget,
        help=" ".join(sentence for sentence in sentences if sentence),
        example=known.example if known else "",
        required=attribute.required,
        mutable=attribute.mutable,
        custom=attribute.custom,
        min_length=attribute.min_length,
        max_length=min(attribute.max_length or LONGEST_VALUE, LONGEST_VALUE),
        min_value=attribute.min_value,
        max_value=attribute.max_value,
    )


def _limits(attribute: SchemaAttribute, widget: Widget) -> str:
    if widget is Widget.NUMBER:
        return _bounds(attribute.min_value, attribute.max_value, "")
    if widget in (Widget.TEXT, Widget.LONG_TEXT):
        longest = attribute.max_length if (attribute.max_length or LONGEST_VALUE) < LONGEST_VALUE else None
        return _bounds(attribute.min_length or None, longest, " characters")
    return ""


def _bounds(low: int | None, high: int | None, unit: str) -> str:
    if low is not None and high is not None:
        return f"{low} to {high}{unit}."
    if low is not None:
        return f"At least {low}{unit}."
    return f"At most {high}{unit}." if high is not None else ""


def tidy(name: str, value: str, pool: UserPool) -> str:
    """`value` as Cognito wants it, where that is beyond doubt; what is in doubt comes back as it is.

    Spaces round it go; yes/no words of boolean attributes become true/false; a phone number in any
    writing becomes + and digits (`services.cognito.phones`); of `Ann Ek <ann@example.org>` the address
    stays; letters and their accents become one piece (NFC).
    """
    return rules_for(pool).tidy(name, value)


def problems_with(name: str, value: str, pool: UserPool, creating: bool) -> list[str]:
    """What keeps `value` from being stored in attribute `name`, as sentences; empty when it is fine.

    For many values take `AttributeRules(pool)` once and ask it.
    """
    return rules_for(pool).problems(name, value, creating=creating)


@lru_cache(maxsize=32)
def rules_for(pool: UserPool) -> AttributeRules:
    """The compiled rules of `pool`."""
    return AttributeRules(pool)


class AttributeRule(NamedTuple):
    """The rule of one attribute: `tidy` as the function of that name, and what keeps a value from being
    stored."""

    name: str
    tidy: Callable[[str], str]
    checks: tuple[Check, ...]

    def problems(self, value: str) -> list[str]:
        """What is wrong with a value that isn't empty, as sentences."""
        return [text for check in self.checks if (text := check(value))]


class AttributeRules:
    """The rules of one pool for attribute values, compiled from its schema."""

    def __init__(self, pool: UserPool) -> None:
        self._known = {
            attribute.name: attribute for attribute in pool.schema if attribute.name not in NEVER_WRITTEN
        }
        region = pool.phone_region
        self._rules = {
            name: AttributeRule(name, _tidying(attribute, region), _checks_for(attribute, region))
            for name, attribute in self._known.items()
        }
        self._required = tuple(attribute for attribute in self._known.values() if attribute.required)
        self._sign_in = pool.username_attributes

    def of(self, name: str) -> AttributeRule:
        """The rule of one attribute, for many values; where the pool hasn't it, every value is a problem."""
        return self._rules.get(name) or AttributeRule(name, str.strip, (lambda _: _unknown(name),))

    def problems(self, name: str, value: str, *, creating: bool) -> list[str]:
        """What is wrong with one value. An empty value means "not given" on creation, "delete it" later."""
        known = self._known.get(name)
        if known is None:
            return [_unknown(name)]
        if not creating and not known.mutable:
            return [f"{title_of(name)} can be set only when a person is created; it can't be changed later."]
        if value == "":
            return self._emptied(known, creating)
        return self._rules[name].problems(value)

    def _emptied(self, known: SchemaAttribute, creating: bool) -> list[str]:
        if creating:
            return []
        if known.required:
            return [f"{title_of(known.name)} is required in this pool and can't be emptied."]
        if known.name in self._sign_in:
            return [f"People sign in with {title_of(known.name).lower()} in this pool; it can't be emptied."]
        return []

    def row_problems(
        self,
        values: Mapping[str, str],
        *,
        creating: bool,
        current: Mapping[str, str] = EMPTY,
        password_is_permanent: bool = False,
    ) -> list[tuple[str, str]]:
        """Everything wrong with the values for one person, as (attribute, sentence).

        `current` is what the person has now. A required attribute may be missing at creation when
        the password is temporary and the attribute can be changed: the person is asked for it at
        the first sign-in, which a permanent password skips (developer guide, "Creating user accounts").
        """
        found = [
            (name, text)
            for name, value in values.items()
            for text in self.problems(name, value, creating=creating)
        ]
        if creating:
            for known in self._required:
                if not values.get(known.name) and (password_is_permanent or not known.mutable):
                    found.append((known.name, _missing(known)))
        for name in _VERIFIED:
            if values.get(f"{name}_verified") == "true" and not values.get(name, current.get(name)):
                flag = f"{name}_verified"
                found.append((flag, f"There is no {title_of(name).lower()} that could be verified."))
        return found

    def missing_for_sign_in(self, values: Mapping[str, str]) -> list[str]:
        """Required attributes that `values` lacks: the person is asked for them at the first sign-in."""
        return [attribute.name for attribute in self._required if not values.get(attribute.name)]

    def tidy(self, name: str, value: str) -> str:
        """As the function `tidy`, with the rules compiled once."""
        return self.of(name).tidy(value)


def _unknown(name: str) -> str:
    if name in NEVER_WRITTEN or name.startswith("cognito:"):
        return f"{title_of(name)} is set by Cognito itself and can't be written."
    return f"This pool has no attribute “{name}”; correct the name or leave the column out."


def _tidying(attribute: SchemaAttribute, phone_region: str) -> Callable[[str], str]:
    """How values of an attribute are made tidy, as `tidy` says."""
    if attribute.data_type == "Boolean":
        return _tidy_boolean
    by_name: dict[str, Callable[[str], str]] = {
        "phone_number": lambda value: phones.read(value.strip(), phone_region).number or value.strip(),
        "email": lambda value: nfc(address_in(value.strip())),
    }
    return by_name.get(attribute.name, lambda value: nfc(value.strip()))


def _tidy_boolean(value: str) -> str:
    said = yes_or_no(value)
    return value.strip() if said is None else "true" if said else "false"


def _missing(known: SchemaAttribute) -> str:
    title = title_of(known.name)
    if not known.mutable:
        return f"{title} is required and can't be added later; it has to be given now."
    return (
        f"{title} is required; with a permanent password nobody asks for it later, so it has to be given now."
    )


def _checks_for(attribute: SchemaAttribute, phone_region: str) -> tuple[Check, ...]:
    by_name: dict[str, Check] = {
        "email": email_problem,
        "phone_number": partial(_phone, region=phone_region),
        "birthdate": _birthdate,
    }
    by_type: dict[str, Check] = {
        "Boolean": _boolean,
        "DateTime": _date_time,
        "Number": partial(_number, low=attribute.min_value, high=attribute.max_value),
    }
    special = by_name.get(attribute.name) or by_type.get(attribute.data_type)
    if special is not None and attribute.name != "email":
        return (special,)  # its format is narrower than any length rule
    text = _text_check(attribute)
    return (special, text) if special else (text,)


def _text_check(attribute: SchemaAttribute) -> Check:
    low = attribute.min_length or 0
    high = min(attribute.max_length or LONGEST_VALUE, LONGEST_VALUE)
    # below, no letter takes so many bytes that there could be too many
    surely = min(high, LONGEST_VALUE // 4) if attribute.custom else high

    def check(value: str) -> str:
        if low <= len(value) <= surely and value.isprintable():
            return ""  # most values
        return _text(value, low=low, high=high, custom=attribute.custom)

    return check


def _text(value: str, *, low: int, high: int, custom: bool) -> str:
    size = len(value)
    if size < low:
        return f"It has {size} characters; this pool wants at least {low}."
    if size > high:
        return f"It has {size} characters; at most {high} are possible."
    if custom and len(value.encode()) > LONGEST_VALUE:
        return f"It takes more than {LONGEST_VALUE} bytes; shorten it."
    if _CONTROL.search(value):
        return "It contains an invisible control character; retype it."
    return ""


def _phone(value: str, region: str) -> str:
    phone = phones.read(value, region)
    if phone.problem or phone.number == value:
        return phone.problem
    return f"A phone number is + followed by 7 to 15 digits and nothing else: {phone.number}."


def _birthdate(value: str) -> str:
    if _DATE.match(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            return "There is no such day; check year, month and day."
        return ""
    return "A date of birth is written year-month-day, such as 1990-12-31."


def _boolean(value: str) -> str:
    return "" if value in ("true", "false") else "Write true or false."


def _number(value: str, *, low: int | None, high: int | None) -> str:
    if not _NUMBER.match(value):
        return "It has to be a number written with digits only, such as 42."
    number = Decimal(value)
    if low is not None and number < low:
        return f"The smallest number allowed is {low}."
    if high is not None and number > high:
        return f"The largest number allowed is {high}."
    return ""


_BEGINS_WITH_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]|$)")


def _date_time(value: str) -> str:
    if value.isascii() and value.isdigit():
        return ""
    try:
        datetime.fromisoformat(value)
        fits = _BEGINS_WITH_DAY.match(value) is not None  # Python takes weeks and bare digits, too
    except ValueError:
        fits = False
    return "" if fits else "Write date and time as in 2026-03-31T09:00:00Z."
