"""One's own second factor: setting an authenticator app up, new recovery codes, doing without."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from console.context import Context
from console.feedback import done, show_error
from console.sign_in import address, second_factor
from console.widgets.qr_code import show_totp
from console.widgets.words import md
from services.access.second_factor import demanded_of, is_missing
from services.errors import ConsoleError
from services.words import counted

_SET_UP, _CODES = "_console_factor_set_up", "_console_recovery_codes"


def show_second_factor(ctx: Context) -> None:
    """What the operator has, and what they can do about it. Recovery codes are shown once."""
    st.header("Second factor", anchor=False)
    if _CODES in st.session_state:
        _show_codes()
    elif _SET_UP in st.session_state:
        _show_set_up(ctx)
    elif not second_factor().is_set_up(ctx.operator.id):
        _offer_set_up(ctx)
    elif is_missing(ctx.store, ctx.operator, ctx.session):
        _ask_to_prove(ctx)
    else:
        _show_what_there_is(ctx)


def _ask_to_prove(ctx: Context) -> None:
    """Signed in by the password alone, before the factor was set up in another browser or demanded."""
    st.warning("Your second factor wasn't asked when you signed in here. Give it once to go on.")
    with st.form("factor-prove", border=False):
        code = _code_input()
        sent = st.form_submit_button("Go on", type="primary")
    if sent:
        try:
            second_factor().prove(ctx.operator, code, ctx.session.id, address())
        except ConsoleError as error:
            show_error(error)
        else:
            st.rerun()


def _code_input() -> str:
    return st.text_input(
        "Code from your app, or a recovery code", autocomplete="one-time-code", placeholder="123456"
    )


def _offer_set_up(ctx: Context) -> None:
    needed = ctx.operator.role in demanded_of(ctx.store)
    if needed:
        st.warning(
            f"As {md(ctx.operator.role)} you need one before you can go on: a code from an app on your "
            "phone, asked after the password."
        )
    else:
        st.write(
            "None yet. With one, your password alone lets nobody in: a code from your phone is asked, too."
        )
    if st.button(
        "Set up an authenticator app",
        icon=":material/qr_code_2:",
        type="primary" if is_missing(ctx.store, ctx.operator, ctx.session) else "secondary",
    ):
        st.session_state[_SET_UP] = second_factor().begin_set_up(ctx.operator)
        st.rerun()


def _show_set_up(ctx: Context) -> None:
    token = st.session_state[_SET_UP]
    shown = second_factor().address_of(ctx.operator, token)
    if shown is None:
        del st.session_state[_SET_UP]
        st.info("The set-up took too long. Nothing was changed.")
        _offer_set_up(ctx)
        return
    st.markdown("Scan this with an authenticator app, then type the code that it shows.")
    show_totp(shown)
    with st.form("factor-set-up", border=False):
        code = st.text_input("Code that the app shows", autocomplete="one-time-code", placeholder="123456")
        sent = st.form_submit_button("Use this app", type="primary")
    if st.button("Cancel", key="factor-cancel"):
        del st.session_state[_SET_UP]
        st.rerun()
    if sent:
        _attempt(lambda: second_factor().finish_set_up(ctx.operator, token, code, ctx.session.id))


def _show_codes() -> None:
    st.success("Your authenticator app is set up. From now on its code is asked after your password.")
    st.markdown(
        "**Recovery codes.** Each lets you in once without the app. Keep them where you keep your "
        "papers, not on the phone: they are shown only now."
    )
    st.code("\n".join(st.session_state[_CODES]), language=None)
    if st.button("I have noted them", type="primary"):
        del st.session_state[_CODES]
        st.rerun()


def _show_what_there_is(ctx: Context) -> None:
    left = second_factor().recovery_codes_left(ctx.operator.id)
    st.markdown(f"An authenticator app is set up. {counted(left, 'recovery code')} left.")
    optional = ctx.operator.role not in demanded_of(ctx.store)
    with st.form("factor-change", border=False):
        code = _code_input()
        with st.container(horizontal=True):
            another = st.form_submit_button("Set another app up")
            codes = st.form_submit_button("New recovery codes")
            without = optional and st.form_submit_button("Do without")
    if another:
        _attempt(lambda: _begin_anew(ctx, code))
    elif codes:
        _attempt(lambda: second_factor().new_recovery_codes(ctx.operator, code, address()))
    elif without:
        _attempt(lambda: second_factor().remove_own(ctx.operator, code, address()))


def _begin_anew(ctx: Context, code: str) -> None:
    second_factor().check(ctx.operator, code, address())
    st.session_state[_SET_UP] = second_factor().begin_set_up(ctx.operator)


def _attempt(act: Callable[[], tuple[str, ...] | None]) -> None:
    """Do it and show the page anew, with the recovery codes if it made some; or say why not."""
    try:
        codes = act()
    except ConsoleError as error:
        show_error(error)
        return
    if codes:
        st.session_state.pop(_SET_UP, None)
        st.session_state[_CODES] = codes
    elif _SET_UP not in st.session_state:
        done("Your second factor is removed: from now on the password alone lets you in.")
    st.rerun()
