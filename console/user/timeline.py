"""What happened around a person, in one table: what they tried, their sessions, what operators did."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.theme import side_by_side
from console.user.devices import last_seen, sessions_section
from console.user.section import Section, came_of, show_section
from console.widgets.person_actions import ChosenChange, open_change
from console.widgets.table import Column, pick
from console.widgets.words import md, minute
from services.activity_report import ActivityReader
from services.cognito.actions import OFFERS, CreateUser, JudgeSignIn
from services.cognito.models import User, UserPool
from services.cognito.person_reads import AuthEvent, UserSession
from services.login.explain_facts import THREAT_PROTECTION
from services.login.explain_federated import providers_of
from services.store.activity import Activity
from services.timeline import Happening, timeline

SHOWN = 20
MOST_EVENTS = 60


def show_timeline(ctx: Context, user: User, pool: UserPool) -> None:
    """The table, and what can be added to it on request."""
    place = st.container()
    left, right = side_by_side("timeline", gap="small")
    with left:
        _events(ctx, user, pool)
    with right:
        show_section(ctx, user, sessions_section(ctx, user, lambda came: st.markdown(md(last_seen(came)))))
    with place:
        _happenings(ctx, user)


def _happenings(ctx: Context, user: User) -> None:
    lines = read_history(ctx, user)
    sessions: Sequence[UserSession] = came_of("sessions", user) or ()
    events: Sequence[AuthEvent] = came_of("events", user) or ()
    happenings = timeline(lines, sessions, events)
    if happenings:
        _table(ctx, user, happenings)
    else:
        st.info(
            "Nobody has changed this person from this console yet. Changes made elsewhere aren't seen here.",
            icon=":material/info:",
        )
    # with its pool at once: an address that is put right later is one more for “back” to pass
    st.page_link(PAGES["activity"], label="Open the activity log", query_params={"pool": ctx.pool.name})


def _table(ctx: Context, user: User, happenings: Sequence[Happening]) -> None:
    judge = OFFERS["judge_sign_in"]
    judged = ctx.may(judge.permission) and any(happening.event for happening in happenings)
    picked = pick(
        {
            "When": [happening.at for happening in happenings],
            "What": [happening.what for happening in happenings],
            "Who, from where": [happening.who for happening in happenings],
            "Result": [happening.result for happening in happenings],
            "More": [happening.more for happening in happenings],
        },
        "What happened around this user",
        name="user-timeline-table",
        identity=[(happening.at, happening.what, happening.who) for happening in happenings],
        ticks="one" if judged else "",
        columns={"More": Column(width=180)},
    )
    if not judged:
        return
    event = next((happenings[row].event for row in picked.ticked), None)
    with st.container(horizontal=True, vertical_alignment="center"):
        for own, title in ((True, "It was them"), (False, "It wasn't them")):
            st.button(
                f"{title}…",
                icon=judge.icon,
                key=f"user-judge-{own}",
                disabled=event is None,
                on_click=_judge,
                args=(user, event, own),
            )
        other = event is None and bool(picked.ticked)
        st.markdown(
            "What is ticked is no try to sign in: AWS takes such a judgement on those only."
            if other
            else "Tick a try to tell threat protection whether it was theirs."
        )


def _judge(user: User, event: AuthEvent | None, own: bool) -> None:
    if event is None:
        return
    at = minute(event.at) if event.at else "an unknown time"
    said = f"The try of {at} was {'their own' if own else 'not theirs'}."
    change = JudgeSignIn(user.ref, event.id, own, at)
    open_change(ChosenChange(user, OFFERS["judge_sign_in"], change, said))


def _events(ctx: Context, user: User, pool: UserPool) -> None:
    gateway = ctx.pool_session.gateway
    show_section(
        ctx,
        user,
        Section(
            "events",
            "Sign-in events",
            "What they tried in the last two years, from where, and what threat protection thought of it."
            + _not_kept(user),
            lambda: gateway.auth_events(user.username, MOST_EVENTS),
            lambda events: _came(user, events),
            lacking="" if pool.threat_protection in THREAT_PROTECTION else _no_events(pool),
        ),
    )


def _not_kept(user: User) -> str:
    """What threat protection keeps nothing of (developer guide, "Considerations and limitations for threat
    protection": it can't be used with federated sign-in)."""
    through = " or ".join(providers_of(user))
    return f" Sign-ins through {through} aren't kept." if through else ""


def _came(user: User, events: Sequence[AuthEvent]) -> None:
    if not events:
        st.markdown(md(f"Nothing is kept of them.{_not_kept(user)}"))
        return
    risky = sum(event.risky for event in events)
    more = f", {risky} of them taken for risky" if risky else ""
    st.markdown(md(f"{len(events)} tries stand in the table above{more}."))


def _no_events(pool: UserPool) -> str:
    if pool.tier == "PLUS":
        return "This pool keeps no sign-in events: threat protection is off, which its plan would allow."
    return "This pool keeps no sign-in events: that takes threat protection, which the Plus plan has."


def read_history(ctx: Context, user: User) -> list[Activity]:
    """At most `SHOWN` lines about this person, newest first.

    Lines name people by their sub; only a creation was written before the sub was known, so it is
    looked for by name and taken if it led to this very person.
    """
    reader = ActivityReader(ctx.store, ctx.who)
    lines = {line.id: line for line in reader.page({"target": user.sub}, limit=SHOWN)}
    for name in {user.username, user.email} - {""}:
        for line in reader.page({"target": name, "action": CreateUser.action}, limit=SHOWN):
            if line.after.get("sub") == user.sub:
                lines[line.id] = line
    return sorted(lines.values(), key=lambda line: line.id, reverse=True)[:SHOWN]
