"""The embedded Cognito as a WSGI application: moto's server, made safe to leave running.

moto keeps everything in plain dictionaries without locks and answers what it lacks with an HTML
page. Here one lock stands round it, every refusal is JSON as AWS writes it, only Cognito and STS
answer, and only to programs on this machine; browsers get the login pages (`demo.login_pages`) and the
company's provider (`demo.company`).
"""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Request, Response

from demo import backend
from demo.caller import answering
from demo.login_pages import addresses
from demo.pools import COMPANY_FOLDER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
SERVICES = frozenset({"cognitoidp", "sts"})
LARGEST_BODY = 1_000_000  # bytes; AWS's own requests to Cognito are far smaller

_LOCK = threading.RLock()  # moto's backends belong to the process, however many servers stand before them

log = logging.getLogger("demo")


class CognitoApplication:
    """WSGI: answers one request at a time from moto's backends of this process."""

    def __init__(self) -> None:
        backend.use_aws_like_backend()
        self._moto = _Services(_service_application)
        self._login_pages: WSGIApplication | None = None
        self._company_provider: WSGIApplication | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        for_company = path.startswith(f"{COMPANY_FOLDER}/")
        for_browsers = path.startswith(addresses.FOLDER)
        refusal = _refusal(environ, for_browsers or for_company)
        if refusal is not None:
            return refusal(environ, start_response)
        # Read before the lock is taken: a slow sender must not keep the others waiting.
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        if for_company:
            return list(self._company()(environ, start_response))
        caller = str(environ.get("REMOTE_ADDR", "")), str(environ.get("HTTP_USER_AGENT", ""))
        with _LOCK, answering(*caller):
            application = self._pages() if for_browsers else _discovery(environ) or self._moto
            return list(application(environ, start_response))

    def _pages(self) -> WSGIApplication:
        """Built on the first visit: the demo starts sooner without."""
        if self._login_pages is None:
            from demo.login_pages.application import LoginPages  # noqa: PLC0415

            self._login_pages = LoginPages(backend.pool_of_domain)
        return self._login_pages

    def _company(self) -> WSGIApplication:
        """Built on the first visit too; it has a lock of its own, as login pages ask it holding the other."""
        if self._company_provider is None:
            from demo.company.application import CompanyProvider  # noqa: PLC0415

            self._company_provider = CompanyProvider()
        return self._company_provider


class _Services(DomainDispatcherApplication):
    """moto's own, which looks through all its folders on the disk at every request; here once a host."""

    def __init__(self, create_app: Callable[[Any], Any]) -> None:
        super().__init__(create_app)
        self._known = lru_cache(maxsize=64)(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:
        return self._known(host)


def _discovery(environ: WSGIEnvironment) -> Response | None:
    """A pool's OpenID configuration, which moto has without the login pages' addresses."""
    path = str(environ.get("PATH_INFO", ""))
    if not path.endswith(addresses.DISCOVERY):
        return None
    pool_id = path.removesuffix(addresses.DISCOVERY).strip("/")
    pool = backend.pool_with_id(pool_id)
    if pool is None:
        return error_response(
            HTTPStatus.BAD_REQUEST, "ResourceNotFoundException", f"User pool {pool_id} does not exist."
        )
    document = addresses.discovery(pool, Request(environ).host_url)
    return Response(json.dumps(document), content_type="application/json")


def _refusal(environ: WSGIEnvironment, for_browsers: bool) -> Response | None:
    """The answer to requests that no program on this machine would send, else None."""
    host = str(environ.get("HTTP_HOST", "")).rsplit(":", 1)[0]
    if host not in LOOPBACK_NAMES:
        return error_response(HTTPStatus.FORBIDDEN, "ForbiddenException", "Only this machine is answered.")
    if "HTTP_ORIGIN" in environ and not for_browsers:
        return error_response(HTTPStatus.FORBIDDEN, "ForbiddenException", "Web pages are not answered.")
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not length.isdigit() or int(length) > LARGEST_BODY:
        return error_response(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLargeException", "The request is too large."
        )
    return None


def error_response(status: HTTPStatus, code: str, message: str) -> Response:
    """An error in the JSON 1.1 form that AWS's SDKs understand."""
    response = Response(
        json.dumps({"__type": code, "message": message}),
        status=status,
        content_type="application/x-amz-json-1.1",
    )
    response.headers["x-amzn-errortype"] = code
    return response


def _service_application(service: Any) -> Any:
    """moto's application (WSGI) for one AWS service, or an answer that it isn't here."""
    if service not in SERVICES:
        return error_response(
            HTTPStatus.NOT_FOUND,
            "UnknownOperationException",
            "The embedded Cognito has only Cognito and STS.",
        )
    application = create_backend_app(service)
    application.debug = False  # with it on, moto's own failures reach the client as HTML
    application.logger.disabled = True  # _failed_in_moto tells them once, in one line
    application.register_error_handler(InternalServerError, _failed_in_moto)
    return application


def _failed_in_moto(error: InternalServerError) -> Response:
    """moto lacks the operation (as AWS would say of one it doesn't know), or it stumbled."""
    cause = error.original_exception
    if isinstance(cause, NotImplementedError):
        return error_response(HTTPStatus.BAD_REQUEST, "UnknownOperationException", str(cause))
    log.error("The embedded Cognito failed: %r", cause)
    return error_response(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalErrorException", "The demo stumbled.")
