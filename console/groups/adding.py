"""Adding people to a group: by search, or by a pasted list that is resolved before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from console import batch
from console.context import Context
from console.feedback import guarded
from console.groups.table import people_cells, pick_people
from console.widgets import bulk_order
from console.widgets.bulk_dialog import NAME
from console.widgets.dialog import ask_note, note_problems, noted, open_dialog
from console.widgets.not_found import missing_of, show_missing
from console.widgets.table import show_table
from console.widgets.words import md
from services.cognito.actions import AddToGroup, PersonChange
from services.cognito.models import User
from services.directory.groups import GroupLine, Groups
from services.directory.identify import HOW_TO_LIST, Identification, Resolution, look_up
from services.directory.lookup import candidates, source_for
from services.roles import Permission
from services.several import DIRECTLY
from services.store.activity import Why
from services.words import counted

SEARCH, PASTE = "Search", "Paste a list"
LEAVE_OUT = "Leave out"
_FOUND = "_adding_found"
LOOK_AHEAD = 300  # members that are read to tell who is in the group already


def show_adding(ctx: Context, groups: Groups, line: GroupLine) -> None:
    """The tab for adding people."""
    why_not = ctx.why_not(Permission.USER_MEMBERSHIP)
    if why_not:
        st.info(md(why_not), icon=":material/lock:")
        return
    if line.provider:
        st.info(
            f"Cognito puts people who sign in through {md(line.provider)} here by itself. "
            "Adding others by hand is possible, but rarely what is wanted.",
            icon=":material/info:",
        )
    how = st.segmented_control(
        "How", [SEARCH, PASTE], default=SEARCH, key="adding-how", required=True, label_visibility="collapsed"
    )
    with guarded():
        if how == PASTE:
            _paste(ctx, groups, line)
        else:
            _search(ctx, groups, line)


def _search(ctx: Context, groups: Groups, line: GroupLine) -> None:
    wanted = st.text_input(
        "Whom do you want to add?",
        placeholder="Name, e-mail, username …",
        icon=":material/search:",
        key="adding-find",
        width=420,
    )
    if not wanted.strip():
        st.markdown("Type a part of a name or address, then tick the people you mean.")
        return
    found, more = candidates(groups.directory, wanted, snapshot=groups.tables)
    if not found:
        large = groups.tables is None and groups.directory.is_large()
        hint = " In a large pool only the beginning of a name or address is searched." if large else ""
        st.markdown(f"Nobody fits “{md(wanted)}”.{hint}")
        return
    policy = ctx.pool_session.gateway.describe_pool().policy
    inside = groups.inside(line.group.name, found, LOOK_AHEAD) or set()
    bar = st.container()
    st.markdown(
        counted(len(found), "fits", "fit") + (", there are more; type more of the name." if more else ".")
    )
    shown_inside = inside if any(user.sub in inside for user in found) else None
    picked = pick_people(ctx, found, policy, name="adding", alt="People found", members=shown_inside)
    new = [user for user in picked if user.sub not in inside]
    with bar:
        if picked and not new:
            st.markdown(f"Whoever is ticked is in {md(line.group.name)} already.")
        _add_button(ctx, groups, line, new, "adding-go")


def _paste(ctx: Context, groups: Groups, line: GroupLine) -> None:
    with st.form("adding-paste", border=False, enter_to_submit=False):
        pasted = st.text_area(
            "E-mail addresses, usernames or user IDs",
            height=160,
            placeholder=HOW_TO_LIST,
            key="adding-pasted",
        )
        pressed = st.form_submit_button("Look them up", icon=":material/person_search:")
    st.markdown("Looking up changes nothing. You see who is meant before anybody is added.")
    if pressed:
        with guarded():
            st.session_state[_FOUND] = (
                ctx.pool.name,
                line.group.name,
                _look_up(groups, pasted),
            )
    kept = st.session_state.get(_FOUND)
    if kept is not None and kept[:2] == (ctx.pool.name, line.group.name):
        _show_found(ctx, groups, line, kept[2])


def _look_up(groups: Groups, pasted: str) -> Resolution:
    bar = st.progress(0.0, text="Looking them up…")
    source = source_for(
        groups.directory,
        lambda done, of: bar.progress(done / of, text=f"Looked up {done} of {of}"),
        groups.tables,
    )
    found = look_up(source, pasted)
    bar.empty()
    return found


def _show_found(ctx: Context, groups: Groups, line: GroupLine, found: Resolution) -> None:
    if not found.entries:
        st.markdown("The list is empty.")
        return
    people = list(found.people)
    several = [user for entry in found.ambiguous for user in entry.users]
    inside = groups.inside(line.group.name, [*people, *several], LOOK_AHEAD)
    already = [user for user in people if user.sub in (inside or ())]
    new = [user for user in people if user not in already]
    with st.container(horizontal=True):
        st.metric("Found", len(people), border=True)
        st.metric("Already in the group", len(already) if inside is not None else "?", border=True)
        st.metric("Not found", len(found.missing), border=True)
        st.metric("Several fit", len(found.ambiguous), border=True)
    if not found.complete:
        st.warning(
            "Not everybody could be read just now, so somebody may be missing here.",
            icon=":material/warning:",
        )
    if found.repeated:
        st.markdown(f"{counted(found.repeated, 'repeated entry is', 'repeated entries are')} counted once.")
    if found.missing:
        with st.expander(f"Not found: {len(found.missing)}", expanded=True, icon=":material/person_off:"):
            show_missing(missing_of(found.missing))
    chosen = _choose(found.ambiguous)
    new += [user for user in chosen if user.sub not in {user.sub for user in people} | (inside or set())]
    policy = ctx.pool_session.gateway.describe_pool().policy
    if new:
        st.markdown(f"**{len(new)} to be added**")
        show_table(people_cells(new, policy), "People to be added", rows=8)
        _add_button(ctx, groups, line, new, "adding-list-go")
    elif already:
        st.markdown("Everybody found is in the group already.")


def _choose(ambiguous: Sequence[Identification]) -> list[User]:
    """The people an operator picks where an entry fits several; whoever isn't picked is left out."""
    chosen = []
    for number, entry in enumerate(ambiguous):
        by_sub = {user.sub: user for user in entry.users}
        st.text(f"Several people fit {entry.text}.")
        picked = st.selectbox(
            "Whom do you mean?",
            [LEAVE_OUT, *by_sub],
            format_func=_teller(by_sub),
            key=f"adding-which-{number}-{entry.text}",
        )
        if picked is not None and picked in by_sub:
            chosen.append(by_sub[picked])
    return chosen


def _teller(by_sub: Mapping[str, User]) -> Callable[[str], str]:
    return lambda sub: _told_apart(by_sub[sub]) if sub in by_sub else sub


def _told_apart(user: User) -> str:
    parts = (user.name, user.label, user.username, user.sub)
    return " · ".join(dict.fromkeys(part for part in parts if part))


def _add_button(ctx: Context, groups: Groups, line: GroupLine, users: Sequence[User], key: str) -> None:
    name = line.group.name
    why_not = ctx.pool_session.guard.why_not(name, ctx.who()) or why_not_many(ctx, len(users))
    if len(users) <= DIRECTLY:
        refused = say_left_out(ctx, users, AddToGroup)
        users = [user for user in users if user.sub not in refused]
    if line.applications and users:
        names = ", ".join(md(application.name) for application in line.applications)
        st.markdown(f"They will be able to sign in to {names}.")
    guarded = ctx.pool_session.guard.guarded().get(name)
    if guarded is not None and users:
        st.warning(md(why_not or guarded.why), icon=":material/shield:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ask_note(lambda part: f"{key}-{part}", "optional")
        why = noted(lambda part: f"{key}-{part}")
        pressed = st.button(
            _add_label(users, name),
            type="primary",
            icon=":material/group_add:",
            key=key,
            disabled=not users or bool(why_not) or batch.is_busy(),
            help=why_not or (None if users else "Tick people first, at the left of their row."),
        )
    if not pressed:
        return
    if missing := note_problems(why, "optional"):
        st.error(md(" ".join(missing)), icon=":material/error:")
        return
    groups.directory.cache.rosters.learn(users)
    if len(users) > DIRECTLY:
        preview(ctx, users, AddToGroup, name, why)
    batch.start(
        ctx,
        [AddToGroup(user.ref, name) for user in users],
        title=f"Added to {name}",
        done="added",
        undone="taken out again",
        why=why,
    )
    st.session_state.pop(_FOUND, None)
    st.rerun()


def _add_label(users: Sequence[User], group: str) -> str:
    if not users:
        return f"Add to {md(group)}"
    who = md(users[0].label) if len(users) == 1 else f"{len(users)} people"
    return f"Add {who} to {md(group)}{'…' if len(users) > DIRECTLY else ''}"


def why_not_many(ctx: Context, count: int) -> str:
    """Why this operator can't change so many people; "" when they may."""
    if count <= DIRECTLY:
        return ""
    why_not = ctx.why_not(Permission.BULK)
    return f"More than {DIRECTLY} people at once are done as a job. {why_not}" if why_not else ""


def say_left_out(ctx: Context, users: Sequence[User], kind: type[PersonChange]) -> set[str]:
    """Say for whom the action `kind` makes no sense now, and return their subs."""
    pool = ctx.pool_session.gateway.describe_pool()
    reasons = {user.sub: kind.why_not(user, pool) for user in users}
    refused = [user for user in users if reasons[user.sub]]
    if refused and len(users) <= DIRECTLY:
        lines = [f"{md(user.label)} is left out. {md(reasons[user.sub])}" for user in refused]
        st.warning("\n\n".join(lines), icon=":material/block:")
    return {user.sub for user in refused}


def preview(
    ctx: Context, users: Sequence[User], kind: type[PersonChange], group: str, why: Why | None = None
) -> None:
    """Open the preview from which the job is started. Nothing is changed yet."""
    open_dialog(NAME, bulk_order.order(ctx, kind, tuple(users), group=group, why=why))
    st.rerun()
