"""A configuration file reads back as it was written; anything else is refused with a reason."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.configuration import bundle
from services.configuration.bundle import Bundle, Entry
from services.errors import FileRejected, InvalidValue
from services.store.applications import Application
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord

AT = datetime(2026, 11, 23, tzinfo=UTC)
WORDS = "correct horse battery staple"
KEYS = ConnectionSecret("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI")
KINDS = CredentialKind
WHOLE = Bundle(
    connections=(
        Entry(
            Connection("Äpplen <b>", "eu-north-1", KINDS.STATIC, "123456789012", secret=KEYS),
            source=KINDS.STATIC,
        ),
        Entry(Connection("Profile", "us-east-1", KINDS.PROFILE, profile="ops"), source=KINDS.PROFILE),
    ),
    pools=(Entry(PoolRecord("", "eu-north-1_AbC", "customers"), "Äpplen <b>"),),
    applications=(
        Entry(
            Application(
                "",
                "Billing",
                "7abc",
                "https://billing.example.com",
                "https://x.example.com/.well-known/openid-configuration",
                ("billing", "auditors"),
                {"billing": "Clerk"},
                secret="cl1entsecret",
                has_secret=True,
            ),
            "customers",
        ),
    ),
    with_secrets=True,
)


@pytest.fixture(scope="module")
def sealed():
    return bundle.write(WHOLE, WORDS, AT)


@pytest.fixture
def bare():
    return bundle.write(WHOLE, "", AT)


def document(data, **changes):
    return json.dumps({**json.loads(data), **changes}).encode()


def test_it_reads_back_with_its_secrets(sealed):
    assert bundle.has_secrets(sealed)
    assert bundle.read(sealed, WORDS) == WHOLE


def test_no_secret_stands_in_it_in_clear(sealed, bare):
    for data in (sealed, bare):
        for secret in (b"wJalrXUtnFEMI", b"AKIAIOSFODNN7EXAMPLE", b"cl1entsecret", b"horse"):
            assert secret not in data


def test_secrets_can_be_left_out_on_both_sides(sealed, bare):
    assert not bundle.has_secrets(bare)
    for found in (bundle.read(bare, None), bundle.read(sealed, None)):
        assert not found.with_secrets
        assert all(entry.record.secret is None for entry in (*found.connections, *found.applications))
        assert found.applications[0].record.has_secret


def test_a_wrong_passphrase_is_told_clearly(sealed):
    with pytest.raises(InvalidValue) as caught:
        bundle.read(sealed, WORDS + "x")
    assert caught.value.field == "passphrase"


def test_secrets_are_not_used_with_settings_they_were_not_exported_with(sealed):
    connections = json.loads(sealed)["connections"]
    connections[0]["endpoint_url"] = "https://elsewhere.example.com"
    with pytest.raises(InvalidValue, match="changed after it was exported"):
        bundle.read(document(sealed, connections=connections), WORDS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b"1" * 10_000,
        b'{"format": "cognito-ops-console/configuration", "version": 2}',
        b'{"format": "cognito-ops-console/configuration", "version": 1}',
        b" " * (bundle.LARGEST_FILE + 1),
    ],
    ids=range(10),
)
def test_other_files_are_refused(data):
    with pytest.raises(FileRejected) as caught:
        bundle.read(data, None)
    assert "Nothing was changed" in caught.value.message


@pytest.mark.parametrize("rows", [None, {}, ["x"], [{}], [{"name": 5}], [{"name": None}]])
@pytest.mark.parametrize("key", ["connections", "pools", "applications"])
def test_a_file_with_other_types_inside_is_refused(bare, key, rows):
    with pytest.raises(FileRejected):
        bundle.read(document(bare, **{key: rows}), None)


def test_a_name_that_stands_twice_is_refused():
    twice = replace(WHOLE.pools[0], record=replace(WHOLE.pools[0].record, name="CUSTOMERS"))
    data = bundle.write(replace(WHOLE, pools=(*WHOLE.pools, twice)), "", AT)
    with pytest.raises(FileRejected, match="twice"):
        bundle.read(data, None)


def test_secrets_stay_out_of_every_repr():
    assert "wJalrXUtnFEMI" not in repr(WHOLE)
    assert "cl1entsecret" not in repr(WHOLE)
