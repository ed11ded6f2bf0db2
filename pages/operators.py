"""Operators: who may sign in to this console, as what, and from where they are signed in now."""

from __future__ import annotations

import math

import streamlit as st

from console.altered_operators import confirm_altered, say_altered
from console.feedback import done, guarded
from console.operator_dialogs import ADD, change_button, role_line, show_open_dialog, tell_password
from console.page import open_page
from console.session_table import show_sessions
from console.sign_in import second_factors
from console.widgets import dialog
from console.widgets.table import Column, pick
from console.widgets.words import md
from services.access.operators import OperatorService
from services.access.second_factor import demanded_of
from services.access.step_up import MOST_MINUTES, minutes_of, set_minutes
from services.roles import Permission, Role
from services.store.activity import reason_text
from services.store.factors import FactorKind
from services.store.operators import Operator
from services.words import ago

TABLE = "operators-table"

ctx = open_page(
    "Operators",
    "The people who may sign in to this console, and what each may do.",
    permission=Permission.OPERATORS,
    needs_pool=False,
    about_a_pool=False,
)
service = OperatorService(ctx.store, ctx.who)


def state_of(operator: Operator) -> str:
    """Whether this operator can sign in now, in words."""
    if operator.altered:
        return "Changed past the console"
    if operator.disabled:
        return "Disabled"
    seconds = waits.get(operator.username)
    return f"Slowed down for {math.ceil(seconds / 60)} min" if seconds else "Active"


FACTOR_WORDS = {FactorKind.TOTP: "app", FactorKind.PASSKEY: "passkey"}


def way_in(operator: Operator, factors: frozenset[FactorKind]) -> str:
    """By what this operator signs in: the company's provider, or a password and what second factor."""
    if operator.provider_id:
        names = {provider.id: provider.name for provider in ctx.store.sign_in_providers.list()}
        return names.get(operator.provider_id, "A provider that is gone")
    words = [word for kind, word in FACTOR_WORDS.items() if kind in factors]
    return f"Password and {' or '.join(words)}" if words else "Password"


def choose(operators: tuple[Operator, ...]) -> Operator | None:
    """The table; returns the operator whose row is chosen."""
    live: dict[str, int] = {}
    for session in service.sessions():
        live[session.operator_id] = live.get(session.operator_id, 0) + 1
    factors = ctx.store.factors.kinds()
    table = {
        "Operator": [operator.username for operator in operators],
        "Full name": [operator.name for operator in operators],
        "E-mail": [operator.email for operator in operators],
        "Role": [str(operator.role) for operator in operators],
        "State": [state_of(operator) for operator in operators],
        "Signs in by": [way_in(operator, factors.get(operator.id, frozenset())) for operator in operators],
        "Signed in": [live.get(operator.id, 0) for operator in operators],
        "Last sign-in": [ago(operator.last_sign_in) for operator in operators],
    }
    picked = pick(
        table,
        "Operators",
        name=TABLE,
        identity=[operator.id for operator in operators],
        ticks="one",
        columns={
            "Signed in": Column(help="Browsers signed in now"),
            "Last sign-in": Column(order=[signed_in(operator) for operator in operators]),
        },
    )
    return operators[picked.ticked[0]] if picked.ticked else None


def signed_in(operator: Operator) -> float | None:
    """When they last signed in, in seconds since 1970; None for never."""
    return operator.last_sign_in.timestamp() if operator.last_sign_in else None


def show_actions(operator: Operator) -> None:
    """What can be done with the chosen operator."""
    if operator.altered:
        confirm_altered(service, operator, role_line)
        return
    if operator.provider_id:
        st.markdown("Role, name and e-mail address come from the company account, anew at each sign-in.")
    else:
        _change_role(operator)
    with st.container(horizontal=True):
        change_button(operator)
        reset = not operator.provider_id and st.button("Set a new password…", icon=":material/password:")
        disable = not operator.disabled and st.button("Disable…", icon=":material/person_off:")
        if operator.disabled and st.button("Enable", icon=":material/person_check:"):
            with guarded():
                service.set_disabled(operator.id, False)
                done(f"{operator.username} may sign in again.")
                st.rerun()
        takes_away = ctx.store.factors.has_any(operator.id) and st.button(
            "Take the second factor away…", icon=":material/phonelink_erase:"
        )
        if operator.username in waits and st.button("End the waiting time", icon=":material/lock_open:"):
            with guarded():
                service.release(operator.id)
                done(f"{operator.username} may try to sign in again at once.")
                st.rerun()
    _confirm_reset(operator, reset)
    _confirm_taking_away(operator, takes_away)
    _confirm_disabling(operator, disable)


def _change_role(operator: Operator) -> None:
    with (
        st.form(f"role-{operator.id}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        roles = list(Role)
        role = st.selectbox("Role", roles, index=roles.index(operator.role), format_func=role_line, width=360)
        if st.form_submit_button("Change role") and role is not None and role != operator.role:
            with guarded():
                service.change_role(operator.id, role)
                done(f"{operator.username} is {role} now.")
                st.rerun()


def _confirm_reset(operator: Operator, pressed: bool) -> None:
    dialog.confirm(
        pressed,
        f"Set a new password for {operator.username}",
        "A new password is made and shown to you once. The old one stops working, and every browser "
        f"of {operator.username} is signed out.",
        typed=operator.username,
        action=lambda why: service.reset_password(operator.id, reason_text(why)),
        then=lambda password: tell_password(
            operator, password, f"{operator.username} has a new password and is signed out everywhere."
        ),
        button="Set a new password",
        key=f"reset-{operator.id}",
    )


def _confirm_taking_away(operator: Operator, pressed: bool) -> None:
    dialog.confirm(
        pressed,
        f"Take the second factor of {operator.username} away",
        f"The authenticator app, passkeys and recovery codes of {operator.username} stop working, and every "
        "browser of theirs is signed out. Be sure that it is they who ask. Where their role needs a "
        "second factor, they set a new one up at the next sign-in.",
        typed=operator.username,
        action=lambda why: second_factors().remove(operator.id, ctx.who(), reason_text(why)),
        then=lambda _: done(f"{operator.username} has no second factor now and is signed out everywhere."),
        button="Take it away",
        key=f"factor-{operator.id}",
    )


def _confirm_disabling(operator: Operator, pressed: bool) -> None:
    dialog.confirm(
        pressed,
        f"Disable {operator.username}",
        f"{operator.username} is signed out everywhere at once and can't sign in until enabled again. "
        "What they did stays in the activity log.",
        typed=operator.username,
        action=lambda why: service.set_disabled(operator.id, True, reason_text(why)),
        then=lambda _: done(f"{operator.username} is disabled and signed out everywhere."),
        button="Disable",
        key=f"disable-{operator.id}",
    )


def show_rule() -> None:
    """Of whom a second factor is demanded, and when it is asked again."""
    demanded = demanded_of(ctx.store)
    with (
        st.form("second-factor-roles", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        roles = st.multiselect(
            "Roles that need a second factor",
            list(Role),
            default=list(demanded),
            width=420,
            placeholder="None: nobody has to have one",
            help="An authenticator app or a passkey. Whoever has none sets one up at the next click.",
        )
        minutes = st.number_input(
            "Ask again after (minutes)",
            0,
            MOST_MINUTES,
            minutes_of(ctx.store),
            step=5,
            width=200,
            help="Before something dangerous (deleting, passwords, jobs, operators, keys) the second factor "
            "is asked again if it was given longer ago. 0: never.",
        )
        saved = st.form_submit_button("Save")
    if saved:
        with guarded():
            if set(roles) != set(demanded):
                second_factors().demand(roles, ctx.who())
            if minutes != minutes_of(ctx.store):
                set_minutes(ctx.store, int(minutes), ctx.who())
            done("Saved when a second factor is asked for.")
            st.rerun()


with guarded():
    everyone = service.list()
    waits = service.waiting(everyone)
    st.button(
        "Add operator…",
        icon=":material/person_add:",
        type="primary",
        on_click=dialog.open_dialog,
        args=(ADD,),
    )
    show_open_dialog(service)
    say_altered(everyone)
    chosen = choose(everyone)
    if chosen is None:
        st.markdown("Choose a row to change an operator or see where they are signed in.")
        show_rule()
        st.stop()
    st.header(md(chosen.name or chosen.username), anchor=False)
    if chosen.id == ctx.operator.id:
        st.info(
            "This is you. Another administrator can change your role; your password is on “Your account”."
        )
        change_button(chosen)
    else:
        show_actions(chosen)
    st.markdown("**Signed in now**")
    show_sessions(service, service.sessions(chosen.id), own=ctx.session.id, key="sessions")
