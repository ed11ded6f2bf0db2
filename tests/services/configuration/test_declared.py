"""A configuration written by hand: what it says over what is here, and every way to misspell it."""

from __future__ import annotations

import pytest

from services.configuration.declared import read
from services.errors import FileRejected
from services.roles import Role
from services.store.applications import Application
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store

WHOLE = """
[[connections]]
name = "AWS"
region = "eu-north-1"
kind = "role"
role_arn = "arn:aws:iam::123456789012:role/ops"

[[pools]]
connection = "AWS"
pool_id = "eu-north-1_a"
name = "staff"

[[applications]]
pool = "staff"
name = "Portal"
client_id = "abc"
allowed_groups = ["office", "field"]
group_roles = { office = "clerk" }

[[operators]]
username = "ann"
role = "admin"
"""


def test_every_section_is_read(store: Store) -> None:
    declared = read(WHOLE.encode(), store)
    ((connection,), (pool,), (application,)) = (
        declared.bundle.connections,
        declared.bundle.pools,
        declared.bundle.applications,
    )
    assert (connection.record.kind, connection.source) == (CredentialKind.ROLE, CredentialKind.DEFAULT)
    assert (pool.place, pool.record.pool_id) == ("AWS", "eu-north-1_a")
    assert application.record.allowed_groups == ("office", "field")
    assert application.record.group_roles == {"office": "clerk"}
    assert [(operator.username, operator.role) for operator in declared.operators] == [("ann", Role.ADMIN)]


def test_what_it_leaves_out_stays_as_it_is_here(store: Store) -> None:
    home = store.connections.add(
        Connection("AWS", "eu-north-1", CredentialKind.PROFILE, account="123456789012", profile="ops")
    )
    pool = store.pools.add(PoolRecord(home.id, "eu-north-1_a", "staff", phone_region="SE"))
    store.applications.add(Application(pool.id, "Portal", "abc", "https://portal.example.com"))
    text = (
        '[[connections]]\nname="aws"\nregion="eu-west-1"\nkind="profile"\n'
        '[[pools]]\nconnection="aws"\nname="STAFF"\npool_id="eu-north-1_a"\n'
        '[[applications]]\npool="staff"\nname="Portal"\nclient_id="def"\n'
    )
    bundle = read(text.encode(), store).bundle
    (connection,), (kept,), (application,) = bundle.connections, bundle.pools, bundle.applications
    assert (connection.record.region, connection.record.account) == ("eu-west-1", "123456789012")
    assert (connection.record.profile, connection.source) == ("ops", CredentialKind.PROFILE)
    assert kept.record.phone_region == "SE"
    assert application.record.application_url == "https://portal.example.com"
    assert application.record.client_id == "def"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[connections]", "not TOML"),
        ("[[conections]]\nname='AWS'", "section “conections”"),
        ("connections = 'AWS'", "written as [[connections]]"),
        (
            "[[connections]]\nname='AWS'\nregion='eu-west-1'\nkind='role'\nrole_anr='x'",
            "[[connections]] number 1 has “role_anr”",
        ),
        ("[[connections]]\nname='AWS'\nkind='default'", "[[connections]] number 1 lacks “region”"),
        ("[[pools]]\nname='staff'\npool_id='eu-north-1_a'", "[[pools]] number 1 lacks “connection”"),
        (
            "[[connections]]\nname='AWS'\nregion=5\nkind='default'",
            "“region” in the file isn't as it should be",
        ),
        ("[[connections]]\nname='AWS'\nregion='eu-west-1'\nkind='keys'", "kind of credentials"),
        (
            "[[connections]]\nname='A'\nregion='eu-west-1'\nkind='role'\nsource='moon'",
            "“moon” is no kind of credentials",
        ),
        ("[[connections]]\nname='A'\nregion='eu-west-1'\nkind='static'\nsecret='x'", "has “secret”"),
        ("[[operators]]\nusername='ann'\nrole='boss'", "“boss” is no role"),
        ("[[operators]]\nusername='ann'\nrole=1", "in quotation marks"),
        ("[[operators]]\nusername='ann'\nrole='admin'\npassword='x'", "has “password”"),
        ("\xff", "not TOML"),
    ],
)
def test_a_misspelt_file_is_refused_and_says_where(store: Store, text: str, said: str) -> None:
    with pytest.raises(FileRejected) as refused:
        read(text.encode("latin-1"), store)
    assert said in refused.value.message
    assert "Nothing was changed" in refused.value.message
