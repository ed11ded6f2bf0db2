"""One row against one person → the steps that make it so, with before and after."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from services.bulk.cells.damage import PARTS_OF_NAMES, DamageKind
from services.bulk.full_names import join_names, split_names
from services.bulk.memberships import Memberships, membership
from services.bulk.model import (
    Heading,
    PlanOptions,
    Problem,
    ProblemSeverity,
    Row,
    RowPlan,
    RowVerdict,
    Secrets,
    Step,
    sentence,
)
from services.bulk.reading import People
from services.bulk.row_actions import (
    CLEAR_ATTRIBUTES,
    CREATE,
    CREATING,
    GROUP_ACTIONS,
    LEAVER,
    SET_PASSWORD,
    WRITING,
)
from services.bulk.row_draft import RowDraft
from services.bulk.rows import split_sentence, what_and_fix
from services.cognito import passwords
from services.cognito.actions import (
    VERIFIED,
    AttributeChange,
    ClearAttributes,
    CreateUser,
    DisableUser,
    EnableUser,
    RemoveFromGroup,
    SetPassword,
    UpdateAttributes,
    read_only,
)
from services.cognito.attributes import rules_for, title_of
from services.cognito.group_rules import too_many_groups
from services.cognito.models import PersonRef, User, UserPool, UserStatus
from services.cognito.offered import Offered
from services.cognito.people import (
    UsernameKind,
    message_problems,
    needs_verified,
    sign_in_attributes,
    username_kind,
    username_problems,
)
from services.people.leaving import LeaverPart, leaving
from services.words import calendar_day

# A person who isn't there yet: how they are created, with password, groups and state.

_OF_FORMULAS = frozenset({"0", "-1"})
"""What formulas make of empty cells, and of a truth value, outside of names."""
_COLUMN = {UsernameKind.NAME: "username", UsernameKind.PHONE: "phone_number"}
_NO_USERNAME = (
    "Fill it in, or choose under “Usernames of new people” that usernames are made of names or addresses."
)

_NO_FULL_NAME = "Choose under “Columns” that full names are put together from first and last, or fill it in."


class Newcomers:
    """Plans the creation of people in one pool."""

    def __init__(self, pool: UserPool, options: PlanOptions) -> None:
        self._pool = pool
        self._options = options
        self._rules = rules_for(pool)
        self._kind = username_kind(pool)
        self._unique = [name for name in sign_in_attributes(pool) if name in VERIFIED]

    def create(self, draft: RowDraft) -> Secrets:
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

    def _steps(
        self, draft: RowDraft, username: str, values: dict[str, str], delivery: tuple[str, ...]
    ) -> None:
        row = draft.row
        person = PersonRef(username, "", values.get("email") or username)
        create = CreateUser(username=username, attributes=values, delivery=delivery)
        draft.steps.append(Step(create, {}, create.expected))
        if row.password:
            change = SetPassword(person, permanent=True)
            draft.steps.append(Step(change, {}, change.expected))
        if problem := too_many_groups(row.label, len(row.groups or ())):
            draft.problem("groups", problem, "Name fewer groups.")
        draft.steps += [membership(person, name, add=True) for name in row.groups or ()]
        if row.enabled is False:
            off = DisableUser(person)
            draft.steps.append(Step(off, {"enabled": True}, off.expected))

    def _judge(self, draft: RowDraft, username: str, values: Mapping[str, str]) -> None:
        known = draft.judged
        column = _COLUMN.get(self._kind, "email")
        missing = _NO_USERNAME if self._kind is UsernameKind.NAME else "Fill in the cell."
        if column not in known:
            for text in username_problems(username, self._pool):
                what, fix = split_sentence(text)
                draft.problem(column, what, fix or ("Correct the cell." if username else missing))
        permanent = bool(draft.row.password)
        for name, text in self._rules.row_problems(values, creating=True, password_is_permanent=permanent):
            if name not in known:
                given = values.get(name)
                what, fix = what_and_fix(name, given, text) if given else split_sentence(text)
                draft.problem(name, what, fix or "Fill in the cell.")
                known = known | {name}
        self._require(draft, values, known)

    def _require(self, draft: RowDraft, values: Mapping[str, str], known: Collection[str]) -> None:
        """What the pool requires and the row lacks. AWS would create the person and leave it to the first
        sign-in to ask, which only its own sign-in pages and few applications do."""
        for name in self._rules.missing_for_sign_in(values):
            if name not in known:
                joinable = name == "name" and join_names(values).keys() > values.keys()
                draft.problem(
                    name,
                    f"{title_of(name)} is required in this pool, and this new person has none.",
                    _NO_FULL_NAME
                    if joinable
                    else "Fill in the cell: few applications can ask for it at the first sign-in.",
                )

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
        values = split_names(row.attributes) if self._options.split_names else dict(row.attributes)
        values = join_names(values) if self._options.join_names else values
        if self._kind is not UsernameKind.NAME and username not in ("", row.email, row.phone_number):
            values.setdefault("email" if "@" in username else "phone_number", username)
        if self._options.mark_verified:
            for name, flag in VERIFIED.items():
                if values.get(name):
                    values.setdefault(flag, "true")
        return values

    def _warn_unverified(self, draft: RowDraft, values: Mapping[str, str]) -> None:
        for name in sorted(needs_verified(self._pool)):
            if values.get(name) and values.get(VERIFIED[name]) != "true":
                draft.problem(
                    name,
                    f"The person can't sign in with the {title_of(name).lower()} until it is verified.",
                    f"Fill in {VERIFIED[name]} with true, or choose to mark addresses as verified.",
                    ProblemSeverity.WARNING,
                )

    def _first_password(self, row: Row, delivery: tuple[str, ...]) -> Secrets:
        if row.password:
            return Secrets(permanent=row.password)
        if row.temporary_password:
            return Secrets(temporary=row.temporary_password)
        if delivery:
            return Secrets()  # Cognito makes one and sends it
        return Secrets(temporary=passwords.generate(self._pool.policy), made=True)


class StepMaker:
    """Turns rows into row plans for one pool, as read."""

    def __init__(
        self,
        people: People,
        pool: UserPool,
        offered: Offered,
        options: PlanOptions,
        heading: Heading,
        scope: frozenset[str],
    ) -> None:
        """`scope`: the groups that sync_groups may touch."""
        self._pool = pool
        self._offered = offered
        self._options = options
        self._heading = heading
        self._rules = rules_for(pool)
        self._newcomers = Newcomers(pool, options)
        self._memberships = Memberships(people, pool, options, scope)

    def plan(self, row: Row, user: User | None, problems: list[Problem]) -> tuple[RowPlan, Secrets]:
        """The plan of one row and the passwords it needs (kept apart from it)."""
        draft = RowDraft(row, self._heading, list(problems))
        self._memberships.check(draft)
        if user is None:
            return self._row_plan(draft, None, self._without_person(draft))
        draft.problems = [
            problem for problem in draft.problems if not self._is_already_so(problem, row, user)
        ]
        return self._row_plan(draft, user, self._with_person(draft, user))

    def _row_plan(self, draft: RowDraft, user: User | None, secrets: Secrets) -> tuple[RowPlan, Secrets]:
        row, broken = draft.row, draft.is_broken
        if broken:
            verdict = RowVerdict.INVALID
        elif not draft.steps:
            verdict = RowVerdict.UNCHANGED
        else:
            verdict = RowVerdict.CREATE if draft.steps[0].change.makes_person else RowVerdict.CHANGE
        if row.last_day is not None and verdict is RowVerdict.CHANGE:
            verdict = RowVerdict.LATER
            wanted = sentence([step.change.wanted for step in draft.steps])
            draft.remark = f"At the end of {calendar_day(row.last_day)}: {wanted}"
        now = verdict in (RowVerdict.CREATE, RowVerdict.CHANGE)
        made = RowPlan(
            row=row.number,
            label=user.label if user and not row.email else row.label,
            action=row.action,
            verdict=verdict,
            steps=tuple(draft.steps) if now else (),
            problems=tuple(draft.problems),
            person=user.ref if user else None,
            basis={} if broken or verdict is RowVerdict.LATER else draft.basis,
            remark=draft.remark,
            note=row.note,
            cells=row.cells,
            last_day=row.last_day,
        )
        return made, secrets

    def _is_already_so(self, problem: Problem, row: Row, user: User) -> bool:
        """A value that the person has already is no problem of this file, whatever we think of it."""
        name = problem.attribute
        if name == "username":
            return user.username == row.username
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

    def _without_person(self, draft: RowDraft) -> Secrets:
        row = draft.row
        if row.action not in CREATING:
            if not draft.is_broken:
                target = "username" if row.username else "email" if row.email else "phone_number"
                draft.problem(
                    target,
                    f"Nobody in this pool is {row.label}.",
                    "Correct it, or leave the row out."
                    if row.action == LEAVER
                    else "Correct it, or use the action upsert to create the person.",
                )
            return Secrets()
        return self._newcomers.create(draft)

    def _with_person(self, draft: RowDraft, user: User) -> Secrets:
        row = draft.row
        draft.basis = {"exists": True, "sub": user.sub}
        if row.action in WRITING:
            self._write(draft, user)
        elif row.action == LEAVER:
            self._leave(draft, user)
            return Secrets()
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

    def _check_sense(self, draft: RowDraft, user: User) -> None:
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
        draft.remark = draft.remark or kind.unsure(user, self._pool)

    def _refuse(self, draft: RowDraft, user: User, reason: str) -> None:
        if reason:
            what, fix = split_sentence(reason)
            draft.problem("action", f"{user.label}: {what}", fix or "Drop the row.")

    def _leave(self, draft: RowDraft, user: User) -> None:
        """Everything that seeing somebody off is, as far as it isn't so already."""
        if reason := read_only(user):
            self._refuse(draft, user, reason)
            return
        parts = self._options.leaver
        held = self._memberships.held(user) if LeaverPart.GROUPS in parts else ()
        left = []
        for change in leaving(user, held, parts, self._pool):
            if isinstance(change, RemoveFromGroup):
                draft.steps.append(membership(user.ref, change.group, add=False))
                left.append(change.group)
                continue
            draft.steps.append(Step(change, change.replaces(user), change.expected))
            draft.basis |= change.basis(user)
        if left:
            draft.basis["groups"] = dict.fromkeys(left, True)
        if not draft.steps:
            draft.remark = "Has left already."

    def _write(self, draft: RowDraft, user: User) -> None:
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
                ProblemSeverity.WARNING,
            )
        if row.action == CREATE and not draft.steps:
            draft.remark = "There already, with the same values."

    def _differs(self, row: Row, user: User) -> bool:
        if self._changed(row, user):
            return True
        missing = [group for group in row.groups or () if not self._memberships.is_in(user, group)]
        return bool(missing) or (row.enabled is not None and row.enabled != user.enabled)

    def _update(self, draft: RowDraft, user: User) -> None:
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

    def _change_attributes(self, draft: RowDraft, user: User, change: AttributeChange) -> None:
        before = change.basis(user)["attributes"]
        facts = {"attributes": before | self._verified_before(user, change.touched)}
        draft.steps.append(Step(change, facts, change.expected))
        draft.basis.setdefault("attributes", {}).update(before)

    def _verified_before(self, user: User, names: Iterable[str]) -> dict[str, str]:
        """Flags that Cognito drops when it changes an address: Undo gives them back."""
        flags = (VERIFIED[name] for name in names if name in VERIFIED)
        return {flag: "true" for flag in flags if user.attributes.get(flag) == "true"}

    def _judge_changes(self, draft: RowDraft, user: User, changed: Mapping[str, str]) -> None:
        known = draft.judged
        found = self._rules.row_problems(changed, creating=False, current=user.attributes)
        for name, text in found:
            if name not in known:
                what, fix = split_sentence(text)
                draft.problem(name, what, fix or "Correct the cell, or leave it empty.")
        accepted = DamageKind.EMPTY in self._options.accept
        for name, value in changed.items():
            made = value.isdecimal() if name in PARTS_OF_NAMES else value in _OF_FORMULAS
            if made and any(map(str.isalpha, user.attributes.get(name, ""))):
                draft.problem(
                    name,
                    f"“{value}” would take the place of “{user.attributes[name]}”; formulas make "
                    "such numbers of empty cells and of days.",
                    f"Leave the cell empty, or write the {'name' if name in PARTS_OF_NAMES else 'value'}.",
                    ProblemSeverity.WARNING if accepted else ProblemSeverity.ERROR,
                    DamageKind.EMPTY,
                )

    def _warn_federated(self, draft: RowDraft, user: User, changed: Mapping[str, str]) -> None:
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
                ProblemSeverity.WARNING,
            )

    def _warn_address(self, draft: RowDraft, name: str, flag: str) -> None:
        title = title_of(name).lower()
        if name in self._pool.verified_before_update:
            what = f"The new {title} waits: the old one stays until the person has entered a code."
        else:
            what = f"The new {title} counts as not verified."
        draft.problem(
            name, what, f"Fill in {flag} with true if you know that it is theirs.", ProblemSeverity.WARNING
        )

    def _clear(self, draft: RowDraft, user: User) -> None:
        names = tuple(name for name in draft.row.clear if user.attributes.get(name) is not None)
        for name in names:
            for text in self._rules.problems(name, "", creating=False):
                what, fix = split_sentence(text)
                draft.problem(name, what, fix or "Leave the cell empty to keep the value.")
        if names:
            self._change_attributes(draft, user, ClearAttributes(user.ref, names))

    def _set_password(self, draft: RowDraft, user: User) -> Secrets:
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

    def _single_call(self, draft: RowDraft, user: User) -> None:
        """Actions that are one call; nothing to do when it is so already."""
        row = draft.row
        change = row.action.kind.on_user(user).by(row.delivery or self._options.delivery or ("EMAIL",))
        change = change.entered(row.values)
        facts = change.replaces(user)
        draft.basis |= change.basis(user)
        if change.already(facts):
            draft.remark = "It is so already."
            return
        for column, what, fix in change.lacks(user) or change.unfit(self._offered):
            draft.problem(column, what, fix)
        draft.steps.append(Step(change, facts, change.expected))
