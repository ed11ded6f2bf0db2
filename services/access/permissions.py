"""What each role of operator may do. The whole of it stands in `ROLE_PERMISSIONS`."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Roles of operators, each including the one before."""

    AUDITOR = "auditor"
    SUPPORT = "support"
    MANAGER = "manager"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that an operator may be allowed to do."""

    READ = "read"
    EXPORT = "export"
    USER_CREATE = "user.create"
    USER_EDIT = "user.edit"
    USER_ENABLE = "user.enable"
    USER_DISABLE = "user.disable"
    USER_PASSWORD = "user.password"  # noqa: S105 - the name of a permission
    USER_INVITE = "user.invite"
    USER_CONFIRM = "user.confirm"
    USER_SIGN_OUT = "user.sign_out"
    USER_MEMBERSHIP = "user.membership"
    USER_DELETE = "user.delete"
    GROUP_CREATE = "group.create"
    GROUP_EDIT = "group.edit"
    GROUP_DELETE = "group.delete"
    BULK = "bulk"
    REVIEW = "review"
    AUDIT_RULES = "audit.rules"
    LOGIN_TEST = "login.test"
    CONFIGURE = "configure"
    OPERATORS = "operators"


P = Permission
_AUDITOR = frozenset({P.READ, P.EXPORT, P.REVIEW})
_SUPPORT = _AUDITOR | {
    P.USER_CREATE,
    P.USER_EDIT,
    P.USER_ENABLE,
    P.USER_DISABLE,
    P.USER_PASSWORD,
    P.USER_INVITE,
    P.USER_CONFIRM,
    P.USER_SIGN_OUT,
    P.USER_MEMBERSHIP,
    P.LOGIN_TEST,
}
_MANAGER = _SUPPORT | {P.BULK, P.AUDIT_RULES, P.USER_DELETE, P.GROUP_CREATE, P.GROUP_EDIT, P.GROUP_DELETE}
_ADMIN = _MANAGER | {P.CONFIGURE, P.OPERATORS}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AUDITOR: _AUDITOR,
    Role.SUPPORT: _SUPPORT,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: _ADMIN,
}


def allows(role: Role, permission: Permission) -> bool:
    """True if operators with `role` may do `permission`."""
    return permission in ROLE_PERMISSIONS[role]


def least_role(permission: Permission) -> Role:
    """The least powerful role that may do `permission` (for sentences such as "ask a manager")."""
    return next(role for role in Role if permission in ROLE_PERMISSIONS[role])
