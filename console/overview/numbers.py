"""How a pool stands, in numbers; and in the demo what there is to try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.overview import charts
from console.overview.to_do import since_last_visit
from console.snapshots import kept, pool_bar
from console.widgets.downloads import download
from console.widgets.people_table import people_table
from console.widgets.table import Column
from services.audits.thresholds import read_thresholds
from services.cognito.models import User, UserPool
from services.cognito.status import invitation_expiry
from services.directory.listing import WHOLE_POOL_UP_TO, Directory
from services.directory.overview import WEEKS, Overview, summarise
from services.directory.person_state import PersonState
from services.directory.pool import PoolTables
from services.people.leaving import left_since
from services.roles import Permission
from services.words import plural, time_left

MOST_INVITATIONS = 10


def show_numbers(ctx: Context) -> None:
    """Everything there is to count. Raises the gateway's errors."""
    directory = ctx.pool_session.directory
    tables = pool_bar(ctx)
    if tables is None:
        _show_unread(ctx, directory, directory.gateway.describe_pool())
    elif not len(tables):
        st.info("Nobody is in this pool yet.", icon=":material/info:")
        _link(ctx, "users", "Create the first user", ":material/person_add:")
    else:
        _show_whole(ctx, tables)


def _show_whole(ctx: Context, tables: PoolTables) -> None:
    # by the minute, so that what was counted serves until something has changed
    now = datetime.now(UTC).replace(second=0, microsecond=0)

    def count() -> Overview:
        left = left_since(ctx.store, ctx.pool.name, tables, now - timedelta(weeks=WEEKS))
        return summarise(tables, now, left)

    seen = kept("overview", tables, now, count)
    since_last_visit(ctx, tables)
    wall = st.grid(4, min_column_width=170, border=True)
    _figure(ctx, wall, "People", seen.people, "All users")
    _figure(ctx, wall, "Disabled", seen.disabled, "Show them", account="disabled")
    _figure(ctx, wall, "In no group", seen.without_group, "Show them", ungrouped="1")
    _figure(
        ctx,
        wall,
        "Invitations expired",
        seen.expired,
        "Show them",
        status=str(PersonState.EXPIRED),
    )
    ignoring = read_thresholds(ctx.store, ctx.pool_session.gateway.pool_key).ignore_automatic
    _apart(seen.only_automatic if ignoring else 0, seen.expired, seen.expired_disabled)
    pair = st.grid(2, min_column_width=400, gap="medium")
    with pair.cell():
        st.header("People by status", anchor=False)
        charts.by_status(seen.states)
    with pair.cell():
        st.header("Joined and left per week", anchor=False)
        charts.per_week(seen.weeks)
    _invitations(ctx, seen, tables.about.pool, now)


def _apart(automatic: int, expired: int, disabled: int) -> None:
    """Whom the numbers leave out, though the audit counts them, and who needs no invitation."""
    said = []
    if automatic:
        said.append(
            f"{automatic:,} more {plural(automatic, 'is', 'are')} only in groups that Cognito fills by "
            "itself; the audit counts them as in no group."
        )
    if disabled:
        of = f"{disabled:,} of {expired:,}" if expired > 1 else "The person"
        said.append(f"{of} with an expired invitation {plural(disabled, 'is', 'are')} disabled.")
    if said:
        st.markdown(" ".join(said))


def _figure(ctx: Context, wall: Any, label: str, number: int | None, link: str, **query: str) -> None:
    """One number in a cell of the wall (`st.grid`), with the way to the people behind it."""
    with wall.cell():
        st.metric(label, "unknown" if number is None else f"{number:,}")
        if number:
            _link(ctx, "users", link, ":material/arrow_forward:", **query)


def _invitations(ctx: Context, seen: Overview, pool: UserPool, now: datetime) -> None:
    st.header("Invitations that expire within 2 days", anchor=False)
    if not seen.expiring:
        st.markdown("None. Nobody who was invited has to hurry.")
        return
    shown = seen.expiring[:MOST_INVITATIONS]
    left = "Expires in"
    cells = {
        "Name": [user.name or user.label for user in shown],
        "E-mail or username": [user.label for user in shown],
        left: [_left(user, pool, now) for user in shown],
    }
    people_table(
        ctx,
        cells,
        [user.sub for user in shown],
        name="overview-invitations",
        opens="Name",
        alt="People whose invitation expires within 2 days, the next first",
        ticks=False,
        columns={
            left: Column(
                width=110,
                order=range(len(shown)),
                help="At least: it counts from when a temporary password is last known to have been set.",
            )
        },
    )
    if len(seen.expiring) > len(shown):
        st.markdown(f"The next {len(shown)} of {len(seen.expiring):,}.")
    _link(ctx, "users", "All invited people", ":material/mail:", status=str(PersonState.INVITED))


def _left(user: User, pool: UserPool, now: datetime) -> str:
    expiry = invitation_expiry(user, pool.policy)
    return "" if expiry is None else time_left(expiry - now)


def _show_unread(ctx: Context, directory: Directory, pool: UserPool) -> None:
    wall = st.grid(4, min_column_width=170, border=True)
    _figure(ctx, wall, "People (estimate)", pool.estimated_users, "Users")
    with wall.cell():
        st.metric("Groups", f"{len(directory.groups()):,}")
        _link(ctx, "groups", "Groups", ":material/arrow_forward:")
    st.info(
        f"This pool has more than {WHOLE_POOL_UP_TO:,} people. Counting them by status, by group or by "
        "week means reading everybody: until that is done, only what Cognito tells at once is shown here.",
        icon=":material/info:",
    )


def _link(ctx: Context, page: str, label: str, icon: str, **query: str) -> None:
    st.page_link(PAGES[page], label=label, icon=icon, query_params={"pool": ctx.pool.name, **query})


STARTERS = Path(__file__).resolve().parents[2] / "demo" / "new-starters.csv"
POOL = "staff"


def show_tour(ctx: Context) -> None:
    """The whole tour; what the operator's role may not do is said."""
    with st.container(border=True):
        st.header("This is a demo", anchor=False)
        st.markdown(
            "Brightwater, a made-up water and energy supplier, keeps two user pools: its staff, who sign "
            "in with usernames, and its customers, who sign in with e-mail addresses. Cognito is an "
            "emulator on this machine, so try anything: nothing leaves it, and everything is forgotten "
            "when the demo stops. Three things to try:"
        )
        three = st.grid(3, min_column_width=280, gap="medium")
        with three.cell():
            _invitation()
        with three.cell():
            _onboarding(ctx)
        with three.cell():
            _leaver(ctx)


def _invitation() -> None:
    st.markdown(
        "**1. Ann Lindqvist can’t sign in.** Her invitation ran out. Find her among the staff, see why, "
        "and send the invitation again."
    )
    _tour_link("users", "Expired invitations", ":material/mail:", pool=POOL, status="expired")


def _onboarding(ctx: Context) -> None:
    st.markdown(
        "**2. New people start on Monday.** Take HR’s list of twelve and see, before anything is sent, who "
        "is new, who is there already, and which rows need a fix."
    )
    download("HR’s list", STARTERS.name, STARTERS.read_bytes, key="tour-starters", logged=False)
    if ctx.may(Permission.BULK):
        _tour_link("onboarding", "Onboarding", ":material/upload_file:", pool=POOL)
    else:
        st.markdown("Sign in as **max** for this: your role doesn’t do bulk work.")


def _leaver(ctx: Context) -> None:
    st.markdown(
        "**3. Toby Ashworth has left,** and is disabled, but still in three groups. Take him out of "
        "them, then look at what the log says about it."
    )
    _tour_link("users", "Disabled people", ":material/person_off:", pool=POOL, account="disabled")
    if not ctx.may(Permission.USER_MEMBERSHIP):
        st.markdown("Sign in as **sam** for this: your role looks, and changes nothing.")


def _tour_link(page: str, label: str, icon: str, **query: str) -> None:
    st.page_link(PAGES[page], label=label, icon=icon, query_params=query)
