"""One row against one person → the steps that make it so, with before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.bulk.draft import Draft
from services.bulk.memberships import Memberships
from services.bulk.model import (
    WRITING,
    Action,
    Heading,
    PlanOptions,
    Problem,
    Row,
    RowPlan,
    Secrets,
    Severity,
    Step,
    Verdict,
)
from services.bulk.newcomers import Newcomers
from services.bulk.reading import People
from services.bulk.rows import split_sentence
from services.cognito import passwords
from services.cognito.actions import (
    VERIFIED,
    ClearAttributes,
    ConfirmUser,
    CreateUser,
    DeleteUser,
    DisableUser,
    EnableUser,
    ResendInvitation,
    ResetPassword,
    SetPassword,
    SignOutUser,
    UpdateAttributes,
)
from services.cognito.attributes import rules_for, title_of
from services.cognito.models import User, UserPool, UserStatus
from services.cognito.people import (
    message_problems,
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


class StepMaker:
    """Turns rows into row plans for one pool, as read."""

    def __init__(
        self, people: People, pool: UserPool, options: PlanOptions, heading: Heading, scope: frozenset[str]
    ) -> None:
        """`scope`: the groups that sync_groups may touch."""
        self._pool = pool
        self._options = options
        self._heading = heading
        self._rules = rules_for(pool)
        self._newcomers = Newcomers(pool, options)
        self._memberships = Memberships(people, pool, options, scope)

    def plan(self, row: Row, user: User | None, problems: list[Problem]) -> tuple[RowPlan, Secrets]:
        """The plan of one row and the passwords it needs (kept apart from it)."""
        draft = Draft(row, self._heading, list(problems))
        self._memberships.check(draft)
        if user is None:
            return self._row_plan(draft, None, self._without_person(draft))
        draft.problems = [one for one in draft.problems if not self._is_already_so(one, row, user)]
        return self._row_plan(draft, user, self._with_person(draft, user))

    def _row_plan(self, draft: Draft, user: User | None, secrets: Secrets) -> tuple[RowPlan, Secrets]:
        row, broken = draft.row, draft.is_broken
        if broken:
            verdict = Verdict.INVALID
        elif not draft.steps:
            verdict = Verdict.UNCHANGED
        else:
            verdict = Verdict.CREATE if isinstance(draft.steps[0].change, CreateUser) else Verdict.CHANGE
        made = RowPlan(
            row=row.number,
            label=user.label if user and not row.email else row.label,
            action=row.action,
            verdict=verdict,
            steps=() if broken else tuple(draft.steps),
            problems=tuple(draft.problems),
            person=user.ref if user else None,
            basis={} if broken else draft.basis,
            remark=draft.remark,
            note=row.note,
            cells=row.cells,
        )
        return made, secrets

    def _is_already_so(self, problem: Problem, row: Row, user: User) -> bool:
        """A value that the person has already is no problem of this file, whatever we think of it."""
        name = problem.attribute
        return bool(name) and self._same(row, user, name, row.attributes.get(name, ""))

    def _same(self, row: Row, user: User, name: str, wanted: str) -> bool:
        now = user.attributes.get(name)
        if now is None:
            return False
        if name == "email" and not (row.sub or row.username) and now.casefold() == wanted.casefold():
            return True  # the address only says who is meant
        return now == wanted or self._rules.tidy(name, now) == wanted

    def _changed(self, row: Row, user: User) -> dict[str, str]:
        """The row's attribute values that the person doesn't have."""
        return {
            name: value for name, value in row.attributes.items() if not self._same(row, user, name, value)
        }

    def _without_person(self, draft: Draft) -> Secrets:
        row = draft.row
        if row.action not in (Action.CREATE, Action.UPSERT):
            if not draft.is_broken:
                target = "username" if row.username else "email" if row.email else "phone_number"
                draft.problem(
                    target,
                    f"Nobody in this pool is {row.label}.",
                    "Correct it, or use the action upsert to create the person.",
                )
            return Secrets()
        return self._newcomers.create(draft)

    def _with_person(self, draft: Draft, user: User) -> Secrets:
        row = draft.row
        draft.basis = {"exists": True, "sub": user.sub}
        if row.action in WRITING:
            self._write(draft, user)
        elif row.groups is not None and row.action.value.endswith(("_groups", "_only")):
            self._memberships.plan(draft, user)
        elif row.action is Action.CLEAR_ATTRIBUTES:
            self._clear(draft, user)
        elif row.action is Action.SET_PASSWORD:
            return self._set_password(draft, user)
        else:
            self._simple(draft, user)
        self._check_sense(draft, user)
        return Secrets()

    def _check_sense(self, draft: Draft, user: User) -> None:
        """Refuse what the person's status rules out, when there is anything to do at all."""
        asked = _ASKED.get(draft.row.action, "")
        if not draft.steps or not asked:
            return
        if draft.row.action is Action.DELETE and user.enabled:
            if not self._options.delete_enabled:
                draft.problem(
                    "action",
                    f"{user.label} is still enabled.",
                    "Disable the person first, or choose to delete enabled people too.",
                )
            return
        self._refuse(draft, user, actions(user, self._pool).get(asked, ""))

    def _refuse(self, draft: Draft, user: User, reason: str) -> None:
        if reason:
            what, fix = split_sentence(reason)
            draft.problem("action", f"{user.label}: {what}", fix or "Drop the row.")

    def _write(self, draft: Draft, user: User) -> None:
        row = draft.row
        if row.action is Action.CREATE and self._differs(row, user):
            draft.problem(
                "action",
                f"{user.label} is there already, with other values than in this row.",
                "Use upsert or update to change the person, or drop the row.",
            )
            return
        self._update(draft, user)
        self._clear(draft, user)
        if row.groups is not None:
            self._memberships.plan(draft, user)
        if row.enabled is not None and row.enabled != user.enabled:
            change = EnableUser(user.ref) if row.enabled else DisableUser(user.ref)
            draft.steps.append(Step(change, {"enabled": user.enabled}, {"enabled": row.enabled}))
            draft.basis["enabled"] = user.enabled
        if row.password or row.temporary_password:
            draft.problem(
                "password" if row.password else "temporary_password",
                "The person is there already: the password in this row is not used.",
                "Use the action set_password to set it.",
                Severity.WARNING,
            )
        if row.action is Action.CREATE and not draft.steps:
            draft.remark = "There already, with the same values."

    def _differs(self, row: Row, user: User) -> bool:
        if self._changed(row, user):
            return True
        missing = [one for one in row.groups or () if not self._memberships.is_in(user, one)]
        return bool(missing) or (row.enabled is not None and row.enabled != user.enabled)

    def _update(self, draft: Draft, user: User) -> None:
        row = draft.row
        changed = self._changed(row, user)
        if not changed:
            return
        self._judge_changes(draft, user, changed)
        self._warn_federated(draft, user, changed)
        for name, flag in VERIFIED.items():
            if name in changed and flag not in row.attributes:
                if self._options.mark_verified:
                    changed[flag] = "true"
                else:
                    self._warn_address(draft, name, flag)
        before = {name: user.attributes.get(name) for name in changed}
        change = UpdateAttributes(user.ref, attributes=changed)
        facts = {"attributes": before | self._verified_before(user, changed)}
        draft.steps.append(Step(change, facts, {"attributes": dict(changed)}))
        draft.basis.setdefault("attributes", {}).update(before)

    def _verified_before(self, user: User, names: Iterable[str]) -> dict[str, str]:
        """Flags that Cognito drops when it changes an address: Undo gives them back."""
        flags = (VERIFIED[name] for name in names if name in VERIFIED)
        return {flag: "true" for flag in flags if user.attributes.get(flag) == "true"}

    def _judge_changes(self, draft: Draft, user: User, changed: Mapping[str, str]) -> None:
        known = draft.judged
        found = self._rules.row_problems(changed, creating=False, current=user.attributes)
        for name, text in found:
            if name not in known:
                what, fix = split_sentence(text)
                draft.problem(name, what, fix or "Correct the cell, or leave it empty.")

    def _warn_federated(self, draft: Draft, user: User, changed: Mapping[str, str]) -> None:
        """Attributes mapped from a provider are written anew at each sign-in (developer guide, "Specifying
        identity provider attribute mappings"); which are mapped, the pool's settings don't tell."""
        if user.status is not UserStatus.EXTERNAL_PROVIDER:
            return
        for name in changed:
            draft.problem(
                name,
                f"{user.label} signs in through another provider: if it sends {title_of(name).lower()}, "
                "the next sign-in writes its value over this one.",
                "Change it at the provider as well.",
                Severity.WARNING,
            )

    def _warn_address(self, draft: Draft, name: str, flag: str) -> None:
        title = title_of(name).lower()
        if name in self._pool.verified_before_update:
            what = f"The new {title} waits: the old one stays until the person has entered a code."
        else:
            what = f"The new {title} counts as not verified."
        draft.problem(
            name, what, f"Fill in {flag} with true if you know that it is theirs.", Severity.WARNING
        )

    def _clear(self, draft: Draft, user: User) -> None:
        names = tuple(name for name in draft.row.clear if user.attributes.get(name) is not None)
        for name in names:
            for text in self._rules.problems(name, "", creating=False):
                what, fix = split_sentence(text)
                draft.problem(name, what, fix or "Leave the cell empty to keep the value.")
        if not names:
            return
        before = {name: user.attributes.get(name) for name in names}
        change = ClearAttributes(user.ref, names=names)
        facts = {"attributes": before | self._verified_before(user, names)}
        draft.steps.append(Step(change, facts, {"attributes": dict.fromkeys(names)}))
        draft.basis.setdefault("attributes", {}).update(before)

    def _set_password(self, draft: Draft, user: User) -> Secrets:
        row = draft.row
        permanent = bool(row.password)
        asked = "set_permanent_password" if permanent else "set_temporary_password"
        self._refuse(draft, user, actions(user, self._pool).get(asked, ""))
        kind = "permanent" if permanent else "temporary"
        change = SetPassword(user.ref, permanent=permanent)
        draft.steps.append(Step(change, {"status": str(user.status)}, {"password": kind}))
        draft.basis["status"] = str(user.status)
        if permanent:
            return Secrets(permanent=row.password)
        if row.temporary_password:
            return Secrets(temporary=row.temporary_password)
        return Secrets(temporary=passwords.generate(self._pool.policy), made=True)

    def _simple(self, draft: Draft, user: User) -> None:
        """Actions that are one call without values; nothing to do when it is so already."""
        facts = {"status": str(user.status), "enabled": user.enabled}
        match draft.row.action:
            case Action.ENABLE if not user.enabled:
                draft.steps.append(Step(EnableUser(user.ref), facts, {"enabled": True}))
            case Action.DISABLE if user.enabled:
                draft.steps.append(Step(DisableUser(user.ref), facts, {"enabled": False}))
            case Action.DELETE:
                gone = {**facts, "attributes": dict(user.attributes)}
                draft.steps.append(Step(DeleteUser(user.ref), gone, {"deleted": True}))
            case Action.RESET_PASSWORD:
                draft.steps.append(Step(ResetPassword(user.ref), facts, {"status": "RESET_REQUIRED"}))
            case Action.SIGN_OUT:
                draft.steps.append(Step(SignOutUser(user.ref), facts, {"signed_out": True}))
            case Action.CONFIRM if user.status.value != "CONFIRMED":
                draft.steps.append(Step(ConfirmUser(user.ref), facts, {"status": "CONFIRMED"}))
            case Action.RESEND_INVITE:
                self._resend(draft, user, facts)
            case _:
                draft.remark = "It is so already."
        if draft.row.action in _RELIES_ON_STATUS:
            draft.basis["status"] = str(user.status)
        else:
            draft.basis["enabled"] = user.enabled

    def _resend(self, draft: Draft, user: User, facts: Mapping[str, Any]) -> None:
        delivery = draft.row.delivery or self._options.delivery or ("EMAIL",)
        for text in message_problems(delivery, user.attributes):
            draft.problem("delivery", text, "Choose another way, or set a temporary password.")
        change = ResendInvitation(user.ref, delivery=delivery)
        draft.steps.append(Step(change, facts, {"invitation": "sent again"}))
