"""Who may do what: every permission for every role, written out a second time on purpose."""

from __future__ import annotations

import pytest

from services.errors import NotPermitted
from services.roles import Actor, Origin, Permission, Role, allows, least_role, roles_that_may

P = Permission
LEAST = {
    P.READ: Role.AUDITOR,
    P.EXPORT: Role.AUDITOR,
    P.USER_CREATE: Role.SUPPORT,
    P.USER_EDIT: Role.SUPPORT,
    P.USER_ENABLE: Role.SUPPORT,
    P.USER_DISABLE: Role.SUPPORT,
    P.USER_PASSWORD: Role.SUPPORT,
    P.USER_INVITE: Role.SUPPORT,
    P.USER_CONFIRM: Role.SUPPORT,
    P.USER_SIGN_OUT: Role.SUPPORT,
    P.USER_FACTORS: Role.SUPPORT,
    P.USER_LINK: Role.MANAGER,
    P.USER_MEMBERSHIP: Role.SUPPORT,
    P.USER_DELETE: Role.MANAGER,
    P.GROUP_CREATE: Role.MANAGER,
    P.GROUP_EDIT: Role.MANAGER,
    P.GROUP_DELETE: Role.MANAGER,
    P.GROUP_PROTECTED: Role.MANAGER,
    P.REVIEW: Role.AUDITOR,
    P.LOGIN_TEST: Role.SUPPORT,
    P.AUDIT_RULES: Role.MANAGER,
    P.BULK: Role.MANAGER,
    P.CONFIGURE: Role.ADMIN,
    P.OPERATORS: Role.ADMIN,
}
ORDER = list(Role)


def test_every_permission_is_spoken_of_here() -> None:
    assert set(LEAST) == set(Permission)


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_exactly_what_it_should(role: Role, permission: Permission) -> None:
    expected = ORDER.index(role) >= ORDER.index(LEAST[permission])
    actor = Actor("1", "someone", role, Origin.BROWSER)
    assert allows(role, permission) is expected
    if expected:
        actor.require(permission)
    else:
        with pytest.raises(NotPermitted, match="nothing was changed"):
            actor.require(permission)
    assert least_role(permission) == LEAST[permission]


def test_above_the_most_powerful_role_there_is_none() -> None:
    assert (roles_that_may(P.BULK), roles_that_may(P.CONFIGURE)) == ("manager or above", "admin")
