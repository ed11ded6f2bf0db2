"""What can be done with this person now, and why the rest can't."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.words import md
from services.changes import Performed
from services.cognito import status
from services.cognito.actions import Change, DeleteUser, DisableUser, ResetPassword, SignOutUser
from services.cognito.models import User, UserPool
from services.people.acting import check_now
from services.roles import Permission

P = Permission


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do with a person; `name` is that of `services.cognito.status.actions`."""

    name: str
    label: str
    icon: str
    permission: Permission


ACTIONS = (
    Action("confirm_user", "Confirm registration", ":material/how_to_reg:", P.USER_CONFIRM),
    Action("resend_invitation", "Send invitation again", ":material/forward_to_inbox:", P.USER_INVITE),
    Action("reset_password", "Send reset code", ":material/lock_reset:", P.USER_PASSWORD),
    Action("set_temporary_password", "Set password", ":material/password:", P.USER_PASSWORD),
    Action("verify_email", "Mark e-mail verified", ":material/mark_email_read:", P.USER_EDIT),
    Action("verify_phone", "Mark phone verified", ":material/mobile_friendly:", P.USER_EDIT),
    Action("enable_user", "Enable", ":material/check_circle:", P.USER_ENABLE),
    Action("disable_user", "Disable", ":material/block:", P.USER_DISABLE),
    Action("sign_out_user", "Sign out everywhere", ":material/logout:", P.USER_SIGN_OUT),
)
"""In the order in which they are offered; deleting stands apart."""

DELETE = Action("delete_user", "Delete", ":material/delete_forever:", P.USER_DELETE)


@dataclass(frozen=True, slots=True)
class Danger:
    """A change that cuts somebody off: what will happen, and what is said afterwards."""

    change: type[Change]
    title: str
    consequence: str
    button: str
    said: str


DANGERS = {
    "disable_user": Danger(
        DisableUser,
        "Disable {0}",
        "{0} can no longer sign in and is signed out everywhere. Nothing is lost: they can be enabled again, "
        "and then have to sign in anew.",
        "Disable",
        "{0} is disabled now and signed out everywhere.",
    ),
    "reset_password": Danger(
        ResetPassword,
        "Send a reset code to {0}",
        "The password of {0} stops working at once. Cognito sends them a code, with which they choose a new "
        "one. This can't be undone.",
        "Stop the password and send the code",
        "The password of {0} no longer works. Cognito was asked to send them a code, good for one hour.",
    ),
    "sign_out_user": Danger(
        SignOutUser,
        "Sign out {0} everywhere",
        "{0} has to sign in again on every device once the current access token runs out (an hour, unless "
        "the app client says otherwise). A session of the hosted sign-in page may stay open. This can't be "
        "undone.",
        "Sign out everywhere",
        "{0} is signed out everywhere; access tokens already given out work until they expire.",
    ),
    "delete_user": Danger(
        DeleteUser,
        "Delete {0}",
        "{0} is deleted with all attributes and group memberships. Cognito keeps nothing, and somebody "
        "created again under the same name is a new person with another ID. This can't be undone.",
        "Delete for good",
        "{0} was deleted.",
    ),
}


def why_off(ctx: Context, action: Action, reasons: dict[str, str]) -> str:
    """Why an action is off for this operator and this person, or an empty string."""
    return ctx.why_not(action.permission) or reasons.get(action.name, "")


def show_actions(ctx: Context, user: User, pool: UserPool) -> None:
    """Buttons for what can be done now; the rest greyed, each with its reason."""
    offered = [action for action in ACTIONS if ctx.may(action.permission)]
    with st.container(border=True, key="user-actions"):
        st.markdown("**What you can do**")
        if not offered:
            st.markdown(md(f"Your role is {ctx.operator.role}: you can look at people, not change them."))
            return
        reasons = status.actions(user, pool)
        possible = [action for action in offered if not reasons[action.name]]
        others = [action for action in offered if reasons[action.name]]
        for action in possible:
            _offer(ctx, action, user)
        if not possible:
            st.markdown("Nothing makes sense in this status.")
        if others:
            with st.expander(f"Not possible now ({len(others)})"):
                for action in others:
                    st.button(
                        action.label,
                        icon=action.icon,
                        key=f"user-{action.name}-off",
                        disabled=True,
                        width="stretch",
                    )
                    st.markdown(md(reasons[action.name]))


def _offer(ctx: Context, action: Action, user: User) -> None:
    danger = DANGERS.get(action.name)
    if danger is not None:
        offer_danger(ctx, action, user)
        return
    st.button(
        action.label,
        icon=action.icon,
        key=f"user-{action.name}",
        width="stretch",
        on_click=dialog.open_dialog,
        args=(f"user-{action.name}", user),
    )


def offer_danger(ctx: Context, action: Action, user: User, *, disabled: bool = False) -> None:
    """A button that asks for the typed name and a reason before it does anything."""
    pressed = st.button(
        f"{action.label} …", icon=action.icon, key=f"user-{action.name}", width="stretch", disabled=disabled
    )
    confirm_danger(ctx, action.name, user, pressed=pressed, key=f"user-{action.name}-{user.sub}")


def confirm_danger(ctx: Context, name: str, user: User, *, pressed: bool, key: str) -> None:
    """Ask, and do what is in `DANGERS` under `name`; see `dialog.confirm`."""
    danger, directory, path = DANGERS[name], ctx.pool_session.directory, ctx.pool_session.changes

    def act(reason: str) -> Performed:
        check_now(directory, user.sub, name)
        return path.perform(danger.change(user.ref), reason=reason)  # type: ignore[call-arg]

    dialog.confirm(
        pressed,
        danger.title.format(user.label),
        danger.consequence.format(user.label),
        typed=user.label,
        action=act,
        then=lambda performed: done(danger.said.format(user.label), performed.activity_id),
        button=danger.button,
        key=key,
    )
