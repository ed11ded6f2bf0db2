"""The dialogs that create, edit and delete a group."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from console.context import Context
from console.feedback import done, guarded
from console.groups.table import go_to_group
from console.navigation import PAGES
from console.widgets.dialog import (
    Opened,
    Sent,
    ask_to_type,
    close_dialog,
    form,
    note_problems,
    required,
    show_dialog,
)
from console.widgets.table import show_table
from console.widgets.words import md
from services.cognito.actions import CreateGroup, DeleteGroup, UpdateGroup
from services.cognito.group_rules import (
    HIGHEST_PRECEDENCE,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    description_problems,
    name_problems,
    precedence_problems,
)
from services.cognito.models import Group
from services.directory.groups import GroupLine, GroupLoss, GroupMembers, Groups
from services.words import counted, plural

PRECEDENCE_HELP = (
    "Only matters for people in several groups: the group with the lowest number counts. "
    "Leave it empty if you are not sure."
)
SHOWN_AT_MOST = 100


CREATE, EDIT, DELETE = "group-create", "group-edit", "group-delete"


def show_create(ctx: Context, groups: Groups, opened: Opened) -> None:
    """Ask for a new group, make it, and go there."""

    def body() -> None:
        st.markdown(
            "The group is empty at first, and no application accepts it until an administrator "
            "allows it there."
        )
        with form(opened, "Create group", reason="optional", marked=True) as sent:
            name = st.text_input(
                required("Name"),
                max_chars=LONGEST_NAME,
                help="Without spaces. It can't be changed later.",
                key=opened.key("name"),
            ).strip()
            description = _description_input(opened, "")
            precedence = _precedence_input(opened, None)
        if sent:
            existing = [group.name for group in groups.directory.groups()]
            opened.problems = [*name_problems(name, existing), *_problems(description, precedence)]
            opened.problems += note_problems(opened.why, "optional")
            if not opened.problems:
                change = CreateGroup(name, description, precedence)
                why = opened.why
                opened.attempt(lambda: ctx.pool_session.changes.perform(change, **why))
        if is_made(opened, sent, f"The group {name} is created. Now add people to it."):
            go_to_group(ctx, name)

    show_dialog("New group", body)


def show_edit(ctx: Context, group: Group, opened: Opened) -> None:
    """Ask for a new description and precedence."""

    def body() -> None:
        with form(opened, "Save", reason="optional") as sent:
            st.markdown(f"**{md(group.name)}** (a name can't be changed in Cognito)")
            description = _description_input(opened, group.description)
            precedence = _precedence_input(opened, group.precedence)
        if sent:
            opened.problems = _problems(description, precedence)
            if group.precedence is not None and precedence is None:
                opened.problems.append(
                    "Cognito can't take a precedence away once it is set; give a high number instead."
                )
            if (description, precedence) == (group.description, group.precedence):
                opened.problems.append("Nothing is changed.")
            opened.problems += note_problems(opened.why, "optional")
            if not opened.problems:
                change, why = UpdateGroup(group.name, description, precedence), opened.why
                opened.attempt(lambda: ctx.pool_session.changes.perform(change, **why))
        if is_made(opened, sent, f"The group {group.name} is changed."):
            st.rerun()

    show_dialog("Edit group", body)


def show_delete(ctx: Context, groups: Groups, line: GroupLine, opened: Opened) -> None:
    """Show who and what loses the group, and delete it after its name and a reason are given."""
    name = line.group.name

    def body() -> None:
        members = groups.members(name, first=SHOWN_AT_MOST)
        _who_loses_it(name, members)
        _what_breaks(groups.losses(name))
        if line.provider:
            st.warning(
                f"Cognito made this group for sign-in through {md(line.provider)}, and may make it again.",
                icon=":material/warning:",
            )
        st.markdown(
            "The people themselves stay. Deleting can't be undone; the log keeps the list of members."
        )
        with form(opened, "Delete the group", reason="required", danger=True) as sent:
            typed = ask_to_type(opened, name, "name")
        if sent:
            opened.problems = []
            if typed.strip() != name:
                opened.problems.append("That is not the name of the group.")
            opened.problems += note_problems(opened.why, "required")
            if not opened.problems:
                why = opened.why
                opened.attempt(lambda: ctx.pool_session.changes.perform(DeleteGroup(name), **why))
        if is_made(opened, sent, f"The group {name} is deleted."):
            st.switch_page(PAGES["groups"], query_params={"pool": ctx.pool.name})

    def guarded_body() -> None:
        with guarded():
            body()

    show_dialog("Delete group", guarded_body, width="large")


def is_made(opened: Opened, sent: Sent, text: str) -> bool:
    """Show what is wrong, if anything; True, and `text` for the next page, once the change is made."""
    performed = opened.once.answer
    if performed is None:
        if sent:
            sent.show_problems(opened)
        return False
    if not opened.once.told:
        opened.once.told = True
        done(text, performed.activity_id)
    close_dialog()
    return True


def _description_input(opened: Opened, value: str) -> str:
    return st.text_area(
        "Description",
        value,
        max_chars=LONGEST_DESCRIPTION,
        height=90,
        placeholder="Who belongs here, and why",
        key=opened.key("description"),
    ).strip()


def _precedence_input(opened: Opened, value: int | None) -> int | None:
    number = st.number_input(
        "Precedence (optional)" if value is None else "Precedence",
        min_value=0,
        max_value=HIGHEST_PRECEDENCE,
        value=value,
        step=1,
        help=PRECEDENCE_HELP,
        key=opened.key("precedence"),
    )
    return None if number is None else int(number)


def _problems(description: str, precedence: int | None) -> list[str]:
    return description_problems(description) + precedence_problems(precedence)


def _who_loses_it(name: str, members: GroupMembers) -> None:
    users = members.users
    if not users:
        st.markdown(f"**{md(name)}** has no members.")
        return
    some = len(users) > SHOWN_AT_MOST or not members.complete
    count = f"at least {len(users)}" if not members.complete else f"{len(users):,}"
    st.markdown(
        f"**{count} {plural(len(users), 'person leaves', 'people leave')} {md(name)}**"
        + (f" (the first {min(len(users), SHOWN_AT_MOST)} are shown)" if some else "")
    )
    show_table(
        {
            "Name": [user.name for user in users[:SHOWN_AT_MOST]],
            "E-mail or username": [user.label for user in users[:SHOWN_AT_MOST]],
        },
        "Members of the group",
        rows=5,
    )


def _what_breaks(losses: Sequence[GroupLoss]) -> None:
    if not losses:
        st.markdown("No application uses it, so nobody loses access to one set up here.")
        return
    st.markdown("**What it breaks**")
    st.markdown("\n".join(f"- {md(loss_sentence(loss))}" for loss in losses))


def loss_sentence(loss: GroupLoss) -> str:
    """What an application loses with the group, in one sentence (plain text)."""
    name = loss.application.name
    if loss.closes:
        first = f"{name}: nobody can sign in any more, because it accepts only this group."
    elif loss.people is None:
        first = f"{name}: members who are in no other group it accepts can't sign in any more."
    elif loss.people:
        who = counted(loss.people, "member")
        first = f"{name}: {who} can't sign in any more, being in no other group it accepts."
    else:
        first = f"{name}: nobody loses access."
    return f"{first} The role “{loss.role}” is no longer given through this group." if loss.role else first
