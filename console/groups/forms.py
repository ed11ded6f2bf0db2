"""The dialogs that create, edit and delete a group."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from console import context
from console.context import Context
from console.feedback import done, guarded
from console.groups.table import go_to_group
from console.navigation import PAGES
from console.text import md
from services.cognito.changes import CreateGroup, DeleteGroup, UpdateGroup
from services.cognito.group_rules import (
    HIGHEST_PRECEDENCE,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    description_problems,
    name_problems,
    precedence_problems,
)
from services.cognito.models import Group
from services.directory.groups import GroupLine, Groups, Loss, Members
from services.errors import InvalidValue

PRECEDENCE_HELP = (
    "Only matters for people in several groups: the group with the lowest number counts. "
    "Leave it empty if you are not sure."
)
SHOWN_AT_MOST = 100


@st.dialog("New group", width="medium")
def create_dialog(ctx: Context, existing: Sequence[str]) -> None:
    """Ask for a new group and make it."""
    context.require_live()
    with st.form("group-create", border=False, enter_to_submit=False):
        name = st.text_input(
            "Name",
            max_chars=LONGEST_NAME,
            help="Without spaces. It can't be changed later.",
            key="group-new-name",
        )
        description = st.text_area(
            "Description", max_chars=LONGEST_DESCRIPTION, height=90, placeholder="Who belongs here, and why"
        )
        precedence = _precedence_input(None)
        sent = st.form_submit_button("Create group", type="primary")
    st.markdown(
        "The group is empty at first, and no application uses it until an administrator allows it there."
    )
    if not sent:
        return
    with guarded():
        _refuse(name_problems(name.strip(), existing), description, precedence)
        performed = ctx.desk.changes.perform(CreateGroup(name.strip(), description.strip(), precedence))
        done(f"The group {name.strip()} is created. Now add people to it.", performed.activity_id)
        go_to_group(ctx, name.strip())


@st.dialog("Edit group", width="medium")
def edit_dialog(ctx: Context, group: Group) -> None:
    """Ask for a new description and precedence."""
    context.require_live()
    with st.form("group-edit", border=False, enter_to_submit=False):
        st.markdown(f"**{md(group.name)}** (a name can't be changed in Cognito)")
        description = st.text_area("Description", group.description, max_chars=LONGEST_DESCRIPTION, height=90)
        precedence = _precedence_input(group.precedence)
        sent = st.form_submit_button("Save", type="primary")
    if not sent:
        return
    with guarded():
        if group.precedence is not None and precedence is None:
            raise InvalidValue(
                "Cognito can't take a precedence away once it is set.", "Give a number, such as a high one."
            )
        _refuse([], description, precedence)
        if (description.strip(), precedence) == (group.description, group.precedence):
            st.info("Nothing is changed.")
            return
        performed = ctx.desk.changes.perform(UpdateGroup(group.name, description.strip(), precedence))
        done(f"The group {group.name} is changed.", performed.activity_id)
        st.rerun()


def _precedence_input(value: int | None) -> int | None:
    number = st.number_input(
        "Precedence (optional)" if value is None else "Precedence",
        min_value=0,
        max_value=HIGHEST_PRECEDENCE,
        value=value,
        step=1,
        help=PRECEDENCE_HELP,
    )
    return None if number is None else int(number)


def _refuse(problems: list[str], description: str, precedence: int | None) -> None:
    problems = problems + description_problems(description.strip()) + precedence_problems(precedence)
    if problems:
        raise InvalidValue(" ".join(problems))


@st.dialog("Delete group", width="large")
def delete_dialog(ctx: Context, groups: Groups, line: GroupLine) -> None:
    """Show who and what loses the group, and delete it after its name and a reason are given."""
    context.require_live()
    name = line.group.name
    with guarded():
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
        with st.form("group-delete", border=False, enter_to_submit=False):
            typed = st.text_input(f"To confirm, type the name: {md(name)}", autocomplete="off")
            reason = st.text_input("Reason (for the activity log)", max_chars=300)
            sent = st.form_submit_button("Delete the group", type="primary")
        if not sent:
            return
        if typed.strip() != name:
            st.error("That is not the name. Nothing was deleted.")
        elif not reason.strip():
            st.error("Give a reason. Nothing was deleted.")
        else:
            performed = ctx.desk.changes.perform(DeleteGroup(name), reason=reason.strip())
            done(f"The group {name} is deleted.", performed.activity_id)
            st.switch_page(PAGES["groups"], query_params={"pool": ctx.pool.name})


def _who_loses_it(name: str, members: Members) -> None:
    users = members.users
    if not users:
        st.markdown(f"**{md(name)}** has no members.")
        return
    some = len(users) > SHOWN_AT_MOST or not members.complete
    count = f"at least {len(users)}" if not members.complete else f"{len(users):,}"
    st.markdown(
        f"**{count} {'person leaves' if len(users) == 1 else 'people leave'} {md(name)}**"
        + (f" (the first {min(len(users), SHOWN_AT_MOST)} are shown)" if some else "")
    )
    st.dataframe(
        pd.DataFrame(
            {
                "Name": [user.name for user in users[:SHOWN_AT_MOST]],
                "E-mail or username": [user.label for user in users[:SHOWN_AT_MOST]],
            }
        ),
        hide_index=True,
        height=min(38 + 35 * len(users), 220),
        alt="Members of the group",
    )


def _what_breaks(losses: Sequence[Loss]) -> None:
    if not losses:
        st.markdown("No application uses it, so nobody loses access to one set up here.")
        return
    st.markdown("**What it breaks**")
    st.markdown("\n".join(f"- {md(loss_sentence(loss))}" for loss in losses))


def loss_sentence(loss: Loss) -> str:
    """What an application loses with the group, in one sentence (plain text)."""
    name = loss.application.name
    if loss.closes:
        first = f"{name}: nobody can sign in any more, because it accepts only this group."
    elif loss.people is None:
        first = f"{name}: members who are in no other group it accepts can't sign in any more."
    elif loss.people:
        who = "1 member" if loss.people == 1 else f"{loss.people:,} members"
        first = f"{name}: {who} can't sign in any more, being in no other group it accepts."
    else:
        first = f"{name}: nobody loses access."
    return f"{first} The role “{loss.role}” is no longer given through this group." if loss.role else first
