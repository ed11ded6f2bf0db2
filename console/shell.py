"""The frame round the pages of a signed-in operator: navigation, who is signed in, sign-out."""

from __future__ import annotations

import streamlit as st

from console import theme
from console.context import Context, arrive
from console.finder import show_button, show_finder
from console.navigation import PAGES, PageSpec, page_objects, pages_for
from console.page import chosen_pool, open_page
from console.sign_in import AWAY, show_set_up
from console.web import urls
from console.web.process import PROCESS
from console.widgets.words import md
from services.access.operators import must_choose_password
from services.access.second_factor import is_missing
from services.access.sessions import sign_out
from services.store.operators import Operator
from services.store.sessions import Session
from services.to_do import reviews_asking

NO_SUCH_PAGE = "There is no such page"


def run(operator: Operator, session: Session) -> None:
    """Register the pages that the operator's role may open, and run the chosen one."""
    back = st.Page(_back, title="Signed in", url_path=urls.SIGN_IN_PATH.strip("/"), visibility="hidden")
    pages = pages_for(operator.role)
    if must_choose_password(PROCESS.store, operator.id) or is_missing(PROCESS.store, operator, session):
        pages = [spec for spec in pages if spec.name == "account"]
    set_up = st.Page(show_set_up, title="Set up", url_path=urls.SET_UP_PATH.strip("/"), visibility="hidden")
    pool = chosen_pool(PROCESS.store)
    waiting = {"audits": reviews_asking(PROCESS.store, pool.name, operator.id)} if pool else {}
    objects = page_objects(pages, waiting, closed=_closed)
    nowhere = st.Page(
        _nowhere, title=NO_SUCH_PAGE, url_path=urls.NO_SUCH_PAGE_PATH.strip("/"), visibility="hidden"
    )
    chosen = st.navigation([*objects, back, set_up, nowhere], position="sidebar", expanded=True)
    theme.logo()
    with st.sidebar:
        show_button()
        _demo_notice()
        _who(operator, session)
    arrive(chosen.url_path)
    show_finder(Context(operator, session, PROCESS.store, pool))
    chosen.run()


def _closed(spec: PageSpec) -> None:
    """In place of a page that isn't open to whoever came by its address: why it isn't."""
    ctx = open_page(spec.title, "", permission=spec.permission, needs_pool=False, about_a_pool=False)
    # the role may open it: something about their own account comes first
    st.switch_page(PAGES["account"], query_params={"pool": ctx.pool.name} if ctx.pool_record else {})


def _nowhere() -> None:
    """In place of a page that nobody has. The gate leads here; what was asked for isn't shown."""
    open_page(NO_SUCH_PAGE, "", needs_pool=False, about_a_pool=False)
    st.markdown(
        "The console has no page at the address that was opened: it may have been mistyped, or cut off in a "
        "mail. Choose a page at the left, or find anything with Ctrl+K."
    )
    st.page_link(PAGES["overview"], label="Overview", icon=":material/arrow_forward:")


def _back() -> None:
    """Signed in already, at the address of the sign-in page: go on to the page first asked for.

    A link in a chat or mail lands here: the browser keeps a SameSite=Strict cookie back on that
    first request, and sends it with the next, which this page makes.
    """
    urls.redirect(urls.safe_path(st.query_params.get("next")))


def _demo_notice() -> None:
    settings = PROCESS.settings
    if settings.is_demo:
        st.markdown(
            ":material/science: **Demo.** Everything is forgotten when it stops.",
            help=md(settings.demo_notice) or None,
        )


def _who(operator: Operator, session: Session) -> None:
    with st.container(key="console-who", gap="xsmall"):
        st.markdown(f"**{md(operator.name or operator.username)}**")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(str(operator.role), color="gray")
            st.page_link(PAGES["account"], label="Your account")
        if st.button("Sign out", icon=":material/logout:", width="stretch"):
            urls.redirect(_leave(operator, session))


def _leave(operator: Operator, session: Session) -> str:
    """End the session; returns where to go on, by the company's provider if that signs out, too."""
    sign_out(PROCESS.store, session.id)
    if not operator.provider_id:
        return urls.LEAVE_PATH
    from services.login.company import CompanySignIn  # noqa: PLC0415 - only they need it

    away = CompanySignIn(PROCESS.store).logout_address(operator, urls.base() + urls.SIGN_IN_PATH)
    if not away:
        return urls.LEAVE_PATH
    return f"{urls.LEAVE_PATH}?on={PROCESS.store.tickets.issue(AWAY, away, '', urls.TICKET_LIFETIME)}"
