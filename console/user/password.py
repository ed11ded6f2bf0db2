"""Setting a password: temporary or permanent, made by the policy or typed, shown once."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import md
from services.changes import ChangePath
from services.cognito import passwords
from services.cognito.actions import SetPassword
from services.cognito.models import User, UserPool

NAME = "user-set_temporary_password"
TEMPORARY, PERMANENT = "temporary", "permanent"
KINDS = {
    TEMPORARY: "Temporary: they choose their own at the next sign-in",
    PERMANENT: "Permanent: it stays until they change it",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A password that was set."""

    activity_id: str
    permanent: bool
    password: str = field(repr=False)


def show_password(ctx: Context, user: User, pool: UserPool) -> None:
    """Draw the dialog if it is open for this person."""
    opened = dialog.opened(NAME)
    if opened is None or opened.subject.sub != user.sub:
        return
    dialog.show_dialog("Set a password", lambda: _body(ctx, opened, pool))


def _body(ctx: Context, opened: Opened, pool: UserPool) -> None:
    made: Made | None = opened.once.answer
    if made is not None:
        _result(opened, pool, made)
        return
    user: User = opened.subject
    dialog.who(user.name, user.label)
    st.markdown(
        "The present password stops working at once. Cognito sends no message: you pass the new one on "
        "yourself."
    )
    with dialog.form(
        opened,
        "Set password",
        reason="required",
        danger=True,
        on_action=_submit,
        args=(ctx, opened, pool),
    ):
        st.radio("Kind", list(KINDS), format_func=KINDS.__getitem__, key=opened.key("kind"))
        st.text_input(
            "New password",
            key=opened.key("password"),
            placeholder="Leave empty to have one made",
            help=md(passwords.describe(pool.policy)),
            autocomplete="off",
        )


def _submit(ctx: Context, opened: Opened, pool: UserPool) -> None:
    """Check, and set the password once. Runs as a callback."""
    typed: str = opened.value("password")
    reason = opened.value("reason").strip()
    opened.error = None
    opened.problems = passwords.problems(typed, pool.policy) if typed else []
    if not reason:
        opened.problems = [*opened.problems, "Give a reason."]
    if opened.problems:
        return
    path, user = ctx.pool_session.changes, opened.subject
    permanent = opened.value("kind", TEMPORARY) == PERMANENT
    opened.attempt(lambda: _set(path, user, typed or passwords.generate(pool.policy), permanent, reason))


def _set(path: ChangePath, user: User, password: str, permanent: bool, reason: str) -> Made:
    change = SetPassword(user.ref, password, permanent)
    return Made(path.perform(change, reason=reason).activity_id, permanent, password)


def _result(opened: Opened, pool: UserPool, made: Made) -> None:
    user: User = opened.subject
    kind = "permanent" if made.permanent else "temporary"
    dialog.who(user.name, user.label)
    st.success(f"They have a new {kind} password.", icon=":material/check_circle:")
    if made.permanent:
        st.markdown("Shown only now. Pass it on by another way than the username.")
    else:
        days = pool.policy.temporary_days or 7
        st.markdown(
            f"Shown only now. It works for {days} days and has to be changed at the next sign-in. "
            "Pass it on by another way than the username."
        )
    st.code(made.password, language=None)
    if dialog.close_button(opened):
        done(f"{user.label} has a new {kind} password.", made.activity_id)
        st.rerun()
