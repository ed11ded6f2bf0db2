"""The login pages as a WSGI application: one folder per domain, the endpoints that AWS has there.

A request is one of: the browser's (`/oauth2/authorize`, `/login`, `/logout`, `/error`, the way back
from another provider) or the application's own (`/oauth2/token`, `/oauth2/userInfo`, `/oauth2/revoke`).
`/messages` is the emulator's: what AWS would have sent.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.rfc6749 import OAuth2Error
from werkzeug.test import EnvironBuilder
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from demo import tokens, user_sessions
from demo.caller import CALLER
from demo.identity_providers import LOCAL, IdentityProviderRecord, every_provider
from demo.login_pages import addresses, looks
from demo.login_pages.federation import Federation, FederationRefused
from demo.login_pages.memory import BROWSER_LIFE, KNOWN_LIFE, Memory, SignedIn
from demo.login_pages.oauth import Client, PoolServer
from demo.login_pages.sign_in_forms import Refused, SignInForms
from demo.user_pool import AwsLikePool
from demo.users import AwsLikeUser

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BROWSER, CSRF, KNOWN = "demo-cognito", "demo-cognito-csrf", "demo-cognito-known"  # cookies
WAY_BACK = "/oauth2/idpresponse"
RESPONSE_TYPES = ("code", "token")
ERRORS = {
    "redirect_mismatch": "The application asked to be called back at an address that is not among its "
    "app client's callback URLs.",
    "invalid_client": "There is no app client with this id in the user pool.",
    "logout_mismatch": "The application wants to go to an address after the sign-out that is not among its "
    "app client's sign-out URLs.",
    "provider_missing": "The app client does not offer this identity provider.",
    "provider_unreachable": "This identity provider can't be reached from the emulator.",
    "state_unknown": "The sign-in at the identity provider took too long, or was begun somewhere else.",
}


class LoginPages:
    """WSGI. `pool_of_domain` says whose domain it is, None for nobody's."""

    def __init__(self, pool_of_domain: Callable[[str], AwsLikePool | None]) -> None:
        self._pool_of_domain = pool_of_domain
        self._memory = Memory()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        domain, _, rest = request.path.removeprefix(addresses.FOLDER).partition("/")
        pool = self._pool_of_domain(domain)
        endpoint = None if pool is None else ENDPOINTS.get((request.method, f"/{rest}"))
        if pool is None or endpoint is None:
            return Response("Not found.", status=404, content_type="text/plain")
        if request.method == "POST" and not _own_origin(request):
            return Response("Other pages may not post here.", status=403, content_type="text/plain")
        visit = Visit(request, pool, addresses.of_domain(request.host_url, domain), self._memory)
        return endpoint(visit)


class Visit:
    """One request to one pool's pages."""

    def __init__(self, request: Request, pool: AwsLikePool, base: str, memory: Memory) -> None:
        self.request = request
        self.pool = pool
        self.base = base
        self.memory = memory
        self.server = PoolServer(pool, memory)
        self.folder = urlsplit(base).path

    # The browser's way in

    def authorize(self) -> Response:
        """Check what the application asks; on to the login form, or straight back when signed in already."""
        refusal = self._refusal()
        if refusal is not None:
            return refusal
        who = None if "login" in self.request.args.get("prompt", "").split() else self._signed_in()
        try:
            grant = self.server.get_consent_grant(self.request, who)
        except OAuth2Error as error:
            return self.server.handle_error_response(None, error)
        if who is not None:
            return self._sent_back(grant.request, who)
        provider = self._asked_provider()
        if provider is not None:
            return self._sent_away(provider)
        return self._redirect(f"{self.base}/login?{self.request.query_string.decode()}")

    def login_form(self) -> Response:
        """The form that asks for username and password."""
        refusal = self._refusal() or self._bad_request()
        return refusal or self._form(self._forms().first(username=self.request.args.get("login_hint", "")))

    def login(self) -> Response:
        """What the form sent: on to the next form, or back to the application with a code."""
        refusal = self._refusal() or self._bad_request()
        if refusal is not None:
            return refusal
        forms = self._forms()
        sent, kept = self.request.form.get("_csrf", ""), self.request.cookies.get(CSRF, "")
        if not kept or not secrets.compare_digest(sent.encode(), kept.encode()):
            return self._form(forms.first("This form was too old. Please sign in again."))
        outcome = forms.go_on(self.request.form)
        if isinstance(outcome, looks.Form):
            return self._form(outcome)
        if isinstance(outcome, Refused):
            return self._form(outcome.form)
        response = self._entered(self.request, outcome.user)
        if outcome.known:
            self._set_cookie(response, KNOWN, outcome.known, KNOWN_LIFE, "Lax")
        response.delete_cookie(CSRF, path=self.folder)
        return response

    def way_back(self) -> Response:
        """Somebody comes back from another provider: on to the application, with a code or a refusal."""
        step = self.memory.away.take(self.request.args.get("state", ""))
        provider = self.pool.identity_providers.get(step.provider) if step else None
        if step is None or step.pool_id != self.pool.id or not isinstance(provider, IdentityProviderRecord):
            return self._error("state_unknown")
        asked = Request(EnvironBuilder("/oauth2/authorize", self.base, query_string=step.query).get_environ())
        target, state = asked.args["redirect_uri"], asked.args.get("state")
        try:
            if "error" in self.request.args:
                about = self.request.args.get("error_description", "")
                raise FederationRefused(self.request.args["error"], about)
            user = self._federation(provider).way_in(self.request.args.get("code", ""), step.nonce)
        except FederationRefused as refusal:
            said = {"error_description": refusal.about, "error": refusal.error}
            return self._redirect(_with(target, said | ({"state": state} if state else {})))
        return self._entered(asked, user)

    def logout(self) -> Response:
        """Forget the browser, then to one of the client's sign-out addresses, or back to the login form."""
        client = self.server.query_client(self.request.args.get("client_id", ""))
        if client is None:
            return self._error("invalid_client")
        target = self.request.args.get("logout_uri")
        if target is None:
            query = self.request.query_string.decode()
            answer = self._refusal() or self._redirect(f"{self.base}/login?{query}")
        elif client.check_logout_uri(target):
            answer = self._redirect(target)
        else:
            answer = self._error("logout_mismatch")
        left = self.memory.browsers.take(self.request.cookies.get(BROWSER, ""))
        user = self.pool.find(left.username) if left else None
        if left is not None and user is not None:
            user.sessions.pop(left.session, None)
        answer.delete_cookie(BROWSER, path=self.folder)
        return answer

    def error(self) -> Response:
        """Why nobody could be sent back to the application."""
        code = self.request.args.get("error", "")
        about = ERRORS.get(code, "The request can't be answered.")
        html = looks.page("error", title="This sign-in can't go on", code=code, about=about)
        return self._html(html, status=400)

    def messages(self) -> Response:
        """What AWS would have sent from this pool, the latest first."""
        html = looks.page(
            "messages", title="Messages", pool=self.pool.name, messages=reversed(self.pool.messages)
        )
        return self._html(html)

    # The application's own requests

    def token(self) -> Response:
        """Tokens for a code or a refresh token."""
        try:
            response = self.server.create_token_response(self.request)
        except ValueError:  # Authlib, of a grant type that no error message may repeat
            response = Response(json.dumps({"error": "unsupported_grant_type"}), status=400)
        response.headers["Access-Control-Allow-Origin"] = "*"
        return self._json(response)

    def revoke(self) -> Response:
        """A refresh token, made worthless."""
        response = self.server.create_endpoint_response("revocation", self.request)
        if response.status_code == 200:
            response.data = b""
        return self._json(response)

    def user_info(self) -> Response:
        """Who the access token is about; it needs the scope `openid`."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return self._denied(400, "invalid_request", "Bad OAuth2 request at UserInfo Endpoint")
        client_id, username = self.pool.access_tokens.get(token, ("", ""))
        client = self.server.query_client(client_id)
        user = self.server.user(SignedIn(self.pool.id, username, 0)) if client else None
        claims = tokens.read(token) if user else {}
        if client is None or user is None or claims["exp"] < time.time():
            about = "Access token is expired, disabled, or deleted, or the user has globally signed out."
            return self._denied(401, "invalid_token", about)
        if "openid" not in claims["scope"].split():
            return self._denied(401, "invalid_token", "Access token does not contain openid scope")
        return self._json(Response(json.dumps(tokens.user_info(client.record, user, claims["scope"]))))

    # Parts

    def client(self) -> Client:
        """The app client of a request that `_refusal` let pass."""
        found = self.server.query_client(self.request.args["client_id"])
        assert found is not None
        return found

    def _refusal(self) -> Response | None:
        """What keeps the request from being answered at all, or by the application's address only."""
        asked = self.request.args
        client = self.server.query_client(asked.get("client_id", ""))
        if client is None:
            return self._error("invalid_client")
        target = asked.get("redirect_uri", "")
        if not client.check_redirect_uri(target):
            return self._error("redirect_mismatch")
        wanted = asked.get("response_type", "")
        state = {"state": asked["state"]} if "state" in asked else {}
        if wanted not in RESPONSE_TYPES:
            return self._redirect(_with(target, {"error": "invalid_request", **state}))
        # The emulator has no implicit flow, and the demo's app clients don't allow it.
        if wanted == "token" or not client.check_response_type(wanted):
            return self._redirect(_with(target, {"error": "unauthorized_client", **state}))
        offered = client.config.get("SupportedIdentityProviders") or [LOCAL]
        provider = self._asked_provider()
        named = provider.name if provider else asked.get("identity_provider") or asked.get("idp_identifier")
        if (named or LOCAL) not in offered and (named or not self._usable(offered)):
            return self._error("provider_missing")
        if provider is not None and provider.kind != "OIDC":
            return self._error("provider_unreachable")
        return None

    def _usable(self, offered: Iterable[str]) -> bool:
        """Whether there is any way in besides passwords."""
        return any(name in self.pool.identity_providers for name in offered)

    def _asked_provider(self) -> IdentityProviderRecord | None:
        """The provider that the application wants: by name, by identifier, or as its only one."""
        name, identifier = (self.request.args.get(key) for key in ("identity_provider", "idp_identifier"))
        found = [
            provider
            for provider in every_provider(self.pool)
            if provider.name == name or (identifier and identifier in provider.identifiers)
        ]
        offered = self.client().config.get("SupportedIdentityProviders") or [LOCAL]
        if not found and not name and not identifier and len(offered) == 1:
            found = [provider for provider in every_provider(self.pool) if provider.name == offered[0]]
        return found[0] if found else None

    def _federation(self, provider: IdentityProviderRecord) -> Federation:
        return Federation(self.pool, provider, self.memory, self.base + WAY_BACK)

    def _sent_away(self, provider: IdentityProviderRecord) -> Response:
        query, hint = self.request.query_string.decode(), self.request.args.get("login_hint", "")
        try:
            return self._redirect(self._federation(provider).way_out(query, hint))
        except FederationRefused:
            return self._error("provider_unreachable")

    def _forms(self) -> SignInForms:
        known = self.request.cookies.get(KNOWN, "")
        return SignInForms(self.pool, self.client().record, self.memory, known)

    def _entered(self, asked: Request, user: AwsLikeUser) -> Response:
        """Remember the browser, and back to the application."""
        client = self.server.query_client(asked.args["client_id"])
        session = user_sessions.begin_browser(self.pool, client.record, user) if client else ""
        who = SignedIn(self.pool.id, user.username, int(time.time()), session, CALLER.get())
        response = self._sent_back(self.server.create_oauth2_request(asked), who)
        self._set_cookie(response, BROWSER, self.memory.browsers.put(who), BROWSER_LIFE, "Lax")
        return response

    def _bad_request(self) -> Response | None:
        """The application's mistakes that Authlib finds, sent back to it."""
        try:
            self.server.get_consent_grant(self.request, None if self._asks_nothing() else self._signed_in())
        except OAuth2Error as error:
            return self.server.handle_error_response(None, error)
        return None

    def _asks_nothing(self) -> bool:
        return self.request.args.get("prompt") != "none"

    def _signed_in(self) -> SignedIn | None:
        who = self.memory.browsers.get(self.request.cookies.get(BROWSER, ""))
        user = self.server.user(who) if who is not None and who.pool_id == self.pool.id else None
        if who is None or user is None or (who.session and who.session not in user.sessions):
            return None
        in_time = time.time() < who.auth_time + self.client().record.browser_minutes * 60
        return who if in_time else None

    def _sent_back(self, request: object, who: SignedIn) -> Response:
        """To the application, with a code."""
        oauth = self.server.create_oauth2_request(request)
        grant = self.server.get_authorization_grant(oauth)
        response = self.server.create_authorization_response(oauth, grant_user=who, grant=grant)
        return self._guarded(response)

    def _form(self, form: looks.Form) -> Response:
        csrf = secrets.token_urlsafe(32)
        html = looks.page(
            "form",
            title=form.title,
            pool=self.pool.name,
            about=form.about,
            refused=form.refused,
            step=form.step,
            fields=form.fields,
            focus=form.focus,
            button=form.button,
            note=form.note or looks.NOTE,
            choices=form.choices,
            tick=form.tick,
            picture=form.picture,
            providers=[(looks.provider_label(name), self._way_to(name)) for name in form.providers],
            csrf=csrf,
            action=f"{self.folder}/login?{self.request.query_string.decode()}",
        )
        # A browser lets a form lead on only to where its page allows: here, and back to the application.
        back = urlsplit(self.request.args["redirect_uri"])
        response = self._html(html, also_to=f"{back.scheme}://{back.netloc}")
        self._set_cookie(response, CSRF, csrf, BROWSER_LIFE, "Strict")
        return response

    def _way_to(self, provider: str) -> str:
        """The address of this sign-in through another provider."""
        kept = {name: value for name, value in self.request.args.items() if name != "identity_provider"}
        return f"{self.folder}/oauth2/authorize?{urlencode({**kept, 'identity_provider': provider})}"

    def _error(self, code: str) -> Response:
        """To the error page, as AWS does when it can't trust the application's address."""
        query = urlencode({"error": code, "client_id": self.request.args.get("client_id", "")})
        return self._redirect(f"{self.base}/error?{query}")

    def _denied(self, status: int, error: str, about: str) -> Response:
        response = Response(json.dumps({"error": error, "error_description": about}), status=status)
        response.headers["WWW-Authenticate"] = f'error="{error}", error_description="{about}"'
        return self._json(response)

    def _set_cookie(self, response: Response, name: str, value: str, life: float, same: str) -> None:
        response.set_cookie(name, value, max_age=int(life), path=self.folder, httponly=True, samesite=same)

    def _html(self, html: str, *, status: int = 200, also_to: str = "") -> Response:
        response = self._guarded(Response(html, status=status, content_type="text/html; charset=utf-8"))
        response.headers["Content-Security-Policy"] = looks.policy(also_to)
        return response

    def _redirect(self, target: str) -> Response:
        return self._guarded(redirect(target, 302, Response))

    def _json(self, response: Response) -> Response:
        response.content_type = "application/json;charset=UTF-8"
        return self._guarded(response)

    def _guarded(self, response: Response) -> Response:
        return looks.guarded(response)


ENDPOINTS: dict[tuple[str, str], Callable[[Visit], Response]] = {
    ("GET", "/oauth2/authorize"): Visit.authorize,
    ("GET", "/login"): Visit.login_form,
    ("POST", "/login"): Visit.login,
    ("GET", "/logout"): Visit.logout,
    ("GET", WAY_BACK): Visit.way_back,
    ("GET", "/error"): Visit.error,
    ("GET", "/messages"): Visit.messages,
    ("POST", "/oauth2/token"): Visit.token,
    ("GET", "/oauth2/userInfo"): Visit.user_info,
    ("POST", "/oauth2/revoke"): Visit.revoke,
}


def _own_origin(request: Request) -> bool:
    """Whether a form came from this page, or the request from a program, which says no origin."""
    origin = request.headers.get("Origin")
    return origin is None or origin == request.host_url.rstrip("/")


def _with(address: str, values: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}"
