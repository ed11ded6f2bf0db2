"""Puts the demo's pools and people straight into this process's moto.

Deterministic: the same numbers give the same people; dates are relative to now. Over HTTP it would
take a minute for 20,000 people, this way it takes a few seconds.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.cognitoidp.models import UserStatus
from moto.core.utils import utcnow

from demo import factors, identity_providers, linked_identities, pools
from demo.activity import add_activity
from demo.backend import AwsLikeBackend, backend_of
from demo.people import OKTA, PASSWORD, Person, customer_people, staff_people
from demo.pools import CONSOLE_PORT, REGION, ClientSeed, GroupSeed
from demo.user_pool import AwsLikePool
from demo.users import AwsLikeUser

NO_ADDRESS = "http://127.0.0.1:5055"  # for those whom nobody asks over HTTP
GROUPS_AGE = timedelta(days=900)


@dataclass(frozen=True, slots=True)
class Seeded:
    """The ids of the demo's pools."""

    customers: str
    staff: str


def seed(
    people: int, email_people: int, console_port: int = CONSOLE_PORT, address: str = NO_ADDRESS
) -> Seeded:
    """Fill this process's moto with the demo's two pools: so many staff, so many customers.

    The app clients accept callbacks to a console at `console_port` of this machine; at `address` the
    embedded Cognito itself will answer.
    """
    backend, now = backend_of(REGION), utcnow()
    customers = backend.create_user_pool(
        pools.CUSTOMERS, dict(pools.CUSTOMERS_CONFIG), _own_id(pools.CUSTOMERS_ID)
    )
    staff = backend.create_user_pool(pools.STAFF, dict(pools.STAFF_CONFIG), _own_id(pools.STAFF_ID))
    for pool, age in ((customers, 1500), (staff, 2400)):
        pool.creation_date = pool.last_modified_date = now - timedelta(days=age)
    factors.set_mfa_config(staff, pools.STAFF_MFA)
    staff.tracking.enabled = True
    backend.create_user_pool_domain(staff.id, "brightwater-staff")
    backend.create_user_pool_domain(customers.id, "brightwater")
    _add_groups(backend, customers, pools.CUSTOMER_GROUPS, now)
    _add_groups(backend, staff, pools.STAFF_GROUPS, now)
    okta = identity_providers.add(staff, OKTA, pools.okta_provider(address))
    okta.creation_date = okta.last_modified_date = now - GROUPS_AGE
    _add_clients(customers, (pools.PORTAL,), console_port)
    _add_clients(staff, (pools.BILLING_DESK, pools.FIELD_SERVICE), console_port)
    # Random numbers of their own, so that more people in one pool change nobody in the other.
    rng = random.Random(pools.CUSTOMERS)
    _add_people(customers, customer_people(email_people, rng), now, rng)
    rng = random.Random(pools.STAFF)
    _add_people(staff, staff_people(people, rng, now.date()), now, rng)
    add_activity(staff, now)
    _link(staff)
    return Seeded(customers.id, staff.id)


def _link(staff: AwsLikePool) -> None:
    """Somebody has two ways in: a password, and the company account, which she hasn't used yet."""
    ines = staff.find("ines.pena")
    if ines is not None:
        address = ines.attribute_lookup["email"]
        before = ines.last_modified_date
        linked_identities.link(staff, ines, OKTA, "email", address)
        ines.last_modified_date = before


def _own_id(pool_id: str) -> str:
    return pool_id.partition("_")[2]


def _add_groups(backend: AwsLikeBackend, pool: Any, groups: Iterable[GroupSeed], now: datetime) -> None:
    for group in groups:
        made = backend.create_group(
            pool.id, group.name, group.description, group.role_arn or None, group.precedence
        )
        made.creation_date = made.last_modified_date = now - GROUPS_AGE


def _add_clients(pool: Any, clients: Iterable[ClientSeed], console_port: int) -> None:
    for client in clients:
        config = pools.client_config(client, console_port)
        made = pool.backend.create_user_pool_client(pool.id, client.has_secret, config)
        del pool.clients[made.id]
        made.id = client.own_id
        made.created = made.modified = pool.creation_date
        made.secret = f"{random.Random(client.own_id).getrandbits(208):052x}"
        pool.clients[made.id] = made


def _add_people(pool: Any, persons: Iterable[Person], now: datetime, rng: random.Random) -> None:
    for person in persons:
        sub = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        user = AwsLikeUser(
            pool.id,
            person.username or sub,
            PASSWORD,
            _status(person.status),
            [{"Name": name, "Value": value} for name, value in {"sub": sub, **person.attributes}.items()],
        )
        user.id = sub
        user.update_attributes([{"Name": "sub", "Value": sub}])
        user.enabled = person.enabled
        user.create_date = now - timedelta(days=person.created)
        user.last_modified_date = now - timedelta(days=min(person.changed, person.created))
        user.password_set = user.last_modified_date
        _set_mfa(user, person.mfa)
        pool.users[user.username] = user
        for name in person.groups:
            group = pool.groups[pools.OKTA_GROUP if name == OKTA else name]
            group.users.add(user)
            user.groups.add(group)


def _status(name: str) -> Any:
    """moto compares its own four statuses by identity; AWS has four more."""
    return UserStatus[name] if name in UserStatus.__members__ else name


def _set_mfa(user: Any, mfa: str) -> None:
    user.token_verified = user.software_token_mfa_enabled = mfa == "SOFTWARE_TOKEN_MFA"
    user.sms_mfa_enabled = mfa == "SMS_MFA"
    user.preferred_mfa_setting = mfa
