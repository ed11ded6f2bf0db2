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


@pytest.mark.parametrize("text", ["", "[]", "nonsense", "{}", "[1]", '[{"userId": "1"}]', "null"])
def test_what_can_not_be_read_names_nobody(text: str) -> None:
    assert identities_in(text) == ()
