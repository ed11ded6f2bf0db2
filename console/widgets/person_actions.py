"""What can be done with this person now, why the rest can't, and the dialogs that do it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import md
from services.changes import ChangePath, Performed
from services.cognito import passwords
from services.cognito.actions import OFFERS, Change, Confirm, Offer, PersonChange, SetPassword, reasons
from services.cognito.models import User, UserPool
from services.people.acting import check_now
from services.several import ChangeOutcome, ChangeState, perform_each
from services.store.activity import Why
from services.words import capital, counted

MENU = (
    "confirm_user",
    "resend_invitation",
    "reset_password",
    "set_temporary_password",
    "verify_email",
    "verify_phone",
    "enable_user",
    "disable_user",
    "sign_out_user",
    "forget_devices",
    "remove_authenticator",
)
"""What is offered (names of `services.cognito.actions.OFFERS`), in this order; deleting stands apart."""

DELETE = "delete_user"

FROM_SECTIONS = ("end_session", "judge_sign_in", "unlink_identity")
"""Offers that are made beside what they are about (a session, an event, a link)."""


@dataclass(frozen=True, slots=True)
class ChosenChange:
    """What is about to be done with a person: the offer, the change, and what it is about in plain text."""

    user: User
    offer: Offer
    change: PersonChange
    about: str = ""


def chosen(offer: Offer, user: User) -> ChosenChange:
    """The change that an offer makes, for this person."""
    return ChosenChange(user, offer, offer.change_for(user))


def open_change(choice: ChosenChange) -> None:
    """Open the dialog that asks once before the change is made. For callbacks."""
    dialog.open_dialog(f"user-{choice.offer.name}", choice)


def newest_change(ctx: Context, target: str) -> str:
    """The id of the last line of the log about a person (their sub) or a client, "" when there is none."""
    newest = ctx.store.activity.search(limit=1, target=target, pool=ctx.pool.name)
    return newest[0].id if newest else ""


def show_actions(ctx: Context, user: User, pool: UserPool, *, recommended: Collection[str] = ()) -> None:
    """Buttons for what can be done now, what cuts somebody off apart.

    `recommended` are offered elsewhere already.
    """
    offered = _offered(ctx)
    if not offered:
        st.markdown(md(f"Your role is {ctx.operator.role}: you can look at people, not change them."))
        return
    why_not = _reasons(ctx, user, pool)
    possible = [offer for offer in offered if not why_not[offer.name] and offer.name not in recommended]
    for offer in possible:
        if offer.confirm is not Confirm.TYPED:
            _offer(ctx, offer, user)
    cutting = [offer for offer in possible if offer.confirm is Confirm.TYPED]
    if cutting:
        st.markdown("These cut them off from something:")
        for offer in cutting:
            _offer(ctx, offer, user)
    if not possible and not recommended:
        st.markdown("Nothing makes sense in this status.")


def show_impossible(ctx: Context, user: User, pool: UserPool) -> None:
    """What the role may do but can't be done now, folded away, each greyed with its reason."""
    why_not = _reasons(ctx, user, pool)
    others = [offer for offer in _offered(ctx) if why_not[offer.name]]
    if not others:
        return
    with st.expander(f"Not possible now ({len(others)})"):
        for offer in others:
            st.button(
                f"{offer.label}…",
                icon=offer.icon,
                key=f"user-{offer.name}-off",
                disabled=True,
                width="stretch",
            )
            st.markdown(md(why_not[offer.name]))


def _reasons(ctx: Context, user: User, pool: UserPool) -> dict[str, str]:
    """`reasons`, and where the installed AWS library doesn't know the call."""
    client = ctx.pool_session.gateway.client
    lacks = "The installed AWS library (boto3) is too old for it; update it."
    return {
        name: why or ("" if client.has(OFFERS[name].kind.operation) else lacks)
        for name, why in reasons(user, pool).items()
    }


def _offered(ctx: Context) -> list[Offer]:
    """What the role may do with one person."""
    return [OFFERS[name] for name in MENU if ctx.may(OFFERS[name].permission)]


def _offer(ctx: Context, offer: Offer, user: User) -> None:
    if offer.confirm is Confirm.TYPED:
        offer_danger(ctx, offer, user)
        return
    st.button(
        f"{offer.label}…",
        icon=offer.icon,
        key=f"user-{offer.name}",
        width="stretch",
        on_click=open_offer,
        args=(offer, user),
    )


def open_offer(offer: Offer, user: User) -> None:
    """Open the dialog of what is offered. For callbacks."""
    if offer.confirm is Confirm.OWN:
        dialog.open_dialog(f"user-{offer.name}", user)
    else:
        open_change(chosen(offer, user))


def offer_danger(ctx: Context, offer: Offer, user: User, *, disabled: bool = False) -> None:
    """A button that asks for the typed name and a reason before it does anything."""
    pressed = st.button(
        f"{offer.label}…", icon=offer.icon, key=f"user-{offer.name}", width="stretch", disabled=disabled
    )
    confirm_danger(ctx, offer, user, pressed=pressed, key=f"user-{offer.name}-{user.sub}")


def confirm_danger(
    ctx: Context, offer: Offer, user: User, *, pressed: bool, key: str, about: str = ""
) -> None:
    """Ask, and do what is offered; see `dialog.confirm`. `about` says more of what will happen."""
    directory, path = ctx.pool_session.directory, ctx.pool_session.changes
    unsure = offer.kind.unsure(user, directory.gateway.describe_pool())

    def act(why: Why) -> Performed:
        check_now(directory, user.sub, offer.name)
        return path.perform(offer.change_for(user), **why)

    dialog.confirm(
        pressed,
        offer.title.format(user.label),
        " ".join(part for part in (offer.about.format(user.label), about, unsure) if part),
        typed=user.label,
        identified=offer.kind.proves_identity,
        billed=offer.kind.bills,
        action=act,
        then=lambda performed: done(offer.said.format(user.label), performed),
        button=offer.button,
        key=key,
    )


# Deleting a person, apart from everything else.


def show_danger(ctx: Context, user: User, pool: UserPool) -> None:
    """The button that deletes; absent for roles that may not, off with the reason while it can't be done."""
    offer = OFFERS[DELETE]
    if not ctx.may(offer.permission):
        return
    why = offer.why_not(user, pool)
    with st.container(border=True, key="user-danger"):
        st.markdown("**Delete this user**")
        st.markdown("What Cognito knows about them is lost for good. Disabling is enough in most cases.")
        if why:
            st.markdown(md(why))
        with st.container(width=260):
            offer_danger(ctx, offer, user, disabled=bool(why))


# Actions that harm nobody: asked once, with room for a note.

MEDIA = {"EMAIL": "By e-mail", "SMS": "By SMS"}


def simple_offers() -> list[Offer]:
    """What is offered with one of these dialogs."""
    once = [OFFERS[name] for name in MENU if OFFERS[name].confirm is Confirm.ONCE]
    return once + [OFFERS[name] for name in FROM_SECTIONS]


def show_simple(ctx: Context, user: User) -> None:
    """Draw whichever of these dialogs is open for this person."""
    for offer in simple_offers():
        opened = dialog.opened(f"user-{offer.name}")
        if opened is not None and opened.subject.user.sub == user.sub:
            _dialog(ctx, opened)


def _dialog(ctx: Context, opened: Opened) -> None:
    choice: ChosenChange = opened.subject
    user, offer = choice.user, choice.offer

    def body() -> None:
        _leave_when_done(opened)
        dialog.who(user.name, user.label)
        if choice.about:
            st.text(choice.about)
        st.markdown(offer.about)
        with dialog.form(
            opened,
            offer.button or offer.label,
            reason="optional",
            identified=offer.kind.proves_identity,
            billed=offer.kind.bills,
            on_action=_submit,
            args=(ctx, opened),
        ):
            if offer.kind.asks_delivery:
                media = _media(user)
                st.radio("Send it", list(media), format_func=media.__getitem__, key=opened.key("delivery"))

    dialog.show_dialog(offer.title or offer.label, body)


def _submit(ctx: Context, opened: Opened) -> None:
    directory, path, choice = ctx.pool_session.directory, ctx.pool_session.changes, opened.subject
    offer, change = choice.offer, choice.change
    if offer.kind.asks_delivery:
        change = change.by((opened.value("delivery"),))
    why = opened.why

    def act() -> Performed:
        check_now(directory, choice.user.sub, offer.name)
        return path.perform(change, **why)

    opened.attempt(act)


def _leave_when_done(opened: Opened) -> None:
    performed: Performed | None = opened.once.answer
    choice: ChosenChange = opened.subject
    if performed is not None:
        said = choice.offer.said.format(choice.user.label) or f"{capital(choice.change.done)}."
        done(said, performed)
        dialog.close_dialog()
        st.rerun()


def _media(user: User) -> dict[str, str]:
    """The ways in which a message can reach the person."""
    present = {"EMAIL": user.email, "SMS": user.attributes.get("phone_number")}
    return {name: title for name, title in MEDIA.items() if present[name]}


PASSWORD_DIALOG = "user-set_temporary_password"  # noqa: S105 - a name
TEMPORARY, PERMANENT = "temporary", "permanent"
KINDS = {
    TEMPORARY: "Temporary: they choose their own at the next sign-in",
    PERMANENT: "Permanent: it stays until they change it",
}


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password that was set."""

    activity_id: str
    permanent: bool
    password: str = field(repr=False)


def show_password(ctx: Context, user: User, pool: UserPool) -> None:
    """Draw the dialog if it is open for this person."""
    opened = dialog.opened(PASSWORD_DIALOG)
    if opened is None or opened.subject.sub != user.sub:
        return
    dialog.show_dialog("Set a password", lambda: _ask_password(ctx, opened, pool))


def _ask_password(ctx: Context, opened: Opened, pool: UserPool) -> None:
    made: NewPassword | None = opened.once.answer
    if made is not None:
        _show_new_password(opened, pool, made)
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
        identified=True,
        danger=True,
        billed=True,
        checks=lambda: _password_problems(opened, pool),
        on_action=_submit_password,
        args=(ctx, opened, pool),
    ):
        st.radio("Kind", list(KINDS), format_func=KINDS.__getitem__, key=opened.key("kind"))
        st.text_input(
            "New password",
            key=opened.key("password"),
            placeholder="Leave empty to have one made",
            help=md(passwords.policy_sentence(pool.policy)),
            autocomplete="off",
        )


def _password_problems(opened: Opened, pool: UserPool) -> list[str]:
    typed: str = opened.value("password")
    return passwords.password_problems(typed, pool.policy) if typed else []


def _submit_password(ctx: Context, opened: Opened, pool: UserPool) -> None:
    """Set the password once. Runs as a callback."""
    typed: str = opened.value("password")
    path, user = ctx.pool_session.changes, opened.subject
    permanent, why = opened.value("kind", TEMPORARY) == PERMANENT, opened.why
    opened.attempt(
        lambda: _set_password(path, user, typed or passwords.generate(pool.policy), permanent, why)
    )


def _set_password(path: ChangePath, user: User, password: str, permanent: bool, why: Why) -> NewPassword:
    change = SetPassword(user.ref, password, permanent)
    return NewPassword(path.perform(change, **why).activity_id, permanent, password)


def _show_new_password(opened: Opened, pool: UserPool, made: NewPassword) -> None:
    user: User = opened.subject
    kind = "permanent" if made.permanent else "temporary"
    dialog.who(user.name, user.label)
    st.success(f"They have a new {kind} password.", icon=":material/check_circle:")
    if made.permanent:
        st.markdown("Shown only now. Pass it on by another way than the username.")
    else:
        days = counted(pool.policy.valid_days, "day")
        st.markdown(
            f"Shown only now. It works for {days} and has to be changed at the next sign-in. "
            "Pass it on by another way than the username."
        )
    st.code(made.password, language=None)
    if dialog.close_button(opened, escape=False):
        done(f"{user.label} has a new {kind} password.", made.activity_id)
        st.rerun()


def send(ctx: Context, opened: Opened, changes: Sequence[Change]) -> None:
    """Carry out changes of membership once. Runs as a callback."""
    path, why = ctx.pool_session.changes, opened.why
    opened.attempt(lambda: list(perform_each(path, changes, **why)))


def tell_memberships(opened: Opened, label: str) -> bool:
    """As `tell_outcomes`, of somebody (`label`) and the groups they were added to or removed from."""

    def verb(outcome: ChangeOutcome) -> str:
        return "added to" if outcome.change.joins else "removed from"

    return tell_outcomes(
        opened,
        lambda good: f"{label} was {verb(good[0])}: {', '.join(map(group_of, good))}.",
        lambda outcome: f"{verb(outcome)} {group_of(outcome)}",
    )


def tell_outcomes(
    opened: Opened, said: Callable[[Sequence[ChangeOutcome]], str], what: Callable[[ChangeOutcome], str]
) -> bool:
    """True when there is something to tell, and then the dialog shows nothing else.

    It closes by itself when everything was done; otherwise it says what was (the sentence `said` of those
    done) and what wasn't (`what` follows "Not").
    """
    outcomes: list[ChangeOutcome] | None = opened.once.answer
    if outcomes is None:
        return False
    good = [outcome for outcome in outcomes if outcome.result in (ChangeState.DONE, ChangeState.UNCHANGED)]
    bad = [outcome for outcome in outcomes if outcome not in good]
    if not bad:
        performed = [outcome.performed for outcome in good if outcome.performed is not None]
        done(said(good), good[-1].activity_id or None, undo=performed)
        dialog.close_dialog()
        st.rerun()
    if good:
        st.success(md(said(good)), icon=":material/check_circle:")
    for outcome in bad:
        st.error(md(f"Not {what(outcome)}: {outcome.message}"), icon=":material/error:")
    if dialog.close_button(opened):
        st.rerun()
    return True


def group_of(outcome: ChangeOutcome) -> str:
    """The group that a change of membership is about."""
    return outcome.change.joins or outcome.change.leaves or outcome.name
