"""Memberships are those of one person, and not of whoever has the same username by now."""

from __future__ import annotations

import pytest

from services.changes import Performed
from services.cognito.actions import AddToGroup, MembershipChange, RemoveFromGroup
from services.errors import UserNotFound
from services.pool_session import open_session_at
from services.several import ChangeState, perform_each
from tests.services.bulk.conftest import Bulk, aws_environment, staff

__all__ = ["aws_environment", "staff"]


@pytest.mark.parametrize("kind", [AddToGroup, RemoveFromGroup])
def test_whoever_was_made_anew_under_the_same_username_is_left_alone(
    kind: type[MembershipChange], staff: Bulk
) -> None:
    client, pool_id = staff.cognito.client(), staff.target.pool_id
    meant = staff.user("toby.ashworth").ref
    client.admin_delete_user(UserPoolId=pool_id, Username="toby.ashworth")
    client.admin_create_user(UserPoolId=pool_id, Username="toby.ashworth", MessageAction="SUPPRESS")
    if not kind.adds:
        client.admin_add_user_to_group(UserPoolId=pool_id, Username="toby.ashworth", GroupName="billing")
    there = staff.groups("toby.ashworth")
    path = open_session_at(staff.store, staff.target, staff.who).changes
    with pytest.raises(UserNotFound, match="not in the pool"):
        path.perform(kind(meant, "billing"))
    (outcome,) = perform_each(path, [kind(meant, "billing")])
    assert outcome.result is ChangeState.FAILED
    assert staff.groups("toby.ashworth") == there


def test_somebody_whom_lists_do_not_show_yet_is_added_all_the_same(
    staff: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_session_at(staff.store, staff.target, staff.who)
    meant = staff.user("toby.ashworth").ref
    monkeypatch.setattr(type(session.gateway), "iter_users", lambda *_: iter(()))
    done = session.changes.perform(AddToGroup(meant, "billing"))
    assert isinstance(done, Performed)
    assert "billing" in staff.groups("toby.ashworth")
