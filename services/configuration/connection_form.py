"""What an administrator types about a connection, and what of it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from services.cognito.connection import REGIONS
from services.configuration import checks
from services.errors import InvalidValue
from services.store.connections import Connection, ConnectionSecret, CredentialKind, NewConnection

KEY_KINDS = (CredentialKind.STATIC, CredentialKind.SESSION)
SOURCES = (CredentialKind.DEFAULT, CredentialKind.PROFILE, *KEY_KINDS)
"""What a role can be taken on with."""

# IAM API reference, AccessKey: AccessKeyId has 16 to 128 characters; other endpoints take anything.
_KEY_ID = re.compile(r"[A-Z0-9]{16,128}")
_LOOSE_KEY_ID = re.compile(r"\w{1,128}", re.ASCII)
_SECRET = re.compile(r"[!-~]{1,256}")
_TOKEN = re.compile(r"[!-~]{1,8192}")


@dataclass(frozen=True, slots=True)
class ConnectionForm:
    """What is typed. Blank keys keep what is stored; `source` is what a role is taken on with."""

    name: str
    region: str
    kind: CredentialKind
    account: str = ""
    endpoint_url: str = ""
    profile: str = ""
    role_arn: str = ""
    external_id: str = ""
    source: CredentialKind = CredentialKind.DEFAULT
    access_key_id: str = field(default="", repr=False)
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)


def source_of(connection: Connection | NewConnection, secret: ConnectionSecret | None) -> CredentialKind:
    """Where the credentials come from, looking through a role to what it is taken on with."""
    if connection.kind is not CredentialKind.ROLE:
        return connection.kind
    if secret is not None:
        return CredentialKind.SESSION if secret.session_token else CredentialKind.STATIC
    return CredentialKind.PROFILE if connection.profile else CredentialKind.DEFAULT


def checked(
    form: ConnectionForm,
    taken: Iterable[str],
    stored: ConnectionSecret | None = None,
    *,
    keys_later: bool = False,
) -> NewConnection:
    """The form as it is stored; what its kind of credentials doesn't use is dropped.

    `taken` are the names in use, `stored` the keys that blanks keep; `keys_later` accepts that
    there are none yet. Raises `InvalidValue` naming the first field that isn't usable.
    """
    endpoint = checks.endpoint_url(form.endpoint_url)
    new = NewConnection(
        name=checks.free_name(checks.name(form.name), taken),
        region=checks.region(form.region, REGIONS, own_endpoint=bool(endpoint)),
        kind=form.kind,
        account=checks.account(form.account),
        endpoint_url=endpoint,
    )
    source = form.kind
    if form.kind is CredentialKind.ROLE:
        if form.source not in SOURCES:
            raise InvalidValue("A role can't be taken on with another role.", field="source")
        source = form.source
        new = replace(
            new,
            role_arn=checks.role_arn(form.role_arn),
            external_id=checks.external_id(form.external_id),
        )
    if source is CredentialKind.PROFILE:
        return replace(new, profile=checks.profile(form.profile))
    if source in KEY_KINDS and not (keys_later and _keeps(form, source) and not _fits(stored, source)):
        return replace(new, secret=_keys(form, source, stored, on_aws=not endpoint))
    return new


def _keeps(form: ConnectionForm, kind: CredentialKind) -> bool:
    """True when nothing is typed that `kind` uses, so that the stored keys are meant."""
    token = form.session_token.strip() if kind is CredentialKind.SESSION else ""
    return not (form.access_key_id.strip() or form.secret_access_key.strip() or token)


def _fits(stored: ConnectionSecret | None, kind: CredentialKind) -> bool:
    return stored is not None and bool(stored.session_token) is (kind is CredentialKind.SESSION)


def _keys(
    form: ConnectionForm, kind: CredentialKind, stored: ConnectionSecret | None, *, on_aws: bool
) -> ConnectionSecret:
    """The keys typed, or the stored ones when nothing is typed. No message repeats what was typed."""
    typed = ConnectionSecret(
        form.access_key_id.strip(), form.secret_access_key.strip(), form.session_token.strip()
    )
    temporary = kind is CredentialKind.SESSION
    if _keeps(form, kind):
        if stored is None or not _fits(stored, kind):
            raise _refused("access_key_id", "No access key is stored for this yet.", "Enter the access key.")
        return stored
    key_id = typed.access_key_id or (stored.access_key_id if stored else "")
    if not (_KEY_ID if on_aws else _LOOSE_KEY_ID).fullmatch(key_id):
        raise _refused(
            "access_key_id",
            "This is not an access key id." if key_id else "The access key id is missing.",
            "It has 20 capital letters and digits and starts with AKIA or ASIA.",
        )
    if not _SECRET.fullmatch(typed.secret_access_key):
        raise _refused(
            "secret_access_key",
            "The secret access key is missing, or holds spaces.",
            "Enter id and secret of one access key; AWS shows the secret once, when the key is made.",
        )
    if temporary and not _TOKEN.fullmatch(typed.session_token):
        raise _refused(
            "session_token",
            "The session token is missing, or holds spaces.",
            "Temporary keys come as three: id, secret and session token.",
        )
    if on_aws:
        _check_prefix(key_id, temporary)
    return ConnectionSecret(key_id, typed.secret_access_key, typed.session_token if temporary else "")


def _check_prefix(key_id: str, temporary: bool) -> None:
    """IAM user guide, "Unique identifiers": AKIA names lasting keys, ASIA temporary ones."""
    if key_id.startswith("ASIA") and not temporary:
        raise _refused(
            "access_key_id",
            "Keys that start with ASIA are temporary and work only with their session token.",
            "Choose “Temporary access keys”.",
        )
    if key_id.startswith("AKIA") and temporary:
        raise _refused(
            "access_key_id",
            "Keys that start with AKIA are lasting and have no session token.",
            "Choose “Access keys”.",
        )


def _refused(field_name: str, message: str, next_step: str) -> InvalidValue:
    return InvalidValue(message, next_step, field=field_name)
