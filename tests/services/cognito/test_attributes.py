"""Attribute rules by the pool's schema, and the form made from it."""

from __future__ import annotations

import time
from datetime import date

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cognito.attributes import (
    STANDARD,
    STANDARD_SCHEMA,
    AttributeRules,
    Widget,
    email_problem,
    form_field,
    form_fields,
    problems_with,
    tidy,
    title_of,
)
from services.cognito.models import SchemaAttribute, UserPool

# E-mail addresses: the fast test never says yes where the library says no.

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
    taken = address.isascii() and library_takes(address)
    if (
        taken
        and "letters; complete" not in (problem := email_problem(address))
        and "no letter and" not in problem
    ):
        assert problem == ""
    elif not taken:
        assert email_problem(address)


@pytest.mark.parametrize(
    ("address", "hint"),
    [("ann@example.o", "at least two letters"), ("=@example.org", "no letter and no digit")],
)
def test_an_address_that_the_library_takes_and_nobody_has_is_told(address: str, hint: str) -> None:
    assert library_takes(address)
    assert hint in email_problem(address)


@pytest.mark.parametrize(
    "address",
    ["ann@example.com", "o'brien+news@mail.example.co.uk", "a@corp.local", "a@b.test", "A.B@xn--p1ai.com"],
)
def test_usual_addresses_are_fine(address: str) -> None:
    assert email_problem(address) == ""


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("ann.example.com", "exactly one @"),
        ("ann@b@example.com", "exactly one @"),
        ("ann@example.com, bo@example.com", "space"),
        ("ann@example", "period"),
        ("SMTP:ann@example.com", "if “ann@example.com” is meant, write that"),
        ("sip:ann@example.com", "“sip:” stands before the e-mail address"),
        ("ann..ek@example.com", "two periods"),
        ("ann@exаmple.com", "another script"),
        ("jürgen@example.com", "accent"),
        ("a" * 250 + "@example.com", "at most 254"),
        ("ann@example.com\n", "line break"),
        ("", "exactly one @"),
    ],
)
def test_a_bad_address_is_explained(address: str, hint: str) -> None:
    assert hint in email_problem(address)


OWN = (
    SchemaAttribute("given_name", required=True, min_length=0, max_length=2048),
    SchemaAttribute("custom:cost_centre", min_length=2, max_length=6),
    SchemaAttribute("custom:badge", required=True, mutable=False, max_length=10),
    SchemaAttribute("custom:floor", "Number", min_value=1, max_value=40),
    SchemaAttribute("custom:remote", "Boolean"),
    SchemaAttribute("custom:joined", "DateTime"),
    SchemaAttribute("custom:note"),
)
POOL = UserPool(
    id="p",
    name="Staff",
    schema=(*(attribute for attribute in STANDARD_SCHEMA if attribute.name != "given_name"), *OWN),
)
BY_EMAIL = UserPool(
    id="p", name="Customers", username_attributes=frozenset({"email"}), schema=STANDARD_SCHEMA
)


def ok(name: str, value: str, *, creating: bool = True, pool: UserPool = POOL) -> bool:
    return problems_with(name, value, pool, creating) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", "ann@example.com"),
        ("phone_number", "+46701234567"),
        ("phone_number", "+6834321"),
        ("birthdate", "2024-02-29"),
        ("email_verified", "true"),
        ("updated_at", "0"),
        ("name", "x" * 2048),
        ("name", "Zoë 👩‍🚀 陳 <b>=1+1"),
        ("address", "Storgatan 1\n111 22 Stockholm"),
        ("custom:cost_centre", "A-12"),
        ("custom:floor", "40"),
        ("custom:floor", "1.5"),
        ("custom:remote", "false"),
        ("custom:joined", "2026-03-31T09:00:00Z"),
        ("custom:joined", "1767225600"),
        ("custom:note", "å" * 1024),
    ],
)
def test_these_values_are_fine(name: str, value: str) -> None:
    assert problems_with(name, value, POOL, True) == []


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("email", "ann@@example.com", "exactly one @"),
        ("phone_number", "0701234567", "starts with +"),
        ("phone_number", "+46 70 123 45 67", "nothing else"),
        ("phone_number", "+4670123456789012", "7 to 15"),
        ("phone_number", "+٤٦٧٠١٢٣٤٥٦٧", "7 to 15"),
        ("phone_number", "+46701234567\n", "nothing else"),
        ("birthdate", "31/12/1990", "1990-12-31"),
        ("birthdate", "2023-02-29", "no such day"),
        ("birthdate", "2023-W10-1", "1990-12-31"),
        ("email_verified", "TRUE", "true or false"),
        ("updated_at", "-1", "smallest"),
        ("updated_at", "yesterday", "number"),
        ("name", "x" * 2049, "at most 2048"),
        ("name", "Ann\x00", "control character"),
        ("custom:cost_centre", "A", "at least 2"),
        ("custom:cost_centre", "A123456", "at most 6"),
        ("custom:floor", "41", "largest number allowed is 40"),
        ("custom:floor", "1e3", "digits only"),
        ("custom:floor", "NaN", "digits only"),
        ("custom:remote", "yes", "true or false"),
        ("custom:joined", "next Monday", "2026-03-31"),
        ("custom:joined", "2026-W05", "2026-03-31"),
        ("custom:joined", "2026-02-30", "2026-03-31"),
        ("custom:joined", "20260331T090000Z", "2026-03-31"),
        ("custom:note", "å" * 1025, "bytes"),
        ("custom:nope", "1", "no attribute"),
        ("sub", "1", "Cognito itself"),
        ("identities", "[]", "Cognito itself"),
        ("cognito:mfa_enabled", "true", "Cognito itself"),
    ],
)
def test_these_values_are_refused_with_a_reason(name: str, value: str, hint: str) -> None:
    assert any(hint in text for text in problems_with(name, value, POOL, True))


def test_an_immutable_attribute_is_written_only_at_creation() -> None:
    assert ok("custom:badge", "77")
    assert not ok("custom:badge", "77", creating=False)
    assert not ok("custom:badge", "", creating=False)


def test_emptying_deletes_unless_the_attribute_is_needed() -> None:
    assert ok("nickname", "", creating=False)
    assert ok("custom:cost_centre", "", creating=False)
    assert not ok("given_name", "", creating=False)
    assert not ok("email", "", creating=False, pool=BY_EMAIL)


def test_a_missing_required_attribute_matters_when_nobody_will_ask_for_it() -> None:
    rules = AttributeRules(POOL)
    assert rules.row_problems({"custom:badge": "7"}, creating=True) == []
    assert [name for name, _ in rules.row_problems({}, creating=True)] == ["custom:badge"]
    names = [name for name, _ in rules.row_problems({}, creating=True, password_is_permanent=True)]
    assert names == ["given_name", "custom:badge"]
    assert rules.row_problems({}, creating=False) == []
    assert rules.missing_for_sign_in({"custom:badge": "7"}) == ["given_name"]


def test_every_problem_of_a_row_is_told_at_once() -> None:
    values = {"email": "x", "birthdate": "1", "custom:floor": "99", "custom:badge": "7"}
    found = AttributeRules(POOL).row_problems(values, creating=True)
    assert [name for name, _ in found] == ["email", "birthdate", "custom:floor"]


def test_nothing_can_be_verified_that_is_not_there() -> None:
    rules = AttributeRules(BY_EMAIL)
    verified = {"email_verified": "true"}
    assert rules.row_problems(verified, creating=False)
    assert rules.row_problems(verified, creating=False, current={"email": "a@example.com"}) == []
    emptied = {"email_verified": "true", "email": ""}
    assert rules.row_problems(emptied, creating=False, current={"email": "a@example.com"})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("email_verified", " TRUE ", "true"),
        ("custom:remote", "No", "false"),
        ("custom:remote", "maybe", "maybe"),
        ("phone_number", "+46 (70) 123-45 67", "+46701234567"),
        ("phone_number", "070-123 45 67", "070-123 45 67"),
        ("phone_number", "+46 ext 5", "+46 ext 5"),
        ("name", "  Ann Ek ", "Ann Ek"),
        ("custom:unknown", " x ", "x"),
    ],
)
def test_only_what_is_beyond_doubt_is_tidied(name: str, value: str, expected: str) -> None:
    assert tidy(name, value, POOL) == expected


names = st.sampled_from([attribute.name for attribute in POOL.schema])


@given(names, st.text(max_size=60))
def test_any_text_gets_an_answer_and_tidying_settles(name: str, value: str) -> None:
    once = tidy(name, value, POOL)
    assert tidy(name, once, POOL) == once
    assert all(isinstance(text, str) for text in problems_with(name, once, POOL, True))


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_real_day_is_a_birthdate(day: date) -> None:
    assert ok("birthdate", day.isoformat())


@given(st.integers(), st.integers(1, 40))
def test_numbers_are_held_to_the_bounds_of_the_pool(outside: int, inside: int) -> None:
    assert ok("custom:floor", str(inside))
    assert ok("custom:floor", str(outside)) == (1 <= outside <= 40)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=3000))
def test_length_is_the_only_limit_of_ordinary_text(value: str) -> None:
    assert ok("nickname", value) == (len(value) <= 2048)
    assert ok("custom:note", value) == (len(value.encode()) <= 2048)


def test_fifty_thousand_rows_are_checked_in_seconds() -> None:
    rules = AttributeRules(POOL)
    started = time.process_time()
    for row in range(50_000):
        values = {
            "email": f"person{row}@example.com",
            "given_name": "Ann",
            "family_name": "Ek",
            "phone_number": f"+4670{row:07}",
            "birthdate": "1990-12-31",
            "custom:floor": "7",
            "custom:badge": str(row),
            "email_verified": "true",
        }
        assert not rules.row_problems(values, creating=True)
    assert time.process_time() - started < 10


def test_every_standard_attribute_has_a_plain_title_and_help() -> None:
    for text in STANDARD.values():
        assert text.title
        assert "_" not in text.title
        assert text.help.endswith(".")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("given_name", "First name"),
        ("custom:cost_centre", "Cost centre"),
        ("custom:costCentre", "Cost Centre"),
        ("dev:custom:x-y", "Custom:x y"),
        ("custom:", "custom:"),
    ],
)
def test_attributes_are_called_by_plain_words(name: str, title: str) -> None:
    assert title_of(name) == title


def test_the_form_starts_with_what_is_required_and_states_limits() -> None:
    fields = form_fields(POOL, creating=True)
    assert [field.name for field in fields[:2]] == ["given_name", "custom:badge"]
    by_name = {field.name: field for field in fields}
    assert "sub" not in by_name
    assert by_name["email"].widget is Widget.EMAIL
    assert by_name["custom:floor"].widget is Widget.NUMBER
    assert by_name["custom:floor"].help == "A number. 1 to 40."
    assert by_name["custom:cost_centre"].help == "Text. 2 to 6 characters."
    assert "can't be changed later" in by_name["custom:badge"].help
    assert by_name["name"].max_length == 2048


def test_what_cannot_be_changed_is_left_out_when_editing() -> None:
    assert "custom:badge" not in {field.name for field in form_fields(POOL, creating=False)}


def test_a_field_states_a_single_bound() -> None:
    assert form_field(SchemaAttribute("custom:a", "Number", min_value=3)).help == "A number. At least 3."
    assert form_field(SchemaAttribute("custom:a", max_length=9)).help == "Text. At most 9 characters."
