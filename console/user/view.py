"""The page about one person: why they can't sign in, how they stand, what can be done, what they have."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import streamlit as st
from streamlit.errors import StreamlitAPIException

from console.context import Context
from console.feedback import guarded
from console.theme import side_by_side
from console.user import groups, leaving, profile
from console.user.devices import show_devices, show_sessions
from console.user.factors import show_factors, show_preference
from console.user.identities import show_identities
from console.user.timeline import show_timeline
from console.widgets.explanation import (
    WhyQuestion,
    ask_why,
    asked,
    choose_application,
    choose_flow,
    forget_answer,
    show_fixes,
    show_short_answer,
)
from console.widgets.person_actions import (
    show_actions,
    show_danger,
    show_impossible,
    show_password,
    show_simple,
)
from console.widgets.words import day, md
from services.cognito.attributes import title_of
from services.cognito.models import User, UserPool
from services.cognito.people import names_that_work
from services.cognito.status import is_verified, status_in_full, status_line
from services.directory.filtering import STATES, state_of
from services.directory.people import Person, PersonView
from services.login.explain_facts import Explanation
from services.login.sign_in_flow import SignInFlow
from services.roles import Permission
from services.words import ago

_REFRESH, _SHOWN = "_user_refresh", "_user_shown"
_ACTIONS = "user-actions"
TABS = ("Profile", "Groups", "Security", "Timeline")


def person_in_address(ctx: Context) -> str:
    """The id of whom the page is about, "" for nobody: in the address, else whom this tab showed last.

    When a link leads to another page, Streamlit first writes that page's parameters behind this one's path:
    “back” comes here with no person in the address, and finds the one that was left.
    """
    key = f"{_SHOWN}-{ctx.pool.id}"
    sub = st.query_params.get("id", "")
    if not sub and key in st.session_state:
        sub, tab = st.session_state[key]
        st.query_params["id"] = sub
        with suppress(StreamlitAPIException):  # the tabs have been here all the time, and hold it themselves
            st.query_params["tab"] = tab
        st.rerun()  # the tabs take theirs from the address as a run begins
    elif sub:
        st.session_state[key] = (sub, st.query_params.get("tab", TABS[0]))
    return sub


def read_person(ctx: Context, sub: str) -> PersonView | None:
    """The person as the pool has them now; None when there is nobody."""
    directory, place = ctx.pool_session.directory, st.container()
    refresh = bool(st.session_state.pop(_REFRESH, False))
    # a spinner is a thread of its own: none for what is there already
    at_hand = None if refresh else directory.person_at_hand(sub)
    if at_hand is not None:
        return at_hand
    with place, st.spinner("Looking them up…", show_time=True):
        return directory.person(sub, refresh=refresh)


def show_person(ctx: Context, view: PersonView) -> None:
    """Header, why they can't sign in, actions, tabs, and the dialog that is open."""
    pool = ctx.pool_session.directory.gateway.describe_pool()
    person = view.person
    for sentence in view.missing:
        st.warning(md(sentence), icon=":material/warning:")
    st.html(f'<a class="console-skip" href="#{_ACTIONS}">Skip to what you can do</a>')
    left, right = st.columns([4, 3])
    answer: Explanation | None = None
    with left:
        show_header(view, pool)
        with guarded():
            leaving.show_planned(ctx, person.user)
        with guarded():
            answer = _why(ctx, person.user)
    with right:
        _next_steps(ctx, person, pool, answer)
    tabs = dict(zip(TABS, st.tabs(list(TABS), key="tab", bind="query-params"), strict=True))
    with tabs["Profile"]:
        if tabs["Profile"].open:
            profile.show_profile(ctx, person.user, pool)
            show_names(person.user, pool)
    with tabs["Groups"], guarded():
        if tabs["Groups"].open:
            groups.show_groups(ctx, person, pool)
    with tabs["Security"], guarded():
        if tabs["Security"].open:
            _security(ctx, person.user, pool)
    with tabs["Timeline"], guarded():
        if tabs["Timeline"].open:
            show_timeline(ctx, person.user, pool)
    show_danger(ctx, person.user, pool)
    profile.show_editor(ctx, person.user, pool)
    show_password(ctx, person.user, pool)
    show_simple(ctx, person.user)
    show_preference(ctx, person.user)
    groups.show_dialogs(ctx, person, pool)
    leaving.show_leaving(ctx, person, pool)


def _security(ctx: Context, user: User, pool: UserPool) -> None:
    left, right = side_by_side("security", gap="small")
    with left:
        show_factors(ctx, user, pool)
    with right:
        show_identities(ctx, user, pool)
    # tables over the whole width: from where is what is looked for in them
    show_sessions(ctx, user)
    show_devices(ctx, user, pool)


def _ask_for_refresh(sub: str) -> None:
    st.session_state[_REFRESH] = True
    # what they were when it was asked last may not be so any more
    forget_answer(f"why-{sub}")


def show_header(view: PersonView, pool: UserPool) -> None:
    """Where they stand, in the words of the list, how to reach them, and when they were changed."""
    user, now = view.person.user, datetime.now(UTC)
    with st.container(border=True, key="user-header"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.badge(
                status_line(user, pool.policy, now),
                color=STATES[state_of(user, pool.policy, now)].badge if user.enabled else "red",
                help=md(status_in_full(user)),
            )
            # Plain text: in Markdown an address would become a link.
            st.text(_contact(user))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            created, changed = md(day(user.created)), md(day(user.changed))
            st.markdown(
                f"Created {created} · last changed {changed} · read {md(ago(view.read_at))}", width="content"
            )
            st.button(
                "Read again",
                icon=":material/refresh:",
                type="tertiary",
                on_click=_ask_for_refresh,
                args=(user.sub,),
                key="user-refresh",
            )


def _contact(user: User) -> str:
    lines = []
    for attribute in ("email", "phone_number"):
        if value := user.attributes.get(attribute):
            lines.append(f"{value} ({'verified' if is_verified(user, attribute) else 'not verified'})")
    return " · ".join(lines) or user.username


def show_names(user: User, pool: UserPool) -> None:
    """The names they can sign in with, and the ID that never changes."""
    names = names_that_work(user, pool)
    listed = "\n".join(f"{value} ({title_of(name).lower()})" for name, value in names.items())
    case = (
        "Capital and small letters make a difference in this pool."
        if pool.case_sensitive
        else "Capital and small letters make no difference."
    )
    st.markdown("**They can sign in as**")
    st.text(f"{listed}\n{case}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("User ID (sub)", width="content")
        st.code(user.sub, language=None, width="content")


_BOX_WIDTH = 205


def _why(ctx: Context, user: User) -> Explanation | None:
    """Why they can't sign in, answered at once by what costs nothing. Raises `CognitoError`s."""
    key = f"why-{user.sub}"
    with st.container(border=True, key="user-why"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.markdown("**Why can’t they sign in?**")
            # as wide as what they say: in a narrow window they stand one below the other
            left = asked(key, ctx.pool.id)  # as it was before another page was looked at
            application_id = choose_application(
                ctx, key, first=left.application_id if left else "", width=_BOX_WIDTH
            )
            flow = choose_flow(key, first=left.flow if left else SignInFlow.HOSTED, width=_BOX_WIDTH)
        question = WhyQuestion(sub=user.sub, application_id=application_id, flow=flow)
        before = asked(key, ctx.pool.id)
        if before is None or (before.application_id, before.flow) != (application_id, flow):
            ask_why(key, question)
        return show_short_answer(ctx, key)


def _next_steps(ctx: Context, person: Person, pool: UserPool, answer: Explanation | None) -> None:
    """One recommended step, then the others."""
    user = person.user
    # who may change nothing needs no room for it
    with st.container(border=True, key=_ACTIONS if ctx.may(Permission.USER_ENABLE) else "user-looking"):
        st.html(f'<span class="console-skip" id="{_ACTIONS}" tabindex="-1"></span>')
        shown: tuple[str, ...] = ()
        if answer is not None and answer.cause is not None and answer.fixes:
            st.markdown("**Recommended**")
            question = asked(f"why-{user.sub}", ctx.pool.id)
            asks = (f"why-{user.sub}", question) if question is not None else None
            shown = show_fixes(ctx, answer, answer.fixes, f"next-{user.sub}", first=True, asks=asks)
        st.markdown("**What else you can do**" if shown else "**What you can do**")
        show_actions(ctx, user, pool, recommended=shown)
        leaving.show_offer(ctx, person, pool)
        show_impossible(ctx, user, pool)
