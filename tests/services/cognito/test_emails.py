"""E-mail addresses: the fast test never says yes where the library says no."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cognito.emails import problem

# dense in what decides: dots, dashes, digits, label ends, odd characters
pieces = st.text(alphabet="aZ09-._+'@ x\n\tö/!", min_size=0, max_size=12)
addresses = st.one_of(
    st.builds("{}@{}.{}".format, pieces, pieces, pieces),
    st.builds("{}@{}".format, pieces, st.from_regex(r"[a-z-]{1,5}(\.[a-z0-9-]{1,5}){0,3}", fullmatch=True)),
    st.emails(),
    st.text(max_size=30),
)


def library_takes(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as error:
        return "special-use" in str(error)
    return True


@settings(max_examples=400)
@given(addresses)
def test_the_answer_is_that_of_the_library(address: str) -> None:
    assert (problem(address) == "") == (address.isascii() and library_takes(address))


@pytest.mark.parametrize(
    "address",
    ["ann@example.com", "o'brien+news@mail.example.co.uk", "a@corp.local", "a@b.test", "A.B@xn--p1ai.com"],
)
def test_usual_addresses_are_fine(address: str) -> None:
    assert problem(address) == ""


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("ann.example.com", "exactly one @"),
        ("ann@b@example.com", "exactly one @"),
        ("ann@example.com, bo@example.com", "space"),
        ("ann@example", "period"),
        ("ann..ek@example.com", "two periods"),
        ("ann@exаmple.com", "another script"),
        ("jürgen@example.com", "accent"),
        ("a" * 250 + "@example.com", "at most 254"),
        ("ann@example.com\n", "line break"),
        ("", "exactly one @"),
    ],
)
def test_a_bad_address_is_explained(address: str, hint: str) -> None:
    assert hint in problem(address)
