"""Who this is, and how they stand, in words for support."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import streamlit as st

from console.widgets.words import day, md, minute
from services.cognito.models import User, UserPool, UserStatus
from services.cognito.people import sign_in_name, unverified_for_sign_in
from services.cognito.status import STATUS_TEXTS, invitation_expiry, is_verified
from services.directory.people import Look
from services.words import ago

_COLOURS: dict[UserStatus, Literal["green", "blue", "orange", "violet"]] = {
    UserStatus.CONFIRMED: "green",
    UserStatus.FORCE_CHANGE_PASSWORD: "blue",
    UserStatus.UNCONFIRMED: "orange",
    UserStatus.RESET_REQUIRED: "orange",
    UserStatus.EXTERNAL_PROVIDER: "violet",
}


def show_header(look: Look, pool: UserPool) -> None:
    """Name, contact, badges, what the status means and what the person must do next."""
    user = look.person.user
    with st.container(border=True, key="user-header"):
        st.subheader(md(user.name or user.label), anchor=False)
        with st.container(horizontal=True, gap="small"):
            _badges(user)
        _contact(user, pool)
        _standing(user, pool)
        _dates(look)


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


def _dates(look: Look) -> None:
    user = look.person.user
    created, changed = md(day(user.created)), md(day(user.changed))
    st.markdown(f"Created {created} · last changed {changed} · read {md(ago(look.read_at))}")
