"""Who may do what: the roles of operators, what each may do, and the actor whom every change asks.

A role is one entry of `Role`: its name, what it adds to the one before in words, how its statement
in an IAM policy is called, and the permissions that it adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from services.errors import NotPermitted, ProofNeeded
from services.words import NamedInWords


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
    USER_FACTORS = "user.factors"
    USER_LINK = "user.link"
    USER_MEMBERSHIP = "user.membership"
    USER_DELETE = "user.delete"
    GROUP_CREATE = "group.create"
    GROUP_EDIT = "group.edit"
    GROUP_DELETE = "group.delete"
    GROUP_PROTECTED = "group.protected"
    BULK = "bulk"
    REVIEW = "review"
    AUDIT_RULES = "audit.rules"
    LOGIN_TEST = "login.test"
    CONFIGURE = "configure"
    OPERATORS = "operators"


P = Permission


class Role(StrEnum):
    """Roles of operators, from the least powerful on; each may do all that the ones before it may.

    `adds` says in words what it adds to them, `sid` names its statement in an IAM policy (letters
    and digits), `own` are the permissions that it adds.
    """

    adds: str
    sid: str
    own: frozenset[Permission]

    def __new__(cls, name: str, adds: str = "", sid: str = "", own: Iterable[Permission] = ()) -> Role:
        """The role called `name`."""
        role = str.__new__(cls, name)
        role._value_ = name
        role.adds, role.sid, role.own = adds, sid, frozenset(own)
        return role

    AUDITOR = "auditor", "reads and exports", "ReadUsersAndGroups", (P.READ, P.EXPORT, P.REVIEW)
    SUPPORT = (
        "support",
        "also acts on one user at a time",
        "ActOnUsers",
        (
            P.USER_CREATE,
            P.USER_EDIT,
            P.USER_ENABLE,
            P.USER_DISABLE,
            P.USER_PASSWORD,
            P.USER_INVITE,
            P.USER_CONFIRM,
            P.USER_SIGN_OUT,
            P.USER_FACTORS,
            P.USER_MEMBERSHIP,
            P.LOGIN_TEST,
        ),
    )
    MANAGER = (
        "manager",
        "also bulk work, groups, links and deletions",
        "ManageGroupsAndDelete",
        (
            P.BULK,
            P.AUDIT_RULES,
            P.USER_DELETE,
            P.USER_LINK,
            P.GROUP_CREATE,
            P.GROUP_EDIT,
            P.GROUP_DELETE,
            P.GROUP_PROTECTED,
        ),
    )
    ADMIN = "admin", "also configuration and operators", "Configure", (P.CONFIGURE, P.OPERATORS)

    @property
    def up_to(self) -> tuple[Role, ...]:
        """This role and every less powerful one, the least powerful first."""
        every = tuple(Role)
        return every[: every.index(self) + 1]


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    role: frozenset[Permission]().union(*(lower.own for lower in role.up_to)) for role in Role
}


def allows(role: Role, permission: Permission) -> bool:
    """True if operators with `role` may do `permission`."""
    return permission in ROLE_PERMISSIONS[role]


def least_role(permission: Permission) -> Role:
    """The least powerful role that may do `permission` (for sentences such as "ask a manager")."""
    return next(role for role in Role if permission in ROLE_PERMISSIONS[role])


def roles_that_may(permission: Permission) -> str:
    """ "manager or above", or "admin", above which there is none: for sentences such as "this needs …"."""
    least = least_role(permission)
    return str(least) if least is tuple(Role)[-1] else f"{least} or above"


class Origin(NamedInWords):
    """Where a change was asked for."""

    BROWSER = "browser", "in the browser"
    TERMINAL = "terminal", "at a terminal"
    JOB = "job", "by a job"
    PROGRAM = "program", "from a program"
    SCHEDULE = "schedule", "by schedule"


@dataclass(frozen=True, slots=True)
class Actor:
    """The operator on whose behalf something is done, as known at this moment.

    `proof_due`: their second factor has to be asked again before anything dangerous.
    """

    operator_id: str
    name: str
    role: Role
    origin: Origin
    proof_due: bool = False

    def may(self, permission: Permission) -> bool:
        """True if the actor's role allows `permission`."""
        return allows(self.role, permission)

    def require(self, permission: Permission, *, dangerous: bool = False) -> None:
        """Raise `NotPermitted` unless the actor's role allows `permission`.

        For what is `dangerous` raise `ProofNeeded` while the second factor has to be asked again.
        """
        if not self.may(permission):
            refused = NotPermitted(
                f"As {self.role} you may not do this ({permission}); nothing was changed.",
                f"Ask an operator with the role {roles_that_may(permission)}.",
            )
            refused.cause = f"{self.name} is {self.role} and may not do this ({permission})."
            raise refused
        if dangerous and self.proof_due:
            raise ProofNeeded


ActorSource = Callable[[], Actor]
"""Asked at the moment of every change; raises `SessionEnded` when the session behind it is gone."""
