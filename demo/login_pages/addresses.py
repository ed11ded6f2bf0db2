"""Where the login pages stand, and the discovery document that says so.

AWS gives each domain a host of its own; here, on one host, a domain is a folder: `/auth/<domain>/`.
"""

from __future__ import annotations

from typing import Any

from demo.tokens import issuer
from demo.user_pool import AwsLikePool

FOLDER = "/auth/"
DISCOVERY = "/.well-known/openid-configuration"


def of_domain(host_url: str, domain: str) -> str:
    """The address that stands for `https://<domain>.auth.<region>.amazoncognito.com`."""
    return f"{host_url.rstrip('/')}{FOLDER}{domain}"


def discovery(pool: AwsLikePool, host_url: str) -> dict[str, Any]:
    """The pool's OpenID configuration; without a domain there is nowhere to sign in."""
    document: dict[str, Any] = {
        "issuer": issuer(pool),
        "jwks_uri": f"{host_url.rstrip('/')}/{pool.id}/.well-known/jwks.json",
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
    if pool.domain is not None:
        base = of_domain(host_url, pool.domain.domain)
        document |= {
            "authorization_endpoint": f"{base}/oauth2/authorize",
            "token_endpoint": f"{base}/oauth2/token",
            "userinfo_endpoint": f"{base}/oauth2/userInfo",
            "revocation_endpoint": f"{base}/oauth2/revoke",
            "end_session_endpoint": f"{base}/logout",
        }
    return document
