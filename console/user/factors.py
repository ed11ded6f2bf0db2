"""What a person proves themselves with after the password, and what that means at the next sign-in."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from console.context import Context
from console.feedback import done
from console.user.section import Section, show_section
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.person_actions import confirm_danger
from console.widgets.table import show_table
from console.widgets.words import BILLED, md
from services.changes import Performed
from services.cognito.actions import OFFERS, SetMfaPreference
from services.cognito.actions.factors import APP, no_second_factor, offered_factors
from services.cognito.models import User, UserPool
from services.cognito.person_reads import FACTOR_TITLES, FIRST_TITLES, PersonFactors
from services.cognito.recovery import recovery_of
from services.cognito.sign_in import MfaConfig
from services.errors import CognitoError
from services.people.acting import check_now
from services.people.second_factors import after_removal, demand, next_sign_in
from services.words import capital, listed

PREFERENCE = "user-set_mfa_preference"


def show_factors(ctx: Context, user: User, pool: UserPool) -> None:
    """What the pool asks for, and on request what they have set up."""
    gateway = ctx.pool_session.gateway
    mfa = _config(ctx)
    section = Section(
        "factors",
        "Second factors",
        f"{demand(pool, mfa)} What they have set up can be looked at.",
        lambda: gateway.person_factors(user.username),
        lambda factors: _factors(ctx, user, pool, mfa, factors),
        cost=BILLED,
        lacking=no_second_factor(user, pool),
    )
    show_section(ctx, user, section)


def _config(ctx: Context) -> MfaConfig | None:
    """The pool's second factors; None where they can't be read."""
    with suppress(CognitoError):
        return ctx.pool_session.gateway.mfa_config()
    return None


def _factors(ctx: Context, user: User, pool: UserPool, mfa: MfaConfig | None, factors: PersonFactors) -> None:
    st.markdown(md(demand(pool, mfa)))
    st.markdown(f"**At the next sign-in:** {md(next_sign_in(user, pool, mfa, factors))}")
    if factors.mfa:
        show_table(
            {
                "Set up": [FACTOR_TITLES.get(name, name) for name in factors.mfa],
                "Asked for first": ["Yes" if name == factors.preferred else "" for name in factors.mfa],
                "Name in Cognito": list(factors.mfa),
            },
            "Second factors of this user",
        )
    if factors.first is not None:
        ways = ", ".join(FIRST_TITLES.get(name, name) for name in factors.first) or "nothing yet"
        st.markdown(md(f"They can prove themselves by: {ways}."))
        if "WEB_AUTHN" in factors.first:
            st.markdown("A passkey can only be removed by the person, or with the device that holds it.")
    with st.container(horizontal=True):
        _preference_button(ctx, user, pool, mfa, factors)
        _removal_button(ctx, user, pool, mfa, factors)


def _preference_button(
    ctx: Context, user: User, pool: UserPool, mfa: MfaConfig | None, factors: PersonFactors
) -> None:
    offer = OFFERS["set_mfa_preference"]
    if not ctx.may(offer.permission):
        return
    why = offer.why_not(user, pool)
    st.button(
        f"{offer.label}…",
        icon=offer.icon,
        key="user-preference",
        disabled=bool(why),
        help=md(why) or None,
        on_click=dialog.open_dialog,
        args=(PREFERENCE, (user, mfa, factors)),
    )


def _removal_button(
    ctx: Context, user: User, pool: UserPool, mfa: MfaConfig | None, factors: PersonFactors
) -> None:
    offer = OFFERS["remove_authenticator"]
    if APP not in factors.mfa or not ctx.may(offer.permission):
        return
    lacks = not ctx.pool_session.gateway.client.has(offer.kind.operation)
    pressed = st.button(
        f"{offer.label}…",
        icon=offer.icon,
        key="user-lost-app",
        disabled=lacks,
        help="The installed AWS library (boto3) is too old to know how; update it." if lacks else None,
    )
    confirm_danger(
        ctx,
        offer,
        user,
        pressed=pressed,
        key=f"user-lost-app-{user.sub}",
        about=f"Afterwards: {after_removal(user, pool, mfa, factors)}",
    )


def show_preference(ctx: Context, user: User) -> None:
    """Draw the dialog if it is open for this person."""
    opened = dialog.opened(PREFERENCE)
    if opened is not None and opened.subject[0].sub == user.sub:
        dialog.show_dialog("Set the second factor", lambda: _body(ctx, opened))


def _body(ctx: Context, opened: Opened) -> None:
    user, mfa, factors = opened.subject
    performed: Performed | None = opened.once.answer
    if performed is not None:
        done(OFFERS["set_mfa_preference"].said.format(user.label), performed)
        dialog.close_dialog()
        st.rerun()
    dialog.who(user.name, user.label)
    st.markdown(OFFERS["set_mfa_preference"].about)
    options = _choices(mfa, factors)
    pool = ctx.pool_session.gateway.describe_pool()
    if not recovery_of(user, pool, ()).problem:
        ending = [title for name, title in options.items() if recovery_of(user, pool, (name,)).problem]
        if ending:
            st.markdown(
                f"With {md(listed(ending))} nobody can send them a code for a new password any more: Cognito "
                "sends none to where the codes of the second factor go."
            )
    with dialog.form(
        opened,
        "Set",
        reason="optional",
        identified=True,
        marked=True,
        billed=True,
        checks=lambda: [] if opened.value("factor", None) is not None else ["Choose one."],
        on_action=_submit,
        args=(ctx, opened),
    ):
        st.radio(
            dialog.required("Asked for at the next sign-in"),
            list(options),
            index=None,
            format_func=options.__getitem__,
            key=opened.key("factor"),
        )


def _choices(mfa: MfaConfig | None, factors: PersonFactors) -> dict[str, str]:
    """What can be chosen: what the pool offers and can be without their doing, and none where it may be."""
    offered = offered_factors(mfa) if mfa else tuple(factors.mfa)
    possible = [name for name in offered if name != APP or APP in factors.mfa]
    found = {name: capital(FACTOR_TITLES[name]) for name in possible}
    if mfa is None or mfa.mode != "ON":
        found[""] = "None: the password alone"
    return found


def _submit(ctx: Context, opened: Opened) -> None:
    user: User = opened.subject[0]
    directory, path, why = ctx.pool_session.directory, ctx.pool_session.changes, opened.why
    change = SetMfaPreference(user.ref, opened.value("factor"))

    def act() -> Performed:
        check_now(directory, user.sub, "set_mfa_preference")
        return path.perform(change, **why)

    opened.attempt(act)
