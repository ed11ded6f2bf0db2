"""A person who isn't there yet: how they are created, with password, groups and state."""

from __future__ import annotations

from collections.abc import Mapping

from services.bulk.draft import Draft
from services.bulk.memberships import membership
from services.bulk.model import PlanOptions, Row, Secrets, Severity, Step
from services.bulk.rows import explained, split_sentence
from services.cognito import passwords
from services.cognito.actions import VERIFIED, CreateUser, DisableUser, SetPassword
from services.cognito.attributes import rules_for, title_of
from services.cognito.group_rules import MOST_GROUPS_PER_USER
from services.cognito.models import PersonRef, UserPool
from services.cognito.people import (
    UsernameKind,
    message_problems,
    needs_verified,
    sign_in_attributes,
    username_kind,
    username_problems,
)

_COLUMN = {UsernameKind.NAME: "username", UsernameKind.PHONE: "phone_number"}


class Newcomers:
    """Plans the creation of people in one pool."""

    def __init__(self, pool: UserPool, options: PlanOptions) -> None:
        self._pool = pool
        self._options = options
        self._rules = rules_for(pool)
        self._kind = username_kind(pool)
        self._unique = [one for one in sign_in_attributes(pool) if one in VERIFIED]

    def create(self, draft: Draft) -> Secrets:
        """Put the steps of a creation into `draft`; the answer is the passwords it needs."""
        row = draft.row
        username = self._username(row)
        values = self._values(row, username)
        delivery = self._options.delivery if row.delivery is None else row.delivery
        self._judge(draft, username, values)
        for text in message_problems(delivery, values):
            draft.problem("delivery", text, "Fill it in, or write none as delivery.")
        self._warn_unverified(draft, values)
        draft.basis = {"exists": False, "username": username}
        draft.basis |= {name: values[name] for name in self._unique if values.get(name)}
        self._steps(draft, username, values, delivery)
        return self._first_password(row, delivery)

    def _steps(self, draft: Draft, username: str, values: dict[str, str], delivery: tuple[str, ...]) -> None:
        row = draft.row
        person = PersonRef(username, "", values.get("email") or username)
        create = CreateUser(username=username, attributes=values, delivery=delivery)
        draft.steps.append(Step(create, {}, create.expected))
        if row.password:
            change = SetPassword(person, permanent=True)
            draft.steps.append(Step(change, {}, change.expected))
        if len(row.groups or ()) > MOST_GROUPS_PER_USER:
            draft.problem(
                "groups",
                f"{row.label} would be in {len(row.groups or ())} groups; Cognito allows 100.",
                "Name fewer groups.",
            )
        draft.steps += [membership(person, name, add=True) for name in row.groups or ()]
        if row.enabled is False:
            off = DisableUser(person)
            draft.steps.append(Step(off, {"enabled": True}, off.expected))

    def _judge(self, draft: Draft, username: str, values: Mapping[str, str]) -> None:
        known = draft.judged
        column = _COLUMN.get(self._kind, "email")
        if column not in known:
            for text in username_problems(username, self._pool):
                what, fix = split_sentence(text)
                draft.problem(column, what, fix or "Correct the cell.")
        permanent = bool(draft.row.password)
        for name, text in self._rules.row_problems(values, creating=True, password_is_permanent=permanent):
            if name not in known:
                given = values.get(name)
                what, fix = explained(name, given, text) if given else split_sentence(text)
                draft.problem(name, what, fix or "Fill in the cell.")

    def _username(self, row: Row) -> str:
        match self._kind:
            case UsernameKind.NAME:
                return row.username
            case UsernameKind.EMAIL:
                return row.email or row.username
            case UsernameKind.PHONE:
                return row.phone_number or row.username
            case _:
                return row.email or row.phone_number or row.username

    def _values(self, row: Row, username: str) -> dict[str, str]:
        values = dict(row.attributes)
        if self._kind is not UsernameKind.NAME and username:
            values.setdefault("email" if "@" in username else "phone_number", username)
        if self._options.mark_verified:
            for name, flag in VERIFIED.items():
                if values.get(name):
                    values.setdefault(flag, "true")
        return values

    def _warn_unverified(self, draft: Draft, values: Mapping[str, str]) -> None:
        for name in sorted(needs_verified(self._pool)):
            if values.get(name) and values.get(VERIFIED[name]) != "true":
                draft.problem(
                    name,
                    f"The person can't sign in with the {title_of(name).lower()} until it is verified.",
                    f"Fill in {VERIFIED[name]} with true, or choose to mark addresses as verified.",
                    Severity.WARNING,
                )

    def _first_password(self, row: Row, delivery: tuple[str, ...]) -> Secrets:
        if row.password:
            return Secrets(permanent=row.password)
        if row.temporary_password:
            return Secrets(temporary=row.temporary_password)
        if delivery:
            return Secrets()  # Cognito makes one and sends it
        return Secrets(temporary=passwords.generate(self._pool.policy), made=True)
