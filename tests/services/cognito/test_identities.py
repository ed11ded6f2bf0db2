"""The attribute `identities`, read and written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.cognito.identities import LinkedIdentity, identities_in, written_identities

GOOGLE = LinkedIdentity("Google", "1234", "Google", True, datetime(2026, 11, 2, tzinfo=UTC))


def test_what_is_written_is_read_again() -> None:
    okta = LinkedIdentity("Okta", "00u1", "OIDC")
    assert identities_in(written_identities([GOOGLE, okta])) == (GOOGLE, okta)
    assert GOOGLE.username == "Google_1234"


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "nonsense", "{}", "[1]", "[null]", '[{"userId": "1"}]', "null", "5", "true"),
        *('[{"providerName": null}]', '[{"providerName": {"a": 1}}]', "[" * 100_000),
    ],
)
def test_what_can_not_be_read_names_nobody(text: str) -> None:
    assert identities_in(text) == ()


@pytest.mark.parametrize(
    "since", ['"x"', "99999999999999999999", "1e400", "-99999999999999999", "[1]", "true"]
)
def test_a_time_that_is_none_hides_no_account(since: str) -> None:
    (found,) = identities_in(
        f'[{{"providerName": "Okta", "userId": "a1", "dateCreated": {since}}}, {{"a": 1}}]'
    )
    assert (found.username, found.linked_at) == ("Okta_a1", None)
