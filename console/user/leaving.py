"""Seeing off somebody who leaves: one dialog for signing out, disabling and leaving all groups."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.person_actions import send, tell_outcomes
from console.widgets.words import md
from services.cognito.actions import PersonChange
from services.cognito.models import User, UserPool
from services.directory.people import Person
from services.people.leaving import LeaverPart, leaving, why_not_leaving
from services.schedule.leavers import Leavers
from services.schedule.planning import PlannedWork
from services.words import calendar_day

NAME = "user-offboard"


def show_offer(ctx: Context, person: Person, pool: UserPool) -> None:
    """The button, where the role may do any of it and there is something to do."""
    if not _parts(ctx) or why_not_leaving(person.user, person.groups or (), pool):
        return
    st.button(
        "Offboard…",
        icon=":material/person_off:",
        key="user-offboard",
        width="stretch",
        help="For somebody who leaves: sign out everywhere, disable, take out of all groups.",
        on_click=dialog.open_dialog,
        args=(NAME, person.user),
    )


def show_planned(ctx: Context, user: User) -> None:
    """Their last day, where one is planned, and the way to take it back."""
    leavers = Leavers(ctx.store, ctx.who)
    planned = leavers.of_person(ctx.pool, user.sub)
    if planned is None:
        return
    rests = " (paused: nothing will happen)" if planned.rests else ""
    record = planned.schedule
    with st.container(horizontal=True, vertical_alignment="center", key="user-leaves"):
        st.markdown(
            f":material/event_upcoming: **Leaves on {calendar_day(planned.day)}**{rests}, as planned by "
            f"{md(record.operator_name)}: seen off at the end of that day ({md(record.zone)}).",
            width="content",
        )
        why_not = (
            ""
            if PlannedWork(ctx.store, ctx.who).may_change(record)
            else (f"It runs as {record.operator_name}; they or an administrator change it.")
        )
        if st.button("Stays after all", disabled=bool(why_not), help=why_not or None, key="user-stays"):
            leavers.stay(ctx.pool, user.sub)
            done(f"{user.label} isn't seen off on {calendar_day(planned.day)} any more.")
            st.rerun()


def show_leaving(ctx: Context, person: Person, pool: UserPool) -> None:
    """Draw the dialog if it is open for this person."""
    opened = dialog.opened(NAME)
    if opened is not None and opened.subject.sub == person.user.sub:
        dialog.show_dialog(f"Offboard {person.user.label}", lambda: _body(ctx, opened, person, pool))


def _parts(ctx: Context) -> list[LeaverPart]:
    """The parts that the role may carry out."""
    return [part for part in LeaverPart if ctx.may(part.kind.permission)]


def _body(ctx: Context, opened: Opened, person: Person, pool: UserPool) -> None:
    label = person.user.label
    if tell_outcomes(
        opened,
        lambda good: f"{label}: {', '.join(outcome.change.done for outcome in good)}.",
        lambda outcome: outcome.change.done,
    ):
        return
    dialog.who(person.user.name, person.user.label)
    st.markdown("For somebody who leaves. Nothing is deleted, and the account can be enabled again.")
    with dialog.form(
        opened,
        "Offboard",
        reason="required",
        danger=True,
        billed=True,
        on_action=_submit,
        args=(ctx, opened, person, pool),
    ):
        for part in _parts(ctx):
            does = leaving(person.user, person.groups or (), (part,), pool)
            st.checkbox(part.choice, value=True, key=opened.key(part), disabled=not does, help=_about(does))
        if person.groups is None:
            st.markdown("Their groups could not be read: read the person again to take them out.")


def _about(does: list[PersonChange]) -> str:
    if not does:
        return "It is so already."
    groups = [change.leaves for change in does if change.leaves]
    return md(f"Out of: {', '.join(groups)}.") if groups else ""


def _submit(ctx: Context, opened: Opened, person: Person, pool: UserPool) -> None:
    """Carry out what is ticked, once. Runs as a callback."""
    parts = [part for part in _parts(ctx) if opened.value(part)]
    changes = leaving(person.user, person.groups or (), parts, pool)
    if not changes:
        opened.problems = ["Leave at least one box ticked."]
        return
    send(ctx, opened, changes)
