"""The company's provider as a WSGI application, under `/company`.

It stands outside the lock of the embedded Cognito, which asks it while holding that lock.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import AccessDeniedError, OAuth2Error
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from demo.company.colleagues import CLIENTS, COLLEAGUES, Colleague
from demo.company.oauth import BROWSER_LIFE, METHODS, SCOPES, CompanyMemory, CompanyServer, Present
from demo.login_pages import looks
from demo.pools import COMPANY_FOLDER as FOLDER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BROWSER, CSRF = "demo-company", "demo-company-csrf"  # cookies
CANCEL = "cancel"
NOTE = (
    "An emulator on this machine shows this page: it stands in for the company's identity provider and asks "
    "for no password. Its people are made up."
)


class CompanyProvider:
    """WSGI: answers one request at a time."""

    def __init__(self) -> None:
        self._memory = CompanyMemory()
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        with self._lock:
            return list(self._answer(request)(environ, start_response))

    def _answer(self, request: Request) -> Response:
        endpoint = ENDPOINTS.get((request.method, request.path.removeprefix(FOLDER)))
        if endpoint is None:
            return Response("Not found.", status=404, content_type="text/plain")
        origin = request.headers.get("Origin")
        if request.method == "POST" and origin not in (None, request.host_url.rstrip("/")):
            return Response("Other pages may not post here.", status=403, content_type="text/plain")
        return endpoint(CompanyVisit(request, self._memory))


class CompanyVisit:
    """One request."""

    def __init__(self, request: Request, memory: CompanyMemory) -> None:
        self.request = request
        self.memory = memory
        self.issuer = request.host_url.rstrip("/") + FOLDER
        self.server = CompanyServer(self.issuer, memory)

    def discovery(self) -> Response:
        """The OpenID discovery document."""
        ends = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "jwks",
            "end_session_endpoint": "logout",
        }
        document = {
            "issuer": self.issuer,
            **{name: f"{self.issuer}/{end}" for name, end in ends.items()},
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": list(SCOPES),
            "claims_supported": ["sub", "email", "name", "given_name", "family_name", "groups", "auth_time"],
            "token_endpoint_auth_methods_supported": METHODS,
            "code_challenge_methods_supported": ["S256"],
        }
        return self._json(Response(json.dumps(document)))

    def keys(self) -> Response:
        """The keys that its tokens are signed with."""
        return self._json(Response(json.dumps(self.memory.key_set())))

    # The browser's way in

    def authorize(self) -> Response:
        """Straight back for a browser that is signed in already, else the page with the colleagues."""
        who = self._signed_in()
        try:
            grant = self.server.get_consent_grant(self.request, who)
        except OAuth2Error as error:
            return self._guarded(self.server.handle_error_response(None, error))
        return self._page() if who is None else self._sent_back(grant.request, who)

    def sign_in(self) -> Response:
        """Who was chosen: back to the application, or the page again."""
        try:
            grant = self.server.get_consent_grant(self.request, None)
        except OAuth2Error as error:
            return self._guarded(self.server.handle_error_response(None, error))
        sent, kept = self.request.form.get("_csrf", ""), self.request.cookies.get(CSRF, "")
        if not kept or not secrets.compare_digest(sent.encode(), kept.encode()):
            return self._page("This page was too old. Please choose again.")
        choice = self.request.form.get("choice", "")
        if choice == CANCEL:
            denied = AccessDeniedError(redirect_uri=self.request.args["redirect_uri"])
            denied.state = self.request.args.get("state")
            return self._guarded(self.server.handle_error_response(None, denied))
        chosen = next((found for found in COLLEAGUES if found.email == choice), None)
        if chosen is None or chosen.suspended:
            return self._page("This account is suspended. Please ask the service desk.")
        who = Present(chosen, int(time.time()))
        response = self._sent_back(grant.request, who)
        self._set_cookie(response, BROWSER, self.memory.browsers.put(who), "Lax")
        response.delete_cookie(CSRF, path=FOLDER)
        return response

    def logout(self) -> Response:
        """Forget the browser, then on to where the application wants, if that is one of its addresses."""
        self.memory.browsers.take(self.request.cookies.get(BROWSER, ""))
        target = self.request.args.get("post_logout_redirect_uri", "")
        client = CLIENTS.get(self.request.args.get("client_id", ""))
        known = [client] if client else list(CLIENTS.values())
        if target and any(found.may_lead_to(target, ("",)) for found in known):
            state = {"state": self.request.args["state"]} if "state" in self.request.args else {}
            separator = "&" if "?" in target else "?"
            response = redirect(f"{target}{separator}{urlencode(state)}" if state else target, 302, Response)
        else:
            html = looks.page(
                "error", title="Signed out", code="Company account", about="You are signed out."
            )
            response = self._html(html)
        response.delete_cookie(BROWSER, path=FOLDER)
        return self._guarded(response)

    # The application's own requests

    def token(self) -> Response:
        """Tokens for a code."""
        return self._json(self.server.create_token_response(self.request))

    def user_info(self) -> Response:
        """Who the access token is about."""
        _, _, token = self.request.headers.get("Authorization", "").partition(" ")
        found = self.memory.tokens.get(token)
        if found is None:
            response = Response(json.dumps({"error": "invalid_token"}), status=401)
            response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            return self._json(response)
        return self._json(Response(json.dumps(found.who.colleague.claims(found.scope))))

    # Parts

    def _signed_in(self) -> Present | None:
        """Who is signed in with this browser, unless the application wants them to sign in afresh."""
        who = self.memory.browsers.get(self.request.cookies.get(BROWSER, ""))
        if who is None or {"login", "select_account"} & set(self.request.args.get("prompt", "").split()):
            return None
        oldest = self.request.args.get("max_age", "")
        if oldest.isdigit() and time.time() - who.auth_time > int(oldest):
            return None
        return who

    def _page(self, refused: str = "") -> Response:
        client = CLIENTS[self.request.args["client_id"]]
        csrf = secrets.token_urlsafe(32)
        hint = self.request.args.get("login_hint", "")
        shown = sorted(COLLEAGUES, key=lambda colleague: colleague.email != hint)
        html = looks.page(
            "form",
            title="Company account",
            pool="Brightwater",
            about=f"Who signs in to {client.name}?",
            refused=refused,
            choices=[*map(_choice, shown), (CANCEL, "Cancel", "")],
            note=NOTE,
            csrf=csrf,
            action=f"{FOLDER}/authorize?{self.request.query_string.decode()}",
        )
        # Cognito sends the browser on to an application of this machine, which browsers count as the form's
        response = self._html(html, also_to="http://localhost:* http://127.0.0.1:*")
        self._set_cookie(response, CSRF, csrf, "Strict")
        return response

    def _sent_back(self, request: object, who: Present) -> Response:
        oauth = self.server.create_oauth2_request(request)
        grant = self.server.get_authorization_grant(oauth)
        response = self.server.create_authorization_response(oauth, grant_user=who, grant=grant)
        return self._guarded(response)

    def _set_cookie(self, response: Response, name: str, value: str, same: str) -> None:
        life = int(BROWSER_LIFE)
        response.set_cookie(name, value, max_age=life, path=FOLDER, httponly=True, samesite=same)

    def _html(self, html: str, also_to: str = "") -> Response:
        response = self._guarded(Response(html, content_type="text/html; charset=utf-8"))
        response.headers["Content-Security-Policy"] = looks.policy(also_to)
        return response

    def _json(self, response: Response) -> Response:
        response.content_type = "application/json"
        return self._guarded(response)

    def _guarded(self, response: Response) -> Response:
        return looks.guarded(response)


def _choice(colleague: Colleague) -> tuple[str, str, str]:
    return colleague.email, f"{colleague.given} {colleague.family}", colleague.about


ENDPOINTS: dict[tuple[str, str], Callable[[CompanyVisit], Response]] = {
    ("GET", "/.well-known/openid-configuration"): CompanyVisit.discovery,
    ("GET", "/jwks"): CompanyVisit.keys,
    ("GET", "/authorize"): CompanyVisit.authorize,
    ("POST", "/authorize"): CompanyVisit.sign_in,
    ("POST", "/token"): CompanyVisit.token,
    ("GET", "/userinfo"): CompanyVisit.user_info,
    ("GET", "/logout"): CompanyVisit.logout,
}
