"""Changing several people at once: what is selected, a preview of what will happen, then a job."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import streamlit as st

from console.context import Context
from console.widgets import dialog
from console.widgets.bulk_dialog import NAME, BulkEntries, BulkOrder
from services import words
from services.bulk.model import Plan, PlanOptions
from services.bulk.plan import plan_for_people
from services.bulk.reading import Progress
from services.bulk.row_actions import LEAVER, RowAction
from services.cognito.actions import (
    AddToGroup,
    DeleteUser,
    DisableUser,
    EnableUser,
    ForgetDevices,
    PersonChange,
    RemoveAuthenticator,
    RemoveFromGroup,
    ResendInvitation,
    SetMfaPreference,
    SetPassword,
    SignOutUser,
)
from services.cognito.models import PersonRef, User
from services.directory.orders import Rows
from services.directory.people import Person
from services.directory.pool import PoolTables
from services.directory.search import refs_at
from services.people.leaving import LeaverPart
from services.roles import Permission
from services.store.activity import Why

NAMED = 10
CHOICES: tuple[type[PersonChange], ...] = (
    EnableUser,
    DisableUser,
    AddToGroup,
    RemoveFromGroup,
    ResendInvitation,
    SignOutUser,
)
"""What can be done with several people, in the order in which it is offered."""

MORE_CHOICES: tuple[type[PersonChange], ...] = (
    SetPassword,
    SetMfaPreference,
    RemoveAuthenticator,
    ForgetDevices,
)
"""The same for what is seldom wanted, behind “More”."""

LAST_CHOICE = DeleteUser
"""What nothing takes back, below everything else behind “More”."""

Width = Literal["content", "stretch"]

MOST_AT_ONCE = 100_000
"""A plan is put together in memory; more people than this are done in several goes."""


@dataclass(frozen=True)
class Everybody:
    """All people that a search found, however many."""

    tables: PoolTables
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def fingerprint(self) -> str:
        """Another text as soon as other people, or the same in another order, are meant."""
        made = hashlib.sha256(self.rows.tobytes())
        made.update(f"{self.tables.about.id} {self.tables.about.taken_at} {len(self.tables)}".encode())
        return made.hexdigest()[:16]

    def references(self) -> list[PersonRef]:
        """References to all the people, as a plan takes them."""
        return refs_at(self.tables, self.rows)

    def labels(self, count: int) -> list[str]:
        """What the first of them are called."""
        return [person.label for person in refs_at(self.tables, self.rows[:count])]


MORE = "users-bulk-more"


def bar(ctx: Context, selected: Sequence[Person], everybody: Everybody | None = None) -> None:
    """How many are selected and what can be done with them.

    `everybody`: all who were found, offered when they don't fit on one page of the table.
    """
    if not ctx.may(Permission.BULK):
        chosen = f"**{len(selected):,} selected**" if selected else "None selected"
        st.markdown(f"{chosen}. Who is ticked can be exported alone.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="users-bulk", gap="xsmall"):
        place = st.container(width="content")
        people: tuple[User, ...] | Everybody = tuple(person.user for person in selected)
        # Other people, another box: a tick never passes on to those of the next search.
        if everybody is not None and st.checkbox(
            f"All {len(everybody):,} found", key=f"users-all-{ctx.pool.name}-{everybody.fingerprint}"
        ):
            people = everybody
        place.markdown(f"**{len(people):,} selected**" if len(people) else "None selected")
        for choice in CHOICES:
            _choice(ctx, choice, people)
        leaving = offboarding(ctx, people)
        if any(ctx.may(wanted) for wanted in (leaving.permission, *(it.permission for it in MORE_CHOICES))):
            more = st.popover("More", icon=":material/more_horiz:", key=MORE, on_change="rerun")
            if not more.open:
                return
            with more:
                for choice in MORE_CHOICES:
                    _choice(ctx, choice, people, width="stretch")
                _button(ctx, leaving, people, ":material/person_off:", str(LEAVER), "stretch")
                _choice(ctx, LAST_CHOICE, people, width="stretch")


def _choice(
    ctx: Context, choice: type[PersonChange], people: Sequence[User] | Everybody, width: Width = "content"
) -> None:
    """The button that begins `choice` with these people."""
    _button(ctx, order(ctx, choice, people), people, choice.icon(), choice.row_action, width)


def _button(
    ctx: Context,
    begun: BulkOrder,
    people: Sequence[User] | Everybody,
    icon: str | None,
    name: str,
    width: Width,
) -> None:
    """The button that opens the dialog of an order; nothing for roles that may not carry it out."""
    if not ctx.may(begun.permission):
        return
    too_many = len(people) > MOST_AT_ONCE
    st.button(
        f"{begun.verb}…",
        icon=icon,
        key=f"users-bulk-{name}",
        width=width,
        disabled=not len(people) or too_many,
        help=f"At most {MOST_AT_ONCE:,} people at once; search for fewer." if too_many else None,
        on_click=_open,
        args=(begun,),
    )


def _open(begun: BulkOrder) -> None:
    """Open the dialog; a callback. The menu would lie over it, and take the first click into it."""
    if st.session_state.get(MORE):
        st.session_state[MORE] = False
    dialog.open_dialog(NAME, begun)


def order(
    ctx: Context,
    choice: type[PersonChange],
    people: Sequence[User] | Everybody,
    *,
    group: str = "",
    why: Why | None = None,
) -> BulkOrder:
    """What is asked and planned when `choice` is pressed; with a `group` nothing is left to be asked."""
    gateway, directory, pool_name = ctx.pool_session.gateway, ctx.pool_session.directory, ctx.pool.name
    verb, count = choice.verb_for_many(), words.people(len(people))

    def plan(entered: BulkEntries, progress: Progress) -> list[Plan]:
        return [
            plan_for_people(
                gateway,
                _references(people),
                RowAction.of(choice),
                groups=entered.groups,
                values=entered.values,
                title=", ".join((f"{verb}: {count}", *entered.groups)),
                pool_name=pool_name,
                progress=progress,
            )
        ]

    def groups() -> list[str]:
        return sorted((group.name for group in directory.groups()), key=str.casefold)

    return BulkOrder(
        title=f"{verb}: {count}",
        verb=verb,
        plan=plan,
        permission=choice.permission,
        whom=_whom(people),
        reason="required" if choice.wants_reason() else "optional",
        groups=groups if choice.asks_group else None,
        asks=tuple(column for column in choice.row_columns if column.choices),
        counted=choice.ends_person,
        entered=BulkEntries((group,), why or Why()) if group else None,
    )


def offboarding(ctx: Context, people: Sequence[User] | Everybody) -> BulkOrder:
    """What is asked and planned when people who leave are seen off."""
    gateway, pool_name = ctx.pool_session.gateway, ctx.pool.name
    title = f"Offboard: {words.people(len(people))}"

    def plan(entered: BulkEntries, progress: Progress) -> list[Plan]:
        return [
            plan_for_people(
                gateway,
                _references(people),
                LEAVER,
                options=PlanOptions(leaver=entered.parts),
                title=title,
                pool_name=pool_name,
                progress=progress,
            )
        ]

    return BulkOrder(
        title=title,
        verb="Offboard",
        plan=plan,
        permission=LEAVER.kind.permission,
        whom=_whom(people),
        about="For people who leave. Nothing is deleted. Groups kept by a sign-in provider stay as they are.",
        reason="required",
        parts={part: part.choice for part in LeaverPart},
    )


def _references(people: Sequence[User] | Everybody) -> Sequence[User | PersonRef]:
    return people.references() if isinstance(people, Everybody) else people


def _whom(people: Sequence[User] | Everybody) -> str:
    """The first of them by name, and how many more."""
    first = people.labels(NAMED) if isinstance(people, Everybody) else [user.label for user in people[:NAMED]]
    return words.named(first, NAMED, of=len(people))
