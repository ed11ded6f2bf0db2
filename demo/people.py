"""The people of the demo: staff and customers of Brightwater, a made-up water and energy supplier.

The first ones are in every demo: one of each trouble, and names that break careless programs. The
rest are made up from names, departments and dates with the given random numbers. Addresses and phone
numbers are of ranges that belong to nobody (RFC 2606; Ofcom's numbers for drama).
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from demo.names import FullName, pick


@dataclass(frozen=True, slots=True)
class Person:
    """`created` and `changed` are days before now; `username` is empty where the pool makes one up."""

    username: str
    attributes: Mapping[str, str]
    status: str = "CONFIRMED"
    enabled: bool = True
    created: float = 500.0
    changed: float = 90.0
    groups: tuple[str, ...] = ()
    mfa: str = ""


OKTA = "Okta"
"""The staff's identity provider. Cognito makes a group `<pool id>_Okta` for people who come through it."""

INVITED, RESET, EXTERNAL = "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED", "EXTERNAL_PROVIDER"
UNCONFIRMED, NO = "UNCONFIRMED", "false"
ALL_GROUPS = (
    *("administrators", "auditors", "billing", "billing-approvers", "customer-service", "field-engineers"),
    *("field-dispatch", "meter-readers", "human-resources", "contractors", "on-call", "büro/süd&ost"),
)
LONG_NAME = (
    "María Aurora Esmeralda Guadalupe de la Concepción Fernández de Córdoba y Álvarez de Toledo-Osorio, "
    "Condesa de Villalobos del Monte y de San Sebastián de los Reyes"
)
DAY = 86_400  # seconds


def identity(user_id: str, days_ago: float) -> str:
    """The `identities` attribute that Cognito keeps on federated people; ids are the company's addresses."""
    created = round((time.time() - days_ago * DAY) * 1000)
    entry = {"userId": user_id, "providerName": OKTA, "providerType": "OIDC", "issuer": None}
    return json.dumps([{**entry, "primary": True, "dateCreated": created}])


def _staff(
    username: str,
    given: str = "",
    family: str = "",
    *groups: str,
    status: str = "CONFIRMED",
    enabled: bool = True,
    created: float = 500.0,
    changed: float = 90.0,
    mfa: str = "",
    **attributes: str,
) -> Person:
    known = {"email": f"{username}@brightwater.example", "email_verified": "true"}
    known |= {"name": f"{given} {family}".strip(), "given_name": given, "family_name": family}
    known |= {name.replace("custom_", "custom:"): value for name, value in attributes.items()}
    held = {name: value for name, value in known.items() if value}
    return Person(username, held, status, enabled, created, changed, groups, mfa)


FIRST_STAFF = (
    # Troubles that a support team meets
    _staff("ann.lindqvist", "Ann", "Lindqvist", "billing", status=INVITED, created=12, changed=12),
    _staff("bo.li", "Bo", "Li", "billing", status=INVITED, created=6, changed=6),
    _staff("chidi.okafor", "Chidi", "Okafor", "field-engineers", status=RESET, changed=3),
    _staff("dana.petrova", "Dana", "Петрова", status=UNCONFIRMED, created=4, changed=4,
           email_verified=NO),
    _staff("toby.ashworth", "Toby", "Ashworth", "auditors", "billing", "billing-approvers", enabled=False),
    _staff("megan.hughes", "Megan", "Hughes", *ALL_GROUPS, mfa="SOFTWARE_TOKEN_MFA"),
    _staff("rolf.vogt", "Rolf", "Vogt"),
    _staff("ines.pena", "Inés", "Peña", "customer-service", email_verified=NO),
    _staff("k.sorensen", "Kirsten", "Sørensen", "billing"),
    _staff("k.sorensen.old", "Kirsten", "Sørensen", "billing", email="k.sorensen@brightwater.example"),
    _staff("kirsten", "Kirsten", "Sørensen", "auditors", email="K.Sorensen@Brightwater.example"),
    _staff("k.sorensen.test", "Kirsten", "Sørensen", email="k.sorensen+test@brightwater.example"),
    _staff("old.account", "Olive", "Archer", status="ARCHIVED", enabled=False, created=2100, changed=1500),
    _staff("leaked.password", "Leah", "Kidd", "customer-service", status="COMPROMISED", changed=1),
    _staff("what.is.this", "Una", "Known", status="UNKNOWN", created=1900, changed=1900),
    _staff("svc-meter-import", email="", email_verified=""),
    _staff("ext/agency-7", "Ext", "Agency", "contractors", custom_contract_end="2020-01-31"),
    _staff("Okta_mira.petrova@brightwater.example", "Mira", "Petrova", OKTA, status=EXTERNAL, name="",
           email="mira.petrova@brightwater.example", email_verified=NO,
           identities=identity("mira.petrova@brightwater.example", 200)),
    _staff("Okta_paul.weiss@brightwater.example", "Paul", "Weiß", OKTA, "auditors", status=EXTERNAL, name="",
           email="paul.weiss@brightwater.example", email_verified=NO,
           identities=identity("paul.weiss@brightwater.example", 30)),
    # Names that break careless programs
    _staff("<b>bold</b>", "<b>Bold</b>", "<i>Family</i>", "customer-service",
           email="bold@brightwater.example"),
    _staff("script.kid", "<script>alert(1)</script>", "<img src=x onerror=alert(2)>"),
    _staff("=SUM(A1:A9)", "=SUM(A1:A9)", "=HYPERLINK(\"http://evil.example\")", "billing",
           email="=sum@brightwater.example"),
    _staff("+44-cell", "+1+1", "-2-3", email="+44@brightwater.example", nickname="@SUM(1+1)"),
    _staff("[link](x)", "[Link](http://evil.example)", "![i](http://evil.example/i.png)",
           email="link@brightwater.example"),
    _staff("mark.down", "**Mark** `down`", ":red[Alert] $x^2$ :material/delete:"),
    _staff("ann\"annie\"ek", "Ann \"Annie\"", "Ek", "on-call", email="annie@brightwater.example"),
    _staff("o'brien", "Conan", "O'Brien", email="o'brien@brightwater.example"),
    _staff("comma,semi;colon", "Comma, Jr.", "Semi; Colon|Pipe", email="comma@brightwater.example"),
    _staff("corp\\admin", "Back\\slash", "Domain\\User", email="backslash@brightwater.example"),
    _staff("robert');DROP/**/TABLE/**/users;--", "Robert'); DROP TABLE users;--", "Tables",
           email="bobby@brightwater.example"),
    _staff("../../etc/passwd", "%2e%2e%2f", "..\\..", email="path@brightwater.example"),
    _staff("a&b=c?d#e", "A & B", "C? D# E%", email="query@brightwater.example"),
    _staff("two.lines", "Two\nLines", "Tab\tStop", email_verified=NO,
           address="1 High Street\nFlat 2\r\nLeeds"),
    _staff("spaces", "  Leading", "Trailing  ", custom_department="  Billing "),
    _staff("rtl.override", "\u202eDer", "Evers\u200b", nickname="\u2066hidden\u2069"),
    _staff("emoji👩🚒", "Ember 👩🏽‍🚒", "Blaze 🔥", "on-call", email="emoji@brightwater.example"),
    _staff("ñandú.açaí", "Zoë", "Åšçñ", email="nandu@brightwater.example"),
    _staff("null", "None", "NaN", email="null@brightwater.example", nickname="undefined"),
    _staff("0012345", "007", "1E5", custom_employee_number="000123", email="zeros@brightwater.example"),
    _staff("2024-01-01", "TRUE", "#N/A", email="date@brightwater.example"),
    _staff("-", "-", "—", email="dash@brightwater.example"),
    _staff("x", "O", "Y", email="x@brightwater.example"),
    _staff("l" + "o" * 125 + "ng", LONG_NAME, "Wolfeschlegelsteinhausenbergerdorff", "büro/süd&ost",
           email=f"{'long' * 16}@{'sub.' * 40}brightwater.example"),
)  # fmt: skip


def _customer(
    email: str,
    name: str = "",
    *groups: str,
    status: str = "CONFIRMED",
    enabled: bool = True,
    created: float = 300.0,
    changed: float = 60.0,
    **attributes: str,
) -> Person:
    known = {"email": email, "email_verified": "true", "name": name, **attributes}
    held = {key: value for key, value in known.items() if value}
    return Person("", held, status, enabled, created, changed, groups)


FIRST_CUSTOMERS = (
    _customer("ann.ek@mail.example", "Ann Ek", "residential", "paperless"),
    _customer("Ann.Ek@mail.example", "Ann Ek", "residential"),
    _customer("ann.ek+water@mail.example", "Ann Ek"),
    _customer("late.guest@post.example", "Latisha Guest", "residential", status=INVITED,
              created=30, changed=30),
    _customer("soon.guest@post.example", "Suna Güneş", "business", status=INVITED,
              created=6.2, changed=6.2),
    _customer("new.guest@post.example", "Νέα Πελάτισσα", status=INVITED, created=0.1, changed=0.1),
    _customer("forgot@inbox.example", "Phil Memory", "residential", status=RESET, changed=2),
    _customer("self.signup@inbox.example", "Selma Upton", status=UNCONFIRMED, created=9,
              changed=9, email_verified=NO),
    _customer("moved.away@mail.example", "Мария Смирнова", "landlords", enabled=False,
              created=900, changed=400),
    _customer("unverified@mail.example", "Una Verified", "residential", email_verified=NO),
    _customer("o'connor@example.org", "Siobhán O'Connor", "business", "landlords", "paperless"),
    _customer("=cmd@mail.example", "=cmd|' /C calc'!A0", "residential"),
    _customer("+plus@mail.example", "<b>Plus</b>", "residential"),
    _customer("jörg@post.example", "Jörg Müller, \"Jogi\"", "business"),
    _customer(f"{'a' * 64}@{'very.long.' * 4}post.example", LONG_NAME, "residential"),
    _customer("linebreak@post.example", "Line\nBreak", address="1 High Street\nLeeds"),
)  # fmt: skip


PASSWORD = "Demo-Passw0rd!"
"""Everybody's password in the demo, temporary ones too."""

DOMAIN = "brightwater.example"
MAIL_HOSTS = ("mail.example", "inbox.example", "post.example", "example.com", "example.org")
PHONE_RANGES = (
    *("7700900", "1632960", "2079460", "1134960", "1144960", "1154960", "1164960", "1174960"),
    *("1184960", "1214960", "1314960", "1414960", "1514960", "1614960", "1914980", "2890180"),
)

# Department → its groups, each with how many of its people are in them.
DEPARTMENTS = {
    "Billing": (("billing", 0.95), ("billing-approvers", 0.15), ("customer-service", 0.1)),
    "Customer service": (("customer-service", 0.95), ("on-call", 0.1)),
    "Field operations": (("field-engineers", 0.6), ("meter-readers", 0.4), ("on-call", 0.3)),
    "Dispatch": (("field-dispatch", 0.95), ("on-call", 0.2)),
    "Human resources": (("human-resources", 0.95),),
    "Finance and audit": (("auditors", 0.5), ("billing", 0.3)),
    "IT": (("administrators", 0.2), ("on-call", 0.5), ("auditors", 0.1)),
    "Région Sud & Ost": (("büro/süd&ost", 0.9), ("customer-service", 0.3)),
}
DEPARTMENT_SIZES = (18, 24, 26, 6, 5, 7, 8, 6)
STATUSES = {"CONFIRMED": 83, "FORCE_CHANGE_PASSWORD": 9, "RESET_REQUIRED": 4, "UNCONFIRMED": 4}
CUSTOMER_GROUPS = {"residential": 0.74, "business": 0.12, "landlords": 0.08, "paperless": 0.45}


def staff_people(count: int, rng: random.Random, today: date) -> Iterator[Person]:
    """The people of the pool with plain usernames."""
    yield from FIRST_STAFF[:count]
    taken: Counter[str] = Counter()
    for number in range(len(FIRST_STAFF), count):
        if rng.random() < 0.04:
            yield _federated(pick(rng), rng, taken)
        else:
            yield _employee(pick(rng), number, rng, today, taken)


def customer_people(count: int, rng: random.Random) -> Iterator[Person]:
    """The people of the pool with e-mail addresses as usernames."""
    yield from FIRST_CUSTOMERS[:count]
    taken: Counter[str] = Counter()
    for number in range(len(FIRST_CUSTOMERS), count):
        name = pick(rng)
        alias = _unique(f"{name.latin_given}.{name.latin_family}", taken)
        status, created, changed = _history(rng)
        attributes = {
            "email": f"{alias}@{rng.choice(MAIL_HOSTS)}",
            "email_verified": _flag(rng.random() < 0.9 and status != "UNCONFIRMED"),
            "name": name.full,
            "custom:customer_number": f"{4_000_000 + number * 37}",
            "custom:newsletter": _flag(rng.random() < 0.3),
            **_phone(number, rng),
        }
        groups = tuple(group for group, share in CUSTOMER_GROUPS.items() if rng.random() < share)
        enabled = rng.random() > 0.05
        yield Person("", attributes, status, enabled, created, changed, groups)


def _employee(name: FullName, number: int, rng: random.Random, today: date, taken: Counter[str]) -> Person:
    username = _unique(f"{name.latin_given[:1]}.{name.latin_family}", taken)
    department = rng.choices(list(DEPARTMENTS), weights=DEPARTMENT_SIZES)[0]
    status, created, changed = _history(rng)
    attributes = {
        "email": f"{username}@{DOMAIN}",
        "email_verified": _flag(rng.random() < 0.93 and status != "UNCONFIRMED"),
        "name": name.full,
        "given_name": name.given,
        "family_name": name.family,
        "custom:employee_number": f"BW{10_000 + number}",
        "custom:department": department,
        "custom:cost_centre": str(1000 + 100 * list(DEPARTMENTS).index(department) + rng.randrange(9)),
        "custom:start_date": (today - timedelta(days=created)).isoformat(),
        "custom:remote": _flag(rng.random() < 0.25),
        **_phone(number, rng),
    }
    groups = [group for group, share in DEPARTMENTS[department] if rng.random() < share]
    if rng.random() < 0.08:
        groups = []
    elif rng.random() < 0.1:
        groups.append("contractors")
        attributes["custom:contract_end"] = (today + timedelta(days=rng.randrange(-60, 300))).isoformat()
    enabled = rng.random() > 0.06
    mfa = rng.choices(("", "SOFTWARE_TOKEN_MFA", "SMS_MFA"), weights=(70, 25, 5))[0]
    if mfa == "SMS_MFA" and "phone_number" not in attributes:
        mfa = ""
    return Person(username, attributes, status, enabled, created, changed, tuple(groups), mfa)


def _federated(name: FullName, rng: random.Random, taken: Counter[str]) -> Person:
    """Someone who signs in through the company's identity provider."""
    alias = _unique(f"{name.latin_given}.{name.latin_family}", taken)
    created = _days(rng, 700)
    groups = (OKTA, *((rng.choice(("customer-service", "auditors")),) if rng.random() < 0.5 else ()))
    attributes = {
        "email": f"{alias}@{DOMAIN}",
        "email_verified": "false",
        "given_name": name.given,
        "family_name": name.family,
        "identities": identity(f"{alias}@{DOMAIN}", created),
    }
    username = f"{OKTA}_{alias}@{DOMAIN}"
    return Person(username, attributes, "EXTERNAL_PROVIDER", True, created, created * rng.random(), groups)


def _history(rng: random.Random) -> tuple[str, float, float]:
    """A status, and how many days ago the person was created and last changed."""
    status = rng.choices(list(STATUSES), weights=list(STATUSES.values()))[0]
    if status == "FORCE_CHANGE_PASSWORD":
        spans = ((0.0, 5.0), (5.1, 6.9), (7.5, 90.0))  # fresh, about to expire (after 7 days), expired
        invited = rng.uniform(*rng.choices(spans, weights=(3, 2, 5))[0])
        return status, invited, invited
    if status == "UNCONFIRMED":
        created = _days(rng, 60)
        return status, created, created
    created = _days(rng, 2200)
    return status, created, created * rng.random()


def _days(rng: random.Random, most: float) -> float:
    """How many days ago; recent ones are likelier."""
    return most * float(rng.random() ** 1.6)


def _phone(number: int, rng: random.Random) -> dict[str, str]:
    """A phone number for about every third person, none twice in a pool."""
    if rng.random() > 0.35 or number >= 1000 * len(PHONE_RANGES):
        return {}
    phone = f"+44{PHONE_RANGES[number // 1000]}{number % 1000:03}"
    return {"phone_number": phone, "phone_number_verified": _flag(rng.random() < 0.7)}


def _unique(alias: str, taken: Counter[str]) -> str:
    taken[alias] += 1
    return alias if taken[alias] == 1 else f"{alias}{taken[alias]}"


def _flag(value: bool) -> str:
    return "true" if value else "false"
