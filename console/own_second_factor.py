"""One's own second factor: an authenticator app, passkeys, new recovery codes, doing without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from console.context import Context
from console.feedback import done, guarded
from console.navigation import PAGES
from console.sign_in import own_passkeys, second_factors
from console.web import urls
from console.widgets.qr_code import show_totp
from console.widgets.words import md
from services.access.second_factor import demanded_of, is_missing
from services.words import ago, counted

_SET_UP, _CODES = "_console_factor_set_up", "_console_recovery_codes"
_CAME_FIRST = "_console_factor_came_first"
"""True where nothing else could be done before: with the codes noted, work begins."""


def comes_next(ctx: Context) -> bool:
    """True while nothing else can be done before the second factor, or its recovery codes are shown."""
    return _CODES in st.session_state or is_missing(ctx.store, ctx.operator, ctx.session)


def show_second_factor(ctx: Context) -> None:
    """What the operator has, and what they can do about it. Recovery codes are shown once."""
    st.header("Second factor", anchor=False)
    if _CODES in st.session_state:
        _show_codes()
    elif _SET_UP in st.session_state:
        _show_set_up(ctx)
    elif not second_factors().is_set_up(ctx.operator.id):
        _offer_set_up(ctx)
    elif is_missing(ctx.store, ctx.operator, ctx.session):
        _ask_to_prove()
    else:
        _show_what_there_is(ctx)


def _ask_to_prove() -> None:
    """Signed in by the password alone, before the factor was set up in another browser or demanded."""
    st.warning("Your second factor wasn't asked when you signed in here. Give it once to go on.")
    if st.button("Give the second factor", type="primary"):
        urls.redirect(f"{urls.PROVE_PATH}?next={urls.ACCOUNT_PATH}")


def _offer_set_up(ctx: Context) -> None:
    needed = ctx.operator.role in demanded_of(ctx.store)
    if needed:
        st.warning(
            f"As {md(ctx.operator.role)} you need one before you can go on: a passkey, or a code from an app "
            "on your phone, asked after the password."
        )
    else:
        st.write("None yet. With one, your password alone lets nobody in.")
    kind: Literal["primary", "secondary"] = (
        "primary" if is_missing(ctx.store, ctx.operator, ctx.session) else "secondary"
    )
    with st.container(horizontal=True):
        _add_passkey(kind)
        if st.button("Set up an authenticator app…", icon=":material/qr_code_2:", type=kind):
            _begin(ctx)


def _add_passkey(kind: Literal["primary", "secondary"] = "secondary") -> None:
    possible = own_passkeys().are_possible
    if st.button(
        "Add a passkey…",
        icon=":material/passkey:",
        type=kind if possible else "secondary",
        disabled=not possible,
        help=None if possible else "Browsers know passkeys on https only, and where the host has a name.",
    ):
        urls.redirect(urls.NEW_PASSKEY_PATH)


def _begin(ctx: Context) -> None:
    with guarded():
        st.session_state[_SET_UP] = second_factors().begin_set_up(ctx.operator, ctx.session.id)
        st.rerun()


def _show_set_up(ctx: Context) -> None:
    token = st.session_state[_SET_UP]
    shown = second_factors().address_of(ctx.operator, token)
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
        _attempt(ctx, lambda: second_factors().finish_set_up(ctx.operator, token, code, ctx.session.id))


def _show_codes() -> None:
    st.success("Your second factor is set up. From now on it is asked after your password.")
    st.markdown(
        "**Recovery codes.** Each lets you in once without the app. Keep them where you keep your "
        "papers, not on the phone: they are shown only now."
    )
    st.code("\n".join(st.session_state[_CODES]), language=None)
    if st.button("I have noted them", type="primary"):
        del st.session_state[_CODES]
        if st.session_state.pop(_CAME_FIRST, False):
            st.switch_page(PAGES["overview"])
        st.rerun()


def _show_what_there_is(ctx: Context) -> None:
    factor = second_factors()
    app = "An authenticator app is set up. " if factor.has_app(ctx.operator.id) else ""
    st.markdown(f"{app}{counted(factor.recovery_codes_left(ctx.operator.id), 'recovery code')} left.")
    _show_passkeys(ctx)
    with st.container(horizontal=True):
        _add_passkey()
        another = st.button("Set another app up…" if app else "Set up an authenticator app…")
        codes = st.button("New recovery codes")
        without = ctx.operator.role not in demanded_of(ctx.store) and st.button("Do without")
    if another:
        _begin(ctx)
    elif codes:
        _attempt(ctx, lambda: factor.new_recovery_codes(ctx.operator, ctx.session.id))
    elif without:
        with guarded():
            factor.remove_own(ctx.operator, ctx.session.id)
            done("Your second factor is removed: from now on the password alone lets you in.")
            st.rerun()


def _show_passkeys(ctx: Context) -> None:
    """One's passkeys, each with when it was used and the way to remove it."""
    passkeys = own_passkeys()
    here = {factor.id for factor in passkeys.here(ctx.operator.id)}
    for factor in passkeys.list(ctx.operator.id):
        used = f"used {ago(factor.last_used_at)}" if factor.last_used_at else "not used yet"
        elsewhere = "" if factor.id in here else " · made at another address of the console"
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            st.text(f"{factor.name} · added {ago(factor.created_at)} · {used}{elsewhere}")
            if st.button("Remove", icon=":material/delete:", key=f"passkey-{factor.id}"):
                with guarded():
                    passkeys.remove(ctx.operator, ctx.session.id, factor.id)
                    done(f"The passkey “{factor.name}” is removed.")
                    st.rerun()


def _attempt(ctx: Context, act: Callable[[], tuple[str, ...]]) -> None:
    """Do it and show the page anew, with the recovery codes that it made; or say why not."""
    with guarded():
        came_first = comes_next(ctx)
        st.session_state[_CODES] = act()
        st.session_state[_CAME_FIRST] = came_first
        st.session_state.pop(_SET_UP, None)
        st.rerun()
