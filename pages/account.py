"""Your account: one's own password and sessions, for every role."""

from __future__ import annotations

import streamlit as st

from console.feedback import done, guarded
from console.own_notices import show_wishes
from console.own_second_factor import comes_next, show_second_factor
from console.page import open_page
from console.session_table import show_sessions
from console.sign_in import address, ask_new_password, judged_for
from console.theme import side_by_side
from console.widgets.secret_box import secret_box
from console.widgets.words import md
from services.access.operators import OperatorService, must_choose_password
from services.access.sessions import browser_actor

ctx = open_page(
    "Your account",
    "Your password, your second factor, and where you are signed in.",
    needs_pool=False,
    about_a_pool=False,
)
# also for whoever has to choose a password or to set a second factor up first
service = OperatorService(ctx.store, browser_actor(ctx.store, ctx.session.id, proved=False))

st.markdown(
    f"Signed in as **{md(ctx.operator.username)}** ({md(ctx.operator.name or 'no full name')}), "
    f"role **{md(ctx.operator.role)}**."
)

must_choose = must_choose_password(ctx.store, ctx.operator.id)
if must_choose:
    st.info("Choose a password of your own first: the one you have was handed over by an administrator.")

_CHANGED = "_console_password_changed"
left, right = side_by_side("account", (2, 3))


def change_password() -> None:
    """The form for a new password."""
    st.header("Change password", anchor=False)
    times = st.session_state.get(_CHANGED, 0)
    old = secret_box("Current password", autocomplete="current-password", key=f"old-password-{times}")
    new = ask_new_password(
        "New password", "Change password", judged_for(ctx.operator), key=f"own-password-{times}"
    )
    if new is None:
        return
    with guarded():
        service.change_own_password(old, new, ctx.session.id, address())
        done("Your password is changed. Other browsers of yours are signed out.")
        st.session_state[_CHANGED] = times + 1  # fields of another key are empty
        st.rerun()


# whoever has chosen their password isn't asked for another before the factor that still lacks
factor_first = not must_choose and comes_next(ctx)

with left:
    if factor_first:
        show_second_factor(ctx)
    elif ctx.operator.provider_id:
        st.header("Password", anchor=False)
        st.write("You sign in with your company account: its password and second factor are changed there.")
    else:
        change_password()

with right:
    if not factor_first and (not ctx.operator.provider_id or comes_next(ctx)):
        show_second_factor(ctx)
    show_wishes(ctx)
    st.header("Where you are signed in", anchor=False)
    with guarded():
        mine = service.sessions(ctx.operator.id)
        show_sessions(service, mine, own=ctx.session.id, key="own")
        if len(mine) > 1 and st.button("Sign out everywhere else", icon=":material/logout:"):
            ended = service.revoke_others(ctx.session.id)
            done(f"Signed out elsewhere: {ended}.")
            st.rerun()
