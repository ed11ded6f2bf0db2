"""Groups that give an AWS role or are protected: who may put people into them, said before and held to."""

from __future__ import annotations

import pytest

from services.cognito.actions import AddToGroup, RemoveFromGroup
from services.cognito.models import Group, PersonRef
from services.errors import NotPermitted
from services.group_guard import GroupGuard
from services.pool_session import PoolSession, open_pool_session
from services.roles import Actor, Origin, Role
from services.store.activity import Why
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito

SAM = Actor("op-sam", "Sam", Role.SUPPORT, Origin.BROWSER)
KIM = Actor("op-kim", "Kim", Role.SUPPORT, Origin.BROWSER)
ANN = PersonRef("ann", "sub-ann", "ann@example.com")
MAX = Actor("op-max", "Max", Role.MANAGER, Origin.BROWSER)
GROUPS = (Group("billing"), Group("cloud", role_arn="arn:aws:iam::123456789012:role/x"), Group("board"))


@pytest.fixture
def guard(store: Store) -> GroupGuard:
    return GroupGuard(store, "pool-1", lambda: GROUPS)


def test_a_group_with_an_aws_role_needs_a_manager(guard: GroupGuard) -> None:
    assert guard.why_not("billing", SAM) == ""
    assert guard.why_not("cloud", MAX) == ""
    why = guard.why_not("cloud", SAM)
    assert why == ("cloud also gives rights in AWS, through an IAM role. Only a manager puts people into it.")


def test_a_protected_group_needs_a_manager_or_whoever_is_named_with_it(
    guard: GroupGuard, store: Store
) -> None:
    guard.protect("board", [KIM.operator_id], MAX, Why(reason="board papers"))
    assert guard.why_not("board", KIM) == ""
    assert "Only a manager or somebody named for it" in guard.why_not("board", SAM)
    assert set(guard.guarded()) == {"cloud", "board"}
    (line,) = store.activity.search(action="protect_group")
    assert (line.target_name, line.reason, line.after["protected"]) == ("board", "board papers", True)
    guard.protect("board", None, MAX, Why())
    assert guard.why_not("board", SAM) == ""


def test_only_managers_protect(guard: GroupGuard) -> None:
    with pytest.raises(NotPermitted):
        guard.protect("board", [], SAM, Why())
    assert guard.protected() == {}


def test_another_pool_has_groups_of_its_own(guard: GroupGuard, store: Store) -> None:
    guard.protect("board", [], MAX, Why())
    assert GroupGuard(store, "pool-2", lambda: GROUPS).protected() == {}


def test_taking_somebody_out_is_nobody_elses_business(guard: GroupGuard) -> None:
    guard.check(RemoveFromGroup(ANN, "cloud"), SAM)
    with pytest.raises(NotPermitted, match="Nothing was changed"):
        guard.check(AddToGroup(ANN, "cloud"), SAM)


@pytest.fixture
def session(store: Store, cognito: Cognito) -> PoolSession:
    connection = store.connections.add(
        Connection(
            name="Embedded",
            region=cognito.region,
            kind=CredentialKind.STATIC,
            account="123456789012",
            endpoint_url=cognito.url,
            secret=ConnectionSecret(ACCESS_KEY, SECRET_KEY),
        )
    )
    pool = store.pools.add(PoolRecord(connection.id, cognito.staff, "staff"))
    return open_pool_session(store, pool, lambda: SAM)


def test_the_one_path_holds_to_it_whoever_asks(session: PoolSession, cognito: Cognito, store: Store) -> None:
    session.guard.protect("training", [], MAX, Why())
    user = session.gateway.find_user(username="kirsten")
    assert user is not None
    with pytest.raises(NotPermitted, match="training is protected"):
        session.changes.perform(AddToGroup(user.ref, "training"))
    assert "kirsten" not in cognito.members(cognito.staff, "training")
    assert store.activity.search(action="add_to_group") == []
