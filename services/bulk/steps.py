"""One row against one person → the steps that make it so, with before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.bulk.model import (
    WRITING,
    Action,
    PlanOptions,
    Problem,
    Row,
    RowPlan,
    Secrets,
    Severity,
    Step,
    Verdict,
)
from services.bulk.reading import People
from services.bulk.resolve import Heading
from services.bulk.rows import explained, split_sentence
from services.cognito import passwords
from services.cognito.attributes import rules_for, title_of
from services.cognito.changes import (
    AddToGroup,
    ClearAttributes,
    ConfirmUser,
    CreateUser,
    DeleteUser,
    DisableUser,
    EnableUser,
    RemoveFromGroup,
    ResendInvitation,
    ResetPassword,
    SetPassword,
    SignOutUser,
    UpdateAttributes,
)
from services.cognito.group_rules import MOST_GROUPS_PER_USER, name_problems, provider_of
from services.cognito.models import PersonRef, User, UserPool
from services.cognito.people import (
    UsernameKind,
    message_problems,
    needs_verified,
    sign_in_attributes,
    username_kind,
    username_problems,
)
from services.cognito.status import actions

_ASKED = {
    Action.ENABLE: "enable_user",
    Action.DISABLE: "disable_user",
    Action.DELETE: "delete_user",
    Action.RESET_PASSWORD: "reset_password",
    Action.RESEND_INVITE: "resend_invitation",
    Action.SIGN_OUT: "sign_out_user",
    Action.CONFIRM: "confirm_user",
    Action.CLEAR_ATTRIBUTES: "clear_attributes",
    Action.ADD_TO_GROUPS: "add_to_group",
    Action.REMOVE_FROM_GROUPS: "remove_from_group",
    Action.SYNC_GROUPS: "add_to_group",
    Action.SYNC_GROUPS_ADD_ONLY: "add_to_group",
    Action.SYNC_GROUPS_REMOVE_ONLY: "remove_from_group",
    Action.UPDATE: "update_attributes",
    Action.UPSERT: "update_attributes",
    Action.CREATE: "update_attributes",
}
"""The name under which `services.cognito.status.actions` answers whether an action makes sense."""

_RELIES_ON_STATUS = frozenset({Action.CONFIRM, Action.RESET_PASSWORD, Action.RESEND_INVITE})
_VERIFIED = {"email": "email_verified", "phone_number": "phone_number_verified"}


@dataclass(slots=True)
class _Work:
    """What is being put together for one row."""

    row: Row
    problems: list[Problem]
    steps: list[Step] = field(default_factory=list)
    basis: dict[str, Any] = field(default_factory=dict)
    remark: str = ""


class StepMaker:
    """Turns rows into row plans for one pool, as read."""

    def __init__(
        self, people: People, pool: UserPool, options: PlanOptions, heading: Heading, scope: frozenset[str]
    ) -> None:
        """`scope`: the groups that sync_groups may touch."""
        self._people = people
        self._pool = pool
        self._options = options
        self._heading = heading
        self._scope = scope
        self._rules = rules_for(pool)
        self._kind = username_kind(pool)
        self._unique = [one for one in sign_in_attributes(pool) if one in ("email", "phone_number")]

    def plan(self, row: Row, user: User | None, problems: list[Problem]) -> tuple[RowPlan, Secrets]:
        """The plan of one row and the passwords it needs (kept apart from it)."""
        work = _Work(row, list(problems))
        secrets = Secrets()
        self._check_groups(work)
        if user is None:
            secrets = self._without_person(work)
        else:
            work.problems = [one for one in work.problems if not self._is_already_so(one, row, user)]
            secrets = self._with_person(work, user)
        return self._row_plan(work, user), secrets

    def _row_plan(self, work: _Work, user: User | None) -> RowPlan:
        row, broken = work.row, any(problem.is_error for problem in work.problems)
        if broken:
            verdict = Verdict.INVALID
        elif not work.steps:
            verdict = Verdict.UNCHANGED
        else:
            verdict = Verdict.CREATE if isinstance(work.steps[0].change, CreateUser) else Verdict.CHANGE
        return RowPlan(
            row=row.number,
            label=user.label if user and not row.email else row.label,
            action=row.action,
            verdict=verdict,
            steps=() if broken else tuple(work.steps),
            problems=tuple(work.problems),
            person=user.ref if user else None,
            basis={} if broken else work.basis,
            remark=work.remark,
            note=row.note,
            cells=row.cells,
        )

    def _problem(
        self, work: _Work, target: str, what: str, fix: str, severity: Severity = Severity.ERROR
    ) -> None:
        heading = self._heading(target) if target else ""
        work.problems.append(Problem(work.row.number, heading, what, fix, severity))

    def _is_already_so(self, problem: Problem, row: Row, user: User) -> bool:
        """A value that the person has already is no problem of this file, whatever we think of it."""
        name = problem.attribute
        return bool(name) and self._same(name, user.attributes.get(name), row.attributes.get(name, ""))

    def _same(self, name: str, now: str | None, wanted: str) -> bool:
        return now is not None and (now == wanted or self._rules.tidy(name, now) == wanted)

    # --- nobody there yet -------------------------------------------------------------------

    def _without_person(self, work: _Work) -> Secrets:
        row = work.row
        if row.action not in (Action.CREATE, Action.UPSERT):
            if not any(problem.is_error for problem in work.problems):
                target = "username" if row.username else "email" if row.email else "phone_number"
                self._problem(
                    work,
                    target,
                    f"Nobody in this pool is {row.label}.",
                    "Correct it, or use the action upsert to create the person.",
                )
            return Secrets()
        return self._create(work)

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

    def _create(self, work: _Work) -> Secrets:
        row = work.row
        username = self._username(row)
        values = self._new_values(row, username)
        delivery = self._options.delivery if row.delivery is None else row.delivery
        known = {problem.attribute for problem in work.problems}
        kind_column = {UsernameKind.NAME: "username", UsernameKind.PHONE: "phone_number"}.get(
            self._kind, "email"
        )
        if kind_column not in known:
            for text in username_problems(username, self._pool):
                what, fix = split_sentence(text)
                self._problem(work, kind_column, what, fix or "Correct the cell.")
        for name, text in self._rules.row_problems(
            values, creating=True, password_is_permanent=bool(row.password)
        ):
            if name not in known:
                what, fix = explained(name, values.get(name, ""), text)
                if not values.get(name):
                    what, fix = split_sentence(text)
                self._problem(work, name, what, fix or "Fill in the cell.")
        for text in message_problems(delivery, values):
            self._problem(work, "delivery", text, "Fill it in, or write none as delivery.")
        self._warn_unverified(work, values)
        secrets = self._first_password(row, delivery)
        person = PersonRef(username, "", values.get("email") or username)
        create = CreateUser(username=username, attributes=values, delivery=delivery)
        work.basis = {"exists": False, "username": username}
        work.basis |= {name: values[name] for name in self._unique if values.get(name)}
        work.steps.append(Step(create, {}, {"status": "FORCE_CHANGE_PASSWORD", "attributes": values}))
        if row.password:
            work.steps.append(Step(SetPassword(person, permanent=True), {}, {"password": "permanent"}))
        for name in row.groups or ():
            work.steps.append(_membership(person, name, add=True))
        if row.enabled is False:
            work.steps.append(Step(DisableUser(person), {"enabled": True}, {"enabled": False}))
        return secrets

    def _new_values(self, row: Row, username: str) -> dict[str, str]:
        values = dict(row.attributes)
        if self._kind is not UsernameKind.NAME and username:
            values.setdefault("email" if "@" in username else "phone_number", username)
        if self._options.mark_verified:
            for name, flag in _VERIFIED.items():
                if values.get(name):
                    values.setdefault(flag, "true")
        return values

    def _warn_unverified(self, work: _Work, values: Mapping[str, str]) -> None:
        for name in sorted(needs_verified(self._pool)):
            if values.get(name) and values.get(_VERIFIED[name]) != "true":
                self._problem(
                    work,
                    name,
                    f"The person can't sign in with the {title_of(name).lower()} until it is verified.",
                    f"Fill in {_VERIFIED[name]} with true, or choose to mark addresses as verified.",
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

    # --- somebody there ---------------------------------------------------------------------

    def _with_person(self, work: _Work, user: User) -> Secrets:
        row = work.row
        work.basis = {"exists": True, "sub": user.sub}
        if row.action in WRITING:
            self._write(work, user)
        elif row.groups is not None and row.action.value.endswith(("_groups", "_only")):
            self._group_steps(work, user, self._groups_wanted(row, user))
        elif row.action is Action.CLEAR_ATTRIBUTES:
            self._clear(work, user)
        elif row.action is Action.SET_PASSWORD:
            return self._set_password(work, user)
        else:
            self._simple(work, user)
        self._check_sense(work, user)
        return Secrets()

    def _check_sense(self, work: _Work, user: User) -> None:
        """Refuse what the person's status rules out, when there is anything to do at all."""
        asked = _ASKED.get(work.row.action, "")
        if not work.steps or not asked:
            return
        if work.row.action is Action.DELETE and user.enabled:
            if not self._options.delete_enabled:
                self._problem(
                    work,
                    "action",
                    f"{user.label} is still enabled.",
                    "Disable the person first, or choose to delete enabled people too.",
                )
            return
        self._refuse(work, user, actions(user, self._pool).get(asked, ""))

    def _refuse(self, work: _Work, user: User, reason: str) -> None:
        if reason:
            what, fix = split_sentence(reason)
            self._problem(work, "action", f"{user.label}: {what}", fix or "Drop the row.")

    def _write(self, work: _Work, user: User) -> None:
        row = work.row
        if row.action is Action.CREATE and self._differs(row, user):
            self._problem(
                work,
                "action",
                f"{user.label} is there already, with other values than in this row.",
                "Use upsert or update to change the person, or drop the row.",
            )
            return
        self._update(work, user)
        self._clear(work, user)
        if row.groups is not None:
            self._group_steps(work, user, self._groups_wanted(row, user))
        if row.enabled is not None and row.enabled != user.enabled:
            change = EnableUser(user.ref) if row.enabled else DisableUser(user.ref)
            work.steps.append(Step(change, {"enabled": user.enabled}, {"enabled": row.enabled}))
            work.basis["enabled"] = user.enabled
        if row.password or row.temporary_password:
            self._problem(
                work,
                "password" if row.password else "temporary_password",
                "The person is there already: the password in this row is not used.",
                "Use the action set_password to set it.",
                Severity.WARNING,
            )
        if row.action is Action.CREATE and not work.steps:
            work.remark = "There already, with the same values."

    def _differs(self, row: Row, user: User) -> bool:
        if any(
            not self._same(name, user.attributes.get(name), value) for name, value in row.attributes.items()
        ):
            return True
        missing = [one for one in row.groups or () if not self._in(user, one)]
        return bool(missing) or (row.enabled is not None and row.enabled != user.enabled)

    def _in(self, user: User, group: str) -> bool:
        return group in self._people.groups and self._people.is_member(user, group)

    def _update(self, work: _Work, user: User) -> None:
        row = work.row
        changed = {
            name: value
            for name, value in row.attributes.items()
            if not self._same(name, user.attributes.get(name), value)
        }
        if not changed:
            return
        self._judge_changes(work, user, changed)
        for name, flag in _VERIFIED.items():
            if name in changed and flag not in row.attributes:
                if self._options.mark_verified:
                    changed[flag] = "true"
                else:
                    self._warn_address(work, name, flag)
        before = {name: user.attributes.get(name) for name in changed}
        change = UpdateAttributes(user.ref, attributes=changed)
        work.steps.append(Step(change, {"attributes": before}, {"attributes": dict(changed)}))
        work.basis.setdefault("attributes", {}).update(before)

    def _judge_changes(self, work: _Work, user: User, changed: Mapping[str, str]) -> None:
        known = {problem.attribute for problem in work.problems}
        found = self._rules.row_problems(changed, creating=False, current=user.attributes)
        for name, text in found:
            if name not in known:
                what, fix = split_sentence(text)
                self._problem(work, name, what, fix or "Correct the cell, or leave it empty.")

    def _warn_address(self, work: _Work, name: str, flag: str) -> None:
        title = title_of(name).lower()
        if name in self._pool.verified_before_update:
            what = f"The new {title} waits: the old one stays until the person has entered a code."
        else:
            what = f"The new {title} counts as not verified."
        self._problem(
            work, name, what, f"Fill in {flag} with true if you know that it is theirs.", Severity.WARNING
        )

    def _clear(self, work: _Work, user: User) -> None:
        names = tuple(name for name in work.row.clear if user.attributes.get(name) is not None)
        for name in names:
            for text in self._rules.problems(name, "", creating=False):
                what, fix = split_sentence(text)
                self._problem(work, name, what, fix or "Leave the cell empty to keep the value.")
        if not names:
            return
        before = {name: user.attributes.get(name) for name in names}
        change = ClearAttributes(user.ref, names=names)
        work.steps.append(Step(change, {"attributes": before}, {"attributes": dict.fromkeys(names)}))
        work.basis.setdefault("attributes", {}).update(before)

    def _set_password(self, work: _Work, user: User) -> Secrets:
        row = work.row
        permanent = bool(row.password)
        asked = "set_permanent_password" if permanent else "set_temporary_password"
        self._refuse(work, user, actions(user, self._pool).get(asked, ""))
        kind = "permanent" if permanent else "temporary"
        change = SetPassword(user.ref, permanent=permanent)
        work.steps.append(Step(change, {"status": str(user.status)}, {"password": kind}))
        work.basis["status"] = str(user.status)
        if permanent:
            return Secrets(permanent=row.password)
        if row.temporary_password:
            return Secrets(temporary=row.temporary_password)
        return Secrets(temporary=passwords.generate(self._pool.policy), made=True)

    def _simple(self, work: _Work, user: User) -> None:
        """Actions that are one call without values; nothing to do when it is so already."""
        facts = {"status": str(user.status), "enabled": user.enabled}
        match work.row.action:
            case Action.ENABLE if not user.enabled:
                work.steps.append(Step(EnableUser(user.ref), facts, {"enabled": True}))
            case Action.DISABLE if user.enabled:
                work.steps.append(Step(DisableUser(user.ref), facts, {"enabled": False}))
            case Action.DELETE:
                gone = {**facts, "attributes": dict(user.attributes)}
                work.steps.append(Step(DeleteUser(user.ref), gone, {"deleted": True}))
            case Action.RESET_PASSWORD:
                work.steps.append(Step(ResetPassword(user.ref), facts, {"status": "RESET_REQUIRED"}))
            case Action.SIGN_OUT:
                work.steps.append(Step(SignOutUser(user.ref), facts, {"signed_out": True}))
            case Action.CONFIRM if user.status.value != "CONFIRMED":
                work.steps.append(Step(ConfirmUser(user.ref), facts, {"status": "CONFIRMED"}))
            case Action.RESEND_INVITE:
                self._resend(work, user, facts)
            case _:
                work.remark = "It is so already."
        if work.row.action in _RELIES_ON_STATUS:
            work.basis["status"] = str(user.status)
        else:
            work.basis["enabled"] = user.enabled

    def _resend(self, work: _Work, user: User, facts: Mapping[str, Any]) -> None:
        delivery = work.row.delivery or self._options.delivery or ("EMAIL",)
        for text in message_problems(delivery, user.attributes):
            self._problem(work, "delivery", text, "Choose another way, or set a temporary password.")
        change = ResendInvitation(user.ref, delivery=delivery)
        work.steps.append(Step(change, facts, {"invitation": "sent again"}))

    # --- groups -----------------------------------------------------------------------------

    def _check_groups(self, work: _Work) -> None:
        removing = work.row.action in (Action.REMOVE_FROM_GROUPS,)
        target = "all_groups" if work.row.whole_memberships else "groups"
        for name in work.row.groups or ():
            if name in self._people.groups:
                continue
            if self._options.create_groups and not removing:
                for text in name_problems(name, self._people.groups):
                    what, fix = split_sentence(text)
                    self._problem(
                        work, target, f"“{name}” can't be created: {what}", fix or "Choose another name."
                    )
                continue
            twin = next((one for one in self._people.groups if one.casefold() == name.casefold()), "")
            self._problem(
                work,
                target,
                f"There is no group “{name}”.",
                f"Write it as {twin}." if twin else "Correct the name, or choose to create missing groups.",
            )

    def _groups_wanted(self, row: Row, user: User) -> tuple[set[str], set[str]]:
        """Groups to add and groups to remove, before what is so already is left out."""
        named = set(row.groups or ())
        if row.action is Action.REMOVE_FROM_GROUPS:
            return set(), named
        if row.whole_memberships:
            automatic = {one for one in self._people.groups if provider_of(one, self._pool.id)}
            return named, set(self._people.groups_of(user)) - named - automatic
        others = set(self._scope) - named
        match row.action:
            case Action.SYNC_GROUPS:
                return named, others
            case Action.SYNC_GROUPS_REMOVE_ONLY:
                return set(), others
            case _:
                return named, set()

    def _group_steps(self, work: _Work, user: User, wanted: tuple[set[str], set[str]]) -> None:
        add = sorted(one for one in wanted[0] if not self._in(user, one))
        remove = sorted(one for one in wanted[1] if self._in(user, one))
        held = len(self._people.groups_of(user))
        if add and held + len(add) - len(remove) > MOST_GROUPS_PER_USER:
            self._problem(
                work,
                "groups",
                f"{user.label} would be in {held + len(add) - len(remove)} groups; Cognito allows 100.",
                "Remove the person from some groups first.",
            )
        for name in remove:
            work.steps.append(_membership(user.ref, name, add=False))
        for name in add:
            work.steps.append(_membership(user.ref, name, add=True))
        if add or remove:
            work.basis["groups"] = {**dict.fromkeys(add, False), **dict.fromkeys(remove, True)}


def _membership(person: PersonRef, group: str, *, add: bool) -> Step:
    change = AddToGroup(person, group=group) if add else RemoveFromGroup(person, group=group)
    return Step(change, {"member": not add, "group": group}, {"member": add, "group": group})


def with_secrets(step: Step, secrets: Secrets) -> Step:
    """The step with its password in it, as it is sent; steps without one come back as they are."""
    change = step.change
    if isinstance(change, CreateUser | ResendInvitation):
        return replace(step, change=replace(change, temporary_password=secrets.temporary))
    if isinstance(change, SetPassword):
        password = secrets.permanent if change.permanent else secrets.temporary
        return replace(step, change=replace(change, password=password))
    return step
