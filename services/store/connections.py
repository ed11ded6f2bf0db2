"""Connections: how AWS is reached, with their secrets sealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, Row, select, update

from services.errors import InvalidValue
from services.store import checks
from services.store.columns import NAME, SafeText, Sealed, UtcTime, utc_now
from services.store.pools import pools
from services.store.records import ELSEWHERE, NamedRecords, Record, from_row, setting, table_of


class CredentialKind(StrEnum):
    """Where a connection's credentials come from: the safest first, lasting keys last."""

    ROLE = "role"
    DEFAULT = "default"
    PROFILE = "profile"
    SESSION = "session"
    STATIC = "static"


# a role may be assumed with stored keys; these two never have any
_WITHOUT_SECRET = (CredentialKind.PROFILE, CredentialKind.DEFAULT)


@dataclass(frozen=True, slots=True)
class TestStep:
    """One line of a connection test; `passed` is None for a step that was not reached."""

    __test__: ClassVar[bool] = False

    title: str
    passed: bool | None
    sentence: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionSecret:
    """Access keys in the clear; never shown, not even in a repr. All blank, there are none (false)."""

    access_key_id: str = field(default="", repr=False, metadata=setting("Access key id"))
    secret_access_key: str = field(default="", repr=False, metadata=setting("Secret access key", secret=True))
    session_token: str = field(default="", repr=False, metadata=setting("Session token", secret=True))

    @property
    def hint(self) -> str:
        """The last four characters of the access key id, for people to recognise it by."""
        return self.access_key_id[-4:] if len(self.access_key_id) >= 12 else ""

    def __bool__(self) -> bool:
        return bool(self.access_key_id or self.secret_access_key or self.session_token)


NO_KEYS = ConnectionSecret()


@dataclass(frozen=True, slots=True)
class Connection(Record):
    """A connection, as it is stored, typed and written to files. `endpoint_url` "" means AWS.

    `secret` is given only where it is to be stored: `NO_KEYS` forgets the stored keys, None leaves
    them as they are. It is never read back here; `access_key_hint` tells stored keys apart.
    `changed_at` moves when anything but the test result does.
    """

    name: str = field(metadata=setting("Name", checks.name, log="name", placeholder="Production EU"))
    region: str = field(
        metadata=setting("Region", log="region", placeholder="Choose or type a part of its name")
    )
    kind: CredentialKind = field(metadata=setting("Credentials", CredentialKind, log="credentials"))
    account: str = field(
        default="",
        metadata=setting(
            "Account ID or alias (optional)",
            checks.account,
            log="account",
            placeholder="123456789012",
            help="The 12 digits at the top right of the AWS console, or the account's alias.",
        ),
    )
    endpoint_url: str = field(
        default="",
        metadata=setting(
            "Endpoint (blank for AWS)",
            checks.endpoint_url,
            log="endpoint",
            placeholder="blank = AWS itself",
            help="Only for a VPC endpoint or an emulator, as in https://vpce-….amazonaws.com",
        ),
    )
    profile: str = field(
        default="",
        metadata=setting(
            "Profile",
            checks.profile,
            log="profile",
            help="`aws configure list-profiles` shows the names, run as the user that runs this console.",
        ),
    )
    role_arn: str = field(
        default="",
        metadata=setting(
            "Role ARN",
            checks.role_arn,
            log="role",
            placeholder="arn:aws:iam::123456789012:role/cognito-ops",
        ),
    )
    external_id: str = field(
        default="",
        metadata=setting(
            "External ID (if the role asks for one)",
            checks.external_id,
            log="external ID",
            help="The role's trust policy names it as sts:ExternalId.",
        ),
    )
    secret: ConnectionSecret | None = field(
        default=None, repr=False, metadata=setting("Keys", log="keys", secret=True)
    )
    access_key_hint: str = ""
    last_test: tuple[TestStep, ...] | None = field(default=None, metadata=ELSEWHERE)
    tested_at: datetime | None = field(default=None, metadata=ELSEWHERE)


connections = table_of(
    Connection,
    "connections",
    Column("name_key", NAME, nullable=False, unique=True),
    # what is shown of the key that `secret` holds
    Column("access_key_hint", SafeText, nullable=False, default=""),
    Column("secret", Sealed),
    Column("last_test", JSON(none_as_null=True)),
    Column("tested_at", UtcTime),
)


class Connections(NamedRecords[Connection]):
    """Owner of the table `connections`."""

    kind = Connection
    table = connections
    taken = "Another connection is called “{name}”. Nothing was changed."
    gone = ("This connection is not there any more.", "Refresh the page and choose another.")

    def delete(self, id: str) -> None:
        """Remove a connection. Raises `RecordNotFound`, or `InvalidValue` while it still has pools."""
        with self._database.together():
            names = [row.name for row in self._all(select(pools.c.name).where(pools.c.connection_id == id))]
            if names:
                raise InvalidValue(
                    f"The connection still has pools ({', '.join(names)}); it was not deleted.",
                    "Delete or move these pools first.",
                )
            super().delete(id)

    def secret(self, id: str) -> ConnectionSecret | None:
        """The stored keys, or None when there are none. Raises `RecordNotFound` or `SealBroken`."""
        found = self._open(connections.c.secret, self._row(id).secret, id)
        return None if found is None else ConnectionSecret(**found)

    def save_test(self, id: str, steps: Iterable[TestStep], account: str = "") -> None:
        """Keep the newest test result, and the account that it learned, if any. Raises `RecordNotFound`."""
        values: dict[str, Any] = {"last_test": [asdict(step) for step in steps], "tested_at": utc_now()}
        if account:
            values["account"] = account
        if not self._write(update(connections).where(connections.c.id == id).values(values)):
            raise self._missing()

    def _record(self, row: Row[Any]) -> Connection:
        steps = None if row.last_test is None else tuple(TestStep(**step) for step in row.last_test)
        return from_row(Connection, row, last_test=steps, tested_at=row.tested_at)

    def _values(self, record: Connection) -> dict[str, Any]:
        """Its columns. A test result no longer speaks of a connection that was changed, so it is dropped."""
        values = {**super()._values(record), "last_test": None, "tested_at": None}
        del values["access_key_hint"]
        secret = NO_KEYS if record.kind in _WITHOUT_SECRET else record.secret
        if secret is None:
            return values
        sealed = self._seal(connections.c.secret, asdict(secret) if secret else None, record.id)
        return {**values, "secret": sealed, "access_key_hint": secret.hint}
