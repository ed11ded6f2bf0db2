"""One row against one person → the steps that make it so, with before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.bulk.draft import Draft
from services.bulk.memberships import Memberships
from services.bulk.model import Heading, PlanOptions, Problem, Row, RowPlan, Secrets, Severity, Step, Verdict
from services.bulk.newcomers import Newcomers
from services.bulk.reading import People
from services.bulk.row_actions import CLEAR_ATTRIBUTES, CREATE, CREATING, GROUP_ACTIONS, SET_PASSWORD, WRITING
from services.bulk.rows import split_sentence
from services.cognito import passwords
from services.cognito.actions import (
    VERIFIED,
    AttributeChange,
    ClearAttributes,
    DisableUser,
    EnableUser,
    SetPassword,
    UpdateAttributes,
)
from services.cognito.attributes import rules_for, title_of
from services.cognito.models import User, UserPool, UserStatus


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
            verdict = Verdict.CREATE if draft.steps[0].change.makes_person else Verdict.CHANGE
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
        if row.action not in CREATING:
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
        elif row.groups is not None and row.action in GROUP_ACTIONS:
            self._memberships.plan(draft, user)
        elif row.action == CLEAR_ATTRIBUTES:
            self._clear(draft, user)
        elif row.action == SET_PASSWORD:
            return self._set_password(draft, user)
        else:
            self._single_call(draft, user)
        self._check_sense(draft, user)
        return Secrets()

    def _check_sense(self, draft: Draft, user: User) -> None:
        """Refuse what the person's status rules out, when there is anything to do at all."""
        if not draft.steps:
            return
        kind = draft.row.action.kind
        if kind.ends_person and user.enabled:
            if not self._options.delete_enabled:
                draft.problem(
                    "action",
                    f"{user.label} is still enabled.",
                    "Disable the person first, or choose to delete enabled people too.",
                )
            return
        self._refuse(draft, user, kind.why_not(user, self._pool))

    def _refuse(self, draft: Draft, user: User, reason: str) -> None:
        if reason:
            what, fix = split_sentence(reason)
            draft.problem("action", f"{user.label}: {what}", fix or "Drop the row.")

    def _write(self, draft: Draft, user: User) -> None:
        row = draft.row
        if row.action == CREATE and self._differs(row, user):
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
            draft.steps.append(Step(change, {"enabled": user.enabled}, change.expected))
            draft.basis |= change.basis(user)
        if row.password or row.temporary_password:
            draft.problem(
                "password" if row.password else "temporary_password",
                "The person is there already: the password in this row is not used.",
                "Use the action set_password to set it.",
                Severity.WARNING,
            )
        if row.action == CREATE and not draft.steps:
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
        self._change_attributes(draft, user, UpdateAttributes(user.ref, changed))

    def _change_attributes(self, draft: Draft, user: User, change: AttributeChange) -> None:
        before = change.basis(user)["attributes"]
        facts = {"attributes": before | self._verified_before(user, change.touched)}
        draft.steps.append(Step(change, facts, change.expected))
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
        if names:
            self._change_attributes(draft, user, ClearAttributes(user.ref, names))

    def _set_password(self, draft: Draft, user: User) -> Secrets:
        row = draft.row
        permanent = bool(row.password)
        self._refuse(draft, user, SetPassword.why_not(user, self._pool))
        change = SetPassword(user.ref, permanent=permanent)
        draft.steps.append(Step(change, change.replaces(user), change.expected))
        draft.basis |= change.basis(user)
        if permanent:
            return Secrets(permanent=row.password)
        if row.temporary_password:
            return Secrets(temporary=row.temporary_password)
        return Secrets(temporary=passwords.generate(self._pool.policy), made=True)

    def _single_call(self, draft: Draft, user: User) -> None:
        """Actions that are one call without values; nothing to do when it is so already."""
        row = draft.row
        change = row.action.kind.on_user(user).by(row.delivery or self._options.delivery or ("EMAIL",))
        facts = change.replaces(user)
        draft.basis |= change.basis(user)
        if change.already(facts):
            draft.remark = "It is so already."
            return
        for column, what, fix in change.lacks(user):
            draft.problem(column, what, fix)
        draft.steps.append(Step(change, facts, change.expected))
