"""People found by what is said on the phone: parts, numbers in any writing, names misheard."""

from __future__ import annotations

import pytest

from services.cognito.gateway import CognitoGateway
from services.directory.cache import PoolCache
from services.directory.finder import find_people, sounds
from services.directory.listing import Directory
from tests.fixtures.cognito import Cognito


@pytest.fixture(scope="module")
def directory(cognito: Cognito) -> Directory:
    client = cognito.client()
    for username, name, phone in (
        ("k.meyer", "Kristina Meyer", "+4915123456789"),
        ("s.lind", "Søren Lindqvist", "+46701234567"),
        ("p.schmidt", "Philipp Schmidt", ""),
    ):
        attributes = {"name": name, "email": f"{username}@finder.example"}
        if phone:
            attributes["phone_number"] = phone
        client.admin_create_user(
            UserPoolId=cognito.staff,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
        )
    return Directory(CognitoGateway(cognito.settings(), cognito.staff), PoolCache())


@pytest.mark.parametrize(
    ("query", "username"),
    [
        ("meyer", "k.meyer"),
        ("+49 (0)151 2345 6789", "k.meyer"),
        ("0151-23456789", "k.meyer"),
        ("0049 151 23456789", "k.meyer"),
        ("2345 67", "k.meyer"),
        ("070 123 45 67", "s.lind"),
        ("SOREN", "s.lind"),
    ],
)
def test_what_fits_is_found_in_any_writing(directory: Directory, query: str, username: str) -> None:
    found = find_people(directory, query)
    assert username in [user.username for user in found.found]
    assert found.near == ()


@pytest.mark.parametrize(
    ("query", "username"),
    [
        ("Meier", "k.meyer"),
        ("Christina Mayer", "k.meyer"),
        ("Lindkvist", "s.lind"),
        ("Lindqvst", "s.lind"),
        ("Filip Shmidt", "p.schmidt"),
        ("Schmdit", "p.schmidt"),
    ],
)
def test_a_name_misheard_or_mistyped_is_asked_about(directory: Directory, query: str, username: str) -> None:
    found = find_people(directory, query)
    assert found.found == ()
    assert username in [user.username for user in found.near]


@pytest.mark.parametrize("query", ["", "  ", "zzzzqqqq", "9999999999"])
def test_what_nobody_is_called_finds_nobody(directory: Directory, query: str) -> None:
    found = find_people(directory, query)
    assert (found.found, found.near) == ((), ())


def test_words_that_sound_alike_are_alike() -> None:
    assert sounds("meyer") == sounds("maier") == sounds("meier")
    assert sounds("philipp") == sounds("filip")
    assert sounds("hughes") == sounds("hues")
    assert sounds("ghosh") != sounds("osh")
    assert sounds("anna") != sounds("otto")
