"""Domains that are one slip away from a usual one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.bulk.cells.mail_domains import MailDomains
from services.bulk.model import ProblemSeverity, RowVerdict
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import bulk_on


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("ann@gmial.com", "gmail.com"),
        ("ann@GMAL.com", "gmail.com"),
        ("ann@hotmail.con", "hotmail.com"),
        ("ann@outlok.com", "outlook.com"),
        ("ann@gmail.com", ""),
        ("ann@mail.com", ""),
        ("ann@ymail.com", ""),
        ("ann@yahoo.de", ""),
        ("ann@example.org", ""),
        ("ann", ""),
        ("", ""),
    ],
)
def test_a_slip_in_the_name_of_a_known_provider_is_told(address: str, meant: str) -> None:
    assert MailDomains([address]).meant(address) == meant


def test_what_is_usual_in_a_file_tells_what_is_rare() -> None:
    usual = [f"p{n}@brightwater.example" for n in range(10)]
    assert MailDomains([*usual, "x@brigthwater.example"]).meant("x@brigthwater.example") == (
        "brightwater.example"
    )


def test_two_companies_of_like_names_are_no_slips_of_each_other() -> None:
    addresses = [f"p{n}@abc-one.example" for n in range(30)] + [f"q{n}@abd-one.example" for n in range(5)]
    domains = MailDomains(addresses)
    assert {domains.meant(address) for address in addresses} == {""}
    assert MailDomains(["a@abc.example", "b@abd.example"]).meant("b@abd.example") == ""


def test_the_row_is_created_and_the_slip_is_said(
    store: Store, cognito: Cognito, aws_environment: None, empty_pool: Callable[..., str]
) -> None:
    staff = bulk_on(store, cognito, empty_pool())
    header, rows = ("username", "email"), [("ann", "ann@gmial.com"), ("bo", "bo@gmail.com")]
    slip, right = staff.plan(header, *rows).rows
    assert slip.verdict is right.verdict is RowVerdict.CREATE
    (problem,) = [found for found in slip.problems if found.attribute == "email"]
    assert (problem.severity, problem.column) == (ProblemSeverity.WARNING, "email")
    assert "gmail.com" in problem.what
    assert not [found for found in right.problems if "close to one" in found.what]
    staff.apply(header, *rows)
    again = staff.plan(header, *rows).rows
    assert not [found for row in again for found in row.problems if "close to one" in found.what], (
        "they exist"
    )
