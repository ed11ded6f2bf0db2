"""Linking identities of other providers to people of the embedded Cognito."""

from __future__ import annotations

import json
from typing import Any

import pytest

from demo import identity_providers, linked_identities
from demo.backend import backend_of
from demo.people import OKTA
from demo.pools import STAFF_ID
from tests.demo.conftest import Ask

PARTS = ("ProviderName", "ProviderAttributeName", "ProviderAttributeValue")
PAUL = "paul.weiss@brightwater.example"


def part(*values: str) -> dict[str, str]:
    return dict(zip(PARTS, values, strict=True))


def linking(username: str, attribute: str, value: str, provider: str = OKTA) -> dict[str, Any]:
    return {
        "UserPoolId": STAFF_ID,
        "DestinationUser": part("Cognito", "", username),
        "SourceUser": part(provider, attribute, value),
    }


def identities(boto: Any, username: str) -> list[dict[str, Any]]:
    user = boto.admin_get_user(UserPoolId=STAFF_ID, Username=username)
    held = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
    return list(json.loads(held.get("identities", "[]")))


def unlink(provider: str, attribute: str, value: str) -> dict[str, Any]:
    return {"UserPoolId": STAFF_ID, "User": part(provider, attribute, value)}


def test_a_link_shows_on_the_profile_until_it_is_taken_off(ask: Ask, refused: Any, boto: Any) -> None:
    ask("AdminLinkProviderForUser", **linking("bo.li", "email", "bo@company.example"))
    (told,) = identities(boto, "bo.li")
    assert (told["userId"], told["providerName"], told["primary"]) == ("bo@company.example", OKTA, False)
    again = linking("bo.li", "email", "bo@company.example")
    assert refused("AdminLinkProviderForUser", **again) == "InvalidParameterException"
    other = linking("kirsten", "email", "bo@company.example")
    assert refused("AdminLinkProviderForUser", **other) == "AliasExistsException"
    ask("AdminDisableProviderForUser", **unlink(OKTA, "email", "bo@company.example"))
    assert identities(boto, "bo.li") == []


def test_whoever_signed_in_already_cannot_be_linked(refused: Any) -> None:
    by_subject = linking("bo.li", "Cognito_Subject", PAUL)
    assert refused("AdminLinkProviderForUser", **by_subject) == "InvalidParameterException"
    assert (
        refused("AdminLinkProviderForUser", **linking("bo.li", "email", PAUL)) == "InvalidParameterException"
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (linking("nobody", "email", "x@y.example"), "UserNotFoundException"),
        (linking("bo.li", "email", "x@y.example", "Nowhere"), "ResourceNotFoundException"),
        (linking("bo.li", "Cognito_Subject", "rolf.vogt", "Cognito"), "InvalidParameterException"),
        (linking("bo.li", "nickname", "bo"), "InvalidParameterException"),
        (linking("bo.li", "email", ""), "InvalidParameterException"),
    ],
)
def test_links_that_can_t_be(refused: Any, given: dict[str, Any], code: str) -> None:
    assert refused("AdminLinkProviderForUser", **given) == code


def test_five_identities_are_the_most(ask: Ask, refused: Any) -> None:
    for number in range(5):
        ask("AdminLinkProviderForUser", **linking("mark.down", "email", f"{number}@company.example"))
    sixth = linking("mark.down", "email", "6@company.example")
    assert refused("AdminLinkProviderForUser", **sixth) == "LimitExceededException"


def test_after_the_first_sign_in_the_subject_names_the_link(ask: Ask, refused: Any) -> None:
    pool = backend_of("eu-west-1").user_pools[STAFF_ID]
    ask("AdminLinkProviderForUser", **linking("kirsten", "email", "kirsten@company.example"))
    okta = identity_providers.find(pool, OKTA)
    found = linked_identities.owner_of(pool, okta, "00u77", {"email": "kirsten@company.example"})
    assert found is pool.users["kirsten"]
    by_email = unlink(OKTA, "email", "kirsten@company.example")
    assert refused("AdminDisableProviderForUser", **by_email) == "UserNotFoundException"
    ask("AdminDisableProviderForUser", **unlink(OKTA, "Cognito_Subject", "00u77"))
    assert linked_identities.owner_of(pool, okta, "00u77", {"email": "x@y.example"}) is None


def test_a_local_user_loses_the_password_and_a_federated_profile_its_way_in(ask: Ask, boto: Any) -> None:
    ask("AdminDisableProviderForUser", **unlink("Cognito", "Cognito_Subject", "x"))
    factors = ask("AdminGetUserAuthFactors", UserPoolId=STAFF_ID, Username="x")
    assert "PASSWORD" not in factors["ConfiguredUserAuthFactors"]
    ask("AdminDisableProviderForUser", **unlink(OKTA, "Cognito_Subject", PAUL))
    assert not boto.admin_get_user(UserPoolId=STAFF_ID, Username=f"{OKTA}_{PAUL}")["Enabled"]


def test_a_federated_profile_can_be_linked_to_too(ask: Ask, boto: Any) -> None:
    mira = "mira.petrova@brightwater.example"
    given = linking("", "email", "mira@home.example")
    given["DestinationUser"] = part(OKTA, "", mira)
    ask("AdminLinkProviderForUser", **given)
    found = identities(boto, f"{OKTA}_{mira}")
    assert [identity["primary"] for identity in found] == [True, False]
