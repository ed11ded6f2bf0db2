"""The demo's pools, groups, app clients and people, put straight into this process's moto.

Deterministic: the same numbers give the same people; dates are relative to now.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from moto.cognitoidp.models import CognitoIdpUser

from demo.backend import backend_of

REGION = "eu-west-1"
CUSTOMERS = "Customers (e-mail)"
STAFF = "Staff (usernames)"


@dataclass(frozen=True, slots=True)
class Seeded:
    """The ids of the demo's pools."""

    customers: str
    staff: str


def seed(people: int, email_people: int) -> Seeded:
    """Fill this process's moto with the demo's two pools."""
    backend = backend_of(REGION)
    rng = random.Random(20)
    customers = backend.create_user_pool(CUSTOMERS, {"UsernameAttributes": ["email"]})
    staff = backend.create_user_pool(STAFF, {})
    for pool in (customers, staff):
        for name in ("billing", "auditors", "support"):
            backend.create_group(pool.id, name, f"The {name} group", None, None)
    for pool, count in ((customers, email_people), (staff, people)):
        for number in range(count):
            _person(pool, number, rng)
    return Seeded(customers.id, staff.id)


def _person(pool: Any, number: int, rng: random.Random) -> None:
    email = f"person{number}@brightwater.example"
    plain = "email" not in pool.extended_config.get("UsernameAttributes", [])
    user = CognitoIdpUser(
        pool.id,
        f"person{number}" if plain else None,
        "Demo-Passw0rd!",
        "CONFIRMED",
        [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
    )
    pool.users[user.username] = user
    group = rng.choice([*pool.groups.values(), None])
    if group is not None:
        group.users.add(user)
        user.groups.add(group)
