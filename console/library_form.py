"""streamlit-authenticator's sign-in form, with what is weak in it replaced.

Kept: the form (`Authenticate.login`), its state in `st.session_state`, and its password check
(`Hasher.check_pw`). Replaced, because release 0.4.2 offers no switch for it:

* `CookieController`: even with `cookie_expiry_days=0` it loads a JavaScript component that can
  read and write cookies, and it would accept a JWT that outlives sign-out. Ours knows no cookie;
  the session cookie is set by an HTTP route (console/web/routes.py).
* `AuthenticationController.login` strips passwords; ours hands on what was typed.
* `AuthenticationModel.check_credentials` answers at once for unknown names, raises above 72 bytes,
  and counts failures in a dict made afresh per run (or forever, with a file); its `login` shows a
  stored password hint. Ours asks `services.access.sessions`, which has a throttle, equal times and
  no hints.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit_authenticator.utilities import Hasher
from streamlit_authenticator.views import Authenticate

from services.errors import AccessError
from services.store.operators import Operator

Attempt = Callable[[str, str], Operator]


def library_check(prepared: str, stored: str) -> bool:
    """The library's password check, on a prepared password (see `services.access.passwords`)."""
    return bool(Hasher.check_pw(prepared, stored))


class _NoCookie:
    """Stands where the library's cookie controller stands, and never has a cookie."""

    def get_cookie(self) -> None:
        """Part of the library's cookie handler: there is no cookie."""

    def set_cookie(self) -> None:
        """Part of the library's cookie handler: sets no cookie."""

    def delete_cookie(self) -> None:
        """Part of the library's cookie handler: there is no cookie."""


class _Controller:
    """Stands where the library's authentication controller stands; keeps the outcome of one attempt."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.operator: Operator | None = None
        self.error: AccessError | None = None

    def login(self, username: str = "", password: str = "", *_: Any, **__: Any) -> bool:
        """Try name and password as typed; True if they are right."""
        self.operator, self.error = None, None
        try:
            self.operator = self._attempt(username, password)
        except AccessError as error:
            self.error = error
        return self.operator is not None


class SignInForm(Authenticate):  # type: ignore[misc]  # the library has no type hints
    """The library's form round our check: `login()` shows it, then look at `operator` and `error`."""

    def __init__(self, attempt: Attempt) -> None:
        # Not super().__init__(): it starts the cookie component and reads every operator's hash.
        self.path = None
        self.attrs = {"login_sleep_time": 0}
        self.cookie_controller = _NoCookie()
        self.authentication_controller = _Controller(attempt)
        # who is signed in is never a matter of this state; the form only looks whether to show itself
        st.session_state["authentication_status"] = None

    @property
    def operator(self) -> Operator | None:
        """The operator whose name and password were just given."""
        return self.authentication_controller.operator

    @property
    def error(self) -> AccessError | None:
        """Why the attempt just made was refused."""
        return self.authentication_controller.error
