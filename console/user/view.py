"""The page about one person: who they are, how they stand, how they sign in, what was done to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import pandas as pd
import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.navigation import PAGES
from console.user import groups, profile
from console.widgets.explanation import WhyQuestion, ask_why, choose_application, choose_flow, show_answer
from console.widgets.person_actions import show_actions, show_danger, show_password, show_simple
from console.widgets.table import show_table
from console.widgets.words import day, md, minute, moments, time_column
from services import activity_report
from services.activity_report import RESULT_TITLES, ActivityReader, summary_of
from services.cognito.attributes import title_of
from services.cognito.models import User, UserPool, UserStatus
from services.cognito.people import names_that_work, sign_in_name, unverified_for_sign_in
from services.cognito.status import STATUS_TEXTS, invitation_expiry, is_verified
from services.directory.people import PersonView
from services.store.activity import Activity
from services.words import ago

_REFRESH = "_user_refresh"


def read_person(ctx: Context, sub: str) -> PersonView | None:
    """The person as the pool has them now; None when there is nobody."""
    refresh = bool(st.session_state.pop(_REFRESH, False))
    with st.spinner("Looking them up …", show_time=True):
        return ctx.pool_session.directory.person(sub, refresh=refresh)


def show_person(ctx: Context, view: PersonView) -> None:
    """Header, actions, tabs, and the dialog that is open."""
    pool = ctx.pool_session.directory.gateway.describe_pool()
    person = view.person
    for sentence in view.missing:
        st.warning(md(sentence), icon=":material/warning:")
    left, right = st.columns([3, 2])
    with left:
        show_header(view, pool)
        st.button(
            "Read again",
            icon=":material/refresh:",
            type="tertiary",
            on_click=_ask_for_refresh,
            key="user-refresh",
        )
    with right:
        show_actions(ctx, person.user, pool)
    # No counts in the titles: a tab with another title would be another tab, and the first one opens.
    profile_tab, groups_tab, sign_in_tab, history_tab = st.tabs(
        ["Profile", "Groups", "Sign-in", "Activity"], key="user-tabs"
    )
    with profile_tab:
        profile.show_profile(ctx, person.user, pool)
    with groups_tab, guarded():
        groups.show_groups(ctx, person, pool)
    with sign_in_tab:
        show_sign_in(ctx, person.user, pool)
    with history_tab, guarded():
        show_history(ctx, person.user)
    show_danger(ctx, person.user, pool)
    profile.show_editor(ctx, person.user, pool)
    show_password(ctx, person.user, pool)
    show_simple(ctx, person.user)
    groups.show_dialogs(ctx, person, pool)


def _ask_for_refresh() -> None:
    st.session_state[_REFRESH] = True


_COLOURS: dict[UserStatus, Literal["green", "blue", "orange", "violet"]] = {
    UserStatus.CONFIRMED: "green",
    UserStatus.FORCE_CHANGE_PASSWORD: "blue",
    UserStatus.UNCONFIRMED: "orange",
    UserStatus.RESET_REQUIRED: "orange",
    UserStatus.EXTERNAL_PROVIDER: "violet",
}


def show_header(view: PersonView, pool: UserPool) -> None:
    """Name, contact, badges, what the status means and what the person must do next."""
    user = view.person.user
    with st.container(border=True, key="user-header"):
        st.header(md(user.name or user.label), anchor=False)
        with st.container(horizontal=True, gap="small"):
            _badges(user)
        _contact(user, pool)
        _standing(user, pool)
        _dates(view)


def _badges(user: User) -> None:
    text = STATUS_TEXTS[user.status]
    st.badge(
        text.title,
        color=_COLOURS.get(user.status, "gray"),
        help=f"Cognito calls this status {md(text.term)}.",
    )
    if user.enabled:
        st.badge("Enabled", color="green", icon=":material/check:")
    else:
        st.badge("Disabled", color="red", icon=":material/block:")


def _contact(user: User, pool: UserPool) -> None:
    lines = []
    if user.email:
        lines.append(f"E-mail: {user.email} ({_verified(user, 'email')})")
    phone = user.attributes.get("phone_number")
    if phone:
        lines.append(f"Phone: {phone} ({_verified(user, 'phone_number')})")
    lines.append(f"Signs in as: {sign_in_name(user, pool)}")
    # Plain text: in Markdown an address would become a link.
    st.text("\n".join(lines))
    unusable = unverified_for_sign_in(user, pool)
    if unusable:
        names = " and ".join("e-mail address" if name == "email" else "phone number" for name in unusable)
        st.warning(f"They can't sign in with their {names} until it is verified.", icon=":material/warning:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("User ID (sub)", width="content")
        st.code(user.sub, language=None, width="content")


def _verified(user: User, attribute: str) -> str:
    return "verified" if is_verified(user, attribute) else "not verified"


def _standing(user: User, pool: UserPool) -> None:
    text = STATUS_TEXTS[user.status]
    if not user.enabled:
        st.markdown(
            "**They can't sign in: an operator or a program has disabled them.** They have to be enabled "
            "before anything else helps."
        )
    st.markdown(md(text.meaning))
    st.markdown(f"**What they must do:** {md(text.next_step)}")
    expiry = invitation_expiry(user, pool.policy)
    if expiry is not None:
        st.markdown(_expiry(expiry))


def _expiry(expiry: datetime) -> str:
    left = expiry - datetime.now(UTC)
    when = md(minute(expiry))
    if left <= timedelta(0):
        return (
            f"**The temporary password has probably expired** ({when}). Send the invitation again, or set "
            "a new one."
        )
    return f"The temporary password works until about {when} (estimated: Cognito doesn't say exactly)."


def _dates(view: PersonView) -> None:
    user = view.person.user
    created, changed = md(day(user.created)), md(day(user.changed))
    st.markdown(f"Created {created} · last changed {changed} · read {md(ago(view.read_at))}")


SHOWN = 20


def show_history(ctx: Context, user: User) -> None:
    """The newest lines of the activity log about this person."""
    lines = read_history(ctx, user)
    if not lines:
        st.info(
            "Nobody has changed this person from this console yet. Changes made elsewhere aren't seen here.",
            icon=":material/info:",
        )
        return
    show_table(
        pd.DataFrame(
            {
                "When": moments(line.at for line in lines),
                "Operator": [line.operator_name for line in lines],
                "What": [_what(line) for line in lines],
                "Result": [RESULT_TITLES[line.result] for line in lines],
                "Changes": [summary_of(line) for line in lines],
                "Reason": [line.reason for line in lines],
            }
        ),
        "What operators did to this user",
        columns={
            "When": time_column("When"),
            "Changes": st.column_config.TextColumn(width="large"),
        },
    )
    st.page_link(PAGES["activity"], label="Open the activity log")


def read_history(ctx: Context, user: User) -> list[Activity]:
    """At most `SHOWN` lines about this person, newest first.

    Lines name people by their sub; only a creation was written before the sub was known, so it is
    looked for by name and taken if it led to this very person.
    """
    reader = ActivityReader(ctx.store, ctx.who)
    lines = {line.id: line for line in reader.page({"target": user.sub}, limit=SHOWN)}
    for name in {user.username, user.email} - {""}:
        for line in reader.page({"target": name, "action": "create_user"}, limit=SHOWN):
            if line.after.get("sub") == user.sub:
                lines[line.id] = line
    return sorted(lines.values(), key=lambda line: line.id, reverse=True)[:SHOWN]


def _what(line: Activity) -> str:
    """What was done; for memberships also to which group."""
    group = line.after.get("group") or line.before.get("group")
    title = activity_report.title_of(line.action)
    return f"{title}: {group}" if group else title


def show_sign_in(ctx: Context, user: User, pool: UserPool) -> None:
    """The names they can sign in with, and the answer for any application."""
    names = names_that_work(user, pool)
    st.markdown("**They can sign in as**")
    st.text("\n".join(f"{value} ({title_of(name).lower()})" for name, value in names.items()))
    if not pool.case_sensitive:
        st.markdown("Capital and small letters make no difference.")
    else:
        st.markdown("Capital and small letters make a difference in this pool.")
    st.markdown("**Why can’t they sign in?**")
    key = f"why-{user.sub}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        application_id = choose_application(ctx, key)
        flow = choose_flow(key)
        st.button(
            "Find out why",
            type="primary",
            icon=":material/troubleshoot:",
            key=f"{key}-find",
            on_click=ask_why,
            args=(key, WhyQuestion(sub=user.sub, application_id=application_id, flow=flow)),
        )
    st.markdown(
        md("Looks at everything that can stop a sign-in. Nobody signs in, and nobody is counted as active.")
    )
    with guarded():
        show_answer(ctx, key, on_user_page=True)
