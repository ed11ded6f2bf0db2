"""An OpenID provider that shares no code with this project: Django OAuth Toolkit on a loopback port.

`python -m tests.services.login.independent_provider FOLDER` serves until its standard input ends,
and prints its address as a line. Who is known there stands in `known_there`.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from tests.services.login.known_there import (
    CALLBACK,
    CLIENT_ID,
    CLIENT_SECRET,
    GROUP,
    NAME,
    PASSWORD,
    USER,
)

LOGIN = '<form method="post">{% csrf_token %}{{ form.as_p }}<button>In</button></form>'


def configure(folder: str) -> None:
    """Settings for a provider that keeps everything in `folder`."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(Path(folder) / "db")}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        LOGGING_CONFIG=None,
        LOGIN_URL="/sign-in/",
        # made at once as they are now, not through their history
        MIGRATION_MODULES=dict.fromkeys(("contenttypes", "auth", "sessions", "oauth2_provider")),
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.decode(),
            "OAUTH2_VALIDATOR_CLASS": f"{NAME}.Validator",
            "SCOPES": {"openid": "who", "email": "e-mail address", "profile": "name"},
        },
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF=NAME,
        SECRET_KEY="of nobody",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [("django.template.loaders.locmem.Loader", {"sign-in.html": LOGIN})],
                    "context_processors": ["django.template.context_processors.request"],
                },
            }
        ],
        USE_TZ=True,
    )
    django.setup()


if not settings.configured:
    configure(sys.argv[1] if len(sys.argv) > 1 else ".")

from django.contrib.auth.views import LoginView  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider import urls as provider_urls  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402


class Validator(OAuth2Validator):  # type: ignore[misc]
    """Adds what programs behind Cognito look at, whatever the scopes."""

    oidc_claim_scope = None

    def get_additional_claims(self, request):  # type: ignore[no-untyped-def]
        return {
            "token_use": "id",
            "email": request.user.email,
            "cognito:groups": [group.name for group in request.user.groups.all()],
        }


urlpatterns = [
    path("o/", include(provider_urls)),
    path("sign-in/", LoginView.as_view(template_name="sign-in.html")),
]


def people() -> None:
    """One user in one group, and one confidential client."""
    from django.contrib.auth.models import Group, User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from oauth2_provider.models import Application  # noqa: PLC0415

    call_command("migrate", run_syncdb=True, verbosity=0)
    user = User.objects.create_user(USER, "greta@provider.example", PASSWORD)
    user.groups.add(Group.objects.create(name=GROUP))
    Application.objects.create(
        name="client",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=CALLBACK,
        skip_authorization=True,
        algorithm=Application.RS256_ALGORITHM,
    )


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def main() -> None:
    """Serve until standard input ends."""
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

    people()
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
