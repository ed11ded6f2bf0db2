"""The login pages as a WSGI application: one folder per domain, the endpoints that AWS has there.

A request is one of: the browser's (`/oauth2/authorize`, `/login`, `/logout`, `/error`) or the
application's own (`/oauth2/token`, `/oauth2/userInfo`, `/oauth2/revoke`).
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.rfc6749 import OAuth2Error
from moto.cognitoidp.models import UserStatus
from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from demo import accounts, factors, tokens
from demo.api_sign_in import MESSAGE_CODE
from demo.login_pages import addresses, looks
from demo.login_pages.looks import Form, field
from demo.login_pages.memory import BROWSER_LIFE, Memory, SignedIn, Step
from demo.login_pages.oauth import Client, PoolServer
from demo.people import PASSWORD
from demo.pools import CUSTOMERS_ID, STAFF_ID
from demo.rules import check_attributes, check_password
from demo.user_pool import AwsLikePool
from demo.users import AwsLikeUser

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NEXT_STEPS = {
    "UserNotConfirmedException": "The account is not confirmed yet: its e-mail address has to be confirmed "
    "first, or somebody has to confirm it for you.",
    "PasswordResetRequiredException": "The password has been reset: choose “forgot password” in the "
    "application and use the code from the message.",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in; the form says why and asks again."""

    form: Form


class SignIn:
    """The forms for one visit."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._pool = visit.pool

    def first(self, refused: str = "", username: str = "") -> Form:
        """Username and password."""
        client = self._visit.client()
        name = username or self._visit.request.args.get("login_hint", "")
        by_email = "email" in (self._pool.extended_config.get("UsernameAttributes") or [])
        label, complete = ("E-mail address", "email") if by_email else ("Username", "username")
        return Form(
            title="Sign in",
            about=f"to {client.config.get('ClientName') or client.get_client_id()}, "
            f"with your account of {self._pool.name}",
            fields=[
                field("username", label, "text", name, complete),
                field("password", "Password", "password", "", "current-password"),
            ],
            focus=1 if name else 0,
            button="Sign in",
            refused=refused,
            note=self._hint(),
        )

    def go_on(self, sent: Mapping[str, str]) -> SignedIn | Form | Refused:
        """Judge what a form sent."""
        step = self._visit.memory.steps.get(sent.get("step", ""))
        if "step" not in sent:
            return self._password(sent.get("username", "").strip(), sent.get("password", ""))
        user = self._pool.find(step.username) if step else None
        fits = step and (step.pool_id, step.client_id) == (self._pool.id, self._client_id())
        if step is None or user is None or not fits or not user.enabled:
            return Refused(self.first("This took too long. Please sign in again."))
        return self._new_password(sent, user) if step.kind == "new-password" else self._code(sent, user)

    def _password(self, username: str, password: str) -> SignedIn | Form | Refused:
        client = self._visit.client().record
        try:
            user = accounts.check_password(self._pool, client, username, password)
        except JsonRESTError as error:
            words = error.message
            next_step = NEXT_STEPS.get(error.error_type, "")
            return Refused(self.first(f"{words} {next_step}".strip(), username))
        if accounts.must_choose_password(user):
            return self._new_password_form(user)
        return self._in_or_code(user)

    def _new_password_form(self, user: AwsLikeUser, refused: str = "") -> Form:
        missing = accounts.required_attributes(self._pool, user)
        return Form(
            title="Choose a new password",
            about="The password that you were given was for the first time only.",
            fields=[
                field("new_password", "New password", "password", "", "new-password"),
                field("again", "New password, once more", "password", "", "new-password"),
                *(field(f"attribute.{name}", name.replace("_", " ").capitalize()) for name in missing),
            ],
            button="Set password and sign in",
            refused=refused,
            step=self._step(user, "new-password"),
        )

    def _new_password(self, sent: Mapping[str, str], user: AwsLikeUser) -> SignedIn | Form | Refused:
        password = sent.get("new_password", "")
        missing = accounts.required_attributes(self._pool, user)
        given = [{"Name": name, "Value": sent.get(f"attribute.{name}", "").strip()} for name in missing]
        if password != sent.get("again"):
            return Refused(self._new_password_form(user, "The two passwords differ."))
        if any(not attribute["Value"] for attribute in given):
            return Refused(self._new_password_form(user, "Please fill in every field."))
        try:
            check_password(self._pool.extended_config, password)
            check_attributes(self._pool.schema_attributes, given, creating=True)
        except JsonRESTError as error:
            return Refused(self._new_password_form(user, error.message))
        self._forget(sent)
        user.update_attributes(given)
        user.password, user.status = password, UserStatus.CONFIRMED
        user.last_modified_date = utcnow()
        return self._in_or_code(user)

    def _in_or_code(self, user: AwsLikeUser) -> SignedIn | Form:
        if self._pool.mfa_config == "OFF" or not (user.software_token_mfa_enabled or user.sms_mfa_enabled):
            return self._in(user)
        return self._code_form(user)

    def _code_form(self, user: AwsLikeUser, refused: str = "") -> Form:
        from_app = user.software_token_mfa_enabled
        return Form(
            title="Enter the code",
            about="The code from your authenticator app."
            if from_app
            else "The code from the text message that we have sent you.",
            fields=[field("code", "Code", "text", "", "one-time-code")],
            button="Sign in",
            refused=refused,
            step=self._step(user, "code"),
            note=f"The emulator's authenticator secret for this account is {user.totp_secret.upper()}."
            if from_app
            else f"The emulator sends no text messages: the code is {MESSAGE_CODE}.",
        )

    def _code(self, sent: Mapping[str, str], user: AwsLikeUser) -> SignedIn | Form | Refused:
        code = sent.get("code", "").strip()
        if user.software_token_mfa_enabled:
            try:
                factors.check_totp(user.totp_secret, code)
            except JsonRESTError:
                return Refused(self._code_form(user, "Code mismatch"))
        elif code != MESSAGE_CODE:
            return Refused(self._code_form(user, "Code mismatch"))
        self._forget(sent)
        return self._in(user)

    def _in(self, user: AwsLikeUser) -> SignedIn:
        return SignedIn(self._pool.id, user.username, int(time.time()))

    def _step(self, user: AwsLikeUser, kind: str) -> str:
        return self._visit.memory.steps.put(Step(self._pool.id, self._client_id(), user.username, kind))

    def _forget(self, sent: Mapping[str, str]) -> None:
        self._visit.memory.steps.take(sent.get("step", ""))

    def _client_id(self) -> str:
        return self._visit.client().get_client_id()

    def _hint(self) -> str:
        if self._pool.id not in (STAFF_ID, CUSTOMERS_ID):
            return looks.NOTE
        return f"{looks.NOTE} Unless somebody changed it, everybody's password is {PASSWORD}"


BROWSER, CSRF = "demo-cognito", "demo-cognito-csrf"  # cookies
RESPONSE_TYPES = ("code", "token")
ERRORS = {
    "redirect_mismatch": "The application asked to be called back at an address that is not among its "
    "app client's callback URLs.",
    "invalid_client": "There is no app client with this id in the user pool.",
    "logout_mismatch": "The application wants to go to an address after the sign-out that is not among its "
    "app client's sign-out URLs.",
    "provider_missing": "The app client does not offer this identity provider, or it is one that this "
    "emulator can't reach. Only people with a password of the user pool can sign in here.",
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
        if who is None:
            return self._redirect(f"{self.base}/login?{self.request.query_string.decode()}")
        return self._sent_back(grant.request, who)

    def login_form(self) -> Response:
        """The form that asks for username and password."""
        refusal = self._refusal() or self._bad_request()
        return refusal or self._form(SignIn(self).first())

    def login(self) -> Response:
        """What the form sent: on to the next form, or back to the application with a code."""
        refusal = self._refusal() or self._bad_request()
        if refusal is not None:
            return refusal
        sign_in = SignIn(self)
        sent, kept = self.request.form.get("_csrf", ""), self.request.cookies.get(CSRF, "")
        if not kept or not secrets.compare_digest(sent.encode(), kept.encode()):
            return self._form(sign_in.first("This form was too old. Please sign in again."))
        outcome = sign_in.go_on(self.request.form)
        if isinstance(outcome, looks.Form):
            return self._form(outcome)
        if isinstance(outcome, Refused):
            return self._form(outcome.form)
        response = self._sent_back(self.server.create_oauth2_request(self.request), outcome)
        self._set_cookie(response, BROWSER, self.memory.browsers.put(outcome), BROWSER_LIFE, "Lax")
        response.delete_cookie(CSRF, path=self.folder)
        return response

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
        self.memory.browsers.take(self.request.cookies.get(BROWSER, ""))
        answer.delete_cookie(BROWSER, path=self.folder)
        return answer

    def error(self) -> Response:
        """Why nobody could be sent back to the application."""
        code = self.request.args.get("error", "")
        about = ERRORS.get(code, "The request can't be answered.")
        html = looks.page("error", title="This sign-in can't go on", code=code, about=about)
        return self._html(html, status=400)

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
        provider = asked.get("identity_provider", "COGNITO")
        offered = client.config.get("SupportedIdentityProviders") or ["COGNITO"]
        if provider != "COGNITO" or "COGNITO" not in offered:
            return self._error("provider_missing")
        return None

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
        known = who is not None and who.pool_id == self.pool.id and self.server.user(who) is not None
        return who if known else None

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
            csrf=csrf,
            action=f"{self.folder}/login?{self.request.query_string.decode()}",
        )
        # A browser lets a form lead on only to where its page allows: here, and back to the application.
        back = urlsplit(self.request.args["redirect_uri"])
        response = self._html(html, also_to=f"{back.scheme}://{back.netloc}")
        self._set_cookie(response, CSRF, csrf, BROWSER_LIFE, "Strict")
        return response

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
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src '{looks.STYLE_HASH}'; img-src data:; "
            f"form-action 'self' {also_to}; base-uri 'none'; frame-ancestors 'none'"
        )
        return response

    def _redirect(self, target: str) -> Response:
        return self._guarded(redirect(target, 302, Response))

    def _json(self, response: Response) -> Response:
        response.content_type = "application/json;charset=UTF-8"
        return self._guarded(response)

    def _guarded(self, response: Response) -> Response:
        response.autocorrect_location_header = False
        response.headers["Cache-Control"] = "no-store"
        # With "no-referrer", browsers post forms with an Origin of "null".
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


ENDPOINTS: dict[tuple[str, str], Callable[[Visit], Response]] = {
    ("GET", "/oauth2/authorize"): Visit.authorize,
    ("GET", "/login"): Visit.login_form,
    ("POST", "/login"): Visit.login,
    ("GET", "/logout"): Visit.logout,
    ("GET", "/error"): Visit.error,
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
