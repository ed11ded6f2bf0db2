"""The people of the demo: staff and customers of Brightwater, a made-up water and energy supplier.

The first ones are those of `demo.special`; the rest are made up from names, departments and dates
with the given random numbers. Addresses and phone numbers are of ranges that belong to nobody
(RFC 2606; Ofcom's numbers for drama).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from demo import special
from demo.names import FullName, pick
from demo.person import Person

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
    yield from special.STAFF[:count]
    taken: Counter[str] = Counter()
    for number in range(len(special.STAFF), count):
        if rng.random() < 0.04:
            yield _federated(pick(rng), number, rng, taken)
        else:
            yield _employee(pick(rng), number, rng, today, taken)


def customer_people(count: int, rng: random.Random) -> Iterator[Person]:
    """The people of the pool with e-mail addresses as usernames."""
    yield from special.CUSTOMERS[:count]
    taken: Counter[str] = Counter()
    for number in range(len(special.CUSTOMERS), count):
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


def _federated(name: FullName, number: int, rng: random.Random, taken: Counter[str]) -> Person:
    """Someone who signs in through the company's identity provider."""
    alias = _unique(f"{name.latin_given}.{name.latin_family}", taken)
    created = _days(rng, 700)
    groups = (special.OKTA, *((rng.choice(("customer-service", "auditors")),) if rng.random() < 0.5 else ()))
    attributes = {
        "email": f"{alias}@{DOMAIN}",
        "email_verified": "false",
        "given_name": name.given,
        "family_name": name.family,
        "identities": special.identity(f"00u{number:x}bw", created),
    }
    username = f"{special.OKTA}_{alias}@{DOMAIN}"
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
