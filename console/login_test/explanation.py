"""The answer to "why can't they sign in?": the sentence for the caller, then every check with its fix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from console.context import Context
from console.login_test import fixes
from console.login_test.chain import show_chain
from console.navigation import PAGES
from console.widgets.words import md
from services.login.chain import Link, LinkState
from services.login.explain import explain
from services.login.explain_facts import Check, Explanation, Found, find, gather, pick
from services.login.sign_in_flow import SignInFlow
from services.store.applications import Application
from services.words import ago

FLOW_TITLES = {
    SignInFlow.HOSTED: "Hosted login page",
    SignInFlow.PASSWORD: "Own form, password",
    SignInFlow.SRP: "Own form, SRP",
    SignInFlow.ADMIN: "Through a server",
    SignInFlow.CHOICE: "Own form, choice of the first step",
}
"""Every flow as a short title."""


@dataclass(frozen=True, slots=True)
class Question:
    """Whom (typed, or picked by `sub`), which application ("" for none), which flow."""

    typed: str = ""
    sub: str = ""
    application_id: str = ""
    flow: SignInFlow = SignInFlow.HOSTED
    second_factors: bool = False


def ask(key: str, question: Question) -> None:
    """Put a question; the next `show_answer` with this key answers it. For callbacks."""
    st.session_state[f"{key}-question"] = question
    st.session_state.pop(f"{key}-answer", None)


def asked(key: str, pool_id: str) -> Question | None:
    """The question that was put, for this pool."""
    if st.session_state.get(f"{key}-pool", pool_id) != pool_id:
        for part in ("question", "answer"):
            st.session_state.pop(f"{key}-{part}", None)
    st.session_state[f"{key}-pool"] = pool_id
    found = st.session_state.get(f"{key}-question")
    return found if isinstance(found, Question) else None


def choose_application(ctx: Context, key: str, *, first: str = "") -> str:
    """A box with the pool's applications; the id of the chosen one, "" for none in particular."""
    known = {one.id: one.name for one in ctx.store.applications.list(ctx.pool.id)}
    options = [*known, ""]
    chosen = st.selectbox(
        "Application",
        options,
        index=options.index(first) if first in known else 0,
        format_func=lambda id: known.get(id, "None in particular"),
        key=f"{key}-application-{ctx.pool.id}",
    )
    return chosen or ""


def choose_flow(key: str) -> SignInFlow:
    """A box with the ways in which applications sign people in."""
    chosen = st.selectbox(
        "How it signs people in",
        list(SignInFlow),
        format_func=FLOW_TITLES.__getitem__,
        key=f"{key}-way",
        help="Most applications send people to the hosted login page. Whoever built it knows.",
    )
    return chosen or SignInFlow.HOSTED


def show_answer(ctx: Context, key: str, *, on_user_page: bool = False) -> None:
    """Answer the question that was put under `key`; nothing while there is none. Raises `CognitoError`s.

    Everything is looked at once, and again after a fix.
    """
    question = asked(key, ctx.pool.id)
    if question is None:
        return
    answer = _answer(ctx, key, question)
    if not on_user_page:
        _who(ctx, answer)
    _sentence(ctx, key, question, answer)
    _checks(ctx, key, answer)
    if answer.facts.user is not None:
        fixes.show_dialogs(ctx, answer.facts.user, answer.facts.pool, also_users=not on_user_page)


def _who(ctx: Context, answer: Explanation) -> None:
    """Who was found under the name, with the way to their page."""
    user = answer.facts.user
    if user is None or "user" not in PAGES:
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


def _answer(ctx: Context, key: str, question: Question) -> Explanation:
    """The answer, looked up afresh when something was done about it since."""
    kept: tuple[str, Explanation] | None = st.session_state.get(f"{key}-answer")
    if kept is not None and (fixes.is_open() or kept[0] == _newest_change(ctx, kept[1])):
        return kept[1]
    with st.spinner("Looking at the person, the application and the pool …", show_time=True):
        directory = ctx.pool_session.directory
        found: Found = pick(directory, question.sub) if question.sub else find(directory, question.typed)
        answer = explain(
            gather(
                directory,
                found,
                _application(ctx, question),
                flow=question.flow,
                second_factors=question.second_factors,
            )
        )
    st.session_state[f"{key}-answer"] = (_newest_change(ctx, answer), answer)
    return answer


def _newest_change(ctx: Context, answer: Explanation) -> str:
    """The last line of the log about the person."""
    user = answer.facts.user
    if user is None:
        return ""
    newest = ctx.store.activity.search(limit=1, target=user.sub, pool=ctx.pool.name)
    return newest[0].id if newest else ""


def _application(ctx: Context, question: Question) -> Application | None:
    known = ctx.store.applications.list(ctx.pool.id)
    return next((one for one in known if one.id == question.application_id), None)


def _sentence(ctx: Context, key: str, question: Question, answer: Explanation) -> None:
    """What to tell the caller, what helps, and what isn't known."""
    show, title = _tone(answer)
    show(f"**{title}**\n\n{md(answer.sentence)}")
    unknown = [one for one in answer.unknown if not _may_be_asked(one)]
    if unknown:
        names = ", ".join(f"“{one.link.title}”" for one in unknown)
        st.markdown(f"Couldn’t be checked from here: {md(names)}.")
    if answer.cause is None or not answer.cause.blocks:
        # the chain opens only what blocks
        fixes.show_fixes(ctx, answer, answer.fixes, f"{key}-sentence")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Look again",
            icon=":material/refresh:",
            type="tertiary",
            key=f"{key}-again",
            on_click=ask,
            args=(key, question),
        )
        if any(map(_may_be_asked, answer.checks)):
            st.button(
                "Look at their second factor too",
                icon=":material/phonelink_lock:",
                type="tertiary",
                key=f"{key}-factors",
                help="Asks AdminGetUser, which makes AWS count this person as active this month (billed).",
                on_click=ask,
                args=(key, replace(question, second_factors=True)),
            )
        st.markdown(f"Looked at {md(ago(answer.facts.at))}")


def _may_be_asked(check: Check) -> bool:
    return any(fix.action == fixes.ASK for fix in check.fixes)


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
        fixes.show_fixes(ctx, answer, by_key[link.key].fixes, f"{key}-{link.key}")

    matter = [link for link in answer.links if link.state is not LinkState.NOT_APPLICABLE]
    others = [link for link in answer.links if link.state is LinkState.NOT_APPLICABLE]
    show_chain(matter, key=key, fix_control=control)
    if others:
        with st.expander(f"Doesn't matter here ({len(others)})"):
            for link in others:
                st.markdown(f"**{md(link.title)}**: {md(link.sentence)}")
