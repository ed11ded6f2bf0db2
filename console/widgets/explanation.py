"""Why a person can't sign in: the answer, and the buttons that put it right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.chain import show_chain
from console.widgets.client_fix import DIALOG as CLIENT_FIX
from console.widgets.client_fix import offer_fixes, show_client_fix
from console.widgets.dialog import Opened
from console.widgets.link_dialog import LINK, show_link_dialog
from console.widgets.person_actions import (
    PASSWORD_DIALOG,
    confirm_danger,
    newest_change,
    open_offer,
    send,
    show_password,
    show_simple,
    simple_offers,
    tell_memberships,
)
from console.widgets.words import BILLED, label, md, zone
from services.cognito.actions import OFFERS, AddToGroup, Confirm
from services.cognito.models import User, UserPool
from services.login.chain import Link, LinkState
from services.login.explain import explain
from services.login.explain_facts import (
    ASK_FACTORS,
    CheckedLink,
    Explanation,
    FoundPerson,
    LinkFix,
    find_person,
    gather,
    person_by_sub,
)
from services.login.sign_in_flow import SignInFlow
from services.roles import Permission
from services.store.applications import Application
from services.words import ago, file_time

FLOW_TITLES = {
    SignInFlow.HOSTED: "Hosted login page",
    SignInFlow.PASSWORD: "Own form, password",
    SignInFlow.SRP: "Own form, SRP",
    SignInFlow.ADMIN: "Through a server",
    SignInFlow.CHOICE: "Own form, choice of the first step",
}
"""Every flow as a short title."""


@dataclass(frozen=True, slots=True)
class WhyQuestion:
    """Whom (typed, or picked by `sub`), which application ("" for none), which flow."""

    typed: str = ""
    sub: str = ""
    application_id: str = ""
    flow: SignInFlow = SignInFlow.HOSTED
    second_factors: bool = False


def ask_why(key: str, question: WhyQuestion) -> None:
    """Put a question; the next `show_answer` with this key answers it. For callbacks."""
    st.session_state[f"{key}-question"] = question
    st.session_state.pop(f"{key}-answer", None)


def forget_answer(key: str) -> None:
    """Have the question answered anew. For callbacks."""
    st.session_state.pop(f"{key}-answer", None)


def asked(key: str, pool_id: str) -> WhyQuestion | None:
    """The question that was put, for this pool."""
    if st.session_state.get(f"{key}-pool", pool_id) != pool_id:
        for part in ("question", "answer"):
            st.session_state.pop(f"{key}-{part}", None)
    st.session_state[f"{key}-pool"] = pool_id
    found = st.session_state.get(f"{key}-question")
    return found if isinstance(found, WhyQuestion) else None


def ticket_text(answer: Explanation) -> str:
    """The answer as text for a ticket: when, about whom, the sentence, and what stood out."""
    facts = answer.facts
    about = facts.user.label if facts.user else facts.found.typed
    where = f", signing in to {facts.application.name}" if facts.application else ""
    lines = [f"{file_time(facts.at)}, {about} in {facts.pool.name}{where}", answer.sentence]
    if facts.zone is not None:
        lines.append(f"Times below are those of {facts.zone}.")
    lines += [
        f"{link.title}: {link.sentence}"
        for link in answer.links
        if link.state in (LinkState.FAILED, LinkState.DOUBTFUL)
    ]
    return "\n".join(lines)


def choose_application(
    ctx: Context, key: str, *, first: str = "", width: int | Literal["stretch"] = "stretch"
) -> str:
    """A box with the pool's applications; the id of the chosen one, "" for none in particular."""
    known = {application.id: application.name for application in ctx.store.applications.list(ctx.pool.id)}
    options = [*known, ""]
    chosen = st.selectbox(
        "Application",
        options,
        index=options.index(first) if first in known else 0,
        format_func=lambda id: known.get(id, "None in particular"),
        key=f"{key}-application-{ctx.pool.id}",
        width=width,
    )
    return chosen or ""


def choose_flow(
    key: str, *, first: SignInFlow = SignInFlow.HOSTED, width: int | Literal["stretch"] = "stretch"
) -> SignInFlow:
    """A box with the ways in which applications sign people in."""
    chosen = st.selectbox(
        "How it signs people in",
        list(SignInFlow),
        index=list(SignInFlow).index(first),
        format_func=FLOW_TITLES.__getitem__,
        key=f"{key}-way",
        width=width,
        help="Most applications send people to the hosted login page. Whoever built it knows.",
    )
    return chosen or SignInFlow.HOSTED


def show_answer(ctx: Context, key: str) -> None:
    """Answer the question that was put under `key`; nothing while there is none. Raises `CognitoError`s.

    Everything is looked at once, and again after a fix.
    """
    question = asked(key, ctx.pool.id)
    if question is None:
        return
    answer = _answer(ctx, key, question)
    _who(ctx, answer)
    _sentence(answer)
    if answer.cause is None or not answer.cause.blocks:
        # the chain opens only what blocks
        show_fixes(ctx, answer, answer.fixes, f"{key}-sentence")
    _again(key, question, answer)
    _checks(ctx, key, answer)
    show_client_fix(ctx.pool_session)
    if answer.facts.user is not None:
        show_dialogs(ctx, answer.facts.user, answer.facts.pool, also_users=True)


def show_short_answer(ctx: Context, key: str) -> Explanation | None:
    """The same for the page of the person it is about: the sentence, with every check folded away.

    The answer, for whoever offers what helps against it; None while there is no question.
    """
    question = asked(key, ctx.pool.id)
    if question is None:
        return None
    answer = _answer(ctx, key, question)
    _sentence(answer)
    # the steps beside it offer what helps, and that may be to look at their second factor
    beside = answer.cause is not None and any(fix.action == ASK_FACTORS for fix in answer.fixes)
    _again(key, question, answer, asks=not beside)
    looked_at = st.expander(
        f"Everything that was looked at ({len(answer.checks)})", key=f"{key}-checks", on_change="rerun"
    )
    if looked_at.open:  # most of the page's elements, and seldom read
        with looked_at:
            _checks(ctx, key, answer)
    show_client_fix(ctx.pool_session)
    if answer.facts.user is not None:
        show_dialogs(ctx, answer.facts.user, answer.facts.pool, also_users=False)
    return answer


def _who(ctx: Context, answer: Explanation) -> None:
    """Who was found under the name, with the way to their page."""
    user = answer.facts.user
    if user is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        # plain text: in Markdown an address would become a link
        username = "" if answer.facts.pool.username_attributes else user.username
        st.text(" · ".join(dict.fromkeys(part for part in (user.name, user.label, username) if part)))
        st.page_link(
            PAGES["user"],
            label="Their page",
            icon=":material/person:",
            query_params={"pool": ctx.pool.name, "id": user.sub},
        )


def _answer(ctx: Context, key: str, question: WhyQuestion) -> Explanation:
    """The answer, looked up afresh when something was done about it since."""
    kept: tuple[str, Explanation] | None = st.session_state.get(f"{key}-answer")
    if kept is not None and (is_open() or kept[0] == _change_of(ctx, kept[1])):
        return kept[1]
    with st.spinner("Looking at the person, the application and the pool…", show_time=True):
        directory = ctx.pool_session.directory
        found: FoundPerson = (
            person_by_sub(directory, question.sub) if question.sub else find_person(directory, question.typed)
        )
        answer = explain(
            gather(
                directory,
                found,
                _application(ctx, question),
                flow=question.flow,
                second_factors=question.second_factors,
                zone=zone(),
            )
        )
    st.session_state[f"{key}-answer"] = (_change_of(ctx, answer), answer)
    return answer


def _change_of(ctx: Context, answer: Explanation) -> str:
    """The last lines of the log about the person and the application's app client."""
    user, application = answer.facts.user, answer.facts.application
    about = [user.sub] if user is not None else []
    about += [application.client_id] if application is not None else []
    return " ".join(newest_change(ctx, target) for target in about)


def _application(ctx: Context, question: WhyQuestion) -> Application | None:
    known = ctx.store.applications.list(ctx.pool.id)
    return next((application for application in known if application.id == question.application_id), None)


def _sentence(answer: Explanation) -> None:
    """What to tell the caller, what helps, and what isn't known."""
    show, title = _tone(answer)
    show(f"**{title}**\n\n{md(answer.sentence)}")
    unknown = [check for check in answer.unknown if not _may_be_asked(check)]
    if unknown:
        names = ", ".join(f"“{check.link.title}”" for check in unknown)
        st.markdown(f"Couldn’t be checked from here: {md(names)}.")


def _again(key: str, question: WhyQuestion, answer: Explanation, *, asks: bool = True) -> None:
    """Looking again, looking at what bills (`asks`), and taking the sentence along."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Look again",
            icon=":material/refresh:",
            type="tertiary",
            key=f"{key}-again",
            on_click=ask_why,
            args=(key, question),
        )
        if asks and any(map(_may_be_asked, answer.checks)):
            _ask_button(key, question, key=f"{key}-factors", title="Look at their second factor too (billed)")
        with st.popover("For the ticket", icon=":material/content_copy:", type="tertiary"):
            st.code(ticket_text(answer), language=None, wrap_lines=True)
        st.markdown(f"Looked at {md(ago(answer.facts.at))}")


def _ask_button(
    name: str,
    question: WhyQuestion,
    *,
    key: str,
    title: str = "Look at their second factor (billed)",
    stands_out: bool = False,
) -> None:
    """The button that puts the question anew, second factors included."""
    st.button(
        title,
        icon=":material/phonelink_lock:",
        type="primary" if stands_out else "tertiary",
        key=key,
        help=BILLED,
        on_click=ask_why,
        args=(name, replace(question, second_factors=True)),
    )


def _may_be_asked(check: CheckedLink) -> bool:
    return any(fix.action == ASK_FACTORS for fix in check.fixes)


def _tone(answer: Explanation) -> tuple[Callable[[str], object], str]:
    if answer.cause is None:
        if answer.unknown:
            return st.success, "Nothing that could be looked at stands in the way. You can say:"
        return st.success, "Nothing stands in the way. You can say:"
    if answer.cause.blocks:
        return st.error, "Most likely this is it. You can say:"
    return st.warning, "Nothing blocks them; most likely it is this. You can say:"


def _checks(ctx: Context, key: str, answer: Explanation) -> None:
    """Every check as a line, then those that don't matter here."""
    by_key = {check.link.key: check for check in answer.checks}

    def control(link: Link) -> None:
        show_fixes(ctx, answer, by_key[link.key].fixes, f"{key}-{link.key}")

    matter = [link for link in answer.links if link.state is not LinkState.NOT_APPLICABLE]
    others = [link for link in answer.links if link.state is LinkState.NOT_APPLICABLE]
    show_chain(matter, key=key, fix_control=control)
    if others:
        with st.expander(f"Doesn't matter here ({len(others)})"):
            for link in others:
                st.markdown(f"**{md(link.title)}**: {md(link.sentence)}")


JOIN = "explain-join"

_PAGE_NEEDS = {"configuration": Permission.CONFIGURE}


@dataclass(frozen=True, slots=True)
class GroupAddition:
    """Whom to add to which of an application's groups."""

    user: User
    groups: tuple[str, ...]
    application: Application


def show_fixes(
    ctx: Context,
    answer: Explanation,
    fixes: Sequence[LinkFix],
    key: str,
    *,
    first: bool = False,
    asks: tuple[str, WhyQuestion] | None = None,
) -> tuple[str, ...]:
    """A button for each fix; its name with the reason where the operator's role doesn't allow it.

    With `first` the first button stands out; `asks`, the question and the key it was put under, offers to
    look at what bills. The names of the fixes that got a button come back.
    """
    user = answer.facts.user
    shown: list[str] = []
    with st.container(horizontal=True, key=f"fixes-{key}"):
        for number, fix in enumerate(fixes):
            if fix.client is not None:
                offer_fixes(ctx, [fix.client], f"{key}-{number}")
            elif fix.page:
                _link(ctx, fix, user, f"{key}-{number}")
            elif fix.action == ASK_FACTORS and asks is not None:
                _ask_button(*asks, key=f"{key}-asks", stands_out=first and not shown)
                shown.append(fix.action)
            elif user is not None and fix.action in OFFERS and ctx.may(OFFERS[fix.action].permission):
                own = f"user-{fix.action}" if first else f"fix-{key}-{fix.action}"
                _button(ctx, answer, fix, user, own, stands_out=first and not shown)
                shown.append(fix.action)
    for sentence in _refused(ctx, fixes):
        st.markdown(md(sentence))
    return tuple(shown)


def _refused(ctx: Context, fixes: Sequence[LinkFix]) -> list[str]:
    """What would help but isn't this operator's to do, named, with the role that it needs."""
    named: dict[str, list[str]] = {}
    for fix in fixes:
        why_not = ctx.why_not(OFFERS[fix.action].permission) if fix.action in OFFERS else ""
        if why_not:
            named.setdefault(why_not, []).append(fix.label)
    return [f"{', '.join(dict.fromkeys(labels))}. {why_not}" for why_not, labels in named.items()]


def _link(ctx: Context, fix: LinkFix, user: User | None, key: str) -> None:
    if not ctx.may(_PAGE_NEEDS.get(fix.page, Permission.READ)):
        return
    query = {"pool": ctx.pool.name}
    if fix.page == "user" and user is not None:
        query["id"] = user.sub
    with st.container(key=f"link-{key}", width="content"):
        st.page_link(PAGES[fix.page], label=fix.label, icon=":material/arrow_forward:", query_params=query)


def _button(
    ctx: Context, answer: Explanation, fix: LinkFix, user: User, key: str, *, stands_out: bool = False
) -> None:
    offer = OFFERS[fix.action]
    kind: Literal["primary", "secondary"] = "primary" if stands_out else "secondary"
    if offer.confirm is Confirm.TYPED:
        # what cuts somebody off wants their name typed
        pressed = st.button(f"{fix.label}…", icon=offer.icon, key=key, type=kind)
        confirm_danger(ctx, offer, user, pressed=pressed, key=f"{key}-{user.sub}")
        return
    if offer.kind is AddToGroup:
        application = answer.facts.application
        assert application is not None  # noqa: S101 - no group is asked for without one
        groups = tuple(change.group for change in fix.changes if isinstance(change, AddToGroup))
        st.button(
            f"{fix.label}…",
            icon=offer.icon,
            key=key,
            type=kind,
            on_click=dialog.open_dialog,
            args=(JOIN, GroupAddition(user, groups, application)),
        )
        return
    st.button(
        f"{label(fix.label)}…",
        icon=offer.icon,
        key=key,
        type=kind,
        on_click=open_offer,
        args=(offer, user),
    )


def show_dialogs(ctx: Context, user: User, pool: UserPool, *, also_users: bool) -> None:
    """Draw whichever dialog is open for this person; `also_users`: those of the user's page too.

    That page draws its own.
    """
    if also_users:
        show_simple(ctx, user)
        show_password(ctx, user, pool)
    show_link_dialog(ctx, user)
    opened = dialog.opened(JOIN)
    if opened is not None and opened.subject.user.sub == user.sub:
        _join(ctx, opened)


def is_open() -> bool:
    """Whether a dialog of a fix is open now, so that its work isn't done yet."""
    names = (JOIN, LINK, CLIENT_FIX, PASSWORD_DIALOG, *(f"user-{offer.name}" for offer in simple_offers()))
    return any(dialog.opened(name) is not None for name in names)


def _join(ctx: Context, opened: Opened) -> None:
    wanted: GroupAddition = opened.subject
    person = wanted.user

    def body() -> None:
        if tell_memberships(opened, person.label):
            return
        dialog.who(person.name, person.label)
        known = {group.name: group for group in ctx.pool_session.directory.groups()}
        roles, guard = wanted.application.group_roles, ctx.pool_session.guard
        guarded, actor = guard.guarded(), ctx.who()
        mine = [name for name in wanted.groups if not guard.why_not(name, actor)]
        said = [guard.why_not(name, actor) or guarded[name].why for name in wanted.groups if name in guarded]
        if not mine:
            st.markdown("  \n".join(f":material/shield: {md(sentence)}" for sentence in said))
            dialog.close_button(opened)
            return
        with dialog.form(
            opened, "Add", reason="optional", marked=True, billed=True, on_action=_submit, args=(ctx, opened)
        ):
            st.radio(
                dialog.required(f"Group that opens {label(wanted.application.name)}"),
                mine,
                format_func=lambda name: label(f"{name}, as {roles[name]}" if roles.get(name) else name),
                captions=[md(known[name].description) if name in known else "" for name in mine],
                index=0 if len(mine) == 1 and mine[0] not in guarded else None,
                key=opened.key("group"),
            )
            for sentence in said:
                st.markdown(f":material/shield: {md(sentence)}")

    dialog.show_dialog("Let them in", body)


def _submit(ctx: Context, opened: Opened) -> None:
    group = opened.value("group", None)
    opened.problems = [] if group else ["Choose a group."]
    if not opened.problems:
        send(ctx, opened, [AddToGroup(opened.subject.user.ref, group)])
