"""What a page is given: the operator, the chosen pool, and services bound to both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from threading import local
from time import monotonic
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from console.web import identity
from console.web.process import PROCESS
from console.web.urls import to_sign_in
from services.access.sessions import actor_in, browser_actor, live_operator
from services.errors import ConsoleError, NotConfigured, SessionEnded
from services.note_rules import NoteRules
from services.roles import Actor, ActorSource, Permission, allows, roles_that_may
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.sessions import Session
from services.store.store import Store

if TYPE_CHECKING:
    from services.pool_session import PoolSession

PAGE_KEY = "_console_page"
_PLACE, _ARRIVALS = "_console_place", "_console_arrivals"
SAME_ACTOR = 1.0
"""Seconds for which a run takes whoever is acting to be as they were when it asked the store."""
ARRIVING = 30.0
"""Seconds for which somebody is new on a page."""


class _Run(local):
    """Who is behind the run of this thread, as its beginning has found, and as whom they act until when."""

    found: tuple[Operator, Session] | None = None
    actor: Actor | None = None
    until: float = 0.0


_RUN = _Run()


@dataclass
class Context:
    """What a page works with. Made by `console.page.open_page`, good for one run of the script."""

    operator: Operator
    session: Session
    store: Store
    pool_record: PoolRecord | None = None

    @cached_property
    def who(self) -> ActorSource:
        """Whoever is acting, read from the live session (raises `SessionEnded`).

        Read afresh at each use, but for a use within the same run and the same second: a page asks for
        many things at once, and each would read the session, the operator and three settings again.
        """
        afresh = browser_actor(self.store, self.session.id)

        def who() -> Actor:
            if _RUN.found is None or _RUN.found[1].id != self.session.id:
                return afresh()  # a thread that works beside the page
            if monotonic() > _RUN.until:
                _RUN.actor = afresh()
                _RUN.until = monotonic() + SAME_ACTOR
            elif _RUN.actor is None:
                _RUN.actor = actor_in(self.store, *_RUN.found)
            return _RUN.actor

        return who

    @property
    def pool(self) -> PoolRecord:
        """The chosen pool; raises `NotConfigured` when there is none."""
        if self.pool_record is None:
            raise NotConfigured(
                "No user pool is set up yet.", "An administrator adds one on the Configuration page."
            )
        return self.pool_record

    @cached_property
    def pool_session(self) -> PoolSession:
        """The chosen pool's services, opened when first used. Raises `CognitoError`s and `StoreError`s."""
        # Imported here: boto3 takes a second, and pages that need no pool needn't wait for it.
        from services.pool_session import open_pool_session  # noqa: PLC0415

        return open_pool_session(self.store, self.pool, self.who, self.operator.username)

    def may(self, permission: Permission) -> bool:
        """True if the operator's role allows `permission`."""
        return allows(self.operator.role, permission)

    def why_not(self, permission: Permission) -> str:
        """Why a control is off, as a sentence; "" when it is allowed."""
        if self.may(permission):
            return ""
        return f"Your role is {self.operator.role}; this needs {roles_that_may(permission)}."


def begin_run() -> tuple[Operator, Session] | None:
    """The operator and session behind this browser tab, read from the store now; None if there is none.

    Called once, first thing in each run of the script or of a fragment: everything that a run shows is
    for whom it finds here. Changes rely on it for a second at most (`Context.who`).
    """
    _RUN.actor, _RUN.until = None, monotonic() + SAME_ACTOR
    _RUN.found = live_operator(PROCESS.store, identity.public_id_in(_header("session")))
    return _RUN.found


def visit() -> str:
    """The public id of this browser before it signs in, which its one-time tickets are bound to."""
    return identity.public_id_in(_header("visit"))


def current_context() -> Context:
    """The context of this run without a pool; leaves for the sign-in page when the session is over."""
    found = _RUN.found or begin_run()
    if found is None:
        to_sign_in()
    operator, session = found
    return Context(operator, session, PROCESS.store)


def require_live() -> None:
    """First call of every fragment: run without the page, it looks here whether the session is live."""
    running = get_script_run_ctx()
    by_itself = running is None or bool(running.fragment_ids_this_run)
    found = begin_run() if by_itself else _RUN.found or begin_run()
    if found is None:
        to_sign_in()


def require_asked_by(session_id: str) -> None:
    """Raise `SessionEnded` unless this very session asked for what Streamlit runs outside the script."""
    if identity.ASKING.get() != session_id:
        raise SessionEnded("This belongs to another session.", "Open the page again.")


def note_rules() -> NoteRules:
    """What operators have to say with an action, as an administrator has set it."""
    return NoteRules.stored(PROCESS.store)


def arrive(path: str) -> None:
    """Note which page is shown, and whom it is about: whoever came from another one has arrived anew."""
    here, left = (path, st.query_params.get("id", "")), st.session_state.get(_PLACE)
    st.session_state[PAGE_KEY], st.session_state[_PLACE] = path, here
    if left is not None and left[0] and left != here:  # from "/" one is led on
        count, _ = st.session_state.get(_ARRIVALS, (0, 0.0))
        st.session_state[_ARRIVALS] = count + 1, monotonic()


def arrival() -> int:
    """The number of the arrival at this page, while it is new; 0 for those who have been here longer."""
    count, at = st.session_state.get(_ARRIVALS, (0, 0.0))
    return count if monotonic() - at < ARRIVING else 0


def page_name() -> str:
    """The name of the page now running, as in `console.navigation`; "" if unknown."""
    return str(st.session_state.get(PAGE_KEY, ""))


def leave_if_over(error: ConsoleError) -> None:
    """Leave for the sign-in page when `error` says that the session is over."""
    if isinstance(error, SessionEnded):
        to_sign_in()


def _header(name: str) -> str:
    value = st.user.get(name)
    return value if isinstance(value, str) else ""
