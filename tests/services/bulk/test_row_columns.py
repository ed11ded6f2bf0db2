"""Columns that single actions read for themselves: a second factor, an account at a provider."""

from __future__ import annotations

import pytest

from services.bulk.columns import recognise
from services.bulk.model import RowResult, RowVerdict
from services.bulk.plan import plan_for_people
from services.bulk.row_actions import RowAction, row_columns
from services.cognito.actions import LinkIdentity, SetMfaPreference
from services.cognito.sign_in import MfaConfig
from services.store.jobs import JobState
from tests.services.bulk.conftest import Bulk, aws_environment, only, said, staff

__all__ = ["aws_environment", "staff"]


def test_every_column_of_an_action_is_recognised_by_its_name_and_by_others(staff: Bulk) -> None:
    pool = staff.gateway.describe_pool()
    for column in row_columns().values():
        for heading in (column.name, column.name.replace("_", " ").upper(), *column.synonyms):
            assert list(recognise([heading], pool).used) == [column.name], heading


def test_a_row_sets_a_second_factor(staff: Bulk) -> None:
    plan = staff.plan(
        ("username", "action", "second_factor"), ("ann.lindqvist", "set_mfa_preference", "none")
    )
    (step,) = only(plan).steps
    assert step.change == SetMfaPreference(staff.user("ann.lindqvist").ref, "")
    wrong = only(
        staff.plan(("username", "action", "second_factor"), ("ann.lindqvist", "set_mfa_preference", "pigeon"))
    )
    assert wrong.verdict is RowVerdict.INVALID
    assert "is no second factor" in said(wrong)


@pytest.mark.parametrize(
    ("head", "cells"),
    [(("second_factor",), ("",)), (("second_factor",), ("  ",)), ((), ()), (("Method of proof",), ("app",))],
)
def test_second_factors_are_switched_off_by_a_word_and_by_nothing_else(
    staff: Bulk, head: tuple[str, ...], cells: tuple[str, ...]
) -> None:
    row = only(staff.plan(("username", "action", *head), ("megan.hughes", "set_mfa_preference", *cells)))
    assert (row.verdict, row.steps) == (RowVerdict.INVALID, ())
    assert "Nothing says which second factor" in said(row)
    assert "only the word none switches them off" in said(row)


@pytest.mark.parametrize("heading", ["MFA", "MFA method", "Second factor type"])
def test_a_second_factor_is_read_below_the_headings_that_other_programs_write(
    staff: Bulk, heading: str
) -> None:
    (step,) = only(
        staff.plan(("username", "action", heading), ("megan.hughes", "set_mfa_preference", "TOTP"))
    ).steps
    assert step.change.wanted == "set the second factor to authenticator app"


def test_a_row_links_an_account_and_says_when_it_does_not_say_which(staff: Bulk) -> None:
    head = ("username", "action", "identity_provider", "provider_user_id")
    (step,) = only(staff.plan(head, ("ann.lindqvist", "link", "Okta", "00u77"))).steps
    assert step.change == LinkIdentity(staff.user("ann.lindqvist").ref, "Okta", "00u77")
    assert "The cell is empty" in said(only(staff.plan(head, ("ann.lindqvist", "link", "Okta", ""))))


def test_people_selected_on_a_page_get_what_was_chosen_for_all_of_them(staff: Bulk) -> None:
    plan = plan_for_people(
        staff.gateway,
        [staff.user("ann.lindqvist")],
        RowAction.of(SetMfaPreference),
        values={"second_factor": "app"},
    )
    assert only(plan).steps[0].change.wanted == "set the second factor to authenticator app"


def test_an_account_is_linked_with_one_person_of_a_file(staff: Bulk) -> None:
    head = ("username", "action", "identity_provider", "provider_user_id")
    plan = staff.plan(
        head,
        ("ann.lindqvist", "link", "Okta", "w1"),
        ("bo.li", "link", "Okta", "w1"),
        ("toby.ashworth", "link", "Okta", "w2"),
    )
    assert [row.verdict for row in plan.rows] == [RowVerdict.CHANGE, RowVerdict.INVALID, RowVerdict.CHANGE]
    assert "Row 2 links the same account with somebody else" in said(plan.rows[1])


def test_what_the_pool_does_not_have_is_said_before_anything_is_carried_out(staff: Bulk) -> None:
    head = ("username", "action", "identity_provider", "provider_user_id")
    row = only(staff.plan(head, ("ann.lindqvist", "link", "okta", "w1")))
    assert row.verdict is RowVerdict.INVALID
    assert "no identity provider “okta”. Choose one of:" in said(row)


@pytest.mark.parametrize(
    ("word", "complaint"),
    [("none", "This pool requires a second factor"), ("email", "doesn't offer the code by e-mail")],
)
def test_second_factors_are_held_against_what_the_pool_demands_and_offers(
    staff: Bulk, word: str, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(staff.gateway), "mfa_config", lambda _: MfaConfig("ON", totp=True))
    head = ("username", "action", "second_factor")
    row = only(staff.plan(head, ("megan.hughes", "set_mfa_preference", word)))
    assert row.verdict is RowVerdict.INVALID
    assert complaint in said(row)


def test_whoever_has_no_app_is_done_when_apps_are_removed(staff: Bulk) -> None:
    plan = staff.plan(
        ("username", "action"), *[(name, "remove_authenticator") for name in ("bo.li", "ann.lindqvist")]
    )
    job, outcomes = staff.run(plan)
    assert [outcome.result for outcome in outcomes] == [RowResult.DONE] * 2
    assert "There was no authenticator app." in outcomes[0].message
    assert job.state is JobState.FINISHED
