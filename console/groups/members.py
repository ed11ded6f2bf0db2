"""The members of a group: find, tick, remove, export."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from console import batch
from console.context import Context
from console.groups.adding import preview, say_left_out, why_not_many
from console.groups.table import pick_people
from console.widgets.address import keep_words
from console.widgets.dialog import Opened, close_dialog, form, note_problems, open_dialog, show_dialog
from console.widgets.downloads import download
from console.widgets.words import md
from services.cognito.actions import RemoveFromGroup
from services.cognito.models import User
from services.directory.group_export import members_csv
from services.directory.groups import GroupLine, GroupMembers, Groups
from services.roles import Permission
from services.several import DIRECTLY
from services.words import ago, counted, plural

PAGE_ROWS = 50
REMOVE = "members-remove"
_READ_ALL = "_group_read_all"


def show_members(ctx: Context, groups: Groups, line: GroupLine) -> None:
    """The members tab."""
    name = line.group.name
    keep_words(ctx.store, "group", "members-find")
    wanted = st.session_state.get("members-find", "")
    page = st.session_state.get(f"members-page-{name}-{wanted}", 1)
    members = _read(groups, name, page)
    if not members.users and members.complete:
        st.info("Nobody is in this group. Open “Add people” to change that.", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(
            "Find a member",
            placeholder="Name, e-mail, anything",
            icon=":material/search:",
            key="members-find",
            width=340,
        )
        st.space("stretch")
        remove = st.container(width="content", horizontal=True, vertical_alignment="center")
        _export(ctx, groups, name, members)
    shown = groups.fitting(name, members, wanted)
    _how_many(members, shown, wanted)
    if not shown:
        st.markdown("No member fits. Shorten what you typed.")
        return
    # While some are unread there is always one more page, which reads them.
    unread = members.asked and not members.complete and not wanted.strip()
    pages = -(-len(shown) // PAGE_ROWS) + (1 if unread else 0)
    picked = _page(ctx, name, shown, min(page, pages))
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, key=f"members-page-{name}-{wanted}")
    with remove:
        if pages > 1 and members.complete and ctx.may(Permission.BULK):
            whole = st.checkbox(f"Tick all {len(shown):,}", key=f"members-all-{name}-{wanted}")
            picked = list(shown) if whole else picked
        _remove_button(ctx, name, picked)


def _page(ctx: Context, name: str, shown: Sequence[User], page: int) -> list[User]:
    """One page of the members; those ticked."""
    return pick_people(
        ctx,
        shown[(page - 1) * PAGE_ROWS : page * PAGE_ROWS],
        ctx.pool_session.gateway.describe_pool().policy,
        name=f"members-{name}",
        alt=f"Members of {name}",
        rows=PAGE_ROWS,
    )


def _read(groups: Groups, name: str, page: int) -> GroupMembers:
    everything = st.session_state.pop(_READ_ALL, False)
    refresh = st.session_state.pop("_group_refresh", False)
    if not everything:
        with st.spinner("Reading the members…", show_time=True):
            return groups.members(name, first=(page + 1) * PAGE_ROWS, refresh=refresh)
    bar = st.progress(0.0, text="Reading all members…")
    groups.members(name, progress=lambda count: bar.progress(0.5, text=f"{count:,} members read…"))
    st.rerun()


def _how_many(members: GroupMembers, shown: Sequence[User], wanted: str) -> None:
    count = len(members.users)
    total = counted(count, "member")
    some = (
        f"**The first {count:,} members**" if members.asked else f"**{total}, as far as they could be read**"
    )
    text = f"**{total}**" if members.complete else some
    if wanted.strip():
        text += f" · {len(shown):,} fit" + ("" if members.complete else " among those read so far")
    if not members.asked:  # the line on top says how old it is
        st.markdown(text)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{text} · asked of Cognito {ago(members.read_at)}", width="content")
        if st.button("Read again", icon=":material/refresh:", type="tertiary", key="members-refresh"):
            st.session_state["_group_refresh"] = True
            st.rerun()
        if not members.complete and st.button("Read all members", key="members-read-all"):
            st.session_state[_READ_ALL] = True
            st.rerun()


def _export(ctx: Context, groups: Groups, name: str, members: GroupMembers) -> None:
    why_not = ctx.why_not(Permission.EXPORT)
    if not why_not and not members.complete:
        why_not = (
            "Press “Read all members” first, so that the file holds everybody."
            if members.asked
            else "Not all members could be read. Read the pool again first, so that the file holds everybody."
        )
    download(
        "Export members",
        f"{file_name_part(ctx.pool.name)}-{file_name_part(name)}-members.csv",
        lambda: members_csv(name, groups.members(name).users),
        pool=ctx.pool.name,
        key="members-export",
        help=why_not or "All members as a CSV file for a spreadsheet",
        disabled=bool(why_not),
    )


def file_name_part(name: str) -> str:
    """A name as a part of a file's name."""
    return re.sub(r"[^\w.-]+", "_", name).strip("_.")[:60] or "group"


def _remove_button(ctx: Context, group: str, picked: Sequence[User]) -> None:
    why_not = ctx.why_not(Permission.USER_MEMBERSHIP) or why_not_many(ctx, len(picked))
    if not why_not and not picked:
        why_not = "Tick people first, at the left of their row."
    label = f"Remove {len(picked):,} from the group" if picked else "Remove from the group"
    disabled = bool(why_not) or batch.is_busy()
    icon, key = ":material/group_remove:", "members-remove-open"
    if len(picked) <= DIRECTLY:
        st.button(
            f"{label}…",
            icon=icon,
            key=key,
            disabled=disabled,
            help=why_not or None,
            on_click=open_dialog,
            args=(REMOVE, (group, tuple(picked))),
        )
    elif st.button(f"{label}…", icon=icon, key=f"{key}-many", disabled=disabled, help=why_not or None):
        preview(ctx, picked, RemoveFromGroup, group)


def show_remove(ctx: Context, groups: Groups, line: GroupLine, opened: Opened) -> None:
    """Ask before those ticked are removed."""
    name, picked = opened.subject

    def body() -> None:
        refused = say_left_out(ctx, picked, RemoveFromGroup)
        leaving = [user for user in picked if user.sub not in refused]
        if not leaving:
            return
        who = plural(len(leaving), "This person leaves", f"These {len(leaving)} people leave")
        st.markdown(f"{who} **{md(name)}**:")
        st.text("\n".join(f"{user.name}  {user.label}".strip() for user in leaving))
        if line.applications:
            names = ", ".join(md(application.name) for application in line.applications)
            st.markdown(f"Unless another group of theirs is accepted, they can no longer sign in to {names}.")
        st.markdown("They stay in the user pool. A sign-in that is open now ends when its token expires.")
        with form(opened, "Remove", reason="optional") as sent:
            pass
        if sent and (missing := note_problems(opened.why, "optional")):
            opened.problems = missing
            sent.show_problems(opened)
        elif sent:
            groups.directory.cache.rosters.learn(picked)
            batch.start(
                ctx,
                [RemoveFromGroup(user.ref, name) for user in leaving],
                title=f"Removed from {name}",
                done="removed",
                undone="put back",
                why=opened.why,
            )
            close_dialog()
            st.rerun()

    show_dialog("Remove from the group", body)
