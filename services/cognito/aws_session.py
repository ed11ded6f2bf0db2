"""Turns a connection's credentials into a botocore session.

Temporary credentials of a role are renewed by botocore before they expire (15 minutes ahead, and at the
latest 10 minutes ahead).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, NoCredentialsError
from botocore.utils import parse_timestamp

from services.cognito.call import Call
from services.cognito.connection import (
    AssumedRole,
    ConnectionSettings,
    Credentials,
    DefaultChain,
    Profile,
    StaticKeys,
    session_name,
    sts_endpoint,
)
from services.cognito.unanswered import unanswered


class _Loader(botocore.loaders.Loader):
    """botocore's, without a look into the files of each of AWS's 400 services before one is opened."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - as botocore calls it
        """Services of which something is known, this or other."""
        places = (Path(place) for place in self.search_paths)
        return sorted({found.name for place in places if place.is_dir() for found in place.iterdir()})


# the models of AWS's services are large; read once, they serve every session (0.1 s each otherwise)
_LOADER = _Loader()


def open_session(settings: ConnectionSettings, config: Config) -> botocore.session.Session:
    """A session with the connection's credentials. Makes no call; botocore's errors pass through."""
    return _with_credentials(settings.credentials, settings, config)


def ordinary_region(profile: str = "") -> str:
    """The region that AWS's ordinary environment names (AWS_DEFAULT_REGION, or the profile), "" if none.

    Raises `CognitoError` for a profile that isn't there.
    """
    try:
        return str(_session(profile or None).get_config_variable("region") or "")
    except BotoCoreError as error:
        problem = unanswered(error, Call("GetCallerIdentity", service="sts"))
    raise problem


def _session(profile: str | None = None) -> botocore.session.Session:
    session = botocore.session.Session(profile=profile)
    session.register_component("data_loader", _LOADER)
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parsed_time)
    return session


def parsed_time(value: Any) -> datetime:
    """A time of an answer, in UTC. botocore's own way (in local time) takes a third of a page's parsing."""
    if isinstance(value, int | float):
        with suppress(OverflowError, OSError, ValueError):
            return datetime.fromtimestamp(value, UTC)
    return parse_timestamp(value)


def _with_credentials(
    credentials: Credentials, settings: ConnectionSettings, config: Config
) -> botocore.session.Session:
    if isinstance(credentials, Profile):
        return _session(credentials.name)
    core = _session()
    if isinstance(credentials, StaticKeys):
        core.set_credentials(
            credentials.access_key_id, credentials.secret_access_key, credentials.session_token or None
        )
    elif isinstance(credentials, AssumedRole):
        source = _with_credentials(credentials.source or DefaultChain(), settings, config)
        # botocore has no public way to hand over credentials that renew themselves
        core._credentials = _role_credentials(credentials, source, settings, config)  # type: ignore[attr-defined]
    return core


def _role_credentials(
    role: AssumedRole, source: botocore.session.Session, settings: ConnectionSettings, config: Config
) -> DeferredRefreshableCredentials:
    def client(service: str, **keys: Any) -> Any:
        return source.create_client(
            service, region_name=settings.region, endpoint_url=sts_endpoint(settings), config=config, **keys
        )

    wanted = {"RoleSessionName": session_name(role.session_name or "cognito-ops-console")}
    if role.external_id:
        wanted["ExternalId"] = role.external_id

    def renew() -> dict[str, Any]:
        own = source.get_credentials()
        if own is None:
            raise NoCredentialsError
        fetcher = AssumeRoleCredentialFetcher(client, own, role.arn, extra_args=wanted)
        fresh: dict[str, Any] = fetcher.fetch_credentials()
        return fresh

    return DeferredRefreshableCredentials(method="assume-role", refresh_using=renew)
