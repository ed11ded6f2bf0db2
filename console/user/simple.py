"""Actions that harm nobody: asked once, with room for a note."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from services.changes import Performed
from services.cognito.actions import Change, ConfirmUser, EnableUser, ResendInvitation, mark_verified
from services.cognito.models import User
from services.people.acting import check_now

MEDIA = {"EMAIL": "By e-mail", "SMS": "By SMS"}


@dataclass(frozen=True, slots=True)
class Simple:
    """What happens, what is said afterwards, and the change itself."""

    title: str
    about: str
    button: str
    said: str
    change: Callable[[User], Change]


SIMPLE = {
    "enable_user": Simple(
        "Enable this user",
        "They can sign in again. Where they were signed in before, they have to sign in anew.",
        "Enable",
        "{0} is enabled and can sign in again.",
        lambda user: EnableUser(user.ref),
    ),
    "confirm_user": Simple(
        "Confirm the registration",
        "They can sign in with the password they chose when registering. Their e-mail address isn't verified "
        "by this; mark it verified if you know that it is theirs.",
        "Confirm",
        "The registration of {0} is confirmed.",
        lambda user: ConfirmUser(user.ref),
    ),
    "verify_email": Simple(
        "Mark the e-mail address as verified",
        "Codes for a new password will be sent to this address. Do it only if you know that it is theirs.",
        "Mark as verified",
        "The e-mail address of {0} is verified.",
        lambda user: mark_verified(user, "email"),
    ),
    "verify_phone": Simple(
        "Mark the phone number as verified",
        "Codes for a new password may be sent to this number. Do it only if you know that it is theirs.",
        "Mark as verified",
        "The phone number of {0} is verified.",
        lambda user: mark_verified(user, "phone_number"),
    ),
    "resend_invitation": Simple(
        "Send the invitation again",
        "They get a new temporary password in a new message. The old temporary password stops working.",
        "Send invitation",
        "Cognito has been asked to send {0} a new invitation.",
        lambda user: ResendInvitation(user.ref),
    ),
}


def show_simple(ctx: Context, user: User) -> None:
    """Draw whichever of these dialogs is open for this person."""
    for name, simple in SIMPLE.items():
        opened = dialog.opened(f"user-{name}")
        if opened is not None and opened.subject.sub == user.sub:
            _dialog(ctx, opened, simple, name)


def _dialog(ctx: Context, opened: Opened, simple: Simple, name: str) -> None:
    user: User = opened.subject

    def body() -> None:
        _leave_when_done(opened, simple)
        dialog.who(user.name, user.label)
        st.markdown(simple.about)
        with dialog.form(
            opened, simple.button, reason="optional", on_action=_submit, args=(ctx, opened, simple, name)
        ):
            if name == "resend_invitation":
                media = _media(user)
                st.radio("Send it", list(media), format_func=media.__getitem__, key=opened.key("delivery"))

    dialog.show_dialog(simple.title, body)


def _submit(ctx: Context, opened: Opened, simple: Simple, name: str) -> None:
    directory, path, change = (
        ctx.pool_session.directory,
        ctx.pool_session.changes,
        simple.change(opened.subject),
    )
    if name == "resend_invitation":
        change = ResendInvitation(opened.subject.ref, delivery=(opened.value("delivery"),))
    reason = opened.value("reason").strip()

    def act() -> Performed:
        check_now(directory, opened.subject.sub, name)
        return path.perform(change, reason=reason)

    opened.attempt(act)


def _leave_when_done(opened: Opened, simple: Simple) -> None:
    performed: Performed | None = opened.once.answer
    if performed is not None:
        done(simple.said.format(opened.subject.label), performed.activity_id)
        dialog.close_dialog()
        st.rerun()


def _media(user: User) -> dict[str, str]:
    """The ways in which a message can reach the person."""
    present = {"EMAIL": user.email, "SMS": user.attributes.get("phone_number")}
    return {name: title for name, title in MEDIA.items() if present[name]}
