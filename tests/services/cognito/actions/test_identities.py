"""Links with accounts elsewhere: whose an account is by now decides, not whose it was."""

from __future__ import annotations

import pytest

from services.bulk.model import RowResult
from services.cognito.actions import UnlinkIdentity
from services.cognito.identities import SUBJECT
from services.errors import InvalidValue
from services.pool_session import PoolSession, open_session_at
from tests.services.bulk.conftest import Bulk, aws_environment, staff

__all__ = ["aws_environment", "staff"]


@pytest.fixture
def session(staff: Bulk) -> PoolSession:
    """The pool as an operator works on it from pages."""
    return open_session_at(staff.store, staff.target, staff.who)


def link(staff: Bulk, username: str, account: str, by: str = SUBJECT) -> None:
    """Link an account at Okta elsewhere than in this console."""
    staff.cognito.client().admin_link_provider_for_user(
        UserPoolId=staff.target.pool_id,
        DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": username},
        SourceUser=_at_okta(account, by),
    )


def unlink(staff: Bulk, account: str) -> None:
    """Take the link away elsewhere."""
    staff.cognito.client().admin_disable_provider_for_user(
        UserPoolId=staff.target.pool_id, User=_at_okta(account, SUBJECT)
    )


def _at_okta(account: str, by: str) -> dict[str, str]:
    return {"ProviderName": "Okta", "ProviderAttributeName": by, "ProviderAttributeValue": account}


def linked(staff: Bulk, username: str, account: str) -> bool:
    """Whether the person is linked with that account now."""
    return f'"{account}"' in staff.user(username).attributes.get("identities", "")


def test_a_link_that_somebody_else_has_by_now_is_not_taken_from_them(
    session: PoolSession, staff: Bulk
) -> None:
    link(staff, "ann.lindqvist", "x1")
    ann = staff.user("ann.lindqvist")
    unlink(staff, "x1")
    link(staff, "bo.li", "x1")
    with pytest.raises(InvalidValue, match=r"isn't linked with that account \(any more\)") as caught:
        session.changes.perform(UnlinkIdentity(ann.ref, "Okta", "x1"))
    assert "nothing was changed" in caught.value.message
    assert linked(staff, "bo.li", "x1")


def test_a_link_by_somebody_elses_address_is_not_taken_from_them(session: PoolSession, staff: Bulk) -> None:
    ann = staff.user("ann.lindqvist")
    link(staff, "bo.li", ann.email, by="email")
    with pytest.raises(InvalidValue, match="isn't linked with that account"):
        session.changes.perform(UnlinkIdentity(ann.ref, "Okta", ann.email))
    assert linked(staff, "bo.li", ann.email)


def test_a_row_whose_link_moved_since_it_was_planned_is_not_sent(staff: Bulk) -> None:
    link(staff, "ann.lindqvist", "y1")
    plan = staff.plan(
        ("username", "action", "identity_provider", "provider_user_id"),
        ("ann.lindqvist", "unlink", "Okta", "y1"),
    )
    unlink(staff, "y1")
    link(staff, "bo.li", "y1")
    _, (outcome,) = staff.run(plan)
    assert outcome.result is not RowResult.DONE
    assert "unlinked from Okta_y1 meanwhile" in outcome.message
    assert linked(staff, "bo.li", "y1")
