"""Creating one person: everything that is wrong first, then the person, then the groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Unpack

from services.changes import ChangePath
from services.cognito import passwords
from services.cognito.actions import AddToGroup, CreateUser
from services.cognito.attributes import rules_for, title_of
from services.cognito.group_rules import too_many_groups
from services.cognito.models import PersonRef, UserPool
from services.cognito.people import UsernameKind, message_problems, username_kind, username_problems
from services.errors import FollowUpFailed
from services.several import ChangeState, perform_each
from services.store.activity import Why


@dataclass(frozen=True, slots=True)
class NewUser:
    """The person wanted. `username` is looked at only where the pool takes one that is typed.

    Without `delivery` (EMAIL and/or SMS) no message is sent, and the temporary password is the one
    given or, when blank, one made by the pool's policy.
    """

    username: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()
    temporary_password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field; `title` is what the form calls it."""

    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Created:
    """A new person. The password is empty when Cognito sent one.

    `joined`: groups they are in; `not_joined`: the others, each with why; `asked_later`: required
    attributes that the person is asked for at the first sign-in; `problem`: what went wrong although
    the person was made, such as an invitation that could not be sent.
    """

    person: PersonRef
    activity_id: str
    password: str = field(default="", repr=False)
    joined: tuple[str, ...] = ()
    not_joined: tuple[tuple[str, str], ...] = ()
    asked_later: tuple[str, ...] = ()
    problem: str = ""


def completed(wanted: NewUser, pool: UserPool) -> NewUser:
    """The new user with values as Cognito wants them, and with the username's attribute filled in."""
    rules = rules_for(pool)
    attributes = {name: rules.tidy(name, value) for name, value in wanted.attributes.items()}
    attributes = {name: value for name, value in attributes.items() if value}
    username = wanted.username.strip()
    match username_kind(pool):
        case UsernameKind.EMAIL:
            username = attributes.get("email", "")
        case UsernameKind.PHONE:
            username = attributes.get("phone_number", "")
        case UsernameKind.EITHER:
            username = username or attributes.get("email") or attributes.get("phone_number", "")
            if username:
                attribute = "email" if "@" in username else "phone_number"
                username = rules.tidy(attribute, username)
                attributes.setdefault(attribute, username)
    return NewUser(username, attributes, wanted.groups, wanted.delivery, wanted.temporary_password)


def creation_problems(wanted: NewUser, pool: UserPool, groups: Collection[str]) -> list[FieldProblem]:
    """Everything that keeps the person from being created, or nothing. `groups`: names in the pool."""
    wanted = completed(wanted, pool)
    kind = username_kind(pool)
    subject = {UsernameKind.EMAIL: "email", UsernameKind.PHONE: "phone_number"}.get(kind, "")
    title = title_of(subject) if subject else str(kind).capitalize()
    found = [FieldProblem(title, text) for text in username_problems(wanted.username, pool)]
    for name, text in rules_for(pool).row_problems(wanted.attributes, creating=True):
        if name != subject or not found:
            found.append(FieldProblem(title_of(name), text))
    found += [
        FieldProblem("Invitation", text) for text in message_problems(wanted.delivery, wanted.attributes)
    ]
    if wanted.temporary_password and not wanted.delivery:
        wrong = passwords.password_problems(wanted.temporary_password, pool.policy)
        found += [FieldProblem("Temporary password", text) for text in wrong]
    gone = [name for name in wanted.groups if name not in groups]
    found += [FieldProblem("Groups", f"There is no group “{name}” in this pool.") for name in gone]
    if problem := too_many_groups("They", len(wanted.groups)):
        found.append(FieldProblem("Groups", problem))
    return found


def create(path: ChangePath, wanted: NewUser, pool: UserPool, **why: Unpack[Why]) -> Created:
    """Create the person and add them to the groups.

    Raises the errors of `ChangePath.perform` when the person could not be created; groups that
    failed are in the answer, since the person is there then.
    """
    wanted = completed(wanted, pool)
    password = ""
    if not wanted.delivery:
        password = wanted.temporary_password or passwords.generate(pool.policy)
    change = CreateUser(wanted.username, wanted.attributes, password, wanted.delivery)
    problem = ""
    try:
        performed = path.perform(change, **why)
        after, activity_id = performed.after, performed.activity_id
    except FollowUpFailed as error:
        after, activity_id, problem = error.after, error.activity_id, str(error)
    person = change.person_made(path.gateway, after)
    joined: list[str] = []
    not_joined: list[tuple[str, str]] = []
    joining = [AddToGroup(person, name) for name in wanted.groups]
    for name, outcome in zip(wanted.groups, perform_each(path, joining, **why), strict=True):
        if outcome.result in (ChangeState.DONE, ChangeState.UNCHANGED):
            joined.append(name)
        else:
            not_joined.append((name, outcome.message))
    later = rules_for(pool).missing_for_sign_in(wanted.attributes)
    return Created(person, activity_id, password, tuple(joined), tuple(not_joined), tuple(later), problem)
